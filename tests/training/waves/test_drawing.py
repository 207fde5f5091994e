"""Drawing with a run: from its series, from another one, and beyond the last value."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shapeclf.errors import InputError
from shapeclf.training.waves.drawing import Drawing, draw_run, half_step_rmse
from shapeclf.training.waves.forecaster import recipe_forecaster
from shapeclf.training.waves.recipes import recipe_data, shortened, wave_recipe
from shapeclf.training.waves.runs import WaveRun, WaveTask, train_wave

SERIES = np.stack([np.sin(np.arange(300.0) / 7), np.cos(np.arange(300.0) / 5)], axis=-1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> WaveRun:
    """A forecaster of ``SERIES``, barely trained."""
    recipe = replace(shortened(wave_recipe("sin"), 4), hidden_sizes=(4,))
    return train_wave(recipe, series=SERIES, output=tmp_path_factory.mktemp("runs"), quiet=True)


def shapes(drawing: Drawing) -> tuple[tuple[int, ...], ...]:
    truth = () if drawing.truth is None else drawing.truth.shape
    return drawing.history.shape, drawing.drawn.shape, truth


def test_the_last_values_are_withheld_as_true_values(run: WaveRun) -> None:
    assert shapes(draw_run(run)) == ((1, 270, 2), (1, 30, 2), (1, 30, 2))
    assert shapes(draw_run(run, series=SERIES[:100])) == ((1, 50, 2), (1, 50, 2), (1, 50, 2))
    drawing = draw_run(run, steps=7, series=SERIES[:100])
    assert drawing.truth is not None
    np.testing.assert_array_equal(drawing.history[0], SERIES[:93])
    np.testing.assert_array_equal(drawing.truth[0], SERIES[93:100])
    assert drawing.rmse == pytest.approx(np.sqrt(np.square(drawing.drawn[0] - SERIES[93:100]).mean()))


def test_drawing_beyond_the_end_equals_drawing_with_true_values_withheld(run: WaveRun) -> None:
    beyond = draw_run(run, steps=7, series=SERIES[:93], beyond=True)
    assert (beyond.truth, beyond.rmse) == (None, None)
    np.testing.assert_array_equal(beyond.drawn, draw_run(run, steps=7, series=SERIES[:100]).drawn)
    own = draw_run(run, steps=5, beyond=True)
    np.testing.assert_array_equal(own.history[0], SERIES)
    assert shapes(draw_run(run, beyond=True)) == ((1, 300, 2), (1, 1000, 2), ())


def test_test_waves_are_drawn_beyond_their_end() -> None:
    recipe = wave_recipe("shifted-sines")
    data = recipe_data(recipe, 3)
    run = WaveRun(Path(), WaveTask(recipe, 3, None), recipe_forecaster(recipe, data).eval(), 0)
    drawing = draw_run(run, steps=2, beyond=True)
    assert shapes(drawing) == ((3, 1999, 1), (3, 2, 1), ())
    assert shapes(draw_run(run, steps=2)) == ((3, 999, 1), (3, 2, 1), (3, 2, 1))


@pytest.mark.parametrize(("count", "beyond"), [(10, False), (9, True)])
def test_a_series_shorter_than_the_window_is_refused(run: WaveRun, count: int, beyond: bool) -> None:
    with pytest.raises(InputError, match=f"series: {count} values are too few; the windows of .* hold 10"):
        draw_run(run, series=SERIES[:count], beyond=beyond)
    draw_run(run, steps=1, series=SERIES[: count + 1], beyond=beyond)


def test_the_error_at_half_steps_of_a_forecaster_that_repeats_the_last_value() -> None:
    recipe = wave_recipe("shifted-sines")
    forecaster = recipe_forecaster(recipe, recipe_data(recipe)).eval()
    for weight in forecaster.network.output.parameters():
        weight.data.zero_()
    waves = np.sin((np.arange(1999) + np.arange(-80, 80)[:, np.newaxis] + 0.5) / 20)
    expected = np.sqrt(np.mean((waves[:, 998:999] - waves[:, 999:]) ** 2))
    assert half_step_rmse(forecaster) == pytest.approx(expected, rel=1e-4)
