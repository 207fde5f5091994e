"""Ordered splits of a series and windows on it, all as views of the series."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from shapeclf.datasets._arguments import shown, whole_number
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError

__all__ = ["SeriesSplit", "split_series", "windows_of"]


@dataclass(frozen=True)
class SeriesSplit:
    """The training, validation and test parts of a series in order of time, each of shape (length, channels)."""

    train: FloatArray
    validation: FloatArray
    test: FloatArray


def split_series(series: FloatArray, window: int = 1) -> SeriesSplit:
    """Split a series in order: the last tenth for testing, of the rest the last tenth for validation.

    Args:
        series: Values of the series, shape (length, channels).
        window: Number of values in a window, at least 1; each part must hold a window and the value after it.

    Returns:
        Views of the series.

    Raises:
        InputError: The series is too short for the window, or constant in its training part.

    Example:
        >>> parts = split_series(np.arange(10_000.0)[:, np.newaxis])
        >>> len(parts.train), len(parts.validation), len(parts.test)
        (8100, 900, 1000)
    """
    whole_number("window", window, low=1)
    if not isinstance(series, np.ndarray) or series.ndim != 2:
        raise InputError(f"series must be an array of the shape (length, channels), got {shown(series)}")
    test_start = round(len(series) * 0.9)
    validation_start = round(test_start * 0.9)
    split = SeriesSplit(series[:validation_start], series[validation_start:test_start], series[test_start:])
    shortest = min(len(split.train), len(split.validation), len(split.test))
    if shortest <= window:
        raise InputError(
            f"series: {len(series)} values are too few for windows of {window}: its training, validation and "
            f"test parts hold {len(split.train)}, {len(split.validation)} and {len(split.test)}; "
            f"each needs at least {window + 1}"
        )
    if not np.ptp(split.train, axis=0).all():
        raise InputError("series: it is constant in its training part, the first 81 %; nothing to learn")
    return split


def windows_of(series: FloatArray, window: int) -> tuple[FloatArray, FloatArray]:
    """Return every window of a series and the value that follows it.

    Args:
        series: Values of the series, shape (..., length, channels).
        window: Number of values in a window, from 1 to length - 1.

    Returns:
        Windows (..., length - window, window, channels) and targets (..., length - window, channels);
        read-only views, nothing is copied.

    Raises:
        InputError: The series is not longer than the window.

    Example:
        >>> windows, targets = windows_of(np.arange(4.0)[:, np.newaxis], 2)
        >>> windows[..., 0].tolist(), targets[..., 0].tolist()
        ([[0.0, 1.0], [1.0, 2.0]], [2.0, 3.0])
    """
    if not isinstance(series, np.ndarray) or series.ndim < 2:
        raise InputError(f"series must be an array of the shape (..., length, channels), got {shown(series)}")
    length = series.shape[-2]
    if not 1 <= whole_number("window", window, low=0) < length:
        raise InputError(f"window: {window} was given for a series of {length} values; allowed are 1..{length - 1}")
    windows = sliding_window_view(series, window + 1, axis=-2)  # (..., starts, channels, window + 1)
    windows = np.moveaxis(windows, -1, -2)  # (..., starts, window + 1, channels)
    return windows[..., :-1, :], windows[..., -1, :]
