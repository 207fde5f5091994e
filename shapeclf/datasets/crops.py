"""Training batches of a forecaster: random crops of series, drawn as a pure function of seed and index."""

from dataclasses import dataclass

import numpy as np

from shapeclf.datasets._arguments import finite_number, whole_number
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.series import add_noise
from shapeclf.datasets.windows import windows_of

__all__ = ["CropBatches"]

# Separate random streams, so that the noise level does not change the crops.
_CROPS, _NOISE = 0, 1


@dataclass(frozen=True, eq=False)
class CropBatches:
    """Random crops of one or several series of equal length, with noisy inputs and clean targets.

    Batch i is a pure function of the seed and i.

    Args:
        series: Values of the series, shape (waves, length, channels).
        steps: Number of inputs in a crop, from 1 to length - 1; the targets are the values one step later.
        batch_size: Number of crops in a batch; None for all crops in order.
        noise: Standard deviation of the noise on the inputs, relative to that of the series.
        seed: Seed, any whole number from 0.
    """

    series: FloatArray
    steps: int
    batch_size: int | None
    noise: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the arguments."""
        whole_number("steps", self.steps, low=1, high=self.series.shape[1] - 1)
        if self.batch_size is not None:
            whole_number("batch_size", self.batch_size, low=1)
        finite_number("noise", self.noise, low=0)
        whole_number("seed", self.seed, low=0)

    def batch(self, index: int) -> tuple[FloatArray, FloatArray]:
        """Draw one batch.

        Args:
            index: Number of the batch, from 0.

        Returns:
            Inputs and targets, each (batch, steps, channels).
        """
        windows, last = windows_of(self.series, self.steps)
        waves, starts = windows.shape[:2]
        if self.batch_size is None:
            chosen = np.arange(waves * starts)
        else:
            chosen = self._generator(_CROPS, index).integers(waves * starts, size=self.batch_size)
        wave, start = np.divmod(chosen, starts)
        inputs = windows[wave, start]  # (batch, steps, channels)
        targets = np.concatenate([inputs[:, 1:], last[wave, start, np.newaxis]], axis=1)
        scale = self.series.std(axis=(0, 1))
        return add_noise(inputs, self.noise, scale, self._generator(_NOISE, index)), targets

    def _generator(self, stream: int, index: int) -> np.random.Generator:
        return np.random.default_rng((self.seed, stream, index))
