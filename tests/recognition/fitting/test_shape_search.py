import math
from itertools import chain

import numpy as np
import pytest

from shapeclf.datasets import EXPONENTIAL, LOGISTIC, SINE, Family
from shapeclf.datasets._types import FloatArray
from shapeclf.recognition.fitting.shape_search import find_shape


@pytest.mark.parametrize("periods", [0.6, 3.2, 11.7, 40.3, 95.4], ids=lambda periods: f"{periods} periods")
@pytest.mark.parametrize("regular", [True, False], ids=["regular", "irregular"])
def test_a_sine_is_found_up_to_the_nyquist_limit(periods: float, regular: bool) -> None:
    """The search does not stop at the highest frequency of the prior."""
    rng = np.random.default_rng(0)
    u = np.linspace(0, 1, 200) if regular else np.r_[0.0, np.sort(rng.random(198)), 1.0]
    y = np.sin(2 * math.pi * periods * (u - 0.3)) + 0.2 * rng.standard_normal(200)
    best = find_shape(SINE, u, y)[0][0]
    assert best.converged
    assert abs(best.shape[0]) == pytest.approx(2 * math.pi * periods, abs=0.3)


def test_long_sequences_are_searched_in_part_and_refined_in_whole() -> None:
    rng = np.random.default_rng(1)
    u = rng.random(20_000)
    y = np.sin(150 * (u - 0.3)) + rng.standard_normal(20_000)
    best = find_shape(SINE, u, y)[0][0]
    assert best.shape[0] == pytest.approx(150, abs=4 * math.sqrt(24 / 20_000))  # its standard error is √(24 σ²/n) / k


@pytest.mark.parametrize(
    ("family", "shape"),
    [
        pytest.param(EXPONENTIAL, [-3.0], id="exponential"),
        pytest.param(LOGISTIC, [25.0, 0.8], id="logistic"),
    ],
)
def test_the_smallest_residual_comes_first(family: Family, shape: list[float]) -> None:
    u = np.linspace(0, 1, 30)
    parameters = {name: np.array([[value]]) for name, value in zip(family.shape, shape, strict=True)}
    y = family.basis(u[None], **parameters)[0] + 0.01 * np.random.default_rng(2).standard_normal(30)
    found = [*chain(*find_shape(family, u, y))]
    assert found[0].converged
    assert found[0].shape == pytest.approx(shape, rel=0.1)
    shares = [candidate.r_squared for candidate in found]
    assert np.diff(shares).max() < 1e-9
    assert [candidate.converged for candidate in found[-2:]] == [False, False]
    for candidate in found:
        parameters = {name: candidate.shape[i].reshape(1, 1) for i, name in enumerate(family.shape)}
        correlation = np.corrcoef(family.basis(u[None], **parameters)[0], y)[0, 1]
        assert candidate.r_squared == pytest.approx(correlation**2, rel=1e-9)


@pytest.mark.slow
def test_the_first_fallback_is_the_best_sine_within_the_prior() -> None:
    """Half a period or less of a sine is fitted better and better as w approaches 0 and k grows without limit."""
    u = np.linspace(0, 1, 33)
    y = (u - 0.4) ** 2 - 0.3 * u**3
    *_, within, grids = chain(*find_shape(SINE, u, y))
    (low, high), (first, last) = SINE.shape["w"].support, SINE.shape["c"].support
    nyquist = 32 * math.pi  # beyond it, the same curves are repeated
    assert low <= within.shape[0] <= high
    assert first <= within.shape[1] <= last
    shares = [
        np.corrcoef(np.sin(w * (u - c)), y)[0, 1] ** 2
        for w in np.geomspace(low, nyquist, 100)
        for c in np.linspace(first, last, 101)
    ]
    assert max(shares) - 1e-9 <= within.r_squared
    assert grids.r_squared <= within.r_squared


@pytest.mark.parametrize(
    ("u", "y"),
    [
        pytest.param(np.linspace(0, 1, 9), np.ones(9), id="constant y"),
        pytest.param(np.array([0.0, 0.0, 1.0, 1.0]), np.array([1.0, 2.0, 3.0, 5.0]), id="two different x"),
        pytest.param(np.zeros(1), np.zeros(1), id="one point"),
    ],
)
def test_uninformative_points_get_only_the_best_of_the_grid(u: FloatArray, y: FloatArray) -> None:
    with np.errstate(all="ignore"):
        found = [*chain(*find_shape(EXPONENTIAL, u, y))]
    assert [candidate.converged for candidate in found] == [False]
