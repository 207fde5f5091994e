"""Coordinates from running sums, against direct least squares."""

import numpy as np
import pytest
import torch

from shapeclf.datasets import ShapeSequences, Uniform
from shapeclf.datasets._types import FloatArray
from shapeclf.training.operations import TorchOperations
from shapeclf.training.running_coordinates import LADDER, SCALES, RunningCoordinates

SEQUENCES = ShapeSequences(parameters="fresh", x=Uniform(5, 15), noise=0.1, points=20, batch_size=16)

CPU = TorchOperations(torch.device("cpu"))


def _start(coordinates: RunningCoordinates, batch: int) -> torch.Tensor:
    return torch.zeros(batch, *coordinates.state_shape, dtype=torch.float64)


def _features(points: FloatArray, coordinates: RunningCoordinates | None = None) -> torch.Tensor:
    coordinates = RunningCoordinates() if coordinates is None else coordinates
    features: torch.Tensor = coordinates.compute(CPU, torch.from_numpy(points), _start(coordinates, len(points)))[0]
    return features


@pytest.mark.parametrize("cut", [1, 7, 19], ids=lambda cut: f"cut at {cut}")
def test_in_pieces_equals_all_at_once(cut: int) -> None:
    coordinates = RunningCoordinates()
    points = torch.from_numpy(SEQUENCES.batch(0).points)
    whole, end = coordinates.compute(CPU, points, _start(coordinates, len(points)))
    first, state = coordinates.compute(CPU, points[:, :cut], _start(coordinates, len(points)))
    second, state = coordinates.compute(CPU, points[:, cut:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, rtol=0, atol=1e-5)
    torch.testing.assert_close(state, end, rtol=1e-12, atol=1e-9)


def test_later_points_do_not_change_earlier_features() -> None:
    points = SEQUENCES.batch(0).points.copy()
    before = _features(points)
    points[:, 10:] = 1e6
    assert torch.equal(_features(points)[:, :10], before[:, :10])


def _shown(features: FloatArray, expected: FloatArray, scale: float, atol: float) -> bool:
    """Whether one of the features is the asinh of the expected values in units of ``scale``, for each sequence.

    Args:
        features: Shape (sequences, features).
        expected: Shape (sequences,).
    """
    values = np.sinh(features) * scale
    return bool(np.isclose(values, expected[:, None], rtol=1e-4, atol=atol).all(axis=0).any())


@pytest.mark.parametrize("exponent", LADDER, ids="exponent {:g}".format)
def test_intercept_and_slope_are_those_of_the_fitted_curve(exponent: float) -> None:
    points = SEQUENCES.batch(0).points
    features = _features(points)[:, -1].double().numpy()
    slopes, intercepts = np.empty(len(points)), np.empty(len(points))
    for sequence in range(len(points)):
        x, y = points[sequence].T
        mean = x.mean()
        d = x - mean
        curve = d + (exponent - 1) / (2 * mean) * d * d
        slopes[sequence], _ = np.polyfit(curve, y, 1)
        # The mean of the curve minus its value at x = 0, where the power itself is used, not its Taylor polynomial.
        arm = mean / exponent + (exponent - 1) / (2 * mean) * (d * d).mean()
        intercepts[sequence] = y.mean() - slopes[sequence] * arm
    assert _shown(features, intercepts, SCALES[0], atol=1e-4)
    assert _shown(features, slopes, SCALES[-1] / 10, atol=1e-5)
    assert not _shown(features, intercepts + 0.01, SCALES[0], atol=1e-4)


def test_finite_at_every_number_of_points_and_for_equal_points() -> None:
    assert bool(_features(SEQUENCES.batch(0).points).isfinite().all())
    same = np.full((1, 5, 2), 3.0)
    assert bool(_features(same).isfinite().all())
    flat = np.stack([np.arange(1.0, 6.0), np.full(5, 2.0)], axis=-1)[None]
    assert bool(_features(flat).isfinite().all())


def test_a_large_offset_costs_no_precision() -> None:
    points = ShapeSequences(parameters="fresh", x=Uniform(5, 15), points=8, batch_size=16).batch(0).points
    near, moved, far = (_features(points + np.array([0.0, offset])).numpy() for offset in (0.0, 10.0, 1e6))
    bends = np.isclose(near, moved, rtol=1e-4, atol=1e-4).all(axis=(0, 1))  # independent of the level of y
    # For each curve: the unexplained part in each unit of y, and relative to the explained part.
    assert bends.sum() >= len(LADDER) * (len(SCALES) + 1)
    np.testing.assert_allclose(far[..., bends], near[..., bends], rtol=1e-2, atol=1e-3)
