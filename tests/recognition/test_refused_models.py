"""Model files whose checksum is right and that are refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from shapeclf.errors import InputError
from shapeclf.recognition import read_model_file

Change = Callable[[onnx.ModelProto], object]


def _metadata(**changes: str | None) -> Change:
    """Return a change that sets or removes entries of the metadata."""

    def change(model: onnx.ModelProto) -> None:
        entries = {entry.key: entry.value for entry in model.metadata_props}
        for key, value in changes.items():
            entries.pop(f"shapeclf.{key}", None)
            if value is not None:
                entries[f"shapeclf.{key}"] = value
        del model.metadata_props[:]
        helper.set_model_props(model, entries)

    return change


def _node(**changes: Any) -> Change:
    """Return a change of the last node, the LogSoftmax of the answers."""

    def change(model: onnx.ModelProto) -> None:
        for name, value in changes.items():
            setattr(model.graph.node[-1], name, value)

    return change


def _attribute(name: str, value: Any) -> Change:
    return lambda model: model.graph.node[-1].attribute.append(helper.make_attribute(name, value))


def _outside(tensor: onnx.TensorProto) -> None:
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"


def _outside_in_attribute(model: onnx.ModelProto) -> None:
    tensor = TensorProto(name="t", data_type=TensorProto.FLOAT, dims=[1])
    _outside(tensor)
    model.graph.node[-1].attribute.append(helper.make_attribute("value", tensor))


def _outside_in_sparse_attribute(model: onnx.ModelProto) -> None:
    values = TensorProto(name="t", data_type=TensorProto.FLOAT, dims=[1])
    _outside(values)
    indices = TensorProto(name="i", data_type=TensorProto.INT64, dims=[1], int64_data=[0])
    sparse = helper.make_sparse_tensor(values, indices, [3])
    model.graph.node[-1].attribute.append(helper.make_attribute("sparse_value", sparse))


def _sparse(model: onnx.ModelProto) -> None:
    values = TensorProto(name="sparse", data_type=TensorProto.FLOAT, dims=[1], float_data=[1.0])
    indices = TensorProto(name="indices", data_type=TensorProto.INT64, dims=[1], int64_data=[0])
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [3]))


def _function(model: onnx.ModelProto) -> None:
    opsets = [helper.make_opsetid("", 18)]
    node = helper.make_node("Neg", ["a"], ["b"])
    model.functions.append(helper.make_function("own", "F", ["a"], ["b"], [node], opsets))


def _opset(model: onnx.ModelProto) -> None:
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def _described(kind: str, name: str, *changed: Any) -> Change:
    """Return a change that replaces an input or output by ``changed``, its (name, type, shape), or else removes it."""

    def change(model: onnx.ModelProto) -> None:
        values = getattr(model.graph, kind)
        kept = [value for value in values if value.name != name]
        assert len(kept) == len(values) - 1
        del values[:]
        values.extend(kept)
        if changed:
            values.append(helper.make_tensor_value_info(*changed))

    return change


def _state(element: int, *shape: int | str) -> Change:
    """Return a change of the type or shape of the hidden state, both as input and as output."""

    def change(model: onnx.ModelProto) -> None:
        _described("input", "hidden", "hidden", element, list(shape))(model)
        _described("output", "next_hidden", "next_hidden", element, list(shape))(model)

    return change


_GRAPH = helper.make_graph([], "inner", [], [])
_POINTS = r"refused: its points or log_probabilities do not have the name, type and shape of the format$"
_STATES = r"refused: its input states and its output states differ$"
_SHAPE = r"refused: state 'hidden' has a type or shape that the format does not allow$"
_NAMES = r"refused: its metadata do not hold the names of the families and a training record$"
_SINGLE, _DOUBLE, _WHOLE = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            _metadata(format="3"),
            "written in model format '3'; this version of shapeclf reads 1 and 2$",
            id="a newer format",
        ),
        pytest.param(_metadata(format="2"), _POINTS, id="format 2 without y_error"),
        pytest.param(_metadata(format="9" * 99), "written in model format '9{19}; this", id="a very new format"),
        pytest.param(_metadata(format=None), "written in model format ''; this version", id="no format"),
        pytest.param(_metadata(families=None), r"not a model file of shapeclf \(KeyError\)$", id="no families"),
        pytest.param(_metadata(record=None), r"not a model file of shapeclf \(KeyError\)$", id="no record"),
        pytest.param(_metadata(coordinates=None), r"not a model file of shapeclf \(KeyError\)$", id="no coordinates"),
        pytest.param(_metadata(families="line"), r"not a model file of shapeclf \(JSONDecodeError\)$", id="no JSON"),
        pytest.param(
            _metadata(record="[" * 100_000), r"not a model file of shapeclf \(RecursionError\)$", id="deep JSON"
        ),
        pytest.param(_metadata(families='{"line": 1}'), _NAMES, id="families no list"),
        pytest.param(_metadata(families='["line"]'), _NAMES, id="one family"),
        pytest.param(_metadata(families='["line", "sqrt", 3]'), _NAMES, id="a number as family"),
        pytest.param(_metadata(families='["line", "sqrt", "line"]'), _NAMES, id="a family twice"),
        pytest.param(_metadata(record="[]"), _NAMES, id="record no object"),
        pytest.param(
            _metadata(families=json.dumps([f"f{number}" for number in range(1001)])), _NAMES, id="a thousand families"
        ),
        pytest.param(
            _metadata(families='["line", "sqrt", "\\u001b[2J"]'), _NAMES, id="a name that clears the terminal"
        ),
        pytest.param(_metadata(families='["line", "sqrt", "two\\nlines"]'), _NAMES, id="a name of two lines"),
        pytest.param(_metadata(families='["line", "sqrt"]'), _POINTS, id="fewer names than answers"),
        pytest.param(_node(op_type="If"), "refused: operator 'If' is not allowed$", id="operator that branches"),
        pytest.param(_node(op_type="Loop"), "refused: operator 'Loop' is not allowed$", id="operator that repeats"),
        pytest.param(
            _node(op_type="X" * 99), "refused: operator 'X{39} is not allowed$", id="operator with a long name"
        ),
        pytest.param(
            _node(domain="com.microsoft"), "refused: operator 'LogSoftmax' is not allowed$", id="operator of others"
        ),
        pytest.param(_opset, "refused: it needs operators of another domain$", id="operators of another domain"),
        pytest.param(_attribute("body", _GRAPH), "refused: operator 'LogSoftmax' holds a graph$", id="subgraph"),
        pytest.param(_attribute("bodies", [_GRAPH]), "refused: operator 'LogSoftmax' holds a graph$", id="subgraphs"),
        pytest.param(_function, "refused: it holds functions, training graphs or sparse tensors$", id="function"),
        pytest.param(
            lambda model: model.training_info.add(),
            "refused: it holds functions, training graphs or sparse tensors$",
            id="training graph",
        ),
        pytest.param(_sparse, "refused: it holds functions, training graphs or sparse tensors$", id="sparse tensor"),
        pytest.param(
            lambda model: _outside(model.graph.initializer[0]),
            "refused: it points at data outside the file$",
            id="external data",
        ),
        pytest.param(
            _outside_in_attribute, "refused: it points at data outside the file$", id="external data in an attribute"
        ),
        pytest.param(
            _outside_in_sparse_attribute,
            "refused: operator 'LogSoftmax' holds a sparse tensor$",
            id="external data in a sparse attribute",
        ),
        pytest.param(_described("input", "points"), _POINTS, id="no points"),
        pytest.param(
            _described("input", "points", "xy", _DOUBLE, ["batch", "points", 2]), _POINTS, id="points of another name"
        ),
        pytest.param(
            _described("input", "points", "points", _SINGLE, ["batch", "points", 2]), _POINTS, id="points in single"
        ),
        pytest.param(
            _described("input", "points", "points", _DOUBLE, ["batch", "points", 3]), _POINTS, id="points of three"
        ),
        pytest.param(_described("input", "points", "points", _DOUBLE, ["batch", 8, 2]), _POINTS, id="always 8 points"),
        pytest.param(_described("output", "log_probabilities"), _POINTS, id="no answers"),
        pytest.param(
            _described("output", "log_probabilities", "log_probabilities", _SINGLE, ["batch", "points", 4]),
            _POINTS,
            id="answers for four",
        ),
        pytest.param(
            _described("output", "log_probabilities", "log_probabilities", _DOUBLE, ["batch", "points", 3]),
            _POINTS,
            id="answers in double",
        ),
        pytest.param(_described("input", "hidden"), _STATES, id="a state comes out alone"),
        pytest.param(_described("output", "next_cell"), _STATES, id="a state goes in alone"),
        pytest.param(
            _described("output", "next_cell", "next_cell", _SINGLE, [1, "batch", 17]), _STATES, id="a state that grows"
        ),
        pytest.param(
            _described("output", "next_cell", "next_cell", _DOUBLE, [1, "batch", 16]), _STATES, id="a state that widens"
        ),
        pytest.param(_state(_WHOLE, 1, "batch", 16), _SHAPE, id="a state of whole numbers"),
        pytest.param(_state(_SINGLE, 1, 16), _SHAPE, id="a state for all sequences"),
        pytest.param(_state(_SINGLE, "batch", "batch", 16), _SHAPE, id="a state for pairs of sequences"),
        pytest.param(_state(_SINGLE, 1, "batch", "points"), _SHAPE, id="a state as long as the points"),
        pytest.param(_state(_SINGLE, -4, "batch", -4), _SHAPE, id="a state of negative size"),
        pytest.param(_state(_SINGLE, -1, 16), _SHAPE, id="minus one is not a batch"),
        pytest.param(_state(_SINGLE, 0, "batch", 16), _SHAPE, id="an empty state"),
        pytest.param(
            _state(_SINGLE, 2**20, "batch", 16),
            "refused: state 'hidden' has 16777216 numbers, more than 1048576$",
            id="a huge state",
        ),
    ],
)
def test_files_with_a_right_checksum_that_are_refused(
    altered_model: Callable[[Change], Path], change: Change, message: str
) -> None:
    path = altered_model(change)
    with pytest.raises(InputError, match=rf"other\.onnx: {message}") as caught:
        read_model_file(path)
    assert "\n" not in str(caught.value)


def _lost_weight(model: onnx.ModelProto) -> None:
    del model.graph.initializer[0]


def _narrow_weight(model: onnx.ModelProto) -> None:
    for tensor in model.graph.initializer:
        if list(tensor.dims) == [16, 3]:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor)[:9].copy(), tensor.name))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_lost_weight, id="a weight is missing"),
        pytest.param(_narrow_weight, id="a weight does not fit"),
        pytest.param(_node(op_type="LSTM"), id="a node is another"),
        pytest.param(lambda model: model.graph.node.pop(), id="the last node is missing"),
    ],
)
def test_graphs_that_do_not_fit_are_refused(altered_model: Callable[[Change], Path], change: Change) -> None:
    path = altered_model(change)
    with pytest.raises(InputError, match=r"^\S*other\.onnx: refused: (its shapes do not fit|it computes other shapes)"):
        read_model_file(path)
