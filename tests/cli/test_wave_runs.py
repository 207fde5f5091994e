"""Runs of ``shapeclf wave``: which checkpoints are refused, and how an interrupted training is resumed."""

import hashlib
import io
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import Result

from shapeclf.training.progress import ProgressBar

from .conftest import RUN, answer, rows_of


class _Danger:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("touched"),))


def _in_torchs_format(value: object) -> bytes:
    content = io.BytesIO()
    torch.save(value, content)
    return content.getvalue() + hashlib.sha256(content.getvalue()).digest()


_INVALID_CHECKPOINTS = {
    "empty": b"",
    "text": b"nothing",
    "pickle": pickle.dumps({"wave_format": _Danger()}, 2),
    "checkpoint": _in_torchs_format({"wave_format": _Danger()}),
}


@pytest.mark.parametrize(
    ("name", "command"),
    [("last.ckpt", ["eval", "--model"]), ("last.ckpt", ["draw", "--model"]), ("resume.ckpt", ["train", "--resume"])],
    ids=["eval", "draw", "resume"],
)
@pytest.mark.parametrize("content", _INVALID_CHECKPOINTS.values(), ids=_INVALID_CHECKPOINTS.keys())
def test_a_checkpoint_of_another_kind_is_a_mistake_and_runs_nothing(
    content: bytes, name: str, command: list[str], mistake: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).write_bytes(content)
    assert mistake("wave", *command, "run").startswith(f"{Path('run') / name}: not a checkpoint")
    assert not (tmp_path / "touched").exists()


def test_the_dangerous_checkpoint_would_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.load(
        io.BytesIO(_INVALID_CHECKPOINTS["checkpoint"]), weights_only=False
    )  # otherwise the test above would prove nothing
    assert (tmp_path / "touched").exists()


def test_a_classifiers_run_is_a_mistake(mistake: Callable[..., str], trained_run: Path) -> None:
    assert "not a forecaster's checkpoint" in mistake("wave", "eval", "--model", trained_run)
    assert "not a forecaster's checkpoint" in mistake("wave", "train", "--resume", trained_run)


def test_tensorboard_that_is_missing_is_a_mistake(
    mistake: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shapeclf.training.waves.runs.find_spec", lambda name: None)
    assert "pip install tensorboard" in mistake("wave", "train", "--tensorboard")
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_tensorboard_gets_every_validation_round(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    loading = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader", reason="an extra")
    assert shapeclf("wave", "train", "--tensorboard", "--max-updates", 200, "--quiet").exit_code == 0
    (events,) = (tmp_path / RUN / "tensorboard").glob("events.*")
    values = [value for event in loading.EventFileLoader(str(events)).Load() for value in event.summary.value]
    losses = [value.tensor.float_val[0] for value in values if value.tag == "val_loss"]
    expected = [float(row["val_loss"]) for row in rows_of(tmp_path / RUN / "metrics.csv")]
    assert losses == pytest.approx(expected)
    assert len(losses) == 2


@pytest.mark.usefixtures("in_wave_folder")
def test_a_folder_that_cannot_be_written_is_a_failure(failure: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert failure("wave", "train", "--quiet", "--output", Path("file") / "runs").startswith(f"{Path('file')}")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_leaves_a_usable_run_and_exit_code_1(tmp_path: Path, shapeclf: Callable[..., Result]) -> None:
    command = [sys.executable, "-m", "shapeclf", "wave", "train", "--max-updates", "100000"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        assert process.stderr.readline().startswith("update 100: ")
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=120)
    finally:
        process.kill()
    assert (process.returncode, stdout) == (1, f"{RUN}\n")
    *_, ending = stderr.splitlines()
    assert ending.startswith("interrupted after ")
    assert ending.endswith(f" updates; --resume {RUN} continues")
    assert "Traceback" not in stderr
    assert answer(shapeclf("wave", "eval", "--json"))["skill"] > 0


@pytest.mark.slow
def test_an_interrupted_training_can_be_resumed(
    shapeclf: Callable[..., Result], mistake: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def report_row(progress: ProgressBar, row: dict[str, float]) -> None:
        if row["update"] == 100:
            signal.raise_signal(signal.SIGINT)

    train = ("wave", "train", "--max-updates", 200)
    assert shapeclf(*train, "--quiet").exit_code == 0
    with monkeypatch.context() as patch:
        patch.setattr(ProgressBar, "report", report_row)
        stopped = shapeclf(*train)
    run = RUN.parent / "version_1"
    assert (stopped.exit_code, stopped.stdout) == (1, f"{run}\n")
    resumed = shapeclf("wave", "train", "--resume", run)
    assert (resumed.exit_code, resumed.stdout) == (0, f"{run}\n")
    first, ending = resumed.stderr.splitlines()
    assert first.startswith("update 200: ")
    assert ending == "finished after 200 updates"
    one, other = (answer(shapeclf("wave", "eval", "--json", "--model", path)) for path in (RUN, run))
    assert one == other
    assert [row["update"] for row in rows_of(tmp_path / run / "metrics.csv")] == ["100", "200"]
    assert "version_1: it cannot be resumed: its training is over" in mistake("wave", "train", "--resume", run)
