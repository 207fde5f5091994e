"""Read values of x that a user gives in the units of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from shapeclf.datasets.tables.numbers import clean, parse_number, to_float
from shapeclf.datasets.tables.times import parse_moment, times_of
from shapeclf.errors import InputError

if TYPE_CHECKING:
    from shapeclf.datasets._types import FloatArray
    from shapeclf.datasets.tables.table import Table

__all__ = ["positions_in"]

_SECONDS = {"d": 86_400.0, "s": 1.0}


def positions_in(texts: Sequence[str], table: Table, option: str, date_format: str | None = None) -> FloatArray:
    """Return values of x that a user gives: numbers, with or without the unit of x, or dates if x is a date.

    Args:
        texts: The values.
        table: The table that was read. Numbers are in its unit of x and counted from its origin.
        option: Name of the option that gives the values, for messages.
        date_format: Order of day, month and year in ambiguous dates, ``"dmy"``, ``"mdy"`` or ``"ymd"``.

    Returns:
        Values of x in the units of the table, shape (values,).

    Raises:
        InputError: A text is no such value.

    Example:
        >>> from shapeclf.datasets.tables.table import Table
        >>> table = Table(np.zeros(2), np.zeros(2), x_unit="d", x_origin="2024-03-01")
        >>> positions_in(["2024-03-08", "7 d", "7"], table, "--at")
        array([7., 7., 7.])
    """
    return np.array([_position(text, table, f"{option} {text!r}", date_format) for text in texts])


def _position(text: str, table: Table, where: str, date_format: str | None) -> float:
    cell = clean(text)
    origin = None if table.x_origin is None else parse_moment(table.x_origin)
    moment = None if origin is None else parse_moment(cell)
    if moment is not None and origin is not None and bool(moment.date) == bool(origin.date):
        times = times_of([moment], where, text, order=date_format, origin=table.x_origin)
        return float(times.values[0]) * _SECONDS[times.unit] / _SECONDS[table.x_unit or times.unit]
    found = parse_number(cell)
    value = None if found is None or found.error is not None else to_float(found.value, ".")
    if found is None or value is None or not np.isfinite(value):
        kinds = "a finite number" if table.x_origin is None else f"a date or time like {table.x_origin}, or a number"
        raise InputError(f"{where} is not {kinds}")
    if found.unit is not None and found.unit != table.x_unit:
        unit = "has no known unit" if table.x_unit is None else f"is in {table.x_unit}"
        raise InputError(f"{where}: x {unit}; give a number without {found.unit}")
    return value
