"""Export of a network to a model file: its ONNX graph is built directly from the weights."""

import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any, final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from shapeclf.datasets._types import IntArray
from shapeclf.recognition.model_file import (
    ANSWERS,
    FINAL_ANSWERS,
    FORMATS,
    KEY_COORDINATES,
    KEY_FAMILIES,
    KEY_FORMAT,
    KEY_RECORD,
    serialize_with_checksum,
)
from shapeclf.training.network import ShapeNetwork
from shapeclf.training.operations import Key
from shapeclf.training.whitening import WhitenedLinear

__all__ = ["export"]

_OPSET = 18
_TYPES = {torch.float32: TensorProto.FLOAT, torch.float64: TensorProto.DOUBLE, torch.int64: TensorProto.INT64}
_IR_VERSION = 9  # read by onnxruntime from 1.15 on


def _operation(operator: str) -> Callable[..., "_Value"]:
    """Return the method of a graph that adds a node."""
    return lambda graph, *values: graph.node(operator, *values)


def _binary(operator: str) -> Callable[["_Value", "_Value"], "_Value"]:
    """Return the method of a value that adds a node with another value."""
    return lambda value, other: value.graph.node(operator, value, other)


@final
class _Graph:
    """An ONNX graph under construction. It implements `Operations`, each of which adds a node instead of computing."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self._number = itertools.count()  # of values
        self.initializers: list[onnx.TensorProto] = []

    def node(self, operator: str, *inputs: "_Value | str", outputs: Sequence[str] = (), **attributes: Any) -> "_Value":
        """Add a node and return its first output."""
        names = list(outputs) or [f"v{next(self._number)}"]
        self.nodes.append(helper.make_node(operator, [str(value) for value in inputs], names, **attributes))
        return _Value(self, names[0])

    def value(self, name: str) -> "_Value":
        """Return a value by its name."""
        return _Value(self, name)

    def name_output(self, value: "_Value", name: str) -> None:
        """Name a value as an output of the graph; no node may use it as an input."""
        node = next(node for node in reversed(self.nodes) if value.name in node.output)
        node.output[list(node.output).index(value.name)] = name

    def array(self, array: NDArray[Any]) -> "_Value":
        """Add a constant."""
        name = f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return _Value(self, name)

    def asarray(self, tensor: Tensor) -> "_Value":
        return self.array(tensor.detach().cpu().numpy())

    def _integers(self, *numbers: int) -> "_Value":
        return self.array(np.array(numbers, dtype=np.int64))

    def astype(self, value: "_Value", dtype: torch.dtype) -> "_Value":
        return self.node("Cast", value, to=_TYPES[dtype])

    asinh = _operation("Asinh")
    exp = _operation("Exp")
    log = _operation("Log")
    abs = _operation("Abs")
    sqrt = _operation("Sqrt")
    sign = _operation("Sign")
    sin = _operation("Sin")
    maximum = _operation("Max")
    where = _operation("Where")

    def max(self, value: "_Value", *, axis: int, keepdims: bool) -> "_Value":
        return self.node("ReduceMax", value, self._integers(axis), keepdims=int(keepdims))

    def min(self, value: "_Value", *, axis: int, keepdims: bool) -> "_Value":
        return self.node("ReduceMin", value, self._integers(axis), keepdims=int(keepdims))

    def clip(self, value: "_Value", lower: float, upper: float, *, dtype: torch.dtype = torch.float64) -> "_Value":
        return self.node("Clip", value, *(self.asarray(torch.tensor(bound, dtype=dtype)) for bound in (lower, upper)))

    def cumulative_sum(self, value: "_Value", *, axis: int) -> "_Value":
        return self.node("CumSum", value, self.array(np.array(axis, dtype=np.int64)))

    def equal(self, value: "_Value", other: float) -> "_Value":
        return self.node("Equal", value, self.array(np.array([other])))

    def take(self, value: "_Value", indices: IntArray, *, axis: int) -> "_Value":
        return self.node("Gather", value, self.array(indices), axis=axis)

    def take_along_axis(self, value: "_Value", indices: "_Value", *, axis: int) -> "_Value":
        return self.node("GatherElements", value, indices, axis=axis)

    def concat(self, values: Sequence["_Value"], *, axis: int) -> "_Value":
        return self.node("Concat", *values, axis=axis)

    def split(self, value: "_Value", sizes: Sequence[int], *, axis: int) -> list["_Value"]:
        name = f"v{next(self._number)}"
        names = [f"{name}_{part}" for part in range(len(sizes))]
        self.node("Split", value, self._integers(*sizes), outputs=names, axis=axis)
        return [self.value(name) for name in names]

    def permute_dims(self, value: "_Value", axes: tuple[int, ...]) -> "_Value":
        return self.node("Transpose", value, perm=list(axes))

    def cancel_permutation(self, value: "_Value", axes: tuple[int, ...]) -> "_Value | None":
        """Remove the Transpose that computes a value, if these axes would undo it, and return its input; or None.

        No other node may use the value. Two permutations that do not cancel are not joined: onnxruntime reverses the
        order of three axes much more slowly than it moves one.
        """
        node = next(node for node in self.nodes if value.name in node.output)
        if node.op_type != "Transpose" or [node.attribute[0].ints[axis] for axis in axes] != sorted(axes):
            return None
        self.nodes.remove(node)
        return self.value(node.input[0])

    def slice(self, value: "_Value", key: Key) -> "_Value":
        """Add a slice: ``value[key]``."""
        parts = key if isinstance(key, tuple) else (key,)
        first = -len(parts) if parts[0] is Ellipsis else 0  # axes are counted from the end after an ellipsis
        taken = {
            axis: (part.start or 0, np.iinfo(np.int64).max if part.stop is None else part.stop)
            for axis, part in enumerate(parts, start=first)
            if isinstance(part, slice) and part != slice(None)
        }
        starts, stops = zip(*taken.values(), strict=True)
        return self.node("Slice", value, *(self._integers(*integers) for integers in (starts, stops, taken)))

    def linear(self, value: "_Value", *layers: nn.Linear) -> "_Value":
        """Add linear layers with the same input, as one product. Their outputs are joined along the last axis."""
        weight, bias = (torch.cat([getattr(layer, name) for layer in layers]) for name in ("weight", "bias"))
        return self.node("MatMul", value, self.asarray(weight.T)) + self.asarray(bias)

    def silu(self, value: "_Value") -> "_Value":
        """Add the activation x·sigmoid(x)."""
        return value * self.node("Sigmoid", value)


@final
class _Value:
    """A value of the graph, whose arithmetic adds nodes."""

    def __init__(self, graph: _Graph, name: str) -> None:
        self.graph = graph
        self.name = name

    def __str__(self) -> str:
        return self.name

    __add__ = _binary("Add")
    __sub__ = _binary("Sub")
    __mul__ = _binary("Mul")
    __truediv__ = _binary("Div")
    __matmul__ = _binary("MatMul")

    def __getitem__(self, key: Key) -> "_Value":
        return self.graph.slice(self, key)


def _lstm(graph: _Graph, network: ShapeNetwork, inputs: _Value) -> _Value:
    """Add the LSTM. Its inputs have shape (points, batch, width), its outputs (points, batch, hidden)."""

    def weights(name: str) -> NDArray[np.float32]:
        """Reorder torch's gates i f c o to ONNX's i o f c, and add ONNX's first axis, which is that of directions."""
        i, f, c, o = np.split(getattr(network.lstm, f"{name}_l0").detach().cpu().numpy(), 4)
        return np.concatenate([i, o, f, c])[None]

    biases = np.concatenate([weights("bias_ih"), weights("bias_hh")], axis=-1)
    axes = graph.array(np.array([1], dtype=np.int64))
    graph.node(
        "LSTM",
        inputs,
        *(graph.array(array) for array in (weights("weight_ih"), weights("weight_hh"), biases)),
        "",  # no lengths: all sequences of a batch have the same length
        "hidden",
        "cell",
        outputs=["lstm", "next_hidden", "next_cell"],
        hidden_size=network.lstm.hidden_size,
    )
    return graph.node("Squeeze", "lstm", axes)  # (points, directions, batch, hidden), one direction


def _graph(network: ShapeNetwork, families: int) -> onnx.GraphProto:
    graph = _Graph()
    coordinates = network.coordinates
    features, state = coordinates.compute(graph, graph.value("points"), graph.value("coordinates"))
    recurrent: tuple[int, list[int | str]] = (TensorProto.FLOAT, [1, "batch", network.lstm.hidden_size])
    states = {"hidden": recurrent, "cell": recurrent}
    if 0 not in coordinates.state_shape:
        graph.name_output(state, "next_coordinates")
        states = {"coordinates": (TensorProto.DOUBLE, ["batch", *coordinates.state_shape]), **states}
    cancelled = graph.cancel_permutation(features, (1, 0, 2))
    inputs = features if cancelled is None else cancelled
    if network.embedding is not None:
        embedding = network.embedding
        embedding = embedding.folded() if isinstance(embedding, WhitenedLinear) else embedding
        inputs = graph.silu(graph.linear(inputs, embedding))
    if cancelled is None:  # after an embedding, whose output has fewer columns than the features
        inputs = graph.permute_dims(inputs, (1, 0, 2))
    outputs = _lstm(graph, network, inputs)  # inputs and outputs: (points, batch, width)
    if network.embedding is not None:
        outputs = graph.concat([inputs, outputs], axis=-1)
    if network.hidden_layer is not None:
        outputs = graph.silu(graph.linear(outputs, network.hidden_layer))
    outputs = graph.permute_dims(outputs, (1, 0, 2))  # (batch, points, width)
    heads = {ANSWERS: network.head} | ({} if network.final_head is None else {FINAL_ANSWERS: network.final_head})
    answers = graph.linear(outputs, *heads.values())
    parts = [answers] if len(heads) == 1 else graph.split(answers, [families] * len(heads), axis=-1)
    for name, part in zip(heads, parts, strict=True):
        graph.node("LogSoftmax", part, outputs=[name], axis=-1)

    described = helper.make_tensor_value_info
    inputs_described = [described("points", TensorProto.DOUBLE, ["batch", "points", coordinates.columns])]
    outputs_described = [described(name, TensorProto.FLOAT, ["batch", "points", families]) for name in heads]
    for prefix, values in (("", inputs_described), ("next_", outputs_described)):
        values += [described(prefix + name, *of_state) for name, of_state in states.items()]
    return helper.make_graph(graph.nodes, "shapeclf", inputs_described, outputs_described, graph.initializers)


def export(network: ShapeNetwork, families: Sequence[str], record: dict[str, Any]) -> bytes:
    """Return the model file of a network: the same network and record give the same bytes.

    Args:
        network: The network, on any device; it is not changed.
        families: Names of the families, in the order of the network's answers.
        record: Record of the training as values that JSON can represent, without times and paths.

    Returns:
        The content of an ``.onnx`` file.
    """
    model = helper.make_model(
        _graph(network, len(families)),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="shapeclf",
    )
    metadata = {
        KEY_FORMAT: FORMATS[network.coordinates.columns],
        KEY_FAMILIES: json.dumps(list(families), ensure_ascii=False),
        KEY_COORDINATES: network.coordinates.name,
        KEY_RECORD: json.dumps(record, ensure_ascii=False, sort_keys=True),
    }
    helper.set_model_props(model, metadata)
    return serialize_with_checksum(model)
