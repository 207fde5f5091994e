import math
import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.optimize
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from shapeclf.datasets import (
    EXPONENTIAL,
    GAUSSIAN,
    HYPERBOLA,
    LINE,
    LOGISTIC,
    POWER,
    QUADRATIC,
    SINE,
    Family,
)
from shapeclf.datasets._types import FloatArray
from shapeclf.recognition.fitting.fit_result import Fit

from .cases import by_name, curve_at, each_without_shape, fitted, noisy

WITH_SHAPE = (QUADRATIC, EXPONENTIAL, POWER, SINE, LOGISTIC, HYPERBOLA, GAUSSIAN)


def errors_of(fit: Fit) -> list[float]:
    errors = [error for error in fit.standard_errors.values() if error is not None]
    assert len(errors) == len(fit.standard_errors)
    return errors


# ---- families without shape parameters


@each_without_shape
def test_families_without_shape_parameters_agree_with_linear_regression(family: Family) -> None:
    x = np.random.default_rng(1).uniform(0.5, 20, 15)
    y = noisy(family, x, k=-2.5, b=7.0)
    fit = fitted(family, x, y)
    truth: Any = stats.linregress(family.basis(x[None])[0], y)
    assert list(fit.parameters) == list(fit.standard_errors) == ["k", "b"]
    np.testing.assert_allclose(list(fit.parameters.values()), [truth.slope, truth.intercept], rtol=1e-12)
    np.testing.assert_allclose(errors_of(fit), [truth.stderr, truth.intercept_stderr], rtol=1e-11)
    assert fit.r_squared == pytest.approx(truth.rvalue**2, rel=1e-12)
    assert fit.residual_sd == pytest.approx(np.sqrt(np.sum((y - fit.curve(x)) ** 2) / 13), rel=1e-11)
    assert fit.family == family.name


def test_a_line_has_the_errors_of_polyfit() -> None:
    x = np.array([0.1, 0.3, 0.5, 0.6, 0.7, 0.9])
    y = np.array([0.09, 0.27, 0.45, 0.53, 0.64, 0.78])
    fit = fitted(LINE, x, y)
    best, covariance = np.polyfit(x, y, 1, cov=True)
    np.testing.assert_allclose(list(fit.parameters.values()), best, rtol=1e-12)
    np.testing.assert_allclose(errors_of(fit), np.sqrt(np.diag(covariance)), rtol=1e-11)


def _exact_line(x: FloatArray, y: FloatArray, origin: float) -> tuple[list[float], list[float], float]:
    """Parameters, squared standard errors and R² of a line, in rational arithmetic."""
    xs, ys = [Fraction(float(v)) - Fraction(origin) for v in x], [Fraction(float(v)) for v in y]
    n = len(xs)
    centre, height = sum(xs, Fraction()) / n, sum(ys, Fraction()) / n
    across = sum(((v - centre) ** 2 for v in xs), Fraction())
    total = sum(((v - height) ** 2 for v in ys), Fraction())
    k = sum(((v - centre) * (w - height) for v, w in zip(xs, ys, strict=True)), Fraction()) / across
    b = height - k * centre
    residual_squares = sum(((w - k * v - b) ** 2 for v, w in zip(xs, ys, strict=True)), Fraction())
    variance = residual_squares / (n - 2)
    squares = [variance / across, variance * (Fraction(1, n) + centre**2 / across)]
    return [float(k), float(b)], [float(square) for square in squares], float(1 - residual_squares / total)


@given(
    seed=st.integers(0, 2**32),
    units=st.tuples(st.floats(-9, 9), st.floats(-9, 9)),
    far=st.tuples(st.floats(-1e5, 1e5), st.floats(-1e6, 1e6)),
    points=st.integers(3, 20),
)
def test_a_line_is_exact_in_any_units_and_far_from_zero(
    seed: int, units: tuple[float, float], far: tuple[float, float], points: int
) -> None:
    rng = np.random.default_rng(seed)
    x = (rng.random(points) + far[0]) * 10.0 ** units[0]
    y = (3 * x / 10.0 ** units[0] + 0.2 * rng.standard_normal(points) + far[1]) * 10.0 ** units[1]
    fit = fitted(LINE, x, y)
    parameters, squares, r_squared = _exact_line(x, y, fit.parameters.pop("x0", 0.0))
    fit.standard_errors.pop("x0", None)
    assert fit.parameters["k"] == pytest.approx(parameters[0], rel=1e-8)
    assert fit.parameters["b"] == pytest.approx(parameters[1], rel=1e-8, abs=1e-8 * float(np.ptp(y)))
    np.testing.assert_allclose(np.square(errors_of(fit)), squares, rtol=1e-7)
    assert fit.r_squared == pytest.approx(r_squared, abs=1e-9)


# ---- families with shape parameters

X = np.random.default_rng(7).uniform(0, 1, 40)
CASES = [
    pytest.param(QUADRATIC, 3 * X - 1, {"k": 4.9, "b": -3.0, "c": 0.7}, id="quadratic"),
    pytest.param(QUADRATIC, 30 * X + 1990, {"k": -0.02, "b": 5.0, "c": 1985.0}, id="quadratic far from zero"),
    pytest.param(EXPONENTIAL, 500 * X, {"k": -240.0, "b": 240.0, "r": -5.5e-3}, id="saturation"),
    pytest.param(EXPONENTIAL, 5 * X + 10, {"k": 0.3, "b": -1.0, "r": 0.9}, id="growth away from zero"),
    pytest.param(POWER, 100 * X + 3, {"k": 0.77, "b": 1.0, "p": 2.9}, id="power"),
    pytest.param(POWER, 1e-4 * X + 1e-5, {"k": 2e-8, "b": 1.0, "p": -1.7}, id="negative power of small x"),
    pytest.param(SINE, 8 * X - 2, {"k": 3.0, "b": 10.0, "w": 5.0, "c": 0.6 + 0.4 * math.pi}, id="sine"),
    pytest.param(LOGISTIC, 70 * X + 9, {"k": 72.0, "b": 2.0, "r": 0.2, "c": 40.0}, id="logistic up"),
    pytest.param(LOGISTIC, 70 * X + 9, {"k": -72.0, "b": 2.0, "r": 0.3, "c": 30.0}, id="logistic down"),
]


@pytest.mark.parametrize(("family", "x", "parameters"), CASES)
def test_families_with_shape_parameters_agree_with_curve_fit_started_at_the_truth(
    family: Family, x: FloatArray, parameters: dict[str, float]
) -> None:
    y = noisy(family, x, **parameters)
    fit = fitted(family, x, y)

    def model(x: FloatArray, *values: float) -> FloatArray:
        return curve_at(family, x, *values)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        best, covariance = scipy.optimize.curve_fit(
            model, x, y, p0=list(parameters.values()), xtol=1e-14, ftol=1e-14, maxfev=5000
        )
    assert list(fit.parameters) == ["k", "b", *family.shape]
    np.testing.assert_allclose(list(fit.parameters.values()), best, rtol=2e-5)
    np.testing.assert_allclose(errors_of(fit), np.sqrt(np.diag(covariance)), rtol=2e-3)
    residuals = y - curve_at(family, x, *best)
    assert fit.r_squared == pytest.approx(1 - np.sum(residuals**2) / np.sum((y - y.mean()) ** 2), rel=1e-9)
    assert fit.residual_sd == pytest.approx(np.sqrt(np.sum(residuals**2) / (len(x) - len(best))), rel=1e-6)
    np.testing.assert_allclose(fit.curve(x), curve_at(family, x, *best), atol=1e-5 * float(np.ptp(y)))


@pytest.mark.parametrize(("family", "x", "parameters"), CASES)
def test_noise_free_points_give_their_parameters_back(
    family: Family, x: FloatArray, parameters: dict[str, float]
) -> None:
    fit = fitted(family, x, curve_at(family, x, *parameters.values()))
    assert fit.parameters == pytest.approx(parameters, rel=1e-5)
    assert fit.r_squared == pytest.approx(1, abs=1e-10)


@pytest.mark.parametrize("family", WITH_SHAPE, ids=lambda family: family.name)
def test_no_fit_is_worse_than_one_started_at_the_truth(family: Family) -> None:
    rng = np.random.default_rng(11)
    for _ in range(30):
        n = int(rng.integers(10, 80))
        x = family.x.quantile(rng.random(n))
        if family.shift_invariant:
            x[:2] = family.x.support  # the range to which the priors refer
        shape = {name: float(prior.quantile(rng.random(1))[0]) for name, prior in family.shape.items()}
        if family is SINE:
            shape["w"] = float(rng.uniform(1, 0.9 * (n - 1)) * math.pi)
        if family is GAUSSIAN:  # with at least two steps in the full width at half of the maximum
            shape["s"] = max(shape["s"], 0.85 / (n - 1))
        y = noisy(family, x, 0.05, int(rng.integers(2**31)), k=1.0, b=0.3, **shape)
        at_truth = np.polyfit(family.basis(x[None], **{n: np.array([[v]]) for n, v in shape.items()})[0], y, 1)
        residuals = y - curve_at(family, x, *at_truth, *shape.values())
        fit = fitted(family, x, y)
        assert np.sum((y - fit.curve(x)) ** 2) <= np.sum(residuals**2) * (1 + 1e-9)


def test_the_parameters_of_a_sine_are_canonical() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        x = rng.uniform(-4, 4, 40)
        k, w, c = rng.choice([-2.0, 2.0]), rng.uniform(1, 8), rng.uniform(-50, 50)
        fit = fitted(SINE, x, curve_at(SINE, x, k, 1.0, w, c))
        found = fit.parameters
        assert (found["k"], found["w"]) == pytest.approx((2.0, w), rel=1e-6)
        assert x.min() <= found["c"] <= x.max()
        np.testing.assert_allclose(fit.curve(x), curve_at(SINE, x, k, 1.0, w, c), atol=1e-6)


def test_a_logistic_has_a_rate_above_zero() -> None:
    x = np.linspace(-3, 4, 25)
    fit = fitted(LOGISTIC, x, curve_at(LOGISTIC, x, 2.0, 1.0, -3.0, 0.5))
    assert fit.parameters == pytest.approx({"k": -2.0, "b": 3.0, "r": 3.0, "c": 0.5}, rel=1e-6)


# ---- the origin of x


def test_a_curve_far_from_zero_has_its_origin_at_the_lowest_x() -> None:
    x = np.linspace(1990, 2020, 31)
    y = noisy(EXPONENTIAL, x - 1990, k=2.1, b=5.0, r=0.3)
    fit = fitted(EXPONENTIAL, x, y)
    near = fitted(EXPONENTIAL, x - 1990, y)
    assert fit.parameters.pop("x0") == 1990
    assert fit.standard_errors.pop("x0") == 0
    assert fit.parameters == pytest.approx(near.parameters, rel=1e-7)
    assert fit.standard_errors == pytest.approx(near.standard_errors, rel=1e-5)
    assert fit.equation == near.equation.replace("x", "(x − 1990)").replace("e(x − 1990)p", "exp")
    np.testing.assert_allclose(fit.curve(x), near.curve(x - 1990), rtol=1e-8)
    for ours, theirs in zip(fit.band(x) or (), near.band(x - 1990) or (), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_positions_far_beyond_the_range_have_their_origin_at_the_lowest_x() -> None:
    x = 1.7e9 + np.linspace(0, 10, 30)
    fit = fitted(LOGISTIC, x, curve_at(LOGISTIC, x - 1.7e9, 2.0, 1.0, 1.5, 4.0))
    assert fit.parameters["x0"] == 1.7e9
    assert fit.parameters["c"] == pytest.approx(4, abs=1e-5)
    assert "((x − 1700000000) − 4)" in fit.equation


def test_the_origin_is_zero_otherwise() -> None:
    x = np.linspace(40, 70, 31)
    fit = fitted(EXPONENTIAL, x, noisy(EXPONENTIAL, x, k=2e-5, b=5.0, r=0.3))
    assert list(fit.parameters) == ["k", "b", "r"]


def test_a_saturation_curve_has_its_constants() -> None:
    x = np.linspace(0.0, 20.0, 12)
    fit = fitted(HYPERBOLA, x, 7.0 * x / (3.2 + x))  # Michaelis and Menten
    assert fit.parameters == pytest.approx({"k": -7.0 * 3.2, "b": 7.0, "c": 3.2}, rel=1e-6)
    assert fit.equation == "y = −22.4/(x + 3.2) + 7"


def test_a_pole_and_a_peak_are_found_far_from_zero() -> None:
    x = 1e4 + np.linspace(0.0, 10.0, 25)
    pole = fitted(HYPERBOLA, x, 2.0 / (x - 9995.0) + 1.0)
    assert pole.parameters == pytest.approx({"k": 2.0, "b": 1.0, "c": -9995.0}, rel=1e-5)
    dip = fitted(GAUSSIAN, x, 3.0 - 2.0 * np.exp(-(((x - 10004.0) / 1.5) ** 2) / 2))
    assert dip.parameters == pytest.approx({"k": -2.0, "b": 3.0, "c": 10004.0, "s": 1.5}, rel=1e-5)


# ---- units


@by_name
@given(
    seed=st.integers(0, 200),
    decades=st.tuples(st.floats(-9, 9), st.floats(-9, 9)),
    shift=st.floats(-3, 3),
    flip=st.booleans(),
)
@example(seed=73, decades=(-1.0, 0.0), shift=0.0, flip=False)  # a quadratic whose c is near 0
@example(seed=165, decades=(1.0, 1.0), shift=0.0, flip=False)  # a logistic curve that the points do not determine
@example(seed=148, decades=(0.0, 0.0), shift=1.0, flip=False)  # a Gaussian whose peak lies between two points
def test_parameters_follow_the_units(
    family: Family, seed: int, decades: tuple[float, float], shift: float, flip: bool
) -> None:
    rng = np.random.default_rng(seed)
    unit, scale = 10.0 ** decades[0], 10.0 ** decades[1] * (-1 if flip else 1)
    x = family.x.quantile(rng.random(12))
    middle = {name: float(prior.quantile(np.array([0.3]))[0]) for name, prior in family.shape.items()}
    y = noisy(family, x, 0.02, seed, k=1.0, b=0.3, **middle)
    here, there = fitted(family, x, y), fitted(family, x * unit, (y + shift) * scale)
    assert here.r_squared == pytest.approx(there.r_squared, abs=1e-9)
    np.testing.assert_allclose(there.curve(x * unit), (here.curve(x) + shift) * scale, atol=1e-6 * abs(scale))
    for name in family.shape:
        power = family.units.get(name, 0)
        if family is SINE and name == "c" and flip:
            continue  # shifted by half a period
        # A parameter without a standard error moves along curves whose R² differ by less than its rounding error.
        precision = 1e-2 if here.standard_errors[name] is None else 1e-5
        assert there.parameters[name] == pytest.approx(here.parameters[name] * unit**power, rel=precision)
        error, other = here.standard_errors[name], there.standard_errors[name]
        if error is None:  # the points do not determine it, in any units
            assert other is None
        else:
            assert other == pytest.approx(error * unit**power, rel=1e-3)
    bands = here.band(x), there.band(x * unit)
    if bands[0] is None or bands[1] is None:
        assert bands == (None, None)
        assert None in here.standard_errors.values()
        return
    expected = [(end + shift) * scale for end in bands[0]][:: -1 if flip else 1]
    np.testing.assert_allclose(bands[1], expected, rtol=0, atol=1e-4 * abs(scale))


@pytest.mark.parametrize("family", [LINE, QUADRATIC, EXPONENTIAL, LOGISTIC], ids=lambda family: family.name)
@given(shift=st.floats(-5, 5))
def test_a_shift_of_x_changes_positions_but_not_rates(family: Family, shift: float) -> None:
    x = family.x.quantile(np.random.default_rng(2).random(15))
    middle = {name: float(prior.quantile(np.array([0.3]))[0]) for name, prior in family.shape.items()}
    y = noisy(family, x, 0.02, k=1.0, b=0.3, **middle)
    here, there = fitted(family, x, y), fitted(family, x + shift, y)
    np.testing.assert_allclose(there.curve(x + shift), here.curve(x), atol=1e-6)
    for name in family.shape:
        moved = here.parameters[name] + (shift if family.units[name] == 1 else 0)
        assert there.parameters[name] == pytest.approx(moved, abs=1e-4)
        assert there.standard_errors[name] == pytest.approx(here.standard_errors[name], rel=1e-3)
