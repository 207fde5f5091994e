"""Checks of the points that the exact posterior and least squares are computed for, and computation in chunks."""

from collections.abc import Callable, Iterator

import numpy as np

from shapeclf.datasets._arguments import as_float_array
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.families import Family
from shapeclf.datasets.priors import Prior
from shapeclf.datasets.sequences import ShapeSequences
from shapeclf.errors import InputError

__all__ = ["by_chunks", "curve_inside", "inside", "x_prior"]

# Number of points whose working arrays fit the processor's second-level cache. Larger chunks were slower.
_CHUNK = 2**13
# Rounding can move a draw outside the support of its prior by this much, relative to its end farther from 0.
_TOLERANCE = 4 * np.finfo(np.float64).eps


def by_chunks(points: FloatArray, families: int, function: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Apply a function to a batch in chunks, so that memory does not grow with the batch.

    Args:
        points: (x, y), shape (batch, points, 2).
        families: Number of families.
        function: Function of points (chunk, points, 2) that returns (chunk, points, families).

    Returns:
        The results, shape (batch, points, families).

    Raises:
        InputError: ``points`` has another shape, or holds a number that is not finite.
    """
    points = as_float_array(points)
    if points.ndim != 3 or points.shape[1] < 1 or points.shape[2] != 2:
        raise InputError(f"points must have the shape (batch, points, 2), one point or more; got {points.shape}")
    result = np.empty((*points.shape[:2], families))
    for rows in _chunks(*points.shape[:2]):
        if not np.isfinite(points[rows]).all():
            raise InputError("points must be finite numbers, got one that is not")
        result[rows] = function(points[rows])
    return result


def _chunks(batch: int, points: int) -> Iterator[slice]:
    size = max(1, _CHUNK // points)
    return (slice(start, start + size) for start in range(0, batch, size))


def x_prior(sequences: ShapeSequences, family: Family) -> Prior:
    """Return the prior that the x of a family's sequences are drawn from."""
    return sequences.x or family.x


def inside(x: FloatArray, interval: tuple[float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return which of ``x`` lie in a closed interval, to within rounding; the shape of ``x``."""
    low, high = interval
    slack = _TOLERANCE * max(abs(end) for end in interval) if np.isfinite([low, high]).all() else 0.0
    return (x >= low - slack) & (x <= high + slack)


def curve_inside(family: Family, x: FloatArray, interval: tuple[float, float], **parameters: float) -> FloatArray:
    """Return k·g(x; θ) + b where x lies in an interval, and an arbitrary finite value elsewhere.

    The values elsewhere must not be used. They prevent NaN and warnings.

    Args:
        family: The family of the function.
        x: Shape (batch, points).
        interval: Lowest and highest x of an interval on which the function is defined.
        parameters: Values of k, b and each shape parameter.

    Raises:
        InputError: A value is not finite.
    """
    values = family.curve(np.where(inside(x, interval), np.clip(x, *family.domain), family.x.support[1]), **parameters)
    if not np.isfinite(values).all():
        raise InputError(f"family {family.name!r}: its function is not finite at every x given")
    return values
