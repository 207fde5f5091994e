"""Weighted least squares in k and b, for many sequences or many basis curves at once.

The closed form of linear regression (Draper and Smith 1998, Applied Regression Analysis, chapter 1), in centred and
scaled numbers.
"""

from typing import NamedTuple

import numpy as np

from shapeclf.datasets._types import FloatArray

__all__ = ["Solution", "solve"]


class Solution(NamedTuple):
    """The straight lines y = k·g + b through points (g, y), each array of shape (batch,).

    ``centre`` is the weighted mean of g. ``mean_error`` is the standard error of the line at g = ``centre``, where its
    value is uncorrelated with k. A value is NaN where the points do not determine it.
    ``residual_sd`` and ``y_sd``, the standard deviation of y, are those of a reading whose weight is 1. ``r_squared``
    is weighted.
    """

    k: FloatArray
    b: FloatArray
    centre: FloatArray
    k_error: FloatArray
    mean_error: FloatArray
    residual_sd: FloatArray
    y_sd: FloatArray
    r_squared: FloatArray

    @property
    def b_error(self) -> FloatArray:
        """Standard error of b, shape (batch,)."""
        mean, k = self.mean_error, self.k_error
        error: FloatArray = np.sqrt(mean * mean + self.centre * (k * k) * self.centre)
        return error


def solve(
    g: FloatArray, y: FloatArray, weights: FloatArray, parameters: int = 2, noise: FloatArray | None = None
) -> Solution:
    """Return the k and b of weighted least squares.

    Numbers are centred and scaled, so no digits are lost in any units or far from zero. Where g is constant, k is 0.

    Args:
        g: Values of the basis, shape (batch, points).
        y: Readings, shape (batch, points).
        weights: Weight of each reading, shape (batch, points); 0 beyond the end of a sequence, where g and y repeat
            its first point.
        parameters: Number of fitted parameters, k and b included.
        noise: Standard deviation of a reading whose weight is 1, shape (batch,), where it is known. By default it is
            estimated from the residuals.
    """
    mass = weights.sum(axis=1)
    dg, g_size, g_mean = _standard(g, weights, mass)
    dy, y_size, y_mean = _standard(y, weights, mass)
    g_squares = _dot(dg * weights, dg)
    slope = np.where(g_squares > 0, _dot(dg * weights, dy) / g_squares, 0.0)
    residuals = dy - slope[:, None] * dg  # (batch, points)
    residual_squares, y_squares = _dot(residuals * weights, residuals), _dot(dy * weights, dy)
    count = np.count_nonzero(weights, axis=1)
    df = count - parameters
    k = slope * (y_size / g_size)
    sd = np.where(df > 0, np.sqrt(residual_squares / np.maximum(df, 1)), np.nan) * y_size
    noise = sd if noise is None else np.where(df > 0, noise, np.nan)
    return Solution(
        k=k,
        b=y_mean - k * g_mean,
        centre=g_mean,
        k_error=np.where(g_squares > 0, noise / np.sqrt(g_squares), np.nan) / g_size,
        mean_error=noise / np.sqrt(mass),
        residual_sd=sd,
        y_sd=np.sqrt(y_squares / count) * y_size,
        r_squared=np.where(y_squares > 0, np.maximum(1.0 - residual_squares / y_squares, 0.0), 1.0),
    )


def _standard(values: FloatArray, weights: FloatArray, mass: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the centred values divided by their size, that size, and their weighted mean."""
    d = values - values[:, :1]  # exact for values that are close to each other, however far from zero
    size = np.abs(d).max(axis=1)
    size = np.where(size > 0, size, 1.0)
    d = d / size[:, None]
    mean = _dot(d, weights) / mass
    return d - mean[:, None], size, values[:, 0] + mean * size


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    products: FloatArray = np.einsum("bp,bp->b", a, b)
    return products
