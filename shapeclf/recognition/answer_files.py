"""Answers written as a table, CSV or Parquet, batch by batch and whole or not at all."""

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shapeclf._files import write_whole_with
from shapeclf.errors import InputError

__all__ = ["check_answer_name", "write_answers"]

_ENDINGS = (".csv", ".parquet")
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
        InputError: the ending is another; whatever ``tables`` raises. What was at ``path`` before stays then.
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
        with opened(temporary) as add:
            for table in tables:
                add(table)

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

    def add(table: Table) -> None:
        nonlocal writer, schema
        rows = pa.table(table)
        if writer is None:
            # A first batch without any equation would otherwise settle that column as one of nothing.
            kinds = {"equation": pa.string(), "r_squared": pa.float64()}
            schema = pa.schema([pa.field(f.name, kinds.get(f.name, f.type)) for f in rows.schema])
            writer = pq.ParquetWriter(path, schema)
        assert schema is not None
        writer.write_table(rows.cast(schema))

    try:
        yield add
    finally:
        if writer is not None:
            writer.close()
