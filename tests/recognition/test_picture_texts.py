"""Titles and labels of pictures fit, and hide nothing."""

import warnings
from itertools import pairwise

import numpy as np
import pytest

from shapeclf.datasets import Family
from shapeclf.recognition import Recognition
from shapeclf.recognition.answer_pictures import _Texts, recognition_figure

from .drawing import axes_of, draw, recognition_of

LONG = Family(
    "a-rather-long-name-of-a-family-of-mine",
    "y = k·(x + 1.234567·x²/(x + 17.5) + 0.001·cosh(0.1·x)·log(x + 3.14159265)) + b",
    lambda x: x,
)


@pytest.mark.parametrize(
    "recognition",
    [
        pytest.param(recognition_of("line", np.arange(9.0), np.arange(9.0)), id="a line"),
        pytest.param(
            recognition_of("sine", np.arange(200) / 10, np.sin(np.arange(200) / 6) + 0.1 * np.cos(np.arange(200))),
            id="a sine of 200 points",
        ),
        pytest.param(
            recognition_of("logistic", np.arange(8) + 2000, 1e6 / (1 + np.exp(3.5 - np.arange(8)))),
            id="1e6 above the axis",
        ),
        pytest.param(
            recognition_of(LONG.name, np.arange(9.0), np.arange(9.0) + 1e-3, known={LONG.name: LONG}), id="long names"
        ),
        pytest.param(
            Recognition((LONG.name, LONG.name[::-1]), np.array([[0.45, 0.4]]), np.ones((1, 2)), {}), id="a long tie"
        ),
    ],
)
def test_titles_fit_and_hide_nothing(recognition: Recognition) -> None:
    figure = recognition_figure(recognition)
    draw(figure)
    axes = axes_of(figure)
    left, right = axes["points"], axes["posterior"]
    above_axes = (left.yaxis.get_offset_text(), *left.texts, left._left_title)  # type: ignore[attr-defined]
    boxes = [text.get_window_extent() for text in above_axes if text.get_text()]
    assert len(boxes) >= (1 if recognition.fit is None else 2)
    top = left.get_window_extent().y1
    for box in boxes:
        assert box.x1 <= left.get_window_extent().x1 + 0.03 * figure.bbox.width  # letters differ in width
        assert box.y0 >= top - 1  # of a pixel
        assert box.y1 <= figure.bbox.y1 + 1
    for below, above in pairwise(boxes):
        assert below.y1 <= above.y0 + 1
    legend = right.get_legend()
    assert legend is not None
    assert legend.get_window_extent().x0 >= right.get_window_extent().x1
    assert legend.get_window_extent().x1 <= figure.bbox.x1 + 1
    assert left.get_window_extent().width > 0.33 * figure.bbox.width  # the names leave room for the axes


def test_a_percent_sign_stays_with_its_number() -> None:
    titles = [_Texts(width, 2.0, 1.0).wrapped("very probably a line (90 %)") for width in np.arange(1.2, 4.0, 0.1)]
    assert {title.count("\n") for title in titles} == {0, 1}
    for title in titles:
        assert "\n%" not in title
        assert title.replace("\n", " ") == "very probably a line (90 %)"


def test_a_p_value_is_not_broken() -> None:
    for width in np.arange(1.5, 4.0, 0.1):
        assert "p < 1e−6" in _Texts(width, 2.0, 1.0).wrapped("not random (Durbin–Watson 0.087, p < 1e−6)", 16.5)


def test_names_are_not_drawn_as_formulas() -> None:
    # An untrusted model may call a family anything, and matplotlib typesets text between dollar signs.
    names = (r"$\frac$", "$a$", "_hidden")
    recognition = Recognition(names, np.array([[0.6, 0.3, 0.1]]), np.ones((1, 2)), {})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = recognition_figure(recognition)
        draw(figure)
    assert names[0] in figure.axes[0].get_title("left")
