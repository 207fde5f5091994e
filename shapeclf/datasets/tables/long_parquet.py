"""Parquet with one row a point."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from shapeclf.datasets.tables.changes import changes_of
from shapeclf.datasets.tables.group_column import check_group, group_names
from shapeclf.datasets.tables.parquet import ParquetTable, damage_told, is_number, numbers_of
from shapeclf.datasets.tables.runs import Runs, make_runs
from shapeclf.datasets.tables.sources import Progress

if TYPE_CHECKING:
    import pyarrow as pa

    from shapeclf.datasets._types import FloatArray

__all__ = ["ROWS_AT_ONCE", "long_parquet_runs"]

ROWS_AT_ONCE = 2**16
_BYTES_AT_ONCE = 2**24


def long_parquet_runs(
    source: str,
    file: BinaryIO,
    progress: Progress,
    *,
    group: str,
    x: str | None,
    y: str | None,
    rows: int = ROWS_AT_ONCE,
) -> Iterator[Runs]:
    """The runs of a Parquet file with a column that names the group, batch by batch.

    Args:
        source: what the file is called in messages.
        file: where from.
        progress: counts the rows.
        group: name or number (from 1) of the column of the group: integers, floats, text, or what has a text
            (dates, decimals, truth values).
        x: likewise of x; see `find_columns` for what it is by default.
        y: likewise of y.
        rows: how many are read at once.

    Raises:
        InputError: the file is no Parquet, there is no such column, or a row holds no point or group.
    """
    table = ParquetTable.open(source, file, x=x, y=y, group=group)
    _check_types(table)
    with damage_told(source):
        for first, (*values, groups) in table.batches(table.rows_of(_BYTES_AT_ONCE, rows), progress):
            points = _points(table, first, values)
            places = first + np.arange(len(points))
            starts, heads = changes_of(groups)
            names = group_names(table, places[starts], heads)
            yield make_runs(names, starts, places, points, unsigned=table.unsigned_groups)


def _check_types(table: ParquetTable) -> None:
    check_group(table)
    for column in (table.columns.x, table.columns.y):
        if not is_number(table.kind(column)):
            raise table.refuse(column, "numbers")


def _points(table: ParquetTable, first: int, values: list[pa.Array[Any]]) -> FloatArray:
    """The points of a batch, shape (points, 2)."""
    points = np.column_stack([numbers_of(column) for column in values])
    if not np.isfinite(points).all():
        row, axis = np.argwhere(~np.isfinite(points))[0]
        raise table.no_number(int(axis), values[axis][int(row)], f"row {first + row}")
    return points
