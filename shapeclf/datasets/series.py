"""A series: equally spaced values, one column a channel, from a function, a table or a CSV file."""

import csv
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from shapeclf.datasets._arguments import numbers_of, shown
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.user_modules import in_one_line, load_object
from shapeclf.errors import InputError

__all__ = [
    "LARGEST",
    "NAMED_SERIES",
    "SERIES_X",
    "add_noise",
    "as_series",
    "check_noise",
    "load_series",
    "named_series",
    "read_series",
    "sample_series",
]

_MAX_FILE_SIZE = 64 * 2**20  # bytes
# What no value looks like: it does not begin as a number, and is no mark of a missing one.
_NAME = re.compile(r"(?!(nan?|n/a|null|none|inf(inity)?|[-?.]+)$)[^\d+.-].*", re.IGNORECASE)
# Beyond it, sums of squares overflow.
LARGEST: Final = 1e100
# The x of the three named series: 10,000 values from 0 to 100.
SERIES_X: Final[tuple[float, float, int]] = (0.0, 100.0, 10_000)


def _sin_and_cos(x: FloatArray) -> FloatArray:
    return np.stack([np.sin(x), np.cos(x)], axis=-1)


def _x_sin(x: FloatArray) -> FloatArray:
    return x * np.sin(x)


NAMED_SERIES: Final[Mapping[str, Callable[[FloatArray], FloatArray]]] = MappingProxyType(
    {"sin": np.sin, "sin-cos": _sin_and_cos, "x-sin": _x_sin}
)


def named_series(name: str) -> FloatArray:
    """One of the three series of the windowed regressor: ``sin``, ``sin-cos`` or ``x-sin``.

    Args:
        name: A key of ``NAMED_SERIES``.

    Returns:
        Values of shape (10000, channels), x running from 0 to 100.

    Raises:
        InputError: There is no series of that name.

    Example:
        >>> named_series("sin-cos").shape
        (10000, 2)
    """
    if name not in NAMED_SERIES:
        raise InputError(f"series: there is no {name!r}; known are {', '.join(NAMED_SERIES)}")
    return sample_series(NAMED_SERIES[name], np.linspace(*SERIES_X))


def sample_series(function: Callable[[FloatArray], FloatArray], x: ArrayLike) -> FloatArray:
    """The values of any function on a grid.

    Args:
        function: Vectorised: x of shape (length,) to values of shape (length,) or (length, channels).
        x: The grid, of shape (length,).

    Returns:
        Values of shape (length, channels).

    Raises:
        InputError: The function gives another number of values, a value that is not finite, or a constant.
    """
    grid = numbers_of(x)
    if grid.ndim != 1:
        raise InputError(f"series: x must have the shape (length,), got {grid.shape}")
    values = as_series(function(grid))
    if len(values) != len(grid):
        raise InputError(f"series: the function gave {len(values)} values for {len(grid)} x; it must give one for each")
    return values


def load_series(reference: str, x: ArrayLike) -> FloatArray:
    """The values of a function of the user's own. This imports its module, and so runs its code.

    Args:
        reference: ``module:NAME``, the name of such a function as `sample_series` takes.
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
    """Checked values in the one form that windows and forecasts take.

    Args:
        values: Shape (length,) or (length, channels).

    Returns:
        The same values as float64, of shape (length, channels).

    Raises:
        InputError: Another number of axes, no values, a value that is not finite or too large, or a constant channel.
    """
    series = numbers_of(values)
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


def read_series(path: str | Path, columns: Sequence[str] = ("1",)) -> FloatArray:
    """Columns of a CSV file as the channels of a series.

    Args:
        path: A CSV file in UTF-8 of at most 64 MiB, with or without a line of names above the numbers.
        columns: Names, or numbers counted from 1; one channel each. A first line that only may be names (one of its
            cells is a number, or begins as one) counts as names where a column is asked for by its name there.

    Returns:
        Values of shape (length, channels).

    Raises:
        InputError: The file cannot be read, has no such column, or holds something that is not a finite
            number there; it is not certain whether the first line holds names; or a channel is constant.
    """
    rows = _rows(path)
    if not rows:
        raise InputError(f"{path}: is empty; a series needs numbers")
    header = [cell.strip() for cell in rows[0][1]]
    named = _has_names(path, rows, columns)
    positions = [_position(path, column, header if named else [], len(header)) for column in columns]
    below = rows[1:] if named else rows
    numbers = [[_number(path, line, row, position) for position in positions] for line, row in below]
    if not numbers:
        raise InputError(f"{path}: has names and no numbers below them")
    try:
        return as_series(numbers)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _rows(path: str | Path) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its line."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(_MAX_FILE_SIZE + 1)  # a device has no size, and no end
        if len(content) > _MAX_FILE_SIZE:
            raise InputError(f"{path}: larger than the file of a series may be ({_MAX_FILE_SIZE // 2**20} MiB)")
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"{path}: cannot be read: {reason}") from error
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: not CSV: {error}; look for a stray quote above") from None


def _has_names(path: str | Path, rows: Sequence[tuple[int, Sequence[str]]], columns: Sequence[str]) -> bool:
    """Whether the first row holds the columns' names.

    Raises:
        InputError: It may, and it may be the first values.
    """
    first = [cell.strip() for cell in rows[0][1]]
    below = [cell.strip() for cell in rows[1][1]] if len(rows) > 1 else []
    if all(_NAME.fullmatch(cell) for cell in first if cell):
        return True
    names = {cell for cell in first if cell and not _is_number(cell)}
    if not names.isdisjoint(columns):
        return True
    if not any(_NAME.fullmatch(name) and _is_number(under) for name, under in zip(first, below, strict=False)):
        return False  # a column of text names nothing
    numbers = {str(number) for number in range(1, len(first) + 1)}
    if any(column in first and column not in numbers for column in columns):
        return True
    raise InputError(
        f"{path}, line {rows[0][0]}: {shown(','.join(first))} may be names or values: "
        "--column and a name says that it is names; give the file a line of names above if it is not"
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell  # Python's own way of writing 1_000


def _position(path: str | Path, column: str, names: list[str], width: int) -> int:
    """Where a column stands, counted from 0; a name goes before a number."""
    if column in names:
        return names.index(column)
    if column.isdecimal() and 1 <= int(column) <= width:
        return int(column) - 1
    known = f"{', '.join(names)} or 1..{width}" if names else f"1..{width} (the file names no columns)"
    raise InputError(f"{path}: has no column {column!r}; allowed are {known}")


def _number(path: str | Path, line: int, row: list[str], position: int) -> float:
    cell = row[position].strip() if position < len(row) else ""
    if not _is_number(cell) or not math.isfinite(float(cell)):
        raise InputError(
            f"{path}, line {line}: column {position + 1} holds {shown(cell)}; every value must be a finite number"
        )
    return float(cell)


def check_noise(level: float) -> None:
    """Raises InputError where a level of noise is negative, not finite or too large."""
    if not 0 <= level <= LARGEST:
        raise InputError(f"noise: {level} was given; it must be from 0 to {LARGEST:g}")


def add_noise(values: FloatArray, level: float, scale: ArrayLike, generator: np.random.Generator) -> FloatArray:
    """Independent normal noise on each value.

    Args:
        values: Any shape (..., channels).
        level: Standard deviation of the noise in units of the scale, at least 0.
        scale: The series' own standard deviation for each channel, of shape (channels,).
        generator: Where the noise comes from.

    Returns:
        Noisy values of the same shape; the very same array at level 0.

    Raises:
        InputError: The level is negative, not finite or too large.
    """
    check_noise(level)
    if level == 0:
        return values
    return values + generator.standard_normal(values.shape) * (level * np.asarray(scale, dtype=np.float64))
