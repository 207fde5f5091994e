"""Read spreadsheets of Excel (.xlsx, .xls) and LibreOffice (.ods)."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

from shapeclf._text import one_line, printable
from shapeclf.datasets.tables.numbers import clean
from shapeclf.datasets.tables.partial_table import PartialTable, table_of_rows
from shapeclf.datasets.tables.regions import Row, kinds_of, label
from shapeclf.datasets.tables.spreadsheet_size import MAX_TEXT, checked_archive, too_much_text
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.datasets.tables.times import parse_moment
from shapeclf.errors import InputError, NoTable

__all__ = ["cell_text", "read_spreadsheet"]

_LARGEST_FILE = 2**26
_DAY_OR_MONTH = re.compile(r"[0-9]{1,2}(?:[-/.]|\. )[0-9]{1,2}(?:[-/.]|\. )[0-9]")
_DATE = re.compile(r"[0-9]{4}-")  # as `cell_text` writes it
_LOCKED = ("EncryptedPackage", "StrongEncryptionDataSpace")


def cell_text(value: Any) -> str:
    """Return the value of a cell as text.

    Example:
        >>> cell_text(3.0), cell_text(0.1), cell_text(datetime.date(2024, 3, 1)), cell_text(None)
        ('3', '0.1', '2024-03-01', '')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime.timedelta):
        hours, rest = divmod(value.total_seconds(), 3600)
        return f"{hours:02.0f}:{rest // 60:02.0f}:{rest % 60:09.6f}"
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)


class _Workbook(NamedTuple):
    """The sheets of a spreadsheet.

    Attributes:
        names: Names of the sheets.
        values: Function that returns the index of the first row of a sheet, and the values of its rows.
        hidden: Names of hidden sheets.
        has_hidden_cells: Whether a sheet has hidden rows or columns; not known of ``.xls``.
    """

    names: list[str]
    values: Callable[[str], tuple[int, list[list[Any]]]]
    hidden: frozenset[str]
    has_hidden_cells: bool = False


def _workbook(source: str, file: BinaryIO) -> _Workbook:
    content = file.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise InputError(f"{source}: a spreadsheet of more than {_LARGEST_FILE // 2**20} MiB; save the sheet as CSV")
    if any(mark.encode("utf-16-le") in content for mark in _LOCKED):
        raise InputError(f"{source}: the spreadsheet is locked by a password; save it without one")
    try:
        if not content.startswith(b"PK"):
            return _excel_97(content)
        checked, has_hidden = checked_archive(source, content)
        from python_calamine import SheetVisibleEnum, load_workbook

        book = load_workbook(io.BytesIO(checked))
    except InputError:
        raise
    except Exception as error:  # xlrd raises whatever a damaged file leads to
        raise _damaged(source, error) from None

    def values(name: str) -> tuple[int, list[list[Any]]]:
        sheet = book.get_sheet_by_name(name)
        return (0 if sheet.start is None else sheet.start[0]), sheet.to_python(skip_empty_area=True)

    hidden = (sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible)
    return _Workbook(book.sheet_names, values, frozenset(hidden), has_hidden)


def _excel_97(content: bytes) -> _Workbook:
    """Return the sheets of an .xls workbook, read with xlrd: calamine allocates 100 GB for a damaged one."""
    import xlrd

    book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO(), on_demand=True, ragged_rows=True)

    def value(cell: Any) -> Any:
        if cell.ctype == xlrd.XL_CELL_DATE:
            moment = xlrd.xldate.xldate_as_datetime(cell.value, book.datemode)
            return moment.time() if cell.value < 1 else moment if cell.value % 1 else moment.date()
        return xlrd.error_text_from_code[cell.value] if cell.ctype == xlrd.XL_CELL_ERROR else cell.value

    def values(name: str) -> tuple[int, list[list[Any]]]:
        sheet = book.sheet_by_name(name)
        return 0, [[*map(value, row), *[None] * (sheet.ncols - len(row))] for row in sheet.get_rows()]

    shown = zip(book.sheet_names(), book._sheet_visibility, strict=True)
    return _Workbook(book.sheet_names(), values, frozenset(name for name, state in shown if state))


def _damaged(source: str, error: Exception) -> InputError:
    reason = one_line(str(error)) or type(error).__name__
    return InputError(f"{source}: a damaged spreadsheet, or of an unknown kind ({reason}); save it as .xlsx or CSV")


def read_spreadsheet(source: str, file: BinaryIO, options: ReadOptions) -> PartialTable:
    """Return the table of the first sheet that holds points, or of the sheet that the user names.

    Args:
        source: Name of the file in messages.
        file: Binary file, open for reading.
        options: The user's options.

    Raises:
        InputError: No sheet holds a table, or the file is damaged.
    """
    workbook = _workbook(source, file)
    names = workbook.names
    shown_first = sorted(names, key=lambda name: name in workbook.hidden)
    wanted = shown_first if options.sheet is None else [_sheet(source, options.sheet, names)]
    first: NoTable | None = None
    for name in wanted:
        where = source if len(names) == 1 else f"{source}, sheet {printable(name)!r}"
        try:
            rows, dated = _rows(where, workbook, name)
            table = table_of_rows(where, "row", rows, "\0", options)
            table.check_points()
            _check_dates(table, dated)
            table.sheets, table.sheet = tuple(names), name
            hidden = "hidden " if name in workbook.hidden else ""
            table.remarks += [f"{hidden}sheet {printable(name)}"] if hidden or len(names) > 1 else []
            table.remarks += ["hidden rows and columns are read"] if workbook.has_hidden_cells else []
            return table
        except NoTable as error:
            first = first or error
    raise first or InputError(f"{source}: the spreadsheet has no sheet")


def _sheet(source: str, wanted: str, names: list[str]) -> str:
    matches = [name for name in names if name == wanted] or [
        name for name in names if name.casefold() == wanted.casefold()
    ]
    if matches:
        return matches[0]
    if wanted.isdecimal() and len(wanted) < 6 and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    raise InputError(
        f"{source}: --sheet {printable(wanted)!r} is not a sheet: there are 1 to {len(names)} "
        f"({', '.join(printable(name) for name in names[:20])})"
    )


def _check_dates(table: PartialTable, dated: set[int]) -> None:
    """Raise InputError if x has dates and texts such as 13/04/2024.

    The program that wrote them may have read 12/04/2024 as a day in December, and 13/04/2024 as no date.
    """
    layout = table.inferred.layout
    x = layout.choice.x
    if x is None or x.index not in dated:
        return
    cells = [(row, row.cells[x.index]) for row in table.inferred.rows if x.index < len(row.cells)]
    if not any(_DATE.match(cell) for _row, cell in cells):
        return
    for row, cell in cells:
        if _DAY_OR_MONTH.match(cell) and parse_moment(clean(cell)) is not None:
            raise InputError(
                f"{layout.location(row.number, x)}: {label(cell)} is text, other cells are dates, whose day and month "
                "may have changed places; write all cells as dates"
            )


def _rows(source: str, workbook: _Workbook, name: str) -> tuple[list[Row], set[int]]:
    """Return the rows of a sheet as text, and the columns in which a cell holds a date."""
    try:
        first, values = workbook.values(name)
    except Exception as error:  # see `_workbook`
        reason = one_line(str(error)) or type(error).__name__
        advice = "save it as .xlsx or CSV"
        raise NoTable(f"{source}: there is no table that can be read in it ({reason}); {advice}") from None
    rows = []
    dated = set[int]()
    blank = False
    characters = 0
    for number, row in enumerate(values, start=first + 1):
        cells = [cell_text(value).strip() for value in row]
        dated.update(column for column, value in enumerate(row) if isinstance(value, datetime.date))
        characters += sum(map(len, cells))
        if characters > MAX_TEXT:  # the cells of an .xls may all refer to one text
            raise too_much_text(source)
        cells = cells if any(cells) else []
        rows.append(Row(number, cells, kinds_of(cells), after_blank=blank))
        blank = not cells
    return rows, dated
