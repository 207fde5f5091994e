"""Checks of arguments, with errors of one line that name the argument."""

import math
import numbers
import reprlib
import sys

import numpy as np
from numpy.typing import ArrayLike

from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError

__all__ = [
    "as_float_array",
    "check_overflow",
    "check_positive",
    "finite_number",
    "number",
    "points_range",
    "shown",
    "whole_number",
]

_LONGEST = 60  # characters of a value in an error
# numpy's codes of complex numbers, time differences and dates, which must not be converted to numbers
_NO_NUMBERS = "cmM"
_MAX_POINTS = 2**24  # largest number of points of a sequence
_LARGEST_RATE = 1e37  # a larger learning rate could overflow single precision in an optimiser


_brief = reprlib.Repr()  # unlike repr(), it limits the text of lists that are nested many times
_brief.maxstring = _brief.maxlong = _brief.maxother = 1000


def shown(value: object) -> str:
    """Return a value as text for an error: in one line, and shortened if it is long."""
    try:
        text = " ".join(_brief.repr(value).split())
    except (RecursionError, ValueError):  # an integer of too many digits for text
        text = f"a {type(value).__name__} that cannot be shown"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def number(name: str, value: object) -> float:
    """Return a real number as a float, which may be infinite or NaN.

    Raises:
        InputError: The value is not a real number, or too large for floating point.
    """
    try:
        if not isinstance(value, numbers.Real):
            raise TypeError
        return float(value)
    except (OverflowError, TypeError):
        raise InputError(f"{name} must be a number, got {shown(value)}") from None


def finite_number(name: str, value: object, *, low: float = -math.inf, high: float = math.inf) -> float:
    """Return a finite number from ``low`` to ``high``, or raise InputError."""
    converted = number(name, value)
    if not (math.isfinite(converted) and low <= converted <= high):
        allowed = "" if low == -math.inf else f" from {low:g} {'up' if high == math.inf else f'to {high:g}'}"
        raise InputError(f"{name} must be a finite number{allowed}, got {shown(value)}")
    return converted


def check_overflow(y: FloatArray, noise: float | None) -> None:
    """Raise InputError if a value of y is not finite; the curve itself is, so the noise must be the cause."""
    if not np.isfinite(y).all():
        raise InputError(f"noise {noise!r} makes y too large for floating point; choose a smaller one")


def whole_number(name: str, value: object, *, low: int, high: float = math.inf) -> int:
    """Return a whole number from ``low`` to ``high``, or raise InputError."""
    if not isinstance(value, numbers.Integral):
        raise InputError(f"{name} must be a whole number, got {shown(value)}")
    converted = int(value)
    if not low <= converted <= high:
        raise InputError(f"{name} must be from {low} {'up' if high == math.inf else f'to {high}'}, got {shown(value)}")
    return converted


def as_float_array(values: ArrayLike) -> FloatArray:
    """Return lists, arrays, or objects that convert to arrays, such as columns of pandas and Arrow, as float64.

    Masked values are NaN.

    Raises:
        InputError: The values are not numbers, or lists of unequal length.

    Example:
        >>> as_float_array([1, 2])
        array([1., 2.])
    """
    try:
        # A caller with a masked array has imported its module, which is slow to import.
        if "numpy.ma" in sys.modules and isinstance(values, np.ma.MaskedArray):
            values = np.where(np.ma.getmaskarray(values), np.nan, values.data)
        array = np.asarray(values)
        if array.dtype.kind in _NO_NUMBERS:
            raise TypeError(f"they are of the type {array.dtype}")
        converted: FloatArray = array.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"not an array of numbers: {' '.join(str(error).split())}") from None
    return converted


def points_range(value: object, *, low: int) -> tuple[int, int]:
    """Return the lowest and the highest number of points, given as one number or as both.

    Raises:
        InputError: They are not whole numbers from ``low`` to 2^24, the lowest first.
    """
    both = value if isinstance(value, tuple | list) else (value, value)
    whole = len(both) == 2 and all(isinstance(count, numbers.Integral) for count in both)
    if not (whole and low <= both[0] <= both[1]):
        raise InputError(f"points must be from {low} up, the lowest first; got {shown(value)}")
    return whole_number("points", both[0], low=low), whole_number("points", both[1], low=low, high=_MAX_POINTS)


def check_positive(name: str, value: object) -> None:
    """Raise InputError unless the value is a number above 0 that is small enough for single precision."""
    if not 0 < number(name, value) <= _LARGEST_RATE:
        raise InputError(f"{name} must be a number above 0 and at most {_LARGEST_RATE:g}, got {shown(value)}")
