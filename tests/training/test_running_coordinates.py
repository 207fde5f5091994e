"""Coordinates from running sums, against direct least squares."""

import numpy as np
import pytest
import torch

from shapeclf.datasets import ShapeSequences, Uniform
from shapeclf.datasets._types import FloatArray
from shapeclf.training.running_coordinates import LADDER, SCALES, RunningCoordinates

SEQUENCES = ShapeSequences(parameters="fresh", x=Uniform(5, 15), noise=0.1, points=20, batch_size=16)


def _start(coordinates: RunningCoordinates, batch: int) -> torch.Tensor:
    return torch.zeros(batch, coordinates.state_width, dtype=torch.float64)


def _features(points: FloatArray, coordinates: RunningCoordinates | None = None) -> torch.Tensor:
    coordinates = RunningCoordinates() if coordinates is None else coordinates
    features: torch.Tensor = coordinates(torch.from_numpy(points), _start(coordinates, len(points)))[0]
    return features


@pytest.mark.parametrize("cut", [1, 7, 19], ids=lambda cut: f"cut at {cut}")
def test_in_pieces_equals_all_at_once(cut: int) -> None:
    coordinates = RunningCoordinates()
    points = torch.from_numpy(SEQUENCES.batch(0).points)
    whole, end = coordinates(points, _start(coordinates, len(points)))
    first, state = coordinates(points[:, :cut], _start(coordinates, len(points)))
    second, state = coordinates(points[:, cut:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, rtol=0, atol=1e-5)
    torch.testing.assert_close(state, end, rtol=1e-12, atol=1e-9)


def test_what_comes_later_changes_nothing_before() -> None:
    points = SEQUENCES.batch(0).points.copy()
    before = _features(points)
    points[:, 10:] = 1e6
    assert torch.equal(_features(points)[:, :10], before[:, :10])


@pytest.mark.parametrize("place", range(len(LADDER)), ids=[f"exponent {p:g}" for p in LADDER])
def test_intercept_and_slope_are_those_of_the_fitted_curve(place: int) -> None:
    points = SEQUENCES.batch(0).points
    features = _features(points).double().numpy()
    exponent = LADDER[place]
    first = len(SCALES) + 2 + 1 + 1 + 1 + 1 + place * (4 * len(SCALES) + 1)
    for sequence in range(len(points)):
        x, y = points[sequence].T
        mean = x.mean()
        d = x - mean
        curve = d + (exponent - 1) / (2 * mean) * d * d
        slope, _ = np.polyfit(curve, y, 1)
        centred = curve - curve.mean()
        # The height of the mean of the curve above its value at x = 0, where it would go as x to the exponent.
        arm = mean / exponent + (exponent - 1) / (2 * mean) * (d * d).mean()
        intercept = y.mean() - slope * arm
        got = np.sinh(features[sequence, -1, first : first + 4 * len(SCALES) + 1])
        np.testing.assert_allclose(got[len(SCALES) + 1] * SCALES[0], intercept, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(got[-1] * SCALES[-1] / 10, slope, rtol=1e-4, atol=1e-5)
        assert centred.std() > 0


def test_finite_at_every_number_of_points_and_for_equal_points() -> None:
    assert bool(_features(SEQUENCES.batch(0).points).isfinite().all())
    same = np.full((1, 5, 2), 3.0)
    assert bool(_features(same).isfinite().all())
    flat = np.stack([np.arange(1.0, 6.0), np.full(5, 2.0)], axis=-1)[None]
    assert bool(_features(flat).isfinite().all())


def test_a_large_offset_costs_no_precision() -> None:
    points = ShapeSequences(parameters="fresh", x=Uniform(5, 15), points=8, batch_size=16).batch(0).points
    far = points + np.array([0.0, 1e6])
    width = 4 * len(SCALES) + 1
    places = [
        8 + i * width for i in range(len(LADDER))
    ]  # what the quadratic has beside each curve, in the smallest unit
    np.testing.assert_allclose(
        _features(far)[..., places].numpy(), _features(points)[..., places].numpy(), rtol=1e-2, atol=1e-3
    )
