"""Draw waves: a forecaster extends them by its own forecasts, which are compared with the true values."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.wave_data import DRAWN_STEPS, HISTORY_STEPS
from shapeclf.datasets.waves import SHIFT_RANGE, shifted_sines
from shapeclf.errors import InputError
from shapeclf.evaluation.forecasts import mean_squared_error
from shapeclf.training.waves.forecaster import Forecaster
from shapeclf.training.waves.reports import draw_waves, drawn_rmse
from shapeclf.training.waves.runs import WaveRun

__all__ = ["Drawing", "draw_run", "half_step_rmse"]


@final
@dataclass(frozen=True, eq=False)
class Drawing:
    """Waves that a forecaster has drawn, with the history before them and the true values.

    Attributes:
        history: Values before the drawn ones, shape (waves, length, channels).
        drawn: Drawn values, shape (waves, steps, channels).
        truth: True values, same shape; None if they are unknown.
    """

    history: FloatArray
    drawn: FloatArray
    truth: FloatArray | None

    @property
    def rmse(self) -> float | None:
        """The root mean squared error over all waves, steps and channels; None without true values."""
        return None if self.truth is None else math.sqrt(mean_squared_error(self.drawn, self.truth))


def draw_run(
    run: WaveRun, *, steps: int | None = None, series: FloatArray | None = None, beyond: bool = False
) -> Drawing:
    """Draw waves with the forecaster of a run.

    Args:
        run: The run of the forecaster.
        steps: Number of values to draw; None for 1000, but at most all values of the test part, or half of ``series``.
        series: Another series than that of the run, shape (length, channels); by default the series of the run, or the
            test waves.
        beyond: Whether to draw after the last value, where there are no true values. Otherwise true values are
            withheld: the last ``steps`` values of ``series``, the test part of the run's series, or the second half of
            the test waves.

    Returns:
        The history, the drawn and the true values.

    Raises:
        InputError: The series has another number of channels than that of the run, or too few values.
    """
    history, truth = _history_and_truth(run, steps, series, beyond)
    count = truth.shape[1] if truth is not None else steps or DRAWN_STEPS
    return Drawing(history, draw_waves(run.forecaster, history, count), truth)


def half_step_rmse(forecaster: Forecaster) -> float:
    """Return the `drawn_rmse` of sines shifted by half steps, which lie between those of ``shifted-sines``."""
    waves = shifted_sines(np.arange(*SHIFT_RANGE) + 0.5, HISTORY_STEPS + DRAWN_STEPS)
    return drawn_rmse(forecaster, waves[:, :HISTORY_STEPS], waves[:, HISTORY_STEPS:])


def _history_and_truth(
    run: WaveRun, steps: int | None, series: FloatArray | None, beyond: bool
) -> tuple[FloatArray, FloatArray | None]:
    data, window = run.data(), run.forecaster.window or 1
    if series is None:
        history, truth = data.history, data.truth
        if beyond:
            return np.concatenate([history, truth], axis=1), None
        steps = _checked(steps, truth.shape[1], min(DRAWN_STEPS, truth.shape[1]))
        return history, truth[:, :steps]
    channels = data.train.shape[-1]
    if series.shape[1] != channels:
        raise InputError(f"series: {series.shape[1]} columns were given; {run.path} was trained on {channels}")
    most = len(series) - window
    if most < (0 if beyond else 1):
        raise InputError(f"series: {len(series)} values are too few; the windows of {run.path} hold {window}")
    if beyond:
        return series[np.newaxis], None
    steps = _checked(steps, most, min(DRAWN_STEPS, most, len(series) // 2))
    return series[np.newaxis, :-steps], series[np.newaxis, -steps:]


def _checked(steps: int | None, most: int, default: int) -> int:
    if steps is not None and not 1 <= steps <= most:
        raise InputError(f"steps: {steps} was given; there is a truth to compare with for 1..{most}")
    return default if steps is None else steps
