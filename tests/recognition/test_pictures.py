import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from shapeclf.datasets import Family
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.errors import InputError
from shapeclf.recognition import Recognition
from shapeclf.recognition.pictures import check_picture_name, recognition_figure, save_figure

MAGIC = {".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<?xml", ".pdf": b"%PDF-"}
KNOWN = {family.name: family for family in BUILT_IN}


def _figure(points: int = 5) -> Figure:
    rng = np.random.default_rng(0)
    posterior = rng.dirichlet([1, 1], size=points)
    return recognition_figure(Recognition(("line", "sqrt"), posterior, rng.uniform(1, 2, (points, 2)), {}))


def _recognition(family: str, x: object, y: object, others: int = 1, known: dict[str, Family] = KNOWN) -> Recognition:
    """Nine in ten for the family after every point, what is left to others."""
    points = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
    names = (family, *(f"other{n}" for n in range(others)))
    posterior = np.tile([0.9, *[0.1 / others] * others], (len(points), 1))
    return Recognition(names, posterior, points, known)


def _draw(figure: Figure) -> None:
    """As savefig does: only this lays out what stands where."""
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]


def _lines(ax: Axes) -> list[tuple[list[float], list[float]]]:
    """The lines of more than one point, or of all there are."""
    lines = [(np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata()).tolist()) for line in ax.get_lines()]
    longest = max(len(x) for x, _ in lines)
    return [line for line in lines if len(line[0]) == longest]


def _legend(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def _small(ax: Axes) -> str:
    return "".join(text.get_text() for text in ax.texts)


# Writing.


@pytest.mark.parametrize("ending", [".png", ".svg", pytest.param(".pdf", marks=pytest.mark.slow)])
def test_the_same_figure_is_the_same_bytes(ending: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}{ending}" for name in ("one", "two")]
    for path in paths:
        save_figure(_figure(5), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].read_bytes().startswith(MAGIC[ending])


def test_different_figures_have_different_bytes(tmp_path: Path) -> None:
    for name, heights in (("one", [1.0, 2.0]), ("two", [2.0, 1.0])):
        figure = Figure(figsize=(1, 1))
        figure.subplots().plot(heights)
        save_figure(figure, tmp_path / f"{name}.png")
    assert (tmp_path / "one.png").read_bytes() != (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize("name", ["figure.jpg", "figure", ".png", "figure.png.gz"], ids=repr)
def test_other_suffixes_are_refused(name: str, tmp_path: Path) -> None:
    message = r"figure\S*: a picture's name ends in \.pdf, \.png, \.svg$|/\.png: a picture's name ends in"
    with pytest.raises(InputError, match=message):
        check_picture_name(tmp_path / name)
    with pytest.raises(InputError, match=message):
        save_figure(Figure(figsize=(1, 1)), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["figure.png", "figure.PNG", "a.b.svg", "figure.Pdf"])
def test_known_suffixes_are_accepted(name: str, tmp_path: Path) -> None:
    check_picture_name(tmp_path / name)
    save_figure(Figure(figsize=(1, 1)), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(MAGIC[(tmp_path / name).suffix.lower()])


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        save_figure(Figure(figsize=(1, 1)), tmp_path / "nowhere" / "figure.png")


# The drawing.


def test_points_and_posterior() -> None:
    points, posterior = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.4, 0.6], [0.1, 0.9]])
    left, right = recognition_figure(Recognition(("line", "sqrt"), posterior, points, {})).axes
    assert _lines(left) == [([1.0, 3.0], [2.0, 4.0])]
    assert _lines(right) == [([1, 2], [0.6, 0.9]), ([1, 2], [0.4, 0.1])]  # the most probable first
    assert _legend(right) == ["sqrt", "line"]
    assert (left.get_title("left"), right.get_ylabel()) == ("very probably the family sqrt (90 %)", "probability")


def test_the_curve_with_its_band_and_its_equation() -> None:
    x = np.arange(6.0)
    recognition = _recognition("line", x, 2 * x + 1 + np.array([0.1, -0.1, 0.0, 0.1, -0.1, 0.0]))
    left, _ = recognition_figure(recognition).axes
    _, (places, heights) = ((line.get_xdata(), line.get_ydata()) for line in left.get_lines())
    fit = recognition.fit
    assert fit is not None
    np.testing.assert_allclose(np.asarray(heights), fit.curve(np.asarray(places)))
    assert (np.min(np.asarray(places)), np.max(np.asarray(places))) == (0.0, 5.0)
    band = fit.band([0.0])
    assert band is not None
    (drawn,) = left.collections
    corners = drawn.get_paths()[0].vertices
    assert np.asarray(corners)[np.asarray(corners)[:, 0] == 0.0, 1].min() == pytest.approx(band[0][0])
    assert _small(left) == f"{fit.equation}\nR² {fit.r_squared:.4f}, shaded: 95 % band of the curve"
    assert left.get_legend() is None  # a legend could hide points


def test_without_a_fit_there_are_the_points_alone() -> None:
    x = np.arange(6.0)
    for recognition, fit in (_recognition("line", x, 2 * x), False), (_recognition("none", x, 2 * x), True):
        left, _ = recognition_figure(recognition, fit=fit).axes
        assert len(left.get_lines()) == 1
        assert _small(left) == ""
        assert "fit" not in vars(recognition) or recognition.fit is None  # no fit was made


@pytest.mark.parametrize(
    ("family", "x", "y", "curves"),
    [
        pytest.param("line", [3], [4], 0, id="one point"),
        pytest.param("line", [3, 4], [4, 1], 0, id="two points"),
        pytest.param("line", [2, 2, 2], [1, 2, 3], 0, id="all x equal"),
        pytest.param("line", [1, 2, 3], [5, 5, 5], 1, id="all y equal"),
        pytest.param("sqrt", [-1, 2, 3], [5, 6, 7], 0, id="outside the domain"),
        pytest.param("reciprocal", [0, 2, 3], [5, 6, 7], 0, id="no value at zero"),
        pytest.param("exponential", [0, 1, 2], [1, 2, 4], 0, id="no more points than parameters"),
        pytest.param("logistic", [0, 1, 2, 3, 4], [0, 0, 1, 2, 2], 1, id="few points of a logistic"),
        pytest.param("line", [1e-9, 2e-9, 3e-9], [1e12, 2e12, 3e12], 1, id="far scales"),
        pytest.param("line", [-1e300, 0, 1e300], [1, 2, 3], 1, id="huge"),
    ],
)
def test_odd_points_draw_without_a_warning(family: str, x: list[float], y: list[float], curves: int) -> None:
    figure = recognition_figure(_recognition(family, x, y))
    _draw(figure)
    assert len(figure.axes[0].get_lines()) == 1 + curves


def test_six_families_have_a_line_of_their_own_the_likely_ones() -> None:
    posterior = np.full((10, 9), 0.01)
    posterior[:5, 6] = 0.5  # likely after half of the points
    posterior[-1, 8] = 0.3  # likely only at the end
    posterior[-1, 2] = 0.2
    posterior /= posterior.sum(axis=1, keepdims=True)
    names = tuple("abcdefghi")
    _, right = recognition_figure(Recognition(names, posterior, np.ones((10, 2)), {})).axes
    reported = _legend(right)
    assert reported[:2] == ["i", "c"]
    assert "g" in reported
    assert reported[-1] == "3 others together"
    assert len(reported) == 7
    shown = [names.index(name) for name in reported[:-1]]
    others = [column for column in range(9) if column not in shown]
    np.testing.assert_allclose(_lines(right)[-1][1], posterior[:, others].sum(axis=1))


def test_a_seventh_family_is_named() -> None:
    _, right = recognition_figure(_recognition("line", [1, 2], [3, 4], others=6)).axes
    assert sorted(_legend(right)) == sorted(["line", *(f"other{n}" for n in range(6))])


LONG = Family(
    "a-rather-long-name-of-a-family-of-mine",
    "y = k·(x + 1.234567·x²/(x + 17.5) + 0.001·cosh(0.1·x)·log(x + 3.14159265)) + b",
    lambda x: x,
)


@pytest.mark.parametrize(
    "recognition",
    [
        pytest.param(_recognition("line", np.arange(9.0), np.arange(9.0)), id="a line"),
        pytest.param(
            _recognition("sine", np.arange(200) / 10, np.sin(np.arange(200) / 6) + 0.1 * np.cos(np.arange(200))),
            id="a sine of 200 points",
        ),
        pytest.param(
            _recognition("logistic", np.arange(8) + 2000, 1e6 / (1 + np.exp(3.5 - np.arange(8)))),
            id="1e6 above the axis",
        ),
        pytest.param(
            _recognition(LONG.name, np.arange(9.0), np.arange(9.0) + 1e-3, known={LONG.name: LONG}), id="long names"
        ),
        pytest.param(
            Recognition((LONG.name, LONG.name[::-1]), np.array([[0.45, 0.4]]), np.ones((1, 2)), {}), id="a long tie"
        ),
    ],
)
def test_titles_fit_and_hide_nothing(recognition: Recognition) -> None:
    figure = recognition_figure(recognition)
    _draw(figure)
    left, right = figure.axes
    above_axes = (left.yaxis.get_offset_text(), *left.texts, left._left_title)  # type: ignore[attr-defined]
    boxes = [text.get_window_extent() for text in above_axes if text.get_text()]
    assert len(boxes) >= (1 if recognition.fit is None else 2)
    top = left.get_window_extent().y1
    for box in boxes:
        assert box.x1 <= right.get_window_extent().x0
        assert box.y0 >= top - 1  # of a pixel
        assert box.y1 <= figure.bbox.y1 + 1
    for below, above in pairwise(boxes):
        assert below.y1 <= above.y0 + 1
    legend = right.get_legend()
    assert legend is not None
    assert legend.get_window_extent().x0 >= right.get_window_extent().x1
    assert legend.get_window_extent().x1 <= figure.bbox.x1 + 1
    assert left.get_window_extent().width > 0.33 * figure.bbox.width  # the names leave room for the axes


def test_names_are_not_drawn_as_formulas() -> None:
    # An untrusted model may call a family anything, and matplotlib typesets text between dollar signs.
    names = (r"$\frac$", "$a$", "_hidden")
    recognition = Recognition(names, np.array([[0.6, 0.3, 0.1]]), np.ones((1, 2)), {})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = recognition_figure(recognition)
        _draw(figure)
    assert names[0] in figure.axes[0].get_title("left")


def test_numbers_of_points_have_integer_ticks() -> None:
    for points in (1, 2, 3):
        _, right = recognition_figure(_recognition("line", range(points), range(points))).axes
        shown = [tick for tick in right.get_xticks() if right.get_xlim()[0] <= tick <= right.get_xlim()[1]]
        assert shown
        assert all(tick == round(tick) for tick in shown)


def test_the_first_of_very_many_points_are_visible() -> None:
    for points, scale in (1000, "linear"), (1001, "log"):
        left, right = recognition_figure(_recognition("line", range(points), range(points))).axes
        assert right.get_xscale() == scale
        cloud, curve = left.get_lines()
        assert curve.get_zorder() > cloud.get_zorder()
