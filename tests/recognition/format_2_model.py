"""A model file of format 2, whose answers can be computed by hand."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from shapeclf.recognition.model_file import (
    ANSWERS,
    FORMATS,
    KEY_COORDINATES,
    KEY_FAMILIES,
    KEY_FORMAT,
    KEY_RECORD,
    serialize_with_checksum,
)

FAMILIES = ("line", "parabola", "sqrt")
LONGEST = 8
WEIGHTS = np.array([[0.3, -0.1, 0.0], [0.1, 0.2, -0.2], [1.5, -1.0, 0.5]])  # (columns, families)


def expected(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the posterior after each point, shape (points, families): a softmax of sums of the three columns."""
    logits = np.cumsum(points, axis=0) @ WEIGHTS
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def write_model(path: Path) -> Path:
    """Write the model file; its state is the sum of the points before."""
    nodes = [
        helper.make_node("CumSum", ["points", "one"], ["sums"]),
        helper.make_node("Unsqueeze", ["total", "one"], ["before"]),
        helper.make_node("Add", ["sums", "before"], ["totals"]),
        helper.make_node("Cast", ["totals"], ["single"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["single", "weights"], ["logits"]),
        helper.make_node("LogSoftmax", ["logits"], [ANSWERS], axis=-1),
        helper.make_node("Slice", ["totals", "last", "end", "one"], ["after"]),
        helper.make_node("Squeeze", ["after", "one"], ["next_total"]),
    ]
    numbers = {"one": [1], "last": [-1], "end": [2**31 - 1]}
    constants = [numpy_helper.from_array(np.array(value, dtype=np.int64), name) for name, value in numbers.items()]
    weights = numpy_helper.from_array(WEIGHTS.astype(np.float32), "weights")
    double, single = TensorProto.DOUBLE, TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "sums",
        [
            helper.make_tensor_value_info("points", double, ["batch", "points", 3]),
            helper.make_tensor_value_info("total", double, ["batch", 3]),
        ],
        [
            helper.make_tensor_value_info(ANSWERS, single, ["batch", "points", 3]),
            helper.make_tensor_value_info("next_total", double, ["batch", 3]),
        ],
        [*constants, weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    record = {"settings": {"sequences": {"points": LONGEST}}}
    metadata = {KEY_FORMAT: FORMATS[3], KEY_FAMILIES: json.dumps(FAMILIES), KEY_COORDINATES: "sums"}
    helper.set_model_props(model, metadata | {KEY_RECORD: json.dumps(record)})
    path.write_bytes(serialize_with_checksum(model))
    return path
