"""Model files that would crash, hang or take all memory, although their checksum is correct."""

import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from shapeclf.errors import InputError
from shapeclf.recognition import Recognizer, read_model_file
from shapeclf.recognition.loaded_model import LoadedModel
from shapeclf.recognition.model_file import OPERATORS

Change = Callable[[onnx.ModelProto], object]


def _nodes(*nodes: onnx.NodeProto) -> Change:
    """Return a change that inserts nodes before all others."""

    def change(model: onnx.ModelProto) -> None:
        kept = list(model.graph.node)
        del model.graph.node[:]
        model.graph.node.extend([*nodes, *kept])

    return change


def _constant(model: onnx.ModelProto, name: str, values: Any, element: Any = np.int64) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.array(values, element), name))


def _doubled(times: int, start: str = "points") -> list[onnx.NodeProto]:
    names = [start, *(f"doubled{number}" for number in range(times))]
    return [helper.make_node("Concat", [a, a], [b], axis=-1) for a, b in itertools.pairwise(names)]


def _doubling(model: onnx.ModelProto) -> None:
    _nodes(*_doubled(30))(model)


def _doubled_constant(model: onnx.ModelProto) -> None:
    _constant(model, "constant", [1.0], np.float32)
    _nodes(*_doubled(33, "constant"))(model)


def _each_with_each(model: onnx.ModelProto) -> None:
    _constant(model, "flat", [1, -1, 2])
    _nodes(
        helper.make_node("Reshape", ["points", "flat"], ["row"]),
        helper.make_node("Transpose", ["row"], ["column"], perm=[1, 0, 2]),
        helper.make_node("Mul", ["row", "column"], ["square"]),
    )(model)


def _each_number_with_each(axis: int) -> Change:
    """Multiply all pairs of numbers along one axis; if its length is 1, there is only one pair."""

    def change(model: onnx.ModelProto) -> None:
        _constant(model, "others", [1 - axis, 2])
        _constant(model, "first_axis", [0])
        _nodes(
            helper.make_node("ReduceMin", ["points", "others"], ["of_axis"], keepdims=0),
            helper.make_node("Unsqueeze", ["of_axis", "first_axis"], ["row"]),
            helper.make_node("Transpose", ["row"], ["column"], perm=[1, 0]),
            helper.make_node("Mul", ["row", "column"], ["square"]),
        )(model)

    return change


def _text(model: onnx.ModelProto) -> None:
    _nodes(helper.make_node("Cast", ["points"], ["text"], to=TensorProto.STRING))(model)


def _many_medium_tensors(model: onnx.ModelProto) -> None:
    names = ["doubled9", *(f"copy{number}" for number in range(200))]
    copies = [helper.make_node("Neg", [a], [b]) for a, b in itertools.pairwise(names)]
    _nodes(*_doubled(10), *copies)(model)


def _huge_reshape(model: onnx.ModelProto) -> None:
    _constant(model, "huge", [2**40, 2**20])
    _nodes(helper.make_node("Reshape", ["points", "huge"], ["reshaped"]))(model)


def _shape_of_points(model: onnx.ModelProto) -> None:
    _nodes(
        helper.make_node("Cast", ["points"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["points", "whole"], ["reshaped"]),
    )(model)


def _huge_weight(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(TensorProto(name="w", data_type=TensorProto.INT64, dims=[2**40]))
    _nodes(helper.make_node("Neg", ["w"], ["negative"]))(model)


def _weight(value: float) -> Change:
    def change(model: onnx.ModelProto) -> None:
        tensor = next(t for t in model.graph.initializer if t.data_type == TensorProto.FLOAT and len(t.dims) == 2)
        values = numpy_helper.to_array(tensor).copy()
        values[0, 0] = value
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))

    return change


def _truncated_weight(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].raw_data = model.graph.initializer[0].raw_data[:-1]


_MEMORY = r"refused: it would need more memory than is allowed$"
_FIT = r"refused: its shapes do not fit together \(\w+\)$"
_NOT_INFERRED = r"refused: the shape of '\w+' cannot be inferred before it is run$"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(_doubling, _MEMORY, id="doubled thirty times"),
        pytest.param(_doubled_constant, _MEMORY, id="a constant doubled"),
        pytest.param(_each_with_each, _MEMORY, id="each point with each"),
        pytest.param(_each_number_with_each(0), _MEMORY, id="each sequence with each"),
        pytest.param(_each_number_with_each(1), _MEMORY, id="each point of one sequence with each"),
        pytest.param(_text, r"refused: 'text' holds text$", id="text"),
        pytest.param(_many_medium_tensors, _MEMORY, id="many tensors"),
        pytest.param(_huge_reshape, rf"{_FIT}|{_MEMORY}", id="a huge reshape"),
        pytest.param(_shape_of_points, rf"{_NOT_INFERRED}|{_FIT}", id="a shape that the points decide"),
        pytest.param(_huge_weight, rf"{_MEMORY}|{_FIT}", id="a weight that is not there"),
        pytest.param(_weight(math.nan), r"refused: '\w+' holds a number that is not finite$", id="NaN"),
        pytest.param(_weight(math.inf), r"refused: '\w+' holds a number that is not finite$", id="infinity"),
        pytest.param(_truncated_weight, r"not a model file of shapeclf \(ValueError\)$", id="half a number"),
        pytest.param(
            lambda model: model.graph.node.extend([onnx.NodeProto()] * 600_000),
            "refused: without its weights, it is larger than 1 MiB$",
            id="600,000 nodes",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda model: model.graph.initializer.extend([TensorProto()] * 600_000),
            "refused: without its weights, it is larger than 1 MiB$",
            id="600,000 weights",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_hostile_files_are_refused_before_they_are_run(
    altered_model: Callable[[Change], Path], change: Change, message: str
) -> None:
    path = altered_model(change)
    with pytest.raises(InputError, match=rf"other\.onnx: ({message})") as caught:
        read_model_file(path)
    assert "\n" not in str(caught.value)


def test_the_tensors_of_one_call_have_a_bounded_size(altered_model: Callable[[Change], Path]) -> None:
    names = ["doubled5", *(f"copy{number}" for number in range(2000))]
    copies = [helper.make_node("Neg", [a], [b]) for a, b in itertools.pairwise(names)]
    loaded = LoadedModel(read_model_file(altered_model(_nodes(*_doubled(6), *copies))), 1)
    assert loaded.model.elements > 2000 * 128
    assert loaded.points_at_once * loaded.model.elements * 8 <= 2**29  # half a gigabyte


def test_a_model_that_onnxruntime_cannot_load_is_reported_in_one_line(
    altered_model: Callable[[Change], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    def odd_name(model: onnx.ModelProto) -> None:
        model.graph.node[0].name = "n"
        model.graph.node[1].name = "n"
        model.ir_version = 99

    path = altered_model(odd_name)
    with pytest.raises(InputError, match=r"^\S*other\.onnx: onnxruntime cannot load it \(\w+\)$"):
        Recognizer.load(path)
    assert capfd.readouterr() == ("", "")


def test_a_graph_that_fails_when_it_is_run_is_reported_in_one_line(altered_model: Callable[[Change], Path]) -> None:
    def out_of_range(model: onnx.ModelProto) -> None:
        _constant(model, "far", [10**6])
        _nodes(
            helper.make_node("Gather", ["points", "far"], ["gathered"], axis=2),
            helper.make_node("Mul", ["points", "gathered"], ["multiplied"]),
        )(model)
        for node in model.graph.node[2:]:
            for index, name in enumerate(node.input):
                node.input[index] = "multiplied" if name == "points" else name

    path = altered_model(out_of_range)
    recognizer = Recognizer.load(path)
    with pytest.raises(InputError, match="these points have no answer: "):
        recognizer.recognize([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(InputError, match="there is no answer: "):
        recognizer.stream().update(1.0, 2.0)


def test_no_allowed_operator_reads_files_runs_graphs_or_draws_numbers() -> None:
    assert not OPERATORS & {"If", "Loop", "Scan", "Constant", "RandomNormal", "RandomUniform", "Multinomial", "Expand"}
    assert all(onnx.defs.has(operator) for operator in OPERATORS)
