"""A model file's graph made ready for one point at a time: the same function in fewer operations.

With one point a call, a running sum is the point itself, much cutting and joining moves nothing, and an LSTM's output
is its next state. What is left out counts: an operation costs a runtime half a microsecond, however little it does.
"""

from collections.abc import Sequence
from typing import Any, final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper, shape_inference

__all__ = ["step_model"]

Shape = tuple[int | str, ...]
_MOVING_NOTHING = ("Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
_WORTH_JOINING = 3  # slices that two operations can take the place of


def step_model(content: bytes) -> bytes:
    """The model for one point of any number of sequences.

    Inputs and outputs stay as they are, but that the axis of points has size 1; each value is computed by the same
    operations on the same numbers as before.

    Args:
        content: of a model file that has been checked.

    Returns:
        the content of an ``.onnx`` file for a runtime alone: it has no checksum. A graph unlike those that are
        written here comes back as it was.
    """
    try:
        return _stepping(content)
    except (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError):
        return (
            content  # a sound graph of another's making, with operations put together in a way that is not known here
        )


def _stepping(content: bytes) -> bytes:
    model = onnx.load_model_from_string(content)
    for value in (*model.graph.input, *model.graph.output):
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.dim_param == "points":
                dimension.dim_value = 1
    # Without following the values of constants, which may grow as no file could.
    rewriting = _Rewriting(shape_inference.infer_shapes(model).graph)
    del model.graph.node[:], model.graph.initializer[:], model.metadata_props[:]
    rewriting.write(model.graph)
    written: bytes = model.SerializeToString()
    return written


@final
class _Rewriting:
    """One walk along the nodes; each is left out, replaced, or taken as it is.

    Args:
        graph: all shapes known, but for the size of the batch.
    """

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._constants: dict[str, NDArray[Any]] = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        self._outputs = [value.name for value in graph.output]
        self._shapes: dict[str, Shape] = {name: array.shape for name, array in self._constants.items()}
        for value in (*graph.input, *graph.value_info, *graph.output):
            dimensions = value.type.tensor_type.shape.dim
            self._shapes[value.name] = tuple(d.dim_param or d.dim_value for d in dimensions)
        self._same: dict[str, str] = {}  # what stands for a value that is left out
        self._nodes: list[onnx.NodeProto] = []
        self._maker: dict[str, onnx.NodeProto] = {}  # of each value that a node makes
        self._made: dict[tuple[object, ...], onnx.NodeProto] = {}  # by what they do
        for node in graph.node:
            self._take(node)

    def write(self, graph: onnx.GraphProto) -> None:
        """Adds to a graph the nodes that its outputs need, and their constants."""
        nodes = list(self._nodes)
        names: dict[str, str] = {}  # outputs whose nodes are left out give their names to what stands for them
        for output in self._outputs:
            source = self._same.get(output, output)
            if source in self._maker and source not in self._outputs:
                names.setdefault(source, output)
            if output not in (source, names.get(source)):
                nodes.append(helper.make_node("Identity", [source], [output]))
        for node in nodes:
            node.input[:] = [names.get(name, name) for name in node.input]
            node.output[:] = [names.get(name, name) for name in node.output]
        needed, kept = set(self._outputs), []
        for node in reversed(nodes):
            if needed.intersection(node.output):
                kept.append(node)
                needed.update(node.input)
        graph.node.extend(reversed(kept))
        used = sorted(needed.intersection(self._constants))
        graph.initializer.extend(numpy_helper.from_array(self._constants[name], name) for name in used)

    def _take(self, node: onnx.NodeProto) -> None:
        node.input[:] = [self._shared(self._same.get(name, name)) for name in node.input]
        simpler = self._simpler(node)
        made = self._made.get(_deed(node))
        if simpler is not None:
            self._same[node.output[0]] = simpler
        elif made is not None:
            self._same.update(zip(node.output, made.output, strict=True))
        else:
            self._add(node)

    def _add(self, node: onnx.NodeProto) -> None:
        self._nodes.append(node)
        self._made[_deed(node)] = node
        self._maker.update(dict.fromkeys(node.output, node))

    def _value(self, operator: str, inputs: Sequence[str], shape: Shape, **attributes: Any) -> str:
        """What a node gives: a new one, or one there is that does the same."""
        node = helper.make_node(operator, list(inputs), [f"step{len(self._nodes)}"], **attributes)
        made = self._made.get(_deed(node))
        if made is None:
            self._shapes[node.output[0]] = shape
            self._add(node)
            made = node
        name: str = made.output[0]
        return name

    def _integers(self, values: Sequence[int]) -> str:
        name = f"integers_{'_'.join(map(str, values))}"
        self._constants[name] = np.array(values, dtype=np.int64)
        self._shapes[name] = (len(values),)
        return name

    def _shared(self, name: str) -> str:
        """Short rows of whole numbers, of which a graph has hundreds, have one name for each."""
        array = self._constants.get(name)
        if array is None or array.dtype != np.int64 or array.ndim != 1 or array.size > 4:
            return name
        return self._integers(array.tolist())

    def _simpler(self, node: onnx.NodeProto) -> str | None:
        """A value that equals the node's first output, there already or made here; None where the node is needed."""
        if node.op_type == "Slice":
            cut = self._cut(node)
            return None if cut is None else self._sliced(node.input[0], *cut)
        if node.op_type == "Concat":
            return self._joined(list(node.input), node.attribute[0].i, self._shapes[node.output[0]])
        if node.op_type == "CumSum":
            axis = self._constants[node.input[1]].item()
            return node.input[0] if self._shapes[node.input[0]][axis] == 1 else None
        if node.op_type == "Squeeze" and self._is_of_one_lstm_step(node.input[0]):
            state: str = self._maker[node.input[0]].output[1]
            return state
        return self._reshaped(node) if node.op_type in _MOVING_NOTHING else None

    def _is_of_one_lstm_step(self, name: str) -> bool:
        """Whether a value is the outputs of an LSTM, (1, 1, batch, hidden): then its next state holds the same."""
        maker = self._maker.get(name)
        return maker is not None and maker.op_type == "LSTM" and name == maker.output[0]

    def _reshaped(self, node: onnx.NodeProto) -> str | None:
        before, after = self._shapes[node.input[0]], self._shapes[node.output[0]]
        if node.op_type == "Transpose":
            order = [before[axis] for axis in node.attribute[0].ints if before[axis] != 1]
            if order != [size for size in before if size != 1]:
                return None
        return self._with_shape(node.input[0], after)

    def _with_shape(self, source: str, shape: Shape) -> str:
        if self._shapes[source] == shape:
            return source
        maker = self._maker.get(source)
        if maker is not None and maker.op_type == "Reshape":
            return self._with_shape(maker.input[0], shape)
        sizes = self._integers([-1 if isinstance(size, str) else size for size in shape])
        return self._value("Reshape", [source, sizes], shape)

    def _cut(self, node: onnx.NodeProto) -> tuple[int, int, int] | None:
        """Axis, start and stop of a slice along one axis of known size."""
        starts, stops, axes = (self._constants[name].tolist() for name in node.input[1:])
        shape = self._shapes[node.input[0]]
        axis = axes[0] % len(shape)
        size = shape[axis]
        if isinstance(size, str) or len(axes) > 1:
            return None
        return axis, *slice(starts[0], stops[0]).indices(size)[:2]

    def _size(self, name: str, axis: int) -> int:
        size = self._shapes[name][axis]
        assert isinstance(size, int)  # nothing is joined along the batch
        return size

    def _sliced(self, source: str, axis: int, start: int, stop: int) -> str:
        """A slice, of as early a value as there is."""
        shape = self._shapes[source]
        if (start, stop) == (0, shape[axis]):
            return source
        after = (*shape[:axis], stop - start, *shape[axis + 1 :])
        maker = self._maker.get(source)
        if maker is not None and maker.op_type == "Concat" and maker.attribute[0].i % len(shape) == axis:
            parts, place = [], 0
            for part in maker.input:
                size = self._size(part, axis)
                if start < place + size and place < stop:
                    parts.append((part, max(start - place, 0), min(stop - place, size)))
                place += size
            if len(parts) == 1:
                return self._sliced(parts[0][0], axis, *parts[0][1:])
        bounds = {axis: (start, stop)}
        if maker is not None and maker.op_type == "Slice":  # both in one
            inner = zip(*(self._constants[name].tolist() for name in maker.input[1:]), strict=True)
            for first, last, along in inner:
                bounds[along] = (first + start, first + stop) if along == axis else (first, last)
            source = maker.input[0]
        axes = sorted(bounds)
        ends = [[bounds[along][end] for along in axes] for end in (0, 1)]
        return self._value("Slice", [source, *map(self._integers, (*ends, axes))], after)

    def _joined(self, parts: list[str], axis: int, shape: Shape) -> str:
        axis %= len(shape)
        joined = []
        while parts:
            count, value = self._run(parts, axis)
            joined.append(value)
            del parts[:count]
        return joined[0] if len(joined) == 1 else self._value("Concat", joined, shape, axis=axis)

    def _run(self, parts: list[str], axis: int) -> tuple[int, str]:
        """How many of the parts, from the first on, are neighbours within one value, and them as one value."""
        cuts = [self._single_cut(part) for part in parts]
        shape = self._shapes[parts[0]]
        alone = 1, parts[0]
        if cuts[0] is None or len(cuts) < _WORTH_JOINING or cuts[1] is None:
            return alone
        source, along, start, width = cuts[0]
        step = cuts[1][2] - start
        # Joined along the next axis, neighbours lie as they did before, where the earlier of both axes has size 1.
        if abs(axis - along) != 1 or shape[min(axis, along)] != 1 or step not in (width, -1) or abs(step) != width:
            return alone
        count = 1
        while count < len(cuts) and cuts[count] == (source, along, start + count * step, width):
            count += 1
        if count < _WORTH_JOINING:
            return alone
        first = start if step > 0 else start - count + 1
        value = self._sliced(source, along, first, first + count * width)
        if step < 0:
            places = self._integers(range(count - 1, -1, -1))
            value = self._value("Gather", [value, places], self._shapes[value], axis=along)
        return count, self._with_shape(value, (*shape[:axis], count * self._size(parts[0], axis), *shape[axis + 1 :]))

    def _single_cut(self, name: str) -> tuple[str, int, int, int] | None:
        """Source, axis, start and width of a value that is a slice along one axis."""
        maker = self._maker.get(name)
        if maker is None or maker.op_type != "Slice":
            return None
        starts, stops, axes = (self._constants[part].tolist() for part in maker.input[1:])
        return (maker.input[0], axes[0], starts[0], stops[0] - starts[0]) if len(axes) == 1 else None


def _deed(node: onnx.NodeProto) -> tuple[object, ...]:
    """What a node does: two that do the same give the same."""
    return (node.op_type, *node.input, *(a.SerializeToString(deterministic=True) for a in node.attribute))
