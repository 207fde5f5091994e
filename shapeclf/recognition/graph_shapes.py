"""Limit the memory of a model by inferring the shapes of all its tensors before it is run."""

import math
from collections.abc import Iterable, Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from shapeclf.errors import InputError

__all__ = ["check_weights", "elements_per_point"]

_MAX_TENSOR = 2**13  # elements of one tensor per point; about 1,100 in shipped models
_MAX_TOTAL = 2**18  # elements of all tensors per point; about 33,000 in shipped models
# One sequence of one point reveals tensors that are large for any input. The other sizes reveal tensors that grow
# faster than the number of points, batch · points, whether both sizes grow or only one of them.
_SIZES = (
    {"batch": 1, "points": 1},
    {"batch": 2**15, "points": 2**14},
    {"batch": 2**20, "points": 1},
    {"batch": 1, "points": 2**20},
)
_FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE)

_Shape = tuple[int, ...]


def check_weights(tensors: Iterable[onnx.TensorProto]) -> None:
    """Raise InputError if a weight is not finite."""
    for tensor in tensors:
        if tensor.data_type in _FLOATS and not np.isfinite(numpy_helper.to_array(tensor)).all():
            raise InputError(f"{tensor.name!r:.40} holds a number that is not finite")


def elements_per_point(model: onnx.ModelProto) -> int:
    """Return the number of elements per point of all tensors of the computation.

    Raises:
        InputError: A shape cannot be inferred or is not as declared; or a tensor is too large, or grows faster than
            the number of points; or it holds text.
    """
    largest = 1
    for sizes in _SIZES:
        points = math.prod(sizes.values())
        shapes = _shapes(model, sizes)
        numbers = [math.prod(shape) for shape in shapes.values()]
        if max(numbers, default=0) > _MAX_TENSOR * points or sum(numbers) > _MAX_TOTAL * points:
            raise InputError("it would need more memory than is allowed")
        largest = max(largest, -(-sum(numbers) // points))
    return largest


def _shapes(model: onnx.ModelProto, sizes: Mapping[str, int]) -> dict[str, _Shape]:
    """Return the shapes of all computed tensors by name."""
    graph, declared = _without_weights(model.graph, sizes)
    reduced = onnx.ModelProto(ir_version=model.ir_version, opset_import=model.opset_import, graph=graph)
    try:
        # Without propagating constants, which could be larger than any file.
        inferred = onnx.shape_inference.infer_shapes(reduced, check_type=True, strict_mode=True, data_prop=False).graph
    except Exception as error:  # onnx's own errors have no common base
        raise InputError(f"its shapes do not fit together ({type(error).__name__})") from None
    by_name = {value.name: _described(value) for value in (*inferred.value_info, *inferred.output)}
    if any(by_name.get(name) != described for name, described in declared.items()):
        raise InputError("it computes other shapes or types than it declares")
    shapes = {}
    for node in graph.node:
        for name in filter(None, node.output):
            kind, shape = by_name.get(name, (0, None))
            if kind == TensorProto.STRING:  # an element needs up to 64 bytes
                raise InputError(f"{name!r:.40} holds text")
            if shape is None:
                raise InputError(f"the shape of {name!r:.40} cannot be inferred before it is run")
            shapes[name] = shape
    return shapes


def _without_weights(
    graph: onnx.GraphProto, sizes: Mapping[str, int]
) -> tuple[onnx.GraphProto, dict[str, tuple[int, _Shape | None]]]:
    """Return a graph whose shapes can be inferred, and the types and shapes that its outputs declare.

    In the graph, named sizes such as ``batch`` have the given values, and the outputs have no declared shapes. Weights
    become inputs without values: shapes do not depend on the values, and copying them takes time.
    """
    copy = onnx.GraphProto(name=graph.name, node=graph.node)
    for tensor in graph.initializer:
        if tensor.data_type in _FLOATS:
            copy.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
        else:
            copy.initializer.append(tensor)
    for values, copies in ((graph.input, copy.input), (graph.output, copy.output)):
        for value in values:
            sized = copies.add()
            sized.CopyFrom(value)
            for dim in sized.type.tensor_type.shape.dim:
                if dim.dim_param:
                    dim.dim_value = sizes[dim.dim_param]
    declared = {value.name: _described(value) for value in copy.output}
    for value in copy.output:
        value.type.tensor_type.ClearField("shape")
    return copy, declared


def _described(value: onnx.ValueInfoProto) -> tuple[int, _Shape | None]:
    """Return the type and the shape of a value; the shape is None if a size is not known."""
    tensor = value.type.tensor_type
    known = tensor.HasField("shape") and all(
        dim.HasField("dim_value") and dim.dim_value >= 0 for dim in tensor.shape.dim
    )
    return tensor.elem_type, tuple(dim.dim_value for dim in tensor.shape.dim) if known else None
