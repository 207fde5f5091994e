"""Error bars: the standard deviations that an experimenter states for the readings of a sequence."""

from typing import NamedTuple, final

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.disturbances import NOISE, relative_errors
from shapeclf.datasets.priors import LogUniform, Uniform, pick

__all__ = ["ErrorBars", "draw_error_bars", "error_sizes"]

_KINDS = {"constant": 0.4, "as y": 0.2, "as its root": 0.15, "each": 0.25}  # share of each kind of error bars
_SMALLEST = LogUniform(0.02, 0.5)  # smallest error of those that grow with y, relative to the largest
_SPREAD = Uniform(0.1, 0.8)  # standard deviation of the logarithms of errors that differ for each reading
_MISSTATED = 0.1  # share of sequences whose errors are over- or understated
_FACTOR = LogUniform(1 / 1.5, 1.5)  # ratio of a misstated error to the true one


@final
class ErrorBars(NamedTuple):
    """The error bars of a batch, relative to the range of the curves; each of shape (batch, points).

    Attributes:
        stated: Stated standard deviation of each reading; 0 in sequences without error bars.
        true: Standard deviation of the noise of each reading; 0 in sequences without error bars.
        noise: Gaussian noise with the true standard deviations.
    """

    stated: FloatArray
    true: FloatArray
    noise: FloatArray


def draw_error_bars(
    generator: np.random.Generator,
    curves: FloatArray,
    share: float,
    noise: float | None = None,
    highest: FloatArray | float = 1.0,
) -> ErrorBars:
    """Draw the error bars of a batch and the noise that they describe.

    The errors are constant, grow with y or its root from a smallest value, or differ for each reading. A tenth of the
    sequences state errors that are too large or too small by up to a factor of 1.5.

    Args:
        generator: A generator at the start of its own stream.
        curves: Curves between 0 and 1, shape (batch, points).
        share: Share of sequences with error bars.
        noise: Standard deviation of constant Gaussian noise, which is then what the error bars state; None to draw it.
        highest: Cumulative probability at which `NOISE` is truncated, one number or shape (batch, 1).
    """
    largest = error_sizes(generator, len(curves), share, noise, highest)[:, None]
    kind, offset, smallest, spread, misstated, factor = generator.random((6, len(curves), 1))
    each, normal = generator.standard_normal((2, *curves.shape))
    if noise is not None:
        true = np.broadcast_to(largest, curves.shape)
        return ErrorBars(true, true, true * normal)
    pattern = np.maximum(relative_errors(pick(_KINDS, kind), offset, curves), _SMALLEST.quantile(smallest))
    pattern = np.where(kind < 1.0 - _KINDS["each"], pattern, np.exp(_SPREAD.quantile(spread) * each))
    true = largest * pattern
    stated = true * np.where(misstated < _MISSTATED, _FACTOR.quantile(factor), 1.0)
    return ErrorBars(stated, true, true * normal)


def error_sizes(
    generator: np.random.Generator,
    batch: int,
    share: float,
    noise: float | None = None,
    highest: FloatArray | float = 1.0,
) -> FloatArray:
    """Return the size of the errors that `draw_error_bars` draws from the same generator, shape (batch,).

    It is the largest error; if errors differ for each reading, it is their median. It is 0 without error bars.
    """
    some, size = generator.random((2, batch, 1))
    return np.where(some < share, NOISE.quantile(highest * size) if noise is None else noise, 0.0)[:, 0]
