"""Array operations with two implementations: torch computes them, and an ONNX graph records them as nodes.

Coordinates are written with these operations, so that training and export share one formula. Names and arguments
follow the Python array API standard where it has such an operation.
"""

from collections.abc import Sequence
from types import EllipsisType
from typing import Any, Protocol, TypeVar, final

import torch
from torch import Tensor

from shapeclf.datasets._types import IntArray

__all__ = ["Key", "Operations", "TorchOperations", "V", "Value"]

Key = slice | tuple[slice | EllipsisType, ...]
"""Keys of an array: slices with step 1."""


class Value(Protocol):
    """An array of either implementation, with plain arithmetic and slices."""

    def __add__(self, other: Any, /) -> Any: ...
    def __sub__(self, other: Any, /) -> Any: ...
    def __mul__(self, other: Any, /) -> Any: ...
    def __truediv__(self, other: Any, /) -> Any: ...
    def __matmul__(self, other: Any, /) -> Any: ...
    def __getitem__(self, key: Any, /) -> Any: ...


V = TypeVar("V", bound=Value)


class Operations(Protocol[V]):
    """The operations of an implementation, apart from plain arithmetic."""

    def asarray(self, tensor: Tensor) -> V:
        """Return a constant that belongs to the network."""
        ...

    def astype(self, value: V, dtype: torch.dtype) -> V:
        """Return the values as another type: float32 or int64."""
        ...

    def asinh(self, value: V, /) -> V:
        """Return the inverse hyperbolic sine, in single precision only, since onnxruntime has none in double."""
        ...

    def exp(self, value: V, /) -> V: ...

    def log(self, value: V, /) -> V: ...

    def abs(self, value: V, /) -> V: ...

    def sin(self, value: V, /) -> V: ...

    def sqrt(self, value: V, /) -> V: ...

    def sign(self, value: V, /) -> V: ...

    def maximum(self, value: V, other: V, /) -> V: ...

    def max(self, value: V, *, axis: int, keepdims: bool) -> V: ...

    def min(self, value: V, *, axis: int, keepdims: bool) -> V: ...

    def clip(self, value: V, lower: float, upper: float, *, dtype: torch.dtype = torch.float64) -> V:
        """Return the values between two bounds; ``dtype`` must be their type, which a graph does not know."""
        ...

    def cumulative_sum(self, value: V, *, axis: int) -> V: ...

    def equal(self, value: V, other: float) -> V: ...

    def where(self, condition: V, first: V, second: V, /) -> V: ...

    def take(self, value: V, indices: IntArray, *, axis: int) -> V:
        """Return the values at indices along an axis. The axes of the array of indices replace that axis.

        The indices are constants: they are the same for all points.
        """
        ...

    def take_along_axis(self, value: V, indices: V, *, axis: int) -> V:
        """Return the values at indices along an axis; the indices may differ between points."""
        ...

    def concat(self, values: Sequence[V], *, axis: int) -> V: ...

    def split(self, value: V, sizes: Sequence[int], *, axis: int) -> Sequence[V]:
        """Return the parts of these sizes, one after the other along an axis."""
        ...

    def permute_dims(self, value: V, axes: tuple[int, ...]) -> V: ...


@final
class TorchOperations:
    """The operations on torch tensors.

    Args:
        device: The device of the tensors.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def asarray(self, tensor: Tensor) -> Tensor:
        return tensor.to(self._device)

    asinh = staticmethod(torch.asinh)
    exp = staticmethod(torch.exp)
    log = staticmethod(torch.log)
    abs = staticmethod(torch.abs)
    sin = staticmethod(torch.sin)
    sqrt = staticmethod(torch.sqrt)
    sign = staticmethod(torch.sign)
    # torch accepts numbers in place of tensors, and NumPy's argument names; its type stubs declare neither.
    equal: Any = staticmethod(torch.eq)
    where: Any = staticmethod(torch.where)
    permute_dims: Any = staticmethod(torch.permute)
    astype: Any = staticmethod(Tensor.to)
    maximum = staticmethod(torch.maximum)
    max: Any = staticmethod(torch.amax)
    min: Any = staticmethod(torch.amin)
    cumulative_sum: Any = staticmethod(torch.cumsum)
    concat: Any = staticmethod(torch.concat)
    take_along_axis: Any = staticmethod(torch.take_along_dim)

    def clip(self, value: Tensor, lower: float, upper: float, *, dtype: torch.dtype = torch.float64) -> Tensor:
        return torch.clip(value, lower, upper)

    def take(self, value: Tensor, indices: IntArray, *, axis: int) -> Tensor:
        return value[(slice(None),) * axis + (torch.from_numpy(indices),)]

    def split(self, value: Tensor, sizes: Sequence[int], *, axis: int) -> Sequence[Tensor]:
        return torch.split(value, list(sizes), dim=axis)
