"""One formula, two targets: the operations that coordinates are written in, in torch and as an ONNX graph."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, final

import torch
from torch import Tensor

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

    def sqrt_of_size(self, value: V) -> V:
        """The square root of the absolute value: what should be 0 may be a little below."""
        ...

    def within(self, value: V, bound: float) -> V:
        """The value, cut off at ``bound`` and ``-bound``."""
        ...

    def running_sum(self, value: V) -> V:
        """The sums over axis 1 up to each place."""
        ...

    def where_zero(self, test: V, then: V, other: V) -> V:
        """``then`` where ``test`` is 0, else ``other``."""
        ...

    def part(self, value: V, axis: int, start: int, stop: int | None) -> V:
        """The places from ``start`` up to ``stop`` of an axis."""
        ...

    def join(self, values: Sequence[V]) -> V:
        """The values side by side along the last axis."""
        ...

    def with_axis(self, value: V) -> V:
        """(batch, width) as (batch, 1, width)."""
        ...

    def without_axis(self, value: V) -> V:
        """(batch, 1, width) as (batch, width)."""
        ...


@final
class TorchOperations:
    """The operations on torch tensors."""

    def constant(self, tensor: Tensor) -> Tensor:
        return tensor

    def single(self, value: Tensor) -> Tensor:
        return value.float()

    def asinh(self, value: Tensor) -> Tensor:
        return torch.asinh(value)

    def sqrt_of_size(self, value: Tensor) -> Tensor:
        return torch.sqrt(torch.abs(value))

    def within(self, value: Tensor, bound: float) -> Tensor:
        return torch.clamp(value, -bound, bound)

    def running_sum(self, value: Tensor) -> Tensor:
        return torch.cumsum(value, dim=1)

    def where_zero(self, test: Tensor, then: Tensor, other: Tensor) -> Tensor:
        return torch.where(test == 0, then, other)

    def part(self, value: Tensor, axis: int, start: int, stop: int | None) -> Tensor:
        size = value.shape[axis]
        start %= size
        return value.narrow(axis, start, (size if stop is None else stop) - start)

    def join(self, values: Sequence[Tensor]) -> Tensor:
        return torch.cat(tuple(values), dim=-1)

    def with_axis(self, value: Tensor) -> Tensor:
        return value.unsqueeze(1)

    def without_axis(self, value: Tensor) -> Tensor:
        return value.squeeze(1)
