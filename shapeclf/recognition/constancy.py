"""Whether y depends on x at all: a simulated test against the best of all laws.

The statistic is the largest over all laws of the log-likelihood ratio, less the penalty of the Bayesian information
criterion (Schwarz 1978, Estimating the dimension of a model). Its distribution where y is noise about a mean, selection
of the best law included, is simulated.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.families import Family
from shapeclf.recognition.fitting.shape_search import curves_of, shape_grid
from shapeclf.recognition.fitting.solving import directions
from shapeclf.recognition.point_sets import average_neighbours

__all__ = ["is_constant", "with_constant"]

_LEVEL = 0.01
_SURE = 0.9  # noise does not make a law as probable as that: it is not tested against a constant
_MIN_POINTS = 8  # of fewer points of a law too many would be called constant: 6 % at 5, 0.6 % at 8
_MAX_POINTS = 256
_SIMULATED = 500
_EQUAL = 1e-14  # y that differ by less of their size are equal


def with_constant(posteriors: FloatArray, none: int, points: FloatArray, lengths: IntArray) -> FloatArray:
    """Return the posteriors of many sets with a column for `constant`: 1 where y does not depend on x, 0 elsewhere.

    Args:
        posteriors: Shape (sets, families); NaN in a row without an answer.
        none: Column of the class `none`.
        points: (x, y) of all sets, each sorted by x, shape (points, 2).
        lengths: Points of each set, shape (sets,).
    """
    answers = np.pad(posteriors, ((0, 0), (0, 1)))
    answers[np.isnan(posteriors).any(axis=1)] = np.nan
    starts = np.cumsum(lengths) - lengths
    y = points[:, 1]
    flat = np.maximum.reduceat(y, starts) == np.minimum.reduceat(y, starts)
    sure = np.delete(posteriors, none, axis=1).max(axis=1) >= _SURE
    for row in np.flatnonzero(flat | ~(sure | np.isnan(answers[:, 0]))):
        if is_constant(points[starts[row] : starts[row] + lengths[row]]):
            answers[row] = np.arange(answers.shape[1]) == posteriors.shape[1]
    return answers


@np.errstate(all="ignore")
def is_constant(points: FloatArray) -> bool:
    """Return whether all y are equal, or no law explains them better than it explains noise, at a level of 1 %.

    Args:
        points: (x, y) of one set, sorted by x, shape (points, 2).
    """
    if len(points) > _MAX_POINTS:
        points, _ = average_neighbours(points, np.array([len(points)]), _MAX_POINTS)
    x, y = points.T
    if len(y) < 3 or np.ptp(y) <= _EQUAL * np.abs(y).max():
        return len(y) >= 3
    if len(y) < _MIN_POINTS or np.ptp(x) == 0:
        return False
    target, critical = directions(y[None]).T, _critical(len(x), len(np.unique(x)))
    return all(statistic[0] < critical for statistic in _statistics(x, target))


@lru_cache(maxsize=256)
def _critical(points: int, distinct: int) -> float:
    """The statistic that noise exceeds with the level's probability, at even x with as many repetitions.

    It hardly depends on how uneven the x are: by about a tenth.
    """
    x = 1.0 + np.floor(np.arange(points) * distinct / points)
    noise = np.random.default_rng(0).standard_normal((_SIMULATED, points))
    largest = np.max(list(_statistics(x, directions(noise).T)), axis=0)
    return float(np.quantile(largest, 1 - _LEVEL))


def _statistics(x: FloatArray, targets: FloatArray) -> Iterator[FloatArray]:
    """The statistic of each law, for each column of y, centred and scaled, of shape (points, sets).

    Laws without shape parameters come first: most points that follow a law need no other.
    """
    points = len(x)
    for family in sorted(BUILT_IN, key=lambda family: len(family.shape)):
        if family.domain[0] <= x.min() and x.max() <= family.domain[1]:
            curves = directions(_curves(family, x))
            r_squared = np.minimum(((curves @ targets) ** 2).max(axis=0), 1 - 1e-15)
            yield -points * np.log1p(-r_squared) - (1 + len(family.shape)) * np.log(points)


def _curves(family: Family, x: FloatArray) -> FloatArray:
    """Curves of a law, shape (curves, points)."""
    u = (x - x.min()) / np.ptp(x) if family.slides else x / np.abs(x).max()
    if not family.shape:
        return family.basis_at(u[None])
    return curves_of(family, u, shape_grid(family, u).reshape(-1, len(family.shape)))
