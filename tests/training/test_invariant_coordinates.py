"""Weighted coordinates: invariance, steps, degenerate points, and the model file against torch."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.recognition import Recognizer
from shapeclf.training.export import export
from shapeclf.training.network import ShapeNetwork
from shapeclf.training.operations import TorchOperations
from shapeclf.training.weighted_coordinates import WeightedCoordinates

SEQUENCES = ExperimentSequences(BUILT_IN, points=24, batch_size=40, seed=6)
NOISY = ExperimentSequences(BUILT_IN, points=24, noise=0.02, batch_size=40, seed=6)

CPU = TorchOperations(torch.device("cpu"))


def as_tensor(points: np.ndarray) -> torch.Tensor:
    """Return the points; zeros in place of errors that they do not have."""
    return torch.from_numpy(np.pad(points, ((0, 0), (0, 0), (0, WeightedCoordinates.columns - points.shape[2]))))


def features(points: np.ndarray) -> torch.Tensor:
    coordinates = WeightedCoordinates()
    start = torch.zeros(len(points), *coordinates.state_shape, dtype=torch.float64)
    found, state = coordinates.compute(CPU, as_tensor(points), start)
    assert found.shape == (*points.shape[:2], coordinates.width)
    assert state.shape == start.shape
    checked: torch.Tensor = found
    return checked


def in_steps(points: np.ndarray) -> torch.Tensor:
    """Return the features, computed in five steps."""
    coordinates = WeightedCoordinates()
    state = torch.zeros(len(points), *coordinates.state_shape, dtype=torch.float64)
    parts = []
    for start, stop in ((0, 1), (1, 2), (2, 9), (9, 10), (10, 24)):
        part, state = coordinates.compute(CPU, as_tensor(points[:, start:stop]), state)
        parts.append(part)
    return torch.cat(parts, dim=1)


# Without noise, a curve may leave only 1e-8 of the variance. Rounding errors are then a larger share of the rest, so
# the tolerance is wider there.
@pytest.mark.parametrize(("sequences", "tolerance"), [(NOISY, 1e-4), (SEQUENCES, 2e-3)], ids=["noisy", "any"])
def test_step_by_step_equals_all_at_once(sequences: ExperimentSequences, tolerance: float) -> None:
    points = sequences.batch(0).points
    x = points[..., 0]
    # A line fits the means at one or two different x exactly, so only rounding decides what an integral adds to it.
    # 12 of the 40 sequences begin with three or more points at so few x.
    different = np.array([[len(np.unique(row[: n + 1])) for n in range(len(row))] for row in x])
    determined = torch.from_numpy((different > 2) | (np.arange(24) < 2))
    assert determined[:, -1].all()
    torch.testing.assert_close(in_steps(points)[determined], features(points)[determined], rtol=1e-5, atol=tolerance)


def test_later_points_do_not_change_earlier_features() -> None:
    points = SEQUENCES.batch(1).points
    other = points.copy()
    other[:, 12:] = 7.0
    torch.testing.assert_close(features(other)[:, :12], features(points)[:, :12], rtol=0, atol=0)


@pytest.mark.parametrize("of_x", [2.0**-30, 1.0, 2.0**28])
@pytest.mark.parametrize("of_y", [2.0**-27, -1.0, -(2.0**25)])
def test_powers_of_two_change_no_bit(of_x: float, of_y: float) -> None:
    points = SEQUENCES.batch(2).points
    torch.testing.assert_close(features(points * [of_x, of_y]), features(points), rtol=0, atol=0)


UNITS = pytest.mark.parametrize(
    ("of_x", "of_y", "shift"), [(1e9, 1e-9, 0.0), (3.7e-9, -2.1e9, 0.0), (1.0, -1.0, 3.3), (60.0, 2.54, 5.0)]
)


@UNITS
def test_features_do_not_depend_on_units(of_x: float, of_y: float, shift: float) -> None:
    points = NOISY.batch(2).points
    spread = np.ptp(points[..., 1], axis=1, keepdims=True)
    changed = np.stack([points[..., 0] * of_x, (points[..., 1] + shift * spread) * of_y], axis=-1)
    away = (features(changed) - features(points)).abs()[:, 4:]
    assert float((away > 1e-3).float().mean()) < 1e-3


# Readings at one x; readings at two x, whose integral cancels except for rounding; and equal points.
DEGENERATE = [
    [(0.037988, 3.8e-7), (0.037988, 4.2e-6), (0.037988, 4.6e-6), (0.037988, 4.4e-6)],
    [(0.0, 0.37), (0.0, 0.35), (0.0, 0.41), (0.003, 0.39), (0.003, 0.41), (0.003, 0.36)],
    [(2.0, 5.0), (2.0, 5.0), (3.0, 5.0), (2.0, 5.0), (7.0, 6.0)],
]


@UNITS
@pytest.mark.parametrize("points", DEGENERATE, ids=["one-x", "two-x", "equal-points"])
def test_features_of_few_points_do_not_depend_on_units(
    points: list[tuple[float, float]], of_x: float, of_y: float, shift: float
) -> None:
    given = np.array([points])
    spread = np.ptp(given[..., 1])
    changed = np.stack([given[..., 0] * of_x, (given[..., 1] + shift * spread) * of_y], axis=-1)
    torch.testing.assert_close(features(changed), features(given), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    "points",
    [
        [(0.0, 0.0)],
        [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0)],
        [(1.0, 5.0), (2.0, 5.0), (3.0, 5.0)],
        [(-1.0, 1.0), (0.0, 0.0), (1.0, 1.0)],
        [(1e9, 1e-9), (1e9 + 1, 2e-9), (1e9 + 2, 5e-9)],
        [(1e-300, 1e300), (2e-300, -1e300)],
    ],
    ids=["one", "one-x", "constant", "symmetrical", "far", "extreme"],
)
def test_odd_points_have_finite_features(points: list[tuple[float, float]]) -> None:
    assert torch.isfinite(features(np.array([points]))).all()


@pytest.mark.parametrize("final_answers", [False, True], ids=["one-answer", "two-answers"])
def test_the_model_file_answers_as_torch_does(tmp_path: Path, final_answers: bool) -> None:
    torch.manual_seed(0)
    network = ShapeNetwork(11, "weighted", hidden_size=12, embedding=16, head=8, final_answers=final_answers)
    points = replace(NOISY, error_bars=0.5).batch(4).points
    network.fit(points)
    path = tmp_path / "model.onnx"
    # Names of no known law, since the recogniser gives no probability to laws that are not defined where x is negative.
    path.write_bytes(export(network, [f"law-{label}" for label in range(11)], {}))
    recognizer = Recognizer.load(path)
    with torch.no_grad():
        so_far, ended, _ = network.answers(torch.from_numpy(points))
    expected = so_far.numpy()
    np.testing.assert_allclose(recognizer.log_probabilities(points, final=False), expected, atol=2e-3)
    if ended is not None:
        expected = np.concatenate([expected[:, :-1], ended.numpy()[:, -1:]], axis=1)
    np.testing.assert_allclose(recognizer.log_probabilities(points), expected, atol=2e-3)
    stream = recognizer.stream()
    streamed = [stream.update(*point) for point in points[0]]
    np.testing.assert_allclose(streamed, np.exp(so_far[0].numpy()), atol=2e-3)
