"""Open Parquet files, choose their columns, and read their batches in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, final

import numpy as np

from shapeclf._text import printable
from shapeclf.datasets.tables.columns import Column, named_column
from shapeclf.datasets.tables.group_column import can_name_groups, changes_of, group_names
from shapeclf.datasets.tables.inference import InferredTable, choice_of
from shapeclf.datasets.tables.layout import TableLayout
from shapeclf.datasets.tables.numbers import clean, parse_number
from shapeclf.datasets.tables.regions import Region
from shapeclf.datasets.tables.runs import GroupStarts
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.datasets.tables.units import name_and_unit
from shapeclf.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    from shapeclf.datasets._types import FloatArray

__all__ = ["PER_SECOND", "ParquetTable", "column_as_floats", "damage_reported", "is_number", "is_number_list"]

PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
"""Units of a time in a second, by the name of the unit."""

# Without a buffer, Arrow reads a whole column chunk at once, and that may be as large as the file. With a buffer, it
# trusts the sizes that a damaged file gives, up to 2 GiB. So only large files are read with a buffer.
_BUFFER_BYTES = 2**18
_LARGE_FILE = 2**25
_TEXTS = 8  # cells of a column of text that are compared with numbers
_DELTA_ROWS = 2**8  # rows at once in the encoding DELTA_BYTE_ARRAY, where a byte may stand for a long name
_ROWS_AT_ONCE = 2**16
_BYTES_AT_ONCE = 2**24
_LIST_BYTES = 2**19  # of lists at once; each row is a sequence


@contextmanager
def damage_reported(source: str) -> Iterator[None]:
    """Convert the errors that Arrow raises for a file to one line.

    Raises:
        InputError: The file is not Parquet, or is damaged.
    """
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno is not None):
            raise  # an error of the system, not of the file
        reason = printable((str(error).splitlines() or [type(error).__name__])[0])
        raise InputError(f"{source}: not a Parquet file, or a damaged one ({reason})") from None


@final
@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file of points, and the columns that are read.

    Attributes:
        source: Name of the file in messages.
        file: The open file.
        inferred: Layout of the rows and the columns.
    """

    source: str
    file: ParquetFile
    inferred: InferredTable

    @classmethod
    def open(cls, source: str, file: BinaryIO, options: ReadOptions) -> ParquetTable:
        """Open the table in a binary file, and choose the columns that are read.

        Raises:
            InputError: The file is not Parquet, has no such column, or holds no points.
        """
        from pyarrow.parquet import ParquetFile

        with damage_reported(source):
            buffer_size = _BUFFER_BYTES if file.seek(0, os.SEEK_END) > _LARGE_FILE else 0
            opened = ParquetFile(file, pre_buffer=False, buffer_size=buffer_size)
            names = [str(name) for name in opened.schema_arrow.names]
            types = [opened.schema_arrow.field(index).type for index in range(len(names))]
            if not opened.metadata.num_rows:
                raise InputError(f"{source}: it has no points")
            labels = [Column(index, *name_and_unit(name), name, "text") for index, name in enumerate(names)]
            group = named_column(source, "--group", options.group, labels)
            if group is not None and not can_name_groups(types[group.index]):
                raise _wrong_type(source, group, types[group.index], "names or numbers of groups")
            dictionary = [] if group is None or not _is_text(types[group.index]) else [names[group.index]]
            if dictionary and not _has_deltas(opened, dictionary[0]):
                # A few bytes of a file can repeat a long name a million times. A dictionary holds the name once.
                opened = ParquetFile(file, pre_buffer=False, buffer_size=buffer_size, read_dictionary=dictionary)
            columns = _columns(opened, names, types, group, options)
        choice = choice_of(source, columns, options)
        layout = TableLayout(source, "row", "\0", ".", len(columns), True, choice, options)
        table = cls(source, opened, InferredTable(layout, tuple(columns), (), Region(0, 0, len(columns), ())))
        for column in table.read_columns:
            if column is not choice.group and column.kind == "text":
                needed = "lists of numbers" if options.wide else "numbers"
                raise _wrong_type(source, column, types[column.index], needed)
            if names.count(names[column.index]) > 1:
                raise InputError(
                    f"{source}: several columns are called {printable(names[column.index])!r}; rename them"
                )
        return table

    @cached_property
    def read_columns(self) -> list[Column]:
        """The columns of x, y, y_error, the time of day and the group, without those that do not exist."""
        choice = self.inferred.layout.choice
        columns = (choice.x, choice.y, choice.y_error, choice.clock, choice.group)
        return [column for column in columns if column is not None]

    def batches(self) -> Iterator[tuple[int, list[pa.Array[Any]]]]:
        """Yield the number of the first row of each batch, from 1, and its columns in the order of ``read_columns``.

        A damaged file raises Arrow's errors, here or when a column is used; see `damage_reported`.
        """
        first = 1
        names = [self.file.schema_arrow.names[column.index] for column in self.read_columns]
        group = self.inferred.layout.choice.group
        size = _LIST_BYTES if self.inferred.layout.options.wide else _BYTES_AT_ONCE
        rows = _rows_at_once(self.file, None if group is None else names[-1], size)
        # Decoding is cheaper than distributing it over threads, and the other cores run the network.
        for batch in self.file.iter_batches(rows, columns=names, use_threads=False):
            if batch.num_rows:
                yield first, [batch.column(name) for name in names]
            first += batch.num_rows

    def group_starts(self, first: int, groups: pa.Array[Any], *, each_row: bool = False) -> GroupStarts:
        """Return the rows at which groups begin in a batch.

        Args:
            first: Number of the first row of the batch.
            groups: Group of each row.
            each_row: Whether each row is a group of its own.
        """
        import pyarrow as pa

        starts, heads = (np.arange(len(groups)), groups) if each_row else changes_of(groups)
        names = group_names(self.inferred.layout, first + starts, heads)
        kind = groups.type.value_type if isinstance(groups.type, pa.DictionaryType) else groups.type
        return GroupStarts(names, starts, first + starts, pa.types.is_unsigned_integer(kind))


def _wrong_type(source: str, column: Column, kind: pa.DataType, needed: str) -> InputError:
    import pyarrow as pa

    held = kind.value_type if isinstance(kind, pa.DictionaryType) else kind
    return InputError(f"{source}: column {column.index + 1} ({column.shown}) holds {held}, not {needed}")


def _columns(
    file: ParquetFile, names: Sequence[str], types: Sequence[pa.DataType], group: Column | None, options: ReadOptions
) -> list[Column]:
    """Return what each column holds, by its type and the first rows."""
    import pyarrow as pa

    wanted = [name for name, kind in zip(names, types, strict=True) if is_number(kind) and names.count(name) == 1]
    of_group = [] if group is None or options.wide else [names[group.index]]
    rows = _rows_at_once(file, of_group[0] if of_group else None)
    batches = file.iter_batches(rows, columns=list({*wanted, *of_group}), use_threads=False)
    batch = None if options.wide else next(batches, None)
    restarts = changes_of(batch.column(of_group[0]))[0] if of_group and batch is not None and batch.num_rows else None
    columns = []
    for index, (name, kind) in enumerate(zip(names, types, strict=True)):
        bare, unit = name_and_unit(name)
        held = "text" if group is not None and index == group.index else _kind_of(kind, wide=options.wide)
        unit = "s" if pa.types.is_duration(kind) else unit
        column = Column(index, "" if bare == "__index_level_0__" else bare, unit, name, held)  # unnamed, in pandas
        if held == "number" and name in wanted and batch is not None:
            column = _profiled(column, column_as_floats(batch.column(name)), restarts)
        columns.append(column)
    if sum(column.kind == "number" or column.is_time for column in columns) == 1:  # it would be y, without x
        for index, (name, kind) in enumerate(zip(names, types, strict=True)):
            if _is_text(kind) and names.count(name) == 1 and (group is None or index != group.index):
                columns[index] = replace(columns[index], unreadable_number=_number_as_text(file, name))
    return columns


def _kind_of(kind: pa.DataType, *, wide: bool) -> Literal["number", "datetime", "date", "clock", "text", "empty"]:
    import pyarrow as pa

    if wide:
        return "number" if is_number_list(kind) else "text"
    if is_number(kind):
        return "number"
    if pa.types.is_timestamp(kind):
        return "datetime"
    if pa.types.is_date(kind):
        return "date"
    if pa.types.is_time(kind):
        return "clock"
    return "empty" if pa.types.is_null(kind) else "text"


def _number_as_text(file: ParquetFile, name: str) -> str | None:
    """Return the first cell of a column of text if the first cells hold numbers."""
    cells = next(file.iter_batches(_TEXTS, columns=[name], use_threads=False)).column(0).to_pylist()
    texts = [clean(cell) for cell in cells if cell is not None]
    is_number = bool(texts) and all(parse_number(text) is not None for text in texts)
    return f"{texts[0]} (text)" if is_number else None


def _profiled(column: Column, numbers: FloatArray, restarts: np.ndarray[Any, Any] | None) -> Column:
    """Profile a column of numbers by the first of them; ``restarts`` are the rows at which a group begins."""
    whole = bool((numbers == np.rint(numbers)).all())
    is_step, is_larger = numbers[1:] == numbers[:-1] + 1, numbers[1:] > numbers[:-1]
    if restarts is not None:
        is_step[restarts[1:] - 1] = is_larger[restarts[1:] - 1] = True
    return replace(
        column,
        counting="consecutive" if whole and is_step.all() else "whole" if whole else "no",
        is_sparse=bool(np.isfinite(numbers).sum() * 8 < len(numbers)),
        is_negative=bool((numbers < 0).any()),
        is_ascending=len(numbers) > 1 and bool(is_larger.all()),
        whole_range=(float(numbers.min()), float(numbers.max())) if whole and len(numbers) else None,
    )


def _rows_at_once(file: ParquetFile, group: str | None = None, size: int = _BYTES_AT_ONCE) -> int:
    """Return the number of rows of about ``size`` bytes, for the row group with the largest rows.

    The number of values would be more exact, but asking Arrow for it crashes the process if the file is damaged.
    """
    most = _DELTA_ROWS if group is not None and _has_deltas(file, group) else _ROWS_AT_ONCE
    parts = map(file.metadata.row_group, range(file.metadata.num_row_groups))
    row_bytes = max((part.total_byte_size / max(1, part.num_rows) for part in parts), default=0)
    return min(most, max(1, int(size / max(1, row_bytes))))


def _has_deltas(file: ParquetFile, name: str) -> bool:
    """Return whether texts are stored as differences, which Arrow cannot read into a dictionary."""
    return any(
        part.column(leaf).path_in_schema == name and "DELTA_BYTE_ARRAY" in part.column(leaf).encodings
        for part in map(file.metadata.row_group, range(file.metadata.num_row_groups))
        for leaf in range(part.num_columns)
    )


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    kind = kind.value_type if isinstance(kind, pa.DictionaryType) else kind
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def is_number(kind: pa.DataType) -> bool:
    """Return whether a type holds numbers, or durations, which are numbers of seconds."""
    import pyarrow as pa

    if isinstance(kind, pa.DictionaryType):
        return is_number(kind.value_type)
    is_real = pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return is_real or pa.types.is_integer(kind) or pa.types.is_duration(kind)


def is_number_list(kind: pa.DataType) -> bool:
    """Return whether a type holds lists of numbers."""
    import pyarrow as pa

    return isinstance(kind, pa.ListType | pa.LargeListType | pa.FixedSizeListType) and is_number(kind.value_type)


def column_as_floats(values: pa.Array[Any]) -> FloatArray:
    """Return the numbers of a column in double precision, durations and times in seconds; NaN where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values, pa.DictionaryArray):
        values = values.dictionary_decode()
    if pa.types.is_duration(values.type) or pa.types.is_time(values.type):
        whole = pc.cast(values, pa.int32() if pa.types.is_time32(values.type) else pa.int64())
        return column_as_floats(whole) / PER_SECOND[values.type.unit]
    numbers: FloatArray = pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers
