import hashlib
import itertools
import json
import math
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from shapeclf.errors import InputError
from shapeclf.recognition import ModelFile, Recognizer, read_model_file
from shapeclf.recognition.locating import shipped_models
from shapeclf.recognition.model_file import OPERATORS, seal
from shapeclf.training import settings_of

Change = Callable[[onnx.ModelProto], object]
_CHECKSUM = "shapeclf.checksum"
_SEAL = re.compile(rb"shapeclf\.checksum\x12\x40([0-9a-f]{64})")


def _opened(content: bytes) -> onnx.ModelProto:
    """The model without its checksum."""
    model = onnx.load_model_from_string(content)
    kept = [entry for entry in model.metadata_props if entry.key != _CHECKSUM]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    return model


def _resealed(content: bytes, change: Change) -> bytes:
    model = _opened(content)
    change(model)
    return seal(model)


def _with_right_checksum(content: bytes) -> bytes:
    """Written anew here, as the reference describes it: SHA-256 with zeros in the checksum's place."""
    start, end = next(_SEAL.finditer(content)).span(1)
    digest = hashlib.sha256(content[:start] + b"0" * 64 + content[end:]).hexdigest().encode()
    return content[:start] + digest + content[end:]


def _write(folder: Path, content: bytes) -> Path:
    path = folder / "other.onnx"
    path.write_bytes(content)
    return path


# What is read.


def test_a_model_file_says_what_was_written(tiny_model: Path) -> None:
    model = read_model_file(tiny_model)
    assert model.source == str(tiny_model)
    assert model.content == tiny_model.read_bytes()
    assert model.families == ("line", "parabola", "sqrt")
    assert model.coordinates == "scaled"
    assert model.record == json.loads(json.dumps({"settings": settings_of("classic").record()}))
    assert [(state.name, state.shape, state.dtype) for state in model.state] == [
        ("hidden", (1, -1, 16), "float32"),
        ("cell", (1, -1, 16), "float32"),
    ]
    assert model.state[0].shape_for(5) == (1, 5, 16)


def test_sealing_again_gives_the_same_bytes(tiny_model: Path) -> None:
    content = tiny_model.read_bytes()
    assert _resealed(content, lambda model: None) == content
    assert _with_right_checksum(content) == content


def test_a_file_of_other_tools_that_is_sealed_is_read(tiny_model: Path, tmp_path: Path) -> None:
    def annotate(model: onnx.ModelProto) -> None:
        model.doc_string = "annotated"
        entry = model.metadata_props.add()
        entry.key, entry.value = "somebody.else", "42"

    path = _write(tmp_path, _resealed(tiny_model.read_bytes(), annotate))
    assert Recognizer.load(path).families == ("line", "parabola", "sqrt")


# What is damaged.


def test_every_changed_byte_is_noticed(tiny_model: Path, tmp_path: Path) -> None:
    content = tiny_model.read_bytes()
    rng = random.Random(0)
    path = tmp_path / "changed.onnx"
    changed = bytearray(content)
    path.write_bytes(changed)
    assert read_model_file(path)
    with path.open("rb+", buffering=0) as file:
        for position in range(len(content)):
            file.seek(position)
            file.write(bytes([content[position] ^ rng.randrange(1, 256)]))
            with pytest.raises(InputError, match="checksum"):
                read_model_file(path)
            file.seek(position)
            file.write(content[position : position + 1])
    assert path.read_bytes() == content


def test_a_checksum_in_capitals_is_another_one(tiny_model: Path, tmp_path: Path) -> None:
    content = tiny_model.read_bytes()
    start, end = next(_SEAL.finditer(content)).span(1)
    shouted = content[:start] + content[start:end].upper() + content[end:]
    assert shouted != content
    with pytest.raises(InputError, match=r"not a model file of shapeclf \(it has no checksum of ours\)$"):
        read_model_file(_write(tmp_path, shouted))


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.9, 0.999], ids=repr)
def test_a_file_cut_off(tiny_model: Path, tmp_path: Path, share: float) -> None:
    content = tiny_model.read_bytes()
    with pytest.raises(InputError, match="checksum"):
        read_model_file(_write(tmp_path, content[: int(share * len(content))]))


@pytest.mark.parametrize("added", [b"\x00", b"more"], ids=repr)
def test_a_file_gone_on(tiny_model: Path, tmp_path: Path, added: bytes) -> None:
    with pytest.raises(InputError, match="damaged or changed since it was written"):
        read_model_file(_write(tmp_path, tiny_model.read_bytes() + added))


def test_two_models_in_one_file(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a model file of shapeclf"):
        read_model_file(_write(tmp_path, 2 * tiny_model.read_bytes()))


@given(data=st.data())
def test_damage_under_a_right_checksum_gives_a_model_or_one_line(
    tiny_model: Path, tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(tiny_model.read_bytes())
    seal_span = range(*next(_SEAL.finditer(bytes(content))).span())
    for _ in range(data.draw(st.integers(1, 4))):
        # Weights fill most of the file; the graph before and the metadata after are where it gets interesting.
        near = st.integers(0, 1500) | st.integers(len(content) - 2500, len(content) - 1)
        position = data.draw(near.filter(lambda place: place not in seal_span))
        content[position] = data.draw(st.integers(0, 255))
    path = _write(tmp_path, _with_right_checksum(bytes(content)))
    try:
        assert isinstance(read_model_file(path), ModelFile)
    except InputError as error:
        told = str(error)
        assert "\n" not in told  # most damage is refused, some is harmless


@given(before=st.binary(max_size=30), after=st.binary(max_size=30))
def test_noise_around_a_right_checksum(tmp_path: Path, before: bytes, after: bytes) -> None:
    entry = b"\x0a\x11" + _CHECKSUM.encode() + b"\x12\x40" + b"0" * 64
    path = _write(tmp_path, _with_right_checksum(before + entry + after))
    with pytest.raises(InputError, match=r"other\.onnx: "):
        read_model_file(path)


# What is no model file.


def test_no_file_to_read(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^\S*no-such\.onnx: there is no such file$"):
        read_model_file(tmp_path / "no-such.onnx")
    with pytest.raises(InputError, match=r"^\S*model\.onnx/below: there is no such file$"):
        read_model_file(tiny_model / "below")
    with pytest.raises(InputError, match=r": a folder, not a model file$"):
        read_model_file(tmp_path)


def test_a_file_too_large_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        file.truncate(64 * 2**20 + 1)  # takes no room on the disk
    with pytest.raises(InputError, match=r"large\.onnx: larger than any model file may be \(64 MiB\)$"):
        read_model_file(path)


def _foreign() -> onnx.ModelProto:
    """A sound model of somebody else's."""
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Neg", ["a"], ["b"])],
        "foreign",
        [value("a", TensorProto.FLOAT, [1])],
        [value("b", TensorProto.FLOAT, [1])],
    )
    return helper.make_model(graph)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", r"not a model file of shapeclf \(it has no checksum of ours\)$", id="empty"),
        pytest.param(b"x,y\n1,2\n", r"not a model file of shapeclf \(it has no checksum of ours\)$", id="CSV"),
        pytest.param(
            _foreign().SerializeToString(), r"not a model file of shapeclf \(it has no checksum", id="a foreign model"
        ),
        pytest.param(
            seal(_foreign()),
            "written in model format ''; this version of shapeclf reads 1$",
            id="a foreign model under our checksum",
        ),
    ],
)
def test_files_of_others(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_model_file(_write(tmp_path, content))


# What is refused though its checksum is right.


def _metadata(**changes: str | None) -> Change:
    """Sets or removes entries of the metadata."""

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
    """Changes the last node, the transposition of the answers."""

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
    """Gives an input or output another (name, type, shape); nothing more takes it away."""

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
    """Gives the hidden state, going in and coming out, another type or shape."""

    def change(model: onnx.ModelProto) -> None:
        _described("input", "hidden", "hidden", element, list(shape))(model)
        _described("output", "next_hidden", "next_hidden", element, list(shape))(model)

    return change


_GRAPH = helper.make_graph([], "inner", [], [])
_POINTS = r"refused: its points or log_probabilities have another name, type or shape$"
_STATES = r"refused: states that go in and states that come out differ$"
_SHAPE = r"refused: state 'hidden' has another type or shape$"
_NAMES = r"refused: its metadata do not name the families$"
_SINGLE, _DOUBLE, _WHOLE = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            _metadata(format="2"),
            "written in model format '2'; this version of shapeclf reads 1$",
            id="a newer format",
        ),
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
        pytest.param(_metadata(families='["line", "sqrt"]'), _POINTS, id="fewer names than answers"),
        pytest.param(_node(op_type="If"), "refused: operator 'If' is not allowed$", id="operator that branches"),
        pytest.param(_node(op_type="Loop"), "refused: operator 'Loop' is not allowed$", id="operator that repeats"),
        pytest.param(
            _node(op_type="X" * 99), "refused: operator 'X{39} is not allowed$", id="operator with a long name"
        ),
        pytest.param(
            _node(domain="com.microsoft"), "refused: operator 'Transpose' is not allowed$", id="operator of others"
        ),
        pytest.param(_opset, "refused: it needs operators of others$", id="operators of others"),
        pytest.param(_attribute("body", _GRAPH), "refused: operator 'Transpose' holds a graph$", id="subgraph"),
        pytest.param(_attribute("bodies", [_GRAPH]), "refused: operator 'Transpose' holds a graph$", id="subgraphs"),
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
            "refused: operator 'Transpose' holds a sparse tensor$",
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
        pytest.param(_state(_SINGLE, -1, 16), _SHAPE, id="minus one is no batch"),
        pytest.param(_state(_SINGLE, 0, "batch", 16), _SHAPE, id="an empty state"),
        pytest.param(
            _state(_SINGLE, 2**20, "batch", 16), "refused: state 'hidden' has 16777216 numbers$", id="a huge state"
        ),
    ],
)
def test_sealed_files_that_are_refused(tiny_model: Path, tmp_path: Path, change: Change, message: str) -> None:
    path = _write(tmp_path, _resealed(tiny_model.read_bytes(), change))
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
def test_graphs_that_do_not_fit_are_refused(tiny_model: Path, tmp_path: Path, change: Change) -> None:
    path = _write(tmp_path, _resealed(tiny_model.read_bytes(), change))
    with pytest.raises(InputError, match=r"^\S*other\.onnx: refused: (its shapes do not fit|it computes other shapes)"):
        read_model_file(path)


# What would crash, hang or take all memory, written by someone who knows how a file is sealed.


def _nodes(*nodes: onnx.NodeProto) -> Change:
    """Puts nodes before all others."""

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


def _many_middling(model: onnx.ModelProto) -> None:
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


_MEMORY = r"refused: it would need more memory than a recogniser may$"
_FIT = r"refused: its shapes do not fit together \(\w+\)$"
_UNTOLD = r"refused: the shape of '\w+' cannot be told before it is run$"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(_doubling, _MEMORY, id="doubled thirty times"),
        pytest.param(_doubled_constant, _MEMORY, id="a constant doubled"),
        pytest.param(_each_with_each, _MEMORY, id="each point with each"),
        pytest.param(_many_middling, _MEMORY, id="many tensors"),
        pytest.param(_huge_reshape, rf"{_FIT}|{_MEMORY}", id="a huge reshape"),
        pytest.param(_shape_of_points, rf"{_UNTOLD}|{_FIT}", id="a shape that the points decide"),
        pytest.param(_huge_weight, rf"{_MEMORY}|{_FIT}", id="a weight that is not there"),
        pytest.param(_weight(math.nan), r"refused: '\w+' holds a number that is not finite$", id="NaN"),
        pytest.param(_weight(math.inf), r"refused: '\w+' holds a number that is not finite$", id="infinity"),
        pytest.param(_truncated_weight, r"not a model file of shapeclf \(ValueError\)$", id="half a number"),
        pytest.param(
            lambda model: model.graph.node.extend([onnx.NodeProto()] * 600_000),
            "refused: it has more parts than any model file may$",
            id="a million nodes",
        ),
        pytest.param(
            lambda model: model.graph.initializer.extend([TensorProto()] * 600_000),
            "refused: it has more parts than any model file may$",
            id="a million weights",
        ),
        pytest.param(
            _metadata(families=json.dumps([f"f{number}" for number in range(1001)])), _NAMES, id="a thousand families"
        ),
        pytest.param(
            _metadata(families='["line", "sqrt", "\\u001b[2J"]'), _NAMES, id="a name that clears the terminal"
        ),
        pytest.param(_metadata(families='["line", "sqrt", "two\\nlines"]'), _NAMES, id="a name of two lines"),
    ],
)
def test_hostile_files_are_refused_before_they_are_run(
    tiny_model: Path, tmp_path: Path, change: Change, message: str
) -> None:
    path = _write(tmp_path, _resealed(tiny_model.read_bytes(), change))
    with pytest.raises(InputError, match=rf"other\.onnx: ({message})") as caught:
        read_model_file(path)
    assert "\n" not in str(caught.value)


def test_what_onnxruntime_does_not_take_is_told_in_one_line(
    tiny_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def odd_name(model: onnx.ModelProto) -> None:
        model.graph.node[0].name = "n"
        model.graph.node[1].name = "n"
        model.ir_version = 99

    path = _write(tmp_path, _resealed(tiny_model.read_bytes(), odd_name))
    with pytest.raises(InputError, match=r"^\S*other\.onnx: onnxruntime does not take it \(\w+\)$"):
        Recognizer.load(path)
    assert capfd.readouterr() == ("", "")


def test_a_graph_that_fails_when_it_is_run_is_told_in_one_line(tiny_model: Path, tmp_path: Path) -> None:
    def out_of_range(model: onnx.ModelProto) -> None:
        _constant(model, "far", [10**6])
        _nodes(
            helper.make_node("Gather", ["points", "far"], ["gathered"], axis=2),
            helper.make_node("Mul", ["points", "gathered"], ["multiplied"]),
        )(model)
        for node in model.graph.node[2:]:
            for place, name in enumerate(node.input):
                node.input[place] = "multiplied" if name == "points" else name

    path = _write(tmp_path, _resealed(tiny_model.read_bytes(), out_of_range))
    recognizer = Recognizer.load(path)
    with pytest.raises(InputError, match="these points have no answer: "):
        recognizer.recognize([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(InputError, match="there is no answer: "):
        recognizer.stream().update(1.0, 2.0)


@pytest.mark.parametrize("name", ["fresh", "real"])
@pytest.mark.parametrize(
    ("flips", "cuts"), [(20, 5), pytest.param(1000, 200, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_a_shipped_model_that_is_damaged_is_not_loaded(name: str, flips: int, cuts: int, tmp_path: Path) -> None:
    content = shipped_models()[name].read_bytes()
    generator = random.Random(f"{name} {flips}")
    places = [generator.randrange(len(content)) for _ in range(flips)]
    damaged = [content[:at] + bytes([content[at] ^ generator.randrange(1, 256)]) + content[at + 1 :] for at in places]
    damaged += [content[: generator.randrange(len(content))] for _ in range(cuts)]
    for changed in damaged:
        with pytest.raises(InputError, match=r"^\S*other\.onnx: [^\n]+$"):
            Recognizer.load(_write(tmp_path, changed))


def test_no_operator_reads_files_repeats_or_draws() -> None:
    assert not OPERATORS & {"If", "Loop", "Scan", "Constant", "RandomNormal", "RandomUniform", "Multinomial", "Expand"}
    assert all(onnx.defs.has(operator) for operator in OPERATORS)
