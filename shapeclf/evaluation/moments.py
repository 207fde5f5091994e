"""Running moments of a fit y = k·g + b, from which the references are computed for every prefix."""

from typing import NamedTuple

import numpy as np

from shapeclf.datasets._types import FloatArray

__all__ = ["Box", "Profile", "RunningMoments", "profile", "rounding", "running_moments"]

# A sum of squares counts as zero if it is below the square of this many units of rounding for each point. Measured for
# the true family: below half a unit for up to 32 points, and below 3 for a million points.
_UNITS = 16.0
# For more points than about this many, the rounding of the running sums has an effect as well.
_LONG = 4096.0
_EPS = float(np.finfo(np.float64).eps)
# Replaces a mean of g that is zero, to avoid division by zero. Its square and that of its inverse are finite, not zero.
_TINY = 1e-100


class Box(NamedTuple):
    """The ranges of k and b, as (lowest, highest)."""

    k: tuple[float, float]
    b: tuple[float, float]

    @property
    def area(self) -> float:
        """The area of the box in the plane of k and b."""
        return (self.k[1] - self.k[0]) * (self.b[1] - self.b[0])


class RunningMoments(NamedTuple):
    """The moments of each prefix for a fit y = k·g + b. Each array has shape (batch, points).

    The sum of squared residuals of any k and b is
    ``residual + g_spread·(k - slope)² + number·(b - y_mean + k·g_mean)²``.

    Attributes:
        number: Number of points so far, shape (points,).
        g_mean: Mean of g.
        y_mean: Mean of y.
        g_spread: Sum of (g - g_mean)².
        slope: The k of the free least-squares fit; 0 where all g are equal.
        residual: The sum of squared residuals of that fit.
        g_size: Largest absolute g so far.
        y_size: Largest absolute y so far.
    """

    number: FloatArray
    g_mean: FloatArray
    y_mean: FloatArray
    g_spread: FloatArray
    slope: FloatArray
    residual: FloatArray
    g_size: FloatArray
    y_size: FloatArray


def running_moments(g: FloatArray, y: FloatArray) -> RunningMoments:
    """Return the moments after each point.

    All sums are of deviations from the mean of the previous points (Welford 1962, Note on a method for calculating
    corrected sums of squares and products). The residual is the sum of squared recursive residuals, the scaled errors
    of predicting each point from the previous ones (Brown, Durbin and Evans 1975, Techniques for testing the
    constancy of regression relationships over time). So no difference of large numbers is computed, and noise of 1e-4
    on values of 200 loses no digits.

    Args:
        g: The basis at each point, shape (batch, points).
        y: Shape (batch, points).
    """
    number = np.arange(1.0, g.shape[1] + 1)
    g_mean, g_step = _mean_and_step(g, number)
    y_mean, y_step = _mean_and_step(y, number)
    weighted = g_step * (1 - 1 / number)
    g_spread = np.cumsum(weighted * g_step, axis=1)
    slope = np.cumsum(weighted * y_step, axis=1)
    np.divide(slope, g_spread, out=slope, where=g_spread > 0)
    slope[g_spread == 0] = 0.0
    recursive = y_step.copy()
    recursive[:, 1:] -= slope[:, :-1] * g_step[:, 1:]
    recursive *= recursive
    recursive *= _variance_ratio(g_spread, g_step, number)
    return RunningMoments(
        number,
        g_mean,
        y_mean,
        g_spread,
        slope,
        np.cumsum(recursive, axis=1),
        np.maximum.accumulate(np.abs(g), axis=1),
        np.maximum.accumulate(np.abs(y), axis=1),
    )


def _mean_and_step(values: FloatArray, number: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the running mean, and each value's difference to the mean before it (0 for the first)."""
    first = values[:, :1]
    mean = first + np.cumsum(values - first, axis=1) / number
    step = np.zeros_like(values)
    np.subtract(values[:, 1:], mean[:, :-1], out=step[:, 1:])
    return mean, step


def _variance_ratio(g_spread: FloatArray, g_step: FloatArray, number: FloatArray) -> FloatArray:
    """Return the ratio of the variance of the noise to that of the prediction error.

    It is 0 where the previous points do not determine a prediction.
    """
    before = np.zeros_like(g_spread)
    before[:, 1:] = g_spread[:, :-1]
    share = (number - 1) * before
    spread = number * before + (number - 1) * g_step**2
    # Where all g so far are equal, the mean of y predicts y.
    result = np.broadcast_to(1 - 1 / number, g_spread.shape).copy()
    np.divide(share, spread, out=result, where=spread > 0)
    return result


class Profile(NamedTuple):
    """The minimum of the sum of squares over b in the box, as a function of k. Each array has shape (batch, points).

    It exceeds the residual of the free fit by ``inner·(k - slope)² + outer·d²``, where d is the distance from k to the
    interval from ``low`` to ``high``.

    Attributes:
        inner: Curvature where the best b lies inside the box.
        outer: Further curvature where the best b is an end of its range.
        low: The lowest k whose best b lies inside the box.
        high: The highest k whose best b lies inside the box.
        best: The k in the box that minimises the profile.
        least: The minimum of the profile minus the residual of the free fit.
    """

    inner: FloatArray
    outer: FloatArray
    low: FloatArray
    high: FloatArray
    best: FloatArray
    least: FloatArray


def profile(moments: RunningMoments, box: Box) -> Profile:
    """Return the profile after each point. It is convex, so its minimum in the box has a closed form."""
    g_mean = np.where(np.abs(moments.g_mean) < _TINY, _TINY, moments.g_mean)
    one, other = (moments.y_mean - box.b[1]) / g_mean, (moments.y_mean - box.b[0]) / g_mean
    low, high = np.minimum(one, other), np.maximum(one, other)
    inner, outer = moments.g_spread, moments.number * g_mean**2
    nearest = np.clip(moments.slope, low, high)
    best = np.clip((inner * moments.slope + outer * nearest) / (inner + outer), *box.k)
    outside = best - np.clip(best, low, high)
    return Profile(inner, outer, low, high, best, inner * (best - moments.slope) ** 2 + outer * outside**2)


def rounding(moments: RunningMoments, k_size: FloatArray | float) -> FloatArray:
    """Return the largest sum of squared residuals that rounding can cause; shape (batch, points).

    Args:
        moments: The moments of the points.
        k_size: The largest absolute k that is possible.
    """
    size = moments.y_size + k_size * moments.g_size
    return moments.number * (1 + moments.number / _LONG) * (_UNITS * _EPS * size) ** 2
