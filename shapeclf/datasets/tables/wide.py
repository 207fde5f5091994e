"""Tables with one row per sequence: x1, y1, x2, y2, and so on (the wide form)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, final

from shapeclf._text import printable
from shapeclf.datasets.tables.columns import Choice, Column, choose_columns, named_column
from shapeclf.datasets.tables.headers import Header, find_header
from shapeclf.datasets.tables.inference import InferredTable, constant_error, decimal_of, likely_group
from shapeclf.datasets.tables.layout import TableLayout
from shapeclf.datasets.tables.points import Points
from shapeclf.datasets.tables.profiles import profile
from shapeclf.datasets.tables.regions import Row, find_region, kinds_of, with_group
from shapeclf.errors import BadLine, InputError

if TYPE_CHECKING:
    from shapeclf.datasets.tables.table import ReadOptions

__all__ = ["WideRows", "infer_wide_table"]

_NUMBERED = re.compile(r"(\D*)([1-9][0-9]{0,8})(\D*)")


@final
@dataclass(frozen=True)
class WideRows:
    """The columns that hold each point of a row in the wide form.

    Attributes:
        layout: Format of the rows; its choice of columns is that of the first point.
        group: Column that names the groups; None if the sequences are numbered.
        named: Indices of the columns of x, y and perhaps the standard deviation of y, for each point, if the columns
            are named; None if all columns but that of the group hold x and y in turn.
        names: Names of all columns; empty where there is no header.
    """

    layout: TableLayout
    group: Column | None
    named: tuple[tuple[int, ...], ...] | None
    names: tuple[str, ...] = ()

    @cached_property
    def choices(self) -> list[Choice]:
        """The columns of each point; more are added when a longer row is read."""
        return []

    def add(self, points: Points, rows: Iterable[Row]) -> None:
        """Add the sequences of rows to the points of a table; the kinds of the cells need not be known yet.

        Raises:
            BadLine: A row cannot be read, and such rows are not skipped.
        """
        for row in rows:
            if row.is_comment or not any(row.cells):
                continue
            try:
                if self.layout.has_header and any(row.cells[self.layout.width :]):
                    where = self.layout.location(row.number)
                    raise BadLine(f"{where}: {len(row.cells)} cells, not {self.layout.width}; --skip-bad leaves it out")
                name = points.sequences + 1 if self.group is None else points.group_name(row, self.group)
                used = self._used(row)
            except BadLine as bad:
                points.skip(bad)
                continue
            points.sequences += 1
            points.begin_group(name, row.number)
            if not self._add_plain(points, row, used):
                cells = row.cells + [""] * (self.layout.width - len(row.cells))
                row = row._replace(cells=cells, kinds=row.kinds or kinds_of(cells))
                for index in range(used):
                    points.add_point(row, self._choice(index))
            points.flush_if_full()

    def _used(self, row: Row) -> int:
        """Return the number of points of a row, up to its last cell that is not empty.

        Raises:
            BadLine: The last x has no y, and there is no column for it.
        """
        if self.named is not None:
            filled = (
                index
                for index, columns in enumerate(self.named, start=1)
                if any(column < len(row.cells) and row.cells[column] for column in columns)
            )
            return max(filled, default=0)
        end = row.used
        count = end - (self.group is not None and self.group.index < end)
        if count % 2:
            where = self.layout.location(row.number)
            raise BadLine(f"{where}: {count} numbers; they are x and y in turn, so the last x has no y")
        return count // 2

    def indices(self, point: int) -> tuple[int, ...]:
        """Return the columns of a point, counted from 0."""
        if self.named is not None:
            return self.named[point]
        group = math.inf if self.group is None else self.group.index
        return tuple(column + (column >= group) for column in (2 * point, 2 * point + 1))

    def _choice(self, point: int) -> Choice:
        """Return the choice of columns of a point, which is like that of the first point."""
        first = self.layout.choice
        while len(self.choices) <= point:
            moved = [
                replace(column, index=index, name=self.names[index] if self.names else None)
                for column, index in zip(
                    (first.x, first.y, first.y_error), self.indices(len(self.choices)), strict=False
                )
                if column is not None
            ]
            y_error = moved[1] if first.y_error is first.y else moved[2] if len(moved) > 2 else None
            self.choices.append(Choice(moved[0], moved[1], y_error))
        return self.choices[point]

    def _add_plain(self, points: Points, row: Row, used: int) -> bool:
        """Add the points of a row if its cells are plain numbers, and return whether they are."""
        if not self._is_plain:
            return False
        if self.named is not None:
            indices = [column for columns in self.named[:used] for column in columns[:2]]
            cells = [row.cells[column] for column in indices if column < len(row.cells)]
        else:
            cells = [cell for column, cell in enumerate(row.cells) if self.group is None or column != self.group.index]
            cells = cells[: 2 * used]
        text = "".join(cells)
        if not text.isascii() or "_" in text:  # Python reads 1_000 as a number, the reader does not
            return False
        try:
            numbers = list(map(float, cells))
        except ValueError:
            return False
        if len(numbers) < 2 * used or not all(map(math.isfinite, numbers)):
            return False
        points.add_plain(numbers[::2], numbers[1::2])
        return True

    def long_rows(self, row: Row) -> Iterator[Row]:
        """Yield the points of a row as rows of their own: x, y and perhaps its standard deviation."""
        try:
            used = self._used(row)
        except BadLine:
            return
        for point in range(used):
            cells = [row.cells[column] if column < len(row.cells) else "" for column in self.indices(point)]
            yield Row(row.number, cells, kinds_of(cells))

    @cached_property
    def _is_plain(self) -> bool:
        choice = self.layout.choice
        plain = choice.x is not None and choice.x.is_plain and choice.y.is_plain and choice.y_error is None
        return plain and self.layout.decimal == "."


def infer_wide_table(
    source: str, noun: str, rows: Sequence[Row], delimiter: str, options: ReadOptions
) -> tuple[InferredTable, WideRows]:
    """Infer the layout of a table in the wide form from its first rows.

    Columns that are called x1, y1, x2, y2, and so on, with y1_err for a standard deviation, are found by these names.
    Without such names, all columns but that of the group hold x and y in turn.

    Args:
        source: Name of the table in messages.
        noun: Word for a row in messages, ``"line"`` or ``"row"``.
        rows: The first rows, or all.
        delimiter: Delimiter between the cells of a line.
        options: The user's options.

    Raises:
        InputError: There is no table, or its layout is ambiguous.
    """
    if (options.x, options.y) != (None, None):
        raise InputError(f"{source}: --x and --y: the wide form has no column of its own for either; leave them out")
    rows = [row for row in rows if row.is_comment or any(row.cells)]
    width = _likely_width(rows, options)
    originals = rows
    rows = [row if row.is_comment else _of_width(row, width) for row in rows]
    guess = None if options.group is None else likely_group(rows, options.group, delimiter)
    rows = [with_group(row, guess) for row in rows]
    region = find_region(source, noun, rows, is_wide=True)
    header = find_header(source, noun, rows, region, delimiter, options.header)
    width = max(region.width, len(header.names))
    labels = [Column(index, *header.of_column(index), "text") for index in range(width)]
    group = named_column(source, "--group", options.group, labels)
    if width < 2 + (group is not None):
        needed = "two columns are needed, x and y" if group is None else "three are needed, x, y and the group"
        raise InputError(f"{source}: {needed}; there {'is one' if width == 1 else f'are {width}'}")
    named = _named_points(source, header.names)
    first = Choice(None, labels[0])
    layout = TableLayout(source, noun, delimiter, ".", width, bool(header.names), first, options)
    wide = WideRows(layout, group, named, header.names)
    table = [row for row in originals[header.first : region.end] if not row.is_comment]
    long_rows = [each for row in table for each in wide.long_rows(row)]
    if not long_rows:
        wide.add(Points(layout), table)  # raises the error of the first row
    choice, columns = _choice(source, long_rows, _long_header(header, wide.indices(0)), options)
    layout = replace(layout, choice=choice)
    layout = replace(layout, decimal=decimal_of(layout, long_rows, columns))
    read = set() if named is None else {column for columns in named for column in columns}
    others = tuple(label for label in labels if named is not None and label is not group and label.index not in read)
    inferred = InferredTable(layout, others, tuple(table), region)
    return inferred, WideRows(layout, group, named, header.names)


def _likely_width(rows: Sequence[Row], options: ReadOptions) -> int:
    """Return the number of cells in the line of names above the first row of numbers, else in the longest row."""
    cells = [row for row in rows if not row.is_comment]
    first = next((index for index, row in enumerate(cells) if sum(kind in "nt" for kind in row.kinds) > 1), 0)
    above = cells[first - 1] if first else None
    is_header = above is not None and options.header != "no" and not cells[first].after_blank
    if above is not None and is_header and above.used > 1 and set(above.kinds) <= set("wm"):
        return above.used
    return max((len(row.cells) for row in cells), default=0)


def _of_width(row: Row, width: int) -> Row:
    missing = width - len(row.cells)
    if missing <= 0:
        return row._replace(cells=row.cells[:width], kinds=row.kinds[:width])
    return row._replace(cells=row.cells + [""] * missing, kinds=row.kinds + "m" * missing)


def _named_points(source: str, names: Sequence[str]) -> tuple[tuple[int, ...], ...] | None:
    """Return the columns of x, y and perhaps the standard deviation of y, by their names, for each point.

    None if the columns are not named x1, y1, and so on.

    Raises:
        InputError: A point has no x, y or standard deviation.
    """
    by_axis: dict[tuple[str, int], int] = {}
    for index, name in enumerate(names):
        match = _NUMBERED.fullmatch(name.strip().casefold())
        if match is not None:
            by_axis.setdefault((match[1] + match[3], int(match[2])), index)
    bases = {base for base, _ in by_axis}
    if bases.isdisjoint("xy"):
        return None
    axes = ["x", "y", *[base for base in sorted(bases - {"x", "y"}) if _is_error(source, base)][:1]]
    count = max(number for base, number in by_axis if base in "xy")
    for number in range(1, count + 1):
        for axis in axes:
            if (axis, number) not in by_axis:
                raise InputError(
                    f"{source}: the columns x1, y1, x2, y2, ... must be pairs without a gap; there is no "
                    f"{printable(axis)}{number}"
                )
    return tuple(tuple(by_axis[axis, number] for axis in axes) for number in range(1, count + 1))


def _is_error(source: str, name: str) -> bool:
    """Return whether a name is the name of a standard deviation of y."""
    columns = [Column(index, each, None, each, "number") for index, each in enumerate(("x", "y", name))]
    return choose_columns(source, columns, x=None, y=None).y_error is columns[2]


def _long_header(header: Header, indices: Sequence[int]) -> Header:
    """Return a header of the long form: the names of the first point's columns without their numbers."""
    if not header.names:
        return header
    names = tuple(_NUMBERED.sub(r"\1\3", header.names[index].strip()) for index in indices)
    return Header(names, tuple(header.units[index] for index in indices), names, False, 0)


def _choice(source: str, rows: Sequence[Row], header: Header, options: ReadOptions) -> tuple[Choice, Sequence[Column]]:
    """Return the columns of the long form, and the choice among them.

    Raises:
        InputError: x or y holds no numbers, or there is no such column of standard deviations.
    """
    columns = profile(rows, header, max((len(row.cells) for row in rows), default=2))
    for column, axis in zip(columns[:2], "xy", strict=True):
        if column.kind in ("text", "empty") or (axis == "y" and column.is_time):
            held = "dates or times" if column.is_time else "words" if column.kind == "text" else "nothing"
            raise InputError(f"{source}: {axis} holds {held}, not numbers; one row holds x1, y1, x2, y2, ...")
    x, y, *errors = columns
    if options.y_error is not None:
        if constant_error(options.y_error, columns) is None:
            raise InputError(
                f"{source}: --y-error {printable(options.y_error)!r} is not a number; in the wide form the columns of "
                "standard deviations are called y1_err, y2_err, ..."
            )
        errors = []
    elif y.has_errors:
        errors = [y]
    return Choice(x, y, errors[0] if errors else None), columns
