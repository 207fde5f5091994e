"""Least squares in k and b alone, for many sequences or many basis curves at once."""

from typing import NamedTuple

import numpy as np

from shapeclf.datasets._types import BoolArray, FloatArray

__all__ = ["Solution", "directions", "solve"]

_ROUNDING = 1e-13  # a curve that varies by less of its size is constant but for rounding


class Solution(NamedTuple):
    """The straight lines y = k·g + b through points (g, y), each array of shape (batch,).

    ``centre`` is the mean of g; there y has the error residual_sd / √points, independent of k's.
    NaN is what the points do not determine.
    """

    k: FloatArray
    b: FloatArray
    centre: FloatArray
    k_error: FloatArray
    b_error: FloatArray
    residual_sd: FloatArray
    r_squared: FloatArray


def solve(g: FloatArray, y: FloatArray, inside: BoolArray, parameters: int = 2) -> Solution:
    """The k and b of least squares.

    The closed form in centred, scaled numbers loses nothing to units or to distance from zero. Where g is constant,
    k is 0.

    Args:
        g: values of the basis, shape (batch, points).
        y: shape (batch, points).
        inside: which are real points, the first of each row among them; the others repeat it, in g and in y.
        parameters: how many parameters the points had to give, k and b included.
    """
    count = inside.sum(axis=1)
    dg, g_size, g_mean = _standard(g, inside, count)
    dy, y_size, y_mean = _standard(y, inside, count)
    across = _dot(dg, dg)
    slope = np.where(across > 0, _dot(dg, dy) / across, 0.0)
    left = dy - slope[:, None] * dg  # (batch, points)
    lost, total = _dot(left, left), _dot(dy, dy)
    freedom = count - parameters
    k = slope * (y_size / g_size)
    sd = np.where(freedom > 0, np.sqrt(lost / np.maximum(freedom, 1)), np.nan)
    k_error = np.where(across > 0, sd / np.sqrt(across), np.nan) * (y_size / g_size)
    return Solution(
        k=k,
        b=y_mean - k * g_mean,
        centre=g_mean,
        k_error=k_error,
        b_error=np.hypot(sd * y_size / np.sqrt(count), g_mean * k_error),
        residual_sd=sd * y_size,
        r_squared=np.where(total > 0, np.maximum(1.0 - lost / total, 0.0), 1.0),
    )


def directions(g: FloatArray) -> FloatArray:
    """Each curve centred and scaled to length one; zeros where it is constant or not finite.

    Args:
        g: shape (batch, points).
    """
    d = g - g[:, :1]
    size = np.abs(d).max(axis=1, keepdims=True)
    varies = np.isfinite(size) & (size > _ROUNDING * np.abs(g).max(axis=1, keepdims=True))
    d = np.where(varies, d / size, 0.0)
    d -= d.mean(axis=1, keepdims=True)
    length = np.sqrt(_dot(d, d))[:, None]
    result: FloatArray = np.divide(d, length, out=np.zeros_like(d), where=length > 0)
    return result


def _standard(values: FloatArray, inside: BoolArray, count: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Values less their mean over their size, that size, and the mean."""
    d = values - values[:, :1]  # exact for values that are close to each other, however far from zero
    size = np.abs(d).max(axis=1)
    size = np.where(size > 0, size, 1.0)
    d = d / size[:, None]
    mean = d.sum(axis=1) / count  # whatever lies beyond the end is zero here
    d = np.where(inside, d - mean[:, None], 0.0)
    return d, size, values[:, 0] + mean * size


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    products: FloatArray = np.einsum("bp,bp->b", a, b)
    return products
