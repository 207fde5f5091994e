"""Write sequences of a data set to a file."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import numpy as np

from shapeclf._files import write_whole_with
from shapeclf.datasets.experiments import AnySequences, ExperimentSequences
from shapeclf.datasets.sequences import Batch
from shapeclf.errors import InputError

__all__ = ["SUFFIXES", "write_csv", "write_sequences"]

SUFFIXES = (".csv", ".npz", ".parquet")
_BATCH = 1000  # sequences in memory at once


def _batches(sequences: AnySequences, count: int) -> Iterator[tuple[int, Batch]]:
    """Yield ``count`` sequences in batches, each with the number of its first sequence."""
    first = 0
    for batch in replace(sequences, batch_size=min(_BATCH, count)).batches(count):
        yield first, batch
        first += len(batch.labels)


def _columns(sequences: AnySequences) -> tuple[str, ...]:
    """Return the names of the columns of a point."""
    has_errors = isinstance(sequences, ExperimentSequences) and sequences.error_bars > 0
    return ("x", "y", "y_error") if has_errors else ("x", "y")


def write_csv(file: TextIO, sequences: AnySequences, count: int) -> None:
    """Write a CSV line for each point, with all digits; the columns are those of `write_sequences`.

    Args:
        file: Text file, open for writing.
        sequences: The data set.
        count: Number of sequences.
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["sequence", "family", *_columns(sequences)])
    names = sequences.classes
    for first, batch in _batches(sequences, count):
        for number, (points, length, label) in enumerate(zip(*map(np.ndarray.tolist, batch), strict=True), start=first):
            writer.writerows([number, names[label], *point] for point in points[:length])


def _write_npz(path: Path, sequences: AnySequences, count: int) -> None:
    whole = Batch(*map(np.concatenate, zip(*(batch for _, batch in _batches(sequences, count)), strict=True)))
    with path.open("wb") as file:
        np.savez_compressed(file, **whole._asdict(), families=np.array(sequences.classes))


def _write_parquet(path: Path, sequences: AnySequences, count: int) -> None:
    import pyarrow as pa  # importing it takes as long as all the rest, and only one of three formats needs it
    import pyarrow.parquet as pq

    names = pa.array(sequences.classes)
    schema = pa.schema(
        [
            ("sequence", pa.int64()),
            ("family", pa.dictionary(pa.int8(), pa.string())),
            *((name, pa.float64()) for name in _columns(sequences)),
        ]
    )
    # As an open file, since Arrow takes no name that is not UTF-8.
    with path.open("wb") as file, pq.ParquetWriter(file, schema) as writer:
        for first, batch in _batches(sequences, count):
            real = np.arange(batch.points.shape[1]) < batch.lengths[:, None]  # (batch, points)
            numbers = np.repeat(np.arange(first, first + len(batch.labels)), batch.lengths)
            labels = pa.DictionaryArray.from_arrays(np.repeat(batch.labels, batch.lengths).astype(np.int8), names)
            writer.write_table(pa.table([numbers, labels, *np.ascontiguousarray(batch.points[real].T)], schema=schema))


def _write_csv(path: Path, sequences: AnySequences, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(file, sequences, count)


def write_sequences(path: Path, sequences: AnySequences, count: int) -> None:
    """Write sequences to a file; if it fails, the old file stays.

    CSV and Parquet have a row for each point, with the columns sequence, family, x and y; a data set with error bars
    also has y_error, which is 0 where the error is not known. NPZ has four arrays: points, of shape
    (sequences, points, 2 or 3), lengths, labels, and families, which holds the names.

    Args:
        path: Path of the file; its suffix determines the format: .csv, .npz or .parquet.
        sequences: The data set.
        count: Number of sequences, from 1 up.

    Raises:
        InputError: The suffix is not one of these, or ``count`` is below 1.
        OSError: The file cannot be written.
    """
    writers = dict(zip(SUFFIXES, (_write_csv, _write_npz, _write_parquet), strict=True))
    if path.suffix not in writers:
        raise InputError(f"{path}: the name must end in {', '.join(SUFFIXES)}")
    if count < 1:
        raise InputError(f"count must be from 1 up, got {count!r}")
    write_whole_with(path, lambda temporary: writers[path.suffix](temporary, sequences, count))
