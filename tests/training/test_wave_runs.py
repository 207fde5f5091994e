"""A forecaster's run: written, located and read back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from shapeclf.errors import InputError
from shapeclf.training.run_folder import RunFolder
from shapeclf.training.wave_folder import locate_wave_run
from shapeclf.training.wave_recipes import shortened, wave_recipe
from shapeclf.training.wave_reports import draw_waves
from shapeclf.training.wave_runs import given_and_truth, read_wave_run, train_wave

TINY = replace(shortened(wave_recipe("sin"), 4), hidden_sizes=(4,))
SERIES = np.stack([np.sin(np.arange(300.0) / 7), np.cos(np.arange(300.0) / 5)], axis=-1)


def test_a_run_read_back_draws_the_same(tmp_path: Path) -> None:
    run = train_wave(TINY, seed=3, series=SERIES, output=tmp_path, quiet=True)
    again = read_wave_run(RunFolder(run.path))
    assert (again.recipe, again.seed, again.updates) == (TINY, 3, 4)
    assert again.series is not None
    np.testing.assert_array_equal(again.series, SERIES)
    given, truth = given_and_truth(again)
    assert (given.shape, truth.shape) == ((1, 270, 2), (1, 30, 2))
    np.testing.assert_array_equal(draw_waves(again.forecaster, given, 9), draw_waves(run.forecaster, given, 9))


def test_the_global_random_state_and_the_threads_are_left_alone(tmp_path: Path) -> None:
    before = (torch.random.get_rng_state(), torch.get_num_threads())
    train_wave(TINY, series=SERIES, output=tmp_path, quiet=True)
    assert torch.equal(torch.random.get_rng_state(), before[0])
    assert torch.get_num_threads() == before[1]


def test_runs_are_numbered_and_the_newest_finished_one_is_meant(
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


def test_training_stops_early_and_keeps_the_best_look(tmp_path: Path) -> None:
    recipe = replace(TINY, updates_per_epoch=1, epochs=40, patience=2, learning_rate=3.0, anneal=False)
    run = train_wave(recipe, series=SERIES, output=tmp_path, quiet=True)
    assert run.updates < 40
    losses = np.loadtxt(run.path / "metrics.csv", delimiter=",", skiprows=1)[:, 2]
    assert losses.argmin() == len(losses) - 3


@pytest.mark.parametrize("content", ["settings", "weights"])
def test_a_checkpoint_that_does_not_fit_is_refused(content: str, tmp_path: Path) -> None:
    run = train_wave(TINY, series=SERIES, output=tmp_path, quiet=True)
    kept = torch.load(run.path / "last.ckpt", weights_only=True)
    if content == "settings":
        kept["forecaster"]["colour"] = "red"
    else:
        kept["weights"].popitem()
    torch.save(kept, run.path / "last.ckpt")
    with pytest.raises(InputError, match="not a forecaster's checkpoint"):
        read_wave_run(RunFolder(run.path))


def test_a_checkpoint_of_a_later_format_is_refused(tmp_path: Path) -> None:
    torch.save({"wave_format": 2}, tmp_path / "last.ckpt")
    with pytest.raises(InputError, match="format 2; this version reads 1"):
        read_wave_run(RunFolder(tmp_path))
