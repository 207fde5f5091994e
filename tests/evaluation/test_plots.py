from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from shapeclf.evaluation import Report, evaluate
from shapeclf.evaluation.plots import report_figure, training_figure
from shapeclf.recognition import Recognizer


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
        | {f"accuracy_{number}": 1 - 0.1 * number / n for number in range(1, points + 1)}
        for n in range(1, rounds + 1)
    ]


def _lines(ax: Axes) -> list[tuple[list[float], list[float]]]:
    return [(np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata()).tolist()) for line in ax.get_lines()]


def _legend(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def _cut_off(figure: Figure) -> list[str]:
    """Return the titles, labels of axes and names in legends that reach beyond the drawn figure."""
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    texts = [text for ax in figure.axes for text in (ax.title, ax.xaxis.label, ax.yaxis.label)]
    texts += [text for ax in figure.axes if (legend := ax.get_legend()) for text in legend.get_texts()]
    edges = figure.bbox.padded(1)  # pixel
    boxes = {text.get_text(): text.get_window_extent() for text in texts if text.get_text()}
    assert boxes
    return [
        text
        for text, box in boxes.items()
        if not (edges.x0 <= box.x0 <= box.x1 <= edges.x1 and edges.y0 <= box.y0 <= box.y1 <= edges.y1)
    ]


@pytest.mark.parametrize(("rounds", "points", "marker"), [(1, 1, "o"), (40, 20, "")], ids=["least", "many"])
def test_the_figure_of_a_training_shows_every_round_within_its_axes(rounds: int, points: int, marker: str) -> None:
    rows = _rows(rounds, points)
    figure = training_figure(rows)
    losses, accuracies = figure.axes
    updates = [50.0 * n for n in range(1, rounds + 1)]
    assert _lines(losses) == [(updates, [row["train_loss"] for row in rows])]
    assert _lines(accuracies)[0] == (updates, [row["accuracy_1"] for row in rows])
    assert _lines(accuracies)[-1] == (updates, [row[f"accuracy_{points}"] for row in rows])
    assert {line.get_marker() or "" for ax in figure.axes for line in ax.get_lines()} == {marker}
    assert _cut_off(figure) == []


@pytest.mark.parametrize("points", [pytest.param(1, marks=pytest.mark.slow), 4, 64], ids=repr)
def test_the_figure_of_a_report_shows_its_reliability_within_its_axes(
    report: Callable[[int], Report], points: int
) -> None:
    figure = report_figure(report(points))
    (shown,) = [ax for ax in figure.axes if ax.get_title() == "Reliability"]
    diagonal, *curves = _lines(shown)
    assert diagonal == ([0.0, 1.0], [0.0, 1.0])
    counted = sorted({1, min(4, points), points})
    assert _legend(shown) == [f"{count} point{'' if count == 1 else 's'}" for count in counted]
    for number, (top, right) in zip(counted, curves, strict=True):
        answers, were_right, probability = report(points).reliability[:, number - 1]
        used = answers > 0
        np.testing.assert_allclose(top, probability[used] / answers[used])
        np.testing.assert_allclose(right, were_right[used] / answers[used])
    assert _cut_off(figure) == []


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


def test_the_confusion_of_many_families_is_in_per_cent(report: Callable[[int], Report]) -> None:
    confusion = np.diag([200.0] * 6)
    confusion[0, 1] = 100
    confusion[2, 3] = 0.5  # below half a per cent
    many = replace(report(1), families=tuple("abcdef"), confusion=confusion)
    (shown,) = [ax for ax in report_figure(many).axes if ax.get_ylabel() == "truth"]
    assert [text.get_text() for text in shown.texts][:8] == ["67", "33", "", "", "", "", "", "100"]
    assert [text.get_text() for text in shown.texts][14:16] == ["100", ""]
    assert shown.get_title() == "After 1 point (%)"


def test_a_family_that_is_never_drawn_has_an_empty_row(report: Callable[[int], Report]) -> None:
    confusion = np.diag([3, 0, 4])
    (shown,) = [ax for ax in report_figure(replace(report(1), confusion=confusion)).axes if ax.get_ylabel() == "truth"]
    assert [text.get_text() for text in shown.texts][3:6] == ["0.000", "0.000", "0.000"]
