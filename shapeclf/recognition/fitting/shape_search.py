"""Search for the shape parameters of a family: a grid of starts, then `scipy.optimize.curve_fit`.

Given the shape parameters, k and b follow by linear least squares. So only the shape parameters are searched for, and
the optimum is that of all parameters together ("variable projection": Golub and Pereyra 1973, SIAM J. Numer. Anal. 10).
The fit of a sine has many local optima in the frequency: about one for each half period that is added over the range
of x. So its starting frequencies are spaced by π/2. Other laws start from quantiles of their priors.
"""

import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.datasets.directions import directions
from shapeclf.datasets.families import Family
from shapeclf.datasets.laws import SINE
from shapeclf.errors import InputError

__all__ = ["Candidate", "curves_of", "find_shape", "highest_frequency"]

_STARTS = 600  # curves of the grid, over all shape parameters
_STARTS_OF_ONE = 64  # curves of the grid if there is only one shape parameter
_REFINED = 3  # local optima of the grid that `curve_fit` refines
_SEARCHED = 512  # largest number of points that the grid is compared with
_PHASES = 4  # values of c for each frequency of a sine
# Smallest size of the basis g of an optimum, relative to that of the starts; the size is the largest absolute value at
# the points. The basis of a logistic curve is smaller if its midpoint lies far outside the points: it is then nearly an
# exponential, and k grows without limit.
_SMALLEST = 1e-6
_LOWEST_FREQUENCY = SINE.shape["w"].support[0]
# The relative step of numerical derivatives is the square root of epsfcn. With the default, 1.5e-8, rounding errors
# distort the derivative with respect to a parameter near 0, and its optimum depends on the units.
_PRECISE = {"ftol": 1e-12, "xtol": 1e-12, "epsfcn": 1e-12}


class Candidate(NamedTuple):
    """Shape parameters in the family's frame, the R² of their curve, and whether `curve_fit` converged to them."""

    shape: FloatArray
    r_squared: float
    converged: bool


def find_shape(
    family: Family, u: FloatArray, y: FloatArray, weights: FloatArray | None = None
) -> tuple[list[Candidate], Iterator[Candidate]]:
    """Return candidates for the least-squares shape parameters, for x in the family's frame.

    Args:
        family: Family with shape parameters.
        u: Values of x in the frame, shape (points,).
        y: Values of y in any units, shape (points,).
        weights: Weight of each reading, shape (points,). By default all are 1.

    Returns:
        The local optima, the best first, and two fallbacks whose ``converged`` is false: the optimum within the support
        of the priors that is found from the best of the grid, and the best of the grid. If there are fewer different x
        than parameters, or y is constant, the only candidate is the best of the grid.
    """
    (target,) = directions(y[None], weights)  # (points,)

    def fitted(_: object, *shape: float) -> FloatArray:
        (curve,) = directions(curves_of(family, u, np.array([shape])), weights)
        scaled: FloatArray = curve * (curve @ target)
        return scaled

    def candidate(shape: FloatArray, *, converged: bool) -> Candidate:
        return Candidate(shape, float(fitted(None, *shape) @ target), converged)

    starts = _best_starts(family, u, target, weights)
    best_of_grid = candidate(starts[0], converged=False)
    if len(np.unique(u)) < 2 + len(family.shape) or not target.any():
        return [], iter([best_of_grid])

    def fallbacks() -> Iterator[Candidate]:
        low, high = np.array([prior.support for prior in family.shape.values()]).T
        bounds = (np.minimum(low, starts[0]), np.maximum(high, starts[0]))
        bounded = _refined(fitted, target, starts[0], bounds=bounds)
        if bounded is not None:
            yield candidate(bounded, converged=False)
        yield best_of_grid

    refined = [_refined(fitted, target, start, method="lm", **_PRECISE) for start in starts]
    optima = [candidate(shape, converged=True) for shape in refined if shape is not None]
    optima.sort(key=lambda optimum: -optimum.r_squared)
    smallest = _SMALLEST * np.abs(curves_of(family, u, starts)).max()
    finite = [each for each in optima if np.abs(curves_of(family, u, each.shape[None])).max() >= smallest]
    return [optimum for optimum in finite if optimum.r_squared >= best_of_grid.r_squared], fallbacks()


def curves_of(family: Family, u: FloatArray, shapes: FloatArray) -> FloatArray:
    """Return the basis at ``u``, shape (points,), for each row of ``shapes``: (batch, points)."""
    parameters = {name: shapes[:, i : i + 1] for i, name in enumerate(family.shape)}
    return family.basis_at(np.broadcast_to(u, (len(shapes), len(u))), **parameters)


def _refined(
    fitted: Callable[..., FloatArray], target: FloatArray, start: FloatArray, **options: Any
) -> FloatArray | None:
    from scipy.optimize import curve_fit

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # warnings about the covariance, which is not used
            shape, _ = curve_fit(fitted, target, target, p0=start, **options)  # its x is not used
    except RuntimeError:  # no convergence
        return None
    return shape if np.isfinite(shape).all() else None


def _best_starts(family: Family, u: FloatArray, target: FloatArray, weights: FloatArray | None) -> FloatArray:
    """Return the best local optima of the grid, the best first, shape (starts, shape parameters)."""
    if len(u) > _SEARCHED:
        chosen = np.argsort(u, kind="stable")[np.linspace(0, len(u) - 1, _SEARCHED).astype(np.int64)]
        u, target = u[chosen], target[chosen]
        weights = None if weights is None else weights[chosen]
    grid = _shape_grid(family, len(np.unique(u)))
    flat = grid.reshape(-1, grid.shape[-1])
    curves = curves_of(family, u, flat)  # (starts, points)
    if np.isfinite(u).all() and np.isnan(curves).any(axis=1).all():
        raise InputError(
            f"family {family.name!r}: its basis function gives NaN for all shape parameters; "
            "look at its priors and domain"
        )
    r_squared = ((directions(curves, weights) @ target) ** 2).reshape(grid.shape[:-1])
    peaks = np.flatnonzero(_is_peak(r_squared))
    order = np.argsort(-r_squared.ravel()[peaks], kind="stable")[:_REFINED]
    best: FloatArray = flat[peaks[order]]
    return best


def _shape_grid(family: Family, distinct: int) -> FloatArray:
    """Return shape parameters that cover a family's priors, or the frequencies of a sine that the points resolve.

    Args:
        family: Family with shape parameters.
        distinct: Number of different x.

    Returns:
        Shape (steps, ..., shape parameters).
    """
    return _sine_grid(distinct) if family.basis is SINE.basis else _quantile_grid(family)


def _quantile_grid(family: Family) -> FloatArray:
    """Return all combinations of the priors' quantiles, shape (steps, ..., shape parameters)."""
    count = len(family.shape)
    steps = _STARTS_OF_ONE if count == 1 else max(2, int(_STARTS ** (1 / count)))
    axes = [prior.quantile((np.arange(steps) + 0.5) / steps) for prior in family.shape.values()]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def _sine_grid(distinct: int) -> FloatArray:
    """Return w and c of starts near each local optimum, shape (frequencies, phases, 2)."""
    w = np.arange(_LOWEST_FREQUENCY, highest_frequency(np.array(distinct)).item(), np.pi / 2)
    phases = (np.arange(_PHASES) + 0.5) / _PHASES * np.pi
    return np.stack(np.broadcast_arrays(w[:, None], phases / w[:, None]), axis=-1)


def highest_frequency(distinct: IntArray) -> FloatArray:
    """Return the highest frequency of the grid: about the mean Nyquist frequency of points over a range of 1.

    A sine of a higher frequency can be fitted to any readings. ``distinct`` is the number of different x.
    """
    highest: FloatArray = np.maximum(np.pi * (distinct - 1) * 0.99, _LOWEST_FREQUENCY) + np.pi / 4
    return highest


def _is_peak(r_squared: FloatArray) -> BoolArray:
    """Return which elements have no higher neighbour along any axis."""
    peak = np.ones(r_squared.shape, dtype=np.bool_)
    for axis, later in itertools.product(range(r_squared.ndim), (False, True)):
        lower = [slice(None)] * r_squared.ndim
        upper = [slice(None)] * r_squared.ndim
        lower[axis], upper[axis] = slice(None, -1), slice(1, None)
        element, neighbour = (upper, lower) if later else (lower, upper)
        peak[tuple(element)] &= r_squared[tuple(element)] >= r_squared[tuple(neighbour)]
    return peak
