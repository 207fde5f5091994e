from pathlib import Path

import pytest

from shapeclf.datasets.tables.sources import Progress, is_parquet, opened
from shapeclf.errors import InputError


@pytest.mark.parametrize(
    ("done", "total", "share"),
    [(0, None, None), (9, None, None), (0, 4, 0.0), (1, 4, 0.25), (4, 4, 1.0), (5, 4, 1.0), (0, 0, 0.0)],
)
def test_share(done: int, total: int | None, share: float | None) -> None:
    assert Progress(done, total).share == share


@pytest.mark.parametrize(
    ("name", "yes"), [("a.parquet", True), ("a.PARQUET", True), ("a.csv", False), ("parquet", False)]
)
def test_parquet_by_name(name: str, yes: bool) -> None:
    assert is_parquet(Path("folder.parquet") / name) is yes


def test_opened(tmp_path: Path) -> None:
    path = tmp_path / "a b ü.csv"
    path.write_bytes(b"1,2")
    with opened(path) as file:
        assert file.read() == b"1,2"
    assert file.closed


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "nothing.csv", tmp_path / "file" / "below.csv"):
        with pytest.raises(InputError, match=r"\.csv: there is no such file$"), opened(path):
            pass
    with pytest.raises(InputError, match=r": a folder, not a file$"), opened(tmp_path):
        pass
