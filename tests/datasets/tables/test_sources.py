from pathlib import Path

import pytest

from shapeclf.datasets.tables.sources import is_table, opened
from shapeclf.errors import InputError


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in ("a.parquet", "a.CSV", "a.csv.gz", "a.b.ods")),
        *((name, False) for name in ("a.md", "parquet", "a.gz", "a.csv.b", ".csv")),
    ],
)
def test_tables_are_recognised_by_their_suffix(name: str, expected: bool) -> None:
    assert is_table(Path("folder.parquet") / name) is expected


def test_a_file_is_opened_for_reading(tmp_path: Path) -> None:
    path = tmp_path / "a b ü.csv"
    path.write_bytes(b"1,2")
    with opened(path) as file:
        assert file.read() == b"1,2"
    assert file.closed


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "nothing.csv", tmp_path / "file" / "below.csv"):
        with pytest.raises(InputError, match=r"\.csv: there is no such file$"), opened(path):
            pass
    with pytest.raises(InputError, match=r": a folder, not a file$"), opened(tmp_path):
        pass
