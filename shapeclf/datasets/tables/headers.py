"""Find the names and units of a table's columns in the lines above it."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, final

from shapeclf._text import counted
from shapeclf.datasets.tables.dialect import BLANKS, DELIMITERS, split_cells
from shapeclf.datasets.tables.regions import Region, Row, kinds_of
from shapeclf.datasets.tables.units import is_unit_row, name_and_unit, unit_in
from shapeclf.errors import InputError

__all__ = ["Header", "find_header", "is_counted"]

_TWO_BLANKS = re.compile(r"\t|[ ]{2,}")
_WITH_UNIT = re.compile(r"\S+(?:\s*[(\[][^()\[\]]*[)\]]|\s+/\s+\S+)?")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_YEARS = range(1800, 2200)
_DIGITS = 16
_REMARKS = re.compile(r"comments?|remarks?|notes?|kommentare?|bemerkung(?:en)?|commentaires?", re.IGNORECASE)
_UNITS = re.compile(r"units?|einheit(?:en)?|unit\u00e9s?", re.IGNORECASE)
_MAX_LINES = 4
_OTHER_COMMENTS = ("!", "*", ";", "'", "--", ">")
_OTHER_MARK = re.compile(r"\s*([;!*>]|--)\s+(?=\S)")
_TITLE = re.compile(r":\s|(?:\S+\s+){3}[^\s(\[/]")  # four words or a setting, which is not a name of a column
_SHORT_NAME = re.compile(r"[^\W\d_]{1,2}[0-9]?(?:_?err|[(\[/].*)?")


@final
@dataclass(frozen=True)
class Header:
    """Names and units of columns.

    Attributes:
        names: Name of each column, empty for a column without a name; an empty tuple if there is no header.
        units: Unit of each column; None if the column has none.
        full: Name of each column as it is written, with its unit.
        has_row_names: Whether the first column holds row names, as R writes them, and has no name in the header.
        first: Index of the first row of values.
    """

    names: tuple[str, ...]
    units: tuple[str | None, ...]
    full: tuple[str, ...]
    has_row_names: bool
    first: int

    def of_column(self, index: int) -> tuple[str | None, str | None, str | None]:
        """Return the name, the unit and the full name of a column; None for each if there is no header."""
        return (self.names[index], self.units[index], self.full[index]) if self.names else (None, None, None)


def _header(cells: Sequence[str], units: Sequence[str] | None, first: int, *, row_names: bool = False) -> Header:
    pairs = [name_and_unit(cell) for cell in cells]
    named = {name for name, _ in pairs}
    # u(s) is the error of a column s, if there is one, and not u in seconds.
    pairs = [
        (cell, None) if unit in named and cell == f"{name}({unit})" else (name, unit)
        for cell, (name, unit) in zip(cells, pairs, strict=True)
    ]
    column_units = [unit for _, unit in pairs]
    if units is not None:
        column_units = [unit_in(below) or unit for unit, below in zip(column_units, units, strict=True)]
    if row_names:
        pairs, column_units, cells = [("", None), *pairs], [None, *column_units], ["", *cells]
    return Header(tuple(name for name, _ in pairs), tuple(column_units), tuple(cells), row_names, first)


def _header_cells(text: str, widths: Sequence[int], delimiter: str, *, is_comment: bool = False) -> list[str] | None:
    r"""Split a header line into one of the allowed numbers of cells; None if no way of splitting gives such a number.

    Args:
        text: The line.
        widths: Allowed numbers of cells.
        delimiter: Delimiter of the table; the header may have another.
        is_comment: Whether the line is a comment; blanks may then be its delimiter in any table.

    Example:
        >>> _header_cells("t (s)   s (m)", [2], " "), _header_cells("time, volt", [2], "\t")
        (['t (s)', 's (m)'], ['time', 'volt'])
    """
    if max(widths) == 1 and _TITLE.search(text.strip()):
        return None
    mark = _OTHER_MARK.match(text)
    if mark is not None and mark[1] != delimiter:
        text = text[mark.end() :]
    ways = [split_cells(text, delimiter)]
    if delimiter == BLANKS or (
        delimiter not in text and all(map(_WITH_UNIT.fullmatch, _TWO_BLANKS.split(text.strip())))
    ):
        ways.append([cell.strip() for cell in _TWO_BLANKS.split(text.strip())])
    if delimiter == BLANKS:
        ways.append(_WITH_UNIT.findall(text))
    ways += [split_cells(text, mark) for mark in DELIMITERS if mark not in (delimiter, BLANKS) and mark in text]
    if delimiter != BLANKS and is_comment:
        cells = _WITH_UNIT.findall(text)  # a title of two words is no header of a table with two columns
        ways += [cells] if all(map(_SHORT_NAME.fullmatch, cells)) else []
    for cells in ways:
        while cells and len(cells) > max(widths) and (not cells[-1] or _REMARKS.fullmatch(cells[-1])):
            cells.pop()
        if len(cells) - 1 in widths and cells[0].endswith(":") and all(map(_SHORT_NAME.fullmatch, cells[1:])):
            cells = cells[1:]  # "Data:  y  x"
        if all(cell.endswith(":") for cell in cells):
            cells = [cell[:-1] for cell in cells]
        if len(cells) in widths and any(cells):
            return cells + [""] * (max(widths) - len(cells))
    return None


def _are_names(cells: Sequence[str], values: Sequence[int], *, counted: bool) -> bool:
    """Return whether cells are names of columns.

    At least one cell above a column of values holds words, and only the first of these cells may be empty. Numbers
    among them must be years; with ``counted``, they must be whole numbers of one or two digits instead.
    """
    kinds = kinds_of(cells)
    value_kinds = [kinds[column] for column in values]
    if (
        "w" not in value_kinds
        or cells[0].endswith(":")
        or cells[0] in _OTHER_COMMENTS
        or any(not cells[column] for column in values[1:])
    ):
        return False
    numbers = [cells[column] for column in values if kinds[column] in "nt"]
    if not counted:
        return not numbers or all(_is_year(cell) for cell in numbers)
    return all(_WHOLE.fullmatch(cell) and len(cell) < 3 for cell in numbers)


def _is_year(cell: str) -> bool:
    return _WHOLE.fullmatch(cell) is not None and len(cell) < 5 and int(cell) in _YEARS


def _lines_above(rows: Sequence[Row], region: Region, delimiter: str, *, comments: bool) -> Iterator[list[str]]:
    """Yield the cells of the lines of names or units above a table, the nearest line first."""
    widths = sorted({region.width, _used_width(rows, region)})
    has_names = has_row_labels = False
    for index in range(region.first - 1, -1, -1):
        row = rows[index]
        if row.is_comment != comments:
            continue
        cells = _header_cells(row.text, widths, delimiter, is_comment=comments) if row.text else row.cells
        if cells is None or len(cells) != region.width:
            if has_names or (not comments and len(row.cells) > 1):
                return
            continue
        has_row_labels = has_row_labels or (_UNITS.fullmatch(cells[0]) is not None and is_unit_row(["", *cells[1:]]))
        if has_row_labels:
            cells = ["", *cells[1:]]
        if not is_unit_row(cells):
            is_sparse = not set(kinds_of(cells)) & set("nt") and sum(not cells[c] for c in region.values) > 1
            if not comments and (is_sparse or (0 in region.values and _REMARKS.fullmatch(cells[0]))):
                continue  # such as a logger's line of "Avg" and "Smp": neither names nor the end of the header
            if not _are_names(cells, region.values, counted=has_names):
                if has_names or not comments:
                    return
                continue
        yield cells
        has_names = True
        if row.after_blank and not is_unit_row(cells):
            return


def _used_width(rows: Sequence[Row], region: Region) -> int:
    """Return the number of columns of the table up to the last that is not empty."""
    within = [row for row in rows[region.first : region.end] if not row.is_comment and row.is_within(region.width)]
    return max((row.used for row in within), default=0) or region.width


def find_header(
    source: str, noun: str, rows: Sequence[Row], region: Region, delimiter: str, header: Literal["yes", "no"] | None
) -> Header:
    """Return the names and units of a table's columns.

    The header is the last line of text above the table with as many cells as the table has columns.

    Args:
        source: Name of the file in messages.
        noun: Word for a row in messages, ``"line"`` or ``"row"``.
        rows: The rows of the file that are not empty.
        region: The rows that form the table.
        delimiter: Delimiter of the table.
        header: Whether there is a header, if the user says so.

    Raises:
        InputError: The table has more columns than the header, or its first row may be values or names.
    """
    none = Header((), (), (), False, region.first)
    if header == "no":
        return none
    for comments in (False, True):
        lines = list(itertools.islice(_lines_above(rows, region, delimiter, comments=comments), _MAX_LINES))
        for index, cells in enumerate(lines):
            if is_unit_row(cells) and index + 1 < len(lines):
                return _header(lines[index + 1], cells, region.first)
        if lines:
            return _header(lines[0], None, region.first)
        if not comments and (short_header := _short_header(source, noun, rows, region, delimiter)) is not None:
            return short_header
    first = next(row for row in rows[region.first :] if not row.is_comment)
    if header == "yes":
        missing = [""] * (region.width - len(first.cells))
        return _header([*first.cells[: region.width], *missing], None, rows.index(first) + 1)
    if _may_be_names(first, rows[region.first : region.end], region.values):
        shown = ", ".join(first.cells[column] for column in region.values[:5])
        raise InputError(
            f"{source}, {noun} {first.number}: {shown} may be names or the first values; "
            "give --header yes or --header no"
        )
    return none


def _short_header(source: str, noun: str, rows: Sequence[Row], region: Region, delimiter: str) -> Header | None:
    """Return a header that has no name for the first column, which holds names of rows; None for no such header.

    Raises:
        InputError: The header has too few names, and the first column does not hold names of rows.
    """
    above = [row for row in rows[: region.first] if not row.is_comment]
    width = _used_width(rows, region)
    if not above or len(above[-1].cells) < 2 or "w" not in above[-1].kinds or set(above[-1].kinds) & set("nt"):
        return None
    line = above[-1]
    cells = _header_cells(line.text, [width - 1], delimiter) if line.text else line.cells
    table = [row for row in rows[region.first : region.end] if not row.is_comment and len(row.cells) >= width]
    if (
        len(line.cells) == width
        or line.cells[0] in _OTHER_COMMENTS
        or (table and table[0].after_blank and not table[-1].after_blank)
    ):
        return None
    if cells is not None and len(cells) == width - 1:
        names = [row.cells[0] for row in table]
        quoted = all(row.text.lstrip().startswith('"') for row in table)
        if quoted or (delimiter == BLANKS and (is_counted(names) or all(row.kinds[0] == "w" for row in table))):
            return _header(cells, None, region.first, row_names=True)
    if not table or (len(line.cells) >= width and delimiter == BLANKS):
        return None  # a title of several words
    quotes = ", put numbers such as 1,234 in quotes" if delimiter == "," and width > len(line.cells) else ""
    raise InputError(
        f"{source}, {noun} {table[0].number}: {counted(width, 'cell')}, but the header ({noun} {line.number}) "
        f"has {len(line.cells)}; give every column a name{quotes}, or read the columns without names (--header no)"
    )


def is_counted(cells: Sequence[str]) -> bool:
    """Return whether cells are consecutive whole numbers.

    Example:
        >>> is_counted(["1", "2", "3"]), is_counted(["1", "3"])
        (True, False)
    """
    if not all(_WHOLE.fullmatch(cell) and len(cell) < _DIGITS for cell in cells):
        return False
    return all(int(after) == int(before) + 1 for before, after in itertools.pairwise(cells))


def _may_be_names(first: Row, rows: Sequence[Row], values: Sequence[int]) -> bool:
    """Return whether numbers in the first row may be names: whole numbers above fractions, or years above others."""
    cells = [first.cells[column] for column in values if column < len(first.cells)]
    if len(cells) < len(values) or len(set(cells)) < len(cells) or len(rows) < 3:
        return False
    if not all(_WHOLE.fullmatch(cell) for cell in cells):
        return False
    below = [
        row.cells[column] for row in rows[1:] if not row.is_comment for column in values if column < len(row.cells)
    ]
    if not any(_WHOLE.fullmatch(cell) for cell in below):
        return True
    return all(map(_is_year, cells)) and not any(map(_is_year, below))
