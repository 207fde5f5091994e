"""A folder of files, answered with Ray on two workers."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shapeclf.datasets import ShapeSequences
from shapeclf.errors import InputError
from shapeclf.recognition.partitions import PartitionAnswerer, partitions
from shapeclf.recognition.ray_engine import _Actor, answer_with_ray

FILES, GROUPS, POINTS = 4, 8, 6
LONG = {"group": "group", "x": None, "y": None, "wide": False}
LISTENERS = """
import os, sys
from pathlib import Path
from shapeclf.recognition import ray_engine
from shapeclf.recognition.partitions import partitions

def processes():  # this process and its descendants
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            pass
    found = {os.getpid()}
    while more := {process for process, parent in parents.items() if parent in found} - found:
        found |= more
    return found

def sockets(process):
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            yield os.readlink(link)
        except OSError:
            pass

def listening():
    rows = [line.split() for name in ("tcp", "tcp6") for line in open(f"/proc/net/{name}").readlines()[1:]]
    held = {link for process in processes() for link in sockets(process)}
    return [row[1].split(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in held]

for _ in ray_engine.answer_with_ray(partitions(Path("points"), Path("answers")), actors=1, **eval(sys.argv[1])):
    print(*listening())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of groups in long form."""
    points = ShapeSequences(parameters="fresh", points=POINTS, batch_size=FILES * GROUPS).batch(0).points
    root = tmp_path / "points"
    root.mkdir()
    for number in range(FILES):
        part = points[number * GROUPS : (number + 1) * GROUPS].reshape(-1, 2)
        names = np.repeat(np.arange(number * GROUPS, (number + 1) * GROUPS), POINTS)
        pq.write_table(pa.table({"group": names, "x": part[:, 0], "y": part[:, 1]}), root / f"part-{number}.parquet")
    return root


def _arguments(model: Path) -> dict[str, Any]:
    return {"model": str(model), "columns": LONG, "fit": False}


def _answer(folder: Path, output: Path, model: Path) -> dict[str, Any]:
    """The answer of an actor to the first partition."""
    first = partitions(folder, output)[0]
    result = _Actor(**_arguments(model))({"source": [str(first.source)], "target": [str(first.target)]})
    return {name: values[0] for name, values in result.items()}


def test_an_actor_returns_errors_as_values(folder: Path, tiny_model: Path, tmp_path: Path) -> None:
    result = _answer(folder, tmp_path / "answers", tiny_model)
    assert (result["groups"], result["mistake"], result["failure"]) == (GROUPS, "", "")
    (tmp_path / "file").write_text("")
    failed = _answer(folder, tmp_path / "file", tiny_model)
    assert (failed["errno"], failed["failure"]) == (errno.EEXIST, "File exists")
    assert failed["file"] == str(tmp_path / "file")
    (folder / "part-0.parquet").write_text("no table")
    mistake = _answer(folder, tmp_path / "answers", tiny_model)["mistake"]
    assert mistake.startswith(f"{folder / 'part-0.parquet'}: it has no points")


class _FakeRay:
    """The parts of Ray that `answer_with_ray` uses, in this process."""

    def __init__(self, results: list[dict[str, Any]]) -> None:
        self.data = self
        self._results = results

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 2.0}

    def ActorPoolStrategy(self, size: int) -> int:  # noqa: N802  # Ray's name
        return size

    def from_items(self, rows: list[dict[str, str]], **_: Any) -> "_FakeRay":
        self._results = [row | result for row, result in zip(rows, self._results, strict=True)]
        return self

    def map_batches(self, *_: Any, **__: Any) -> "_FakeRay":
        return self

    def iter_rows(self) -> list[dict[str, Any]]:
        return self._results


_FINE = {"groups": GROUPS, "read": "", "mistake": "", "errno": 0, "failure": "", "file": ""}
_FULL = _FINE | {"errno": errno.ENOSPC, "failure": "No space left on device", "file": "a.parquet"}
_MISTAKE = _FINE | {"mistake": "b.parquet: no table"}


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([_FULL, _FINE, _MISTAKE, _FINE], (OSError, r"^\[Errno 28\] No space left on device: 'a\.parquet'$")),
        ([_FINE, _MISTAKE, _MISTAKE, _FINE], (InputError, "^b.parquet: no table; b.parquet: no table$")),
    ],
    ids=["full disk", "mistakes"],
)
def test_errors_are_raised_when_the_others_are_answered(
    results: list[dict[str, Any]],
    expected: tuple[type[Exception], str],
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shapeclf.recognition.ray_engine._started_ray", lambda: _FakeRay(results))
    answered: list[object] = []
    with pytest.raises(expected[0], match=expected[1]):
        answered.extend(answer_with_ray(partitions(folder, tmp_path / "answers"), columns=LONG))
    assert len(answered) == 2


def test_without_ray_the_extra_is_named(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"^the package 'ray' is not installed: pip install ray pandas$"):
        list(answer_with_ray(partitions(folder, tmp_path / "answers"), columns=LONG))


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs Python in the test's folder, where Ray is to be started."""
    pytest.importorskip("ray", reason="the engine ray is an extra: pip install 'shapeclf[ray]'")
    pytest.importorskip("pandas", reason="Ray Data needs it: pip install 'shapeclf[ray]'")
    environment = os.environ | {"OMP_NUM_THREADS": "1", "RAY_worker_niceness": "0"}

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)

    return run


@pytest.mark.slow
def test_ray_gives_the_answers_of_one_process_without_output(
    folder: Path, tiny_model: Path, tmp_path: Path, python: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    (folder / "part-3.parquet").write_text("no table")
    options = ["predict", "points", "--group", "group", "--model", str(tiny_model), "--no-fit", "--quiet"]
    done = python("-m", "shapeclf", *options, "--output", "shared", "--engine", "ray", "--actors", "2")
    message = f"Error: {folder / 'part-3.parquet'}: it has no points; no line holds a number"
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
    assert done.stderr.startswith(message)
    answerer = PartitionAnswerer(**_arguments(tiny_model))
    for partition in partitions(folder, tmp_path / "alone")[:3]:
        answerer.answer(partition)
    shared, alone = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("shared", "alone")
    )
    assert shared == alone
    assert len(shared) == FILES - 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_ray_listens_to_this_machine_alone(
    folder: Path, tiny_model: Path, python: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    done = python("-c", LISTENERS, repr(_arguments(tiny_model)))
    assert done.returncode == 0, done.stderr
    addresses = set(done.stdout.split())
    assert addresses  # Ray does listen
    assert {address[-8:] for address in addresses} == {"0100007F"}  # 127.0.0.1, alone or within IPv6
