"""Residuals that are not random are reported, and random ones are not."""

import json

import numpy as np
import pytest
from scipy import stats

from shapeclf.cli.answers import answer_lines
from shapeclf.datasets import LINE, PARABOLA, Family
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.laws import CONSTANT
from shapeclf.recognition import Recognizer, fit_many
from shapeclf.recognition.fit_records import fit_record
from shapeclf.recognition.fitting import Fit

from .cases import by_name, fitted
from .test_weighted import SHAPES

X = np.linspace(0.05, 1, 32)


def _fits(family: Family, x: FloatArray, errors: FloatArray) -> list[Fit]:
    """Fits to a curve of the law with range 1, plus errors of shape (fits, points)."""
    curve = family.curve(x[None], k=1.0, b=-0.7, **SHAPES.get(family.name, {}))[0]
    points = np.stack(np.broadcast_arrays(x, curve / (np.ptp(curve) or 1.0) + errors), axis=-1)
    fits = fit_many(family, points, np.full(len(errors), len(x)))
    return [fit for fit in fits if fit is not None]


def _rejection_rate(fits: list[Fit]) -> float:
    tests = [fit.residuals().test for fit in fits]
    return float(np.mean([test is not None and not test.random for test in tests]))


def _waves(count: int, size: float, seed: int) -> FloatArray:
    """Drifts of a few slow waves, of this standard deviation, shape (count, points)."""
    rng = np.random.default_rng(seed)
    angles = np.arange(1, 5)[:, None] * np.pi * (X - X[0]) / np.ptp(X)
    phases, sizes = rng.uniform(0, 2 * np.pi, (count, 4, 1)), rng.standard_normal((count, 4, 1))
    waves = (sizes / np.arange(1, 5)[:, None] * np.sin(angles + phases)).sum(axis=1)
    waves -= waves.mean(axis=1, keepdims=True)
    drifts: FloatArray = size * waves / waves.std(axis=1, keepdims=True)
    return drifts


@pytest.mark.parametrize("repeated", [1, 2], ids=["once", "twice"])
@pytest.mark.parametrize("points", [8, 32, 100])
@pytest.mark.parametrize("family", [LINE, CONSTANT], ids=lambda family: family.name)
def test_random_residuals_are_rejected_in_at_most_two_of_a_hundred_cases(
    family: Family, points: int, repeated: int
) -> None:
    x = np.repeat(np.sort(np.random.default_rng(2).uniform(0.1, 1, points // repeated)), repeated)
    fits = _fits(family, x, 0.02 * np.random.default_rng(points).standard_normal((500, points)))
    most: float = stats.binom.ppf(0.999, 500, 0.01) / 500
    assert _rejection_rate(fits) <= max(0.02, most)
    assert np.mean([len(fit.residuals().outliers) > 0 for fit in fits]) <= 0.02


@pytest.mark.slow
@by_name
def test_the_false_positive_rate_of_each_law(family: Family) -> None:
    count = 2000 if not family.shape else 300
    most: float = stats.binom.ppf(0.999, count, 0.01) / count
    fits = _fits(family, X, 0.02 * np.random.default_rng(5).standard_normal((count, 32)))
    assert _rejection_rate(fits) <= max(0.02, most)


@pytest.mark.slow
def test_the_statistical_power_over_all_laws() -> None:
    power = {}
    for family in BUILT_IN:
        drifting = _waves(60, 0.01, 6)
        noise = 0.002 * np.random.default_rng(5).standard_normal(drifting.shape)
        power[family.name] = _rejection_rate(_fits(family, X, drifting + noise))
    assert np.mean(list(power.values())) >= 0.9
    assert min(power.values()) >= 0.8  # a logistic curve, with four parameters, absorbs some drifts


def test_drifts_of_one_per_cent_are_detected() -> None:
    drifting = _waves(200, 0.01, 7)
    fits = _fits(LINE, X, drifting + 0.002 * np.random.default_rng(8).standard_normal(drifting.shape))
    assert _rejection_rate(fits) >= 0.9
    # The line absorbs part of a drift; the rest remains in the residuals.
    residual_sds = [(fit._points[1] - fit.curve(X)).std() for fit in fits]
    found = [test.systematic for test in (fit.residuals().test for fit in fits) if test is not None]
    assert np.median(np.array(found) / residual_sds) == pytest.approx(1, abs=0.1)


def test_the_statistic_and_its_probability_are_those_of_durbin_and_watson() -> None:
    """If only a mean is fitted, the distribution of d can be simulated: here with 20,000 sets."""
    e = np.random.default_rng(1).standard_normal((20_000, 12))
    e -= e.mean(axis=1, keepdims=True)
    simulated = (np.diff(e, axis=1) ** 2).sum(axis=1) / (e**2).sum(axis=1)
    y = np.array([1.0, 1.2, 1.1, 1.4, 1.2, 1.0, 0.8, 0.9, 0.6, 0.8, 0.9, 1.1])
    fit = fitted(CONSTANT, np.arange(12.0), y)
    test = fit.residuals().test
    assert test is not None
    residuals = y - y.mean()
    assert test.name == "Durbin-Watson"
    assert test.statistic == pytest.approx(np.sum(np.diff(residuals) ** 2) / (residuals @ residuals))
    assert test.p_value == pytest.approx(np.mean(simulated <= test.statistic), abs=0.002)


def test_lack_of_fit_is_the_textbooks() -> None:
    x = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3)
    y = x**2 + np.tile([-0.5, 0.1, 0.4], 6)
    fit = fitted(LINE, x, y)
    assert fit is not None
    means = y.reshape(6, 3).mean(axis=1)
    pure = float(np.sum((y.reshape(6, 3) - means[:, None]) ** 2))
    lack = float(3 * np.sum((means - fit.curve(x[::3])) ** 2))
    test = fit.residuals().test
    assert test is not None
    assert test.name == "lack of fit"
    assert test.statistic == pytest.approx((lack / 4) / (pure / 12))
    assert test.p_value == pytest.approx(2 * stats.f.sf(test.statistic, 4, 12), rel=1e-6)


def test_the_systematic_part_of_repeated_readings_has_the_variance_of_their_deviations() -> None:
    """Deviations of each x that are independent, which differences of neighbours take for noise."""
    rng, counts = np.random.default_rng(11), np.array([1, 2, 2, 3, 9, 4, 1, 6, 5, 3])
    x = np.repeat(np.linspace(0.1, 1, 10), counts)
    deviations = np.repeat(0.05 * rng.standard_normal((400, 10)), counts, axis=1)
    fits = _fits(LINE, x, deviations + 0.01 * rng.standard_normal(deviations.shape))
    tests = [(fit.residuals().test, float(np.ptp(fit._points[1]))) for fit in fits]
    found = [test.systematic * size for test, size in tests if test and test.systematic is not None]
    assert len(found) == 400
    assert np.mean(np.square(found)) == pytest.approx(0.05**2, rel=0.1)  # about three standard errors
    assert all(test and (test.random or test.systematic) for test, _ in tests)


def test_error_bars_too_small_are_no_systematic_part() -> None:
    noise = 0.04 * np.random.default_rng(3).standard_normal(32)
    fit = fitted(LINE, X, 2 * X + noise, 0.01)
    test = fit.residuals().test
    assert test is not None
    assert (test.name, test.random, test.systematic) == ("chi-squared", False, None)
    ratio = np.sqrt(np.sum((fit.curve(X) - 2 * X - noise) ** 2) / 30) / 0.01
    assert fit.residual_notes[0].startswith(f"the residuals are {ratio:.2g} times as large as the error bars say (chi-")
    assert fit_record(fit)["residual_test"]["systematic"] is None


def test_a_slow_part_is_systematic_if_the_error_bars_are_too_small_as_well() -> None:
    wave, noise = 0.03 * np.sin(12 * X), 0.01 * np.random.default_rng(3).standard_normal(32)
    test = fitted(LINE, X, 2 * X + wave + noise, 0.001).residuals().test
    assert test is not None
    assert (test.name, test.random) == ("chi-squared", False)
    assert test.systematic == pytest.approx(0.03 / np.sqrt(2) / 1.9, rel=0.2)


def test_error_bars_too_small_are_reported() -> None:
    rng = np.random.default_rng(3)
    fit = fitted(LINE, X, 2 * X + 0.1 * rng.standard_normal(32), 0.01)
    test = fit.residuals().test
    assert test is not None
    assert (test.name, test.statistic, test.random) == ("chi-squared", fit.chi_squared, False)


def test_a_reading_far_off_is_named_whatever_its_row() -> None:
    rng = np.random.default_rng(4)
    y = 2 * X + 0.02 * rng.standard_normal(32)
    y[7] += 0.2
    order = rng.permutation(32)
    fit = fitted(LINE, X[order], y[order])
    (found,) = fit.residuals().outliers
    assert order[found] == 7
    assert fit_record(fit)["outliers"] == [found + 1]
    assert fit.residual_notes[-1] == f"far from the curve through the other points: point {found + 1} (x = {X[7]:.6g})"


def test_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(9)
    x = np.repeat(X[::4], 2)
    y = x**2 + 0.02 * rng.standard_normal(16)
    order = rng.permutation(16)
    fits = fitted(LINE, x, y), fitted(LINE, x[order], y[order])
    tests = [fit.residuals().test for fit in fits if fit is not None]
    assert tests[0] is not None
    assert tests[1] is not None
    assert tests[0][1:4] == pytest.approx(tests[1][1:4], rel=1e-6)


def test_a_slight_curvature_of_a_line_is_reported_in_a_sentence() -> None:
    y = 2 * X + 0.01 * X**2 + 0.0002 * np.random.default_rng(0).standard_normal(32)
    seen = Recognizer.load(among=["line", "none"]).recognize(X, y)
    assert seen.family == "line"
    (line,) = [line for line in answer_lines(seen, fit=True) if "residuals" in line]
    test = json.loads(json.dumps(seen.to_dict()["residual_test"]))
    assert line.startswith(
        f"  the residuals are not random (Durbin–Watson {test['statistic']:.2g}, p < 1e−6); their systematic"
    )
    assert test["systematic"] == pytest.approx(0.0018 / 3, rel=0.5)


@pytest.mark.parametrize("y", [4.9 * X**2, np.full(32, 5.0)], ids=["parabola", "constant"])
def test_rounding_errors_are_no_residuals(y: FloatArray) -> None:
    fit = fitted(PARABOLA, X, y)
    assert fit.residuals() == (None, ())


def test_means_that_differ_by_rounding_alone_have_no_test() -> None:
    x = np.repeat(np.arange(1.0, 9.0) / 3, 2)
    fit = fitted(LINE, x, 0.1 * x + 0.7 + np.tile([-0.3, 0.3], 8))
    assert fit.residuals() == (None, ())


def test_few_points_have_no_test() -> None:
    fit = fitted(LINE, np.arange(4.0), np.array([1.0, 2.1, 2.9, 4.2]))
    assert fit.residuals().test is None
