"""Evaluate a forecaster: its forecasts one step ahead, compared with trivial forecasts, and its drawn waves."""

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

__all__ = ["SETTLING_VALUES", "OneStepReport", "draw_waves", "drawn_rmse", "one_step_report"]

# Window of the trivial forecasts if the forecaster has none.
_TRIVIAL_WINDOW = 10
# Values after which a forecaster without a window knows the phase of the wave; its error does not fall further.
SETTLING_VALUES = 50


@dataclass(frozen=True, eq=False)
class OneStepReport:
    """Forecasts one step ahead on the test part, and their mean squared errors in squared units of the series.

    Attributes:
        mse: Mean squared error of the forecaster.
        baseline: Mean squared errors of the trivial forecasts: ``no_change``, ``linear`` and ``autoregressive``.
        skill: Skill score, 1 - mse / (mean squared error of ``no_change``); None if ``no_change`` has no error.
        forecasts: Forecasts, shape (waves, steps, channels).
        targets: True values, same shape.
    """

    mse: float
    baseline: dict[str, float]
    skill: float | None
    forecasts: FloatArray
    targets: FloatArray


def one_step_report(
    forecaster: Forecaster, data: WaveData, *, noise: float = 0.0, seed: int = 0, after: int | None = None
) -> OneStepReport:
    """Measure the one-step errors of a forecaster and of trivial forecasts on the test part.

    Args:
        forecaster: A trained forecaster.
        data: The waves; the autoregression is fitted to their training part.
        noise: Standard deviation of the noise on all inputs, in units of that of the series; targets have none.
        seed: Seed of the noise.
        after: Values at the start of each test wave whose forecasts are not scored, at least the window; None for
            the window.

    Returns:
        The report.

    Raises:
        InputError: ``after`` is below the window, or leaves no value.
    """
    window = forecaster.window or _TRIVIAL_WINDOW
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


def draw_waves(forecaster: Forecaster, history: FloatArray, steps: int) -> FloatArray:
    """Return drawn values (waves, steps, channels) that continue a history (waves, length, channels)."""
    if forecaster.window:  # earlier values do not matter
        history = history[:, -forecaster.window :]
    with threads(1):
        drawn: FloatArray = forecaster.draw(torch.tensor(history), steps).numpy()
    return drawn


def drawn_rmse(forecaster: Forecaster, history: FloatArray, truth: FloatArray) -> float:
    """Return the root mean squared error over all drawn steps, waves and channels, in units of the series.

    Args:
        forecaster: A trained forecaster.
        history: Shape (waves, length, channels).
        truth: Shape (waves, steps, channels), the values after the history.

    Returns:
        The error.
    """
    return float(np.sqrt(mean_squared_error(draw_waves(forecaster, history, truth.shape[1]), truth)))


def _pairs(inputs: FloatArray, clean: FloatArray, window: int) -> tuple[FloatArray, FloatArray]:
    """Return windows (n, window, channels) of the inputs and the clean values (n, channels) after them."""
    windows, targets = windows_of(inputs, window)[0], windows_of(clean, window)[1]
    return windows.reshape(-1, *windows.shape[2:]), targets.reshape(-1, targets.shape[-1])
