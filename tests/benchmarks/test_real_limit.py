"""The exact posterior with falling rates, which `benchmarks.real_limit` compares with the model on real tables."""

import numpy as np

from benchmarks.real_limit import FALLING, exact_posteriors
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.laws import EXPONENTIAL

DATA = ExperimentSequences(BUILT_IN)
EXPONENTIALS = [family.name for family in DATA.families].index(EXPONENTIAL.name)
X = np.linspace(0.0, 30.0, 16)


def cooling(size: float) -> FloatArray:
    """Return the readings of a body whose rate of cooling falls; shape (points, 2)."""
    t = X / X.max()
    curve = FALLING.basis(t[None], r=np.full((1, 1), -2.8), size=np.full((1, 1), size))[0]
    return np.stack([X, 90.0 * curve + 20.0 + np.random.default_rng(5).normal(0.0, 0.2, len(X))], axis=1)


def test_a_falling_rate_of_size_zero_is_an_exponential() -> None:
    t = np.linspace(0.0, 1.0, 9)[None]
    r = np.array([[-2.0]])
    curve = FALLING.basis(t, r=r, size=np.zeros((1, 1)))
    expected = (np.exp(-2.0 * t) - np.exp(-2.0)) / (1.0 - np.exp(-2.0))
    np.testing.assert_allclose(curve, expected, rtol=1e-12)


def test_a_body_that_cools_faster_at_first_is_an_exponential_only_if_its_rate_may_fall() -> None:
    exact, with_falling = exact_posteriors(DATA, cooling(0.02))
    assert exact[EXPONENTIALS] < 0.01
    assert with_falling[EXPONENTIALS] > 0.9
    np.testing.assert_allclose([exact.sum(), with_falling.sum()], 1.0)


def test_with_error_bars_no_rate_falls() -> None:
    points = np.column_stack([cooling(0.02), np.full(len(X), 0.2)])
    exact, with_falling = exact_posteriors(DATA, points)
    np.testing.assert_array_equal(exact, with_falling)
