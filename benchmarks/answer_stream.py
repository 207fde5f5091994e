"""How long does a point of a stream take, compared with one step of the same network in onnxruntime?

The baseline is a plain `session.run` with one thread. It runs the part of the shipped model after the input coordinates
(layers, LSTM and head) on features that are already computed, and gets the states of its previous step.

Run: python -m benchmarks.answer_stream
"""

from collections.abc import Callable
from itertools import cycle

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from benchmarks.side_by_side import Compared, compare, show
from shapeclf import Recognizer
from shapeclf.recognition.model_file import ANSWERS

STREAMS = 4096
RECURRENT = ("hidden", "cell")


def points(count: int) -> list[list[float]]:
    values: list[list[float]] = np.random.default_rng(0).uniform(5.0, 15.0, (count, 2)).tolist()
    return values


def with_columns(points: NDArray[np.float64], columns: int) -> NDArray[np.float64]:
    """Return points with the columns that a model needs; an error of 0 means that it is unknown."""
    return np.pad(points, [(0, 0)] * (points.ndim - 1) + [(0, columns - points.shape[-1])])


def session_of(content: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def without_coordinates(content: bytes) -> tuple[bytes, int]:
    """Return the part of the model after its features, and their number."""
    model = onnx.load_model_from_string(content)
    constants = {one.name: one for one in model.graph.initializer}
    first = next(
        node
        for node in model.graph.node
        if node.op_type == "MatMul"
        and node.input[1] in constants
        and constants[node.input[1]].data_type == TensorProto.FLOAT
    )
    width = constants[first.input[1]].dims[0]
    features = first.input[0]
    available, nodes = {"", features, *RECURRENT, *constants}, []
    for node in model.graph.node:
        if all(name in available for name in node.input):
            nodes.append(node)
            available.update(node.output)
    outputs = [ANSWERS, *(f"next_{name}" for name in RECURRENT)]
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        "without coordinates",
        [
            helper.make_tensor_value_info(features, TensorProto.FLOAT, ["points", "batch", width]),
            *(value for value in model.graph.input if value.name in RECURRENT),
        ],
        [value for value in model.graph.output if value.name in outputs],
        [constants[name] for name in constants if name in used],
    )
    model_without = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    content_without: bytes = model_without.SerializeToString()
    return content_without, width


def onnxruntime_step(recognizer: Recognizer) -> Callable[[], object]:
    """Return a function that runs one step in onnxruntime alone, from the state of the previous step."""
    content, width = without_coordinates(recognizer.model.content)
    session = session_of(content)
    name = session.get_inputs()[0].name
    outputs = [ANSWERS, *(f"next_{kind}" for kind in RECURRENT)]
    state = {s.name: np.zeros(s.shape_for(1), s.dtype) for s in recognizer.model.state if s.name in RECURRENT}
    features = cycle(np.random.default_rng(0).normal(size=(64, 1, 1, width)).astype(np.float32))

    def step() -> object:
        answer, *after = session.run(outputs, {name: next(features), **state})
        state.update(zip(RECURRENT, after, strict=True))
        return answer

    return step


def one_stream(recognizer: Recognizer) -> Callable[[], object]:
    stream, coming = recognizer.stream(), cycle(points(64))
    return lambda: stream.update(*next(coming))


def many_at_once(recognizer: Recognizer) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return two functions: our update of many streams by a point each, and onnxruntime alone on a batch of as many."""
    streams, new = recognizer.streams(STREAMS), np.array(points(STREAMS))
    session = session_of(recognizer.model.content)
    state = {s.name: np.zeros(s.shape_for(STREAMS), s.dtype) for s in recognizer.model.state}
    outputs = [ANSWERS, *(f"next_{name}" for name in state)]

    first = with_columns(new[:, None], recognizer.model.columns)

    def onnxruntime_alone() -> object:
        return session.run(outputs, {"points": first, **state})

    return lambda: streams.update(new), onnxruntime_alone


def rows() -> list[Compared]:
    compared = []
    for name, aim in (("fresh", 2.2), ("real", 3.5)):
        recognizer = Recognizer.load(name)
        what = f"a point, {name}; the network without its coordinates"
        bound = onnxruntime_step(recognizer)
        step = compare("stream", what, one_stream(recognizer), bound, rounds=200, each=25, aim=aim)
        what = f"a point of each of {STREAMS} streams, {name}; one call of the model file"
        compared += [step, compare("streams", what, *many_at_once(recognizer), rounds=7)]
    return compared


if __name__ == "__main__":
    show(rows())
