"""Rows of a table as points: values in double precision, rows that are skipped, and what is wrong with the others."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, final

import numpy as np

from shapeclf._text import printable
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.tables.columns import Choice, Column
from shapeclf.datasets.tables.numbers import clean, is_missing, reading_of, value_and_error
from shapeclf.datasets.tables.regions import Row, label
from shapeclf.datasets.tables.runs import GroupName, Runs, merged_neighbours, runs_of_rows
from shapeclf.datasets.tables.times import Moment, moment_in
from shapeclf.errors import BadLine, InputError

__all__ = ["BAD", "MOST_POINTS", "GroupStarts", "Points", "TableLayout"]

MOST_POINTS = 2**25
"""More points of one sequence than any model answers for in the memory of a usual machine."""

_GATHERED = 2**16
NO_VALUE, BAD = "without a value", "that cannot be read"
_SKIP_BAD = "; --skip-bad leaves such rows out"


@final
@dataclass(frozen=True)
class TableLayout:
    """How the rows of one table are read, determined by its first rows.

    Attributes:
        source: What the table comes from, for messages.
        word: What a row is called there, ``"line"`` or ``"row"``.
        delimiter: Between the cells of a line.
        decimal: The decimal mark.
        width: How many columns there are.
        has_header: Whether names stand above the columns.
        choice: Which columns are read.
        missing: What becomes of a row without a value.
        skip_bad: Whether rows that cannot be read are left out.
        is_wide: Whether each row holds a sequence.
    """

    source: str
    word: str
    delimiter: str
    decimal: str
    width: int
    has_header: bool
    choice: Choice
    missing: Literal["skip", "refuse"] = "skip"
    skip_bad: bool = False
    is_wide: bool = False

    def location(self, number: int, column: Column | None = None) -> str:
        """Where something is, in words."""
        where = f"{self.source}, {self.word} {number}"
        if column is None:
            return where
        return f"{where}, column {column.index + 1}" + (f" ({printable(column.name)})" if column.name else "")


class _Missing(Exception):
    pass


class GroupStarts(NamedTuple):
    """Where groups begin in a part of a table; see `runs_of_rows`."""

    names: list[GroupName]
    starts: IntArray
    lines: IntArray
    unsigned: bool = False


@final
@dataclass
class Points:
    """The points of a table, gathered row by row.

    Attributes:
        layout: How its rows are read.
        skipped: How many rows were left out, by reason.
    """

    layout: TableLayout
    skipped: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.count = 0
        self.sequences = 0  # rows of the wide form
        self._chunks = list[list[FloatArray]]()
        self._runs = list[Runs]()
        self._groups = list[GroupName]()
        self._lines = list[int]()
        self._starts = list[int]()
        self._is_point = list[bool]()
        self.x = list[float]()
        self.y = list[float]()
        self.y_error = list[float]()
        self.moments = list[Moment]()
        self.first_moment: tuple[int, str] | None = None

    def __len__(self) -> int:
        return self.count

    def add_arrays(self, columns: Sequence[FloatArray], groups: GroupStarts | None = None) -> None:
        """Add points whose columns have been read already.

        Args:
            columns: x, if there is one, y and perhaps its standard deviation, NaN where there is no value.
            groups: Where groups begin, if there is a column of groups.
        """
        is_point = np.isfinite(columns[0])
        for column in columns[1:]:
            is_point &= np.isfinite(column)
        missing = int(len(is_point) - is_point.sum())
        if missing:
            if self.layout.missing == "refuse":
                raise BadLine(f"{self.layout.source}: {missing} rows without a value; --missing skip leaves them out")
            self.skipped[NO_VALUE] += missing
            columns = [column[is_point] for column in columns]
        self._gather()
        if groups is None:
            self._chunks.append(list(columns))
        else:
            names, starts, lines, unsigned = groups
            self._runs.append(runs_of_rows(names, starts, lines, is_point, columns, unsigned=unsigned))
        self.count += len(columns[0])

    def gather_many(self) -> None:
        """Move the rows of the lists into arrays if they are many; not within a row of a sequence."""
        if len(self.y) > _GATHERED:
            self._gather()

    def _gather(self) -> None:
        """Move the rows of the lists into arrays."""
        choice = self.layout.choice
        columns = [
            np.array(values)
            for values, is_read in (
                (self.x, choice.x is not None and not choice.x.is_time),
                (self.y, True),
                (self.y_error, choice.y_error is not None),
            )
            if is_read
        ]
        if self._groups:
            starts, lines = np.array(self._starts, dtype=np.int64), np.array(self._lines, dtype=np.int64)
            is_point = np.array(self._is_point, dtype=np.bool_)
            self._runs.append(runs_of_rows(self._groups, starts, lines, is_point, columns, self.moments))
            self._groups, self._lines, self._starts, self._is_point, self.moments = [], [], [], [], []
        elif self.y:
            self._chunks.append(columns)
        self.x, self.y, self.y_error = [], [], []
        if choice.group is None and not self.layout.is_wide and self.count > MOST_POINTS:
            raise InputError(f"{self.layout.source}: more than {MOST_POINTS:,} points; take every tenth, or an average")

    def pop_runs(self) -> list[Runs]:
        """Return the runs that have been gathered since the last call."""
        self._gather()
        runs, self._runs = self._runs, []
        return runs if self.layout.is_wide else list(map(merged_neighbours, runs))

    def leave_out(self, error: BadLine) -> None:
        """Count a row that cannot be read.

        Raises:
            BadLine: Such rows are not skipped.
        """
        if not self.layout.skip_bad:
            raise error
        self.skipped[BAD] += 1

    def add(self, rows: Iterable[Row]) -> None:
        """Add the points of rows.

        Raises:
            BadLine: A row cannot be read, and such rows are not skipped.
        """
        for row in rows:
            if not row.is_comment and any(row.cells):
                self._add(row)

    def _add(self, row: Row) -> None:
        choice = self.layout.choice
        try:
            self._check_width(row)
            name = "" if choice.group is None else self.group_name(row, choice.group)
        except BadLine as bad:
            self.leave_out(bad)
            return
        if choice.group is not None:
            self.begin_group(name, row.number)
        self.add_point(row, choice)
        self.gather_many()

    def group_name(self, row: Row, column: Column) -> str:
        """Return the name of a row's group.

        Raises:
            BadLine: It has none.
        """
        name = self._cell(row, column)
        if not name:
            raise BadLine(f"{self.layout.location(row.number, column)}: the group has no name{_SKIP_BAD}")
        return name

    @property
    def has_two_groups(self) -> bool:
        """Whether a second group has begun among the rows that were added."""
        return len(self._groups) > 1 if self.layout.is_wide else len(set(self._groups)) > 1

    def begin_group(self, name: GroupName, line: int) -> None:
        """Let the points that are added from now on belong to a group, unless it is the group of those before."""
        self._groups.append(name)
        self._lines.append(line)
        self._starts.append(len(self._is_point))

    def add_point(self, row: Row, choice: Choice) -> None:
        """Add the point in some cells of a row, or count it as skipped.

        Raises:
            BadLine: It cannot be read, and such rows are not skipped.
        """
        layout, is_point = self.layout, False
        try:
            self._append(*self._values(row, choice))
            is_point = True
        except _Missing as missing:
            if layout.missing == "refuse":
                column: Column = missing.args[0]
                where = layout.location(row.number, column)
                raise BadLine(f"{where}: there is no value; --missing skip leaves such rows out") from None
            self.skipped[NO_VALUE] += 1
        except BadLine as bad:
            self.leave_out(bad)
        if self._groups:
            self._is_point.append(is_point)

    def add_plain(self, x: Sequence[float], y: Sequence[float]) -> None:
        """Add points of the group that has begun."""
        self.x += x
        self.y += y
        self._is_point += [True] * len(y)
        self.count += len(y)

    def _values(self, row: Row, choice: Choice) -> tuple[Moment | None, float, float, float]:
        """Return the moment or x, y and its standard deviation, NaN where there is none."""
        moment = None
        x = math.nan
        if choice.x is not None and choice.x.is_time:
            moment = self._moment(row, choice.x)
        elif choice.x is not None:
            x, _ = self._number(row, choice.x)
        y, error = self._number(row, choice.y)
        if choice.y_error is not None and choice.y_error is not choice.y:
            error, _ = self._number(row, choice.y_error)
            if error < 0:
                raise BadLine(
                    f"{self.layout.location(row.number, choice.y_error)}: a standard deviation is not negative"
                )
        elif choice.y.has_errors and math.isnan(error):
            raise _Missing(choice.y)
        return moment, x, y, error

    def _append(self, moment: Moment | None, x: float, y: float, error: float) -> None:
        choice = self.layout.choice
        if moment is not None:
            self.moments.append(moment)
        elif choice.x is not None:
            self.x.append(x)
        self.y.append(y)
        if choice.y_error is not None:
            self.y_error.append(error)
        self.count += 1

    def _check_width(self, row: Row) -> None:
        layout = self.layout
        if len(row.cells) > layout.width and any(row.cells[layout.width :]):
            raise self._bad_width(row)

    def _bad_width(self, row: Row) -> BadLine:
        layout, count = self.layout, len(row.cells)
        than = f"but the {'header' if layout.has_header else 'table'} has {layout.width}"
        return BadLine(f"{layout.location(row.number)}: {count} cell{'s' * (count != 1)}, {than}{_SKIP_BAD}")

    def _cell(self, row: Row, column: Column) -> str:
        if column.index >= len(row.cells):
            raise self._bad_width(row)
        return row.cells[column.index]

    def _number(self, row: Row, column: Column) -> tuple[float, float]:
        """A finite number and its standard deviation, NaN where the cell gives none."""
        cell = self._cell(row, column)
        found: tuple[float, float] | None
        if self.layout.decimal == "." and row.kinds[column.index : column.index + 1] == "n" and cell.isascii():
            try:
                found = (float(cell), math.nan)
                if math.isfinite(found[0]):
                    return found
            except ValueError:
                pass
        cell = clean(cell)
        if is_missing(cell):
            raise _Missing(column)
        reading = reading_of(cell)
        found = None if reading is None else value_and_error(reading, self.layout.decimal)
        where = self.layout.location(row.number, column)
        if reading is None or found is None:
            raise BadLine(f"{where}: {label(cell)} is not a number{self._hint(cell)}{_SKIP_BAD}")
        if not math.isfinite(found[0]) or math.isinf(found[1]):
            raise BadLine(f"{where}: {label(cell)} is not finite{_SKIP_BAD}")
        if reading.unit != column.unit and reading.unit is not None:
            raise BadLine(
                f"{where}: {label(cell)} has the unit {printable(reading.unit)}, "
                f"other rows {column.unit}; write all in one unit"
            )
        return found

    def _hint(self, cell: str) -> str:
        other = "," if self.layout.decimal == "." else "."
        if other in cell and reading_of(cell) is not None:
            return f" with the decimal mark {self.layout.decimal!r} (--decimal {other} changes it)"
        return ""

    def _moment(self, row: Row, column: Column) -> Moment:
        cell = clean(self._cell(row, column))
        clock = self.layout.choice.clock
        if is_missing(cell):
            raise _Missing(column)
        other = "" if clock is None else clean(self._cell(row, clock))
        if clock is not None and is_missing(other):
            raise _Missing(clock)
        moment = moment_in(f"{cell} {other}".strip())
        if moment is None or (column.kind == "clock") != (moment.date is None):
            raise BadLine(f"{self.layout.location(row.number, column)}: {label(cell)} is no date or time{_SKIP_BAD}")
        if self.first_moment is None or (moment.is_ambiguous and not self.moments):
            self.first_moment = (row.number, cell)
        return moment

    def arrays(self) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        """x, y and the standard deviations of y if there are any, each of shape (points,); x is NaN for dates."""
        self._gather()
        columns = [np.concatenate(column) for column in zip(*self._chunks, strict=True)]
        y_error = columns.pop() if self.layout.choice.y_error is not None else None
        y = columns.pop()
        return (columns[0] if columns else np.arange(1.0, self.count + 1)), y, y_error
