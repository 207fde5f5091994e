"""Answers written as a table, CSV or Parquet, batch by batch and whole or not at all."""

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shapeclf._files import write_whole_with
from shapeclf.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["check_answer_name", "write_answers"]

_ENDINGS = (".csv", ".parquet")
_ROWS_AT_ONCE = 2**16  # of a Parquet file: what belongs to a part of it takes room, and reading many parts takes time
Table = dict[str, Any]
"""Columns of one length by name."""


def check_answer_name(path: Path) -> None:
    """Raises InputError where the ending is none that answers can be written with."""
    if path.suffix.lower() not in _ENDINGS:
        raise InputError(f"{path}: a table of answers ends in {' or '.join(_ENDINGS)}")


def write_answers(path: Path, tables: Iterable[Table]) -> None:
    """Writes tables with the same columns, one after the other, into one file.

    Args:
        path: ending in .csv or .parquet.
        tables: taken one at a time, so that memory holds no more than one.

    Raises:
        InputError: the ending is another, or there is no table. What was at ``path`` before stays then, as it does
            whatever else ``tables`` raises.
        OSError: it cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "answers.csv")
        ...     write_answers(path, [{"group": ["a"], "family": ["line"]}, {"group": ["b"], "family": ["sqrt"]}])
        ...     path.read_text().splitlines()
        ['group,family', 'a,line', 'b,sqrt']
    """
    check_answer_name(path)
    opened = _parquet_writer if path.suffix.lower() == ".parquet" else _csv_writer

    def write(temporary: Path) -> None:
        empty = True
        with opened(temporary) as add:
            for table in tables:
                add(table)
                empty = False
        if empty:
            raise InputError(f"{path}: there are no answers to write")

    write_whole_with(path, write)


@contextmanager
def _csv_writer(path: Path) -> Iterator[Callable[[Table], None]]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        begun = False

        def add(table: Table) -> None:
            nonlocal begun
            if not begun:
                writer.writerow(table)
                begun = True
            columns = (column if isinstance(column, list) else column.tolist() for column in table.values())
            writer.writerows(zip(*columns, strict=True))

        yield add


@contextmanager
def _parquet_writer(path: Path) -> Iterator[Callable[[Table], None]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer: pq.ParquetWriter | None = None
    schema: pa.Schema | None = None
    kept: list[pa.Table] = []

    def add(table: Table) -> None:
        nonlocal writer, schema
        rows = pa.table({name: _numbered(column) for name, column in table.items()})
        if writer is None or schema is None:
            schema = _schema_of(rows)
            writer = pq.ParquetWriter(path, schema)
        kept.append(_cast(rows, schema))
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


def _numbered(column: Any) -> Any:
    """Whole numbers as an array: Arrow takes none beyond 63 bits from a list, which identifiers often are."""
    if not (isinstance(column, list) and isinstance(column[0], int)):
        return column
    return np.array(column, dtype=np.uint64 if max(column) > np.iinfo(np.int64).max else np.int64)


def _schema_of(rows: "pa.Table") -> "pa.Schema":
    """The types of the columns: a first table without any equation would settle that column as one of nothing."""
    import pyarrow as pa

    kinds: dict[str, pa.DataType] = {"equation": pa.string(), "r_squared": pa.float64()}
    return pa.schema([pa.field(field.name, kinds.get(field.name, field.type)) for field in rows.schema])


def _cast(rows: "pa.Table", schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa

    try:
        return rows.cast(schema)
    except pa.ArrowInvalid as error:  # a group's number of 64 bits where those before had 63
        reason = str(error).splitlines()[0]
        raise InputError(f"the table cannot hold an answer ({reason}); a .csv has no types and can") from None
