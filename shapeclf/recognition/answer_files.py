"""Answers written as a table, CSV or Parquet, batch by batch and whole or not at all."""

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shapeclf._files import write_whole_with
from shapeclf._text import CsvLines, spreadsheet_text
from shapeclf.errors import InputError
from shapeclf.recognition.answer_records import record_metadata, seal

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["check_answer_name", "write_answers"]

_ENDINGS = (".csv", ".parquet")
_ROWS_AT_ONCE = 2**16  # of a Parquet file: what belongs to a part of it takes room, and reading many parts takes time
Table = dict[str, Any]
"""Columns of one length by name."""


def check_answer_name(path: Path) -> None:
    """Raise InputError if no answers can be written with the suffix of a name."""
    if path.suffix.lower() not in _ENDINGS:
        raise InputError(f"{path}: a table of answers ends in {' or '.join(_ENDINGS)}")


def write_answers(path: Path, tables: Iterable[Table], *, record: dict[str, Any] | None = None) -> None:
    """Write tables with the same columns, one after the other, to one file.

    Args:
        path: Ending in .csv or .parquet.
        tables: Taken one at a time, so that memory holds no more than one.
        record: What made the answers, as `read_record` reads it; for .parquet alone.

    Raises:
        InputError: The ending is another, or there is no table. What was at ``path`` before stays then, as it does
            whatever else ``tables`` raises.
        OSError: It cannot be written.

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
            seal(temporary)

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
    """Return the values of a column for CSV: None for NaN, and text quoted if a spreadsheet would run it."""
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
    kept: list[pa.Table] = []

    def add(table: Table) -> None:
        nonlocal writer, schema
        rows = pa.table({name: pa.array(column, from_pandas=True) for name, column in table.items()})  # NaN is null
        if writer is None or schema is None:
            schema = _schema_of(rows).with_metadata(metadata)
            writer = pq.ParquetWriter(path, schema)
        kept.append(rows.cast(schema))
        if sum(part.num_rows for part in kept) >= _ROWS_AT_ONCE:
            flush()

    def flush() -> None:
        if writer is not None and kept:
            writer.write_table(pa.concat_tables(kept))
            kept.clear()

    try:
        yield add
        flush()
    finally:
        if writer is not None:
            writer.close()


def _schema_of(rows: "pa.Table") -> "pa.Schema":
    """Return the types of the columns, which an empty column of the first table would not have."""
    import pyarrow as pa

    kinds: dict[str, pa.DataType] = dict.fromkeys(("family", "equation", "error"), pa.string())
    kinds["r_squared"] = pa.float64()
    return pa.schema([pa.field(field.name, kinds.get(field.name, field.type)) for field in rows.schema])
