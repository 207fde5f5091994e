"""Which columns of a table are x, y and the standard deviation of y."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

from shapeclf._text import printable
from shapeclf.datasets.tables.regions import label
from shapeclf.datasets.tables.units import name_and_unit
from shapeclf.errors import InputError

__all__ = ["Choice", "Column", "choose_columns", "choose_series", "named_column"]

_INDEX_NAMES = re.compile(
    r"|unnamed: ?[0-9]+|row[ .]?names?|index|idx|no\.?|nr\.?|num|number|nummer|id|#|row|row ?(?:no|number)|record"
    r"|rec|obs|sample|sample ?(?:no|number)\.?|point|pt|lfd\.? ?nr\.?|n\u00b0",
    re.IGNORECASE,
)
_ERROR = r"(?:err(?:or)?s?|std(?:\.? ?dev|dev|ev|\.? ?error)?|stddev|stdev|sd|sem|se|sigma|\u03c3|unc(?:ert(?:ainty)?)?"
_ERROR += r"|uncertainty|delta|\u03b4|\u0394|\u00b1|fehler|unsicherheit|erreur|incertitude)"
_SUFFIXED = re.compile(rf"(?P<base>.*?\S)[ _.\-]*(?P<kind>{_ERROR})", re.IGNORECASE)
_PREFIXED = re.compile(
    rf"(?P<kind>{_ERROR})(?:[ _.\-]+|(?=\())(?:of |in |on )?\(?(?P<base>[^()]*\S)\)?|(?P<short>[dsu\u03c3\u0394\u03b4])"
    r"(?:_|(?=\())?\(?(?P<of>[^()]+)\)?",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"[+]?/?{_ERROR}|\+/?-", re.IGNORECASE)
_OTHER_NAME = re.compile(rf".+[_.]{_ERROR}", re.IGNORECASE)  # of a name that no column has
_TIME_NAMES = re.compile(
    r"t|time.*|elapsed.*|zeit.*|seconds?|sec|s|minutes?|min|hours?|temps.*|tiempo.*", re.IGNORECASE
)
_NAMES_SHOWN = 20
_DIGITS = 10


@final
@dataclass(frozen=True)
class Column:
    """What is known of a column.

    Attributes:
        index: Its position, from 0.
        name: None where there is no header.
        unit: None for none that is known.
        full: The name as it is written, with its unit.
        kind: What it holds; ``"moment"`` is a date with a time of day.
        counting: ``"steps"`` for consecutive whole numbers, ``"whole"`` for other whole numbers.
        is_sparse: Whether few rows have a value there.
        is_negative: Whether a value is below zero.
        has_errors: Whether its cells hold values with their standard deviations.
        is_row_names: Whether it holds names of rows, as R writes them.
        has_units: Whether its cells hold numbers with units.
        odd_number: The first cell of a column of text whose cells look like numbers, but cannot be read as such.
    """

    index: int
    name: str | None
    unit: str | None
    full: str | None
    kind: Literal["number", "moment", "date", "clock", "text", "empty"]
    counting: Literal["steps", "whole", "no"] = "no"
    is_sparse: bool = False
    is_negative: bool = False
    has_errors: bool = False
    is_row_names: bool = False
    has_units: bool = False
    odd_number: str | None = None

    @property
    def shown(self) -> str:
        """The column in words."""
        return f"column {self.index + 1}" if not self.name else printable(self.name)

    @property
    def is_plain(self) -> bool:
        """Whether its cells hold numbers and nothing else."""
        return self.kind == "number" and not self.has_errors and not self.has_units

    @property
    def is_time(self) -> bool:
        """Whether it holds dates or times of day."""
        return self.kind in ("moment", "date", "clock")


@final
@dataclass(frozen=True)
class Choice:
    """The columns that are read.

    Attributes:
        x: None for 1, 2, 3, ...
        y: The column of y.
        y_error: The column of its standard deviation; None for none.
        clock: The column of the time of day, where that of x holds dates alone.
        x_errors: Columns of the standard deviation of x, which is not used.
        group: The column that names the groups; None for a table of one sequence.
    """

    x: Column | None
    y: Column
    y_error: Column | None = None
    clock: Column | None = None
    x_errors: tuple[Column, ...] = ()
    group: Column | None = None


def _find(source: str, option: str, wanted: str, columns: Sequence[Column]) -> Column | None:
    """The column with a name, without regard to case if it is not exact, or a number from 1; None if there is none."""
    named = [column for column in columns if column.name is not None]
    found = [c for c in named if wanted in (c.name, c.full)]
    found = found or [c for c in named if wanted.casefold() in ((c.name or "").casefold(), (c.full or "").casefold())]
    if len(found) > 1:
        numbers = " and ".join(str(column.index + 1) for column in found[:5])
        raise InputError(
            f"{source}: {option} {printable(wanted)!r}: columns {numbers} have this name; give the number, as in "
            f"{option} {found[0].index + 1}"
        )
    number = wanted.removeprefix("#")
    if not found and number.isdecimal() and len(number) < _DIGITS and 1 <= int(number) <= len(columns):
        return columns[int(number) - 1]
    return next(iter(found), None)


def named_column(source: str, option: str, wanted: str | None, columns: Sequence[Column]) -> Column | None:
    """The column that an option names; None without the option.

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
            f"{source}: {option} {printable(wanted)!r} is no column: there are 1 to {len(columns)} ({there}{more})"
        )
    if column.kind == "empty" or (option == "--y" and column.is_time):
        holds = "nothing" if column.kind == "empty" else "dates or times"
        raise InputError(f"{source}: {option} {printable(wanted)!r}: {column.shown} holds {holds}, not numbers")
    return column


def _error_of(column: Column, columns: Sequence[Column]) -> tuple[str, bool] | None:
    """Whose error a column holds: the name of that column, and whether it stands in the name of this one.

    An error without such a name belongs to the column before it. None if the column holds no error.
    """
    if not column.name or column.is_negative or column.kind != "number":
        return None
    name = column.name.strip()
    names = {(each.name or "").casefold() for each in columns if each is not column} | {"x", "y"}
    match = _SUFFIXED.fullmatch(name) or _PREFIXED.fullmatch(name)
    if match is not None:
        base = (match.groupdict().get("base") or match.groupdict().get("of") or "").casefold()
        for each in (base, name_and_unit(base)[0]):
            if each in names:
                return each, True
        if "\u00b1" in name:
            return base, True
    if _ALONE.fullmatch(name) or _OTHER_NAME.fullmatch(name):
        before = [each for each in columns[: column.index] if each.kind == "number" and each.name]
        before = [each for each in before if _error_of(each, columns) is None]
        return ((before[-1].name or "").casefold(), False) if before else None
    return None


def _may_be_index(column: Column) -> bool:
    """Whether a column has the name of an index and holds whole numbers, or names of rows."""
    named = column.name is not None and _INDEX_NAMES.fullmatch(column.name.strip()) is not None
    return column.is_row_names or (named and column.kind == "number" and column.counting != "no")


def _is_index(source: str, column: Column, candidates: Sequence[Column]) -> bool:
    """Whether a column only counts the rows.

    Raises:
        InputError: It may count rows of which some are gone.
    """
    if not _may_be_index(column):
        return False
    if column.is_row_names:
        return True
    if column.counting == "steps":
        return True
    if column.counting == "whole" and len(candidates) > 2:
        other = candidates[1] if candidates[0] is column else candidates[0]
        raise InputError(
            f"{source}: {column.shown} may be x, or an index with gaps; "
            f"--x {column.index + 1} or --x {printable(other.name) if other.name else other.index + 1} says which is x"
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
    """The columns of x, y and the standard deviation of y.

    Args:
        source: What the table comes from, for messages.
        columns: All of them.
        x: Name or number of the column of x; None to choose.
        y: Likewise of y.
        y_error: Likewise of the standard deviation.
        group: The column that names the groups, if there is one.

    Raises:
        InputError: There is no such column, none with numbers, or more than one that may be meant.

    Example:
        >>> table = [Column(0, "x", None, "x", "number"), Column(1, "T", None, "T", "number")]
        >>> choose_columns("t.csv", table, x=None, y=None).y.name
        'T'
    """
    asked = (named_column(source, "--x", x, columns), named_column(source, "--y", y, columns))
    given_error = named_column(source, "--y-error", y_error, columns)
    for option, column in (("--x", asked[0]), ("--y", asked[1]), ("--y-error", given_error)):
        if column is not None and column is group:
            raise InputError(f"{source}: {option} {column.shown!r} is the column of --group already")
    columns = [column for column in columns if column is not group]
    if asked[0] is not None and asked[0] is asked[1]:
        raise InputError(f"{source}: --y {printable(y or '')!r} is the column of --x already")
    errors = {column.index: found for column in columns if (found := _error_of(column, columns)) is not None}
    usable = [c for c in columns if (c.kind == "number" or c.is_time) and c is not given_error]
    values = [c for c in usable if c.index not in errors]
    if len(values) < 2:  # "T, sigma" are two quantities
        errors = {index: found for index, found in errors.items() if found[1]}
        values = [c for c in usable if c.index not in errors]
    values = [c for c in values if not c.is_sparse] or values or usable
    x_column, y_column = _x_and_y(source, values, *asked)
    odd = next((c for c in columns if c.odd_number is not None), None)
    if x_column is None and asked == (None, None) and odd is not None:
        raise InputError(
            f"{source}: {odd.shown} holds {label(odd.odd_number or '')}, which cannot be read as a number; write it as "
            f"in 1200.5 or 1.2e3, or read {y_column.shown} alone: --y {y_column.index + 1}"
        )
    clock = None if x_column is None or asked[0] is not None else _clock_beside(x_column, values)
    if clock is not None and x_column is not None and x_column.kind == "clock":
        x_column, clock = clock, x_column
    y_errors = [c for c in columns if _is_error_of(c, y_column, "y", columns, errors)]
    x_errors = [c for c in columns if x_column is not None and _is_error_of(c, x_column, "x", columns, errors)]
    return Choice(x_column, y_column, given_error or next(iter(y_errors), None), clock, tuple(x_errors), group)


def choose_series(source: str, columns: Sequence[Column], wanted: str | None) -> Column:
    """Return the column of a series of equally spaced values.

    Args:
        source: What the table comes from, for messages.
        columns: All of them.
        wanted: The name or number of the column; None for the only one of numbers that is no index and no error.

    Raises:
        InputError: There is no such column, or several may be meant.

    Example:
        >>> table = [Column(0, "day", None, "day", "date"), Column(1, "level", "m", "level (m)", "number")]
        >>> choose_series("tide.csv", table, None).name
        'level'
    """
    column = named_column(source, "--column", wanted, columns)
    if column is not None:
        return column
    numbers = [c for c in columns if c.kind == "number" and not c.is_sparse]
    plain = [c for c in numbers if _error_of(c, columns) is None]
    found = [c for c in plain if not (_may_be_index(c) and c.counting == "steps")] or plain or numbers
    if not found:
        raise InputError(f"{source}: no column holds numbers; a series needs one")
    if len(found) > 1:
        shown = ", ".join(c.shown for c in found[:_NAMES_SHOWN]) + ", ..." * (len(found) > _NAMES_SHOWN)
        raise InputError(f"{source}: the series may be any of {shown}; --column says which")
    return found[0]


def _x_and_y(source: str, usable: Sequence[Column], x: Column | None, y: Column | None) -> tuple[Column | None, Column]:
    """X and y among the columns of values, where they were not both asked for."""
    if x is not None and y is not None:
        return x, y
    named_x = [c for c in usable if (c.name or "").casefold() == "x" and c is not y]
    named_y = [c for c in usable if (c.name or "").casefold() == "y" and c is not x and c.kind == "number"]
    if (x or named_x) and (y or named_y):
        return x or named_x[0], y or named_y[0]
    if x is not None:
        plain = [c for c in usable if c.kind == "number" and (c is x or not _may_be_index(c))]
        left = [c for c in plain if c is not x] or [c for c in usable if c.kind == "number" and c is not x]
        if not left:
            raise InputError(f"{source}: no column holds numbers besides {x.shown}; y needs one")
        return x, plain[1] if len(plain) > 1 and plain[1] is not x else left[0]
    plain = [c for c in usable if c is not y and not _is_index(source, c, usable)]
    counting = [c for c in usable if c is not y and c not in plain]
    if y is not None:
        return next(iter([*plain, *counting]), None), y
    x = _first_time(plain)
    numbers = [c for c in plain if c.kind == "number" and c is not x]
    if x is None and len(numbers) > 1:
        return numbers[0], numbers[1]
    numbers = numbers or [c for c in counting if c.kind == "number"][-1:]
    if not numbers:
        besides = "" if x is None else f" besides {x.shown}"
        raise InputError(f"{source}: no column holds numbers{besides}; y needs one")
    left = [c for c in counting if c is not numbers[0]]
    return x or next(iter(left), None), numbers[0]


def _clock_beside(x: Column, usable: Sequence[Column]) -> Column | None:
    """The column of times of day beside one of dates, or of dates beside one of times."""
    for column in usable:
        if abs(column.index - x.index) == 1 and {column.kind, x.kind} == {"date", "clock"}:
            return column
    return None


def _first_time(plain: Sequence[Column]) -> Column | None:
    """The first column of dates or times, unless a column of elapsed time stands beside it."""
    for position, column in enumerate(plain):
        if column.is_time:
            beside = plain[position + 1 : position + 2]
            counted = [c for c in beside if c.kind == "number" and c.name and _TIME_NAMES.fullmatch(c.name.strip())]
            return counted[0] if counted and len(plain) > position + 2 else column
    return None


def _is_error_of(
    column: Column, of: Column, axis: str, columns: Sequence[Column], errors: dict[int, tuple[str, bool]]
) -> bool:
    if column.index not in errors:
        return False
    name, own = (of.name or "").casefold(), errors[column.index][0]
    if own == name and name:
        return True
    return own == axis and not any((each.name or "").casefold() == axis for each in columns)
