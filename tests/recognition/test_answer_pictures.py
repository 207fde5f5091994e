from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from shapeclf.errors import InputError
from shapeclf.recognition import Recognition
from shapeclf.recognition.answer_pictures import recognition_figure
from shapeclf.recognition.naming import Names
from shapeclf.recognition.pictures import save_figure

from .drawing import KNOWN, axes_of, draw, legend_of, lines_of, recognition_of, small_text


def test_points_and_posterior() -> None:
    points, posterior = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.4, 0.6], [0.1, 0.9]])
    left, right = recognition_figure(Recognition(("line", "sqrt"), posterior, points, {})).axes
    assert (left.get_label(), right.get_label()) == ("points", "posterior")
    assert lines_of(left) == [([1.0, 3.0], [2.0, 4.0])]
    assert lines_of(right) == [([1, 2], [0.6, 0.9]), ([1, 2], [0.4, 0.1])]  # the most probable first
    assert legend_of(right) == ["sqrt", "line", "answer for all points"]
    assert (left.get_title("left"), right.get_ylabel()) == ("very probably the family sqrt (90 %)", "probability")


@pytest.fixture(scope="module")
def measured() -> Recognition:
    """Six readings about a line, with error bars, names and units."""
    x = np.arange(1.0, 7.0)
    recognition = recognition_of("line", x, 2 * x + 1 + np.array([0.1, -0.1, 0.0, 0.1, -0.1, 0.0]))
    return replace(recognition, y_error=np.linspace(0.05, 0.15, 6), names=Names("t", "U", "s", "mV"))


@pytest.fixture(scope="module")
def drawn(measured: Recognition) -> dict[str, Axes]:
    return axes_of(recognition_figure(measured))


def _edges(ax: Axes, x: float) -> list[tuple[float, float]]:
    """The lower and upper ends at x of the bands, in the order of drawing."""
    paths = [path for band in ax.collections if not isinstance(band, LineCollection) for path in band.get_paths()]
    bands = [np.asarray(path.vertices) for path in paths]
    return [(ends.min(), ends.max()) for ends in (band[band[:, 0] == x, 1] for band in bands)]


def test_the_curve_with_its_bands_and_its_equation(measured: Recognition, drawn: dict[str, Axes]) -> None:
    fit = measured.fit
    assert fit is not None
    cloud, curve = drawn["points"].get_lines()
    assert np.asarray(cloud.get_xydata()).tolist() == measured.points.tolist()
    x = np.asarray(curve.get_xdata())
    np.testing.assert_allclose(np.asarray(curve.get_ydata()), fit.curve(x))
    assert (x.min(), x.max()) == (1.0, 6.0)
    reading, band = _edges(drawn["points"], 6.0)
    ends = fit.band([6.0])
    assert ends is not None
    (low,), (high,) = ends
    assert band == pytest.approx((low, high))
    half = np.hypot((high - low) / 2, 1.959964 * 0.1)  # of a reading with the median error bar
    assert reading == pytest.approx(((low + high) / 2 - half, (low + high) / 2 + half))
    assert small_text(drawn["points"]) == (
        f"{measured.equation_named}\nR² {fit.r_squared:.4f}; 95 % bands: curve (darker), new reading (lighter)"
    )
    assert drawn["points"].get_title("left") == measured.verdict
    assert drawn["points"].get_legend() is None  # a legend could hide points


def test_without_error_bars_the_band_of_a_reading_has_the_noise_of_the_residuals() -> None:
    x = np.arange(6.0)
    recognition = recognition_of("line", x, 2 * x + 1 + np.array([0.1, -0.1, 0.0, 0.1, -0.1, 0.0]))
    fit = recognition.fit
    assert fit is not None
    reading, _ = _edges(axes_of(recognition_figure(recognition, only="curve"))["points"], 0.0)
    # The textbook's prediction interval of a straight line: s·√(1 + 1/n + (x − mean)² / Σ(x − mean)²), 4 degrees.
    half = 2.7764451 * fit.residual_sd * np.sqrt(1 + 1 / 6 + 2.5**2 / 17.5)
    assert reading == pytest.approx((fit.curve([0.0])[0] - half, fit.curve([0.0])[0] + half))


def test_residuals_and_error_bars(measured: Recognition, drawn: dict[str, Axes]) -> None:
    fit = measured.fit
    assert fit is not None
    (x, y), errors = measured.points.T, measured.y_error
    assert errors is not None
    for name, values in (("points", y), ("residuals", y - fit.curve(x))):
        np.testing.assert_allclose(np.asarray(drawn[name].get_lines()[0].get_ydata()), values)
        bars = next(c for c in drawn[name].collections if isinstance(c, LineCollection))
        expected = np.stack([np.stack([x, values - errors], axis=-1), np.stack([x, values + errors], axis=-1)], axis=1)
        np.testing.assert_allclose(np.array(bars.get_segments()), expected)
    assert drawn["residuals"].get_xlim() == drawn["points"].get_xlim()


def test_rounding_errors_do_not_look_like_noise() -> None:
    x = np.arange(1.0, 12.0) / 10
    ax = axes_of(recognition_figure(recognition_of("parabola", x, 0.3 * x**2 + 0.1), only="curve"))["residuals"]
    assert ax.get_ylim() == pytest.approx((-1.8e-10, 1.8e-10))


def test_labels_have_names_and_units(drawn: dict[str, Axes]) -> None:
    assert drawn["points"].get_ylabel() == "U (mV)"
    assert (drawn["residuals"].get_xlabel(), drawn["residuals"].get_ylabel()) == ("t (s)", "residual (mV)")
    assert (drawn["posterior"].get_xlabel(), drawn["posterior"].get_ylabel()) == ("points seen", "probability")


@pytest.mark.parametrize("only", [None, "curve"], ids=["both", "curve"])
@pytest.mark.parametrize("name", ["Temperature_of_the_water_in_the_outlet", "b" * 200], ids=["words", "letters"])
def test_long_names_are_broken_into_lines_beside_their_axis(
    measured: Recognition, name: str, only: Literal["curve"] | None
) -> None:
    names = Names(f"{name}_x", name, "degC", "degC")
    figure = recognition_figure(replace(measured, names=names), only=only, size=(3.4, 2.8) if only else None)
    draw(figure)
    axes = axes_of(figure)
    label, other = (axes[part].yaxis.label.get_window_extent() for part in ("points", "residuals"))
    assert label.y0 > other.y1
    assert label.y1 < figure.bbox.y1
    assert figure.bbox.x0 <= label.x0
    text = axes["points"].get_ylabel()
    assert text.endswith("…") == (name == "b" * 200)
    if "_" in name:
        assert text.replace("outlet\n(", "outlet (").replace("\n", "") == f"{name} (degC)"


def test_a_label_that_is_too_long_ends_in_an_ellipsis(measured: Recognition) -> None:
    axes = axes_of(recognition_figure(replace(measured, names=Names(y="b" * 50)), size=(2.0, 1.0), only="curve"))
    assert axes["points"].get_ylabel() == "\n".join(["b" * 10, "b" * 10, "b" * 9 + "…"])


def test_letters_of_further_fonts_are_drawn_where_these_are_installed(
    measured: Recognition, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    named = replace(measured, names=Names(y="\u2afd"))  # STIX has this letter, DejaVu has not
    assert len(save_figure(recognition_figure(named), tmp_path / "a.png")) == 1
    monkeypatch.setattr("shapeclf.recognition.answer_pictures._FURTHER_FONTS", ("not installed", "STIXGeneral"))
    assert save_figure(recognition_figure(named), tmp_path / "a.png") == []
    assert not caplog.records


def test_only_one_part_is_drawn_with_the_verdict(measured: Recognition) -> None:
    curve = axes_of(recognition_figure(measured, only="curve"))
    assert list(curve) == ["points", "residuals"]
    posterior = axes_of(recognition_figure(measured, only="posterior", size=(5.0, 3.0)))
    assert list(posterior) == ["posterior"]
    assert curve["points"].get_title("left") == posterior["posterior"].get_title("left") == measured.verdict
    assert posterior["posterior"].figure.get_size_inches().tolist() == [5.0, 3.0]  # type: ignore[union-attr]


def test_logarithmic_axes() -> None:
    x = np.arange(0.0, 9.0)
    figure = recognition_figure(recognition_of("parabola", x, x**2 + 0.1), log="xy")
    draw(figure)
    axes = axes_of(figure)
    assert (axes["points"].get_xscale(), axes["points"].get_yscale()) == ("log", "log")
    assert (axes["residuals"].get_xscale(), axes["residuals"].get_yscale()) == ("log", "linear")
    drawn = np.asarray(axes["points"].get_lines()[1].get_xdata())
    assert (drawn.min(), drawn.max()) == (1.0, 8.0)  # 0 has no logarithm
    ticks = [axes["points"].yaxis.get_major_formatter()(10.0**power) for power in range(-5, 6)]
    assert ticks == ["1e−05", "0.0001", "0.001", "0.01", "0.1", "1", "10", "100", "1000", "10000", "100000"]


def test_wide_bands_do_not_make_the_points_small() -> None:
    x = np.arange(3.0)
    ax = axes_of(recognition_figure(recognition_of("line", x, x + np.array([0.0, 0.4, 0.0]))))["points"]
    reading, _ = _edges(ax, 0.0)
    assert reading[1] - reading[0] > 10
    low, high = ax.get_ylim()
    assert high - low < 5


def test_more_points_are_more_transparent_and_very_many_are_rasterized() -> None:
    clouds = []
    for count in (40, 2000, 30_000):
        x = np.arange(float(count))
        recognition = replace(recognition_of("line", x, x), y_error=np.ones(count))
        ax = axes_of(recognition_figure(recognition, only="curve"))["points"]
        cloud = ax.get_lines()[0]
        bars = next(c for c in ax.collections if isinstance(c, LineCollection))
        clouds.append((cloud.get_alpha(), cloud.get_rasterized(), len(bars.get_segments())))
    (few, _, _), (many, vector, all_bars), (most, raster, bars_drawn) = clouds
    assert few == 1.0 > (many or 0.0) > (most or 0.0) > 0.0
    assert (vector, raster, all_bars, bars_drawn) == (False, True, 2000, 2000)


def test_without_a_fit_there_are_the_points_alone() -> None:
    x = np.arange(6.0)
    for recognition, fit in (recognition_of("line", x, 2 * x), False), (recognition_of("none", x, 2 * x), True):
        left, right = recognition_figure(recognition, fit=fit).axes
        assert right.get_label() == "posterior"
        assert len(left.get_lines()) == 1
        assert small_text(left) == ""
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
    figure = recognition_figure(recognition_of(family, x, y), only="curve")
    draw(figure)
    assert len(figure.axes[0].get_lines()) == 1 + curves


def test_the_six_likeliest_families_have_a_line_each() -> None:
    posterior = np.full((10, 9), 0.01)
    posterior[:5, 6] = 0.5  # likely after half of the points
    posterior[-1, 8] = 0.3  # likely only at the end
    posterior[-1, 2] = 0.2
    posterior /= posterior.sum(axis=1, keepdims=True)
    names = tuple("abcdefghi")
    *_, right = recognition_figure(Recognition(names, posterior, np.ones((10, 2)), {})).axes
    reported = legend_of(right)
    assert reported[:2] == ["i", "c"]
    assert "g" in reported
    assert reported[-2:] == ["3 others together", "answer for all points"]
    assert len(reported) == 8
    shown = [names.index(name) for name in reported[:-2]]
    others = [column for column in range(9) if column not in shown]
    np.testing.assert_allclose(lines_of(right)[-1][1], posterior[:, others].sum(axis=1))


def test_a_seventh_family_is_named() -> None:
    *_, right = recognition_figure(recognition_of("line", [1, 2], [3, 4], others=6)).axes
    assert sorted(legend_of(right)[:-1]) == sorted(["line", *(f"other{n}" for n in range(6))])


def test_the_first_of_very_many_points_are_visible() -> None:
    for points, scale in (1000, "linear"), (1001, "log"):
        axes = axes_of(recognition_figure(recognition_of("line", range(points), range(points))))
        assert axes["posterior"].get_xscale() == scale
        cloud, curve, *_ = axes["points"].get_lines()
        assert curve.get_zorder() > cloud.get_zorder()


def test_the_closest_law_is_dashed_and_has_no_band() -> None:
    x = np.arange(1.0, 31.0)
    points, posterior = np.stack([x, np.abs(x - 15)], axis=1), np.tile([0.02, 0.98], (30, 1))
    seen = Recognition(("quadratic", "none"), posterior, points, KNOWN, names=Names("t", "s"))
    assert seen.closest is not None
    axes = axes_of(recognition_figure(seen))
    curve = axes["points"].get_lines()[-1]
    assert curve.get_linestyle() == "--"
    np.testing.assert_allclose(np.asarray(curve.get_ydata()), seen.closest.curve(curve.get_xdata()))
    assert not axes["points"].collections
    assert "residuals" in axes
    title = small_text(axes["points"])
    assert title.startswith(f"the closest law, quadratic: {Names('t', 's').equation(seen.closest)}\nR² ")
    assert "the residuals are not random" in title


@pytest.mark.parametrize("log", [None, "y"], ids=["linear", "logarithmic"])
def test_predicted_y_is_drawn_to_a_factor_of_the_range(log: Literal["y"] | None) -> None:
    x = np.linspace(1.0, 5.0, 9)
    seen = recognition_of("exponential", x, 100 * np.exp(-x) + 20 + 0.1 * np.cos(9 * x))
    ax = axes_of(recognition_figure(seen, only="curve", log=log, extrapolate=1.5))["points"]
    line = ax.get_lines()[-1]
    found = seen.predict_y(np.asarray(line.get_xdata()))
    assert (found.x[0], found.x[-1]) == pytest.approx((5.0, 7.0))
    np.testing.assert_allclose(np.asarray(line.get_ydata()), found.y)
    for area, ends in zip(ax.collections[-2:], [found.reading_high, found.high], strict=True):
        assert np.max(np.asarray(area.get_paths()[0].vertices)[:, 1]) == pytest.approx(ends.max())
    assert ax.get_ylim()[0] <= found.reading_low.min()
    with pytest.raises(InputError, match="no y is predicted from 2 points"):
        recognition_figure(seen.first(2), extrapolate=2.0)


def test_laws_that_diverge_do_not_make_the_points_small() -> None:
    seen = recognition_of("exponential", [1.0, 2.0, 3.0, 4.0], [1.0, 2.1, 4.0, 9.0])
    low, high = axes_of(recognition_figure(seen, only="curve"))["points"].get_ylim()
    bottom, top = axes_of(recognition_figure(seen, only="curve", extrapolate=3.0))["points"].get_ylim()
    assert top - bottom <= 3.001 * (high - low)
