"""The trivial forecasts that every forecaster is held against, and the errors they are compared by."""

from dataclasses import dataclass

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError

__all__ = [
    "Autoregression",
    "fit_autoregression",
    "linear_forecast",
    "mean_squared_error",
    "no_change_forecast",
    "skill",
    "trivial_errors",
]


def no_change_forecast(windows: FloatArray) -> FloatArray:
    """The last value once more: windows (n, window, channels) to forecasts (n, channels)."""
    return windows[:, -1]


def linear_forecast(windows: FloatArray) -> FloatArray:
    """The straight line through the last two values, one step on.

    Args:
        windows: Shape (n, window, channels), a window of at least 2.

    Returns:
        Forecasts of shape (n, channels).

    Raises:
        InputError: A window of one value has no line.
    """
    if windows.shape[1] < 2:
        raise InputError(f"window: {windows.shape[1]} was given; a line needs at least 2 values")
    return 2 * windows[:, -1] - windows[:, -2]


@dataclass(frozen=True, eq=False)
class Autoregression:
    """A linear forecast from all values of a window.

    Args:
        weights: Shape (window, channels in, channels out).
        intercept: Shape (channels out,).
    """

    weights: FloatArray
    intercept: FloatArray

    def forecast(self, windows: FloatArray) -> FloatArray:
        """Windows (n, window, channels) to forecasts (n, channels)."""
        forecasts: FloatArray = np.tensordot(windows, self.weights, axes=2) + self.intercept
        return forecasts


def fit_autoregression(windows: FloatArray, targets: FloatArray) -> Autoregression:
    """Least squares of the targets on all values of the window and a constant.

    Args:
        windows: Shape (n, window, channels).
        targets: Shape (n, channels).

    Returns:
        The fit; of several equally good ones (a noiseless sine leaves many) the one of least norm.
    """
    count, window, channels = windows.shape
    # Away from the common level, so that the constant does not spoil the conditioning.
    level = targets.mean(axis=0)
    values = (windows - level).reshape(count, window * channels)
    design = np.concatenate([values, np.ones((count, 1))], axis=1)
    solution = np.linalg.lstsq(design, targets - level, rcond=None)[0]  # (window * channels + 1, channels)
    weights = solution[:-1].reshape(window, channels, channels)
    return Autoregression(weights, solution[-1] + level - np.tensordot(level, weights.sum(axis=0), axes=1))


def mean_squared_error(forecasts: FloatArray, targets: FloatArray) -> float:
    """The mean over all values of the squared error, in squared units of the series."""
    return float(np.mean(np.square(forecasts - targets)))


def skill(error: float, no_change: float) -> float | None:
    """Return the share of the error of "no change" that is gone: 1 is perfect, 0 no better, below 0 worse.

    It is None where "no change" has no error, as on constant values: nothing can be better.
    """
    return 1.0 - error / no_change if no_change else None


def trivial_errors(
    fit_on: tuple[FloatArray, FloatArray], measured_on: tuple[FloatArray, FloatArray]
) -> dict[str, float]:
    """The one-step mean squared errors of all trivial forecasts.

    Args:
        fit_on: Windows (n, window, channels) and targets (n, channels) that the autoregression is fitted to.
        measured_on: The same of the test part.

    Returns:
        ``no_change``, ``linear`` and ``autoregressive``, in this order.
    """
    windows, targets = measured_on
    forecasts = {
        "no_change": no_change_forecast(windows),
        "linear": linear_forecast(windows),
        "autoregressive": fit_autoregression(*fit_on).forecast(windows),
    }
    return {name: mean_squared_error(forecast, targets) for name, forecast in forecasts.items()}
