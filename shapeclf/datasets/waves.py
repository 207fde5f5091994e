"""Sine waves that differ only in their phase."""

import numpy as np
from numpy.typing import ArrayLike

from shapeclf.datasets._arguments import as_float_array, shown, whole_number
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.errors import InputError

__all__ = ["SHIFT_RANGE", "draw_shifts", "shifted_sines"]

_STEPS_PER_RADIAN = 20.0
SHIFT_RANGE = (-80, 80)  # in whole steps, the upper end excluded


def draw_shifts(waves: int, generator: np.random.Generator) -> IntArray:
    """Draw phase shifts in whole steps, uniform on -80..79.

    Args:
        waves: Number of waves.
        generator: Generator of random numbers.

    Returns:
        Shifts in steps, of shape (waves,).
    """
    return generator.integers(*SHIFT_RANGE, size=waves, dtype=np.int64)


def shifted_sines(shifts: ArrayLike, length: int) -> FloatArray:
    """Return the waves sin((t + shift) / 20) for t = 0, 1, ..., length - 1.

    Args:
        shifts: Phase shifts in steps, which need not be whole, shape (waves,).
        length: Number of steps of each wave, at least 1.

    Returns:
        Values of shape (waves, length, 1).

    Raises:
        InputError: The length is below 1, or a shift is not finite.

    Example:
        >>> shifted_sines([0.0, 20.0], 3).shape
        (2, 3, 1)
    """
    whole_number("length", length, low=1)
    steps = as_float_array(shifts)
    if steps.ndim != 1 or not np.isfinite(steps).all():
        raise InputError(f"shifts must be finite numbers of the shape (waves,), got {shown(shifts)}")
    phase = np.arange(length) + steps[:, np.newaxis]  # (waves, length)
    return np.sin(phase / _STEPS_PER_RADIAN)[:, :, np.newaxis]
