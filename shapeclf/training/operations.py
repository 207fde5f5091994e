"""One formula, two targets: the operations that coordinates are written in, in torch and as an ONNX graph."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, final

import torch
from torch import Tensor

from shapeclf.datasets._types import IntArray

__all__ = ["Operations", "TorchOperations", "V", "Value"]


class Value(Protocol):
    """An array of either target, with plain arithmetic."""

    def __add__(self, other: Any, /) -> Any: ...
    def __sub__(self, other: Any, /) -> Any: ...
    def __mul__(self, other: Any, /) -> Any: ...
    def __truediv__(self, other: Any, /) -> Any: ...
    def __matmul__(self, other: Any, /) -> Any: ...


V = TypeVar("V", bound=Value)


class Operations(Protocol[V]):
    """What a target can do beyond plain arithmetic."""

    def constant(self, tensor: Tensor) -> V:
        """A value that belongs to the network."""
        ...

    def single(self, value: V) -> V:
        """The value in single precision."""
        ...

    def asinh(self, value: V) -> V:
        """The inverse hyperbolic sine; single precision only, since onnxruntime has no other."""
        ...

    def exp(self, value: V) -> V:
        """The exponential."""
        ...

    def log(self, value: V) -> V:
        """The natural logarithm."""
        ...

    def size(self, value: V) -> V:
        """The absolute value."""
        ...

    def sign(self, value: V) -> V:
        """1, -1, or 0 for 0."""
        ...

    def lowest(self, value: V) -> V:
        """The lowest of the first axis, which stays with width 1."""
        ...

    def place(self, value: V) -> V:
        """The next whole number below, as a place of an axis."""
        ...

    def take(self, value: V, places: V) -> V:
        """The given places of the first axis, which are their own for each point."""
        ...

    def pick(self, value: V, places: IntArray) -> V:
        """The given places of the first axis, the same for every point; their own axes stand where that one stood."""
        ...

    def sqrt_of_size(self, value: V) -> V:
        """The square root of the absolute value: what should be 0 may be a little below."""
        ...

    def within(self, value: V, bound: float, lowest: float | None = None) -> V:
        """The value, cut off at ``bound`` and at ``lowest``, which is by default ``-bound``."""
        ...

    def running_sum(self, value: V, axis: int) -> V:
        """The sums over an axis up to each place."""
        ...

    def where_zero(self, test: V, then: V, other: V) -> V:
        """``then`` where ``test`` is 0, else ``other``."""
        ...

    def part(self, value: V, axis: int, start: int, stop: int | None) -> V:
        """The places from ``start`` up to ``stop`` of an axis."""
        ...

    def block(self, value: V, rows: tuple[int, int | None], columns: tuple[int, int | None]) -> V:
        """The places from the first up to the second of each of the first two axes."""
        ...

    def join(self, values: Sequence[V], axis: int) -> V:
        """The values side by side along an axis."""
        ...

    def inner(self, value: V) -> V:
        """The value without its first two axes, which are of width 1."""
        ...

    def turned(self, value: V, *order: int) -> V:
        """The value with its axes in another order."""
        ...

    def with_axis(self, value: V) -> V:
        """(batch, width) as (batch, 1, width)."""
        ...

    def without_axis(self, value: V) -> V:
        """(batch, 1, width) as (batch, width)."""
        ...


@final
class TorchOperations:
    """The operations on torch tensors.

    Args:
        device: where the tensors are.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def constant(self, tensor: Tensor) -> Tensor:
        return tensor.to(self._device)

    def single(self, value: Tensor) -> Tensor:
        return value.float()

    def asinh(self, value: Tensor) -> Tensor:
        return torch.asinh(value)

    def exp(self, value: Tensor) -> Tensor:
        return torch.exp(value)

    def log(self, value: Tensor) -> Tensor:
        return torch.log(value)

    def size(self, value: Tensor) -> Tensor:
        return torch.abs(value)

    def sign(self, value: Tensor) -> Tensor:
        return torch.sign(value)

    def lowest(self, value: Tensor) -> Tensor:
        return torch.amin(value, dim=0, keepdim=True)

    def place(self, value: Tensor) -> Tensor:
        return torch.floor(value).long()

    def take(self, value: Tensor, places: Tensor) -> Tensor:
        return torch.gather(value, 0, places)

    def pick(self, value: Tensor, places: IntArray) -> Tensor:
        return value[torch.from_numpy(places)]

    def sqrt_of_size(self, value: Tensor) -> Tensor:
        return torch.sqrt(torch.abs(value))

    def within(self, value: Tensor, bound: float, lowest: float | None = None) -> Tensor:
        return torch.clamp(value, -bound if lowest is None else lowest, bound)

    def running_sum(self, value: Tensor, axis: int) -> Tensor:
        return torch.cumsum(value, dim=axis)

    def where_zero(self, test: Tensor, then: Tensor, other: Tensor) -> Tensor:
        return torch.where(test == 0, then, other)

    def part(self, value: Tensor, axis: int, start: int, stop: int | None) -> Tensor:
        start, stop, _ = slice(start, stop).indices(value.shape[axis])
        return value.narrow(axis, start, stop - start)

    def block(self, value: Tensor, rows: tuple[int, int | None], columns: tuple[int, int | None]) -> Tensor:
        return value[slice(*rows), slice(*columns)]

    def join(self, values: Sequence[Tensor], axis: int) -> Tensor:
        return torch.cat(tuple(values), dim=axis)

    def inner(self, value: Tensor) -> Tensor:
        return value[0, 0]

    def turned(self, value: Tensor, *order: int) -> Tensor:
        return value.permute(order)

    def with_axis(self, value: Tensor) -> Tensor:
        return value.unsqueeze(1)

    def without_axis(self, value: Tensor) -> Tensor:
        return value.squeeze(1)
