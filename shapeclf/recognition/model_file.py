"""The model file: one ``.onnx`` with everything that recognition needs, checked before it is run.

The format is described in ``docs/reference/model-file.md``.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import onnx

from shapeclf.datasets.families import is_family_name
from shapeclf.datasets.tables.sources import opened
from shapeclf.errors import InputError
from shapeclf.recognition.graph_shapes import check_weights, elements_per_point
from shapeclf.recognition.locating import shipped_models
from shapeclf.recognition.wire import structure_bytes

__all__ = [
    "ANSWERS",
    "FINAL_ANSWERS",
    "FORMATS",
    "KEY_COORDINATES",
    "KEY_FAMILIES",
    "KEY_FORMAT",
    "KEY_RECORD",
    "OPERATORS",
    "ModelFile",
    "StateTensor",
    "read_model_file",
    "serialize_with_checksum",
]

FORMATS = {2: "1", 3: "2"}
"""The format of a model file by the number of columns of its points: x and y, or x, y and y_error."""
KEY_FORMAT = "shapeclf.format"
ANSWERS = "log_probabilities"
FINAL_ANSWERS = "ended_log_probabilities"
KEY_FAMILIES = "shapeclf.families"
KEY_COORDINATES = "shapeclf.coordinates"
KEY_RECORD = "shapeclf.record"
_KEY_CHECKSUM = "shapeclf.checksum"

_MAX_FILE_SIZE = 64 * 2**20  # bytes; shipped models are below 2 MB
_MAX_STRUCTURE = 2**20  # bytes besides the weights; about 13,000 in shipped models
_MAX_STATE = 2**20  # elements per sequence
_MAX_FAMILIES = 1000
# fmt: off
OPERATORS = frozenset((
    "Abs", "Add", "And", "Asinh", "Cast", "Clip", "Concat", "CumSum", "Div", "Equal", "Exp", "Floor", "Gather",
    "GatherElements", "Greater", "Identity", "LSTM", "Less", "Log", "LogSoftmax", "MatMul", "Max", "Min", "Mul",
    "Neg", "Not", "Or", "Reciprocal", "ReduceMax", "ReduceMin", "Relu", "Reshape", "Sigmoid", "Sign", "Sin", "Slice",
    "Split", "Sqrt", "Squeeze", "Sub", "Tanh", "Transpose", "Unsqueeze", "Where",
))
# fmt: on
"""The operators that a model file may use; none of them reads files, draws numbers or runs another graph."""

_NO_CHECKSUM = b"0" * 64
# A metadata entry as protobuf writes it: field 1 the key, field 2 the value of 64 characters.
_ENTRY = b"\x0a" + bytes([len(_KEY_CHECKSUM)]) + _KEY_CHECKSUM.encode() + b"\x12\x40"
_CHECKSUM = re.compile(re.escape(_ENTRY) + rb"([0-9a-f]{64})")

_NUMPY_TYPES: dict[int, str] = {onnx.TensorProto.FLOAT: "float32", onnx.TensorProto.DOUBLE: "float64"}


@final
@dataclass(frozen=True)
class StateTensor:
    """A state tensor of the network: an input, and the output with its next value.

    Attributes:
        name: Name of the input; the output's is ``next_`` and this name.
        shape: Shape, with -1 in the axis of the batch.
        dtype: ``"float32"`` or ``"float64"``.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str

    def shape_for(self, batch: int) -> tuple[int, ...]:
        """Return the shape for a batch of this size."""
        return tuple(batch if size == -1 else size for size in self.shape)


@final
@dataclass(frozen=True)
class ModelFile:
    """A model file that has passed all checks.

    Attributes:
        source: Path of the file, for messages.
        content: Content of the file.
        families: Names of the families, in the order of the answers.
        coordinates: Name of the input coordinates of the network.
        record: Training record: recipe, data set, settings, versions.
        state: The state tensors.
        elements: Number of elements per point of all tensors of the computation.
        final_answers: Whether it has a second answer after every point, for a sequence that ends there.
        columns: Number of columns of its points: 2 for x and y, 3 for x, y and y_error.
    """

    source: str
    content: bytes
    families: tuple[str, ...]
    coordinates: str
    record: dict[str, Any]
    state: tuple[StateTensor, ...]
    elements: int
    final_answers: bool = False
    columns: int = 2

    def identity(self) -> dict[str, str]:
        """Return the name of a shipped model, or the path of the file, and the SHA-256 of its content."""
        path = Path(self.source)
        name = path.stem if path == shipped_models().get(path.stem) else self.source
        return {"name": name, "sha256": hashlib.sha256(self.content).hexdigest()}


def _digest(content: bytes, start: int) -> bytes:
    return hashlib.sha256(content[:start] + _NO_CHECKSUM + content[start + 64 :]).hexdigest().encode()


def serialize_with_checksum(model: onnx.ModelProto) -> bytes:
    """Return the model as bytes, with the checksum of all its other bytes among its metadata."""
    entry = model.metadata_props.add()
    entry.key, entry.value = _KEY_CHECKSUM, _NO_CHECKSUM.decode()
    content: bytes = model.SerializeToString(deterministic=True)
    (match,) = _CHECKSUM.finditer(content)
    before, after = content[: match.start(1)], content[match.end(1) :]
    return before + _digest(content, match.start(1)) + after


def read_model_file(path: Path) -> ModelFile:
    """Read and check a model file, without running anything in it or importing a module for it.

    Raises:
        InputError: There is no such file, it cannot be read, or it is not a valid model file of a known format.

    Example:
        >>> read_model_file(Path("no-such.onnx"))
        Traceback (most recent call last):
        shapeclf.errors.InputError: no-such.onnx: there is no such file
    """
    source = str(path)
    with opened(path) as file:
        content = file.read(_MAX_FILE_SIZE + 1)  # a device such as /dev/zero has no end
    if len(content) > _MAX_FILE_SIZE:
        raise InputError(f"{source}: larger than any model file may be ({_MAX_FILE_SIZE // 2**20} MiB)")
    checksums = list(_CHECKSUM.finditer(content))
    if len(checksums) != 1:
        raise InputError(f"{source}: not a model file of shapeclf (it has no checksum)")
    if _digest(content, checksums[0].start(1)) != checksums[0].group(1):
        raise InputError(f"{source}: damaged or changed since it was written (its checksum does not match)")
    try:
        if structure_bytes(content, _MAX_STRUCTURE) > _MAX_STRUCTURE:
            raise InputError(f"{source}: refused: without its weights, it is larger than {_MAX_STRUCTURE // 2**20} MiB")
        model = onnx.load_model_from_string(content)
        return _checked(source, content, model)
    except InputError:
        raise
    except Exception as error:  # a parser may raise anything on untrusted bytes
        raise InputError(f"{source}: not a model file of shapeclf ({type(error).__name__})") from None


def _checked(source: str, content: bytes, model: onnx.ModelProto) -> ModelFile:
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    version = metadata.get(KEY_FORMAT, "")
    columns = next((columns for columns, known in FORMATS.items() if version == known), None)
    if columns is None:
        known = " and ".join(FORMATS.values())
        raise InputError(f"{source}: written in model format {version!r:.20}; this version of shapeclf reads {known}")
    for problem in _graph_problems(model):
        raise InputError(f"{source}: refused: {problem}")
    families = json.loads(metadata[KEY_FAMILIES])
    record = json.loads(metadata[KEY_RECORD])
    if not (
        isinstance(families, list)
        and 1 < len(families) <= _MAX_FAMILIES
        and all(isinstance(name, str) and is_family_name(name) for name in families)
        and len(set(families)) == len(families)
        and isinstance(record, dict)
        and isinstance(record.get("settings", {}), dict)
    ):
        raise InputError(f"{source}: refused: its metadata do not hold the names of the families and a training record")
    state = _state(source, model, columns, len(families))
    final_answers = any(value.name == FINAL_ANSWERS for value in model.graph.output)
    try:
        check_weights(model.graph.initializer)
        elements = elements_per_point(model)
    except InputError as error:
        raise InputError(f"{source}: refused: {error}") from None
    return ModelFile(
        source, content, tuple(families), metadata[KEY_COORDINATES], record, state, elements, final_answers, columns
    )


def _tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    yield from model.graph.initializer
    for node in model.graph.node:
        for attribute in node.attribute:
            yield attribute.t
            yield from attribute.tensors


def _graph_problems(model: onnx.ModelProto) -> Iterator[str]:
    if model.functions or model.training_info or model.graph.sparse_initializer:
        yield "it holds functions, training graphs or sparse tensors"
    if any(opset.domain not in ("", "ai.onnx") for opset in model.opset_import):
        yield "it needs operators of another domain"
    for node in model.graph.node:
        if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATORS:
            yield f"operator {node.op_type!r:.40} is not allowed"
        if any(a.HasField("g") or a.graphs for a in node.attribute):
            yield f"operator {node.op_type!r} holds a graph"
        if any(a.HasField("sparse_tensor") or a.sparse_tensors for a in node.attribute):
            yield f"operator {node.op_type!r} holds a sparse tensor"
    if any(tensor.external_data or tensor.data_location for tensor in _tensors(model)):
        yield "it points at data outside the file"


def _described(value: onnx.ValueInfoProto) -> tuple[str | None, tuple[int | str, ...]]:
    tensor = value.type.tensor_type
    return _NUMPY_TYPES.get(tensor.elem_type), tuple(d.dim_param or d.dim_value for d in tensor.shape.dim)


def _state(source: str, model: onnx.ModelProto, columns: int, families: int) -> tuple[StateTensor, ...]:
    """Return the state tensors, or raise InputError if inputs and outputs are not those of the format."""
    inputs = {value.name: _described(value) for value in model.graph.input}
    outputs = {value.name: _described(value) for value in model.graph.output}
    points, answers = inputs.pop("points", None), outputs.pop(ANSWERS, None)
    final_answers = outputs.pop(FINAL_ANSWERS, answers)
    expected = ("float32", ("batch", "points", families))
    if points != ("float64", ("batch", "points", columns)) or answers != expected or final_answers != expected:
        raise InputError(
            f"{source}: refused: its points or log_probabilities do not have the name, type and shape of the format"
        )
    if {f"next_{name}": described for name, described in inputs.items()} != outputs:
        raise InputError(f"{source}: refused: its input states and its output states differ")
    state = []
    for name, (dtype, shape) in inputs.items():
        sizes = tuple(size for size in shape if isinstance(size, int) and size > 0)
        if dtype is None or shape.count("batch") != 1 or len(sizes) != len(shape) - 1:
            raise InputError(
                f"{source}: refused: state {name!r:.40} has a type or shape that the format does not allow"
            )
        tensor = StateTensor(name, tuple(size if isinstance(size, int) else -1 for size in shape), dtype)
        numbers = math.prod(tensor.shape_for(1))
        if numbers > _MAX_STATE:
            raise InputError(f"{source}: refused: state {name!r:.40} has {numbers} numbers, more than {_MAX_STATE}")
        state.append(tensor)
    return tuple(state)
