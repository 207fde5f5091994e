"""Whether y depends on x at all: a simulated test against the best of all laws.

The statistic is the largest over all laws of the log-likelihood ratio, less the penalty of the Bayesian information
criterion (Schwarz 1978, Estimating the dimension of a model). Its distribution where y is noise about a mean, selection
of the best law included, is simulated.
"""

from functools import lru_cache

import numpy as np

from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.families import Family
from shapeclf.datasets.laws import SINE
from shapeclf.recognition.fitting.solving import directions
from shapeclf.recognition.point_sets import average_neighbours

__all__ = ["is_constant", "with_constant"]

_LEVEL = 0.01
_SURE = 0.9  # noise does not make a law as probable as that: it is not tested against a constant
_LEAST_POINTS = 8  # of fewer points of a law too many would be called constant: 6 % at 5, 0.6 % at 8
_MOST_POINTS = 256
_SIMULATED = 500
_CURVES = 64  # of each law with shape parameters
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
    if len(points) > _MOST_POINTS:
        points, _ = average_neighbours(points, np.array([len(points)]), _MOST_POINTS)
    x, y = points.T
    if len(y) < 3 or np.ptp(y) <= _EQUAL * np.abs(y).max():
        return len(y) >= 3
    if len(y) < _LEAST_POINTS or np.ptp(x) == 0:
        return False
    return bool(_statistic(_laws(x), directions(y[None]).T)[0] < _critical(len(x), len(np.unique(x))))


@lru_cache(maxsize=256)
def _critical(points: int, distinct: int) -> float:
    """The statistic that noise exceeds with the level's probability, at even x with as many repetitions.

    Uneven x change it by a tenth or less.
    """
    x = 1.0 + np.floor(np.arange(points) * distinct / points)
    noise = np.random.default_rng(0).standard_normal((_SIMULATED, points))
    return float(np.quantile(_statistic(_laws(x), directions(noise).T), 1 - _LEVEL))


def _laws(x: FloatArray) -> list[tuple[int, FloatArray]]:
    """For each law the number of its parameters besides b, and curves of it, of shape (curves, points)."""
    laws = []
    for family in BUILT_IN:
        low, high = family.domain
        if low <= x.min() and x.max() <= high:
            laws.append((1 + len(family.shape), directions(_curves(family, x))))
    return laws


def _curves(family: Family, x: FloatArray) -> FloatArray:
    u = (x - x.min()) / np.ptp(x) if family.slides else x / np.abs(x).max()
    if not family.shape:
        return family.basis_at(u[None])
    if family.basis is SINE.basis:
        highest = np.pi * max(1, len(np.unique(u)) - 1)
        w = np.arange(np.pi, highest + np.pi / 2, np.pi / 2)[:, None, None]
        shape = {"w": w, "c": np.array([0.0, 0.25, 0.5, 0.75])[:, None] * np.pi / w}
    else:
        steps = int(_CURVES ** (1 / len(family.shape)))
        axes = [prior.quantile((np.arange(steps) + 0.5) / steps) for prior in family.shape.values()]
        shape = dict(zip(family.shape, np.meshgrid(*axes, indexing="ij"), strict=True))
    columns = {name: np.reshape(value, (-1, 1)) for name, value in _same_size(shape).items()}
    count = len(next(iter(columns.values())))
    return family.basis_at(np.broadcast_to(u, (count, len(u))), **columns)


def _same_size(shape: dict[str, FloatArray]) -> dict[str, FloatArray]:
    return dict(zip(shape, np.broadcast_arrays(*shape.values()), strict=True))


def _statistic(laws: list[tuple[int, FloatArray]], targets: FloatArray) -> FloatArray:
    """The statistic of each column of y, centred and scaled, shape (points, sets)."""
    points = len(targets)
    best = np.full(targets.shape[1], -np.inf)
    for parameters, curves in laws:
        r_squared = np.minimum(((curves @ targets) ** 2).max(axis=0), 1 - 1e-15)
        best = np.maximum(best, -points * np.log1p(-r_squared) - parameters * np.log(points))
    return best
