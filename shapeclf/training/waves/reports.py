"""How good a forecaster is: one step ahead beside the trivial forecasts, and drawing by itself."""

from dataclasses import dataclass

import numpy as np
import torch

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.series import add_noise
from shapeclf.datasets.wave_data import WaveData
from shapeclf.datasets.windows import windows_of
from shapeclf.errors import InputError
from shapeclf.evaluation.forecasts import mean_squared_error, skill, trivial_errors
from shapeclf.training.runtime import threads
from shapeclf.training.waves.forecaster import Forecaster

__all__ = ["SETTLED", "TRIVIAL_WINDOW", "OneStepReport", "draw_waves", "drawn_rmse", "one_step_report"]

# Values that the trivial forecasts see where the forecaster has no window of its own.
TRIVIAL_WINDOW = 10
# Values after which a forecaster without a window has found the wave's phase; its error falls no further there.
SETTLED = 50


@dataclass(frozen=True, eq=False)
class OneStepReport:
    """Forecasts one step ahead on the test part, and their mean squared errors in squared units of the series.

    Attributes:
        mse: of the forecaster.
        baseline: of the trivial forecasts: ``no_change``, ``linear`` and ``autoregressive``.
        skill: 1 - mse / no change; None where no change has no error.
        forecasts: shape (waves, steps, channels).
        targets: the real values, same shape.
    """

    mse: float
    baseline: dict[str, float]
    skill: float | None
    forecasts: FloatArray
    targets: FloatArray


def one_step_report(
    forecaster: Forecaster, data: WaveData, *, noise: float = 0.0, seed: int = 0, after: int | None = None
) -> OneStepReport:
    """One-step errors on the test part, beside the trivial forecasts of the same windows.

    Args:
        forecaster: A trained one.
        data: The waves; the autoregression is fitted to their training part.
        noise: Standard deviation of the noise on all inputs, in units of the series' own; targets are clean.
        seed: Of that noise.
        after: Values at the start of each test wave whose forecasts are not scored, at least the window; None for
            the window.

    Returns:
        The report.

    Raises:
        InputError: Fewer than the window are left out, or all.
    """
    window = forecaster.window or TRIVIAL_WINDOW
    after = window if after is None else after
    if not window <= after < data.test.shape[1]:
        raise InputError(f"after: {after} was given; allowed are {window}..{data.test.shape[1] - 1}")
    generator = np.random.default_rng(seed)
    test = add_noise(data.test, noise, data.spread, generator)
    train = add_noise(data.train, noise, data.spread, generator)
    with threads(1), torch.no_grad():
        forecasts = forecaster(torch.tensor(test[:, :-1]))[0].numpy()
    targets = data.test[:, after:]
    forecasts = forecasts[:, -targets.shape[1] :]
    mse = mean_squared_error(forecasts, targets)
    measured_on = _pairs(test[:, after - window :], data.test[:, after - window :], window)
    baseline = trivial_errors(_pairs(train, data.train, window), measured_on)
    return OneStepReport(mse, baseline, skill(mse, baseline["no_change"]), forecasts, targets)


def draw_waves(forecaster: Forecaster, given: FloatArray, steps: int) -> FloatArray:
    """What is drawn by itself: given values (waves, length, channels) to (waves, steps, channels)."""
    if forecaster.window:  # no more of the past counts
        given = given[:, -forecaster.window :]
    with threads(1):
        drawn: FloatArray = forecaster.draw(torch.tensor(given), steps).numpy()
    return drawn


def drawn_rmse(forecaster: Forecaster, given: FloatArray, truth: FloatArray) -> float:
    """The root mean squared error over all drawn steps, waves and channels, in units of the series.

    Args:
        forecaster: A trained one.
        given: Shape (waves, given steps, channels).
        truth: Shape (waves, steps, channels), the values after the given ones.

    Returns:
        The error.
    """
    return float(np.sqrt(mean_squared_error(draw_waves(forecaster, given, truth.shape[1]), truth)))


def _pairs(inputs: FloatArray, clean: FloatArray, window: int) -> tuple[FloatArray, FloatArray]:
    """Windows (n, window, channels) of the inputs and the clean values (n, channels) after them."""
    windows, targets = windows_of(inputs, window)[0], windows_of(clean, window)[1]
    return windows.reshape(-1, *windows.shape[2:]), targets.reshape(-1, targets.shape[-1])
