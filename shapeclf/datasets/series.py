"""A series: equally spaced values, one column per channel, from a function, a table or a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, final

import numpy as np
from numpy.typing import ArrayLike

from shapeclf.datasets._arguments import as_float_array
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.user_modules import in_one_line, load_object
from shapeclf.errors import InputError

if TYPE_CHECKING:
    from shapeclf.datasets.tables.table import ReadOptions

__all__ = [
    "LARGEST",
    "Series",
    "add_noise",
    "as_series",
    "check_noise",
    "load_series",
    "named_series",
    "read_series",
    "sample_series",
]

# Advice in errors of tables that does not apply to a series, where a skipped row would shift the later ones.
_LEFT_OUT = re.compile("; --(?:missing skip|skip-bad) leaves such rows out")
# Above it, sums of squares overflow.
LARGEST: Final = 1e100
# The x of the three named series: 10,000 values from 0 to 100.
_SERIES_X: Final[tuple[float, float, int]] = (0.0, 100.0, 10_000)


_NAMED_SERIES: Final[Mapping[str, Callable[[FloatArray], FloatArray]]] = MappingProxyType(
    {
        "sin": np.sin,
        "sin-cos": lambda x: np.stack([np.sin(x), np.cos(x)], axis=-1),
        "x-sin": lambda x: x * np.sin(x),
    }
)


def named_series(name: str) -> FloatArray:
    """Return one of the three named series: ``sin``, ``sin-cos`` or ``x-sin``.

    Args:
        name: Name of the series.

    Returns:
        Values of shape (10000, channels), x running from 0 to 100.

    Raises:
        InputError: There is no series of that name.

    Example:
        >>> named_series("sin-cos").shape
        (10000, 2)
    """
    if name not in _NAMED_SERIES:
        raise InputError(f"series: there is no {name!r}; known are {', '.join(_NAMED_SERIES)}")
    return sample_series(_NAMED_SERIES[name], np.linspace(*_SERIES_X))


def sample_series(function: Callable[[FloatArray], FloatArray], x: ArrayLike) -> FloatArray:
    """Return the values of a function on a grid.

    Args:
        function: Vectorised function from x of shape (length,) to values of shape (length,) or (length, channels).
        x: The grid, of shape (length,).

    Returns:
        Values of shape (length, channels).

    Raises:
        InputError: The function gives another number of values, a value that is not finite, or a constant.
    """
    grid = as_float_array(x)
    if grid.ndim != 1:
        raise InputError(f"series: x must have the shape (length,), got {grid.shape}")
    values = as_series(function(grid))
    if len(values) != len(grid):
        raise InputError(f"series: the function gave {len(values)} values for {len(grid)} x; it must give one for each")
    return values


def load_series(reference: str, x: ArrayLike) -> FloatArray:
    """Import a module, which runs its code, and return the values of one of its functions on a grid.

    Args:
        reference: ``module:NAME``, the name of a function that `sample_series` accepts.
        x: The grid, of shape (length,).

    Returns:
        Values of shape (length, channels).

    Raises:
        InputError: There is no such function, it fails, or it gives what `sample_series` refuses.

    Example:
        >>> load_series("numpy:sinc", np.linspace(0, 5, 100)).shape
        (100, 1)
    """
    function = load_object(reference, "function", "my_waves:beats")
    if not callable(function):
        raise InputError(f"function {reference!r} is of type {type(function).__name__}, which cannot be called")
    try:
        return sample_series(function, x)
    except InputError as error:
        raise InputError(f"function {reference!r}: {error}") from error
    except (Exception, SystemExit) as error:  # the function is the user's: whatever it raises is reported in one line
        raise InputError(f"function {reference!r}: failed with {in_one_line(error)}") from error


def as_series(values: ArrayLike) -> FloatArray:
    """Check values, and return them in the form that windows and forecasts take.

    Args:
        values: Values of the series, shape (length,) or (length, channels).

    Returns:
        The same values as float64, of shape (length, channels).

    Raises:
        InputError: Another number of axes, no values, a value that is not finite or too large, or a constant channel.
    """
    series = as_float_array(values)
    if series.ndim == 1:
        series = series[:, np.newaxis]
    if series.ndim != 2 or series.size == 0:
        raise InputError(f"series: shape {series.shape} was given; allowed are (length,), (length, channels)")
    usable = np.abs(series) <= LARGEST  # NaN is not
    broken = np.flatnonzero(~usable.all(axis=1))
    if broken.size:
        value = series[broken[0]][~usable[broken[0]]][0]
        allowed = f"within ±{LARGEST:g}" if np.isfinite(value) else "a finite number"
        raise InputError(f"series: value {broken[0] + 1} is {value}; every value must be {allowed}")
    for channel in np.flatnonzero((np.ptp(series, axis=0) == 0) | (series.std(axis=0) == 0)):
        raise InputError(f"series: channel {channel + 1} is constant ({series[0, channel]:g}); nothing to forecast")
    return series


@final
@dataclass(frozen=True, eq=False)
class Series:
    """A series from a file.

    Attributes:
        values: Values of the series, shape (length, channels).
        labels: Name and unit of each channel, ``"level (m)"``.
        summary: What was read, in one line.
    """

    values: FloatArray
    labels: tuple[str, ...]
    summary: str


def read_series(path: str | Path, columns: Sequence[str] = (), options: ReadOptions | None = None) -> Series:
    """Read columns of a file as the channels of a series, by the rules of `read_table`.

    Args:
        path: File of text, a spreadsheet, JSON or Parquet.
        columns: Names or numbers (from 1) of columns, one for each channel; by default the only column of numbers that
            can be a series.
        options: The user's options.

    Returns:
        The series, and what was read.

    Raises:
        InputError: The file cannot be read, has no such column, or holds something that is not a finite number there;
            several columns may be meant; or a channel is constant.
    """
    from shapeclf.datasets.tables.reading import read_table
    from shapeclf.datasets.tables.table import ReadOptions

    options = replace(options or ReadOptions(), is_series=True, missing="refuse")
    try:
        tables = [read_table(Path(path), replace(options, y=column)) for column in columns or (None,)]
    except InputError as error:
        raise InputError(_LEFT_OUT.sub("; a series has a number in every row", str(error))) from None
    try:
        values = as_series(np.stack([table.y for table in tables], axis=1))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    labels = tuple(table.y_label for table in tables)
    chosen = {table.chosen[1] for table in tables}
    others = tuple(name for index, name in enumerate(tables[0].columns) if index not in chosen)
    table = replace(tables[0], other_columns=others)
    read = table.summary().removeprefix(table.columns_shown).replace(" points", " values", 1)
    return Series(values, labels, f"series = {', '.join(labels)}{read}")


def check_noise(level: float) -> None:
    """Raise InputError if a level of noise is negative, not finite or too large."""
    if not 0 <= level <= LARGEST:
        raise InputError(f"noise: {level} was given; it must be from 0 to {LARGEST:g}")


def add_noise(values: FloatArray, level: float, scale: ArrayLike, generator: np.random.Generator) -> FloatArray:
    """Add independent normal noise to each value.

    Args:
        values: Values of any shape (..., channels).
        level: Standard deviation of the noise in units of the scale, at least 0.
        scale: Standard deviation of each channel of the series, of shape (channels,).
        generator: Generator of random numbers.

    Returns:
        Noisy values of the same shape; the very same array at level 0.

    Raises:
        InputError: The level is negative, not finite or too large.
    """
    check_noise(level)
    if level == 0:
        return values
    return values + generator.standard_normal(values.shape) * (level * np.asarray(scale, dtype=np.float64))
