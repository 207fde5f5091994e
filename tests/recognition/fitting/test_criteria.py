"""AIC, BIC and chi-squared of fits, against their formulas and against lmfit."""

import math

import numpy as np
import pytest

from shapeclf.datasets import Family
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.recognition import fit_family

X = np.linspace(0.3, 4.0, 24)
Y = 1.5 + 0.7 * np.sin(1.9 * (X - 1.0)) + 0.05 * np.cos(37.0 * X)
ERRORS = 0.03 + 0.02 * np.abs(np.sin(5.0 * X))
PARAMETERS = {"line": 2, "quadratic": 3, "sine": 4}


@pytest.mark.parametrize("family", [f for f in BUILT_IN if f.name in PARAMETERS], ids=lambda family: family.name)
def test_the_criteria_follow_their_formulas(family: Family) -> None:
    p, n = PARAMETERS[family.name], len(X)
    fit = fit_family(family, X, Y)
    assert fit is not None
    misfit = n * math.log(np.sum((Y - fit.curve(X)) ** 2) / n)
    assert (fit.aic, fit.bic) == pytest.approx((misfit + 2 * p, misfit + p * math.log(n)), rel=1e-9)
    weighted = fit_family(family, X, Y, ERRORS)
    assert weighted is not None
    chi_squared = np.sum(((Y - weighted.curve(X)) / ERRORS) ** 2)
    assert (weighted.aic, weighted.bic) == pytest.approx((chi_squared + 2 * p, chi_squared + p * math.log(n)), rel=1e-9)


def test_the_criteria_of_exact_and_of_huge_points_do_not_overflow() -> None:
    constant = fit_family(BUILT_IN[0], [1.0, 2.0, 3.0], [7.0, 7.0, 7.0])
    huge = fit_family(BUILT_IN[0], [1.0, 2.0, 3.0, 4.0], [-1e300, 2e300, -3e300, 4e300])
    assert constant is not None
    assert huge is not None
    assert (constant.aic, constant.bic) == (-math.inf, -math.inf)
    assert math.isfinite(huge.aic)


@pytest.mark.slow
@pytest.mark.parametrize("family", BUILT_IN, ids=lambda family: family.name)
@pytest.mark.parametrize("errors", [None, ERRORS], ids=["plain", "error bars"])
def test_the_criteria_are_those_of_lmfit(family: Family, errors: np.ndarray | None) -> None:
    from lmfit import Minimizer, Parameters

    fit = fit_family(family, X, Y, errors)
    assert fit is not None
    start = Parameters()
    for name, value in fit.parameters.items():
        start.add(name, value=value)

    def residual(parameters: Parameters) -> np.ndarray:
        curve = family.curve(X[None], **{"k": 0.0, **parameters.valuesdict()})[0]  # a constant has no k
        return np.asarray((Y - curve) / (1.0 if errors is None else errors))

    found, n = Minimizer(residual, start).minimize(), len(X)
    if errors is not None:
        assert fit.chi_squared == pytest.approx(found.chisqr, rel=1e-6)
    else:
        assert fit.residual_sd**2 == pytest.approx(found.redchi, rel=1e-6)
    # lmfit has n·ln(chi-squared/n) in place of chi-squared, with error bars, too.
    replaced = 0.0 if errors is None else found.chisqr - n * math.log(found.chisqr / n)
    assert (fit.aic, fit.bic) == pytest.approx((found.aic + replaced, found.bic + replaced), rel=1e-6, abs=1e-4)
