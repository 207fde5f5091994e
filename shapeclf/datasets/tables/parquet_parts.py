"""Read the points of Parquet files in parts: one row per point, or one row per sequence with lists of x and y."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np

from shapeclf.datasets.tables.parquet import (
    PER_SECOND,
    ParquetTable,
    column_as_floats,
    damage_reported,
    is_number_list,
)
from shapeclf.datasets.tables.partial_table import PartialTable, table_of_rows
from shapeclf.datasets.tables.points import Points
from shapeclf.datasets.tables.regions import Row, kinds_of
from shapeclf.datasets.tables.runs import GroupStarts
from shapeclf.datasets.tables.spreadsheets import cell_text
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import BadLine, InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from shapeclf.datasets._types import FloatArray, IntArray
    from shapeclf.datasets.tables.columns import Column

__all__ = ["parquet_parts"]

_FLAT_ROWS = 2**8
_YEARS = np.array(["0001-01-01", "10000-01-01"], "M8[D]").astype(np.int64)  # the dates that Python can represent


def parquet_parts(source: str, file: BinaryIO, options: ReadOptions) -> Iterator[PartialTable]:
    """Read the points of a Parquet file, and yield the table after each batch.

    Args:
        source: Name of the file in messages.
        file: Binary file, open for reading.
        options: The user's options.

    Raises:
        InputError: The file is damaged, or holds no points.
    """
    if options.wide and not _has_lists(source, file):
        yield from _flat_parts(source, file, options)
        return
    opened = ParquetTable.open(source, file, options)
    table = PartialTable(opened.inferred, Points(opened.inferred.layout), options)
    total = max(1, opened.file.metadata.num_rows)
    yield table
    with damage_reported(source):
        for first, batch in opened.batches():
            if options.wide:
                _add_lists(opened, table.points, first, batch)
            else:
                choice = opened.inferred.layout.choice
                starts = None if choice.group is None else opened.group_starts(first, batch.pop())
                columns = zip(batch, opened.read_columns, strict=False)
                arrays = [_values(table.points, first, *each) for each in columns]
                if choice.clock is not None:
                    arrays[0] = arrays[0] * 86_400 + arrays.pop()
                table.points.add_arrays(arrays, starts)
            table.share = min(1.0, (first + len(batch[0]) - 1) / total)
            yield table


def _has_lists(source: str, file: BinaryIO) -> bool:
    from pyarrow.parquet import read_schema

    with damage_reported(source):
        return any(is_number_list(field.type) for field in read_schema(file))


def _flat_parts(source: str, file: BinaryIO, options: ReadOptions) -> Iterator[PartialTable]:
    """Read a Parquet file whose columns are called x1, y1, x2, y2, and so on, as rows of cells."""
    from pyarrow.parquet import ParquetFile

    table: PartialTable | None = None
    with damage_reported(source):
        opened = ParquetFile(file, pre_buffer=False)
        names = [str(name) for name in opened.schema_arrow.names]
        first = 1
        for batch in opened.iter_batches(_FLAT_ROWS, use_threads=False):
            columns = [map(cell_text, _cells(batch.column(index))) for index in range(len(names))]
            rows = [
                Row(number, list(cells), kinds_of(cells))
                for number, cells in enumerate(zip(*columns, strict=True), start=first)
            ]
            first += len(rows)
            if table is None:
                table = table_of_rows(source, "row", [Row(0, names, kinds_of(names)), *rows], "\0", options)
            elif table.wide is not None:
                table.wide.add(table.points, rows)
            yield table
    if table is None:
        raise InputError(f"{source}: it has no points")


def _cells(values: pa.Array[Any]) -> list[Any]:
    """Return the values of a column, or their texts if one is a date or time that Python cannot represent."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return values.to_pylist()
    except (OverflowError, ValueError):  # a year after 9999, nanoseconds
        if pa.types.is_duration(values.type):
            options = pc.CastOptions(pa.duration("us"), allow_time_truncate=True)
            converted: pa.Array[Any] = pc.call_function("cast", [values], options)
        else:
            converted = pc.cast(values, pa.string())
        return converted.to_pylist()


def _values(points: Points, first: int, values: pa.Array[Any], column: Column) -> FloatArray:
    """Return the numbers of a column, or its dates as seconds or days since 1970; NaN for a missing value.

    Raises:
        BadLine: A value is infinite or outside the years 1 to 9999, or is missing while missing values are refused.
    """
    numbers = _times(values) if column.is_time and column.kind != "clock" else column_as_floats(values)
    row = _bad_value(points, numbers)
    if row is not None:
        raise _no_number(points.layout.location(first + row, column), values[row])
    return numbers


def _times(values: pa.Array[Any]) -> FloatArray:
    """Return dates as days and timestamps as seconds since 1970; infinite outside the years 1 to 9999."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_date(values.type):
        numbers = column_as_floats(pc.cast(values, pa.date32(), safe=False).cast(pa.int32()))
        low, high = _YEARS
    else:
        if values.type.unit == "ns":  # which double precision cannot represent
            values = pc.cast(values, pa.timestamp("us", values.type.tz), safe=False)
        numbers = column_as_floats(values.cast(pa.int64())) / PER_SECOND[values.type.unit]
        low, high = 86_400 * _YEARS
    return np.where((numbers < low) | (numbers >= high), np.inf, numbers)


def _bad_value(points: Points, numbers: FloatArray) -> int | None:
    """Return the index of the first value that is infinite, or missing if that is refused; None if all are good."""
    bad = np.isinf(numbers)
    if points.layout.options.missing == "refuse":
        bad |= np.isnan(numbers)
    return int(bad.argmax()) if bad.any() and not points.layout.options.skip_bad else None


def _no_number(where: str, value: pa.Scalar[Any]) -> BadLine:
    import pyarrow as pa

    if value.is_valid and pa.types.is_temporal(value.type):
        (time,) = pa.array([value]).to_numpy(zero_copy_only=False)  # Python's dates end in the year 9999
        return BadLine(f"{where}: '{time}' is not in the years 1 to 9999; --skip-bad leaves such rows out")
    if not value.is_valid or str(value) == "nan":
        return BadLine(f"{where}: there is no value; --missing skip leaves such rows out")
    return BadLine(f"{where}: '{value}' is not finite; --skip-bad leaves such rows out")


def _add_lists(table: ParquetTable, points: Points, first: int, batch: list[pa.Array[Any]]) -> None:
    """Add the points of rows that hold lists."""
    choice = table.inferred.layout.choice
    rows = np.arange(len(batch[0]))
    if choice.group is None:
        starts = GroupStarts([*(first + rows).tolist()], rows, first + rows)
    else:
        starts = table.group_starts(first, batch.pop(), each_row=True)
    lengths = _lengths(table, points, first, batch)
    columns = []
    for values, column in zip(batch, table.read_columns, strict=False):
        flat = cast("pa.ListArray[Any]", values).flatten()
        numbers = column_as_floats(flat)
        at = _bad_value(points, numbers)
        if at is not None:
            row = int(np.searchsorted(np.cumsum(lengths), at, side="right"))
            where = table.inferred.layout.location(first + row, column)
            raise _no_number(f"{where}, point {at - lengths[:row].sum() + 1}", flat[at])
        columns.append(numbers)
    points.add_arrays(columns, starts._replace(starts=np.cumsum(lengths) - lengths))


def _lengths(table: ParquetTable, points: Points, first: int, batch: list[pa.Array[Any]]) -> IntArray:
    """Return the number of points of each row, shape (rows,).

    Raises:
        BadLine: The lists of a row have different lengths.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    counts_by_column: IntArray = np.array(
        [pc.fill_null(pc.list_value_length(lists), pa.scalar(0)) for lists in batch], dtype=np.int64
    )  # (columns, rows)
    bad = np.flatnonzero((counts_by_column != counts_by_column[0]).any(axis=0))
    if len(bad):
        counts = zip(table.read_columns, counts_by_column[:, bad[0]].tolist(), strict=False)
        shown = ", ".join(f"{column.shown} has {count} values" for column, count in counts)
        raise BadLine(f"{table.source}, row {first + bad[0]}: {shown}")
    lengths: IntArray = counts_by_column[0]
    return lengths
