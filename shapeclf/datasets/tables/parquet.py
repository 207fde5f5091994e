"""Parquet files: opened, their columns found, their batches read one after the other in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, final

from shapeclf._text import printable
from shapeclf.datasets.tables.columns import Columns, find_columns, need_columns
from shapeclf.datasets.tables.sources import Progress
from shapeclf.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    from shapeclf.datasets._types import FloatArray

__all__ = ["ParquetTable", "damage_told", "is_number", "numbers_of"]

# Without a buffer a column's part in a row group is read at once, and a row group may be the whole file. With one,
# Arrow believes what a damaged file says of its sizes, up to 2 GiB. So: a buffer where much memory would be needed.
_BUFFER_BYTES = 2**18
_LARGE_FILE = 2**25
_DELTA_ROWS = 2**8  # a name may have a megabyte there, and the next take a byte


@contextmanager
def damage_told(source: str) -> Iterator[None]:
    """Turns the errors that Arrow raises of a file into one line.

    Raises:
        InputError: the file is no Parquet, or damaged.
    """
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the system's, not the file's
        reason = printable((str(error).splitlines() or [type(error).__name__])[0])
        raise InputError(f"{source}: not a Parquet file, or a damaged one ({reason})") from None


@final
@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file of points.

    Attributes:
        source: what the file is called in messages.
        file: the open file.
        columns: where x, y and the group are.
    """

    source: str
    file: ParquetFile
    columns: Columns

    @classmethod
    def open(
        cls, source: str, file: BinaryIO, *, x: str | None, y: str | None, group: str | None = None
    ) -> ParquetTable:
        """The table of a file that is open for reading.

        Args:
            source: what the file is called in messages.
            file: where from.
            x: name or number (from 1) of the column of x; see `find_columns` for what it is by default.
            y: likewise of y.
            group: likewise of the group.

        Raises:
            InputError: it is no Parquet file, or there is no such column.
        """
        from pyarrow.parquet import ParquetFile

        with damage_told(source):
            buffer_size = _BUFFER_BYTES if file.seek(0, os.SEEK_END) > _LARGE_FILE else 0
            opened = ParquetFile(file, pre_buffer=False, buffer_size=buffer_size)
            names = opened.schema_arrow.names
        need_columns(source, len(names), group)
        columns = find_columns(source, names, len(names), x=x, y=y, group=group)
        table = cls(source, opened, columns)
        for column in table.places:
            if names.count(names[column]) > 1:
                raise InputError(f"{source}: several columns are called {printable(names[column])!r}")
        if columns.group is None or not _is_text(table.kind(columns.group)) or table._has_delta_names():
            return table
        # A few bytes of a file can repeat a long name a million times: held once, not once a row.
        with damage_told(source):
            opened = ParquetFile(
                file, pre_buffer=False, buffer_size=buffer_size, read_dictionary=[names[columns.group]]
            )
        return cls(source, opened, columns)

    @property
    def places(self) -> list[int]:
        """The places of x, y and, if there is one, the group."""
        columns = self.columns
        return [columns.x, columns.y] if columns.group is None else [columns.x, columns.y, columns.group]

    @property
    def unsigned_groups(self) -> bool:
        """Whether the column of the group holds unsigned integers."""
        import pyarrow as pa

        if self.columns.group is None:
            return False
        kind = self.kind(self.columns.group)
        return pa.types.is_unsigned_integer(kind.value_type if isinstance(kind, pa.DictionaryType) else kind)

    def _has_delta_names(self) -> bool:
        """Whether names of groups are stored as differences, which Arrow cannot read into a dictionary."""
        if self.columns.group is None:
            return False
        name, parts = self.file.schema_arrow.names[self.columns.group], self.file.metadata
        with damage_told(self.source):
            return any(
                part.column(leaf).path_in_schema == name and "DELTA_BYTE_ARRAY" in part.column(leaf).encodings
                for part in map(parts.row_group, range(parts.num_row_groups))
                for leaf in range(part.num_columns)
            )

    def rows_of(self, size: int, most: int) -> int:
        """How many rows hold about so many bytes, where the rows are largest.

        The number of values would tell more, but asking for it ends the process where a file is damaged.

        Args:
            size: in bytes.
            most: how many rows at most.
        """
        if self._has_delta_names():
            most = min(most, _DELTA_ROWS)
        parts = map(self.file.metadata.row_group, range(self.file.metadata.num_row_groups))
        row_bytes = max((part.total_byte_size / max(1, part.num_rows) for part in parts), default=0)
        return min(most, max(1, int(size / max(1, row_bytes))))

    def kind(self, column: int) -> pa.DataType:
        """The type of a column."""
        kind: pa.DataType = self.file.schema_arrow.field(column).type
        return kind

    def column(self, column: int) -> str:
        """A column, in words."""
        return f"column {column + 1} ({printable(self.file.schema_arrow.names[column])})"

    def refuse(self, column: int, needed: str) -> InputError:
        """The error of a column of the wrong type."""
        import pyarrow as pa

        kind = self.kind(column)
        held = kind.value_type if isinstance(kind, pa.DictionaryType) else kind
        return InputError(f"{self.source}: {self.column(column)} holds {held}, not {needed}")

    def no_number(self, axis: int, value: pa.Scalar[Any], place: str) -> InputError:
        """The error of a value that is no finite number, in the column of x (axis 0) or y (1)."""
        where = f"{self.source}, {place}, {self.column(self.places[axis])}"
        return InputError(f"{where}: " + (f"'{value}' is not finite" if value.is_valid else "there is no value"))

    def batches(self, rows: int, progress: Progress) -> Iterator[tuple[int, list[pa.Array[Any]]]]:
        """The rows, in order.

        Args:
            rows: how many at once, at most.
            progress: counts the rows.

        Yields:
            The number of the first row, from 1, and its columns: x, y and, if there is one, the group. What is wrong
            with the file is raised as Arrow's errors, here or where a column is used; see `damage_told`.
        """
        first = 1
        names = [self.file.schema_arrow.names[place] for place in self.places]
        progress.total = self.file.metadata.num_rows
        # Decoding costs less than sharing it out, and other cores have the network to run.
        for batch in self.file.iter_batches(rows, columns=names, use_threads=False):
            progress.done += batch.num_rows
            if batch.num_rows:
                yield first, [batch.column(name) for name in names]
            first += batch.num_rows


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def is_number(kind: pa.DataType) -> bool:
    """Whether a type holds numbers."""
    import pyarrow as pa

    if isinstance(kind, pa.DictionaryType):
        return is_number(kind.value_type)
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def numbers_of(values: pa.Array[Any]) -> FloatArray:
    """The numbers of a column in double precision; NaN where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values, pa.DictionaryArray):
        values = values.dictionary_decode()
    numbers: FloatArray = pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers
