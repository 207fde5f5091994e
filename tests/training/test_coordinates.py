"""The input coordinates against their definition, and where single precision would lose small differences."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shapeclf.datasets._types import FloatArray
from shapeclf.recognition.recognizer import Recognizer
from shapeclf.training.coordinates import ScaledCoordinates
from shapeclf.training.export import export
from shapeclf.training.network import ShapeNetwork
from shapeclf.training.operations import TorchOperations

CPU = TorchOperations(torch.device("cpu"))


def features_of(coordinates: ScaledCoordinates, points: FloatArray) -> torch.Tensor:
    tensor = torch.from_numpy(points)
    features, _ = coordinates.compute(CPU, tensor, torch.zeros(len(tensor), 0, dtype=torch.float64))
    assert isinstance(features, torch.Tensor)
    return features


def test_centre_and_scale_are_the_median_and_the_median_distance_from_it() -> None:
    points = np.random.default_rng(0).normal(size=(11, 9, 2)) * [3.0, 70.0] + [10.0, -40.0]
    coordinates = ScaledCoordinates()
    coordinates.fit(points)
    for axis in range(2):
        values = sorted(points[..., axis].ravel().tolist())
        median = values[len(values) // 2]  # 99 values: the one in the middle
        distances = sorted(abs(value - median) for value in values)
        assert coordinates.centre[axis].item() == median
        assert coordinates.scale[axis].item() == distances[len(distances) // 2]


def test_for_a_uniform_x_they_are_its_midpoint_and_a_quarter_of_its_range() -> None:
    draws = np.random.default_rng(1).uniform(5.0, 15.0, size=(400, 25, 2))
    coordinates = ScaledCoordinates()
    coordinates.fit(draws)
    # Both deviate by about 10 / (2 sqrt(10,000)) = 0.05; four times that is allowed.
    assert coordinates.centre.tolist() == pytest.approx([10.0, 10.0], abs=0.2)
    assert coordinates.scale.tolist() == pytest.approx([2.5, 2.5], abs=0.2)


@given(arrays(np.float64, (2, 3, 2), elements=st.floats(-1e6, 1e6)))
def test_features_are_the_asinh_of_the_scaled_points(points: FloatArray) -> None:
    coordinates = ScaledCoordinates()
    coordinates.fit(np.random.default_rng(2).normal(size=(50, 2)) * [1.0, 20.0] + 3.0)
    expected = np.arcsinh((points - coordinates.centre.numpy()) / coordinates.scale.numpy())
    features = features_of(coordinates, points)
    assert features.dtype == torch.float32
    np.testing.assert_allclose(features.numpy(), expected, rtol=1e-5, atol=1e-6)


def test_a_constant_column_gives_zeros_not_infinities() -> None:
    points = np.random.default_rng(3).normal(size=(6, 5, 2))
    points[..., 1] = 7.25
    coordinates = ScaledCoordinates()
    coordinates.fit(points)
    assert coordinates.scale[1].item() == 1.0
    features = features_of(coordinates, points)
    assert torch.isfinite(features).all()
    assert (features[..., 1] == 0).all()


def test_the_state_has_no_width_and_comes_back() -> None:
    coordinates = ScaledCoordinates()
    state = torch.zeros(4, *coordinates.state_shape, dtype=torch.float64)
    features, after = coordinates.compute(CPU, torch.rand(4, 3, 2, dtype=torch.float64), state)
    assert features.shape == (4, 3, coordinates.width)
    assert after.shape == (4, 0)


@pytest.fixture
def hidden_in_b() -> FloatArray:
    """Points of y = 1e-4·x + 1e6, shape (1, 21, 2): y changes by less than the resolution of single precision."""
    x = np.linspace(5.0, 15.0, 21)
    y = 1e-4 * x + 1e6
    assert len(set(y.astype(np.float32).tolist())) == 1
    return np.stack([x, y], axis=-1)[None]


def test_a_small_k_matters_beside_a_large_b(hidden_in_b: FloatArray) -> None:
    coordinates, without_b = ScaledCoordinates(), ScaledCoordinates()
    coordinates.fit(hidden_in_b)
    without_b.fit(hidden_in_b - [0.0, 1e6])
    features = features_of(coordinates, hidden_in_b)
    assert len(set(features[0, :, 1].tolist())) == 21
    # A double holds 1e6 to 1.2e-10 and the scale is 2.5e-4, so about 1e-6 of the scale is lost.
    torch.testing.assert_close(features, features_of(without_b, hidden_in_b - [0.0, 1e6]), rtol=0.0, atol=2e-6)


def test_a_small_k_matters_in_the_model_file_as_in_torch(hidden_in_b: FloatArray, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = ShapeNetwork(3, hidden_size=8)
    network.coordinates.fit(hidden_in_b)
    path = tmp_path / "model.onnx"
    path.write_bytes(export(network, ["a", "b", "c"], {}))
    answers = Recognizer.load(path).log_probabilities(hidden_in_b)
    with torch.no_grad():
        expected, _ = network(torch.from_numpy(hidden_in_b))
    np.testing.assert_allclose(answers, expected.numpy(), rtol=0.0, atol=1e-5)
    assert np.ptp(answers[0, :, 0]) > 1e-3
