"""The graph for one point at a time against the model file itself."""

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from shapeclf.recognition.locating import locate_model
from shapeclf.recognition.stepping import step_model
from shapeclf.training.export import export
from shapeclf.training.network import ShapeNetwork

Arrays = dict[str, NDArray[Any]]

NETWORKS: dict[str, dict[str, Any]] = {
    "scaled": {"hidden_size": 12},
    "two layers": {"layers": 2},
    "running": {"coordinates": "running", "embedding": 8, "head": 8},
    "unitless": {"coordinates": "unitless", "embedding": 8, "head": 8, "endings": True},
}


def _content(kind: str) -> bytes:
    if kind in ("fresh", "real"):
        return locate_model(kind).read_bytes()
    with torch.random.fork_rng():
        torch.manual_seed(5)
        network = ShapeNetwork(families=3, **({"hidden_size": 6} | NETWORKS[kind])).eval()
        for weights in network.parameters():
            torch.nn.init.normal_(weights, std=0.7)
    return export(network, ("a", "b", "c"), {})


def _session(content: bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def _run(session: onnxruntime.InferenceSession, points: NDArray[np.float64], state: Arrays) -> tuple[Arrays, Arrays]:
    """Outputs and next state."""
    names = [value.name for value in session.get_outputs()]
    found = dict(zip(names, session.run(names, {"points": points, **state}), strict=True))
    after = {name: found.pop(f"next_{name}") for name in state}
    return found, after


def _zeros(session: onnxruntime.InferenceSession, batch: int) -> Arrays:
    types = {"tensor(double)": np.float64, "tensor(float)": np.float32}
    return {
        value.name: np.zeros([batch if isinstance(size, str) else size for size in value.shape], types[value.type])
        for value in session.get_inputs()
        if value.name != "points"
    }


@pytest.mark.parametrize("kind", [*NETWORKS, "fresh", "real"])
@pytest.mark.parametrize("batch", [1, 3], ids="batch {}".format)
def test_every_step_and_state_is_that_of_the_model_file(kind: str, batch: int) -> None:
    content = _content(kind)
    plain, step = _session(content), _session(step_model(content))
    points = np.random.default_rng(2).uniform(1.0, 9.0, (batch, 20, 2))
    points[:, 3] = points[:, 2]  # a point that comes twice: where differences are 0
    before, after = _zeros(plain, batch), _zeros(step, batch)
    seen = []
    for number in range(20):
        expected, before = _run(plain, points[:, number : number + 1], before)
        answers, after = _run(step, points[:, number : number + 1], after)
        for found, wanted in ((answers, expected), (after, before)):
            assert list(found) == list(wanted)
            for name in found:
                np.testing.assert_allclose(found[name], wanted[name], rtol=1e-5, atol=1e-6)
        seen.append(answers["log_probabilities"])
    assert float(np.std(seen)) > 0.05  # answers that differ, or agreeing would show little


@pytest.mark.parametrize("kind", [*NETWORKS, "fresh", "real"])
def test_it_is_sound_and_takes_the_same_in_and_gives_the_same_out(kind: str) -> None:
    before = onnx.load_model_from_string(_content(kind))
    after = onnx.load_model_from_string(step_model(_content(kind)))
    onnx.checker.check_model(after, full_check=True)
    assert len(after.graph.node) <= len(before.graph.node)
    for old, new in ((before.graph.input, after.graph.input), (before.graph.output, after.graph.output)):
        assert [(value.name, value.type.tensor_type.elem_type) for value in old] == [
            (value.name, value.type.tensor_type.elem_type) for value in new
        ]
    operators = [node.op_type for node in after.graph.node]
    assert "CumSum" not in operators


def test_of_real_what_moves_nothing_is_left_out() -> None:
    before, after = (
        [node.op_type for node in onnx.load_model_from_string(content).graph.node]
        for content in (_content("real"), step_model(_content("real")))
    )
    # Its numbers come first and its points last, so that fewer cuts are of a piece than in a model the other way round.
    assert len(after) <= len(before) - 40
    assert not {"CumSum", "Squeeze", "Identity"} & set(after)
    assert after.count("Slice") < before.count("Slice") * 5 / 6


def test_a_graph_of_another_s_making_comes_back_as_it_was() -> None:
    model = onnx.load_model_from_string(_content("fresh"))
    cut = next(node for node in model.graph.node if node.op_type == "Slice")
    # The same cut, from a place that is computed.
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array([0]), "nothing"))
    start = onnx.helper.make_node("Add", [cut.input[1], "nothing"], ["start"])
    cut.input[1] = "start"
    model.graph.node.insert(0, start)
    content = model.SerializeToString()
    assert step_model(content) == content
