"""Parquet files of points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import numpy as np

from shapeclf._text import printable
from shapeclf.datasets.tables.choosing import Column
from shapeclf.datasets.tables.parquet import damage_told, is_number, numbers_of
from shapeclf.datasets.tables.points import Points, TableLayout
from shapeclf.datasets.tables.settling import Settled, choice_of, table_of_points
from shapeclf.datasets.tables.table import ReadOptions, Table
from shapeclf.datasets.tables.units import name_and_unit
from shapeclf.errors import BadLine, InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from shapeclf.datasets._types import FloatArray

__all__ = ["read_parquet"]

_ROWS = 2**16
_BUFFER_BYTES = 2**18
_LARGE_FILE = 2**25


def read_parquet(source: str, file: BinaryIO, options: ReadOptions) -> Table:
    """Read the points of a Parquet file.

    Args:
        source: what the file is called in messages.
        file: open for reading.
        options: what the user says.

    Raises:
        InputError: it is damaged, or holds no points.
    """
    from pyarrow.parquet import ParquetFile

    with damage_told(source):
        # Without a buffer a row group is read at once; with one, Arrow believes a damaged file's sizes.
        large = file.seek(0, 2) > _LARGE_FILE
        opened = ParquetFile(file, pre_buffer=False, buffer_size=_BUFFER_BYTES if large else 0)
        schema = opened.schema_arrow
        first = next(opened.iter_batches(_ROWS, use_threads=False), None)
    if first is None or not first.num_rows:
        raise InputError(f"{source}: there is no point in it")
    names = [str(name) for name in schema.names]
    columns = [
        _column(index, names[index], schema.field(index).type, first.column(index)) for index in range(len(names))
    ]
    choice = choice_of(source, columns, options)
    wanted = [column for column in (choice.x, choice.y, choice.y_error) if column is not None]
    for column in wanted:
        if column.kind == "text":
            held = schema.field(column.index).type
            raise InputError(f"{source}: column {column.index + 1} ({column.shown}) holds {held}, not numbers")
        if names.count(names[column.index]) > 1:
            raise InputError(f"{source}: several columns are called {printable(names[column.index])!r}; rename them")
    layout = TableLayout(source, "row", "\0", ".", len(columns), True, choice, options.missing, options.skip_bad)
    points = Points(layout)
    number = 1
    with damage_told(source):
        for batch in opened.iter_batches(_ROWS, columns=[names[c.index] for c in wanted], use_threads=False):
            points.add_arrays([_values(points, number, batch.column(names[c.index]), c) for c in wanted])
            number += batch.num_rows
    return table_of_points(Settled(layout, tuple(columns), (), (), None, None), points, options)


def _column(index: int, name: str, kind: pa.DataType, values: pa.Array[Any]) -> Column:
    import pyarrow as pa

    bare, unit = name_and_unit(name)
    found: Literal["number", "moment", "date", "text", "empty"] = "text"
    if is_number(kind):
        found = "number"
    elif pa.types.is_timestamp(kind):
        found = "moment"
    elif pa.types.is_date(kind):
        found = "date"
    elif pa.types.is_null(kind):
        found = "empty"
    if found != "number":
        return Column(index, bare, unit, name, found)
    numbers = numbers_of(values)
    whole = bool((numbers == np.rint(numbers)).all())
    steps = whole and bool((np.diff(numbers) == 1).all())
    return Column(
        index,
        "" if bare == "__index_level_0__" else bare,  # as pandas calls an index without a name
        unit,
        name,
        "number",
        "steps" if steps else "whole" if whole else "no",
        bool(np.isfinite(numbers).sum() * 8 < len(numbers)),
        bool((numbers < 0).any()),
    )


def _values(points: Points, first: int, values: pa.Array[Any], column: Column) -> FloatArray:
    """The numbers of a column, dates as seconds or days since 1970; NaN where there is no value.

    Raises:
        BadLine: a value is infinite, or missing where that is refused.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.is_time:
        kind = pa.date32() if column.kind == "date" else pa.timestamp("us", values.type.tz)
        whole = pc.cast(values, kind, safe=False).cast(pa.int32() if column.kind == "date" else pa.int64())
        numbers: FloatArray = pc.cast(whole, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return numbers if column.kind == "date" else numbers / 1e6
    numbers = numbers_of(values)
    bad = np.isinf(numbers)
    if points.layout.missing == "refuse":
        bad |= np.isnan(numbers)
    if bad.any() and not points.layout.skip_bad:
        row = int(bad.argmax())
        what = (
            "there is no value"
            if np.isnan(numbers[row])
            else f"'{values[row]}' is not finite; --skip-bad leaves such rows out"
        )
        raise BadLine(f"{points.layout.place(first + row, column)}: {what}")
    return numbers
