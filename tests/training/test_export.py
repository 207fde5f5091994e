"""The model file against torch: order of gates, biases, states; it depends on the network alone."""

import os
import platform
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from shapeclf.recognition.model_file import OPERATORS, ModelFile, read_model_file
from shapeclf.recognition.recognizer import Recognizer
from shapeclf.training.export import export
from shapeclf.training.network import ShapeNetwork
from shapeclf.training.recipes import CoordinatesName

FAMILIES = ("one", "two", "three", "four")


def network_of(embedding: int = 0) -> ShapeNetwork:
    torch.manual_seed(1)
    network = ShapeNetwork(len(FAMILIES), hidden_size=10, embedding=embedding).requires_grad_(False)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.7)  # every gate and bias large enough to be missed
    network.coordinates.fit(points_of(50, 4).numpy())
    return network


def points_of(batch: int, points: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    unit = torch.rand(batch, points, 2, generator=generator, dtype=torch.float64)
    return unit * torch.tensor([10.0, 300.0]) + 5.0


def written(network: ShapeNetwork, folder: Path) -> ModelFile:
    path = folder / "model.onnx"
    path.write_bytes(export(network, FAMILIES, {"note": "test"}))
    return read_model_file(path)


@pytest.mark.parametrize("embedding", [0, 7])
def test_the_model_file_answers_all_points_as_torch(embedding: int, tmp_path: Path) -> None:
    network, points = network_of(embedding), points_of(6, 12)
    expected, _ = network(points)
    assert float(expected.std()) > 0.3  # answers that differ, or agreeing would show nothing
    answers = Recognizer(written(network, tmp_path)).log_probabilities(points.numpy())
    np.testing.assert_allclose(answers, expected.numpy(), rtol=0.0, atol=1e-5)


def test_the_model_file_answers_step_by_step_as_torch(tmp_path: Path) -> None:
    network, points = network_of(), points_of(1, 12)
    expected, _ = network(points)
    stream = Recognizer(written(network, tmp_path)).stream()
    answers = np.stack([stream.update(x, y) for x, y in points[0].tolist()])
    np.testing.assert_allclose(np.log(answers), expected[0].numpy(), rtol=0.0, atol=1e-5)


def test_a_model_of_error_bars_answers_as_torch_by_every_method(tmp_path: Path) -> None:
    torch.manual_seed(2)
    network = ShapeNetwork(len(FAMILIES), hidden_size=10, coordinates="weighted").requires_grad_(False)
    points = torch.cat([points_of(2, 12), 0.1 + points_of(2, 12)[..., 1:] / 30], dim=-1)
    points = points.take_along_dim(points[..., :1].argsort(dim=1), dim=1)  # sorted by x, as sets are
    expected = network(points)[0].exp().numpy()
    unknown = network(points[..., :2])[0].exp().numpy()
    assert np.abs(expected - unknown)[:, 3:].max() > 1e-3
    recognizer = Recognizer(written(network, tmp_path))
    assert recognizer.model.columns == 3
    columns = points[0].numpy().T
    assert recognizer.recognize(*columns).posterior == pytest.approx(expected[0], abs=1e-5)
    assert recognizer.recognize(*columns[:2]).posterior == pytest.approx(unknown[0], abs=1e-5)
    answers = recognizer.predict_proba([points[0].numpy()[::-1], points[1, :, :2].numpy()])
    assert answers == pytest.approx(np.stack([expected[0, -1], unknown[1, -1]]), abs=1e-5)
    stream = recognizer.stream()
    streamed = np.stack([stream.update(*point) for point in points[0].tolist()])
    assert streamed == pytest.approx(expected[0], abs=1e-5)


def test_the_output_states_are_those_of_torch(tmp_path: Path) -> None:
    import onnxruntime

    network, points = network_of(), points_of(3, 5)
    _, start = network(points_of(3, 2) + 1.0)
    expected, end = network(points, start)
    session = onnxruntime.InferenceSession(written(network, tmp_path).content, providers=["CPUExecutionProvider"])
    feeds = {"points": points.numpy(), "hidden": start.hidden.numpy(), "cell": start.cell.numpy()}
    answers, hidden, cell = session.run(["log_probabilities", "next_hidden", "next_cell"], feeds)
    np.testing.assert_allclose(answers, expected.numpy(), rtol=0.0, atol=1e-5)
    np.testing.assert_allclose(hidden, end.hidden.numpy(), rtol=0.0, atol=1e-5)
    np.testing.assert_allclose(cell, end.cell.numpy(), rtol=0.0, atol=1e-5)


@pytest.mark.parametrize("coordinates", ["scaled", "running"])
def test_the_onnx_checker_accepts_the_model(coordinates: CoordinatesName) -> None:
    network = ShapeNetwork(len(FAMILIES), coordinates=coordinates, hidden_size=10)
    model = onnx.load_model_from_string(export(network, FAMILIES, {}))
    onnx.checker.check_model(model, full_check=True)
    assert {node.op_type for node in model.graph.node} <= OPERATORS


def test_permutations_of_axes_that_cancel_leave_no_operation() -> None:
    network = ShapeNetwork(len(FAMILIES), coordinates="running", hidden_size=10)
    nodes = onnx.load_model_from_string(export(network, FAMILIES, {})).graph.node
    names = [name for node in nodes for name in node.output]
    assert len(names) == len(set(names))
    # The points become the first axis, and the last one before the head; the features have the order of the LSTM.
    assert [node.op_type for node in nodes].count("Transpose") == 2


def test_permutations_that_do_not_cancel_are_apart() -> None:
    # onnxruntime would join them, and reverses the order of three axes element by element.
    network = ShapeNetwork(len(FAMILIES), coordinates="weighted", hidden_size=10, embedding=6)
    nodes = onnx.load_model_from_string(export(network, FAMILIES, {})).graph.node
    transposed = {node.output[0] for node in nodes if node.op_type == "Transpose"}
    assert len(transposed) == 6
    assert not transposed & {name for node in nodes if node.op_type == "Transpose" for name in node.input}


def test_the_same_network_and_record_give_the_same_bytes() -> None:
    record = {"seed": 3, "lists": [1.5, None], "family": "√"}
    first = export(network_of(), FAMILIES, record)
    assert first == export(network_of(), FAMILIES, dict(reversed(record.items())))
    assert first != export(network_of(), FAMILIES, record | {"seed": 4})


def test_the_model_contains_neither_path_nor_machine_nor_user() -> None:
    content = export(network_of(), FAMILIES, {})
    for secret in (str(Path.cwd()), str(Path.home()) + os.sep, platform.node(), __file__):
        assert secret.encode() not in content


def test_exporting_changes_nothing_in_the_network() -> None:
    network = network_of().train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    export(network, FAMILIES, {})
    assert network.training
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(tensor, before[name], rtol=0.0, atol=0.0)


def test_the_file_contains_the_families_and_the_training_record(tmp_path: Path) -> None:
    model = written(network_of(), tmp_path)
    assert model.families == FAMILIES
    assert model.coordinates == "scaled"
    assert model.record == {"note": "test"}
    assert [(state.name, state.shape, state.dtype) for state in model.state] == [
        ("hidden", (1, -1, 10), "float32"),
        ("cell", (1, -1, 10), "float32"),
    ]
