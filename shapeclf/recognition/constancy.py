"""Test whether y depends on x at all: the best of all laws is compared with a constant.

For each law, twice the log-likelihood ratio is reduced by the penalty of the Bayesian information criterion (Schwarz
1978, Estimating the dimension of a model). The statistic is the largest of these values. Its distribution for noise
about a mean, including the selection of the best law, is simulated: a Monte Carlo test (Barnard 1963, J. R. Stat. Soc.
B 25, p. 294). Where the readings have error bars, all fits are weighted by them.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import DTypeLike

from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.families import Family
from shapeclf.datasets.laws import SINE
from shapeclf.recognition.fitting.shape_search import highest_frequency, shape_grid
from shapeclf.recognition.point_sets import average_neighbours

__all__ = ["constant_sets", "with_constant"]

_LEVEL = 0.01  # significance level
_SURE = 0.9  # if a law has a higher probability, the test is skipped: no law gets so high a probability from noise
_MIN_POINTS = 8  # with fewer points, too many curves of laws would be classified as constant: 6 % at 5, 0.6 % at 8
_MAX_POINTS = 256
_SIMULATED = 500  # sets of noise from which a critical value is computed
_EQUAL = 1e-14  # y count as equal if their range, divided by the largest absolute value, is smaller
_ROUNDING = 500  # a curve counts as constant if it varies by fewer units in the last place
_MIN_ROOT_WEIGHT = 1e-6  # smallest root of a weight; single precision cannot sum weights that differ by more
_NUMBERS_AT_ONCE = 2**19  # values of curves held in memory at once
# A coarse grid is enough to compare a law with a constant; the simulation uses the same grid.
# These are the slices of each axis of the grid, by the number of shape parameters.
_STEP = {1: slice(2, None, 4), 2: slice(1, None, 3)}
# Laws with few curves in their grid are tested first. One law that fits shows that y is not constant, and for most
# points that follow a law, one of the first does.
_LAWS = sorted(BUILT_IN, key=lambda family: (len(family.shape), family.basis is not SINE.basis))


def with_constant(posteriors: FloatArray, none: int, points: FloatArray, lengths: IntArray) -> FloatArray:
    """Return the posteriors of many sets with a column for `constant`: 1 where y does not depend on x, 0 elsewhere.

    Where `constant` is 1, all other columns are 0.

    Args:
        posteriors: Shape (sets, families); NaN in a row without an answer.
        none: Index of the column of the class `none`.
        points: (x, y) or (x, y, y_error) of all sets, each sorted by x, shape (points, 2 or 3).
        lengths: Points of each set, shape (sets,).
    """
    answers = np.pad(posteriors, ((0, 0), (0, 1)))
    answers[np.isnan(posteriors[:, 0])] = np.nan
    laws = posteriors.copy()
    laws[:, none] = 0.0
    y, starts = points[:, 1], np.cumsum(lengths) - lengths
    flat = np.maximum.reduceat(y, starts) == np.minimum.reduceat(y, starts)
    tested = flat | (laws.max(axis=1) < _SURE)  # False where the posterior is NaN
    if tested.any():
        rows = np.flatnonzero(tested)
        constant_rows = rows[constant_sets(points[np.repeat(tested, lengths)], lengths[tested])]
        answers[constant_rows] = np.arange(answers.shape[1]) == posteriors.shape[1]
    return answers


@np.errstate(all="ignore")
def constant_sets(points: FloatArray, lengths: IntArray) -> BoolArray:
    """Return which sets have equal y, or y that no law fits better than it fits noise (significance level 1 %).

    Args:
        points: (x, y) or (x, y, y_error) of all sets, each sorted by x, shape (points, 2 or 3). If y_error is not
            above 0 at one of the points of a set, all points of this set have the same weight.
        lengths: Points of each set, shape (sets,).

    Returns:
        Shape (sets,).

    Example:
        >>> rng = np.random.default_rng(0)
        >>> noise = np.stack([np.arange(20.0), rng.standard_normal(20)], axis=-1)
        >>> constant_sets(np.concatenate([noise, noise + [[0.0, 1.0]] * noise[:, :1]]), np.array([20, 20]))
        array([ True, False])
    """
    if lengths.max() > _MAX_POINTS:
        points, lengths = average_neighbours(points, lengths, _MAX_POINTS)
    starts = np.cumsum(lengths) - lengths
    lowest, highest = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    constant = highest[:, 1] - lowest[:, 1] <= _EQUAL * np.maximum(np.abs(lowest[:, 1]), np.abs(highest[:, 1]))
    constant &= lengths >= 3
    tested = ~constant & (lengths >= _MIN_POINTS) & (highest[:, 0] > lowest[:, 0])
    # Sets whose lengths lie between the same powers of two are padded together, which at most doubles the memory.
    octaves = np.frexp(lengths)[1]
    for octave in np.unique(octaves[tested]):
        rows = np.flatnonzero(tested & (octaves == octave))
        count = lengths[rows]
        inside = np.arange(count.max()) < count[:, None]
        padded = points[starts[rows, None] + np.where(inside, np.arange(count.max()), 0)]  # (rows, points, columns)
        root = _root_weights(padded[..., 2], inside) if points.shape[1] == 3 else None
        constant[rows] = _not_better_than_noise(padded[..., 0], padded[..., 1], inside, root)
    return constant


def _root_weights(y_error: FloatArray, inside: BoolArray) -> FloatArray | None:
    """Return the square roots of the weights of points, at most 1, 0 in the padding; None if all weights are equal.

    Args:
        y_error: Padded with the first error, shape (sets, points).
        inside: Which points are not padding, shape (sets, points).
    """
    lowest = y_error.min(axis=1, keepdims=True)
    root = np.where(lowest > 0, lowest / y_error, 1.0)
    return None if (root == 1.0).all() else np.where(inside, np.maximum(root, _MIN_ROOT_WEIGHT), 0.0)


def _not_better_than_noise(x: FloatArray, y: FloatArray, inside: BoolArray, root: FloatArray | None) -> BoolArray:
    """Return whether every law's statistic is below the critical value, shape (sets,).

    Args:
        x: Sorted, padded with the first x, shape (sets, points).
        y: Padded with the first y, shape (sets, points).
        inside: Which points are not padding, shape (sets, points).
        root: Result of `_root_weights`, shape (sets, points).
    """
    counts = inside.sum(axis=1)
    distinct = 1 + (np.diff(x, axis=1) > 0).sum(axis=1)
    pairs, index = np.unique(_rounded(counts, distinct), axis=0, return_inverse=True)
    critical = np.array([_critical(*pair) for pair in pairs.tolist()])[index.ravel()]
    targets = _standard(y, inside if root is None else root)[..., None]
    remaining = np.arange(len(x))
    for family in _LAWS:
        if not remaining.size:
            break
        rows = x[remaining], counts[remaining], distinct[remaining], targets[remaining]
        statistic = _statistic(family, *rows, None if root is None else root[remaining])
        remaining = remaining[statistic[:, 0] < critical[remaining]]
    constant = np.zeros(len(x), dtype=np.bool_)
    constant[remaining] = True
    return constant


def _rounded(counts: IntArray, distinct: IntArray) -> IntArray:
    """Round numbers of points and of different x, so that few critical values have to be simulated.

    Returns:
        Shape (sets, 2).
    """
    points = np.exp2(np.rint(16 * np.log2(counts)) / 16)  # up to 29 points, the number is unchanged
    fewer = np.minimum(np.exp2(np.rint(2 * np.log2(distinct)) / 2), points)
    pairs: FloatArray = np.rint(np.stack([points, np.where(distinct > 0.9 * counts, points, fewer)], axis=-1))
    return pairs.astype(np.int64)


@lru_cache(maxsize=1024)
def _critical(points: int, distinct: int) -> float:
    """Return the value that the statistic of noise exceeds with the probability `_LEVEL`.

    It is simulated at evenly spaced x, repeated if there are more points than different x. Other spacings change it by
    about a tenth.
    """
    x = 1.0 + np.floor(np.arange(points)[None] * distinct / points)
    noise = np.random.default_rng(0).standard_normal((_SIMULATED, points))
    targets = _standard(noise, np.ones_like(noise, dtype=np.bool_)).T[None]
    counts = np.array([points]), np.array([distinct])
    largest = np.max([_statistic(family, x, *counts, targets) for family in _LAWS], axis=0)
    return float(np.quantile(largest, 1 - _LEVEL))


def _standard(y: FloatArray, root: FloatArray | BoolArray) -> FloatArray:
    """Return y less its mean, times the root of its weight and scaled to length one, shape (sets, points).

    ``root`` is 0 in the padding, which the result is as well.
    """
    d = y - y[:, :1]
    d /= np.abs(d).max(axis=1, keepdims=True)
    weights = root * root
    d = root * (d - ((weights * d).sum(axis=1) / weights.sum(axis=1))[:, None])
    standard: FloatArray = d / np.sqrt(np.einsum("sp,sp->s", d, d))[:, None]
    return standard


def _statistic(
    family: Family,
    x: FloatArray,
    counts: IntArray,
    distinct: IntArray,
    targets: FloatArray,
    root: FloatArray | None = None,
) -> FloatArray:
    """Return the statistic of a law for each set and target, shape (sets, targets).

    Args:
        family: The law.
        x: Sorted, padded with the first x, shape (sets, points).
        counts: Points of each set, shape (sets,).
        distinct: Different x of each set, shape (sets,).
        targets: Result of `_standard`, shape (sets, points, targets).
        root: Result of `_root_weights`, shape (sets, points).
    """
    low, high = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    u = (x - low) / (high - low) if family.shift_invariant else x / np.maximum(-low, high)
    shapes, allowed = _coarse_grid(family, distinct)
    defined = (family.domain[0] <= low) & (high <= family.domain[1])  # (sets, 1)
    r_squared = np.empty((len(x), targets.shape[2]))
    at_once = max(1, _NUMBERS_AT_ONCE // (len(shapes) * x.shape[1]))
    for start in range(0, len(x), at_once):
        part = slice(start, start + at_once)
        weighting = None if root is None else root[part]
        # (sets, curves, targets)
        of_curves = _curve_r_squared(family, u[part], shapes, counts[part], targets[part], weighting)
        r_squared[part] = np.where((allowed & defined)[part, :, None], of_curves, 0.0).max(axis=1)
    n = counts[:, None]
    statistic: FloatArray = -n * np.log1p(-np.minimum(r_squared, 1 - 1e-15)) - (1 + len(family.shape)) * np.log(n)
    return statistic


def _coarse_grid(family: Family, distinct: IntArray) -> tuple[FloatArray, BoolArray]:
    """Return shape parameters, shape (curves, shape parameters), and which sets may use each, (sets or 1, curves)."""
    if not family.shape:
        return np.empty((1, 0)), np.ones((1, 1), dtype=np.bool_)
    grid = shape_grid(family, int(distinct.max()))
    if family.basis is not SINE.basis:
        grid = grid[(_STEP[len(family.shape)],) * len(family.shape)]
    shapes = grid.reshape(-1, len(family.shape))
    if family.basis is not SINE.basis:
        return shapes, np.ones((1, len(shapes)), dtype=np.bool_)
    return shapes, shapes[:, 0] <= highest_frequency(distinct)[:, None]


def _curve_r_squared(
    family: Family,
    u: FloatArray,
    shapes: FloatArray,
    counts: IntArray,
    targets: FloatArray,
    root: FloatArray | None,
) -> FloatArray:
    """Return the R² of each curve for each target, 0 for a constant curve, shape (sets, curves, targets)."""
    # If u is from 0 to 1, single precision is enough and takes half the time.
    precision: DTypeLike = np.float32 if family.shift_invariant else np.float64
    u, shapes, targets = (array.astype(precision, copy=False) for array in (u, shapes, targets))
    g = family.basis(u[:, None], **{name: shapes[:, i, None] for i, name in enumerate(family.shape)})
    d = g - g[..., :1]  # 0 in the padding
    if root is None:
        means = d.sum(axis=2) ** 2 / counts[:, None]
    else:
        root = root.astype(precision, copy=False)
        d = d * root[:, None]
        means = np.einsum("scp,sp->sc", d, root) ** 2 / np.einsum("sp,sp->s", root, root)[:, None]
    variation = np.einsum("scp,scp->sc", d, d) - means
    rounding = _ROUNDING * np.finfo(g.dtype).eps * g[..., 0]
    varies = np.isfinite(variation) & (variation > counts[:, None] * rounding**2)
    r_squared: FloatArray = np.where(varies[..., None], (d @ targets) ** 2 / variation[..., None], 0.0)
    return r_squared
