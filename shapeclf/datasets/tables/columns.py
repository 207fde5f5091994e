"""Choose the columns of a table that are x, y and the standard deviation of y."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

import numpy as np

from shapeclf._text import printable
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.tables.error_names import ErrorOwner, index_of_names, owner_of_errors
from shapeclf.datasets.tables.regions import label
from shapeclf.errors import InputError, NoTable

__all__ = ["Choice", "Column", "choose_columns", "choose_series", "named_column"]

_INDEX_NAMES = re.compile(
    r"|unnamed: ?[0-9]+|row[ .]?names?|index|idx|no\.?|nr\.?|num|number|nummer|id|#|row|row ?(?:no|number)|record"
    r"|rec|obs|sample|sample ?(?:no|number)\.?|point|pt|lfd\.? ?nr\.?|n\u00b0",
    re.IGNORECASE,
)
_COUNTER_NAMES = re.compile(  # an index only if it counts 1, 2, 3, ...; else a measured quantity may have this name
    r"readings?|measurements?|meas\.?|entry|(?:rec|entry|scan|reading|trial|meas|mess)[-_. ]?(?:no|nr|id)\.?"
    r"|\u2116|#n|(?:mess|daten)?punkt|messung|versuch|mesure|essai|medida|item|line|zeile|ligne",
    re.IGNORECASE,
)
_ORDINAL_NAMES = re.compile(r"[nijk]|(?i:step|cycle|trial|scan)")  # x as often as an index; I is a current
_IDENTIFIER_NAMES = re.compile(
    r".*[_. -]id|serial[-_. ]?(?:no|nr|number)\.?"
    r"|(?:site|station|sensor|logger|device|instrument|channel|probe)(?:[-_. ]?(?:id|no|nr|number)\.?)?",
    re.IGNORECASE,
)
_TIME_UNITS = ("ms", "s", "min", "h", "d")
_YEARS, _MONTHS = (1500, 2200), (1, 12)
_YEAR_NAMES = re.compile(r"years?|yr|yyyy|jahr|ann[\u00e9e]e|a[\u00f1n]o|anno", re.IGNORECASE)
_MONTH_NAMES = re.compile(r"months?|mon|mo|mm|monat|mois|mes|mese", re.IGNORECASE)
_TIME_NAMES = re.compile(
    r"t|time.*|elapsed.*|zeit.*|seconds?|sec|s|minutes?|min|hours?|temps.*|tiempo.*", re.IGNORECASE
)
_MINUTES = re.compile(r"(?<![a-z:])m(?:m|in)?: ?s(?:s|ec|ek)?(?![a-z])", re.IGNORECASE)
_NAMES_SHOWN = 20
_DIGITS = 10  # most digits of the number of a column


@final
@dataclass(frozen=True)
class Column:
    """A column of a table, and what its cells hold.

    Attributes:
        index: Index of the column, from 0.
        name: Name without the unit; None if there is no header.
        unit: Unit; None if it is not known.
        full: Name as it is written in the header, with its unit; None if there is no header.
        kind: What the cells hold; ``"clock"`` is a time of day, and ``"datetime"`` is a date with a time of day.
        counting: ``"consecutive"`` for consecutive whole numbers, ``"whole"`` for other whole numbers, else ``"no"``.
        is_sparse: Whether few rows have a value in this column.
        is_negative: Whether a value is below zero.
        has_errors: Whether the cells hold values with their standard deviations, such as ``1.0 ± 0.1``.
        is_row_names: Whether the column holds names of rows, as R writes them.
        has_units: Whether the cells hold numbers with units.
        unreadable_number: First cell of a column of text whose cells look like numbers but cannot be read as such.
        is_ascending: Whether each number is larger than the one before it, within each group if there are groups.
        whole_range: Smallest and largest value of a column of whole numbers; None if it is not one.
        has_hours: Whether a time of day is two numbers, which are read as hours and minutes.
        date_number: First cell of a column named like dates whose whole numbers may be dates, such as 20240301.
    """

    index: int
    name: str | None
    unit: str | None
    full: str | None
    kind: Literal["number", "datetime", "date", "clock", "text", "empty"]
    counting: Literal["consecutive", "whole", "no"] = "no"
    is_sparse: bool = False
    is_negative: bool = False
    has_errors: bool = False
    is_row_names: bool = False
    has_units: bool = False
    unreadable_number: str | None = None
    is_ascending: bool = False
    whole_range: tuple[float, float] | None = None
    has_hours: bool = False
    date_number: str | None = None

    @property
    def shown(self) -> str:
        """The name of the column in sentences."""
        return f"column {self.index + 1}" if not self.name else printable(self.name)

    @property
    def is_plain(self) -> bool:
        """Whether the cells hold numbers and nothing else."""
        return self.kind == "number" and not self.has_errors and not self.has_units

    @property
    def is_minutes(self) -> bool:
        """Whether the header says that times of two numbers are minutes and seconds, ``time (mm:ss)``."""
        return self.full is not None and _MINUTES.search(self.full) is not None

    @property
    def is_ordinal(self) -> bool:
        """Whether the column counts and has a name of x as often as of an index, such as ``n`` or ``step``."""
        named = _ORDINAL_NAMES.fullmatch((self.name or "").strip()) is not None
        return named and self.counting == "consecutive" and self.unit is None

    def is_within(self, least: float, most: float) -> bool:
        """Return whether the column holds whole numbers between two bounds."""
        return self.whole_range is not None and least <= self.whole_range[0] and self.whole_range[1] <= most

    @property
    def is_time(self) -> bool:
        """Whether the cells hold dates or times of day."""
        return self.kind in ("datetime", "date", "clock")


@final
@dataclass(frozen=True)
class Choice:
    """The columns that are read.

    Attributes:
        x: Column of x; None if x is 1, 2, 3, ...
        y: Column of y.
        y_error: Column of the standard deviation of y; None if there is none.
        clock: Column of the time of day, if x is a column of dates only.
        x_errors: Columns of the standard deviation of x, which is not used.
        group: Column that names the groups; None if the table holds one sequence.
        error_factor: Factor that converts the values of ``y_error`` to the unit of y, or percent to a share of y.
        is_relative: Whether the column of y_error is in percent of y.
        error_remark: What the note says about the unit of ``y_error``; None if it is that of y.
        is_named_error: Whether y_error is named after y, or the user named it; if not, it may be another quantity.
    """

    x: Column | None
    y: Column
    y_error: Column | None = None
    clock: Column | None = None
    x_errors: tuple[Column, ...] = ()
    group: Column | None = None
    error_factor: float = 1.0
    is_relative: bool = False
    error_remark: str | None = None
    is_named_error: bool = True

    def errors(self, y: FloatArray, values: FloatArray) -> FloatArray:
        """Return standard deviations in the unit of y from the values of ``y_error``, both of shape (points,)."""
        return values * self.error_factor * (np.abs(y) if self.is_relative else 1.0)


def _find(source: str, option: str, wanted: str, columns: Sequence[Column]) -> Column | None:
    """Return the column of a name or number (from 1), or None; an exact name precedes one that differs in case."""
    named = [column for column in columns if column.name is not None]
    matches = [c for c in named if wanted in (c.name, c.full)]
    matches = matches or [
        c for c in named if wanted.casefold() in ((c.name or "").casefold(), (c.full or "").casefold())
    ]
    if len(matches) > 1:
        numbers = " and ".join(str(column.index + 1) for column in matches[:5])
        raise InputError(
            f"{source}: {option} {printable(wanted)!r}: columns {numbers} have this name; give the number, as in "
            f"{option} {matches[0].index + 1}"
        )
    number = wanted.removeprefix("#")
    if not matches and number.isdecimal() and len(number) < _DIGITS and 1 <= int(number) <= len(columns):
        return columns[int(number) - 1]
    return next(iter(matches), None)


def named_column(source: str, option: str, wanted: str | None, columns: Sequence[Column]) -> Column | None:
    """Return the column that an option names; None if the option is not given.

    Raises:
        InputError: There is no such column, or it holds nothing that can be read.
    """
    if wanted is None:
        return None
    column = _find(source, option, wanted, columns)
    if column is None:
        named = [column for column in columns if column.name is not None]
        there = ", ".join(printable(column.name or "") for column in named[:_NAMES_SHOWN]) if named else "no header"
        more = ", ..." if len(named) > _NAMES_SHOWN else ""
        raise InputError(
            f"{source}: {option} {printable(wanted)!r} is not a column: there are 1 to {len(columns)} ({there}{more})"
        )
    if column.kind == "empty" or (option == "--y" and column.is_time):
        holds = "nothing" if column.kind == "empty" else "dates or times"
        raise InputError(f"{source}: {option} {printable(wanted)!r}: {column.shown} holds {holds}, not numbers")
    return column


def _errors_of(columns: Sequence[Column]) -> dict[int, ErrorOwner]:
    """Return the owner of the errors in each column that holds errors, by the index of the column."""
    found: dict[int, ErrorOwner] = {}
    names, before = index_of_names(column.name for column in columns if column.name), None
    is_first = True  # the first quantity is no error: Std is the amount of a standard in a calibration
    for column in columns:
        is_first = is_first and not column.is_time
        if not column.name or column.kind != "number":
            continue
        error = owner_of_errors(column.name, names, before)
        if error is None or (error.by != "word" and column.is_negative) or (error.by == "position" and is_first):
            before, is_first = column.name, is_first and _may_be_index(column)
        else:
            found[column.index] = error
    return found


def _may_be_index(column: Column) -> bool:
    """Return whether a column may be an index: it is named like one and holds whole numbers, or it holds row names."""
    name, counts = (column.name or "").strip(), column.kind == "number" and column.counting != "no"
    named = column.name is not None and _INDEX_NAMES.fullmatch(name) is not None
    named = named or (column.counting == "consecutive" and _COUNTER_NAMES.fullmatch(name) is not None)
    return column.is_row_names or (named and counts)


def _is_index(source: str, column: Column, candidates: Sequence[Column]) -> bool:
    """Return whether a column only counts the rows.

    Raises:
        InputError: The column may be x, or an index from which some rows were removed.
    """
    is_consecutive = column.counting == "consecutive"
    is_ordinal = column.is_ordinal and candidates[0] is column
    if not _may_be_index(column) and not is_ordinal:
        return False
    if column.is_row_names or (is_consecutive and not is_ordinal):
        return True
    if len(candidates) > 2 and (not is_ordinal or candidates[1].is_time or candidates[1].is_ascending):
        other = candidates[1] if candidates[0] is column else candidates[0]
        raise InputError(
            f"{source}: {column.shown} may be x, or an index{'' if is_consecutive else ' with gaps'}; "
            f"give --x {column.index + 1} or --x {printable(other.name) if other.name else other.index + 1}"
        )
    return False


def choose_columns(
    source: str,
    columns: Sequence[Column],
    *,
    x: str | None,
    y: str | None,
    y_error: str | None = None,
    group: Column | None = None,
) -> Choice:
    """Choose the columns of x, y and the standard deviation of y.

    Args:
        source: Name of the file in messages.
        columns: All columns of the table.
        x: Name or number of the column of x; None to choose it.
        y: Name or number of the column of y; None to choose it.
        y_error: Name or number of the column of the standard deviation of y; None to choose it.
        group: Column that names the groups; None if there is none.

    Raises:
        InputError: There is no such column, no column holds numbers, or more than one column may be meant.

    Example:
        >>> table = [Column(0, "x", None, "x", "number"), Column(1, "T", None, "T", "number")]
        >>> choose_columns("t.csv", table, x=None, y=None).y.name
        'T'
    """
    requested = (named_column(source, "--x", x, columns), named_column(source, "--y", y, columns))
    requested_error = named_column(source, "--y-error", y_error, columns)
    for option, column in (("--x", requested[0]), ("--y", requested[1]), ("--y-error", requested_error)):
        if column is not None and column is group:
            raise InputError(f"{source}: {option} {column.shown!r} is the column of --group already")
    columns = [column for column in columns if column is not group]
    if requested[0] is not None and requested[0] is requested[1]:
        raise InputError(f"{source}: --y {printable(y or '')!r} is the column of --x already")
    errors = _errors_of(columns)
    usable = [c for c in columns if (c.kind == "number" or c.is_time) and c is not requested_error]
    values = [c for c in usable if c.index not in errors]
    if len(values) < 2:  # in a table of T and sigma, of t and dt, or of dx and dy, the second is a quantity
        has_y = (
            any((c.name or "").casefold() == "y" for c in columns) or ErrorOwner("x", "letter") not in errors.values()
        )
        errors = {i: f for i, f in errors.items() if f.by == "word" or (f.name.casefold() == "y" and has_y)}
        values = [c for c in usable if c.index not in errors]
    values = [c for c in values if not c.is_sparse] or values or usable
    values = _without_identifier(values, requested)
    x_column, y_column = _x_and_y(source, values, *requested)
    _check_dates(source, columns, [c for c in (x_column, y_column) if c is not None and c not in requested])
    unreadable = next((c for c in columns if c.unreadable_number is not None), None)
    if x_column is None and requested == (None, None) and unreadable is not None:
        raise InputError(
            f"{source}: {unreadable.shown} holds {label(unreadable.unreadable_number or '')}, which cannot be read as "
            f"a number; write it as in 1200.5 or 1.2e3, or read {y_column.shown} alone: --y {y_column.index + 1}"
        )
    clock = None if x_column is None or requested[0] is not None else _clock_beside(x_column, values, columns)
    if clock is not None and x_column is not None and x_column.kind == "clock":
        x_column, clock = clock, x_column
    y_errors = [c for c in columns if _is_error_of(c, y_column, "y", columns, errors)]
    x_errors = [c for c in columns if x_column is not None and _is_error_of(c, x_column, "x", columns, errors)]
    error = requested_error or next(iter(y_errors), None)
    is_named = error is None or error is requested_error or errors[error.index].by == "word"
    return Choice(x_column, y_column, error, clock, tuple(x_errors), group, is_named_error=is_named)


def _without_identifier(values: list[Column], requested: Sequence[Column | None]) -> list[Column]:
    """Return the columns without the first, if it is the number of a station or the like."""
    plain = [c for c in values if c.counting != "consecutive" or not _may_be_index(c)]
    first = plain[0] if len(plain) > 2 else None
    if first is None or first in requested or first.counting == "no":
        return values
    named = _IDENTIFIER_NAMES.fullmatch((first.name or "").strip()) is not None
    return [c for c in values if c is not first] if named else values


def _check_dates(source: str, columns: Sequence[Column], chosen: Sequence[Column]) -> None:
    """Raise InputError if a chosen column holds dates as whole numbers, or the years or months of dates."""
    for column in chosen:
        if column.date_number is not None:
            raise InputError(
                f"{source}: {column.shown} holds {label(column.date_number)}, a date or a number; write dates as in "
                f"2024-03-01, or give --x and --y"
            )
        parts = [
            next((c for c in columns if names.fullmatch((c.name or "").strip()) and c.is_within(*span)), None)
            for names, span in ((_YEAR_NAMES, _YEARS), (_MONTH_NAMES, _MONTHS))
        ]
        if column in parts and None not in parts:
            shown = " and ".join(c.shown for c in parts if c is not None)
            raise InputError(
                f"{source}: {shown} are parts of a date; write dates as in 2024-03 in one column, or give --x and --y"
            )


def choose_series(source: str, columns: Sequence[Column], wanted: str | None) -> Column:
    """Return the column of a series of equally spaced values.

    Args:
        source: Name of the file in messages.
        columns: All columns of the table.
        wanted: Name or number of the column; None for the only column of numbers that is neither an index nor errors.

    Raises:
        InputError: There is no such column, or more than one column may be meant.

    Example:
        >>> table = [Column(0, "day", None, "day", "date"), Column(1, "level", "m", "level (m)", "number")]
        >>> choose_series("tide.csv", table, None).name
        'level'
    """
    column = named_column(source, "--column", wanted, columns)
    if column is not None:
        return column
    numbers = [c for c in columns if c.kind == "number" and not c.is_sparse]
    errors = _errors_of(columns)
    plain = [c for c in numbers if c.index not in errors]
    candidates = [c for c in plain if not (_may_be_index(c) and c.counting == "consecutive")] or plain or numbers
    if not candidates:
        raise NoTable(f"{source}: no column holds numbers; a series needs one")
    if len(candidates) > 1:
        shown = ", ".join(c.shown for c in candidates[:_NAMES_SHOWN]) + ", ..." * (len(candidates) > _NAMES_SHOWN)
        raise InputError(f"{source}: the series may be any of {shown}; give --column")
    return candidates[0]


def _x_and_y(source: str, usable: Sequence[Column], x: Column | None, y: Column | None) -> tuple[Column | None, Column]:
    """Return the columns of x and y, and choose those that the user did not name."""
    if x is not None and y is not None:
        return x, y
    named_x = [c for c in usable if (c.name or "").casefold() == "x" and c is not y]
    named_y = [c for c in usable if (c.name or "").casefold() == "y" and c is not x and c.kind == "number"]
    if (x or named_x) and (y or named_y):
        return x or named_x[0], y or named_y[0]
    if x is not None:
        numbers = [c for c in usable if c.kind == "number"]
        plain = [c for c in numbers if c is x or not (_may_be_index(c) or (c.is_ordinal and c is usable[0]))]
        left = [c for c in plain if c is not x] or [c for c in numbers if c is not x]
        if not left:
            raise NoTable(f"{source}: no column holds numbers besides {x.shown}; y needs one")
        return x, plain[1] if len(plain) > 1 and plain[1] is not x else left[0]
    plain = [c for c in usable if c is not y and not _is_index(source, c, usable)]
    counting = [c for c in usable if c is not y and c not in plain]
    if y is not None:
        return next(iter([*plain, *counting]), None), y
    x = _first_time(plain)
    numbers = [c for c in plain if c.kind == "number" and c is not x]
    if x is not None and x.is_time:
        numbers = [c for c in numbers if not c.is_ordinal] or numbers
    if x is None and len(numbers) > 1:
        return numbers[0], numbers[1]
    numbers = numbers or [c for c in counting if c.kind == "number"][-1:]
    if not numbers:
        besides = "" if x is None else f" besides {x.shown}"
        raise NoTable(f"{source}: no column holds numbers{besides}; y needs one")
    left = [c for c in counting if c is not numbers[0]]
    return x or next(iter(left), None), numbers[0]


def _clock_beside(x: Column, usable: Sequence[Column], columns: Sequence[Column]) -> Column | None:
    """Return the neighbouring column that completes x: times of day for dates, or dates for times of day."""
    position = columns.index(x)
    beside = (columns[each] for each in (position - 1, position + 1) if 0 <= each < len(columns))
    return next((each for each in beside if {each.kind, x.kind} == {"date", "clock"} and each in usable), None)


def _first_time(plain: Sequence[Column]) -> Column | None:
    """Return the first column of dates or times, or the column of elapsed time that follows it."""
    for position, column in enumerate(plain):
        if column.is_time:
            beside = plain[position + 1 : position + 2]
            counted = [c for c in beside if c.kind == "number" and _is_elapsed(c)]
            return counted[0] if counted and len(plain) > position + 2 else column
    return None


def _is_elapsed(column: Column) -> bool:
    """Return whether a column is named like a time; T without a unit of time is a temperature."""
    name = (column.name or "").strip()
    return _TIME_NAMES.fullmatch(name) is not None and (name != "T" or column.unit in _TIME_UNITS)


def _is_error_of(
    column: Column, of: Column, axis: str, columns: Sequence[Column], errors: dict[int, ErrorOwner]
) -> bool:
    """Return whether a column holds the error of another, by the name of that column or of its axis, x or y."""
    if column.index not in errors:
        return False
    owner = errors[column.index].name
    if owner and owner == of.name:
        return True
    return owner == axis and not any((each.name or "").casefold() == axis for each in columns)
