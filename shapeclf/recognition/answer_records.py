"""Record in a file of answers what they were made from, with a checksum."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, BinaryIO

from shapeclf.datasets.tables.sources import opened
from shapeclf.errors import InputError

__all__ = ["read_record", "record_metadata", "sha256", "write_checksum"]

_KEY_RECORD = b"shapeclf.record"
_KEY_CHECKSUM = b"shapeclf.checksum"
_NO_CHECKSUM = b"0" * 64
# As Parquet's footer (Thrift's compact protocol) writes the key and a value of 64 characters.
_CHECKSUM = re.compile(re.escape(_KEY_CHECKSUM) + rb"\x18\x40([0-9a-f]{64})")
_BYTES_AT_ONCE = 2**20
_LARGEST_FOOTER = 2**26  # the length in a damaged file may be any number


def record_metadata(record: dict[str, Any]) -> dict[bytes, bytes]:
    """Return metadata for a Parquet schema: a record, and a placeholder that `write_checksum` replaces."""
    return {_KEY_RECORD: json.dumps(record).encode(), _KEY_CHECKSUM: _NO_CHECKSUM}


def write_checksum(path: Path) -> None:
    """Write the checksum into a Parquet file whose schema has `record_metadata`."""
    with path.open("rb+") as file:
        start = _checksum_start(file)
        checksum = _digest(file, start)
        file.seek(start)
        file.write(checksum)


def read_record(path: Path) -> dict[str, Any] | None:
    """Read the record of a Parquet file, after checking the checksum of all its bytes.

    Returns:
        The record; None if the file has no checksum, as a file of another program.

    Raises:
        InputError: The file is damaged.
    """
    import pyarrow.parquet as pq

    from shapeclf.datasets.tables.parquet import damage_reported

    with path.open("rb") as file:
        try:
            start = _checksum_start(file)
        except ValueError:
            with damage_reported(str(path)):
                pq.read_metadata(file)
            return None
        file.seek(start)
        if file.read(len(_NO_CHECKSUM)) != _digest(file, start):
            raise InputError(f"{path}: damaged since it was written (its checksum does not match)")
        with damage_reported(str(path)):
            metadata = pq.read_metadata(file).metadata or {}
    try:
        record = json.loads(metadata.get(_KEY_RECORD, b"null"))
    except (RecursionError, ValueError):  # a checksum is not a proof of who wrote the file
        raise InputError(f"{path}: its record of what it was made from is not JSON, or is nested too deeply") from None
    if not isinstance(record, dict | None):
        raise InputError(f"{path}: its record of what it was made from is not a JSON object")
    return record


def sha256(path: Path) -> str:
    """Return the SHA-256 of an input file, as hexadecimal digits.

    Raises:
        InputError: The file cannot be opened.
    """
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checksum_start(file: BinaryIO) -> int:
    """Return the offset of the checksum in a Parquet file.

    Raises:
        ValueError: The file has no checksum.
    """
    end = file.seek(0, 2)
    file.seek(max(0, end - 8))  # the length of the footer, and PAR1
    footer_start = max(0, end - 8 - min(_LARGEST_FOOTER, int.from_bytes(file.read(4), "little")))
    file.seek(footer_start)
    matches = list(_CHECKSUM.finditer(file.read(end - footer_start)))
    if not matches:
        raise ValueError("no checksum")
    return footer_start + matches[-1].start(1)  # names of groups, which precede it, may contain the same bytes


def _digest(file: BinaryIO, start: int) -> bytes:
    """Return the SHA-256 of an open file, with zeros in place of the checksum at ``start``."""
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(min(_BYTES_AT_ONCE, start - file.tell())):
        digest.update(piece)
    file.seek(start + len(_NO_CHECKSUM))
    digest.update(_NO_CHECKSUM + file.read())  # the rest of the footer, which `_checksum_start` reads at once, too
    return digest.hexdigest().encode()
