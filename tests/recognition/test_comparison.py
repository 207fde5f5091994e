"""The closest law of points that follow none, and the comparison of all laws."""

import math

import numpy as np
import pytest

from shapeclf.cli.answers import answer_lines
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.recognition import Recognition, Recognizer, fit_family
from shapeclf.recognition.naming import Names
from shapeclf.recognition.reports import report

KNOWN = {family.name: family for family in BUILT_IN}
X = np.arange(30.0)
Y = np.abs(X - 15) + 3 * np.sin(3 * X) ** 2


@pytest.fixture(scope="module")
def kinked() -> Recognition:
    """Points of no law."""
    seen = Recognizer.load().recognize(X, Y)
    assert seen.family == "none"
    return seen


def test_the_closest_law_has_the_lowest_bic_of_all(kinked: Recognition) -> None:
    fits = {name: fit_family(family, X, Y) for name, family in KNOWN.items()}
    lowest = min((fit.bic, name) for name, fit in fits.items() if fit is not None)
    assert kinked.closest is not None
    assert (kinked.closest.bic, kinked.closest.family) == lowest
    record = kinked.to_dict()["closest"]
    assert record["family"] == "gaussian"
    assert record["equation"] == kinked.closest.equation
    assert record["residual_test"]["random"] is False
    assert kinked.to_dict()["equation"] is None


def test_more_parameters_are_penalised() -> None:
    y = 2 * X + 0.3 * np.random.default_rng(1).standard_normal(30)
    seen = Recognition(("line", "quadratic", "none"), np.full((30, 3), [0.1, 0.1, 0.8]), np.stack([X, y], 1), KNOWN)
    fits = seen.fits
    assert fits["quadratic"].residual_sd ** 2 * 27 <= fits["line"].residual_sd ** 2 * 28
    assert seen.closest is not None
    assert seen.closest.family == "line"


def test_there_is_no_closest_law_if_the_answer_is_a_law_or_the_points_are_too_few() -> None:
    line = Recognition(("line", "none"), np.full((30, 2), [0.6, 0.4]), np.stack([X, Y], 1), KNOWN)
    assert line.closest is None
    assert "closest" not in line.to_dict()
    few = Recognition(("line", "sqrt", "none"), np.full((3, 3), [0.3, 0.3, 0.4]), np.stack([X, Y], 1)[:3], KNOWN)
    assert (few.family, few.closest, few.to_dict()["closest"]) == ("none", None, None)


def test_the_comparison_has_a_row_for_each_fit(kinked: Recognition) -> None:
    rows = kinked.comparison
    names = [row["family"] for row in rows]
    assert set(names) == set(KNOWN) - {"logarithm", "reciprocal"}  # which are not defined at x = 0
    assert [row["probability"] for row in rows] == sorted((kinked.probabilities[name] for name in names), reverse=True)
    for row in rows:
        fit = fit_family(KNOWN[row["family"]], X, Y)
        assert fit is not None
        assert row == {
            "family": fit.family,
            "probability": kinked.probabilities[fit.family],
            "equation": fit.equation,
            "parameters": fit.parameters,
            "residual_sd": fit.residual_sd,
            "r_squared": fit.r_squared,
            "aic": fit.aic,
            "bic": fit.bic,
            "chi_squared": None,
        }
    squares = sum((Y - kinked.fits["line"].curve(X)) ** 2)
    line = rows[names.index("line")]
    assert line["aic"] == pytest.approx(30 * math.log(squares / 30) + 4)
    assert line["bic"] == pytest.approx(30 * math.log(squares / 30) + 2 * math.log(30))


def test_names_and_error_bars_are_in_the_comparison() -> None:
    points, posterior = np.stack([X, 2 * X + 1], 1), np.ones((30, 1))
    seen = Recognition(("line",), posterior, points, KNOWN, np.full(30, 0.5), names=Names("t", "s"))
    (row,) = seen.to_dict(comparison=True)["comparison"]
    assert (row["equation"], row["equation_named"]) == ("y = 2·x + 1", "s = 2·t + 1")
    assert row["chi_squared"] == pytest.approx(0.0, abs=1e-12)
    assert row["aic"] == pytest.approx(4.0)


def _slightly_curved(bend: float) -> Recognition:
    x = np.linspace(0.0, 10.0, 60)
    y = 3 * x + bend * (x - 5) ** 2 + 0.002 * np.random.default_rng(0).standard_normal(60)
    posterior = np.full((60, 4), [0.9, 0.04, 0.03, 0.03])
    return Recognition(("line", "quadratic", "parabola", "none"), posterior, np.stack([x, y], 1), KNOWN)


def test_a_law_that_describes_the_readings_to_within_the_noise_is_named() -> None:
    seen = _slightly_curved(0.01)
    (law,) = seen.better_laws
    assert law.family == "quadratic"
    assert law.residual_sd == pytest.approx(0.002, rel=0.2)
    assert "  a quadratic describes the readings to within the noise" in answer_lines(seen, fit=True)
    assert "A quadratic describes the readings to within the noise." in report(seen, "markdown")


def test_laws_that_describe_the_readings_equally_well_are_all_named() -> None:
    curved = _slightly_curved(0.01)
    families = ("line", "quadratic", "sine", "logistic", "none")
    seen = Recognition(families, np.full((60, 5), [0.9, 0.04, 0.02, 0.02, 0.02]), curved.points, KNOWN)
    bics = {name: fit.bic for name, fit in seen.fits.items() if name != "line"}
    expected = {name for name, bic in bics.items() if bic < min(bics.values()) + 2}
    assert len(expected) > 1
    assert {law.family for law in seen.better_laws} == expected
    assert " or ".join(law.law.in_words for law in seen.better_laws) in seen.better_law_notes[0]


def test_no_other_law_is_sought_where_the_residuals_are_random() -> None:
    seen = _slightly_curved(0.0)
    assert seen.better_laws == []
    assert seen.better_law_notes == []
