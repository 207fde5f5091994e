"""``shapeclf predict`` on a folder of tables."""

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result

from shapeclf._files import temporary_prefix
from shapeclf.datasets import ShapeSequences

TWO = "2 of 2: {}/two.parquet: x = x, y = y, group = run; 8 points in 1 group"
GROUPS = {"one.parquet": ["a", "b"], "two.parquet": ["c"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files of lines."""
    path = tmp_path / "points"
    path.mkdir()
    for file, groups in GROUPS.items():
        rows = [(group, float(x), 2.0 * x + 1) for group in groups for x in range(1, 9)]
        names, x, y = zip(*rows, strict=True)
        pq.write_table(pa.table({"run": names, "x": x, "y": y}), path / file)
    return path


@pytest.fixture
def answered(folder: Path, tmp_path: Path, shapeclf: Callable[..., Result]) -> Path:
    """The folder of their answers."""
    assert shapeclf("predict", folder, "--group", "run", "--output", "answers").exit_code == 0
    return tmp_path / "answers"


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_each_file_gets_an_answer_file_and_finished_ones_are_skipped(
    shapeclf: Callable[..., Result], folder: Path, tmp_path: Path
) -> None:
    command = ("predict", folder, "--group", "run", "--output", "answers")
    first = shapeclf(*command)
    assert (first.exit_code, first.stdout) == (0, "answers\n")
    assert first.stderr.splitlines() == [
        f"1 of 2: {folder / 'one.parquet'}: x = x, y = y, group = run; 16 points in 2 groups",
        TWO.format(folder),
    ]
    for file, groups in GROUPS.items():
        rows = pq.read_table(tmp_path / "answers" / file).to_pylist()
        assert [(row["group"], row["family"], row["equation"]) for row in rows] == [
            (group, "line", "y = 2·x + 1") for group in groups
        ]
    written = (tmp_path / "answers" / "one.parquet").stat().st_mtime_ns
    (tmp_path / "answers" / "two.parquet").unlink()
    again = shapeclf(*command)
    assert again.stderr.splitlines() == [TWO.format(folder)]
    assert (tmp_path / "answers" / "one.parquet").stat().st_mtime_ns == written
    assert shapeclf(*command, "--quiet").stderr == ""


def test_tables_of_any_format_are_read_and_one_that_cannot_be_leaves_the_others(
    shapeclf: Callable[..., Result], folder: Path, tmp_path: Path
) -> None:
    rows = [(x / 2, 2.5 - x) for x in range(8)]
    text = "run;t (s);s (m)\n" + "".join(f"d;{t};{s}\n" for t, s in rows).replace(".", ",")
    (folder / "three.csv.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "four.json").write_text(json.dumps([{"run": "e", "t": t, "s": s} for t, s in rows]))
    (folder / "five.txt").write_text("no table")
    (folder / "six.pdf").write_text("no table either")
    command = ("predict", folder, "--group", "run", "--output", "answers")
    result = shapeclf(*command)
    assert (result.exit_code, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    assert lines[0] == f"note: not read, since their names do not have the suffix of a table: {folder / 'six.pdf'}"
    assert lines[1] == f"1 of 5: {folder / 'four.json'}: x = t, y = s, group = run; 8 points in 1 group"
    assert lines[3] == f"3 of 5: {folder / 'three.csv.gz'}: x = t (s), y = s (m), group = run; 8 points in 1 group"
    assert lines[-1].startswith(f"Error: {folder / 'five.txt'}: it has no points; no line holds a number")
    (folder / "five.txt").unlink()
    assert shapeclf(*command).exit_code == 0
    for file in ("three.csv.gz.parquet", "four.json.parquet"):
        (row,) = pq.read_table(tmp_path / "answers" / file).to_pylist()
        assert (row["family"], row["equation"]) == ("line", "y = −2·x + 2.5")


_OTHER_OPTIONS: dict[str, tuple[list[str], str]] = {
    "model": (["--model", "fresh"], "its answers were made with another model ("),
    "families": (
        ["--among", "line,sqrt"],
        "its answers were made with another choice of families (['line', 'parabola', ",
    ),
    "fit": (["--no-fit"], "its answers were made with another choice of --fit (True, now False)"),
    "reading": (
        ["--decimal", "."],
        "its answers were made with another choice of reading ({'x': None, ",
    ),
    "columns": (
        ["--x", "y", "--y", "x"],
        "its answers were made with another choice of columns ({'group': 'run', 'x': None, ",
    ),
}


@pytest.mark.parametrize(("options", "message"), _OTHER_OPTIONS.values(), ids=_OTHER_OPTIONS)
def test_answers_made_with_other_options_are_an_error(
    options: list[str], message: str, answered: Path, folder: Path, mistake: Callable[..., str], tmp_path: Path
) -> None:
    before = _contents(answered)
    text = mistake("predict", folder, "--group", "run", "--output", "answers", *options)
    assert text.startswith(f"answers/one.parquet: {message}")
    assert text.endswith("; give another --output, or delete this file to have it written again")
    assert _contents(answered) == before


def test_answers_of_another_version_are_an_error(
    answered: Path, folder: Path, mistake: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shapeclf.recognition.partitions.version", lambda _: "99.0")
    text = mistake("predict", folder, "--group", "run", "--output", "answers")
    assert text.startswith("answers/one.parquet: its answers were made with another version of shapeclf (")


def test_a_changed_source_is_an_error_and_an_identical_copy_is_not(
    answered: Path, folder: Path, shapeclf: Callable[..., Result], mistake: Callable[..., str]
) -> None:
    two = folder / "two.parquet"
    copy = two.read_bytes()
    two.unlink()
    two.write_bytes(copy)
    assert shapeclf("predict", folder, "--group", "run", "--output", "answers").exit_code == 0
    table = pq.read_table(two)
    pq.write_table(table.set_column(2, "y", pa.array([value.as_py() + 1 for value in table["y"]])), two)
    text = mistake("predict", folder, "--group", "run", "--output", "answers")
    assert text.startswith("answers/two.parquet: its answers were made with another source file (")


def test_a_file_without_a_record_is_not_overwritten(folder: Path, mistake: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "answers").mkdir()
    pq.write_table(pa.table({"mine": [1]}), tmp_path / "answers" / "two.parquet")
    before = _contents(tmp_path / "answers")
    text = mistake("predict", folder, "--group", "run", "--output", "answers")
    assert text.startswith(
        "answers/two.parquet: has no record of what its answers were made from; give another --output"
    )
    assert _contents(tmp_path / "answers") == before


@pytest.mark.parametrize("wide", [False, True], ids=["long", "wide"])
@pytest.mark.parametrize("damage", ["empty", "cut", "changed", "other"])
def test_damaged_answers_are_written_again(
    damage: str, wide: bool, shapeclf: Callable[..., Result], folder: Path, tmp_path: Path
) -> None:
    if wide:
        for file in folder.iterdir():
            pq.write_table(pa.table({"run": ["a"], "x": [[1.0, 2.0, 3.0]], "y": [[1.0, 2.0, 3.0]]}), file)
    command = ("predict", folder, "--group", "run", "--no-fit", "--output", "answers", *(["--wide"] if wide else []))
    assert shapeclf(*command).exit_code == 0
    before = _contents(tmp_path / "answers")
    path = tmp_path / "answers" / "two.parquet"
    whole = path.read_bytes()
    middle = len(whole) // 3
    contents = {
        "empty": b"",
        "cut": whole[: 2 * middle],
        "changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "other": b"not a table at all, but longer than a footer",
    }
    path.write_bytes(contents[damage])
    again = shapeclf(*command)
    assert again.exit_code == 0
    assert again.stderr.splitlines() == [
        "note: answers/two.parquet is damaged and is written again",
        TWO.format(folder) if not wide else TWO.format(folder).replace("8 points", "3 points"),
    ]
    assert _contents(tmp_path / "answers") == before


def test_temporary_files_of_a_killed_run_are_removed_by_the_next(
    folder: Path, shapeclf: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "answers").mkdir()
    begun = f"{temporary_prefix(Path('one.parquet'))}abcd1234.parquet"
    (tmp_path / "answers" / begun).write_text("half of i")
    assert shapeclf("predict", folder, "--group", "run", "--no-fit", "--output", "answers").exit_code == 0
    assert {path.name for path in (tmp_path / "answers").iterdir()} == set(GROUPS)


def test_groups_without_an_answer_are_reported_after_the_whole_folder(
    folder: Path, shapeclf: Callable[..., Result], tmp_path: Path
) -> None:
    points = {"run": ["a"] * 5 + ["B"] * 5, "x": [1.0, 2, 3, 4, 5, -1, 0, 1, 2, 3], "y": [float(y) for y in range(10)]}
    pq.write_table(pa.table(points), folder / "one.parquet")
    command = (
        "predict",
        folder,
        "--group",
        "run",
        "--among",
        "sqrt,power",
        "--no-fit",
        "--quiet",
        "--output",
        "answers",
    )
    results = [shapeclf(*command) for _ in range(2)]  # the second run has nothing left to answer
    for result in results:
        assert (result.exit_code, result.stdout) == (1, "answers\n")
        assert result.stderr == (
            f"Error: {folder}: 1 of 3 groups has no answer; the first is 'B' in {folder / 'one.parquet'}: "
            "none of sqrt, power is defined for x from -1 to 3\n"
        )
    rows = [row for file in GROUPS for row in pq.read_table(tmp_path / "answers" / file).to_pylist()]
    assert [(row["group"], row["family"] is None, row["error"] is None) for row in rows] == [
        ("a", False, True), ("B", True, False), ("c", False, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--group", "run"], "Invalid value for '--output': the answers of a folder need a folder to go into"),
        (["--output", "out"], "Invalid value for '--group': a folder holds many sequences: name the column of"),
        (["--group", "run", "--output", "file"], "'--output': file is a file; the answers of a folder go into a"),
        (["--group", "run", "--output", "out", "--json"], "'--json': does not work on a folder, whose answers go"),
        (["--group", "run", "--output", "out", "--decide", "0.9"], "'--decide': does not work on a folder, whose"),
        (["--group", "run", "--output", "out", "--actors", "2"], "'--actors': needs --engine ray"),
        (["--group", "run", "--output", "points/out"], "answers cannot go into the folder that is read, "),
    ],
    ids=["no output", "no group", "a file", "JSON", "decide", "actors", "among what is read"],
)
def test_incompatible_options_are_refused(
    mistake: Callable[..., str], folder: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    (tmp_path / "file").write_text("")
    assert message in mistake("predict", folder, *options)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--engine", "ray"], "'--engine': is for a folder of tables"),
        (["--actors", "2"], "'--actors': is for a folder of tables"),
        (["--output", "."], "'--output': . is a folder"),
    ],
    ids=["engine", "actors", "a folder"],
)
def test_options_of_a_folder_are_refused_for_one_file(
    mistake: Callable[..., str], folder: Path, options: list[str], message: str
) -> None:
    assert message in mistake("predict", folder / "one.parquet", "--group", "run", *options)


@pytest.mark.slow  # starts Ray twice
def test_a_killed_ray_run_continues_with_the_remaining_files(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="the engine ray is an extra: pip install 'shapeclf[ray]'")
    pytest.importorskip("pandas", reason="Ray Data needs it: pip install 'shapeclf[ray]'")
    source, files, groups = tmp_path / "points", 20, 300
    source.mkdir()
    for number in range(files):
        points = ShapeSequences(parameters="fresh", noise=0.1, batch_size=groups).batch(number).points
        names = np.repeat(np.arange(number * groups, (number + 1) * groups), points.shape[1])
        x, y = points.reshape(-1, 2).T
        pq.write_table(pa.table({"run": names, "x": x, "y": y}), source / f"part-{number:02}.parquet")
    options = ["predict", str(source), "--group", "run", "--model", "fresh"]
    command = [sys.executable, "-m", "shapeclf", *options, "--engine", "ray", "--actors", "2", "--output", "answers"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "RAY_worker_niceness": "0"}

    def written() -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in (tmp_path / "answers").glob("*.parquet")}

    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None and len(written()) < files // 4:
            time.sleep(0.05)
        process.kill()
    time.sleep(5)  # its workers end after it
    before = written()
    assert files // 4 <= len(before) < files
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=600)
    after = written()
    assert len(after) == files
    assert before.items() <= after.items()  # answered files were skipped
    assert shapeclf(*options, "--output", "one").exit_code == 0
    with_ray, in_one_process = (
        pa.concat_tables(map(pq.read_table, sorted((tmp_path / output).iterdir()))).sort_by("group")
        for output in ("answers", "one")
    )
    assert with_ray.equals(in_one_process)
