"""One formula, two targets: the operations that coordinates are written in, in torch and as an ONNX graph."""

from typing import Any, Protocol, Self, TypeVar, final

import torch
from torch import Tensor

__all__ = ["Operations", "TorchOperations", "Value"]


class Value(Protocol):
    """An array of either target, with plain arithmetic."""

    def __add__(self, other: Any, /) -> Self: ...
    def __sub__(self, other: Any, /) -> Self: ...
    def __mul__(self, other: Any, /) -> Self: ...
    def __truediv__(self, other: Any, /) -> Self: ...


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


@final
class TorchOperations:
    """The operations on torch tensors."""

    def constant(self, tensor: Tensor) -> Tensor:
        return tensor

    def single(self, value: Tensor) -> Tensor:
        return value.float()

    def asinh(self, value: Tensor) -> Tensor:
        return torch.asinh(value)
