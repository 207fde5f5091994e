from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shapeclf.evaluation import Report, evaluate
from shapeclf.evaluation.plots import report_figure, training_figure
from shapeclf.recognition import Recognizer
from shapeclf.recognition.pictures import save_figure


@pytest.fixture(scope="module")
def report(tiny_model: Path) -> Callable[[int], Report]:
    """Makes a report with given accuracy, NLL and confusion."""
    recognizer = Recognizer.load(tiny_model)
    confusion = np.array([[30, 0, 0], [10, 20, 0], [1, 2, 37]])

    @cache
    def make(points: int) -> Report:
        accuracy = np.linspace(0.5, 1.0, points)
        evaluated = evaluate(recognizer, points=points, sequences=100)
        return replace(evaluated, accuracy=accuracy, nll=1.5 - accuracy, confusion=confusion)

    return make


def _rows(rounds: int = 3, points: int = 4) -> list[dict[str, float]]:
    return [
        {"update": 50.0 * n, "train_loss": 1.0 / n}
        | {f"accuracy_{place}": 1 - 0.1 * place / n for place in range(1, points + 1)}
        for n in range(1, rounds + 1)
    ]


FIGURES = [
    pytest.param(lambda: training_figure(_rows()), id="training"),
    pytest.param(lambda: training_figure(_rows(1, 1)), id="training, one round"),
    pytest.param(lambda: training_figure(_rows(40, 20)), id="training, many rounds and points"),
]


def _lines(ax: Axes) -> list[tuple[list[float], list[float]]]:
    return [(np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata()).tolist()) for line in ax.get_lines()]


def _legend(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


@pytest.mark.parametrize("draw", FIGURES)
def test_every_figure_draws(draw: Callable[[], Figure], tmp_path: Path) -> None:
    save_figure(draw(), tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 5000


@pytest.mark.parametrize("points", [1, 4, 64], ids=repr)
def test_every_report_draws(report: Callable[[int], Report], points: int, tmp_path: Path) -> None:
    save_figure(report_figure(report(points)), tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 5000


def test_training_shows_loss_and_accuracy_by_number_of_points() -> None:
    losses, accuracies = training_figure(_rows(3, 4)).axes
    assert _lines(losses) == [([50.0, 100.0, 150.0], [1.0, 0.5, 1 / 3])]
    assert _legend(accuracies) == ["4 points", "3 points", "2 points", "1 point"]
    assert _lines(accuracies)[1] == ([50.0, 100.0, 150.0], [row["accuracy_2"] for row in _rows(3, 4)])


@pytest.mark.parametrize(("rounds", "scale"), [(10, "linear"), (11, "log")], ids=str)
def test_a_loss_that_falls_by_more_than_a_decade_has_a_logarithmic_axis(rounds: int, scale: str) -> None:
    losses, _ = training_figure(_rows(rounds)).axes
    assert losses.get_yscale() == scale


def test_training_shows_six_of_many_numbers_of_points() -> None:
    _, accuracies = training_figure(_rows(2, 64)).axes
    shown = _legend(accuracies)
    assert len(shown) == 6
    assert (shown[0], shown[-1]) == ("64 points", "1 point")


def test_a_report_shows_its_figures(report: Callable[[int], Report]) -> None:
    axes = {ax.get_title(): ax for ax in report_figure(report(4)).axes}
    accuracy, nll, confusion = axes["Accuracy"], axes["Negative log-likelihood"], axes["After 4 points"]
    assert ([1, 2, 3, 4], report(4).accuracy.tolist()) in _lines(accuracy)
    assert [1 / 3, 1 / 3] in [y for _, y in _lines(accuracy)]  # chance
    assert ([1, 2, 3, 4], report(4).nll.tolist()) in _lines(nll)
    texts = [text.get_text() for text in confusion.texts]
    assert texts == ["1.000", "0.000", "0.000", "0.333", "0.667", "0.000", "0.025", "0.050", "0.925"]
    assert [label.get_text() for label in confusion.get_yticklabels()] == ["line", "parabola", "sqrt"]
    assert confusion.get_ylabel() == "truth"


def test_a_family_that_never_came_up_has_an_empty_row(report: Callable[[int], Report]) -> None:
    confusion = np.diag([3, 0, 4])
    (shown,) = [ax for ax in report_figure(replace(report(1), confusion=confusion)).axes if ax.get_ylabel() == "truth"]
    assert [text.get_text() for text in shown.texts][3:6] == ["0.000", "0.000", "0.000"]
