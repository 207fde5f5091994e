"""Write answers as a table, CSV or Parquet, batch by batch. A file is replaced only when the new table is complete."""

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shapeclf._files import write_whole_with
from shapeclf._text import CsvLines, spreadsheet_text
from shapeclf.errors import InputError
from shapeclf.recognition.answer_records import record_metadata, write_checksum

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["check_answer_name", "write_answers"]

_SUFFIXES = (".csv", ".parquet")
_ROWS_AT_ONCE = 2**16  # rows of a Parquet row group: each has metadata, and reading many small ones is slow
Table = dict[str, Any]
"""Columns of the same length, by name."""


def check_answer_name(path: Path) -> None:
    """Raise InputError if the suffix of a path is not that of a table of answers."""
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError(f"{path}: a table of answers ends in {' or '.join(_SUFFIXES)}")


def write_answers(path: Path, tables: Iterable[Table], *, record: dict[str, Any] | None = None) -> None:
    """Write tables with the same columns, one after the other, to one file.

    Args:
        path: Path of the file, with the suffix .csv or .parquet.
        tables: The tables. Only one at a time is held in memory.
        record: What the answers were made from, as `read_record` returns it; only for .parquet.

    Raises:
        InputError: The suffix is another one, or there is no table. An existing file is then unchanged, as it is after
            any error that ``tables`` raises.
        OSError: The file cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "answers.csv")
        ...     write_answers(path, [{"group": ["a"], "family": ["line"]}, {"group": ["b"], "family": ["sqrt"]}])
        ...     path.read_text().splitlines()
        ['group,family', 'a,line', 'b,sqrt']
    """
    check_answer_name(path)
    parquet = path.suffix.lower() == ".parquet"
    metadata = {} if record is None else record_metadata(record)

    def write(temporary: Path) -> None:
        empty = True
        with _parquet_writer(temporary, metadata) if parquet else _csv_writer(temporary) as add:
            for table in tables:
                add(table)
                empty = False
        if empty:
            raise InputError(f"{path}: there are no answers to write")
        if metadata:
            write_checksum(temporary)

    write_whole_with(path, write)


@contextmanager
def _csv_writer(path: Path) -> Iterator[Callable[[Table], None]]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(CsvLines(file))
        begun = False

        def add(table: Table) -> None:
            nonlocal begun
            if not begun:
                writer.writerow(table)
                begun = True
            writer.writerows(zip(*map(_cells, table.values()), strict=True))

        yield add


def _cells(column: Any) -> list[Any]:
    """Return the values of a column for CSV, with None for NaN and with formulas of spreadsheets escaped."""
    if isinstance(column, list):
        return [spreadsheet_text(value) if isinstance(value, str) else value for value in column]
    if column.dtype.kind == "f" and np.isnan(column).any():
        column = np.where(np.isnan(column), None, column)
    values: list[Any] = column.tolist()
    return values


@contextmanager
def _parquet_writer(path: Path, metadata: dict[bytes, bytes]) -> Iterator[Callable[[Table], None]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer: pq.ParquetWriter | None = None
    schema: pa.Schema | None = None
    buffered: list[pa.Table] = []

    def add(table: Table) -> None:
        nonlocal writer, schema
        rows = pa.table({name: pa.array(column, from_pandas=True) for name, column in table.items()})  # NaN is null
        if writer is None or schema is None:
            schema = _schema_of(rows).with_metadata(metadata)
            writer = pq.ParquetWriter(file, schema)
        buffered.append(rows.cast(schema))
        if sum(part.num_rows for part in buffered) >= _ROWS_AT_ONCE:
            flush()

    def flush() -> None:
        if writer is not None and buffered:
            writer.write_table(pa.concat_tables(buffered))
            buffered.clear()

    with path.open("wb") as file:  # opened here, because Arrow cannot open a name that is not UTF-8
        try:
            yield add
            flush()
        finally:
            if writer is not None:
                writer.close()


def _schema_of(rows: "pa.Table") -> "pa.Schema":
    """Return the schema of the columns. A column that is empty in the first table gets the type of later tables."""
    import pyarrow as pa

    kinds: dict[str, pa.DataType] = dict.fromkeys(("family", "equation", "error"), pa.string())
    kinds["r_squared"] = pa.float64()
    return pa.schema([pa.field(field.name, kinds.get(field.name, field.type)) for field in rows.schema])
