"""Mean and spread of the points so far, as the parts of the unitless coordinates share them."""

from dataclasses import dataclass
from typing import Generic, final

import torch

from shapeclf.training.operations import Operations, V

__all__ = ["EXACT", "TINY", "Moments", "numbers"]

EXACT = 1e-11
"""The share of a variance that counts as nothing left."""
TINY = 1e-36
"""What keeps 0 / 0 from happening. Not smaller: onnxruntime leaves out adding what is 0 in single precision."""


def numbers(operations: Operations[V], *values: float) -> V:
    """Numbers in double precision, shape (numbers, 1, 1)."""
    return operations.asarray(torch.tensor(values, dtype=torch.float64).reshape(-1, 1, 1))


@final
@dataclass(frozen=True)
class Moments(Generic[V]):
    """Of u and v, the differences to the first point in their units; each of shape (1, batch, points).

    Attributes:
        n: number of points.
        mean_u: their mean.
        mean_v: likewise.
        uu: sum of squared differences to the mean.
        vv: likewise.
        spread_u: root of the variance.
        spread_v: likewise.
    """

    n: V
    mean_u: V
    mean_v: V
    uu: V
    vv: V
    spread_u: V
    spread_v: V

    @classmethod
    def of(cls, operations: Operations[V], n: V, u: V, v: V, uu: V, vv: V) -> "Moments[V]":
        """From the sums of u, v and their squares."""
        tiny = numbers(operations, TINY)
        mean_u, mean_v = u / n, v / n
        uu = uu - n * mean_u * mean_u + tiny
        vv = vv - n * mean_v * mean_v + tiny
        return cls(
            n, mean_u, mean_v, uu, vv, operations.sqrt(operations.abs(uu / n)), operations.sqrt(operations.abs(vv / n))
        )
