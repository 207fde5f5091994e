"""``shapeclf predict`` on a folder of Parquet files."""

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

from shapeclf.datasets import ShapeSequences

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


def test_each_file_is_answered_into_the_folder_and_what_is_done_is_passed_over(
    shapeclf: Callable[..., Result], folder: Path, tmp_path: Path
) -> None:
    command = ("predict", folder, "--group", "run", "--output", "answers")
    first = shapeclf(*command)
    assert (first.exit_code, first.stdout) == (0, "answers\n")
    assert first.stderr.splitlines() == [
        f"1 of 2: {folder / 'one.parquet'}, 2 groups",
        f"2 of 2: {folder / 'two.parquet'}, 1 groups",
    ]
    for file, groups in GROUPS.items():
        rows = pq.read_table(tmp_path / "answers" / file).to_pylist()
        assert [(row["group"], row["family"], row["equation"]) for row in rows] == [
            (group, "line", "y = 2·x + 1") for group in groups
        ]
    written = (tmp_path / "answers" / "one.parquet").stat().st_mtime_ns
    (tmp_path / "answers" / "two.parquet").unlink()
    again = shapeclf(*command, "--no-fit")
    assert again.stderr.splitlines() == [f"2 of 2: {folder / 'two.parquet'}, 1 groups"]
    assert (tmp_path / "answers" / "one.parquet").stat().st_mtime_ns == written
    assert shapeclf(*command, "--quiet").stderr == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--group", "run"], "Invalid value for '--output': the answers of a folder need a folder to go into"),
        (["--output", "out"], "Invalid value for '--group': a folder holds many sequences: name the column of"),
        (["--group", "run", "--output", "file"], "'--output': file is a file; the answers of a folder go into a"),
        (["--group", "run", "--output", "out", "--json"], "'--json': does not work on a folder, whose answers go"),
        (["--group", "run", "--output", "out", "--decide", "0.9"], "'--decide': does not work on a folder, whose"),
        (["--group", "run", "--output", "out", "--actors", "2"], "'--actors': is for the engine ray"),
        (["--group", "run", "--output", "points/out"], "answers cannot go into the folder that is read, "),
    ],
    ids=["no output", "no group", "a file", "JSON", "decide", "actors", "among what is read"],
)
def test_what_does_not_go_together(
    mistake: Callable[..., str], folder: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    (tmp_path / "file").write_text("")
    assert message in mistake("predict", folder, *options)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--engine", "ray"], "'--engine': is for a folder of Parquet files"),
        (["--actors", "2"], "'--actors': is for a folder of Parquet files"),
        (["--output", "."], "'--output': . is a folder"),
    ],
    ids=["engine", "actors", "a folder"],
)
def test_of_one_file_there_is_nothing_to_share_out(
    mistake: Callable[..., str], folder: Path, options: list[str], message: str
) -> None:
    assert message in mistake("predict", folder / "one.parquet", "--group", "run", *options)


@pytest.mark.slow  # starts Ray twice
def test_ray_that_is_killed_goes_on_with_the_files_that_are_left(
    shapeclf: Callable[..., Result], tmp_path: Path
) -> None:
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
    assert before.items() <= after.items()  # what was done was passed over
    assert shapeclf(*options, "--output", "one").exit_code == 0
    with_ray, in_one_process = (
        pa.concat_tables(map(pq.read_table, sorted((tmp_path / output).iterdir()))).sort_by("group")
        for output in ("answers", "one")
    )
    assert with_ray.equals(in_one_process)
