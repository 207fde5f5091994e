"""Convert the rows of a table to points in double precision; skip rows, or report what is wrong with them."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np

from shapeclf._text import counted, printable
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.tables.columns import Choice, Column
from shapeclf.datasets.tables.layout import TableLayout
from shapeclf.datasets.tables.numbers import clean, is_missing, parse_number, value_and_error
from shapeclf.datasets.tables.regions import Row, label
from shapeclf.datasets.tables.runs import GroupName, GroupStarts, Runs, merged_neighbours, runs_of_rows
from shapeclf.datasets.tables.times import Moment, parse_moment
from shapeclf.errors import BadLine, InputError

__all__ = ["BAD", "MAX_POINTS", "Points"]

MAX_POINTS = 2**25
"""Largest number of points of one sequence. Answers for more need more memory than a usual machine has."""

_BUFFERED_ROWS = 2**16  # rows that are collected in lists before they are converted to arrays
NO_VALUE, BAD = "without a value", "that cannot be read"
_SKIP_BAD = "; --skip-bad leaves such rows out"


class _Missing(Exception):
    """The cell of a column has no value; the argument is the column."""


@final
@dataclass
class Points:
    """The points of a table, added row by row or as arrays.

    Attributes:
        layout: The format of the rows.
        skipped: Number of rows that were skipped, by reason.
        rows: Number of rows so far, including skipped ones, in the table or in the latest group. It is the x of the
            latest row if no column holds x.
    """

    layout: TableLayout
    skipped: Counter[str] = field(default_factory=Counter)
    rows: int = 0

    def __post_init__(self) -> None:
        self.count = 0
        self.sequences = 0  # rows of the wide form
        self._chunks = list[list[FloatArray]]()
        self._runs = list[Runs]()
        self._groups = list[GroupName]()
        self._group: GroupName | None = None  # the group that began last
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
        """Add points from arrays.

        Args:
            columns: x if a column holds it, y, and y_error if there is one; shape (rows,), NaN for a missing value.
            groups: Rows at which groups begin; None without a column of groups.
        """
        columns = self._with_counted(columns, groups)
        is_point = np.all([np.isfinite(column) for column in columns], axis=0)
        missing = int(len(is_point) - is_point.sum())
        if missing:
            if self.layout.options.missing == "refuse":
                raise BadLine(f"{self.layout.source}: {missing} rows without a value; --missing skip leaves them out")
            self.skipped[NO_VALUE] += missing
            columns = [column[is_point] for column in columns]
        self._flush()
        if groups is None:
            self._chunks.append(list(columns))
        else:
            self._runs.append(runs_of_rows(groups, is_point, columns))
        self.count += len(columns[0])

    def _with_counted(self, columns: Sequence[FloatArray], groups: GroupStarts | None) -> Sequence[FloatArray]:
        """Return the columns, preceded by the numbers of the rows in the table or group if no column holds x."""
        if self.layout.choice.x is not None:
            return columns
        rows, begins = np.arange(len(columns[0])), [-self.rows]
        if groups is not None:
            names = [self._group, *groups.names]
            changes = zip(names, names[1:], groups.starts.tolist(), strict=False)
            begins += [start for before, name, start in changes if self.layout.options.wide or name != before]
            self._group = names[-1]
        numbers = rows + 1.0 - np.array(begins)[np.searchsorted(begins, rows, side="right") - 1]
        self.rows = int(max(numbers[-1:], default=self.rows))
        return [numbers, *columns]

    def flush_if_full(self) -> None:
        """Convert the buffered rows to arrays if there are many; in the wide form, only between two rows."""
        if len(self.y) > _BUFFERED_ROWS:
            self._flush()

    def _flush(self) -> None:
        """Convert the buffered rows, which are in lists, to arrays."""
        choice = self.layout.choice
        x = [] if choice.x is not None and choice.x.is_time else [self.x]
        y_error = [] if choice.y_error is None else [self.y_error]
        columns = list(map(np.array, [*x, self.y, *y_error]))
        if self._groups:
            starts, lines = np.array(self._starts, dtype=np.int64), np.array(self._lines, dtype=np.int64)
            is_point = np.array(self._is_point, dtype=np.bool_)
            self._runs.append(runs_of_rows(GroupStarts(self._groups, starts, lines), is_point, columns, self.moments))
            self._groups, self._lines, self._starts, self._is_point, self.moments = [], [], [], [], []
        elif self.y:
            self._chunks.append(columns)
        self.x, self.y, self.y_error = [], [], []
        if choice.group is None and not self.layout.options.wide and self.count > MAX_POINTS:
            raise InputError(
                f"{self.layout.source}: more than {MAX_POINTS:,} points; use every tenth point, or average them"
            )

    def pop_runs(self) -> list[Runs]:
        """Return the runs of the rows that were added since the last call, and forget them."""
        self._flush()
        runs, self._runs = self._runs, []
        return runs if self.layout.options.wide else list(map(merged_neighbours, runs))

    def skip(self, error: BadLine) -> None:
        """Skip and count a row that cannot be read.

        Raises:
            BadLine: The layout does not allow skipping; ``error`` itself is raised.
        """
        if not self.layout.options.skip_bad:
            raise error
        self.skipped[BAD] += 1

    def add(self, rows: Iterable[Row]) -> None:
        """Add the points of rows.

        Raises:
            BadLine: A row cannot be read, and such rows are not skipped.
        """
        for row in rows:
            if any(row.cells):
                self._add(row)
            elif not row.is_comment:
                self.rows += 1

    def _add(self, row: Row) -> None:
        choice = self.layout.choice
        self.rows += 1
        try:
            self._check_width(row)
            name = "" if choice.group is None else self.group_name(row, choice.group)
        except BadLine as bad:
            self.skip(bad)
            return
        if choice.group is not None:
            self.begin_group(name, row.number)
        self.add_point(row, choice)
        self.flush_if_full()

    def group_name(self, row: Row, column: Column) -> str:
        """Return the name of a row's group.

        Raises:
            BadLine: The group has no name.
        """
        name = self._cell(row, column)
        if not name:
            raise BadLine(f"{self.layout.location(row.number, column)}: the group has no name{_SKIP_BAD}")
        return name

    @property
    def has_two_groups(self) -> bool:
        """Whether a second group has begun among the rows that were added."""
        return len(self._groups) > 1 if self.layout.options.wide else len(set(self._groups)) > 1

    def begin_group(self, name: GroupName, line: int) -> None:
        """Begin a group, to which the points that follow belong; it may be the group of the points before."""
        self._groups.append(name)
        self._lines.append(line)
        self._starts.append(len(self._is_point))
        if name != self._group:
            self._group, self.rows = name, 1

    def add_point(self, row: Row, choice: Choice) -> None:
        """Add the point in the chosen cells of a row, or skip and count it.

        Raises:
            BadLine: The point cannot be read, and such rows are not skipped.
        """
        layout, is_point = self.layout, False
        try:
            self._append(*self._values(row, choice))
            is_point = True
        except _Missing as missing:
            if layout.options.missing == "refuse":
                column: Column = missing.args[0]
                where = layout.location(row.number, column)
                raise BadLine(f"{where}: there is no value; --missing skip leaves such rows out") from None
            self.skipped[NO_VALUE] += 1
        except BadLine as bad:
            self.skip(bad)
        if self._groups:
            self._is_point.append(is_point)

    def add_plain(self, x: Sequence[float], y: Sequence[float]) -> None:
        """Add points to the group that was begun last."""
        self.x += x
        self.y += y
        self._is_point += [True] * len(y)
        self.count += len(y)

    def _values(self, row: Row, choice: Choice) -> tuple[Moment | None, float, float, float]:
        """Return the date or time of x or None, x, y, and the standard deviation of y or NaN.

        If no column holds numbers for x, it is the number of the row.
        """
        moment, x = None, float(self.rows)
        if choice.x is not None and choice.x.is_time:
            moment = self._moment(row, choice.x)
        elif choice.x is not None:
            x, _ = self._number(row, choice.x)
        y, error = self._number(row, choice.y)
        if choice.y_error is not None and choice.y_error is not choice.y:
            error, _ = self._number(row, choice.y_error)
            if error < 0:
                where = self.layout.location(row.number, choice.y_error)
                cell = label(self._cell(row, choice.y_error))
                raise BadLine(f"{where}: {cell} is a negative standard deviation")
        elif choice.y.has_errors and math.isnan(error):
            raise _Missing(choice.y)
        return moment, x, y, error

    def _append(self, moment: Moment | None, x: float, y: float, error: float) -> None:
        choice = self.layout.choice
        if moment is not None:
            self.moments.append(moment)
        else:
            self.x.append(x)
        self.y.append(y)
        if choice.y_error is not None:
            self.y_error.append(error)
        self.count += 1

    def _check_width(self, row: Row) -> None:
        if any(row.cells[self.layout.width :]) or len(row.cells) < self.layout.least_width:
            raise self._bad_width(row)

    def _bad_width(self, row: Row) -> BadLine:
        layout, cells = self.layout, counted(len(row.cells), "cell")
        expected = f"but the {'header' if layout.has_header else 'table'} has {layout.width}"
        return BadLine(f"{layout.location(row.number)}: {cells}, {expected}{_SKIP_BAD}")

    def _cell(self, row: Row, column: Column) -> str:
        if column.index >= len(row.cells):
            raise self._bad_width(row)
        return row.cells[column.index]

    def _number(self, row: Row, column: Column) -> tuple[float, float]:
        """Return the finite number in a cell and its standard deviation, NaN if the cell gives none."""
        cell = self._cell(row, column)
        pair: tuple[float, float] | None
        if self.layout.decimal == "." and row.kinds[column.index : column.index + 1] == "n" and cell.isascii():
            try:
                pair = (float(cell), math.nan)
                if math.isfinite(pair[0]):
                    return pair
            except ValueError:
                pass
        cell = clean(cell)
        if is_missing(cell):
            raise _Missing(column)
        number = parse_number(cell)
        pair = None if number is None else value_and_error(number, self.layout.decimal)
        where = self.layout.location(row.number, column)
        if number is None or pair is None:
            raise BadLine(f"{where}: {label(cell)} is not a number{self._hint(cell)}{_SKIP_BAD}")
        if not math.isfinite(pair[0]) or math.isinf(pair[1]):
            raise BadLine(f"{where}: {label(cell)} is not finite{_SKIP_BAD}")
        if number.unit != column.unit and number.unit is not None:
            raise BadLine(
                f"{where}: {label(cell)} has the unit {printable(number.unit)}, "
                f"other rows {column.unit}; write all in one unit"
            )
        return pair

    def _hint(self, cell: str) -> str:
        other = "," if self.layout.decimal == "." else "."
        if other in cell and parse_number(cell) is not None:
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
        moment = parse_moment(f"{cell} {other}".strip(), is_minutes=column.is_minutes)
        if moment is None or (column.kind == "clock") != (moment.date is None):
            raise BadLine(f"{self.layout.location(row.number, column)}: {label(cell)} is not a date or time{_SKIP_BAD}")
        if self.first_moment is None or (moment.is_ambiguous and not self.moments):
            self.first_moment = (row.number, cell)
        return moment

    def arrays(self) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        """Return x (any numbers if it holds dates or times), y, and y_error or None, each of shape (points,)."""
        self._flush()
        columns = [np.concatenate(column) for column in zip(*self._chunks, strict=True)]
        y_error = columns.pop() if self.layout.choice.y_error is not None else None
        y = columns.pop()
        return (columns[0] if columns else y), y, y_error
