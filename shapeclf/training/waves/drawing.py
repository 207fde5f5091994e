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
        steps: Number of values to draw; None for 1000, or for fewer if the test part or half of ``series`` is shorter.
        series: Series to continue instead of that of the run, shape (length, channels); None for the series of the
            run, or the test waves.
        beyond: Whether to draw after the last value, where there are no true values. Otherwise true values are
            withheld: the last ``steps`` values of ``series``, the test part of the run's series, or the second half of
            the test waves.

    Returns:
        The history, the drawn and the true values.

    Raises:
        InputError: The series has another number of channels than that of the run or too few values, or ``steps`` is
            out of range.
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
        steps = _checked_steps(steps, truth.shape[1], min(DRAWN_STEPS, truth.shape[1]))
        return history, truth[:, :steps]
    channels = data.train.shape[-1]
    if series.shape[1] != channels:
        raise InputError(f"series: {series.shape[1]} columns were given; {run.path} was trained on {channels}")
    longest = len(series) - window
    if longest < (0 if beyond else 1):
        raise InputError(f"series: {len(series)} values are too few; the windows of {run.path} hold {window}")
    if beyond:
        return series[np.newaxis], None
    steps = _checked_steps(steps, longest, min(DRAWN_STEPS, longest, len(series) // 2))
    return series[np.newaxis, :-steps], series[np.newaxis, -steps:]


def _checked_steps(steps: int | None, longest: int, default: int) -> int:
    if steps is not None and not 1 <= steps <= longest:
        raise InputError(f"steps: {steps} was given; true values are known for 1..{longest}")
    return default if steps is None else steps
