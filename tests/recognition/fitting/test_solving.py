import numpy as np
import pytest

from shapeclf.datasets.directions import directions
from shapeclf.recognition.fitting.solving import solve


def test_many_straight_lines_are_those_of_lstsq() -> None:
    rng = np.random.default_rng(0)
    g, y = (rng.standard_normal((2, 30, 9)) + rng.uniform(-5, 5, (2, 30, 1))) * 10.0 ** rng.uniform(-6, 6, (2, 30, 1))
    inside = np.arange(9) < rng.integers(3, 10, (30, 1))
    g, y = (np.where(inside, values, values[:, :1]) for values in (g, y))
    solution = solve(g, y, inside.astype(np.float64))
    for row in range(30):
        columns = np.stack([g[row], np.ones(9)], axis=1)[inside[row]]
        heights = y[row, inside[row]]
        (k, b), _, _, _ = np.linalg.lstsq(columns, heights, rcond=None)
        residuals = heights - columns @ [k, b]
        variance = residuals @ residuals / (len(residuals) - 2)
        unscaled = columns / np.abs(columns).max(axis=0)
        covariance = variance * np.linalg.inv(unscaled.T @ unscaled)
        assert (solution.k[row], solution.b[row]) == pytest.approx((k, b), rel=1e-8)
        assert solution.centre[row] == pytest.approx(columns[:, 0].mean(), rel=1e-12)
        assert solution.residual_sd[row] == pytest.approx(np.sqrt(variance), rel=1e-8)
        errors = np.sqrt(np.diag(covariance)) / np.abs(columns).max(axis=0)
        assert [solution.k_error[row], solution.b_error[row]] == pytest.approx(errors.tolist(), rel=1e-8)
        total = np.sum((heights - heights.mean()) ** 2)
        assert solution.r_squared[row] == pytest.approx(1 - residuals @ residuals / total, abs=1e-9)


def test_weighted_straight_lines_are_those_of_lstsq() -> None:
    rng = np.random.default_rng(3)
    g, y, errors = rng.standard_normal((20, 9)), rng.standard_normal((20, 9)), rng.uniform(0.1, 2.0, (20, 9))
    smallest = errors.min(axis=1)
    weights = (smallest[:, None] / errors) ** 2
    absolute, relative = solve(g, y, weights, noise=smallest), solve(g, y, weights)
    for row in range(20):
        columns = np.stack([g[row], np.ones(9)], axis=1) / errors[row][:, None]
        (k, b), (chi_squared,), _, _ = np.linalg.lstsq(columns, y[row] / errors[row], rcond=None)
        covariance = np.linalg.inv(columns.T @ columns)
        assert (absolute.k[row], absolute.b[row]) == pytest.approx((k, b), rel=1e-10)
        found = [absolute.k_error[row], absolute.b_error[row]]
        assert found == pytest.approx(np.sqrt(np.diag(covariance)).tolist(), rel=1e-10)
        scale = np.sqrt(chi_squared / 7)
        assert [relative.k_error[row], relative.b_error[row]] == pytest.approx([e * scale for e in found], rel=1e-10)
        assert relative.residual_sd[row] == pytest.approx(scale * smallest[row], rel=1e-10)


def test_more_parameters_leave_fewer_degrees_of_freedom() -> None:
    g, y = np.random.default_rng(1).random((2, 1, 6))
    inside = np.ones((1, 6))
    two, four, six = (solve(g, y, inside, parameters) for parameters in (2, 4, 6))
    assert four.residual_sd[0] == pytest.approx(two.residual_sd[0] * np.sqrt(4 / 2))
    assert np.isnan([six.residual_sd[0], six.k_error[0], six.b_error[0]]).all()


def test_directions_are_centred_and_of_length_one() -> None:
    curves = np.random.default_rng(2).standard_normal((4, 7)) * [[1e-200], [1.0], [1e8], [1e200]] + [
        [0],
        [1e3],
        [0],
        [0],
    ]
    found = directions(curves)
    np.testing.assert_allclose(found.sum(axis=1), 0, atol=1e-14)
    np.testing.assert_allclose((found**2).sum(axis=1), 1, rtol=1e-14)
    for curve, direction in zip(curves, found, strict=True):
        assert np.corrcoef(curve / np.abs(curve).max(), direction)[0, 1] == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    "curve",
    [
        pytest.param([3.0, 3.0, 3.0], id="constant"),
        pytest.param([1.0, 1.0 + 2e-16, 1.0], id="constant but for rounding"),
        pytest.param([1.0, np.nan, 2.0], id="NaN"),
        pytest.param([1.0, np.inf, 2.0], id="infinite"),
        pytest.param([-1e308, 1e308, 0.0], id="too wide for floating point"),
    ],
)
def test_curves_without_a_direction(curve: list[float]) -> None:
    with np.errstate(all="ignore"):
        assert directions(np.array([curve])).tolist() == [[0, 0, 0]]
