"""Network to model file: the graph is built from the weights, one LSTM node a layer."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from shapeclf.datasets._types import IntArray
from shapeclf.recognition.model_file import (
    ANSWERS,
    ENDINGS,
    FORMAT_VERSION,
    KEY_COORDINATES,
    KEY_FAMILIES,
    KEY_FORMAT,
    KEY_RECORD,
    seal,
)
from shapeclf.training.network import ShapeNetwork

__all__ = ["export"]

_OPSET = 18
_IR_VERSION = 9  # read by onnxruntime from 1.15 on


@final
class _Graph:
    """A graph under construction; also the operations of coordinates, written down instead of carried out."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def node(self, operator: str, *inputs: "_Value | str", outputs: Sequence[str] = (), **attributes: Any) -> "_Value":
        """Adds a node; its first output is returned."""
        names = list(outputs) or [f"v{len(self.nodes)}"]
        self.nodes.append(helper.make_node(operator, [str(value) for value in inputs], names, **attributes))
        return _Value(self, names[0])

    def value(self, name: str) -> "_Value":
        """A value by its name."""
        return _Value(self, name)

    def array(self, array: NDArray[Any]) -> "_Value":
        """A constant."""
        name = f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return _Value(self, name)

    def constant(self, tensor: Tensor) -> "_Value":
        return self.array(tensor.detach().cpu().numpy())

    def single(self, value: "_Value") -> "_Value":
        return self.node("Cast", value, to=TensorProto.FLOAT)

    def asinh(self, value: "_Value") -> "_Value":
        return self.node("Asinh", value)

    def exp(self, value: "_Value") -> "_Value":
        return self.node("Exp", value)

    def log(self, value: "_Value") -> "_Value":
        return self.node("Log", value)

    def size(self, value: "_Value") -> "_Value":
        return self.node("Abs", value)

    def sign(self, value: "_Value") -> "_Value":
        return self.node("Sign", value)

    def lowest(self, value: "_Value") -> "_Value":
        return self.node("ReduceMin", value, self.array(np.array([0], dtype=np.int64)), keepdims=1)

    def place(self, value: "_Value") -> "_Value":
        return self.node("Cast", self.node("Floor", value), to=TensorProto.INT64)

    def take(self, value: "_Value", places: "_Value") -> "_Value":
        return self.node("GatherElements", value, places, axis=0)

    def pick(self, value: "_Value", places: IntArray) -> "_Value":
        return self.node("Gather", value, self.array(places), axis=0)

    def sqrt_of_size(self, value: "_Value") -> "_Value":
        return self.node("Sqrt", self.node("Abs", value))

    def within(self, value: "_Value", bound: float, lowest: float | None = None) -> "_Value":
        low = np.array(-bound if lowest is None else lowest, dtype=np.float64)
        return self.node("Clip", value, self.array(low), self.array(np.array(bound, dtype=np.float64)))

    def running_sum(self, value: "_Value", axis: int) -> "_Value":
        return self.node("CumSum", value, self.array(np.array(axis, dtype=np.int64)))

    def where_zero(self, test: "_Value", then: "_Value", other: "_Value") -> "_Value":
        return self.node("Where", self.node("Equal", test, self.array(np.zeros(1))), then, other)

    def part(self, value: "_Value", axis: int, start: int, stop: int | None) -> "_Value":
        return self._slice(value, {axis: (start, stop)})

    def block(self, value: "_Value", rows: tuple[int, int | None], columns: tuple[int, int | None]) -> "_Value":
        return self._slice(value, {0: rows, 1: columns})

    def _slice(self, value: "_Value", places: Mapping[int, tuple[int, int | None]]) -> "_Value":
        starts = [start for start, _ in places.values()]
        ends = [np.iinfo(np.int64).max if stop is None else stop for _, stop in places.values()]
        return self.node(
            "Slice", value, *(self.array(np.array(of, dtype=np.int64)) for of in (starts, ends, [*places]))
        )

    def join(self, values: Sequence["_Value"], axis: int) -> "_Value":
        return self.node("Concat", *values, axis=axis)

    def inner(self, value: "_Value") -> "_Value":
        return self.node("Squeeze", value, self.array(np.array([0, 1], dtype=np.int64)))

    def turned(self, value: "_Value", *order: int) -> "_Value":
        return self.node("Transpose", value, perm=list(order))

    def with_axis(self, value: "_Value") -> "_Value":
        return self.node("Unsqueeze", value, self.array(np.array([1], dtype=np.int64)))

    def without_axis(self, value: "_Value") -> "_Value":
        return self.node("Squeeze", value, self.array(np.array([1], dtype=np.int64)))

    def linear(self, layer: nn.Linear, value: "_Value") -> "_Value":
        """A linear layer on the last axis."""
        return self.node("MatMul", value, self.constant(layer.weight.T)) + self.constant(layer.bias)

    def silu(self, value: "_Value") -> "_Value":
        """X times sigmoid(x)."""
        return value * self.node("Sigmoid", value)


@final
class _Value:
    """A value of the graph, with arithmetic that adds nodes."""

    def __init__(self, graph: _Graph, name: str) -> None:
        self.graph = graph
        self.name = name

    def __str__(self) -> str:
        return self.name

    def __add__(self, other: "_Value") -> "_Value":
        return self.graph.node("Add", self, other)

    def __sub__(self, other: "_Value") -> "_Value":
        return self.graph.node("Sub", self, other)

    def __mul__(self, other: "_Value") -> "_Value":
        return self.graph.node("Mul", self, other)

    def __truediv__(self, other: "_Value") -> "_Value":
        return self.graph.node("Div", self, other)

    def __matmul__(self, other: "_Value") -> "_Value":
        return self.graph.node("MatMul", self, other)


def _lstm_weights(network: ShapeNetwork, layer: int) -> list[NDArray[np.float32]]:
    """Weights, recurrent weights and biases of a layer in ONNX's gate order: i o f c where torch has i f c o."""

    def reordered(name: str) -> NDArray[np.float32]:
        i, f, c, o = np.split(getattr(network.lstm, f"{name}_l{layer}").detach().cpu().numpy(), 4)
        return np.concatenate([i, o, f, c])

    biases = np.concatenate([reordered("bias_ih"), reordered("bias_hh")])
    return [reordered("weight_ih")[None], reordered("weight_hh")[None], biases[None]]


def _lstm(graph: _Graph, network: ShapeNetwork, inputs: _Value) -> _Value:
    """The LSTM: inputs (points, batch, width) in, outputs (points, batch, hidden) out."""
    layers, hidden_size = network.lstm.num_layers, network.lstm.hidden_size
    outputs = inputs
    starts = {"hidden": [graph.value("hidden")], "cell": [graph.value("cell")]}
    ends: dict[str, list[_Value]] = {"hidden": [], "cell": []}
    if layers > 1:
        for kind in starts:
            names = [f"{kind}_{layer}" for layer in range(layers)]
            graph.node("Split", kind, outputs=names, axis=0, num_outputs=layers)
            starts[kind] = [graph.value(name) for name in names]
    first_axis = graph.array(np.array([1], dtype=np.int64))
    for layer in range(layers):
        weights = [graph.array(array) for array in _lstm_weights(network, layer)]
        suffix = "" if layers == 1 else f"_{layer}"
        names = [f"lstm{suffix}", f"next_hidden{suffix}", f"next_cell{suffix}"]
        graph.node(
            "LSTM",
            outputs,
            *weights,
            "",  # no lengths: every sequence of a batch is as long as the batch
            starts["hidden"][layer],
            starts["cell"][layer],
            outputs=names,
            hidden_size=hidden_size,
        )
        ends["hidden"].append(graph.value(names[1]))
        ends["cell"].append(graph.value(names[2]))
        outputs = graph.node("Squeeze", names[0], first_axis)  # (points, directions, batch, hidden), one direction
    if layers > 1:
        for kind, values in ends.items():
            graph.node("Concat", *values, outputs=[f"next_{kind}"], axis=0)
    return outputs


def _graph(network: ShapeNetwork, families: int) -> onnx.GraphProto:
    graph = _Graph()
    coordinates = network.coordinates
    features, state = coordinates.compute(graph, graph.value("points"), graph.value("coordinates"))
    if coordinates.state_width:
        graph.node("Identity", state, outputs=["next_coordinates"])
    inputs = features if network.embedding is None else graph.silu(graph.linear(network.embedding, features))
    inputs = graph.turned(inputs, 1, 0, 2)  # (points, batch, width)
    outputs = _lstm(graph, network, inputs)
    if network.embedding is not None:
        outputs = graph.join([inputs, outputs], axis=-1)
    if network.between is not None:
        outputs = graph.silu(graph.linear(network.between, outputs))
    heads = {ANSWERS: network.head} | ({} if network.ending is None else {ENDINGS: network.ending})
    for name, head in heads.items():
        log_probabilities = graph.node("LogSoftmax", graph.linear(head, outputs), axis=-1)
        graph.node("Transpose", log_probabilities, outputs=[name], perm=[1, 0, 2])

    def described(name: str, kind: int, *shape: int | str) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, list(shape))

    layers, hidden_size = network.lstm.num_layers, network.lstm.hidden_size
    starts = [described("points", TensorProto.DOUBLE, "batch", "points", 2)]
    ends = [described(name, TensorProto.FLOAT, "batch", "points", families) for name in heads]
    for prefix, values in (("", starts), ("next_", ends)):
        if coordinates.state_width:
            values.append(described(f"{prefix}coordinates", TensorProto.DOUBLE, "batch", coordinates.state_width))
        for kind in ("hidden", "cell"):
            values.append(described(f"{prefix}{kind}", TensorProto.FLOAT, layers, "batch", hidden_size))
    return helper.make_graph(graph.nodes, "shapeclf", starts, ends, graph.initializers)


def export(network: ShapeNetwork, families: Sequence[str], record: dict[str, Any]) -> bytes:
    """The model file of a network: the same network and record give the same bytes.

    Args:
        network: on any device; it is not changed.
        families: names, in the order of the network's answers.
        record: how it was trained, as JSON can hold it: no clock and no path.

    Returns:
        the content of an ``.onnx`` file.
    """
    model = helper.make_model(
        _graph(network, len(families)),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="shapeclf",
    )
    metadata = {
        KEY_FORMAT: str(FORMAT_VERSION),
        KEY_FAMILIES: json.dumps(list(families), ensure_ascii=False),
        KEY_COORDINATES: network.coordinates.name,
        KEY_RECORD: json.dumps(record, ensure_ascii=False, sort_keys=True),
    }
    helper.set_model_props(model, metadata)
    return seal(model)
