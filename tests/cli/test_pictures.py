"""The options that change a picture."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from matplotlib.figure import Figure

_POINTS = "t (s),U (mV)\n" + "".join(f"{t},{(t + 1) ** 2}\n" for t in range(6))


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Figure]:
    """The figures that commands draw, which are not written."""
    (tmp_path / "points.csv").write_text(_POINTS, encoding="utf-8")
    drawn: list[Figure] = []

    def save(figure: Figure, path: Path, size: tuple[float, float] | None = None) -> list[str]:
        if size is not None:
            figure.set_size_inches(*size)
        drawn.append(figure)
        return []

    monkeypatch.setattr("shapeclf.recognition.pictures.save_figure", save)
    return drawn


def test_size_scales_and_parts_of_the_picture(figures: list[Figure], shapeclf: Callable[..., Result]) -> None:
    options = ("--log", "xy", "--only", "curve", "--size", "7:4")
    result = shapeclf("predict", "points.csv", *options, "--plot", "a.png")  # in any order
    (figure,) = figures
    assert figure.get_size_inches().tolist() == [7.0, 4.0]
    points, residuals = figure.axes
    assert (points.get_xscale(), points.get_yscale(), residuals.get_xlabel()) == ("log", "log", "t (s)")
    assert "note: the picture leaves out 1 point whose x or y is not above 0: it has no logarithm" in result.stderr


def test_letters_that_no_font_has_are_reported_once(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    text = _POINTS.replace("t (s)", "\U00013000\U00013001 (\U00013002)")  # hieroglyphs
    (tmp_path / "points.csv").write_text(text, encoding="utf-8")
    result = shapeclf("predict", "points.csv", "--plot", "a.png")
    assert result.stderr.count("\n") == 2
    assert result.stderr.endswith("note: a.png shows boxes in place of letters that matplotlib's fonts lack\n")
    assert (tmp_path / "a.png").exists()


def test_without_a_fit_there_are_no_residuals(figures: list[Figure], shapeclf: Callable[..., Result]) -> None:
    shapeclf("predict", "points.csv", "--plot", "a.png", "--no-fit")
    assert [ax.get_label() for ax in figures[0].axes] == ["points", "posterior"]


def test_the_size_of_an_evaluation(figures: list[Figure], shapeclf: Callable[..., Result], tiny_model: Path) -> None:
    shapeclf("eval", "--model", tiny_model, "--sequences", 10, "--points", 3, "--plot", "a.png", "--size", "12:3.5")
    (figure,) = figures
    assert figure.get_size_inches().tolist() == [12.0, 3.5]
    for ax in figure.axes[:2]:
        assert all(tick == round(tick) >= 1 for tick in ax.get_xticks() if ax.get_xlim()[0] <= tick <= ax.get_xlim()[1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--size", "7:4"), "Invalid value for '--size': changes the picture: give --plot, too"),
        (("--log", "x"), "Invalid value for '--log': changes the picture: give --plot, too"),
        (("--plot", "a.svg", "--size", "7"), "Invalid value for '--size': '7' is not of the form W:H, as in 7:4"),
        (
            ("--plot", "a.svg", "--size", "7:nan"),
            "Invalid value for '--size': '7:nan': a width from 3 to 50 and a height from 2.5 to 50 are allowed",
        ),
        (
            ("--plot", "a.svg", "--log", "y"),
            "--log y: no point can be drawn, because y is not above 0 anywhere",
        ),
    ],
    ids=["no plot", "no plot for log", "one number", "not finite", "nothing to draw"],
)
def test_mistakes(options: tuple[str, ...], message: str, mistake: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("x,y\n1,-1\n2,-2\n3,-3\n", encoding="utf-8")
    assert mistake("predict", "points.csv", *options).splitlines()[-1] == message
    assert not (tmp_path / "a.svg").exists()
