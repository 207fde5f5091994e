from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from shapeclf.datasets.wave_data import series_data
from shapeclf.datasets.windows import windows_of
from shapeclf.errors import InputError
from shapeclf.training.waves.forecaster import recipe_forecaster
from shapeclf.training.waves.recipes import WAVE_RECIPES, KeepName, WaveRecipe, recipe_data, shortened, wave_recipe
from shapeclf.training.waves.reports import drawn_rmse, one_step_report
from shapeclf.training.waves.runs import WaveRun, train_wave

SERIES = np.sin(np.arange(800.0) / 10)[:, np.newaxis]
QUICK = replace(wave_recipe("sin"), window=6, updates_per_epoch=40, epochs=3, batch_size=64, hidden_sizes=(8,))


def trained(recipe: WaveRecipe, folder: Path, **options: Any) -> WaveRun:
    return train_wave(recipe, output=folder, quiet=True, **options)


def test_a_short_training_is_far_better_than_no_change_and_repeats_itself(tmp_path: Path) -> None:
    first, again = (trained(QUICK, tmp_path, series=SERIES, seed=1).forecaster for _ in range(2))
    report = one_step_report(first, series_data(SERIES, 6))
    assert report.skill is not None
    assert report.skill > 0.99
    assert report.baseline["autoregressive"] < 1e-20
    assert all(torch.equal(one, other) for one, other in zip(first.parameters(), again.parameters(), strict=True))


@pytest.mark.parametrize("keep", ["best", "last"])
def test_the_best_round_is_kept_or_the_last(keep: KeepName, tmp_path: Path) -> None:
    recipe = replace(QUICK, updates_per_epoch=2, epochs=4, learning_rate=0.5, schedule="constant", keep=keep)
    data = series_data(SERIES, 6)
    run = trained(recipe, tmp_path, series=SERIES)
    losses = [row["val_loss"] for row in run.rows]
    assert min(losses) < 0.9 * losses[-1]  # so that it makes a difference
    windows, targets = windows_of(torch.tensor(data.validation).numpy(), 6)
    inputs = torch.tensor(windows[0].copy())
    batch = (inputs, torch.cat([inputs[:, 1:], torch.tensor(targets[0].copy()).unsqueeze(1)], dim=1))
    with torch.no_grad():
        loss = run.forecaster.loss(batch).item()
    assert loss == pytest.approx(min(losses) if keep == "best" else losses[-1], rel=1e-5)


def test_errors_can_leave_the_first_values_out() -> None:
    data = series_data(SERIES, 6)
    forecaster = recipe_forecaster(QUICK, data).eval()
    whole, later = one_step_report(forecaster, data), one_step_report(forecaster, data, after=30)
    np.testing.assert_array_equal(later.forecasts, whole.forecasts[:, 24:])
    np.testing.assert_array_equal(later.targets, data.test[:, 30:])
    assert later.mse == pytest.approx(np.square(whole.forecasts - whole.targets)[:, 24:].mean())
    assert later.baseline["no_change"] == pytest.approx(np.square(np.diff(data.test[0, 29:, 0])).mean())
    for after in (5, 80):
        with pytest.raises(InputError, match=f"after: {after} was given; allowed are 6..79"):
            one_step_report(forecaster, data, after=after)


def test_a_forecaster_without_a_window_is_trained_and_draws(tmp_path: Path) -> None:
    recipe = replace(wave_recipe("shifted-sines"), updates_per_epoch=2, epochs=2, free_running_after=2, crop_steps=120)
    data = recipe_data(recipe)
    run = trained(recipe, tmp_path)
    assert run.updates == 4
    assert min(row["val_drawn_rmse"] for row in run.rows) == pytest.approx(
        drawn_rmse(run.forecaster, data.validation[:, :999], data.validation[:, 999:]), rel=1e-3
    )


@pytest.mark.parametrize("name", WAVE_RECIPES)
def test_every_recipe_can_be_set_up(name: str) -> None:
    recipe = wave_recipe(name)
    data = recipe_data(recipe)
    forecaster = recipe_forecaster(recipe, data)
    forecasts, _ = forecaster(torch.tensor(data.test[:, :30]))
    assert forecasts.shape == (len(data.test), 30 - (recipe.window or 1) + 1, data.test.shape[-1])
    with pytest.raises(FrozenInstanceError):
        recipe.window = 3  # type: ignore[misc]


def test_an_unknown_recipe_lists_the_known() -> None:
    with pytest.raises(InputError, match="there is no 'cos'; known are sin, sin-cos, x-sin, shifted-sines"):
        wave_recipe("cos")


def test_noise_changes_other_settings_of_a_wave_recipe() -> None:
    assert wave_recipe("sin", noise=0.1).scaling == "series"
    noisy = wave_recipe("x-sin", noise=0.1)
    assert noisy.highway
    assert (noisy.keep, noisy.patience) == ("last", noisy.epochs)
    assert wave_recipe("sin", noise=0.0) == wave_recipe("sin")
    assert wave_recipe("shifted-sines", noise=0.1).noise == 0.1


@pytest.mark.parametrize("updates", [1, 7, 250, 1400, 5000])
def test_a_shortened_recipe_makes_no_more_updates_and_runs_free_in_proportion(updates: int) -> None:
    whole = wave_recipe("shifted-sines")
    shorter = shortened(whole, updates)
    assert updates - shorter.epochs < shorter.updates <= updates
    assert shorter.free_running_after == pytest.approx(updates * 1200 / 1400, abs=0.5)
    assert shortened(whole, whole.updates) == whole


def test_a_recipe_cannot_be_shortened_to_nothing() -> None:
    with pytest.raises(InputError, match="max_updates: 0 was given"):
        shortened(wave_recipe("sin"), 0)
