"""The run of a forecaster: written, located and read."""

import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from shapeclf.errors import InputError
from shapeclf.training.checkpoints import read_checkpoint, write_checkpoint
from shapeclf.training.progress import ProgressBar
from shapeclf.training.rounds import Row
from shapeclf.training.run_folder import RunFolder
from shapeclf.training.waves.drawing import draw_run
from shapeclf.training.waves.folder import locate_wave_run
from shapeclf.training.waves.recipes import WaveRecipe, shortened, wave_recipe
from shapeclf.training.waves.runs import WaveRun, read_wave_run, resume_wave, train_wave

TINY = replace(shortened(wave_recipe("sin"), 4), hidden_sizes=(4,))
SERIES = np.stack([np.sin(np.arange(300.0) / 7), np.cos(np.arange(300.0) / 5)], axis=-1)


def test_a_run_read_back_draws_the_same(tmp_path: Path) -> None:
    run = train_wave(TINY, seed=3, series=SERIES, output=tmp_path, quiet=True)
    again = read_wave_run(RunFolder(run.path))
    assert (again.recipe, again.task.seed, again.updates) == (TINY, 3, 4)
    assert again.task.series is not None
    np.testing.assert_array_equal(again.task.series, SERIES)
    np.testing.assert_array_equal(draw_run(again, steps=9).drawn, draw_run(run, steps=9).drawn)


def test_the_picture_shows_the_rounds_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: dict[Path, Any] = {}
    monkeypatch.setattr("shapeclf.training.waves.runs.save_figure", lambda figure, path: saved.update({path: figure}))
    run = train_wave(replace(TINY, updates_per_epoch=2), series=SERIES, output=tmp_path, quiet=True)
    loss, *_ = saved[RunFolder(run.path).picture].axes[0].get_lines()
    assert loss.get_xydata().tolist() == [[row["update"], row["train_loss"]] for row in run.rows]


def test_the_global_random_state_and_the_threads_are_left_alone(tmp_path: Path) -> None:
    before = (torch.random.get_rng_state(), torch.get_num_threads())
    train_wave(TINY, series=SERIES, output=tmp_path, quiet=True)
    assert torch.equal(torch.random.get_rng_state(), before[0])
    assert torch.get_num_threads() == before[1]


def test_runs_are_numbered_and_the_newest_finished_one_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = [train_wave(TINY, series=SERIES, quiet=True).path for _ in range(2)]
    assert paths == [Path("runs/wave/version_0"), Path("runs/wave/version_1")]
    Path("runs/wave/version_2").mkdir()
    assert locate_wave_run().path == paths[1]
    assert locate_wave_run(paths[0]).path == paths[0]
    with pytest.raises(InputError, match="version_2: not a finished run of a forecaster"):
        locate_wave_run("runs/wave/version_2")


def test_training_stops_early_and_saves_the_best_round(tmp_path: Path) -> None:
    recipe = replace(TINY, updates_per_epoch=1, epochs=40, patience=2, learning_rate=3.0, schedule="constant")
    run = train_wave(recipe, series=SERIES, output=tmp_path, quiet=True)
    assert run.updates < 40
    losses = np.loadtxt(run.path / "metrics.csv", delimiter=",", skiprows=1)[:, 2]
    assert losses.argmin() == len(losses) - 3


def interrupted(recipe: WaveRecipe, after: int, output: Path, monkeypatch: pytest.MonkeyPatch) -> WaveRun:
    """Train until Ctrl-C ends the training in the round after a given update."""

    def report(progress: ProgressBar, row: Row) -> None:
        if row["update"] == after:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(ProgressBar, "report", report)
        run = train_wave(recipe, seed=5, series=SERIES, output=output, quiet=True)
    assert run.interrupted
    return run


# Early stopping at a rate that makes losses jump, the whole state of an optimiser, and dropout.
RESUMED = {
    "adam": replace(TINY, updates_per_epoch=4, epochs=6, noise=0.1, dropout=0.5, hidden_sizes=(4, 3)),
    "last kept": replace(TINY, updates_per_epoch=4, epochs=6, keep="last"),
    "adagrad": replace(TINY, updates_per_epoch=4, epochs=6, optimizer="adagrad", schedule="constant"),
    "early stop": replace(TINY, updates_per_epoch=4, epochs=40, patience=3, learning_rate=1.0, schedule="constant"),
    "lbfgs": replace(TINY, updates_per_epoch=1, epochs=5, optimizer="lbfgs", learning_rate=0.5, schedule="constant"),
}


@pytest.mark.parametrize(
    "recipe",
    [
        pytest.param(recipe, id=name, marks=() if name == "adam" else pytest.mark.slow)
        for name, recipe in RESUMED.items()
    ],
)
def test_a_resumed_training_equals_an_uninterrupted_one(
    recipe: WaveRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train_wave(recipe, seed=5, series=SERIES, output=tmp_path, quiet=True)
    stopped = interrupted(recipe, 2 * recipe.updates_per_epoch, tmp_path, monkeypatch)
    assert stopped.updates < whole.updates
    resumed = resume_wave(stopped.path, quiet=True)
    assert (resumed.path, resumed.updates, resumed.interrupted) == (stopped.path, whole.updates, False)
    weights, expected = resumed.forecaster.state_dict(), whole.forecaster.state_dict()
    assert all(torch.equal(weights[name], expected[name]) for name in expected)
    figures = [np.loadtxt(run.path / "metrics.csv", delimiter=",", skiprows=1) for run in (resumed, whole)]
    np.testing.assert_array_equal(figures[0][:, :-1], figures[1][:, :-1])  # all but the seconds
    assert np.all(np.diff(figures[0][:, -1]) > 0)
    again = read_wave_run(RunFolder(resumed.path)).forecaster.state_dict()
    assert all(torch.equal(again[name], expected[name]) for name in expected)


def test_one_training_at_a_time_resumes_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = interrupted(TINY, 4, tmp_path, monkeypatch)
    with RunFolder(run.path).lock(), pytest.raises(InputError, match=r"version_0: another training is running in it$"):
        resume_wave(run.path)
    assert not resume_wave(run.path, quiet=True).interrupted


def test_a_running_training_locks_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = []

    def report(progress: ProgressBar, row: Row) -> None:
        with pytest.raises(InputError, match=r"version_0: another training is running in it$"):
            resume_wave(tmp_path / "version_0")
        refused.append(row["update"])

    monkeypatch.setattr(ProgressBar, "report", report)
    train_wave(TINY, series=SERIES, output=tmp_path, quiet=True)
    assert refused == [4]


def test_a_training_killed_before_its_first_round_starts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(progress: ProgressBar, row: Row) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(ProgressBar, "report", killed)
        with pytest.raises(RuntimeError, match="killed"):
            train_wave(TINY, seed=5, series=SERIES, output=tmp_path, quiet=True)
    resumed = resume_wave(tmp_path / "version_0", quiet=True).forecaster.state_dict()
    whole = train_wave(TINY, seed=5, series=SERIES, output=tmp_path, quiet=True).forecaster.state_dict()
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def test_runs_that_cannot_be_resumed_are_refused(tmp_path: Path) -> None:
    run = train_wave(TINY, series=SERIES, output=tmp_path, quiet=True)
    with pytest.raises(InputError, match="version_0: it cannot be resumed: its training is over"):
        resume_wave(run.path)
    with pytest.raises(InputError, match="it cannot be resumed: it is not a run of a forecaster"):
        resume_wave(tmp_path)
    (run.path / "resume.ckpt").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"resume\.ckpt: not a checkpoint, or damaged or changed"):
        resume_wave(run.path)


def test_a_checkpoint_from_before_a_setting_has_its_default(tmp_path: Path) -> None:
    run = train_wave(TINY, series=SERIES, output=tmp_path, quiet=True)
    checkpoint = read_checkpoint(run.path / "last.ckpt")
    del checkpoint["recipe"]["keep"]
    write_checkpoint(run.path / "last.ckpt", checkpoint)
    assert read_wave_run(RunFolder(run.path)).recipe == TINY


@pytest.mark.parametrize("content", ["settings", "weights"])
def test_a_checkpoint_that_does_not_fit_is_refused(content: str, tmp_path: Path) -> None:
    run = train_wave(TINY, series=SERIES, output=tmp_path, quiet=True)
    checkpoint = read_checkpoint(run.path / "last.ckpt")
    if content == "settings":
        checkpoint["recipe"]["colour"] = "red"
    else:
        checkpoint["weights"].popitem()
    write_checkpoint(run.path / "last.ckpt", checkpoint)
    with pytest.raises(InputError, match="not a forecaster's checkpoint"):
        read_wave_run(RunFolder(run.path))


def test_a_checkpoint_of_a_later_format_is_refused(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "last.ckpt", {"wave_format": 4})
    with pytest.raises(InputError, match="format 4; this version reads 3"):
        read_wave_run(RunFolder(tmp_path))
