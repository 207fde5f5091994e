"""The record of what made a file of answers."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shapeclf.errors import InputError
from shapeclf.recognition.answer_records import read_record, record_metadata, write_checksum


@pytest.mark.parametrize(
    "record",
    [b"[" * 100_000, b"{", b"\xff", b"1" * 5_000, b"[]", b"1e999", b'"text"'],
    ids=["nested without end", "not JSON", "not UTF-8", "a long number", "a list", "a number", "a text"],
)
def test_an_unreadable_record_is_reported_in_one_line(record: bytes, tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    metadata = record_metadata({}) | {b"shapeclf.record": record}
    pq.write_table(pa.table({"group": ["a"]}).replace_schema_metadata(metadata), path)
    write_checksum(path)
    with pytest.raises(InputError, match=r"answers\.parquet: its record of what it was made from is not"):
        read_record(path)
