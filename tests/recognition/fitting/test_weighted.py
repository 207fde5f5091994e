"""Fits with error bars against scipy's."""

import math
import warnings
from typing import Any

import numpy as np
import pytest
import scipy.optimize
from scipy import stats

from shapeclf.datasets import LINE, Family
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.recognition import Recognizer
from shapeclf.recognition.fitting import fit_family

from .cases import by_name, fitted

SHAPES = {
    "quadratic": {"c": 0.3},
    "exponential": {"r": -2.5},
    "power": {"p": 2.6},
    "sine": {"w": 14.0, "c": 0.52},
    "logistic": {"r": 11.0, "c": 0.45},
    "hyperbola": {"c": 0.2},
    "gaussian": {"c": 0.45, "s": 0.12},
}


def _case(family: Family) -> tuple[FloatArray, FloatArray, FloatArray, list[float]]:
    """x, y, error bars that differ by a factor of up to ten, and the true parameters."""
    rng = np.random.default_rng(4)
    x = np.sort(rng.uniform(0.05, 1.0, 30))
    parameters = {"k": 2.0, "b": -0.7, **SHAPES.get(family.name, {})}
    errors = 0.01 * 10.0 ** rng.uniform(0, 1, 30)
    y = family.curve(x[None], **parameters)[0] + errors * rng.standard_normal(30)
    return x, y, errors, list(parameters.values())


def _scipy_fit(family: Family, x: FloatArray, y: FloatArray, start: list[float], **options: Any) -> Any:
    def model(x: FloatArray, *values: float) -> FloatArray:
        y: FloatArray = family.curve(x[None], **dict(zip(family.priors, values, strict=True)))[0]
        return y

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        best, covariance = scipy.optimize.curve_fit(model, x, y, p0=start, xtol=1e-14, ftol=1e-14, **options)
    return best, covariance, y - model(x, *best)


@by_name
def test_weighted_fits_are_those_of_curve_fit(family: Family) -> None:
    x, y, errors, truth = _case(family)
    best, covariance, residuals = _scipy_fit(family, x, y, truth, sigma=errors, absolute_sigma=True)
    fit = fitted(family, x, y, errors)
    chi_squared = float(np.sum((residuals / errors) ** 2))
    assert fit.chi_squared == pytest.approx(chi_squared, rel=1e-6)
    assert fit.degrees_of_freedom == 30 - len(truth)
    assert fit.reduced_chi_squared == pytest.approx(chi_squared / fit.degrees_of_freedom, rel=1e-6)
    assert fit.p_value == pytest.approx(stats.chi2.sf(chi_squared, fit.degrees_of_freedom), rel=1e-5)
    expected = np.sqrt(np.diag(covariance))
    np.testing.assert_array_less(np.abs(list(fit.parameters.values()) - best), 1e-3 * expected)
    found = [error or math.nan for error in fit.standard_errors.values()]
    np.testing.assert_allclose(found, expected, rtol=2e-3)
    correlation = fit.covariance / np.outer(found, found)
    np.testing.assert_allclose(correlation, covariance / np.outer(expected, expected), atol=2e-3)
    assert fit.residual_sd == pytest.approx(math.sqrt(np.sum(residuals**2) / fit.degrees_of_freedom), rel=1e-5)


@by_name
def test_the_covariance_is_that_of_curve_fit(family: Family) -> None:
    x, y, _, truth = _case(family)
    _, expected, _ = _scipy_fit(family, x, y, truth)
    fit = fit_family(family, x, y)
    assert fit is not None
    size = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(fit.covariance / np.outer(size, size), expected / np.outer(size, size), atol=5e-3)


@by_name
def test_equal_errors_leave_the_parameters_unchanged(family: Family) -> None:
    x, y, _, _ = _case(family)
    plain, fit = fit_family(family, x, y), fitted(family, x, y, 0.02)
    assert plain is not None
    assert fit.parameters == pytest.approx(plain.parameters, rel=1e-6)
    assert (plain.chi_squared, plain.reduced_chi_squared, plain.p_value) == (None, None, None)
    assert fit.chi_squared == pytest.approx(plain.residual_sd**2 * plain.degrees_of_freedom / 0.02**2, rel=1e-6)
    for name, error in fit.standard_errors.items():
        relative = plain.standard_errors[name]
        assert relative is not None
        assert error == pytest.approx(relative * 0.02 / plain.residual_sd, rel=1e-4)


def test_the_band_follows_the_error_bars() -> None:
    x, y, errors, _ = _case(LINE)
    wide, narrow = (fitted(LINE, x, y, scale * errors).band(x) for scale in (3.0, 1.0))
    assert wide is not None
    assert narrow is not None
    np.testing.assert_allclose(wide[1] - wide[0], 3 * (narrow[1] - narrow[0]), rtol=1e-9)


@pytest.mark.parametrize(
    ("errors", "text"),
    [
        pytest.param([0.1, 0.0, 0.1], r"^point 2: y_error must be a finite number above 0, got 0\.0$", id="zero"),
        pytest.param([0.1, 0.1, -1.0], r"^point 3: y_error must be .* got -1\.0$", id="below zero"),
        pytest.param([math.nan, 0.1, 0.1], r"^point 1: y_error must be .* got nan$", id="NaN"),
        pytest.param(math.inf, r"^point 1: y_error must be .* got inf$", id="infinite"),
        pytest.param(
            [0.1, 0.1], r"^y_error must be one number or one for each of 3 points, got shape \(2,\)$", id="two"
        ),
        pytest.param(["a", "b", "c"], r"^not an array of numbers", id="text"),
    ],
)
def test_invalid_errors_are_refused(errors: Any, text: str) -> None:
    with pytest.raises(InputError, match=text):
        fit_family(LINE, [1.0, 2.0, 3.0], [1.0, 2.0, 4.0], errors)
    with pytest.raises(InputError, match=text):
        Recognizer.load().recognize([1.0, 2.0, 3.0], [1.0, 2.0, 4.0], errors)


def test_a_recognition_is_weighted_by_its_error_bars() -> None:
    x, y, errors, _ = _case(LINE)
    recognizer = Recognizer.load(among=["line"])
    seen = recognizer.recognize(x, y, y_error=errors)
    assert seen.fit == fitted(LINE, x, y, errors)
    assert seen.fit is not None
    assert seen.to_dict()["chi_squared"] == seen.fit.chi_squared
    assert {"reduced_chi_squared", "p_value"} <= set(seen.to_dict())
    assert seen.columns()["chi_squared"] == [seen.fit.chi_squared]
    assert "chi_squared" not in recognizer.recognize(x, y).to_dict()
    assert seen.first(10).fit == fit_family(LINE, x[:10], y[:10], errors[:10])
