"""The distance of curves from the nearest curve of each law, which defines the class `none`.

The distance is the root mean square over 200 evenly spaced x in the design's range, relative to the range of the curve.
k and b are free, and the shape parameters stay within their priors. The nearest curve is first searched in a bank, a
grid of curves over the shape parameters, and then by Gauss-Newton steps. Given the shape parameters, k and b follow by
linear regression ("variable projection": Golub and Pereyra 1973, SIAM J. Numer. Anal. 10; the derivatives are those of
Kaufman 1975, BIT 15).
"""

import itertools
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, final

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.directions import directions
from shapeclf.datasets.families import Family
from shapeclf.datasets.laws import SINE
from shapeclf.datasets.priors import OneOf, Prior

__all__ = ["GRID", "NEAR", "law_distances"]

NEAR = 0.03
"""Curves of the class `none` are farther than this from every law, if readings have no error bars."""

GRID: FloatArray = np.linspace(0.0, 1.0, 200)
"""Positions in the range of x at which the distance is measured."""

_CURVES = {1: 256, 2: 48}  # grid points for each shape parameter, by the number of shape parameters; 4 if more than 2
_FEWER = 18  # the same for a family that is not shift-invariant, whose curves depend on the design
_TURN = 8  # sines in the bank: number of frequencies w in an interval of 2π, and of phases in one of π
_PROBES = 500  # random curves from which the reach of a bank is estimated
_STEPS = 4  # Gauss-Newton steps
_TRIED = (1.0, 0.3, 0.1)  # fractions of a Gauss-Newton step that are tried
_SMALL = 1e-5  # step of the derivatives
_HIGHEST = np.nextafter(1.0, 0.0)


@np.errstate(all="ignore")  # where a law is not defined
def law_distances(
    families: Sequence[Family], curves: FloatArray, low: FloatArray, width: FloatArray, limit: FloatArray
) -> FloatArray:
    """Return the distance of each curve from the nearest curve of each law.

    Args:
        families: The laws.
        curves: Curves at `GRID`, shape (batch, 200).
        low: Lower end of the range of x, in units in which the largest absolute x is 1, shape (batch, 1).
        width: Width of the range of x in these units, shape (batch, 1).
        limit: Threshold of each curve, shape (batch,). Distances are refined only as far as needed to decide whether
            any law is closer than this and, if so, which law is closest. The others come from the bank and may be too
            large.

    Returns:
        Shape (batch, families); infinite where a law is not defined in the whole range.

    Example:
        >>> from shapeclf.datasets import LINE, PARABOLA
        >>> square, low, width = GRID[None] ** 2, np.array([[0.0]]), np.array([[1.0]])
        >>> law_distances((LINE, PARABOLA), square, low, width, np.array([0.03])).round(3)
        array([[0.075, 0.   ]])
    """
    target, spread = directions(curves), _spread(curves)
    distances = np.empty((len(curves), len(families)))
    best = {}
    for index, family in enumerate(families):
        lowest = family.domain[0]  # only its sign matters, since x may have any unit
        is_defined = (low > 0) | (lowest == -np.inf) | ((low == 0) & (lowest <= 0))
        r_squared, best[index] = _in_bank(family, target, low, width)
        distances[:, index] = np.where(is_defined[:, 0], spread * _unexplained(r_squared), np.inf)
    for index, family in enumerate(families):
        # The distance from the nearest curve of the bank is at most about √(distance² + reach²).
        within_reach = distances[:, index] ** 2 < limit**2 + _bank(family).reach ** 2
        rows = np.flatnonzero(within_reach & (distances.min(axis=1) > limit)) if family.shape else np.empty(0, np.int64)
        if rows.size:
            x = _scaled_grid(family, low[rows], width[rows])
            r_squared = _refined(family, x, target[rows], best[index][rows])
            distances[rows, index] = np.minimum(distances[rows, index], spread[rows] * _unexplained(r_squared))
    return distances


def _spread(curves: FloatArray) -> FloatArray:
    """Return the standard deviation of each curve relative to its range, shape (batch,); 0 for a constant."""
    curve_range = np.ptp(curves, axis=1)
    return np.asarray(np.std(curves, axis=1) / np.where(curve_range > 0, curve_range, 1.0))


def _unexplained(r_squared: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.maximum(1.0 - r_squared, 0.0)))


def _scaled_grid(family: Family, low: FloatArray, width: FloatArray) -> FloatArray:
    """Return `GRID` in the units of the family's priors, shape (batch or 1, 200)."""
    return GRID[None] if family.shift_invariant else low + width * GRID


def _in_bank(family: Family, target: FloatArray, low: FloatArray, width: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the largest R² of the curves in the bank, shape (batch,), and its coordinates, (batch, dimensions)."""
    bank = _bank(family)
    count = len(bank.coordinates)
    if family.shift_invariant:
        r_squared = (target @ bank.directions.T) ** 2  # (batch, curves)
    else:
        x = np.repeat(_scaled_grid(family, low, width), count, axis=0)
        curves = directions(_curves(family, x, np.tile(bank.coordinates, (len(target), 1))))
        r_squared = np.einsum("bcp,bp->bc", curves.reshape(len(target), count, -1), target) ** 2
    best = r_squared.argmax(axis=1)
    return np.take_along_axis(r_squared, best[:, None], axis=1)[:, 0], bank.coordinates[best]


@final
class _Bank(NamedTuple):
    """Curves that cover the priors of a family.

    Attributes:
        coordinates: Shape (curves, dimensions); see `_curves`.
        directions: Shape (curves, 200); empty if they depend on the design.
        reach: About the largest distance of a curve of the family from the nearest one of the bank.
    """

    coordinates: FloatArray
    directions: FloatArray
    reach: float


def _bank(family: Family) -> _Bank:
    # Families are equal if their shape parameters are in another order, which the coordinates follow.
    return _bank_in_order(family, tuple(family.shape))


@lru_cache(maxsize=64)
def _bank_in_order(family: Family, names: tuple[str, ...]) -> _Bank:
    dimensions = len(names)
    if family.basis is SINE.basis:
        w = np.arange(*family.shape["w"].support, 2.0 * np.pi / _TURN)[:, None]
        phases = np.pi * (np.arange(_TURN) / _TURN - 0.5)
        coordinates = np.stack(np.broadcast_arrays(w, 0.5 + phases / w), axis=-1).reshape(-1, 2)
    else:
        count = _CURVES.get(dimensions, 4) if family.shift_invariant else _FEWER
        axes = [_covering(prior, count) for prior in family.shape.values()]
        coordinates = np.array(list(itertools.product(*axes)))
    x = GRID if family.shift_invariant else 0.003 + 0.997 * GRID
    bank = directions(_curves(family, np.tile(x, (len(coordinates), 1)), coordinates))
    u = np.random.default_rng(0).random((_PROBES, dimensions))
    if family.basis is SINE.basis:
        u[:, 0] = family.shape["w"].quantile(u[:, 0])
    probes = _curves(family, np.tile(x, (_PROBES, 1)), u)
    distances = _spread(probes) * _unexplained(((directions(probes) @ bank.T) ** 2).max(axis=1))
    return _Bank(
        coordinates, bank if family.shift_invariant else bank[:0], 1.2 * float(np.nanmax(distances, initial=0.0))
    )


def _covering(prior: Prior, count: int) -> FloatArray:
    """Return probabilities that cover a prior, among them the ends of the parts of a mixture.

    The nearest curve may lie at such an end, where the steps from another curve do not stop. The upper ends are below
    the true ones by two steps of the derivatives, which must not leave the part.
    """
    middles = (np.arange(count) + 0.5) / count
    ends = np.arange(len(prior.parts) + 1) / len(prior.parts) if isinstance(prior, OneOf) else np.empty(0)
    return np.unique(np.clip([*middles, *ends, *(ends[1:] - 2.0 * _SMALL)], 0.0, _HIGHEST))


def _curves(family: Family, x: FloatArray, coordinates: FloatArray) -> FloatArray:
    """Return basis curves, shape (batch, 200).

    The coordinates are probabilities, whose quantiles are the shape parameters. Those of a sine are w and c
    themselves, since c may lie anywhere.
    """
    if family.basis is SINE.basis:
        w = np.clip(coordinates[:, :1], *family.shape["w"].support)
        return family.basis_at(x, w=w, c=coordinates[:, 1:])
    inside = np.clip(coordinates, 0.0, _HIGHEST)
    shape = {name: prior.quantile(inside[:, [i]]) for i, (name, prior) in enumerate(family.shape.items())}
    return family.basis_at(x, **shape)


def _refined(family: Family, x: FloatArray, target: FloatArray, coordinates: FloatArray) -> FloatArray:
    """Return the largest R² after Gauss-Newton steps, shape (batch,)."""
    x = np.broadcast_to(x, target.shape)

    def r_squared_of(coordinates: FloatArray) -> FloatArray:
        return np.asarray(np.einsum("bp,bp->b", directions(_curves(family, x, coordinates)), target) ** 2)

    best = r_squared_of(coordinates)
    for _ in range(_STEPS):
        g = _centred(_curves(family, x, coordinates))
        size = np.einsum("bp,bp->b", g, g)[:, None]
        k = np.einsum("bp,bp->b", g, target)[:, None] / size
        columns = []
        for axis in range(coordinates.shape[1]):
            moved = coordinates + _SMALL * np.eye(coordinates.shape[1])[axis]
            slope = (_centred(_curves(family, x, moved)) - g) / _SMALL
            columns.append(k * (slope - g * np.einsum("bp,bp->b", g, slope)[:, None] / size))
        slopes = np.stack(columns, axis=-1)  # (batch, 200, dimensions)
        normal = slopes.transpose(0, 2, 1) @ slopes
        trace = np.trace(normal, axis1=1, axis2=2)
        normal += 1e-9 * trace[:, None, None] * np.eye(normal.shape[1])
        gradient = np.einsum("bpd,bp->bd", slopes, target - k * g)
        usable = np.isfinite(normal).all(axis=(1, 2)) & np.isfinite(gradient).all(axis=1) & (trace > 1e-200)
        normal[~usable], gradient[~usable] = np.eye(normal.shape[1]), 0.0
        step = np.linalg.solve(normal, gradient[..., None])[..., 0]
        start = coordinates
        for part in _TRIED:
            trial = start + part * step
            r_squared = r_squared_of(trial)
            better = r_squared > best
            best = np.where(better, r_squared, best)
            coordinates = np.where(better[:, None], trial, coordinates)
    return best


def _centred(curves: FloatArray) -> FloatArray:
    return np.asarray(curves - curves.mean(axis=1, keepdims=True))
