"""The record of what made a file of answers."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shapeclf.errors import InputError
from shapeclf.recognition.answer_records import read_record, record_metadata, seal


@pytest.mark.parametrize("record", [b"[" * 100_000, b"{"], ids=["nested without end", "not JSON"])
def test_a_sealed_record_that_cannot_be_read_is_one_line(record: bytes, tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    metadata = record_metadata({}) | {b"shapeclf.record": record}
    pq.write_table(pa.table({"group": ["a"]}).replace_schema_metadata(metadata), path)
    seal(path)
    with pytest.raises(InputError, match=r"answers\.parquet: the record of what made it is not JSON, or nested too "):
        read_record(path)
