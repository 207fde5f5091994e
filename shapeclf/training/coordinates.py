"""Input coordinates of the network: features of each point that depend on it and on the points before it."""

from typing import Protocol, final

import numpy as np
import torch
from torch import Tensor, nn

from shapeclf.datasets._types import FloatArray
from shapeclf.training.operations import Operations, V

__all__ = ["Coordinates", "ScaledCoordinates"]


class Coordinates(Protocol):
    """Causal features of each point, computed from it and from a state that summarises all points before.

    Attributes:
        name: Name in model files and settings.
        columns: Number of columns of a point: 2 for x and y, 3 with the error of y.
        width: Number of features of a point.
        state_shape: Shape of the state of one sequence, which summarises its earlier points.
        fitted: Whether `fit` sets constants. If not, the coordinates of a batch can be computed wherever it is drawn.
    """

    name: str
    columns: int
    width: int
    state_shape: tuple[int, ...]
    fitted: bool

    def fit(self, points: FloatArray) -> None:
        """Fit the constants of the coordinates to points of the data set, shape (..., columns)."""
        ...

    def compute(self, operations: Operations[V], points: V, state: V) -> tuple[V, V]:
        """Compute features and state, with torch or as nodes of an ONNX graph.

        Args:
            operations: Array operations: those of torch, or those that add nodes to an ONNX graph.
            points: Points (x, y) or (x, y, y_error), shape (batch, points, columns), double precision. An error of 0
                means that the error is unknown.
            state: State after the previous points, shape (batch, *state_shape), double precision; zeros at the start.

        Returns:
            Features of shape (batch, points, width) in single precision, and the state after the last point.
        """
        ...


@final
class ScaledCoordinates(nn.Module):
    """The asinh of x and y after centring and scaling. It is linear near the centre and logarithmic far from it.

    Centring and scaling use double precision, so that a small k is not lost next to a large b.
    """

    name = "scaled"
    columns = 2
    width = 2
    state_shape: tuple[int, ...] = (0,)
    fitted = True
    centre: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(2, dtype=torch.float64))
        self.register_buffer("scale", torch.ones(2, dtype=torch.float64))

    def fit(self, points: FloatArray) -> None:
        """Fit centre and scale to points, shape (..., 2): the median, and the median absolute deviation.

        Both depend only on the half of the values that is nearest to the median, so a family that grows quickly does
        not compress the range of the others.
        """
        flat = points.reshape(-1, 2)
        centre = np.median(flat, axis=0)
        scale = np.median(np.abs(flat - centre), axis=0)
        scale[scale <= 0] = 1.0  # a constant has no scale
        self.centre.copy_(torch.from_numpy(centre))
        self.scale.copy_(torch.from_numpy(scale))

    def compute(self, operations: Operations[V], points: V, state: V) -> tuple[V, V]:
        scaled = (points - operations.asarray(self.centre)) / operations.asarray(self.scale)
        return operations.asinh(operations.astype(scaled, torch.float32)), state
