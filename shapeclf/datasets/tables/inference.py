"""Infer the columns, the decimal mark and the layout of a table from its first rows."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from shapeclf._text import printable
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.tables.columns import Choice, Column, choose_columns, choose_series, named_column
from shapeclf.datasets.tables.data_sets import check_one_data_set
from shapeclf.datasets.tables.dialect import BLANKS, choose_delimiter, is_rule, plain_line, split_cells
from shapeclf.datasets.tables.error_units import with_unit_of_y
from shapeclf.datasets.tables.headers import Header, find_header
from shapeclf.datasets.tables.layout import TableLayout
from shapeclf.datasets.tables.numbers import ParsedNumber, clean, decimal_mark, parse_number
from shapeclf.datasets.tables.profiles import profile
from shapeclf.datasets.tables.regions import Region, Row, find_region, kinds_of, label, with_group
from shapeclf.datasets.tables.sampling import Sampling, sampling_above
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.datasets.tables.text_lines import Line, separator_in
from shapeclf.datasets.tables.units import name_and_unit
from shapeclf.errors import InputError

__all__ = [
    "InferredTable",
    "choice_of",
    "constant_error",
    "decimal_of",
    "errors_of",
    "infer_table",
    "likely_group",
    "row_of",
    "rows_of_lines",
]

_ERROR_NUMBER = re.compile(r"[0-9]*[.,]?[0-9]+(?:[eE][+-]?[0-9]+)?\s*%?")
_ERROR_IN_PERCENT = re.compile(r"[^%(]+(?:\u00b1|\+/?-|\\pm)[^%()]+%")
_DATE_NAMES = re.compile(
    r"date|datum|fecha|(?:^|_)(?:day|tag|month|monat|mois|data|dt)(?:$|_)|yyyymm|time", re.IGNORECASE
)
_DATE_NUMBER = re.compile(
    r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12][0-9]|3[01])(?:[0-2][0-9](?:[0-5][0-9]){0,2})?)?"
)
_SHORT_CLOCK = re.compile("[0-9]{1,4}:[0-9]{1,2}")
_FEW_ROWS = 4
_WIDE = 4
_TRIES = 3
_MAX_COLUMNS = 10**6


@final
@dataclass(frozen=True)
class InferredTable:
    """What was inferred from the first rows of a table.

    Attributes:
        layout: The format of all rows.
        columns: The columns of the table.
        rows: The first rows of values, and the empty rows between them.
        region: The part of the file that is the table.
        sampling: Start and increment of x from the lines above the table; None if they are not given or not used.
    """

    layout: TableLayout
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    region: Region
    sampling: Sampling | None = None


def rows_of_lines(source: str, lines: Sequence[Line], options: ReadOptions) -> tuple[str, list[Row]]:
    """Return the delimiter of lines of text, and the lines as rows of cells.

    Raises:
        InputError: The delimiter is not certain.
    """
    declared = separator_in(lines)
    lines = [plain for line in (lines if declared is None else lines[1:]) if not is_rule((plain := _plain(line)).text)]
    mark = options.delimiter or declared
    if mark is None:
        try:
            mark = choose_delimiter([line.text for line in lines if not line.is_comment], options.decimal)
        except InputError as error:
            raise InputError(f"{source}: {error}") from None
    return mark, [_row(line, mark) for line in lines]


def row_of(line: Line, delimiter: str) -> Row:
    """Return a line as a row of cells."""
    return _row(_plain(line), delimiter)


def _plain(line: Line) -> Line:
    text = line.text if line.is_comment else plain_line(line.text)
    return line if text is line.text else line._replace(text=text)


def _row(line: Line, delimiter: str) -> Row:
    cells = [] if line.is_comment else split_cells(line.text, delimiter)
    return Row(line.number, cells, kinds_of(cells), line.text, line.is_comment, line.after_blank)


def infer_table(
    source: str, noun: str, rows: Sequence[Row], delimiter: str, options: ReadOptions, *, more_follow: bool = False
) -> InferredTable:
    """Infer the layout and the columns of a table from its first rows.

    Args:
        source: Name of the file in messages.
        noun: Word for a row in messages, ``"line"`` or ``"row"``.
        rows: The first rows, or all.
        delimiter: Delimiter between the cells of a line.
        options: The user's options.
        more_follow: Whether the rows are the first lines of a stream, so that few rows do not mean a short table.

    Raises:
        InputError: There is no table, or its layout is ambiguous.
    """
    empty = [row for row in rows if not row.is_comment and not any(row.cells)]
    rows = [row for row in rows if row.is_comment or any(row.cells)]
    group = None if options.group is None else likely_group(rows, options.group, delimiter)
    for _ in range(_TRIES):  # repeat if the header shows that the group column is not the assumed one
        marked = [with_group(row, group) for row in rows]
        region = find_region(source, noun, marked)
        sampling, above = sampling_above(marked[: region.first], region.width)
        marked = [*above, *marked[region.first :]]
        header = find_header(source, noun, marked, region, delimiter, options.header)
        width = max(region.width, len(header.names))
        guess, group = group, _group_index(source, options.group, header, width)
        if group == guess:
            break
    table = [row for row in marked[header.first : region.end] if not row.is_comment]
    if options.x is None and options.y is None and group is None and not more_follow:
        _check_shape(source, noun, table, region, header)
    columns = [_with_values(column, table) for column in profile(table, header, width, group)]
    choice = choice_of(source, columns, options)
    if options.x is not None or options.y is not None or options.is_series:
        sampling = None
    elif sampling is not None:
        choice = sampling.without_x_column(choice)
    if choice.y_error is choice.y:
        _check_no_percentages(source, noun, table, choice.y)
    layout = TableLayout(source, noun, delimiter, ".", width, bool(header.names), choice, options)
    decimal = decimal_of(layout, table, columns)
    first, last = table[0].number, table[-1].number
    # Between blanks, a cell without a value is not seen, and the later cells of its row move to the left.
    least = max((c.index + 1 for c in columns if c.kind == "number" or c.is_time), default=0) * (delimiter == BLANKS)
    layout = replace(layout, decimal=decimal, least_width=least)
    comments = [row for row in marked[header.first : region.end] if row.is_comment]
    within = [row for row in empty if first < row.number < last]
    check_one_data_set(layout, sorted([*table, *within, *comments], key=lambda row: row.number))
    return InferredTable(
        layout,
        tuple(columns),
        tuple(sorted([*table, *within], key=lambda row: row.number)),
        region,
        sampling,
    )


def _with_values(column: Column, table: Sequence[Row]) -> Column:
    """Return a column with what its values show: dates without delimiters, or times of two numbers."""
    at, kind = column.index, {"number": "n", "clock": "t"}.get(column.kind)
    rows = [row for row in table if at < len(row.cells) and row.kinds[at] == kind]
    if column.kind == "clock":
        has_hours = not column.is_minutes and any(_SHORT_CLOCK.fullmatch(row.cells[at].strip()) for row in rows)
        return replace(column, has_hours=has_hours)
    if column.kind != "number":
        return column
    is_date = bool(_DATE_NAMES.search(column.name or "")) and all(_DATE_NUMBER.fullmatch(row.cells[at]) for row in rows)
    return replace(column, date_number=rows[0].cells[at] if is_date else None)


def _check_no_percentages(source: str, noun: str, table: Sequence[Row], column: Column) -> None:
    """Raise InputError if a value has an error in percent, which may be relative to it: ``1.25 ± 5%``."""
    for row in table:
        cell = row.cells[column.index] if column.index < len(row.cells) else ""
        if _ERROR_IN_PERCENT.fullmatch(cell):
            raise InputError(
                f"{source}, {noun} {row.number}, column {column.index + 1}: {label(cell)} may be in percent, or only "
                "its error; write the value in brackets, (12 \u00b1 1) %, or give --y-error NUMBER%"
            )


def decimal_of(layout: TableLayout, table: Sequence[Row], columns: Sequence[Column]) -> str:
    """Return the decimal mark of the numbers in some rows.

    Raises:
        InputError: The decimal mark is ambiguous.
    """

    def location(where: tuple[int, Column]) -> str:
        return layout.location(where[0], None if layout.options.wide else where[1])

    numeric = [column for column in columns if column.kind == "number"]
    is_text = layout.delimiter != "\0"
    return decimal_mark(_numbers_with_mark(table, numeric, is_text), location, layout.options.decimal)


def likely_group(rows: Sequence[Row], wanted: str, delimiter: str) -> int | None:
    """Return the likely index of the group column while the header is not known; None if no line holds the name."""
    if wanted.isdecimal():
        return int(wanted) - 1 if 0 < int(wanted) <= _MAX_COLUMNS else None
    for row in rows:
        cells = split_cells(row.text, delimiter) if row.is_comment else row.cells
        index = next((index for index, cell in enumerate(cells) if wanted in (cell, name_and_unit(cell)[0])), None)
        if index is not None:
            return index
    return None


def _group_index(source: str, wanted: str | None, header: Header, width: int) -> int | None:
    """Return the index of the group column; None if the user named none.

    Raises:
        InputError: There is no such column.
    """
    columns = [Column(index, *header.of_column(index), "text") for index in range(width)]
    column = named_column(source, "--group", wanted, columns)
    return None if column is None else column.index


def choice_of(source: str, columns: Sequence[Column], options: ReadOptions) -> Choice:
    """Choose the columns that are read, by what they hold and by the user's options.

    Raises:
        InputError: There is no such column, or more than one column may be meant.
    """
    if options.is_series:
        return Choice(None, choose_series(source, columns, options.y))
    constant = constant_error(options.y_error, columns) is not None
    wanted = None if constant else options.y_error
    group = named_column(source, "--group", options.group, columns)
    choice = choose_columns(source, columns, x=options.x, y=options.y, y_error=wanted, group=group)
    if constant:
        return replace(choice, y_error=None)
    if choice.y_error is None and choice.y.has_errors:
        return replace(choice, y_error=choice.y)
    return with_unit_of_y(source, choice)


def _numbers_with_mark(
    table: Sequence[Row], columns: Sequence[Column], is_text: bool
) -> Iterator[tuple[tuple[int, Column], ParsedNumber]]:
    """Yield the location and the number of each cell that may show the decimal mark."""
    for row in table:
        for column in columns:
            if column.index < len(row.cells) and row.kinds[column.index] == "n":
                cell = row.cells[column.index]
                if "," in cell or "." in cell or is_text:  # 500 beside 1.000 may show thousands
                    number = parse_number(clean(cell))
                    if number is not None:
                        yield (row.number, column), number


def _check_shape(source: str, noun: str, table: Sequence[Row], region: Region, header: Header) -> None:
    """Check that the table has one point per row.

    Raises:
        InputError: The table has one row, or it is transposed.
    """
    values = len(region.values)
    if len(table) == 1:
        raise InputError(
            f"{source}, {noun} {table[0].number}: there is only one row of values; a table of points has one point per "
            f"row, and at least two rows"
        )
    named = all(row.kinds[:1] == "w" for row in table)
    wide = values > len(table) if named else values >= _WIDE and len(table) == 2
    if len(table) <= _FEW_ROWS and not header.names and wide:
        names = f" ({', '.join(printable(row.cells[0]) for row in table)})" if named else ""
        raise InputError(
            f"{source}: the table is transposed: {len(table)} rows{names} of {values} numbers; transpose it so that "
            "each point has a row of its own and x and y are columns, or choose columns with --x and --y"
        )


def constant_error(text: str | None, columns: Sequence[Column]) -> tuple[float, bool] | None:
    """Return a standard deviation that is given as a number, and whether it is in percent of y; None for a column."""
    if text is None:
        return None
    names = {name.casefold() for column in columns for name in (column.name, column.full) if name}
    if text.casefold() in names or not _ERROR_NUMBER.fullmatch(text.strip()):
        return None
    bare = text.strip().removesuffix("%").strip()
    return float(bare.replace(",", ".")), text.strip().endswith("%")


def errors_of(y: FloatArray, constant: tuple[float, bool]) -> FloatArray:
    """Return the standard deviations that the user gave as one number, or as a percentage of y."""
    number, is_percent = constant
    return np.abs(y) * (number / 100) if is_percent else np.full(len(y), number)
