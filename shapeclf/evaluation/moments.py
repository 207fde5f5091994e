"""Running sums of a fit y = k·g + b: everything that the references need of a prefix."""

from typing import NamedTuple

import numpy as np

from shapeclf.datasets._types import FloatArray

__all__ = ["Box", "Profile", "RunningMoments", "profile", "rounding", "running_moments"]

# A sum of squares within this many units of rounding, squared, for each point is zero in exact arithmetic.
# Measured: a true family stays below half a unit up to 32 points, and below 3 at a million.
_UNITS = 16.0
# From about this many points on, the rounding of the running sums themselves counts as well.
_LONG = 4096.0
_EPS = float(np.finfo(np.float64).eps)
# Stands in for a mean of zero, which no value of k can change; far from overflow when squared.
_TINY = 1e-100


class Box(NamedTuple):
    """The values that k and b can have, as (lowest, highest)."""

    k: tuple[float, float]
    b: tuple[float, float]

    @property
    def area(self) -> float:
        """Of the rectangle in the plane of k and b."""
        return (self.k[1] - self.k[0]) * (self.b[1] - self.b[0])


class RunningMoments(NamedTuple):
    """What a prefix says about a fit y = k·g + b, after each point; each of shape (batch, points).

    The sum of squared residuals of any k and b is
    ``residual + g_spread·(k - slope)² + number·(b - y_mean + k·g_mean)²``.

    Attributes:
        number: how many points so far, shape (points,).
        g_mean: mean of g.
        y_mean: mean of y.
        g_spread: sum of (g - g_mean)².
        slope: the k of the free least-squares fit; 0 where all g are equal.
        residual: the sum of squared residuals of that fit.
        g_size: largest absolute g so far.
        y_size: largest absolute y so far.
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
    """The moments after each point.

    Every sum is one of deviations from the mean of the points before (Welford 1962), and the residual is
    the sum of squared errors of predicting each point from those before it (Brown, Durbin and Evans 1975):
    no difference of large numbers is taken, so a noise of 1e-4 on values of 200 loses nothing.

    Args:
        g: the basis at each point, shape (batch, points).
        y: shape (batch, points).
    """
    number = np.arange(1.0, g.shape[1] + 1)
    g_mean, g_step = _mean_and_step(g, number)
    y_mean, y_step = _mean_and_step(y, number)
    weighted = g_step * (1 - 1 / number)
    g_spread = np.cumsum(weighted * g_step, axis=1)
    slope = np.cumsum(weighted * y_step, axis=1)
    np.divide(slope, g_spread, out=slope, where=g_spread > 0)
    slope[g_spread == 0] = 0.0
    ahead = y_step.copy()
    ahead[:, 1:] -= slope[:, :-1] * g_step[:, 1:]
    ahead *= ahead
    ahead *= _certainty(g_spread, g_step, number)
    return RunningMoments(
        number,
        g_mean,
        y_mean,
        g_spread,
        slope,
        np.cumsum(ahead, axis=1),
        np.maximum.accumulate(np.abs(g), axis=1),
        np.maximum.accumulate(np.abs(y), axis=1),
    )


def _mean_and_step(values: FloatArray, number: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The mean so far, and how far each value lies from the mean before it (0 for the first)."""
    first = values[:, :1]
    mean = first + np.cumsum(values - first, axis=1) / number
    step = np.zeros_like(values)
    np.subtract(values[:, 1:], mean[:, :-1], out=step[:, 1:])
    return mean, step


def _certainty(g_spread: FloatArray, g_step: FloatArray, number: FloatArray) -> FloatArray:
    """The noise's variance over that of an error of prediction; 0 where the points before predict nothing."""
    before = np.zeros_like(g_spread)
    before[:, 1:] = g_spread[:, :-1]
    share = (number - 1) * before
    spread = number * before + (number - 1) * g_step**2
    # All g equal so far, and this one too: the mean of y predicts it.
    result = np.broadcast_to(1 - 1 / number, g_spread.shape).copy()
    np.divide(share, spread, out=result, where=spread > 0)
    return result


class Profile(NamedTuple):
    """The sum of squared residuals of the best b in the box, as a function of k; each of shape (batch, points).

    Above the free fit's it is ``inner·(k - slope)² + outer·d²``, d being how far k lies outside [low, high].

    Attributes:
        inner: its curvature where the best b lies inside the box.
        outer: what is added to it where b is held at an end.
        low: the lowest k whose best b lies inside.
        high: the highest such k.
        best: the k in the box where it is smallest.
        least: its value there, the free fit's residual not counted.
    """

    inner: FloatArray
    outer: FloatArray
    low: FloatArray
    high: FloatArray
    best: FloatArray
    least: FloatArray


def profile(moments: RunningMoments, box: Box) -> Profile:
    """The profile after each point. It is convex, so its smallest value in the box is found in closed form."""
    g_mean = np.where(np.abs(moments.g_mean) < _TINY, _TINY, moments.g_mean)
    one, other = (moments.y_mean - box.b[1]) / g_mean, (moments.y_mean - box.b[0]) / g_mean
    low, high = np.minimum(one, other), np.maximum(one, other)
    inner, outer = moments.g_spread, moments.number * g_mean**2
    nearest = np.clip(moments.slope, low, high)
    best = np.clip((inner * moments.slope + outer * nearest) / (inner + outer), *box.k)
    outside = best - np.clip(best, low, high)
    return Profile(inner, outer, low, high, best, inner * (best - moments.slope) ** 2 + outer * outside**2)


def rounding(moments: RunningMoments, k_size: FloatArray | float) -> FloatArray:
    """The largest sum of squared residuals that rounding alone gives; shape (batch, points).

    Args:
        moments: of the points.
        k_size: the largest absolute k in question.
    """
    size = moments.y_size + k_size * moments.g_size
    return moments.number * (1 + moments.number / _LONG) * (_UNITS * _EPS * size) ** 2
