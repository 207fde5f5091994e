"""Compare curves that may be scaled and shifted: each is represented by a vector of length one."""

import numpy as np

from shapeclf.datasets._types import FloatArray

__all__ = ["directions"]

_ROUNDING = 1e-13  # a curve is constant, up to rounding errors, if it varies by a smaller share of its size


def directions(g: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Return each curve centred, weighted and scaled to length one; zeros where it is constant or not finite.

    The squared inner product of two directions is the R² of fitting one curve to the other.

    Args:
        g: Curves, shape (batch, points).
        weights: Weight of each point, shape (points,). By default all are 1.
    """
    d = g - g[:, :1]
    size = np.abs(d).max(axis=1, keepdims=True)
    varies = np.isfinite(size) & (size > _ROUNDING * np.abs(g).max(axis=1, keepdims=True))
    d = np.where(varies, d / size, 0.0)
    if weights is None:
        d -= d.mean(axis=1, keepdims=True)
    else:
        d = (d - (d @ weights / weights.sum())[:, None]) * np.sqrt(weights)
    length = np.sqrt(np.einsum("bp,bp->b", d, d))[:, None]
    result: FloatArray = np.divide(d, length, out=np.zeros_like(d), where=length > 0)
    return result
