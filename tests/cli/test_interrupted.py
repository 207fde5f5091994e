"""Trainings that Ctrl-C or SIGTERM ends leave usable files; resumed, they give the result of an uninterrupted one.

The signal comes from within this process, at the first batch after the first round.
`tests/training/test_resumed_runs.py` sends it to a process of its own.
"""

import csv
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from shapeclf import Recognizer

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="sends signals"),
    pytest.mark.usefixtures("one_picture"),
]

_FAMILIES = """
import signal
from pathlib import Path
from shapeclf.datasets import Family

def cube(x):
    wanted = Path("signal")
    if wanted.exists() and any("\\n5," in path.read_text() for path in Path("runs").glob("*/metrics.csv")):
        number = int(wanted.read_text())
        wanted.unlink()
        signal.raise_signal(number)
    return x**3

CUBIC = Family("cubic", "y = k·x³ + b", cube)
"""
_TRAIN = (
    *("train", "--families", "line", "--family", "my_families:CUBIC", "--hidden-size", 4, "--noise", 3, "--seed", 5),
    *("--test-sequences", 50, "--max-updates", 30, "--round-updates", 5, "--target-accuracy", 1),
)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, id="SIGINT"),
        pytest.param(signal.SIGTERM, id="SIGTERM", marks=pytest.mark.slow),
    ],
)
def test_a_signal_leaves_a_run_that_can_be_used_and_resumed(
    number: signal.Signals, shapeclf: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "my_families.py").write_text(_FAMILIES, encoding="utf-8")
    (tmp_path / "signal").write_text(str(int(number)))
    stopped = shapeclf(*_TRAIN)
    run = Path("runs") / "version_0"
    assert (stopped.exit_code, stopped.stdout) == (1, f"{run}\n")
    assert {path.name for path in run.iterdir()} == {
        "model.onnx", "last.ckpt", "config.json", "metrics.csv", "training.png",
    }  # fmt: skip
    updates = Recognizer.load(run).model.record["updates"]
    assert 5 <= updates < 30
    assert stopped.stderr.splitlines()[-1].startswith(f"interrupted after {updates} updates")
    with (run / "metrics.csv").open(newline="") as file:
        assert [int(row["update"]) for row in csv.DictReader(file)][-1] == updates

    assert shapeclf("train", "--resume", run, "--family", "my_families:CUBIC", "--quiet").exit_code == 0
    assert shapeclf(*_TRAIN, "--output", "whole", "--quiet").exit_code == 0
    for name in ("model.onnx", "config.json"):
        assert (run / name).read_bytes() == (Path("whole") / "version_0" / name).read_bytes()
