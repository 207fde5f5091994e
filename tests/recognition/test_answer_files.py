import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shapeclf.errors import InputError
from shapeclf.recognition import answer_files
from shapeclf.recognition.answer_files import check_answer_name, write_answers

SUFFIXES = [".csv", ".parquet"]


def _table(*groups: object, equation: str | None = "y = 2·x − 1") -> dict[str, Any]:
    count = len(groups)
    return {
        "group": list(groups),
        "points": np.full(count, 3),
        "probability": np.full(count, 1 / 3),
        "equation": [equation] * count,
        "r_squared": [None if equation is None else 0.5] * count,
        "parameters": ['{"k": 2.0}'] * count,
    }


def _read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return rows
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_tables_one_after_the_other(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"answers{suffix}"
    write_answers(path, iter([_table("a", "b"), _table('c,"d"', equation=None)]))
    rows = _read(path)
    assert [row["group"] for row in rows] == ["a", "b", 'c,"d"']
    assert [row["equation"] for row in rows] == ["y = 2·x − 1"] * 2 + ["" if suffix == ".csv" else None]
    assert {float(row["probability"]) for row in rows} == {1 / 3}  # every digit
    assert list(rows[0]) == list(_table())
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("rows_at_once", [1, 2, 100], ids=repr)
def test_the_types_of_columns_do_not_depend_on_the_first_table(
    rows_at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_files, "_ROWS_AT_ONCE", rows_at_once)
    path = tmp_path / "answers.parquet"
    write_answers(path, [_table(1, equation=None), _table(2, 3), _table(4, equation=None)])
    table = pq.read_table(path)
    assert table.schema.field("equation").type == pa.string()
    assert table.schema.field("r_squared").type == pa.float64()
    assert table.column("group").to_pylist() == [1, 2, 3, 4]
    assert table.column("equation").null_count == 2
    parts = pq.ParquetFile(path).metadata.num_row_groups
    assert parts == {1: 3, 2: 2, 100: 1}[rows_at_once]


@pytest.mark.parametrize(
    ("groups", "written"),
    [
        ((2**63 + 5, 7), np.array([2**63 + 5, 7], dtype=np.uint64)),
        ((-3, 7), [-3, 7]),
        ((0.5, 2.0), [0.5, 2.0]),
        (("a", "b"), ["a", "b"]),
    ],
    ids=["unsigned", "signed", "float", "text"],
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_groups_keep_their_names(suffix: str, groups: tuple[object, ...], written: Any, tmp_path: Path) -> None:
    path = tmp_path / f"answers{suffix}"
    write_answers(path, [_table(*groups) | {"group": written}])
    found = [row["group"] for row in _read(path)]
    assert found == list(groups if suffix == ".parquet" else map(str, groups))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_booleans_stay_booleans(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"answers{suffix}"
    write_answers(path, [_table("a", "b") | {"decided": [False, True]}])
    found = [row["decided"] for row in _read(path)]
    assert found == ([False, True] if suffix == ".parquet" else ["False", "True"])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_column_empty_in_the_first_table_has_its_type_in_the_next(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"answers{suffix}"
    without = _table("a", equation=None) | {"family": [None], "probability": np.array([np.nan]), "error": ["why"]}
    answered = _table("b") | {"family": ["line"], "error": [None]}
    write_answers(path, [without, {name: answered[name] for name in without}])
    rows = _read(path)
    empty = None if suffix == ".parquet" else ""
    assert [rows[0][name] for name in ("family", "probability", "equation", "error")] == [empty, empty, empty, "why"]
    assert [rows[1][name] for name in ("family", "equation", "error")] == ["line", "y = 2·x − 1", empty]
    assert float(rows[1]["probability"]) == 1 / 3


@pytest.mark.parametrize("before", [None, b"what was there"], ids=["nothing before", "a file before"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_error_leaves_the_earlier_file(suffix: str, before: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / f"answers{suffix}"
    if before is not None:
        path.write_bytes(before)

    def broken() -> Iterator[dict[str, Any]]:
        yield _table("a")
        raise InputError("line 7: bad")

    with pytest.raises(InputError, match=r"^line 7: bad$"):
        write_answers(path, broken())
    with pytest.raises(InputError, match=r"there are no answers to write$"):
        write_answers(path, [])
    assert list(tmp_path.iterdir()) == ([] if before is None else [path])
    assert before is None or path.read_bytes() == before


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_table_at_a_time(suffix: str, tmp_path: Path) -> None:
    alive = 0
    most = 0

    class Counted(dict[str, Any]):
        def __init__(self) -> None:
            nonlocal alive, most
            super().__init__(_table("a"))
            alive += 1
            most = max(most, alive)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    write_answers(tmp_path / f"answers{suffix}", (Counted() for _ in range(20)))
    assert most <= 2
    assert len(_read(tmp_path / f"answers{suffix}")) == 20


@pytest.mark.parametrize("name", ["answers.json", "answers", "answers.csv.gz", ".csv"])
def test_other_suffixes_are_refused(name: str, tmp_path: Path) -> None:
    for refuse in (check_answer_name, lambda path: write_answers(path, [_table("a")])):
        with pytest.raises(InputError, match=r"a table of answers ends in \.csv or \.parquet$"):
            refuse(tmp_path / name)
    check_answer_name(Path("a.CSV"))
    check_answer_name(Path("a.Parquet"))


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write_answers(tmp_path / "nowhere" / "answers.csv", [_table("a")])


def test_a_text_that_a_spreadsheet_would_run_is_quoted_and_numbers_are_not(tmp_path: Path) -> None:
    names = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "＝1", "-5", "+1e3", "run=1", ""]
    write_answers(tmp_path / "a.csv", [{"group": names, "p": np.full(len(names), -1.5)}])
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        _, *rows = csv.reader(file)
    assert [row[0] for row in rows] == [*(f"'{name}" for name in names[:5]), *names[5:]]
    assert {row[1] for row in rows} == {"-1.5"}


def test_csv_text_round_trips(tmp_path: Path) -> None:
    """One apostrophe in front was added when writing; all kinds of line breaks stay in their cell."""
    names = ["=1+1", "'=1+1", "''=1+1", "'a", "a", "a\rb", "a\nb", "a\r\nb", "\r", "a,b", 'a"b', " a ", "-3.5", "'-3.5"]
    path = tmp_path / "answers.csv"
    write_answers(path, [_table(*names)])
    assert [row["group"].removeprefix("'") for row in _read(path)] == names
    assert path.read_bytes().splitlines()[0] == b",".join(name.encode() for name in _table())
