"""Fits to uninformative points, after failed searches, of user-defined families, and of many sequences at once."""

import json
import math
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
import scipy.optimize
from hypothesis import example, given
from hypothesis import strategies as st

from shapeclf.datasets import (
    EXPONENTIAL,
    LINE,
    LOGARITHM,
    LOGISTIC,
    POWER,
    RECIPROCAL,
    SINE,
    SQRT,
    Family,
    LogUniform,
    Prior,
    Uniform,
)
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.recognition.fitting import fit_family, fit_many
from shapeclf.recognition.fitting.fit_result import Fit

from .cases import by_name, curve_at, each_without_shape, fitted, noisy

# ---- points that do not determine all parameters


def _check_json(fit: Fit) -> None:
    record = [fit.parameters, fit.standard_errors, fit.r_squared, fit.residual_sd, fit.equation]
    assert json.loads(json.dumps(record, allow_nan=False)) == record


@pytest.mark.parametrize("family", [LINE, EXPONENTIAL], ids=lambda family: family.name)
@pytest.mark.parametrize("size", [1e-140, 1e-150, 1e-160, 1e-170, 1e-300])
def test_a_standard_error_whose_square_underflows_is_missing(family: Family, size: float) -> None:
    x = np.linspace(0.5, 4.0, 12)
    y = noisy(family, x, k=2.0, b=1.0, **({"r": -0.7} if family is EXPONENTIAL else {}))
    usual, tiny = fitted(family, x, y), fitted(family, x, size * y)
    for name, error in usual.standard_errors.items():
        assert error is not None
        found = tiny.standard_errors[name]
        if found is not None:
            assert found == pytest.approx(error * (1.0 if name == "r" else size), rel=1e-6)
        if name != "r":
            assert (found is None) == (size < 1e-150)
    assert (tiny.band(x) is None) == (size < 1e-150)


@by_name
@pytest.mark.parametrize(
    "y",
    [
        pytest.param([5.0, 5.5, 6.0, 7.0, 5.0, 4.0], id="six readings"),
        pytest.param([0.3] * 6, id="one point six times"),
    ],
)
def test_readings_at_one_x_are_fitted_by_their_mean(family: Family, y: list[float]) -> None:
    fit = fitted(family, np.full(6, 0.1), np.array(y))
    assert fit.curve([0.1])[0] == pytest.approx(np.mean(y), rel=1e-12)
    assert set(fit.standard_errors.values()) == {None}
    assert fit.band([0.1]) is None
    _check_json(fit)


@by_name
@pytest.mark.parametrize("missing", [0, 1], ids=["as many as parameters", "one fewer"])
def test_points_no_more_than_parameters_have_no_equation(family: Family, missing: int) -> None:
    count = len(family.priors) - missing
    x = np.linspace(0.2, 1, count)
    middle = {name: float(prior.quantile(np.array([0.3]))[0]) for name, prior in family.shape.items()}
    y = noisy(family, x, 0.0, k=1.0, b=0.3, **middle)
    assert fit_family(family, x, y) is None
    assert fit_many(family, np.stack([x, y], axis=-1)[None], np.array([count])) == [None]


@by_name
def test_repeated_readings_at_too_few_x_have_no_errors(family: Family) -> None:
    x = np.repeat(np.linspace(0.2, 1, len(family.priors) - 1), 4)
    y = np.random.default_rng(0).random(len(x))
    fit = fitted(family, x, y)
    assert set(fit.standard_errors.values()) == {None}
    assert fit.residual_sd is not None
    _check_json(fit)


@by_name
def test_constant_y_has_an_r_squared_of_1(family: Family) -> None:
    x = np.linspace(0.1, 1, 9)
    fit = fitted(family, x, np.full(9, 0.7))
    assert (fit.parameters["k"], fit.parameters["b"], fit.r_squared, fit.residual_sd) == (0, 0.7, 1, 0)
    np.testing.assert_array_equal(fit.curve(x), 0.7)
    _check_json(fit)


@pytest.mark.parametrize(
    ("family", "lowest"),
    [
        pytest.param(SQRT, -1e-9, id="sqrt"),
        pytest.param(POWER, -1e-9, id="power"),
        pytest.param(LOGARITHM, 0.0, id="logarithm"),
        pytest.param(RECIPROCAL, 0.0, id="reciprocal"),
    ],
)
def test_there_is_no_fit_outside_the_domain(family: Family, lowest: float) -> None:
    assert fit_family(family, [lowest, 1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0, 5.0]) is None


def test_a_power_may_begin_at_zero() -> None:
    x = np.linspace(0, 5, 12)
    fit = fitted(POWER, x, noisy(POWER, x + 1e-300, 0.0, k=2.0, b=1.0, p=1.5))
    assert fit.parameters == pytest.approx({"k": 2.0, "b": 1.0, "p": 1.5}, rel=1e-6)


@by_name
@given(
    points=st.lists(
        st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False)),
        min_size=1,
        max_size=6,
    )
)
@example(points=[(1, -5e184), (9, 7e184), (12, 8e184), (13, -3e184), (14, 4e184), (16, -8e184), (18, 6e184)])
def test_any_finite_points_are_answered(family: Family, points: list[tuple[float, float]]) -> None:
    fit = fit_family(family, *np.array(points).T)
    if fit is not None:
        assert 0 <= fit.r_squared <= 1
        _check_json(fit)


# ---- searches that fail


def test_a_search_without_convergence_leaves_the_best_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(*_: Any, **__: Any) -> None:
        raise RuntimeError("Optimal parameters not found")

    monkeypatch.setattr(scipy.optimize, "curve_fit", gives_up)
    x = np.linspace(0, 4, 20)
    fit = fitted(EXPONENTIAL, x, curve_at(EXPONENTIAL, x, 2.0, 1.0, -0.8))
    assert fit.r_squared > 0.999
    assert fit.parameters["r"] == pytest.approx(-0.8, abs=0.1)
    assert set(fit.standard_errors.values()) == {None}
    assert fit.band(x) is None


def test_warnings_of_the_search_are_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    search = scipy.optimize.curve_fit

    def warns(*arguments: Any, **options: Any) -> Any:
        warnings.warn("Covariance could not be estimated", scipy.optimize.OptimizeWarning, stacklevel=2)
        return search(*arguments, **options)

    monkeypatch.setattr(scipy.optimize, "curve_fit", warns)
    x = np.linspace(0, 4, 20)
    assert fitted(EXPONENTIAL, x, noisy(EXPONENTIAL, x, k=2.0, b=1.0, r=-0.8)).standard_errors["r"] is not None


def test_an_optimum_at_infinity_is_not_returned() -> None:
    """A logistic curve approaches an exponential as k and b grow without limit."""
    x = np.linspace(0, 1, 30)
    fit = fitted(LOGISTIC, x, noisy(EXPONENTIAL, x, 0.001, k=1.0, b=0.0, r=2.5))
    assert abs(fit.parameters["k"]) < 1e5
    assert fit.r_squared > 0.98


# ---- families of the user's own


def _peak(x: FloatArray, m: FloatArray, s: FloatArray) -> FloatArray:
    return np.exp(-(((x - m) / s) ** 2))


def _decay(x: FloatArray, rate: FloatArray) -> FloatArray:
    return np.exp(-rate * x)


def test_a_length_that_is_not_a_position_is_not_shifted() -> None:
    shape: dict[str, Prior] = {"m": Uniform(0, 1), "s": LogUniform(0.05, 0.5)}
    family = Family(
        "peak", "y = k·exp(−((x − m)/s)²) + b", _peak, shape=shape, shift_invariant=True, units={"m": 1, "s": 1}
    )
    x = np.linspace(100, 130, 40)
    fit = fitted(family, x, curve_at(family, x, 5.0, 1.0, 112.0, 4.0))
    assert fit.parameters == pytest.approx({"k": 5, "b": 1, "m": 12, "s": 4, "x0": 100}, rel=1e-5)
    assert fit.equation == "y = 5·exp(−(((x − 100) − 12)/4)²) + 1"


def test_parameters_without_units_are_searched_in_the_units_of_x() -> None:
    family = Family("decay", "y = k·exp(−rate·x) + b", _decay, shape={"rate": LogUniform(0.01, 1)})
    x = np.linspace(5, 15, 12)
    fit = fitted(family, x, curve_at(family, x, 5.0, 1.0, 0.2))
    assert fit.parameters == pytest.approx({"k": 5, "b": 1, "rate": 0.2}, rel=1e-5)


def test_three_shape_parameters() -> None:
    shape: dict[str, Prior] = {"m": Uniform(0, 1), "s": LogUniform(0.05, 0.5), "q": Uniform(1, 3)}

    def steep(x: FloatArray, m: FloatArray, s: FloatArray, q: FloatArray) -> FloatArray:
        return np.exp(-(np.abs((x - m) / s) ** q))

    family = Family("steep", "y = k·exp(−|(x − m)/s|^q) + b", steep, shape=shape)
    x = np.linspace(0, 1, 60)
    fit = fitted(family, x, curve_at(family, x, 2.0, 1.0, 0.4, 0.2, 1.6))
    assert fit.parameters == pytest.approx({"k": 2, "b": 1, "m": 0.4, "s": 0.2, "q": 1.6}, rel=1e-4)


# ---- many at once


def _padded(family: Family, seed: int = 5) -> tuple[FloatArray, np.ndarray[Any, np.dtype[np.int64]]]:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 17, 40)
    x = family.x.quantile(rng.random((40, 16))) * 10.0 ** rng.uniform(-6, 6, (40, 1))
    points = np.stack([x, rng.standard_normal((40, 16)) * 10.0 ** rng.uniform(-6, 6, (40, 1))], axis=-1)
    points[np.arange(16) >= lengths[:, None]] = np.nan
    return points, lengths


@each_without_shape
def test_many_at_once_agree_with_one_by_one(family: Family) -> None:
    points, lengths = _padded(family)
    for row, (length, fit) in enumerate(zip(lengths, fit_many(family, points, lengths), strict=True)):
        alone = fit_family(family, points[row, :length, 0], points[row, :length, 1])
        if alone is None or fit is None:
            assert length <= 2
            assert fit is alone is None
            continue
        assert fit.equation == alone.equation
        assert fit.parameters == pytest.approx(alone.parameters, rel=1e-10)
        assert fit.standard_errors == pytest.approx(alone.standard_errors, rel=1e-10)
        assert fit.r_squared == pytest.approx(alone.r_squared, rel=1e-10, abs=1e-15)
        assert fit.residual_sd == pytest.approx(alone.residual_sd, rel=1e-10)
        np.testing.assert_allclose(fit.covariance, alone.covariance, rtol=1e-9)
        x = points[row, :length, 0]
        bands = fit.band(x), alone.band(x)
        assert bands[0] is not None
        assert bands[1] is not None
        np.testing.assert_allclose(bands[0], bands[1], rtol=1e-9)


def test_many_fits_with_shape_parameters_equal_single_fits() -> None:
    x = np.linspace(1990, 2020, 12)
    sequences = [
        np.stack([x, noisy(EXPONENTIAL, x - 1990, k=2.0, b=1.0, r=0.3)], axis=-1),
        np.stack([x - 1990, noisy(EXPONENTIAL, x - 1990, k=2.0, b=1.0, r=-0.3)], axis=-1),
        np.full((12, 2), 3.0),
        np.full((12, 2), 3.0),
    ]
    *fits, without = fit_many(EXPONENTIAL, np.stack(sequences), np.array([12, 9, 4, 3]))
    assert fits == [fitted(EXPONENTIAL, *sequences[row][:length].T) for row, length in enumerate((12, 9, 4))]
    assert without is None
    assert [fit and fit.parameters.get("x0") for fit in fits] == [1990, None, None]
    assert [fit and None in fit.standard_errors.values() for fit in fits] == [False, False, True]


@pytest.mark.parametrize("family", [SQRT, POWER], ids=lambda family: family.name)
def test_sequences_outside_the_domain_have_no_fit_among_many(family: Family) -> None:
    x = np.linspace(1, 9, 8)
    points = np.stack([np.stack([x, noisy(family, x, k=2.0, b=1.0, **dict.fromkeys(family.shape, 1.5))], axis=-1)] * 3)
    points[1, 2, 0] = -1
    points[2, 6, 0] = -1
    fits = fit_many(family, points, np.array([8, 8, 6]))  # the third ends before it leaves the domain
    assert [fit is None for fit in fits] == [False, True, False]
    assert fits[0] == fit_family(family, *points[0].T)


@pytest.mark.parametrize("family", [LINE, SINE], ids=lambda family: family.name)
def test_an_empty_batch_has_no_fits(family: Family) -> None:
    assert fit_many(family, np.zeros((0, 4, 2)), np.zeros(0, dtype=np.int64)) == []


# ---- refused arguments, and imports


@pytest.mark.parametrize(
    ("x", "y", "text"),
    [
        pytest.param([], [], r"at least one point, got \(0, 2\)", id="no points"),
        pytest.param([1.0], [1.0, 2.0], r"got shapes \(1,\) and \(2,\)", id="two lengths"),
        pytest.param([[1.0]], [[1.0]], r"got shapes \(1, 1\) and \(1, 1\)", id="not one-dimensional"),
        pytest.param([1.0, math.nan], [1.0, 2.0], "point 2: x must be a finite number, got nan", id="NaN"),
        pytest.param([1.0, 2.0], [1.0, math.inf], "point 2: y must be a finite number, got inf", id="infinity"),
        pytest.param(["one"], [1.0], "not an array of numbers", id="text"),
    ],
)
def test_invalid_points_are_refused(x: list[float], y: list[float], text: str) -> None:
    with pytest.raises(InputError, match=text):
        fit_family(LINE, x, y)


@pytest.mark.parametrize(
    ("points", "lengths", "text"),
    [
        pytest.param(np.ones((2, 3)), np.array([1, 1]), r"shapes \(batch, points, 2\) and", id="flat points"),
        pytest.param(np.ones((2, 3, 2)), np.array([1]), r"got \(2, 3, 2\) and \(1,\)", id="a length missing"),
        pytest.param(np.ones((2, 3, 2)), np.array([0, 3]), "lengths must be from 1 to 3, got 0 to 3", id="empty"),
        pytest.param(np.ones((2, 3, 2)), np.array([1, 4]), "lengths must be from 1 to 3, got 1 to 4", id="too long"),
        pytest.param(np.full((1, 3, 2), np.nan), np.array([3]), "points must be finite numbers", id="NaN"),
    ],
)
def test_invalid_batches_are_refused(points: FloatArray, lengths: Any, text: str) -> None:
    with pytest.raises(InputError, match=text):
        fit_many(LINE, points, lengths)


@pytest.mark.parametrize(
    ("name", "expected"), [("line", "False"), pytest.param("exponential", "True", marks=pytest.mark.slow)]
)
def test_scipy_is_imported_only_for_shape_parameters(name: str, expected: str) -> None:
    code = (
        "import sys\n"
        "from shapeclf.datasets import find_families\n"
        "from shapeclf.recognition.fitting import fit_family\n"
        "assert not any(module.startswith('scipy') for module in sys.modules)\n"
        f"fit_family(find_families([{name!r}])[0], [1, 2, 3, 4, 5], [1, 2.1, 4, 8.3, 16])\n"
        "print('scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, expected, "")
