"""Predicted y: the median of the mixture of laws, and intervals of their mixture."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.laws import CONSTANT
from shapeclf.errors import InputError
from shapeclf.recognition import Recognition

KNOWN = {family.name: family for family in (*BUILT_IN, CONSTANT)}
X = np.array([0.5, 1.0, 2.0, 3.5, 4.0, 6.0, 7.0, 9.0])
Y = 2 * X + 1 + 0.1 * np.array([1, -1, 0.5, 2, -1.5, -0.5, 1, -1])
NEW = np.array([-1.0, 5.0, 20.0])


def _seen(probabilities: dict[str, float], y: FloatArray = Y, x: FloatArray = X, **others: Any) -> Recognition:
    last = np.array(list(probabilities.values()))
    posterior = np.repeat(last[None], len(x), axis=0)
    return Recognition(tuple(probabilities), posterior, np.stack([x, y], axis=1), KNOWN, **others)


def _textbook_line(x: FloatArray, at: FloatArray, y: FloatArray = Y) -> tuple[FloatArray, FloatArray, float]:
    """The line, its standard error and the residual standard deviation (Draper and Smith 1998, section 3.1)."""
    k, b = np.polyfit(x, y, 1)
    sd = float(np.sqrt(np.sum((y - k * x - b) ** 2) / (len(x) - 2)))
    error = sd * np.sqrt(1 / len(x) + (at - x.mean()) ** 2 / np.sum((x - x.mean()) ** 2))
    return k * at + b, error, sd


def test_a_single_line_has_the_textbook_s_intervals() -> None:
    found = _seen({"line": 1.0}).predict_y(NEW)
    centre, error, sd = _textbook_line(X, NEW)
    quantile = student.ppf(0.975, len(X) - 2)
    np.testing.assert_allclose(found.y, centre, rtol=1e-12)
    np.testing.assert_allclose(found.high - centre, quantile * error, rtol=1e-5)
    np.testing.assert_allclose(centre - found.low, quantile * error, rtol=1e-5)
    np.testing.assert_allclose(found.reading_high - centre, quantile * np.hypot(error, sd), rtol=1e-5)
    np.testing.assert_allclose(centre - found.reading_low, quantile * np.hypot(error, sd), rtol=1e-5)


def test_error_bars_make_the_intervals_absolute_and_normal() -> None:
    found = _seen({"line": 1.0}, y_error=np.full(len(X), 0.3)).predict_y(NEW)
    centre, error, sd = _textbook_line(X, NEW)
    known = error * 0.3 / sd
    np.testing.assert_allclose(found.high - centre, 1.959963984540054 * known, rtol=1e-5)
    np.testing.assert_allclose(found.reading_high - centre, 1.959963984540054 * np.hypot(known, 0.3), rtol=1e-5)


def test_two_laws_are_mixed_as_by_hand() -> None:
    found = _seen({"line": 0.6, "parabola": 0.2, "none": 0.2}).predict_y(NEW)
    freedom, parts = len(X) - 2, []
    for weight, g in ((0.75, X), (0.25, X * X)):
        centre, error, sd = _textbook_line(g, NEW if weight == 0.75 else NEW**2)
        parts.append((weight, centre, error, np.hypot(error, sd)))
    curve, reading = (found.low, found.y, found.high), (found.reading_low, found.reading_high)
    for ends, scale, levels in ((curve, 2, (0.025, 0.5, 0.975)), (reading, 3, (0.025, 0.975))):
        for end, level in zip(ends, levels, strict=True):
            below = sum(part[0] * student.cdf((end - part[1]) / part[scale], freedom) for part in parts)
            np.testing.assert_allclose(below, level, atol=2e-6)
    assert found.shares == pytest.approx({"line": 0.75, "parabola": 0.25})
    assert found.none == 0.2
    assert found.notes[1] == "left out: the class none (probability 20 %)"


def test_shares_are_printed_like_probabilities_in_the_verdict() -> None:
    notes = _seen({"line": 0.0002 * 0.9997, "parabola": 0.0002 * 0.0003, "none": 0.9998}).predict_y(NEW).notes
    assert notes[0].endswith("(line over 99.9 %)")
    assert notes[1] == "left out: the class none (probability over 99.9 %)"
    notes = _seen({"line": 0.994, "parabola": 0.004, "none": 0.002}).predict_y(NEW).notes
    assert notes[0].endswith("(line 99.6 %, parabola under 1 %)")
    assert notes[1] == "left out: the class none (probability under 1 %)"


@pytest.mark.parametrize("x", [1e3, 1e14, 1e60], ids=str)
def test_a_law_of_little_probability_does_not_move_predicted_y_out_of_its_interval(x: float) -> None:
    at = np.array([x])
    found = _seen({"line": 0.995, "parabola": 0.005}).predict_y(at)
    parts = [(share, *_textbook_line(g, new)[:2]) for share, g, new in ((0.995, X, at), (0.005, X * X, at * at))]
    assert sum(share * centre for share, centre, _ in parts) > parts[0][1] + 3 * parts[0][2]  # the mean
    for y, level in ((found.low, 0.025), (found.y, 0.5), (found.high, 0.975)):
        below = sum(share * student.cdf((y - centre) / error, len(X) - 2) for share, centre, error in parts)
        assert below == pytest.approx(level, abs=2e-6)


def test_a_law_is_left_out_where_it_is_not_defined() -> None:
    seen = _seen({"line": 0.5, "sqrt": 0.5})
    both, alone = seen.predict_y(NEW), _seen({"line": 1.0}).predict_y(NEW)
    assert both.left_out == (("sqrt",), (), ())
    assert (both.y[0], both.low[0], both.high[0]) == (alone.y[0], alone.low[0], alone.high[0])
    assert (both.high - both.low)[2] > 3 * (alone.high - alone.low)[2]  # the laws diverge
    assert both.notes[1:] == ["left out at x = −1: sqrt (not defined there, or too few points)"]
    nowhere = _seen({"sqrt": 1.0}).predict_y([-1.0, 4.0])
    ends = dict.fromkeys(["y", "low", "high", "reading_low", "reading_high"])
    assert nowhere.records()[0] == {"x": -1.0, **ends, "left_out": ["sqrt"]}
    assert nowhere.records()[1]["y"] == pytest.approx(seen.fits["sqrt"].curve([4.0])[0])


def test_a_law_with_as_many_parameters_as_points_is_left_out() -> None:
    found = _seen({"line": 0.9, "quadratic": 0.1}, x=X[:3], y=Y[:3]).predict_y(4.0)
    assert (found.shares, found.left_out) == ({"line": 1.0}, (("quadratic",),))
    with pytest.raises(InputError, match="no y is predicted from 2 points: they determine none of the probable laws"):
        _seen({"line": 1.0}, x=X[:2], y=Y[:2]).predict_y(4.0)
    with pytest.raises(InputError, match="they determine none of the probable laws"):
        _seen({"none": 1.0}).predict_y(4.0)


def test_a_law_with_more_parameters_than_there_are_different_x_is_left_out() -> None:
    x, y = np.array([1.0, 1.0, 2.0, 2.0, 2.0]), np.array([2.0, 2.1, 4.0, 4.2, 4.1])
    found = _seen({"line": 0.5, "gaussian": 0.5}, x=x, y=y).predict_y(1.5)
    assert (found.shares, found.left_out) == ({"line": 1.0}, (("gaussian",),))
    assert found.y == pytest.approx((2.05 + 4.1) / 2)


def test_a_law_whose_shape_parameters_are_not_determined_is_not_left_out() -> None:
    x = np.array([0.8414614, 0.8525269, 0.8882123, 0.9000138, 0.9742687])
    y = np.array([1.0115269, 0.8378224, 0.3855317, 0.3417699, -0.0188308])
    found = _seen({"logistic": 1.0}, x=x, y=y).predict_y([0.96, 1.04])
    assert found.left_out == ((), ())
    assert (np.diff([found.low, found.high], axis=0) < 2.0).all()  # curves that are constant at the points are left out


def test_the_optima_of_the_fit_are_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from shapeclf.recognition.fitting import shape_search

    refined, search = [], shape_search._refined

    def counted(*arguments: Any, **options: Any) -> FloatArray | None:
        refined.append(arguments)
        return search(*arguments, **options)

    monkeypatch.setattr(shape_search, "_refined", counted)
    seen = _seen({"exponential": 1.0}, np.exp(-0.3 * X) + 0.01 * (X % 3))
    assert seen.fit is not None
    assert len(seen.fit.optima) >= 1
    count = len(refined)
    assert seen.predict_y(2.0).low < seen.predict_y(2.0).high
    assert len(refined) == count


@pytest.mark.parametrize("x", [[np.nan], [[1.0]], [np.inf, 1.0]], ids=["nan", "two axes", "infinite"])
def test_x_must_be_finite(x: Any) -> None:
    with pytest.raises(InputError, match="x must be finite numbers of the shape"):
        _seen({"line": 1.0}).predict_y(x)


def test_exact_points_have_intervals_of_rounding_errors() -> None:
    found = _seen({"quadratic": 1.0}, y=(X - 3) ** 2).predict_y(NEW)
    np.testing.assert_allclose(found.y, (NEW - 3) ** 2, rtol=1e-9)
    np.testing.assert_allclose(found.reading_high - found.reading_low, 0.0, atol=1e-6)


@pytest.mark.parametrize("name", ["quadratic", "exponential", "sine", "logistic", "power"])
def test_intervals_have_the_units_of_the_points(name: str) -> None:
    x = np.linspace(0.2, 4.0, 12)
    noise = 0.02 * np.sin(77.0 * np.arange(12))
    curves = {"quadratic": (x - 1) ** 2 / 9, "exponential": np.exp(-x), "sine": np.sin(2 * x) / 2}
    y = curves.get(name, x**1.5 / 8 if name == "power" else 1 / (1 + np.exp(-3 * (x - 2)))) + noise
    new = np.array([1.1, 5.0])
    one, other = _seen({name: 1.0}, x=x, y=y), _seen({name: 1.0}, x=1000 * x, y=-7 * y + 3)
    there, here = other.predict_y(1000 * new), one.predict_y(new)
    np.testing.assert_allclose(there.low, -7 * here.high + 3, rtol=1e-4)
    np.testing.assert_allclose(there.reading_high, -7 * here.reading_low + 3, rtol=1e-4)


def test_a_determined_curve_has_nearly_the_interval_of_its_linearised_fit() -> None:
    x = np.linspace(0, 4, 60)
    y = 3 * np.exp(-x) + 1 + 0.01 * np.random.default_rng(0).standard_normal(60)
    seen = _seen({"exponential": 1.0}, x=x, y=y)
    found, band = seen.predict_y([1.0, 3.0, 5.0]), seen.fits["exponential"].band([1.0, 3.0, 5.0])
    assert band is not None
    np.testing.assert_allclose(found.high - found.low, band[1] - band[0], rtol=0.08)
    np.testing.assert_allclose(found.low, band[0], atol=0.1 * float(np.max(band[1] - band[0])))
