from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from shapeclf.datasets._types import FloatArray
from shapeclf.evaluation.moments import Box, profile, rounding, running_moments


def exact_residual(g: FloatArray, y: FloatArray) -> Fraction:
    """Return the free fit's sum of squares, in rational arithmetic, where nothing is rounded."""
    gs, ys = [Fraction(v) for v in g.tolist()], [Fraction(v) for v in y.tolist()]
    g_mean, y_mean = sum(gs) / len(gs), sum(ys) / len(ys)
    gg = sum((a - g_mean) ** 2 for a in gs)
    gy = sum((a - g_mean) * (b - y_mean) for a, b in zip(gs, ys, strict=True))
    yy = sum((b - y_mean) ** 2 for b in ys)
    return Fraction(yy - gy * gy / gg)


@pytest.mark.parametrize("noise", [1e-6, 1e-4, 0.1, 10.0])
def test_residual_after_each_point_is_that_of_rational_arithmetic(noise: float) -> None:
    rng = np.random.default_rng(1)
    g = rng.uniform(5, 15, (4, 64)) ** 2
    y = 0.9 * g + 3 + noise * rng.standard_normal(g.shape)
    moments = running_moments(g, y)
    for row in range(4):
        for n in (3, 4, 8, 64):
            expected = float(exact_residual(g[row, :n], y[row, :n]))
            # In units of the noise's variance, as it enters a log density.
            assert abs(moments.residual[row, n - 1] - expected) / noise**2 < 1e-6


def test_mean_spread_and_slope_are_those_of_each_prefix() -> None:
    rng = np.random.default_rng(2)
    g, y = rng.normal(size=(2, 3, 10))
    moments = running_moments(g, y)
    for n in range(2, 11):
        for row in range(3):
            slope = np.polyfit(g[row, :n], y[row, :n], 1)[0]
            assert moments.slope[row, n - 1] == pytest.approx(slope, rel=1e-9)
        np.testing.assert_allclose(moments.g_mean[:, n - 1], g[:, :n].mean(axis=1), atol=1e-14)
        np.testing.assert_allclose(moments.y_mean[:, n - 1], y[:, :n].mean(axis=1), atol=1e-14)
        np.testing.assert_allclose(moments.g_spread[:, n - 1], g[:, :n].var(axis=1) * n, rtol=1e-12)


def test_equal_g_leave_the_spread_of_y() -> None:
    moments = running_moments(np.full((1, 3), 7.0), np.array([[1.0, 2.0, 6.0]]))
    np.testing.assert_allclose(moments.residual[0], [0.0, 0.5, 14.0])
    assert moments.slope.tolist() == [[0.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    "box",
    [
        pytest.param(Box((0.0, 1.0), (0.0, 5.0)), id="the default box"),
        pytest.param(Box((-3.0, -2.0), (1.0, 1.5)), id="away from the fit"),
        pytest.param(Box((-50.0, 50.0), (-50.0, 50.0)), id="wide"),
    ],
)
@pytest.mark.parametrize("shift", [0.0, -2.0], ids=["g above 0", "g of both signs"])
def test_box_residual_is_the_bounded_least_squares_one(box: Box, shift: float) -> None:
    rng = np.random.default_rng(3)
    g = rng.uniform(0, 4, (5, 6)) + shift
    y = rng.normal(2, 2, g.shape)
    moments = running_moments(g, y)
    found = profile(moments, box)
    low, high = zip(*box, strict=True)
    for row in range(5):
        for n in range(2, 7):
            design = np.stack([g[row, :n], np.ones(n)], axis=1)
            expected = 2 * lsq_linear(design, y[row, :n], (low, high), tol=1e-14).cost
            assert moments.residual[row, n - 1] + found.least[row, n - 1] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_box_of_one_point_is_reached_where_b_can_follow() -> None:
    moments = running_moments(np.array([[10.0], [10.0], [0.0]]), np.array([[7.0], [40.0], [6.0]]))
    least = profile(moments, Box((0.0, 1.0), (0.0, 5.0))).least
    np.testing.assert_allclose(least[:, 0], [0.0, 25.0**2, 1.0], atol=1e-12)


@pytest.mark.parametrize("points", [3, 32, 2000])
def test_rounding_is_above_what_exact_points_leave_and_far_below_what_a_curve_does(points: int) -> None:
    rng = np.random.default_rng(4)
    x = rng.uniform(5, 15, (20000 // points, points))
    k, b = rng.uniform(0, 1, (len(x), 1)), rng.uniform(0, 5, (len(x), 1))
    true = running_moments(x * x, k * (x * x) + b)
    wrong = running_moments(x, k * (x * x) + b)
    assert (true.residual < 0.2 * rounding(true, 1.0)).all()
    assert (wrong.residual[:, 2:] > 1e3 * rounding(wrong, 1.0)[:, 2:]).all()
