"""Trivial forecasts that every forecaster is compared with, and the errors of forecasts."""

import numpy as np

from shapeclf.datasets._types import FloatArray

__all__ = ["TRIVIAL_FORECASTS", "autoregressive_forecast", "mean_squared_error", "skill", "trivial_errors"]

TRIVIAL_FORECASTS = {"no_change": "no change", "linear": "linear", "autoregressive": "autoregression"}
"""The trivial forecasts, and their names in tables and figures."""


def autoregressive_forecast(fit_on: tuple[FloatArray, FloatArray], windows: FloatArray) -> FloatArray:
    """Return a linear forecast from all values of a window and a constant, fitted by least squares.

    If several fits are equally good (as for a noiseless sine), the coefficients with the smallest norm are used.

    Args:
        fit_on: Windows (n, window, channels) and the targets (n, channels) that follow them.
        windows: Windows to forecast from, shape (m, window, channels).

    Returns:
        Forecasts, shape (m, channels).
    """
    level = fit_on[1].mean(axis=0)  # subtracted from all values, so that the constant does not spoil the conditioning

    def design(windows: FloatArray) -> FloatArray:
        ones = np.ones((len(windows), 1))
        return np.concatenate([(windows - level).reshape(len(windows), -1), ones], axis=1)

    coefficients = np.linalg.lstsq(design(fit_on[0]), fit_on[1] - level, rcond=None)[0]
    forecasts: FloatArray = design(windows) @ coefficients + level
    return forecasts


def mean_squared_error(forecasts: FloatArray, targets: FloatArray) -> float:
    """Return the mean squared error over all values, in squared units of the series."""
    return float(np.mean(np.square(forecasts - targets)))


def skill(error: float, no_change: float) -> float | None:
    """Return the skill score: 1 is perfect, 0 as good as "no change", below 0 worse.

    It is None if "no change" has no error, as on constant values.
    """
    return 1.0 - error / no_change if no_change else None


def trivial_errors(
    fit_on: tuple[FloatArray, FloatArray], measured_on: tuple[FloatArray, FloatArray]
) -> dict[str, float]:
    """Return the one-step mean squared errors of the trivial forecasts.

    They are: no change, the straight line through the last two values, and an autoregression.

    Args:
        fit_on: Windows (n, window, channels) and targets (n, channels) that the autoregression is fitted to.
        measured_on: Windows and targets of the test part.

    Returns:
        ``no_change``, ``linear`` and ``autoregressive``, in this order.
    """
    windows, targets = measured_on
    forecasts = {
        "no_change": windows[:, -1],
        "linear": 2 * windows[:, -1] - windows[:, -2],
        "autoregressive": autoregressive_forecast(fit_on, windows),
    }
    return {name: mean_squared_error(forecast, targets) for name, forecast in forecasts.items()}
