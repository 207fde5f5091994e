import math
from collections.abc import Callable

import numpy as np
import pytest

from shapeclf.datasets._types import FloatArray
from shapeclf.evaluation.evidence import log_evidence, noise_free_evidence
from shapeclf.evaluation.moments import Box, running_moments

DEFAULT_BOX = Box((0.0, 1.0), (0.0, 5.0))
BASES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "line": lambda x: x,
    "parabola": np.square,
    "sqrt": np.sqrt,
    "centred line": lambda x: x - 10,
    "falling": lambda x: -1 / x,
    "constant zero": np.zeros_like,
}


def nodes(ends: tuple[float, float], panels: int) -> tuple[FloatArray, FloatArray]:
    """Return positions and weights of a fine grid: eight Gauss-Legendre nodes in each panel."""
    at, weights = np.polynomial.legendre.leggauss(8)
    half = (ends[1] - ends[0]) / panels / 2
    starts = ends[0] + 2 * half * np.arange(panels)
    return (starts[:, None] + half * (at + 1)).ravel(), np.tile(half * weights, panels)


def brute_force(g: FloatArray, y: FloatArray, box: Box, noise: float) -> float:
    """Return the log evidence as a sum over a fine grid of (k, b), from the residuals themselves."""
    fineness = min(1.0, 0.1 / noise)  # the finest structure is as wide as the noise
    k, k_weights = nodes(box.k, round(80 + 1400 * fineness))
    b, b_weights = nodes(box.b, round(30 + 300 * fineness))
    total, top = 0.0, -np.inf
    for rows in np.array_split(np.arange(len(k)), 1 + len(k) // 500):  # bounds the grid's memory
        depth = np.zeros((len(rows), len(b)))
        for one_g, one_y in zip(g, y, strict=True):
            depth -= 0.5 * ((one_y - k[rows, None] * one_g - b) / noise) ** 2
        highest = max(top, float(depth.max()))
        total = total * math.exp(top - highest) + float(k_weights[rows] @ np.exp(depth - highest) @ b_weights)
        top = highest
    return math.log(total) + top - len(g) * math.log(noise * math.sqrt(2 * math.pi)) - math.log(box.area)


@pytest.mark.parametrize("noise", [pytest.param(0.1, marks=pytest.mark.slow), 0.5, 10.0])
@pytest.mark.parametrize("box", [DEFAULT_BOX, Box((-2.0, 1.0), (3.0, 3.5))], ids=["the default box", "another box"])
@pytest.mark.parametrize("guess", BASES)
def test_evidence_is_that_of_brute_force(guess: str, box: Box, noise: float) -> None:
    rng = np.random.default_rng(5)
    x = rng.uniform(5, 15, 5)
    g = BASES[guess](x)
    y = 0.03 * x**2 + 3.2 + noise * rng.standard_normal(5)
    found = log_evidence(running_moments(g[None], y[None]), box, noise)[0]
    for n in (1, 2, 5):
        assert found[n - 1] == pytest.approx(brute_force(g[:n], y[:n], box, noise), abs=1e-6)


@pytest.mark.parametrize("noise", [1e-4, 1e-2])
@pytest.mark.parametrize("points", [2, 3, 64, 256])
def test_evidence_is_the_gaussian_integral_where_the_box_does_not_cut(points: int, noise: float) -> None:
    rng = np.random.default_rng(6)
    g = rng.uniform(5, 15, (3, points)) ** 2
    y = 0.4 * g + 2.5 + noise * rng.standard_normal(g.shape)
    g[:, :2] = [[30.0, 220.0]]  # far apart, so that k and b are known well enough
    y[:, :2] = 0.4 * g[:, :2] + 2.5
    moments = running_moments(g, y)
    found = log_evidence(moments, DEFAULT_BOX, noise)[:, -1]
    variance = noise**2
    expected = (
        (1 - points / 2) * np.log(2 * np.pi * variance)
        - 0.5 * np.log(points * moments.g_spread[:, -1])
        - moments.residual[:, -1] / (2 * variance)
        - np.log(DEFAULT_BOX.area)
    )
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_evidence_of_one_point_without_slope_is_a_difference_of_cdfs() -> None:
    found = log_evidence(running_moments(np.zeros((1, 1)), np.full((1, 1), 4.5)), DEFAULT_BOX, 0.5)
    expected = 0.5 * (math.erf(1 / math.sqrt(2)) - math.erf(-9 / math.sqrt(2))) / 5
    assert found[0, 0] == pytest.approx(math.log(expected), abs=1e-9)


def test_evidence_integrates_to_one_over_y() -> None:
    y, weights = nodes((-10.0, 20.0), 200)
    found = log_evidence(running_moments(np.full((len(y), 1), 7.0), y[:, None]), DEFAULT_BOX, 0.3)
    assert weights @ np.exp(found[:, 0]) == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize("noise", [1e-12, 1e-4, 10.0])
@pytest.mark.parametrize("size", [1.0, 1e8], ids=["y of 1", "y of 1e8"])
def test_evidence_stays_finite_far_from_any_fit(size: float, noise: float) -> None:
    rng = np.random.default_rng(7)
    g, y = rng.uniform(5, 15, (50, 64)), size * rng.standard_normal((50, 64))
    assert np.isfinite(log_evidence(running_moments(g, y), DEFAULT_BOX, noise)).all()


def test_noise_free_evidence_of_one_point_is_the_limit_of_small_noise() -> None:
    rng = np.random.default_rng(8)
    g = rng.uniform(5, 15, (200, 2))
    y = rng.uniform(0, 1, (200, 1)) * g + rng.uniform(0, 5, (200, 1))
    moments = running_moments(g, y)
    exact = noise_free_evidence(moments, DEFAULT_BOX)
    assert (exact.predicted == 0).all()
    difference = np.abs(exact.log_density - log_evidence(moments, DEFAULT_BOX, 1e-8))
    # At an edge of the box even this noise cuts into the evidence; few pairs lie so near.
    assert np.quantile(difference, 0.98) < 1e-6


def test_noise_free_evidence_by_hand() -> None:
    found = noise_free_evidence(running_moments(np.array([[6.0, 9.0, 12.0]]), np.array([[4.0, 5.5, 7.0]])), DEFAULT_BOX)
    assert found.predicted.tolist() == [[0, 0, 1]]
    assert found.log_density[0, 0] == pytest.approx(math.log(4 / 6 / 5))
    assert found.log_density[0, 1] == pytest.approx(math.log(1 / 3 / 5))


def test_noise_free_evidence_excludes_points_that_the_box_cannot_produce() -> None:
    g = np.array([[6.0, 9.0], [6.0, 9.0], [6.0, 9.0]])
    y = np.array([[12.0, 13.0], [4.0, 3.0], [5.0, 8.0 + 1e-9]])  # too high; falling; slightly steeper than 1
    found = noise_free_evidence(running_moments(g, y), DEFAULT_BOX)
    assert found.predicted.tolist() == [[-1, -1], [0, -1], [0, -1]]
    assert np.isneginf(found.log_density[:, 1]).all()


def test_a_repeated_point_is_predicted() -> None:
    found = noise_free_evidence(running_moments(np.full((1, 3), 6.0), np.full((1, 3), 4.0)), DEFAULT_BOX)
    assert found.predicted.tolist() == [[0, 1, 2]]
    assert np.isfinite(found.log_density).all()
