"""Mean and spread of the points so far, which all parts of the unitless coordinates use."""

from dataclasses import dataclass
from typing import Generic, final

import torch

from shapeclf.training.operations import Operations, V

__all__ = ["EXACT", "TINY", "Moments", "numbers"]

EXACT = 1e-11
"""The share of a variance below which a residual variance counts as zero."""
TINY = 1e-36
"""Added to denominators to prevent 0 / 0. It must not be 0 in single precision: onnxruntime would omit the addition."""


def numbers(operations: Operations[V], *values: float) -> V:
    """Return constants in double precision, shape (numbers, 1, 1)."""
    return operations.asarray(torch.tensor(values, dtype=torch.float64).reshape(-1, 1, 1))


@final
@dataclass(frozen=True)
class Moments(Generic[V]):
    """Moments of u and v, the differences to the first point in their units; each of shape (1, batch, points).

    Attributes:
        n: Number of points.
        mean_u: Mean of u.
        mean_v: Mean of v.
        uu: Sum of squared differences of u to its mean.
        vv: Sum of squared differences of v to its mean.
        spread_u: Standard deviation of u.
        spread_v: Standard deviation of v.
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
        """Return the moments from the sums of u, v and their squares."""
        tiny = numbers(operations, TINY)
        mean_u, mean_v = u / n, v / n
        uu = uu - n * mean_u * mean_u + tiny
        vv = vv - n * mean_v * mean_v + tiny
        return cls(
            n, mean_u, mean_v, uu, vv, operations.sqrt(operations.abs(uu / n)), operations.sqrt(operations.abs(vv / n))
        )
