"""The data that a forecaster is trained and tested on."""

from dataclasses import dataclass

import numpy as np

from shapeclf.datasets._arguments import whole_number
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.waves import draw_shifts, shifted_sines
from shapeclf.datasets.windows import split_series, windows_of

__all__ = ["DRAWN_STEPS", "HISTORY_STEPS", "WaveData", "series_data", "shifted_sine_data"]

HISTORY_STEPS = 999
DRAWN_STEPS = 1000
_SHIFTS = 2  # number of the random stream of shifts; `CropBatches` has 0 and 1


@dataclass(frozen=True, eq=False)
class WaveData:
    """Series of one kind, each array of shape (waves, length, channels).

    Args:
        train: Series for training.
        validation: Series for validation, on which early stopping depends.
        test: Series for testing one-step forecasts.
        history: Values from which a free-running forecast starts.
        truth: True values of the steps that follow, with which the free-running forecast is compared.
    """

    train: FloatArray
    validation: FloatArray
    test: FloatArray
    history: FloatArray
    truth: FloatArray

    @property
    def level(self) -> tuple[float, ...]:
        """The mean of the training part, for each channel."""
        return tuple(self.train.mean(axis=(0, 1)).tolist())

    @property
    def spread(self) -> tuple[float, ...]:
        """The standard deviation of the training part, for each channel."""
        return tuple(self.train.std(axis=(0, 1)).tolist())

    def window_spread(self, window: int, noise: float = 0.0) -> tuple[float, ...]:
        """Return the standard deviation within windows of the training part (root mean square), for each channel.

        Args:
            window: Number of values in a window.
            noise: Standard deviation of the noise on the values, relative to that of the series.
        """
        windows = windows_of(self.train, window)[0]  # (waves, starts, window, channels)
        within = windows.var(axis=2).mean(axis=(0, 1)) + np.square(noise * np.asarray(self.spread))
        return tuple(np.sqrt(within).tolist())


def series_data(series: FloatArray, window: int) -> WaveData:
    """Return the data of one series, split in order; forecasts of the test part start from all values before it.

    Args:
        series: Values of the series, shape (length, channels).
        window: Number of values in a window; each part must hold a window and the value after it.

    Returns:
        Views of the series, as one wave.

    Raises:
        InputError: The series is too short for the window or constant in its training part.
    """
    split = split_series(series, window)
    before = series[: len(series) - len(split.test)]
    return WaveData(split.train[None], split.validation[None], split.test[None], before[None], split.test[None])


def shifted_sine_data(seed: int = 0, waves: int = 100) -> WaveData:
    """Return shifted sine waves: three for testing, three for validation, the others for training.

    Args:
        seed: Seed of the shifts.
        waves: Number of waves, at least 7.

    Returns:
        Training and test waves of 1000 steps; validation waves of 1999 steps, since validation includes
        free-running forecasts. ``history`` holds the first 999 steps of the test waves, ``truth`` the next 1000.

    Raises:
        InputError: ``seed`` or ``waves`` is out of its range.
    """
    whole_number("waves", waves, low=7)
    shifts = draw_shifts(waves, np.random.default_rng((whole_number("seed", seed, low=0), _SHIFTS)))
    long = shifted_sines(shifts, HISTORY_STEPS + DRAWN_STEPS)
    test, validation, train = long[:3], long[3:6], long[6:]
    short = HISTORY_STEPS + 1
    return WaveData(train[:, :short], validation, test[:, :short], test[:, :HISTORY_STEPS], test[:, HISTORY_STEPS:])
