"""Profile the columns of a table: find out what each holds."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from shapeclf.datasets.tables.columns import Column
from shapeclf.datasets.tables.headers import Header, is_counted
from shapeclf.datasets.tables.numbers import ParsedNumber, clean, parse_number
from shapeclf.datasets.tables.regions import Row
from shapeclf.datasets.tables.times import parse_moment
from shapeclf.datasets.tables.units import KNOWN_UNITS

__all__ = ["profile"]

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_QUANTITY = re.compile(
    r"\([0-9]\)|[+-]?[0-9.,]+[kKMGTmunp\u00b5\u03bc]|[0-9]{1,2} ?[ap]\.?m\.?"  # (3), 2.2k, 9 am
    r"|[~<>\u2248\u2264\u2265] ?[0-9.,]+|(?:year|month|week|day|hour|minute) ?[0-9.,]+"
    rf"|[0-9]{{1,2}}[. -]+{_MONTH}|{_MONTH}[ -]?[0-9]{{1,4}}"  # 28 Feb, Feb 2024
    r"|P[0-9.,YMWDTHS]*[0-9][YMWDHS]|(?:CHF|EUR|USD|GBP) ?[+-]?[0-9].*",  # PT1M30S, CHF 1'200.-
    re.IGNORECASE,
)
_WITH_UNIT = re.compile(r"[0-9.,]+\s*([^\W\d_]+)[\s,]*")
_BEGINS_LIKE_NUMBER = re.compile(r"[^\w]{0,2}[0-9]")
_SPARSE = 8  # a column with values in fewer than one row in eight is not considered for x or y


def profile(rows: Sequence[Row], header: Header, width: int, group: int | None = None) -> list[Column]:
    """Return what each column of a table holds.

    Args:
        rows: The rows of values.
        header: Names and units of the columns.
        width: Number of columns.
        group: Index of the column that names the groups; None if there is none.
    """
    return [_column(rows, header, index, group) for index in range(width)]


def _column(rows: Sequence[Row], header: Header, index: int, group: int | None) -> Column:
    name, unit, full = header.of_column(index)
    text = Column(index, name, unit, full, "text")
    if index == group:
        return text
    cell_kinds = [(row.cells[index], row.kinds[index]) for row in rows if index < len(row.cells)]
    counts = Counter(kind for _, kind in cell_kinds)
    values = counts["n"] + counts["t"]
    sparse = values * _SPARSE < len(rows)
    row_names = header.has_row_names and index == 0
    if not values and not counts["w"]:
        return replace(text, kind="empty")
    if counts["w"] > values:
        unreadable = _unreadable_number([cell for cell, kind in cell_kinds if kind == "w"])
        return replace(text, is_row_names=row_names, unreadable_number=unreadable)
    if counts["t"] > counts["n"]:
        return replace(text, kind=_time_kind(cell_kinds), is_sparse=sparse, is_row_names=row_names)
    cells = [clean(cell) for cell, kind in cell_kinds if kind == "n"]
    numbers = [number for cell in cells if (number := parse_number(cell)) is not None]
    units = {number.unit for number in numbers}
    if len(units) > 1 and not units - {None} <= KNOWN_UNITS:
        return replace(text, unreadable_number=_unreadable_number(cells))  # "1 Ceres", "2 Pallas"
    is_whole = all(cell.isdecimal() for cell in cells)
    groups = (
        None if group is None else row.cells[group : group + 1] for row in rows if row.kinds[index : index + 1] == "n"
    )
    return replace(
        text,
        kind="number",
        unit=next((number.unit for number in numbers if number.unit is not None), unit),
        counting="consecutive" if len(cells) > 1 and _is_counted(rows, index, group) else "whole" if is_whole else "no",
        is_sparse=sparse,
        is_negative=any(cell.startswith("-") for cell in cells),
        is_ascending=len(cells) > 1 and _is_ascending(numbers, groups),
        whole_range=(min(map(float, cells)), max(map(float, cells))) if is_whole and cells else None,
        has_errors=any(number.error is not None or number.digits is not None for number in numbers),
        is_row_names=row_names,
        has_units=units != {None},
    )


def _unreadable_number(cells: Sequence[str]) -> str | None:
    """Return the first cell if all cells hold quantities that cannot be read as numbers."""
    return cells[0] if all(map(_is_quantity, cells)) else None


def _is_quantity(cell: str) -> bool:
    """Return whether a cell begins like a number and is mostly digits, or is a quantity with units or a date.

    Example:
        >>> [_is_quantity(cell) for cell in ("1/3", "2.2k", "1 min 30 s", "28 Feb", "1 Ceres", "4 a 2 b")]
        [True, True, True, True, False, False]
    """
    figures = sum(character in "0123456789.," for character in cell)
    if _BEGINS_LIKE_NUMBER.match(cell) and figures * 2 > len(cell.replace(" ", "")):
        return True
    units = _WITH_UNIT.findall(cell)
    return _QUANTITY.fullmatch(cell) is not None or (
        len(units) > 1 and set(units) <= KNOWN_UNITS and not _WITH_UNIT.sub("", cell)
    )


def _is_counted(rows: Sequence[Row], index: int, group: int | None) -> bool:
    """Return whether the numbers of a column are consecutive, within each group if there are groups."""
    numbers = [row for row in rows if row.kinds[index : index + 1] == "n"]
    if group is None:
        return is_counted([clean(row.cells[index]) for row in numbers])
    runs = itertools.groupby(numbers, key=lambda row: row.cells[group : group + 1])
    return all(is_counted([clean(row.cells[index]) for row in run]) for _, run in runs)


def _is_ascending(numbers: Sequence[ParsedNumber], groups: Iterable[object]) -> bool:
    """Return whether each number is larger than the one before it, if both are of one group.

    A number is read as if its point or comma were the decimal mark, which is not known yet.
    """
    values = (float(number.value.replace(",", ".")) for number in numbers)
    try:
        pairs = itertools.pairwise(zip(values, groups, strict=False))
        return all(first < second or group != following for (first, group), (second, following) in pairs)
    except ValueError:  # 1.234.567
        return False


def _time_kind(cell_kinds: Sequence[tuple[str, str]]) -> Literal["clock", "date", "datetime"]:
    """Return what a column of times holds: times of day, dates, or both (``"datetime"``)."""
    moments = [parse_moment(clean(cell)) for cell, kind in cell_kinds if kind == "t"]
    if all(moment is not None and moment.date is None for moment in moments):
        return "clock"
    return "date" if all(moment is not None and moment.seconds is None for moment in moments) else "datetime"
