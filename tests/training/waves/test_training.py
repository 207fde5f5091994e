from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
import torch

from shapeclf.datasets.wave_data import series_data
from shapeclf.datasets.windows import windows_of
from shapeclf.errors import InputError
from shapeclf.training.waves.recipes import WAVE_RECIPES, recipe_data, recipe_forecaster, shortened, wave_recipe
from shapeclf.training.waves.reports import drawn_rmse, one_step_report
from shapeclf.training.waves.training import fit_wave

SERIES = np.sin(np.arange(800.0) / 10)[:, np.newaxis]
QUICK = replace(wave_recipe("sin"), window=6, updates_per_epoch=40, epochs=3, batch_size=64, hidden_sizes=(8,))


def test_a_short_training_is_far_better_than_no_change_and_repeats_itself() -> None:
    data = series_data(SERIES, 6)
    first, again = (fit_wave(QUICK, data, seed=1).forecaster for _ in range(2))
    report = one_step_report(first, data)
    assert report.skill > 0.99
    assert report.baseline["autoregressive"] < 1e-20
    assert all(torch.equal(one, other) for one, other in zip(first.parameters(), again.parameters(), strict=True))


@pytest.mark.parametrize("keep_best", [True, False])
def test_the_best_look_is_kept_or_the_last(keep_best: bool) -> None:
    recipe = replace(QUICK, updates_per_epoch=2, epochs=4, learning_rate=0.5, anneal=False, keep_best=keep_best)
    data = series_data(SERIES, 6)
    fitted = fit_wave(recipe, data)
    losses = [row["val_loss"] for row in fitted.rows]
    assert min(losses) < 0.9 * losses[-1]  # so that it makes a difference
    windows, targets = windows_of(torch.tensor(data.validation).numpy(), 6)
    inputs = torch.tensor(windows[0].copy())
    batch = (inputs, torch.cat([inputs[:, 1:], torch.tensor(targets[0].copy()).unsqueeze(1)], dim=1))
    with torch.no_grad():
        loss = fitted.forecaster.loss(batch).item()
    assert loss == pytest.approx(min(losses) if keep_best else losses[-1], rel=1e-5)


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


def test_a_stream_is_trained_and_draws() -> None:
    recipe = replace(wave_recipe("shifted-sines"), updates_per_epoch=2, epochs=2, free_running_after=2, crop_steps=120)
    data = recipe_data(recipe)
    fitted = fit_wave(recipe, data)
    assert fitted.updates == 4
    assert fitted.best == pytest.approx(
        drawn_rmse(fitted.forecaster, data.validation[:, :999], data.validation[:, 999:]), rel=1e-3
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


def test_the_official_example_has_its_published_size() -> None:
    recipe = wave_recipe("official-example")
    forecaster = recipe_forecaster(recipe, recipe_data(recipe))
    shapes = [(4 * 51, 1), (4 * 51, 51)] + 2 * [(4 * 51, 51)]
    lstm = sum(rows * columns for rows, columns in shapes) + 4 * 4 * 51
    assert sum(weight.numel() for weight in forecaster.parameters()) == lstm + 51 + 1
    assert forecaster.network.output.weight.dtype == torch.float64


def test_the_official_example_begins_with_its_published_weights() -> None:
    recipe = wave_recipe("official-example")
    network = recipe_forecaster(recipe, recipe_data(recipe), seed=0).network
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layers = [torch.nn.LSTMCell(1, 51), torch.nn.LSTMCell(51, 51), torch.nn.Linear(51, 1)]
    published = [weight.double() for layer in layers for weight in layer.parameters()]
    assert len(list(network.parameters())) == len(published)
    for ours, theirs in zip(network.parameters(), published, strict=True):
        torch.testing.assert_close(ours.detach(), theirs.detach(), rtol=0, atol=1e-8)


def test_an_unknown_recipe_lists_the_known() -> None:
    with pytest.raises(InputError, match="there is no 'cos'; known are sin, sin-cos, x-sin, shifted-sines"):
        wave_recipe("cos")


def test_noise_brings_its_settings_along() -> None:
    assert wave_recipe("sin", noise=0.1).scaling == "series"
    noisy = wave_recipe("x-sin", noise=0.1)
    assert noisy.highway
    assert (noisy.keep_best, noisy.patience) == (False, noisy.epochs)
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
