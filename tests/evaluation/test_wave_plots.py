"""Figures of forecasts show the history, the forecasts and the true values."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes

from shapeclf.evaluation.wave_plots import drawn_figure, one_step_figure, wave_training_figure
from shapeclf.recognition.pictures import save_figure

STEPS = np.arange(60)
WAVES = np.sin(STEPS[None, :, None] / 5 + np.arange(4)[:, None, None] + np.array([0.0, 1.5]))  # (4, 60, 2)


def line(ax: Axes, label: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    (found,) = [line for line in ax.get_lines() if line.get_label() == label]
    return np.column_stack([np.asarray(found.get_xdata()), np.asarray(found.get_ydata())])


def test_a_drawing_begins_where_the_given_values_end(tmp_path: Path) -> None:
    history, truth = WAVES[:, :40], WAVES[:, 40:]
    figure = drawn_figure("sin", history, truth + 0.1, truth, 0.1)
    axes = figure.axes
    assert len(axes) == 3  # of four waves
    assert "RMSE 0.1" in axes[0].get_title()
    for wave, ax in enumerate(axes):
        shown = line(ax, "history, channel 2")
        np.testing.assert_array_equal(shown, np.column_stack([np.arange(-20, 0), history[wave, 20:, 1]]))
        drawn = line(ax, "drawn, channel 2")
        np.testing.assert_array_equal(drawn, np.column_stack([np.arange(20), truth[wave, :, 1] + 0.1]))
        np.testing.assert_array_equal(line(ax, "true values")[:, 1], truth[wave, :, 0])
    save_figure(figure, tmp_path / "drawn.png")


@pytest.mark.parametrize("wrong", [1e9, np.nan, np.inf])
def test_a_drawing_that_diverges_does_not_hide_the_rest(wrong: float, tmp_path: Path) -> None:
    history, truth = WAVES[:1, :40, :1], WAVES[:1, 40:, :1]
    figure = drawn_figure("sin", history, np.full_like(truth, wrong), truth, wrong)
    low, high = figure.axes[0].get_ylim()
    assert -3 < low < -1 < 1 < high < 3
    save_figure(figure, tmp_path / "drawn.png")


def test_forecasts_are_shown_with_the_true_values_and_the_trivial_errors(tmp_path: Path) -> None:
    baseline = {"no_change": 0.04, "linear": 0.01, "autoregressive": 1e-6}
    figure = one_step_figure("sin", WAVES[..., :1] + 0.5, WAVES[..., :1], 0.25, baseline)
    values, errors = figure.axes
    np.testing.assert_array_equal(line(values, "forecast")[:, 1], WAVES[0, :, 0] + 0.5)
    np.testing.assert_array_equal(line(values, "true values")[:, 1], WAVES[0, :, 0])
    np.testing.assert_allclose(line(errors, "forecast")[:, 1], 0.5)
    assert line(errors, "linear (RMSE)")[0, 1] == pytest.approx(0.1)
    save_figure(figure, tmp_path / "one.svg")


@pytest.mark.parametrize("drawn", [False, True], ids=["one step", "drawing"])
def test_the_figure_of_a_training_shows_each_round(drawn: bool) -> None:
    rows = [{"update": 10.0, "train_loss": 2.0, "val_loss": 3.0}, {"update": 20.0, "train_loss": 1.0, "val_loss": 2.0}]
    if drawn:
        rows = [row | {"val_drawn_rmse": 0.5} for row in rows]
    (ax,) = wave_training_figure(rows).axes
    np.testing.assert_array_equal(line(ax, "validation loss"), [[10, 3], [20, 2]])
    assert len(ax.get_lines()) == 2 + drawn
