"""Quantities of a fitted curve, such as a half-life, and their standard errors."""

import math
from dataclasses import replace

import numpy as np
import pytest

from shapeclf.datasets import (
    EXPONENTIAL,
    LINE,
    LOGARITHM,
    LOGISTIC,
    PARABOLA,
    POWER,
    QUADRATIC,
    RECIPROCAL,
    SINE,
    Family,
    Quantity,
    Uniform,
)
from shapeclf.datasets.laws import GAUSSIAN, HYPERBOLA
from shapeclf.errors import InputError
from shapeclf.recognition.fitting import Fit, fit_many
from shapeclf.recognition.naming import Names

from .cases import curve_at, fitted

X = np.linspace(0.5, 10.0, 40)
# The parameters of each family in its order, and the quantities of this curve.
_TRUTHS: dict[Family, tuple[tuple[float, ...], dict[str, float]]] = {
    LINE: ((2.0, -6.0), {"x intercept": 3.0}),
    PARABOLA: ((2.0, 1.0), {}),
    QUADRATIC: ((2.0, 1.0, 3.0), {"vertex x": 3.0, "vertex y": 1.0}),
    EXPONENTIAL: ((5.0, 1.0, -0.4), {"half-life": math.log(2) / 0.4, "time constant": 2.5, "asymptote": 1.0}),
    LOGARITHM: ((2.0, 1.0), {"change per decade": 2.0 / math.log10(math.e)}),
    RECIPROCAL: ((3.0, 1.0), {"asymptote": 1.0}),
    POWER: ((2.0, 1.0, -1.5), {"exponent": -1.5, "asymptote": 1.0}),
    SINE: (
        (-2.0, 1.0, 2.0, 5.0),
        {"amplitude": 2.0, "period": math.pi, "frequency": 1 / math.pi, "phase": 5 * math.pi - 10.0 - 2 * math.pi},
    ),
    HYPERBOLA: ((3.0, 1.0, 2.0), {"pole": -2.0, "asymptote": 1.0}),
    GAUSSIAN: (
        (3.0, 1.0, 4.0, 1.5),
        {"centre": 4.0, "full width at half maximum": 2 * 1.5 * math.sqrt(math.log(4)), "height": 3.0},
    ),
    LOGISTIC: (
        (-4.0, 3.0, 1.2, 5.0),
        {"midpoint": 5.0, "maximum slope": -1.2, "lower asymptote": -1.0, "upper asymptote": 3.0},
    ),
}
_truths = pytest.mark.parametrize(
    ("family", "parameters", "expected"),
    [pytest.param(family, *truth, id=family.name) for family, truth in _TRUTHS.items()],
)


@_truths
def test_the_quantities_of_an_exact_curve(
    family: Family, parameters: tuple[float, ...], expected: dict[str, float]
) -> None:
    found = fitted(family, X, curve_at(family, X, *parameters)).quantities
    assert list(found) == list(expected)
    for name, value in expected.items():
        period = 2 * math.pi if name == "phase" else math.inf  # an angle of -π is one of π
        assert abs(math.remainder(found[name].value - value, period)) < 1e-9, name


def _noisy(family: Family, noise: float = 0.02) -> Fit:
    y = curve_at(family, X, *_TRUTHS[family][0])
    return fitted(family, X, y + noise * np.ptp(y) * np.random.default_rng(0).standard_normal(len(X)))


def test_standard_errors_are_those_of_propagation_by_hand() -> None:
    def errors(fit: Fit) -> dict[str, float | None]:
        return {name: found.standard_error for name, found in fit.quantities.items()}

    fit = _noisy(EXPONENTIAL)
    (k, b, r), sigma = fit.parameters.values(), np.sqrt(np.diag(fit.covariance))
    assert errors(fit) == pytest.approx(
        {"half-life": math.log(2) / r**2 * sigma[2], "time constant": sigma[2] / r**2, "asymptote": sigma[1]}
    )
    fit = _noisy(LINE)
    (k, b), c = fit.parameters.values(), fit.covariance
    variance = c[1, 1] / k**2 + c[0, 0] * b**2 / k**4 - 2 * c[0, 1] * b / k**3
    assert errors(fit) == pytest.approx({"x intercept": math.sqrt(variance)})
    fit = _noisy(LOGISTIC)
    (k, b, r, _), c = fit.parameters.values(), fit.covariance
    slope = k**2 * c[2, 2] + r**2 * c[0, 0] + 2 * k * r * c[0, 2]
    sum_of_both = math.sqrt(c[0, 0] + c[1, 1] + 2 * c[0, 1])  # k < 0: the upper asymptote is b
    assert errors(fit) == pytest.approx(
        {
            "midpoint": math.sqrt(c[3, 3]),
            "maximum slope": math.sqrt(slope) / 4,
            "lower asymptote": sum_of_both,
            "upper asymptote": math.sqrt(c[1, 1]),
        }
    )


@pytest.mark.parametrize(
    "family",
    [
        pytest.param(family, id=family.name, marks=[] if family == LINE else pytest.mark.slow)
        for family, (_, expected) in _TRUTHS.items()
        if expected
    ],
)
def test_a_thousand_refits_scatter_by_the_reported_error(family: Family) -> None:
    rng = np.random.default_rng(1)
    parameters, expected = _TRUTHS[family]
    y = curve_at(family, X, *parameters)
    points = np.empty((1000, len(X), 2))
    points[..., 0], points[..., 1] = X, y + 0.02 * np.ptp(y) * rng.standard_normal((1000, len(X)))
    fits = [fit.quantities for fit in fit_many(family, points, np.full(1000, len(X))) if fit is not None]
    for name, truth in expected.items():
        values = np.array([fit[name].value for fit in fits])
        reported_errors = np.array([fit[name].standard_error for fit in fits], dtype=np.float64)
        if name == "phase":
            values = truth + np.array([math.remainder(value - truth, 2 * math.pi) for value in values])
        assert np.isfinite(reported_errors).all(), name
        # The standard deviation of 1,000 values is known to 2.2 %.
        assert abs(values.std() / np.sqrt((reported_errors**2).mean()) - 1) < 0.08, name
        assert abs(values.mean() - truth) < 0.25 * values.std(), name


def test_far_from_zero_positions_stay_on_the_axis_of_x() -> None:
    near, far = ([fitted(family, x, y) for family, x, y in _shifted(by)] for by in (0.0, 2e9))
    for here, there in zip(near, far, strict=True):
        assert "x0" in there.parameters
        for name, found in here.quantities.items():
            if name == "phase":  # it is the angle at x0, which differs
                continue
            moved = there.quantities[name]
            away = 2e9 if here.law.quantities[name].position else 0.0
            assert moved.value - away == pytest.approx(found.value, rel=1e-5), name
            assert moved.standard_error == pytest.approx(found.standard_error, rel=1e-3), name


def _shifted(by: float) -> list[tuple[Family, np.ndarray, np.ndarray]]:
    noise = 0.01 * np.random.default_rng(2).standard_normal(len(X))
    x = np.round(X, 3)
    return [(f, x + by, curve_at(f, x, *_TRUTHS[f][0]) + noise) for f in (LINE, QUADRATIC, EXPONENTIAL, LOGISTIC)]


def test_growth_has_a_doubling_time_and_no_half_life() -> None:
    found = fitted(EXPONENTIAL, X, curve_at(EXPONENTIAL, X, 1.0, 0.0, 0.5)).quantities
    assert list(found) == ["doubling time", "time constant", "asymptote"]
    assert found["doubling time"].value == pytest.approx(math.log(2) / 0.5)


def test_a_growing_power_has_no_asymptote() -> None:
    assert list(fitted(POWER, X, curve_at(POWER, X, 1.0, 0.0, 1.5)).quantities) == ["exponent"]


@pytest.mark.parametrize(("at", "reported"), [(-8.9, True), (-9.1, False), (19.4, True), (19.6, False)])
def test_a_position_far_outside_the_points_is_not_reported(at: float, reported: bool) -> None:
    assert bool(fitted(LINE, X, 2.0 * (X - at)).quantities) == reported  # x is from 0.5 to 10
    assert ("vertex x" in fitted(QUADRATIC, X, 2.0 * (X - at) ** 2).quantities) == reported


def test_what_the_points_do_not_determine_has_no_error() -> None:
    same = fitted(LINE, np.full(5, 3.0), np.arange(5.0)).quantities  # all x are equal
    assert all(found.standard_error is None for found in same.values())
    start = X[:8] / 20  # of a logistic curve: not even its midpoint is in sight
    rng = np.random.default_rng(3)
    found = fitted(LOGISTIC, start, np.exp(3 * start) + 0.05 * rng.standard_normal(8)).quantities
    assert {each.standard_error for name, each in found.items() if name != "midpoint"} == {None}


def test_a_quantity_that_is_far_from_linear_within_its_error_has_no_error() -> None:
    x = np.linspace(0, 1, 12)
    y = 0.1 * x + np.resize([0.1, -0.1], 12)  # the slope is as large as its error
    (found,) = fitted(LINE, x, y).quantities.values()
    assert found.standard_error is None


def test_the_phase_of_points_far_from_its_origin_is_left_out() -> None:
    x = X + 3e5
    fit = fitted(SINE, x, np.sin(2.0 * X) + 0.05 * np.random.default_rng(5).standard_normal(len(X)))
    assert "x0" not in fit.parameters
    assert list(fit.quantities) == ["amplitude", "period", "frequency"]


@pytest.mark.parametrize(
    ("family", "units"),
    [
        (LINE, {"x intercept": "s"}),
        (EXPONENTIAL, {"half-life": "s", "time constant": "s", "asymptote": "m"}),
        (SINE, {"amplitude": "m", "period": "s", "frequency": "1/s", "phase": "rad"}),
        (LOGISTIC, {"midpoint": "s", "maximum slope": "m/s", "lower asymptote": "m", "upper asymptote": "m"}),
        (POWER, {"exponent": None, "asymptote": "m"}),
    ],
    ids=lambda value: value.name if isinstance(value, Family) else "",
)
def test_units_follow_from_those_of_x_and_y(family: Family, units: dict[str, str | None]) -> None:
    fit = _noisy(family)
    found = Names(x_unit="s", y_unit="m").quantities(fit)
    assert {name: each.unit for name, each in found.items()} == units
    assert {each.unit for each in Names().quantities(fit).values()} <= {None, "rad"}


def test_texts_are_rounded_to_the_error() -> None:
    fit = _noisy(EXPONENTIAL)
    expected = {name: f"{found.value:.3f} ± {found.standard_error:.3f}" for name, found in fit.quantities.items()}
    assert fit.quantity_texts == expected  # the errors are from 0.01 to 0.1
    assert all(0.01 < (found.standard_error or 0) < 0.0995 for found in fit.quantities.values())
    assert fitted(LINE, X, 3 * X - 7).quantity_texts == {"x intercept": "2.33333"}


@pytest.mark.parametrize("k", [4.1, -2.3, -1.2, 0.7])
def test_quantities_of_exact_curves_are_no_rounding_errors(k: float) -> None:
    assert fitted(LINE, X, k * X).quantities["x intercept"].value == 0.0
    found = fitted(LOGISTIC, X, 3.0 / (1.0 + np.exp(X.mean() - X))).quantities
    assert (found["lower asymptote"].value, found["upper asymptote"].value) == (0.0, 3.0)


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        (LINE, {}),
        (QUADRATIC, {"vertex y": 5.0}),
        (EXPONENTIAL, {"asymptote": 5.0}),
        (SINE, {"amplitude": 0.0}),
        (HYPERBOLA, {"asymptote": 5.0}),
        (GAUSSIAN, {"height": 0.0}),
        (LOGISTIC, {"maximum slope": 0.0, "lower asymptote": 5.0, "upper asymptote": 5.0}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_equal_y_determine_no_quantity_that_depends_on_shape_parameters(
    family: Family, expected: dict[str, float]
) -> None:
    fit = fitted(family, X, np.full(40, 5.0))
    assert {name: found.value for name, found in fit.quantities.items()} == expected
    assert (fit.printed_parameters["k"].value, fit.printed_parameters["b"].value) == (0.0, 5.0)
    for name in family.shape:  # any value gives the same curve; the printed one is that of the fit
        assert fit.printed_parameters[name].value == pytest.approx(fit.parameters[name], rel=1e-3)
        assert fit.parameters[name]


def _ratio(k: float, b: float, power: float) -> float:
    return k / b


def _wrong(**_: float) -> float:
    raise KeyError("rate")


def test_a_user_family_declares_its_own_quantities() -> None:
    family = replace(POWER, name="mine", quantities={"ratio": Quantity(_ratio), "level": Quantity("b", y=1)})
    family = replace(family, shape={"power": Uniform(0.5, 2.0)}, basis=_power)
    found = fitted(family, X, 6 * X**1.5 + 2).quantities
    assert {name: each.value for name, each in found.items()} == pytest.approx({"ratio": 3.0, "level": 2.0})


def _power(x: np.ndarray, power: np.ndarray) -> np.ndarray:
    return np.asarray(x**power)


def test_a_quantity_that_fails_is_named() -> None:
    family = replace(LINE, quantities={"rate": Quantity(_wrong)})
    with pytest.raises(InputError, match=r"^quantity 'rate' of the family 'line': it failed, KeyError"):
        fitted(family, X, X).quantities  # noqa: B018
    family = replace(LINE, quantities={"rate": Quantity(lambda **_: "much")})  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^quantity 'rate' of the family 'line' must be a number, got 'much'$"):
        fitted(family, X, X).quantities  # noqa: B018


def test_parameters_near_the_smallest_number_have_quantities_without_errors() -> None:
    x = np.array([3.0103996401006017e264, -3.1038533073524805e264, -4.058597897876753e265])
    y = np.array([1.2661345982821453e-56, 1.2856370913843354e-56, 4.648960035293992e-56])
    fit = fitted(LINE, x, y)
    assert [each.standard_error for each in fit.quantities.values()] == [None]
