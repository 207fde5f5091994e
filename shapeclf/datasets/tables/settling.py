"""What the first rows of a table settle: its columns, its decimal mark, and how all rows are read."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from shapeclf._text import printable
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.tables.choosing import Choice, Column, choose_columns, choose_series
from shapeclf.datasets.tables.dialect import choose_delimiter, is_rule, plain_line, split_cells
from shapeclf.datasets.tables.headers import Header, find_header
from shapeclf.datasets.tables.numbers import Reading, clean, decimal_mark, reading_of
from shapeclf.datasets.tables.points import Points, TableLayout
from shapeclf.datasets.tables.profiles import profile
from shapeclf.datasets.tables.regions import Region, Row, find_region, kinds_of
from shapeclf.datasets.tables.sampling import Sampling, sampling_above
from shapeclf.datasets.tables.table import ReadOptions, Table
from shapeclf.datasets.tables.text_lines import Line, separator_in
from shapeclf.datasets.tables.times import times_of, times_of_numbers
from shapeclf.errors import InputError

__all__ = [
    "Settled",
    "choice_of",
    "constant_error",
    "errors_of",
    "row_of",
    "rows_of_lines",
    "settle_rows",
    "table_of_points",
]

_ERROR_NUMBER = re.compile(r"[0-9]*[.,]?[0-9]+(?:[eE][+-]?[0-9]+)?\s*%?")
_FEW_ROWS = 4
_WIDE = 4


@final
@dataclass(frozen=True)
class Settled:
    """What the first rows of a table settle.

    Attributes:
        layout: how all rows are read.
        columns: what is known of the columns.
        rows: the first rows of values.
        values: the columns of numbers or times.
        above: numbers of the first and the last line of numbers above the table; None for none.
        unread: likewise of the lines behind it.
        sampling: The start and the increment of x above the table, if no column is named by the user.
    """

    layout: TableLayout
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    values: tuple[int, ...]
    above: tuple[int, int] | None
    unread: tuple[int, int] | None
    sampling: Sampling | None = None


def rows_of_lines(source: str, lines: Sequence[Line], options: ReadOptions) -> tuple[str, list[Row]]:
    """The delimiter of lines of text, and their cells.

    Raises:
        InputError: the delimiter is not certain.
    """
    given = separator_in(lines)
    lines = [line for line in (lines if given is None else lines[1:]) if not is_rule(plain_line(line.text))]
    mark = options.delimiter or given
    if mark is None:
        try:
            mark = choose_delimiter([plain_line(line.text) for line in lines if not line.is_comment], options.decimal)
        except InputError as error:
            raise InputError(f"{source}: {error}") from None
    return mark, [row_of(line, mark) for line in lines]


def row_of(line: Line, delimiter: str) -> Row:
    """The cells of a line."""
    if line.is_comment:
        return Row(line.number, [], "", line.text, True, line.after_blank)
    text = plain_line(line.text)
    cells = split_cells(text, delimiter)
    return Row(line.number, cells, kinds_of(cells), text, False, line.after_blank)


def settle_rows(
    source: str, word: str, rows: Sequence[Row], delimiter: str, options: ReadOptions, *, more_follow: bool = False
) -> Settled:
    """Settle what the first rows of a table show.

    Args:
        source: what the table comes from, for messages.
        word: what a row is called there, ``"line"`` or ``"row"``.
        rows: the first rows, or all.
        delimiter: what stands between the cells of a line.
        options: what the user said.
        more_follow: Whether these are the first lines of a stream, whose number says nothing.

    Raises:
        InputError: there is no table, or what is meant is not certain.
    """
    rows = [row for row in rows if row.is_comment or any(row.cells)]
    region = find_region(source, word, rows)
    sampling, above = sampling_above(rows[: region.first], region.width)
    rows = [*above, *rows[region.first :]]
    header = find_header(source, word, rows, region, delimiter, options.header)
    table = [row for row in rows[header.first : region.end] if not row.is_comment]
    width = max(region.width, len(header.names))
    if options.x is None and options.y is None and not more_follow:
        _check_shape(source, word, table, region, header)
    columns = profile(table, header, width)
    choice = choice_of(source, columns, options)
    if options.x is not None or options.y is not None or options.is_series:
        sampling = None
    elif sampling is not None:
        choice = sampling.chosen(choice)
    layout = TableLayout(
        source, word, delimiter, ".", width, bool(header.names), choice, options.missing, options.skip_bad
    )
    numeric = [column for column in columns if column.kind == "number"]

    def place(where: tuple[int, Column]) -> str:
        return layout.place(*where)

    decimal = decimal_mark(_readings(table, numeric), place, options.decimal)
    return Settled(
        replace(layout, decimal=decimal),
        tuple(columns),
        tuple(table),
        region.values,
        region.above,
        region.unread,
        sampling,
    )


def choice_of(source: str, columns: Sequence[Column], options: ReadOptions) -> Choice:
    """The columns that are read, by what they hold and what the user said.

    Raises:
        InputError: there is no such column, or what is meant is not certain.
    """
    if options.is_series:
        return Choice(None, choose_series(source, columns, options.y))
    constant = options.y_error is not None and constant_error(options.y_error, columns) is not None
    wanted = None if constant else options.y_error
    choice = choose_columns(source, columns, x=options.x, y=options.y, y_error=wanted)
    if constant:
        return replace(choice, y_error=None)
    return replace(choice, y_error=choice.y) if choice.y_error is None and choice.y.has_errors else choice


def _readings(table: Sequence[Row], columns: Sequence[Column]) -> Iterator[tuple[tuple[int, Column], Reading]]:
    for row in table:
        for column in columns:
            if column.index < len(row.cells) and row.kinds[column.index] == "n":
                cell = row.cells[column.index]
                if "," in cell or "." in cell:
                    reading = reading_of(clean(cell))
                    if reading is not None:
                        yield (row.number, column), reading


def _check_shape(source: str, word: str, table: Sequence[Row], region: Region, header: Header) -> None:
    """Refuse a table on its side.

    Raises:
        InputError: it is one.
    """
    values = len(region.values)
    if len(table) == 1:
        raise InputError(
            f"{source}, {word} {table[0].number}: there is only one row of values; a table of points has one point a "
            f"row, and two rows at least"
        )
    named = all(row.kinds[:1] == "w" for row in table)
    wide = values > len(table) if named else values >= _WIDE and len(table) == 2
    if len(table) <= _FEW_ROWS and not header.names and wide:
        names = f" ({', '.join(printable(row.cells[0]) for row in table)})" if named else ""
        raise InputError(
            f"{source}: the table lies on its side: {len(table)} rows{names} of {values} numbers; transpose it so that "
            "each point has a row of its own and x and y are columns, or choose columns with --x and --y"
        )


def constant_error(text: str, columns: Sequence[Column]) -> tuple[float, bool] | None:
    """The number that stands for a standard deviation, and whether it is one in a hundred of y; None for a column."""
    names = {name.casefold() for column in columns for name in (column.name, column.full) if name}
    if text.casefold() in names or not _ERROR_NUMBER.fullmatch(text.strip()):
        return None
    bare = text.strip().removesuffix("%").strip()
    return float(bare.replace(",", ".")), text.strip().endswith("%")


def errors_of(y: FloatArray, constant: tuple[float, bool]) -> FloatArray:
    """Return the standard deviations that the user gave as one number, or as a percentage of y."""
    number, is_share = constant
    return np.abs(y) * number / 100 if is_share else np.full(len(y), number)


def table_of_points(settled: Settled, points: Points, options: ReadOptions, remarks: Iterable[str] = ()) -> Table:
    """The table of the points that were gathered.

    Raises:
        InputError: there is no point, or a date that cannot be read.
    """
    layout, choice = settled.layout, settled.layout.choice
    if not len(points):
        skipped = ", ".join(f"{count} rows {why}" for why, count in points.skipped.items())
        raise InputError(f"{layout.source}: there is no point in it" + (f" ({skipped} skipped)" if skipped else ""))
    x, y, y_error = points.arrays()
    x_name, x_shown = _x_name(choice)
    x_unit, origin = (None, None) if choice.x is None else (choice.x.unit, None)
    if choice.x is not None and choice.x.is_time and points.first_moment is None:
        times = times_of_numbers(x, choice.x.kind == "date", origin=options.x_origin)
        x, x_unit, origin = times.values, times.unit, times.origin
    elif points.first_moment is not None and choice.x is not None:
        number, cell = points.first_moment
        where = layout.place(number, choice.x)
        times = times_of(points.moments, where, cell, order=options.date_format, origin=options.x_origin)
        x, x_unit, origin = times.values, times.unit, times.origin
    elif options.x_origin is not None:
        raise InputError(f"{layout.source}: --x-origin is for dates and times, but x holds numbers")
    elif settled.sampling is not None and settled.sampling.is_used(choice):
        x, unit, formula = settled.sampling.values(x, choice, layout.decimal)
        x_unit, x_shown = unit or x_unit, formula
    constant = None if options.y_error is None else constant_error(options.y_error, settled.columns)
    if constant is not None:
        y_error = errors_of(y, constant)
    return Table(
        x,
        y,
        y_error,
        x_name,
        choice.y.name or None,
        _error_name(choice, options.y_error if constant is not None else None),
        x_unit,
        choice.y.unit,
        origin,
        points.skipped,
        _others(settled.columns, choice),
        (*remarks, *_remarks(settled, choice)),
        x_shown,
        choice.y.shown,
        tuple(column.name or None for column in settled.columns),
        (_index(choice.x), choice.y.index, None if constant is not None else _index(choice.y_error)),
    )


def _index(column: Column | None) -> int | None:
    return None if column is None else column.index


def _x_name(choice: Choice) -> tuple[str | None, str]:
    if choice.x is None:
        return None, "1, 2, 3, ..."
    if choice.clock is None:
        return choice.x.name or None, choice.x.shown
    name = f"{choice.x.name} {choice.clock.name}" if choice.x.name and choice.clock.name else None
    return name, f"{choice.x.shown} {choice.clock.shown}"


def _error_name(choice: Choice, given: str | None) -> str | None:
    if given is not None:
        return given.strip()
    if choice.y_error is None:
        return None
    return _with_errors(choice.y) if choice.y_error is choice.y else choice.y_error.name


def _with_errors(column: Column) -> str:
    """The name of the column of errors that stand within the cells of another."""
    return f"{column.name} ±" if column.name else "±"


def _others(columns: Sequence[Column], choice: Choice) -> tuple[str | None, ...]:
    used = (choice.x, choice.y, choice.y_error, choice.clock)
    others = [c.name for c in columns if c not in used and not (c.kind == "empty" and not c.name)]
    within = [_with_errors(c) for c in columns if c.has_errors and c is not choice.y_error]
    return (*others, *within)


def _remarks(settled: Settled, choice: Choice) -> Iterator[str]:
    within = [choice.x] if choice.x is not None and choice.x.has_errors else []
    names = [column.shown for column in choice.x_errors] + [printable(_with_errors(column)) for column in within]
    if names:
        yield f"errors of x are not used ({', '.join(names)})"
    word = settled.layout.word
    for lines in (settled.above, settled.unread):
        if lines is not None:
            first, last = lines
            yield f"{word} {first} not read" if last == first else f"{word}s {first} to {last} not read"
