"""Open files for reading, and recognise tables by the suffix of their names."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from shapeclf.errors import InputError

__all__ = ["TABLE_SUFFIXES", "is_table", "opened", "stream_pieces"]

TABLE_SUFFIXES = frozenset(
    (
        *(".csv", ".tsv", ".tab", ".txt", ".dat", ".asc", ".prn", ".json", ".jsonl", ".ndjson"),
        *(".xlsx", ".xls", ".ods", ".parquet"),
    )
)
"""Suffixes of the tables in a folder; a suffix of compression may follow."""
_PIECE = 2**20
_PACKED = frozenset((".gz", ".bz2", ".xz", ".zip"))


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedReader]:
    """Open a file for reading bytes; an OSError in the block becomes an InputError that names this file.

    Raises:
        InputError: There is no such file, it is a folder, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            yield file
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: a folder, not a file") from None
    except OSError as error:
        raise _unreadable(str(path), error) from None


def _unreadable(source: str, error: OSError) -> InputError:
    """Return the error for input that the system fails to read."""
    return InputError(f"{source}: cannot be read: {error.strerror or error}")


def stream_pieces(source: str, stream: IO[bytes] | IO[str]) -> Iterator[bytes]:
    """Yield the bytes of a stream, each piece as soon as it arrives.

    Raises:
        InputError: The stream cannot be read.
    """
    try:
        while piece := stream.read1(_PIECE) if isinstance(stream, io.BufferedIOBase) else stream.read(_PIECE):
            yield piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else piece
    except OSError as error:
        raise _unreadable(source, error) from None


def is_table(path: Path) -> bool:
    """Return whether a file may be a table, by the suffix of its name.

    Example:
        >>> is_table(Path("points.csv.gz")), is_table(Path("README.md"))
        (True, False)
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in TABLE_SUFFIXES
