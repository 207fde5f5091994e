"""Checks of the points that callers pass."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from shapeclf.datasets._arguments import as_float_array, shown
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.errors import InputError

__all__ = [
    "COLUMNS",
    "check_array",
    "check_batch",
    "check_lengths",
    "check_sequences",
    "error_bars_of",
    "points_of",
    "sequence_of",
]

COLUMNS = (2, 3)
"""Numbers of columns that points may have: x and y, or x, y and y_error."""
_WRAP = "; wrap a single sequence in a list, as in predict([points])"


def points_of(x: ArrayLike, y: ArrayLike) -> FloatArray:
    """Return the points of one sequence, shape (points, 2).

    Raises:
        InputError: x and y are not finite numbers, of equal length, at least one each.
    """
    columns = [as_float_array(values) for values in (x, y)]
    if columns[0].ndim != 1 or columns[0].shape != columns[1].shape:
        raise InputError(
            f"x and y must be one-dimensional and of equal length, got shapes {columns[0].shape} and {columns[1].shape}"
        )
    return _checked(np.stack(columns, axis=-1), "a sequence", "")


def error_bars_of(y_error: ArrayLike, count: int) -> FloatArray:
    """Return the standard deviation of each reading of a sequence, shape (points,).

    Args:
        y_error: One number for all readings, or one for each.
        count: Number of points.

    Raises:
        InputError: The number of values is not that of the points, or a value is not a finite number above 0.
    """
    error_bars = as_float_array(y_error)
    if error_bars.shape not in ((), (count,)):
        raise InputError(f"y_error must be one number or one for each of {count} points, got shape {error_bars.shape}")
    error_bars = np.broadcast_to(error_bars, count)
    sound = np.isfinite(error_bars) & (error_bars > 0)
    if not sound.all():
        row = int(np.argmin(sound))
        raise InputError(f"point {row + 1}: y_error must be a finite number above 0, got {error_bars[row]}")
    return error_bars


def sequence_of(values: ArrayLike, number: int) -> FloatArray:
    """Return the points of one of many sequences, shape (points, 2), or (points, 3) with error bars.

    Args:
        values: x and y of each point, and perhaps y_error, which is 0 where it is not known.
        number: Number of the sequence, from 1, for messages.

    Raises:
        InputError: The sequence has another shape, no point, or a value that is not finite.
    """
    try:
        points = as_float_array(values)
    except InputError as error:
        raise InputError(f"sequence {number}: {error}") from None
    return _checked(points, f"sequence {number}", f"sequence {number}, ")


def check_sequences(sequences: object) -> None:
    """Raise InputError if the argument is one array of points or one table instead of many sequences."""
    shape = getattr(sequences, "shape", None)
    one = isinstance(shape, tuple) and len(shape) == 2
    if one or not isinstance(sequences, Iterable):
        received = f"one array of the shape {shape}{_WRAP}" if one else shown(sequences)
        raise InputError(f"sequences must be a list of arrays of the shape (points, 2) or (points, 3), got {received}")


def _checked(points: FloatArray, subject: str, prefix: str) -> FloatArray:
    """Return points that are finite, in 2 or 3 columns; ``subject`` and ``prefix`` begin the error texts."""
    if points.ndim != 2 or points.shape[1] not in COLUMNS or points.shape[0] < 1:
        hint = _WRAP if prefix and points.ndim == 1 else ""
        raise InputError(
            f"{subject} must have the shape (points, 2) or (points, 3) with at least one point, "
            f"got {points.shape}{hint}"
        )
    wrong = ~np.isfinite(points)
    wrong[:, 2:] |= points[:, 2:] < 0
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        name, low = (("x", ""), ("y", ""), ("y_error", " from 0 up"))[column]
        raise InputError(f"{prefix}point {row + 1}: {name} must be a finite number{low}, got {points[row, column]}")
    return points


def check_array(name: str, value: object) -> None:
    """Raise InputError if an argument is not a NumPy array of numbers."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        raise InputError(f"{name} must be a NumPy array of numbers, got {shown(value)}")


def check_batch(points: FloatArray) -> None:
    """Raise InputError unless points are float64, of the shape (batch, points, 2 or 3), with at least one point."""
    _check_points(points, 3, "(batch, points, 2 or 3) with at least one point")


def _check_points(points: FloatArray, axes: int, shape: str) -> None:
    check_array("points", points)
    if points.ndim != axes or points.shape[-1] not in COLUMNS or 0 in points.shape[1:] or points.dtype != np.float64:
        raise InputError(f"points must have the shape {shape}, in float64; got {points.shape} in {points.dtype}")


def check_lengths(points: FloatArray, lengths: IntArray) -> IntArray:
    """Return the lengths as signed integers, since arithmetic on unsigned ones can overflow.

    Raises:
        InputError: Points of the shape (points, 2 or 3) are not sequences of these lengths.
    """
    _check_points(points, 2, "(points, 2 or 3)")
    check_array("lengths", lengths)
    if lengths.ndim != 1 or lengths.dtype.kind not in "iu" or (lengths < 1).any() or lengths.sum() != len(points):
        raise InputError(f"lengths must be whole numbers from 1 up that sum to the {len(points)} points")
    return lengths.astype(np.int64, copy=False)
