"""Resuming a training: after its end, a kill or a signal; and runs that cannot be resumed."""

import csv
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from shapeclf import Recognizer, evaluate, train
from shapeclf._files import temporary_prefix
from shapeclf.errors import InputError
from shapeclf.training.checkpoints import read_checkpoint, write_checkpoint
from shapeclf.training.run_folder import RunFolder

from .conftest import FILES, contents, figures, settings_for, weights


@pytest.mark.parametrize(
    ("averaging", "stop", "end", "round_updates"),
    [
        pytest.param(0.0, 100, 200, 50, id="whole-rounds-plain", marks=pytest.mark.slow),
        pytest.param(0.9, 100, 200, 50, id="whole-rounds-averaged", marks=pytest.mark.slow),
        pytest.param(0.0, 50, 60, 20, id="within-a-round-plain", marks=pytest.mark.slow),
        pytest.param(0.9, 50, 60, 20, id="within-a-round-averaged", marks=pytest.mark.slow),
        pytest.param(0.0, 7, 30, 10, id="within-the-first-round-plain", marks=pytest.mark.slow),
        pytest.param(0.9, 7, 30, 10, id="within-the-first-round-averaged"),
    ],
)
def test_resumed_equals_uninterrupted(
    averaging: float, stop: int, end: int, round_updates: int, tmp_path: Path
) -> None:
    long = settings_for(averaging=averaging, max_updates=end, round_updates=round_updates)
    whole = train(long, output=tmp_path, quiet=True)
    part = train(replace(long, max_updates=stop), output=tmp_path, quiet=True)
    assert part.updates == stop
    resumed = train(long, output=tmp_path, resume=part.path, quiet=True)
    assert resumed.path == part.path
    assert (resumed.updates, whole.updates) == (end, end)
    assert figures(resumed) == figures(whole)
    expected = weights(whole)
    for name, tensor in weights(resumed).items():
        torch.testing.assert_close(tensor, expected[name], rtol=0.0, atol=0.0)
    for file in ("model.onnx", "config.json"):
        assert (resumed.path / file).read_bytes() == (whole.path / file).read_bytes()
    assert {path.name for path in resumed.path.iterdir()} == FILES


def test_a_run_is_not_resumed_to_fewer_updates(tmp_path: Path) -> None:
    run = train(settings_for(max_updates=20, round_updates=10), output=tmp_path, quiet=True)
    before = contents(run.path)
    with pytest.raises(InputError, match=r"^max_updates must be from 20 up, the updates that .*version_0 has; got 10$"):
        train(settings_for(max_updates=10, round_updates=10), resume=run.path, quiet=True)
    assert contents(run.path) == before


def test_resuming_counts_the_time_of_all_parts_and_keeps_all_rows(tmp_path: Path) -> None:
    part = train(settings_for(max_updates=10, round_updates=5), output=tmp_path, quiet=True)
    resumed = train(settings_for(max_updates=15, round_updates=5), output=tmp_path, resume=part.path, quiet=True)
    assert resumed.rows[:2] == part.rows
    assert resumed.rows[2]["seconds"] > part.rows[1]["seconds"]
    with RunFolder(part.path).metrics.open(newline="") as file:
        assert [row["update"] for row in csv.DictReader(file)] == ["5", "10", "15"]


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_there_must_be_a_run_to_resume(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=rf"{name}: not a run \(it has no config\.json\)$"):
        train(settings_for(), resume=tmp_path / name, quiet=True)
    assert not (tmp_path / "nowhere").exists()
    assert not list((tmp_path / "empty").iterdir())


def test_a_run_is_resumed_with_its_own_settings(tmp_path: Path) -> None:
    part = train(settings_for(max_updates=5), output=tmp_path, quiet=True)
    before = contents(part.path)
    with pytest.raises(InputError, match=r"a resumed run keeps its settings; other values were given for sequences$"):
        train(settings_for(noise=1.0), resume=part.path, quiet=True)
    assert contents(part.path) == before


@pytest.mark.parametrize(
    "averaging", [pytest.param(0.0, id="plain", marks=pytest.mark.slow), pytest.param(0.9, id="averaged")]
)
@pytest.mark.parametrize(
    "target",
    [pytest.param(None, id="at-the-last-update", marks=pytest.mark.slow), pytest.param(0.3, id="at-its-target")],
)
def test_a_training_killed_after_its_last_round_makes_no_further_update(
    averaging: float, target: float | None, tmp_path: Path
) -> None:
    ending = {"max_updates": 20 if target is None else 500, "min_updates": 20, "target_accuracy": target}
    settings = settings_for(round_updates=10, averaging=averaging, **ending)
    run = train(settings, output=tmp_path, quiet=True)
    model = RunFolder(run.path).model.read_bytes()
    for left in ("model.onnx", "training.png"):
        (run.path / left).unlink()
    resumed = train(settings, resume=run.path, quiet=True)
    assert RunFolder(run.path).model.read_bytes() == model
    assert (resumed.updates, resumed.reached, resumed.rows) == (run.updates, run.reached, run.rows)
    assert {path.name for path in run.path.iterdir()} == FILES


def test_a_training_killed_before_its_first_checkpoint_starts_again(tmp_path: Path) -> None:
    settings = settings_for(max_updates=10, round_updates=10)
    run = train(settings, output=tmp_path, quiet=True)
    model = RunFolder(run.path).model.read_bytes()
    for path in run.path.iterdir():
        if path.name != "config.json":
            path.unlink()
    train(settings, resume=run.path, quiet=True)
    assert RunFolder(run.path).model.read_bytes() == model


def test_temporary_files_of_a_killed_training_are_removed(tmp_path: Path) -> None:
    run = train(settings_for(max_updates=5), output=tmp_path, quiet=True)
    for name, rest in (("last.ckpt", "a1b2c3d4.ckpt"), ("metrics.csv", "________.csv")):
        (run.path / f"{temporary_prefix(Path(name))}{rest}").write_bytes(b"half")
    (run.path / ".mine").write_text("mine")
    train(settings_for(max_updates=5), resume=run.path, quiet=True)
    assert {path.name for path in run.path.iterdir()} == {*FILES, ".mine"}


def test_two_trainings_do_not_run_in_one_folder(tmp_path: Path) -> None:
    run = train(settings_for(max_updates=5), output=tmp_path, quiet=True)
    before = contents(run.path)
    with (
        RunFolder(run.path).lock(),
        pytest.raises(InputError, match=r"version_0: another training is running in it$"),
    ):
        train(settings_for(max_updates=10), resume=run.path, quiet=True)
    assert contents(run.path) == before


@pytest.fixture(scope="module")
def ten_updates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(settings_for(max_updates=10, round_updates=5), output=tmp_path_factory.mktemp("ten"), quiet=True).path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda checkpoint: checkpoint.pop("global_step"), r": not a checkpoint of this run \(KeyError\)$"),
        (lambda checkpoint: checkpoint.pop("state_dict"), r": not a checkpoint of this run \(KeyError\)$"),
        (lambda checkpoint: checkpoint.pop("callbacks"), r": not a checkpoint of this run \(KeyError\)$"),
        (lambda checkpoint: checkpoint.pop("optimizer_states"), r": not a checkpoint of this run \(\w+\)$"),
        (lambda checkpoint: checkpoint.update(loops=3), r": not a checkpoint of this run \(\w+\)$"),
        (lambda checkpoint: checkpoint["state_dict"].popitem(), r": not a checkpoint of this run \(RuntimeError\)$"),
    ],
    ids=["no-step", "no-weights", "no-figures", "no-optimiser", "no-loops", "a-weight-less"],
)
def test_a_checkpoint_of_another_kind_is_refused(change: Any, message: str, ten_updates: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(ten_updates, tmp_path / "run"))
    checkpoint = read_checkpoint(RunFolder(run).checkpoint)
    change(checkpoint)
    write_checkpoint(RunFolder(run).checkpoint, checkpoint)
    with pytest.raises(InputError, match=rf"last\.ckpt{message}"):
        train(settings_for(max_updates=20, round_updates=5), resume=run, quiet=True)


@pytest.mark.slow  # tests/cli/test_interrupted.py has it within one process
@pytest.mark.parametrize("workers", [0, 2], ids=["no-worker", "two-workers"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_leaves_a_run_that_can_be_used_and_resumed(
    number: signal.Signals, workers: int, tmp_path: Path
) -> None:
    arguments = ["--hidden-size", "16", "--noise", "3", "--test-sequences", "250", "--seed", "5"]
    arguments += ["--workers", str(workers)]
    command = [sys.executable, "-m", "shapeclf", "train", *arguments, "--max-updates", "1000000"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    while not (line := process.stderr.readline()).startswith("update 50: "):
        assert line.startswith("note: ")  # an empty line would be its end
    os.killpg(process.pid, number)  # as a terminal sends Ctrl-C to all processes
    output, errors = process.communicate(timeout=60)  # also waits for the workers, which have the same outputs
    assert process.returncode == 1
    assert output == f"{Path('runs') / 'version_0'}\n"
    assert "Traceback" not in errors
    assert errors.splitlines()[-1].startswith("interrupted after ")

    folder = tmp_path / "runs" / "version_0"
    assert {path.name for path in folder.iterdir()} == FILES
    recognizer = Recognizer.load(folder)
    updates = recognizer.model.record["updates"]
    assert 50 <= updates < 1_000_000
    assert f"after {updates} updates" in errors
    with (folder / "metrics.csv").open(newline="") as file:
        assert [int(row["update"]) for row in csv.DictReader(file)][-1] == updates
    assert evaluate(recognizer, sequences=500).accuracy[3] > 1 / 3

    stopped = torch.load(folder / "last.ckpt", weights_only=True)["global_step"]
    longer = replace(RunFolder(folder).read_settings(), max_updates=stopped + 50)
    resumed = train(longer, resume=folder, quiet=True)
    whole = train(longer, output=tmp_path / "whole", quiet=True)
    assert figures(resumed) == figures(whole)
    assert RunFolder(resumed.path).model.read_bytes() == RunFolder(whole.path).model.read_bytes()
