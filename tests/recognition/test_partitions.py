"""A folder of files, answered one by one."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shapeclf import Recognizer
from shapeclf.datasets import ShapeSequences
from shapeclf.errors import InputError
from shapeclf.recognition.answer_records import record_metadata, write_checksum
from shapeclf.recognition.partitions import PartitionAnswerer, check_groups, other_files, partitions

FILES, GROUPS, POINTS = 5, 8, 6
LONG = {"group": "group", "x": None, "y": None, "wide": False}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of groups in long form, one of them in a folder below, beside files that are not tables."""
    points = ShapeSequences(parameters="fresh", points=POINTS, batch_size=FILES * GROUPS).batch(0).points
    root = tmp_path / "points"
    for number in range(FILES):
        part = points[number * GROUPS : (number + 1) * GROUPS].reshape(-1, 2)
        names = np.repeat(np.arange(number * GROUPS, (number + 1) * GROUPS), POINTS)
        path = root / ("below" if number == 2 else "") / f"part-{number}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"group": names, "x": part[:, 0], "y": part[:, 1]}), path)
    (root / "_temporary").mkdir()
    for name in ("_temporary/part-9.parquet", ".hidden.parquet", "notes.md"):
        (root / name).write_text("not to be read")
    return root


def arguments(model: Path, **changes: Any) -> dict[str, Any]:
    return {"model": str(model), "columns": LONG, "fit": False} | changes


def answers(output: Path) -> list[dict[str, Any]]:
    rows = [row for path in sorted(output.rglob("*.parquet")) for row in pq.read_table(path).to_pylist()]
    return sorted(rows, key=lambda row: int(row["group"]))


def test_each_file_has_its_answers_in_a_file_of_its_own(folder: Path, tiny_model: Path, tmp_path: Path) -> None:
    output = tmp_path / "answers"
    todo = partitions(folder, output)
    assert [p.target.relative_to(output).as_posix() for p in todo] == [
        "below/part-2.parquet", "part-0.parquet", "part-1.parquet", "part-3.parquet", "part-4.parquet",
    ]  # fmt: skip
    answerer = PartitionAnswerer(**arguments(tiny_model))
    assert [answerer.has_answered(partition) for partition in todo] == [False] * FILES
    assert [answerer.answer(partition)[0] for partition in todo] == [GROUPS] * FILES
    assert [answerer.has_answered(partition) for partition in todo] == [True] * FILES
    check_groups(todo)
    rows = answers(output)
    assert [row["group"] for row in rows] == list(range(FILES * GROUPS))
    points = ShapeSequences(parameters="fresh", points=POINTS, batch_size=FILES * GROUPS).batch(0).points
    expected = Recognizer.load(tiny_model).predict_proba(points)
    np.testing.assert_allclose([[row[f"p_{name}"] for name in ("line", "parabola", "sqrt")] for row in rows], expected)


def test_a_partition_that_cannot_be_read_leaves_no_answers(folder: Path, tiny_model: Path, tmp_path: Path) -> None:
    (folder / "part-1.parquet").write_text("no table")
    todo = partitions(folder, tmp_path / "answers")
    with pytest.raises(InputError, match=r"part-1\.parquet: it has no points; no line holds a number"):
        PartitionAnswerer(**arguments(tiny_model)).answer(todo[2])
    assert not todo[2].target.exists()


def test_a_group_that_is_cut_in_two_is_reported(folder: Path, tiny_model: Path, tmp_path: Path) -> None:
    table = pq.read_table(folder / "part-3.parquet")
    pq.write_table(table.slice(3 * GROUPS), folder / "part-5.parquet")  # begins within a group of part-3
    pq.write_table(table.slice(0, 3 * GROUPS + 3), folder / "part-3.parquet")
    todo = partitions(folder, tmp_path / "answers")
    answerer = PartitionAnswerer(**arguments(tiny_model))
    for partition in todo:
        answerer.answer(partition)
    with pytest.raises(InputError, match=r"^group 28 is in .*part-3\.parquet and in .*part-5\.parquet, and was"):
        check_groups(todo)


def test_a_folder_without_tables_or_with_the_output_inside_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "answers").mkdir()
    with pytest.raises(InputError, match=r"answers: there is no table in it; names of tables end in \.asc, \.csv"):
        partitions(tmp_path / "answers", tmp_path / "elsewhere")
    with pytest.raises(InputError, match=r"^.*: answers cannot go into the folder that is read, "):
        partitions(folder, folder / "answers")


def test_the_recogniser_is_loaded_once(folder: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answerer = PartitionAnswerer(**arguments(tiny_model))
    monkeypatch.delattr(Recognizer, "load")
    for partition in partitions(folder, folder.parent / "answers"):
        assert answerer.answer(partition)[0] == GROUPS


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"group": pa.array([], pa.string()), "error": pa.array([], pa.string())}),
        pa.table({"error": pa.array(["none"])}),
        pa.table({"group": [1]}),
        pa.table({"group": [[1]], "error": pa.array(["none"])}),
        pa.table({"group": [1], "error": [1]}),
        pa.Table.from_arrays([pa.array([1])] * 2 + [pa.array(["none"])], ["group", "group", "error"]),
    ],
    ids=["no row", "no group", "no error", "a list of groups", "a number of errors", "two groups"],
)
def test_a_file_with_a_right_checksum_and_without_answers_is_written_again(
    table: pa.Table, folder: Path, tiny_model: Path, tmp_path: Path
) -> None:
    answerer = PartitionAnswerer(**arguments(tiny_model))
    partition = partitions(folder, tmp_path / "answers")[1]
    answerer.answer(partition)
    record = (pq.read_metadata(partition.target).metadata or {})[b"shapeclf.record"]
    metadata = record_metadata({}) | {b"shapeclf.record": record}
    pq.write_table(table.replace_schema_metadata(metadata), partition.target)
    write_checksum(partition.target)
    assert not answerer.has_answered(partition)
    answerer.answer(partition)
    assert answerer.has_answered(partition)
    check_groups([partition])


def test_tables_are_found_and_folders_are_not(folder: Path) -> None:
    (folder / "part-3.parquet").rename(folder / "part-3.PARQUET")
    (folder / "table.parquet").mkdir()
    (folder / "part-4.parquet").rename(folder / "table.parquet" / "part-4.parquet")
    (folder / "more.csv.gz").touch()
    found = partitions(folder, folder.parent / "answers")
    names = {p.source.relative_to(folder).as_posix() for p in found}
    assert {p.target.name for p in found if p.source.name == "more.csv.gz"} == {"more.csv.gz.parquet"}
    assert other_files(folder) == [folder / "notes.md"]
    assert names == {
        "part-0.parquet", "part-1.parquet", "below/part-2.parquet", "part-3.PARQUET", "table.parquet/part-4.parquet",
        "more.csv.gz",
    }  # fmt: skip
