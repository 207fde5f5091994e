"""Parquet with one row a sequence: a list of x and a list of y."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np

from shapeclf.datasets.tables.group_column import check_group, group_names
from shapeclf.datasets.tables.parquet import ParquetTable, damage_told, is_number, numbers_of
from shapeclf.datasets.tables.runs import GroupName, Runs
from shapeclf.datasets.tables.sources import Progress
from shapeclf.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from shapeclf.datasets._types import FloatArray, IntArray

__all__ = ["POINTS_AT_ONCE", "wide_parquet_runs"]

POINTS_AT_ONCE = 2**16


def wide_parquet_runs(
    source: str,
    file: BinaryIO,
    progress: Progress,
    *,
    group: str | None,
    x: str | None,
    y: str | None,
    points: int = POINTS_AT_ONCE,
) -> Iterator[Runs]:
    """The sequences of a Parquet file, batch by batch: each row is one run.

    Args:
        source: what the file is called in messages.
        file: where from.
        progress: counts the rows.
        group: name or number (from 1) of the column of the group; without it the number of the row.
        x: likewise of the lists of x; see `find_columns` for what it is by default.
        y: likewise of the lists of y.
        points: how many are read at once, about.

    Raises:
        InputError: the file is no Parquet, there is no such column, or a row holds no sequence.
    """
    table = ParquetTable.open(source, file, x=x, y=y, group=group)
    check_group(table)
    for column in (table.columns.x, table.columns.y):
        if not _is_list_of_numbers(table.kind(column)):
            raise table.refuse(column, "lists of numbers")
    with damage_told(source):
        for first, (xs, ys, *groups) in table.batches(table.rows_of(8 * points, points), progress):
            lengths = _lengths(table, first, xs, ys)
            places = first + np.arange(len(lengths))
            names: list[GroupName] = group_names(table, places, groups[0]) if groups else list(places.tolist())
            yield Runs(names, places, lengths, _points(table, first, xs, ys, lengths), table.unsigned_groups)


def _is_list_of_numbers(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return isinstance(kind, pa.ListType | pa.LargeListType | pa.FixedSizeListType) and is_number(kind.value_type)


def _lengths(table: ParquetTable, first: int, xs: pa.Array[Any], ys: pa.Array[Any]) -> IntArray:
    """The points of each row, shape (rows,)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    both: IntArray = np.array(
        [pc.fill_null(pc.list_value_length(lists), pa.scalar(-1)) for lists in (xs, ys)], dtype=np.int64
    )  # (2, rows)
    bad = np.flatnonzero((both[0] != both[1]) | (both[0] < 1))
    if not len(bad):
        lengths: IntArray = both[0]
        return lengths
    row = bad[0]
    columns = [table.column(column) for column in (table.columns.x, table.columns.y)]
    where = f"{table.source}, row {first + row}"
    for column, length in zip(columns, both[:, row], strict=True):
        if length < 1:
            raise InputError(f"{where}, {column}: there is no {'list' if length < 0 else 'point in it'}")
    raise InputError(f"{where}: {columns[0]} has {both[0, row]} values, {columns[1]} has {both[1, row]}")


def _points(table: ParquetTable, first: int, xs: pa.Array[Any], ys: pa.Array[Any], lengths: IntArray) -> FloatArray:
    """All points of a batch, shape (points, 2)."""
    flat = [cast("pa.ListArray[Any]", lists).flatten() for lists in (xs, ys)]
    points = np.column_stack([numbers_of(values) for values in flat])
    if not np.isfinite(points).all():
        at, axis = np.argwhere(~np.isfinite(points))[0]
        row = int(np.searchsorted(np.cumsum(lengths), at, side="right"))
        place = f"row {first + row}, point {at - lengths[:row].sum() + 1}"
        raise table.no_number(int(axis), flat[axis][int(at)], place)
    return points
