"""Errors of measurement: noise, drifts and rounding."""

import numpy as np

from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.datasets.priors import LogUniform, Uniform, pick

__all__ = [
    "DRIFT",
    "FALLING_SHARE",
    "NOISE",
    "disturb",
    "draw_drifts",
    "falling_rates",
    "noise_sizes",
    "relative_errors",
]

NOISE = LogUniform(3e-4, 0.5)
"""Prior of the standard deviation of noise, relative to the range of the curve."""
DRIFT = Uniform(0.0, 0.03)
"""Prior of the root mean square of drifts, relative to the range of the curve."""

_NOISELESS = 0.15  # share of sequences without noise
# Share of sequences with constant noise, and with noise proportional to y or its root
_GROWTH = {"none": 0.65, "as y": 0.2, "as its root": 0.15}
_HEAVY = 0.1  # share of sequences whose noise has Student's t distribution
_DEGREES_OF_FREEDOM = 4  # degrees of freedom of this distribution
_DRIFT_WAVES = 8  # cosines in a smooth drift
_ROUNDED, _STEP = 0.6, LogUniform(1e-4, 0.03)  # share of sequences with rounded readings; the step of their rounding
_DRIFTING = 0.8  # share with a drift, where any kind may occur, since no instrument and no law is exact
# Smooth drifts depend on the progress of the measurement, or on the state, which is the curve itself: how fast a body
# cools and how an instrument responds depend on the reading.
_KINDS = {"smooth": 0.25, "by state": 0.25, "autocorrelated": 0.3, "outliers": 0.2}
FALLING_SHARE = _DRIFTING * (_KINDS["smooth"] + _KINDS["by state"])
"""Share of exponentials without error bars whose rate falls."""
_CORRELATION = Uniform(0.8, 0.98)  # of neighbouring readings with an autocorrelated drift
# If k, b and r explain all of a change in `falling_rates` but this share, the part that is left counts as 0.
_LEAST_LEFT = 1e-3
_OUTLIERS = 0.1  # largest share of outliers, of which there is at least one


def disturb(
    generator: np.random.Generator,
    curves: FloatArray,
    noise: float | None = None,
    drifts: FloatArray | None = None,
    highest: FloatArray | float = 1.0,
) -> FloatArray:
    """Add noise, drift and rounding to curves, as measurements have them.

    Args:
        generator: A generator at the start of its own stream.
        curves: Curves between 0 and 1, shape (batch, points).
        noise: Standard deviation of constant Gaussian noise, without drift or rounding; None to draw noise and
            rounding at random for each sequence.
        drifts: The drifts, shape (batch, points); None for no drift.
        highest: Cumulative probability at which `NOISE` is truncated, one number or shape (batch, 1).

    Returns:
        Readings, shape (batch, points).
    """
    batch, points = curves.shape
    normal = generator.standard_normal((batch, points))
    if noise is not None:
        return curves + noise * normal
    size, growth, offset, heavy, rounded, step = generator.random((6, batch, 1))
    sigma = _sizes(size, highest)
    kind = pick(_GROWTH, growth)
    grown = relative_errors(kind, offset, curves)
    # Student's t as a normal over the root of a chi-square; scaled to a variance of 1.
    chi = generator.chisquare(_DEGREES_OF_FREEDOM, (batch, points)) / (_DEGREES_OF_FREEDOM - 2)
    deviates = np.where(heavy < _HEAVY, normal / np.sqrt(chi), normal)
    readings = curves + sigma * grown * deviates + (0.0 if drifts is None else drifts)
    unit = _STEP.quantile(step)
    return np.asarray(np.where(rounded < _ROUNDED, np.round(readings / unit) * unit, readings))


def relative_errors(kind: IntArray, u: FloatArray, curves: FloatArray) -> FloatArray:
    """Return the error of each reading, relative to the largest error of its sequence, shape (batch, points).

    Args:
        kind: 0 for constant errors, 1 for errors proportional to y, 2 for errors proportional to its root; shape
            (batch, 1). Any other number counts as 0.
        u: Uniform random numbers from 0 to 1, shape (batch, 1). They determine where y = 0 lies: below 0.5, at the
            lowest value of the curve; from 0.5 up, at a random distance below it.
        curves: Curves between 0 and 1, shape (batch, points).
    """
    above = np.where(u < 0.5, 0.0, LogUniform(0.05, 5.0).quantile(2.0 * u - 1.0)) + curves
    highest = above.max(axis=1, keepdims=True)
    share = above / np.where(highest > 0, highest, 1.0)
    return np.asarray(np.where(kind == 1, share, np.where(kind == 2, np.sqrt(share), 1.0)))


def noise_sizes(generator: np.random.Generator, points: int, highest: FloatArray) -> FloatArray:
    """Return the standard deviations that `disturb` draws from the same generator, shape (batch,)."""
    batch = len(highest)
    generator.standard_normal((batch, points))
    return _sizes(generator.random((6, batch, 1))[0], highest)[:, 0]


def _sizes(u: FloatArray, highest: FloatArray | float) -> FloatArray:
    return np.where(u < _NOISELESS, 0.0, NOISE.quantile(highest * (u - _NOISELESS) / (1.0 - _NOISELESS)))


def draw_drifts(
    generator: np.random.Generator,
    points: int,
    batch: int,
    curves: FloatArray | None = None,
    independent: BoolArray | None = None,
    of_rates: FloatArray | None = None,
) -> FloatArray:
    """Draw drifts: deviations of some of the curves, 0 for the others.

    They are smooth, or autocorrelated from reading to reading, or 0 except for a few outliers.

    Args:
        generator: A generator at the start of its own stream.
        points: Number of points.
        batch: Number of sequences.
        curves: Curves between 0 and 1, shape (batch, points), on which half of the smooth drifts depend. Their sizes
            do not depend on the curves.
        independent: Whether the readings of a sequence are independent, so that all its drifts are outliers; shape
            (batch, 1).
        of_rates: `falling_rates` of the curves, which replace their smooth drifts; 0 for curves that have none; shape
            (batch, points).

    Returns:
        Shape (batch, points).
    """
    some, kind, size, correlation, off = generator.random((5, batch, 1))
    steps = generator.standard_normal((batch, points))
    correlation = _CORRELATION.quantile(correlation)
    walk = steps.copy()
    walk[:, :1] /= np.sqrt(1.0 - correlation**2)
    for index in range(1, points):  # each value needs the one before
        walk[:, index] += correlation[:, 0] * walk[:, index - 1]
    count = 1 + np.floor(off * _OUTLIERS * points)
    outlying = np.where(generator.random((batch, points)).argsort(axis=1).argsort(axis=1) < count, steps, 0.0)
    chosen = pick(_KINDS, kind)
    progress = np.linspace(0.0, 1.0, points)[None]
    position = progress if curves is None else np.where(chosen == 1, curves, progress)
    # Real processes deviate from a law in one or two slow bends. Those that depend on the curve have two or more, since
    # others would mostly change k and b.
    spread = np.where(chosen == 1, 4.0, 1.0)[:, :, None] + generator.uniform(0.0, 4.0, (batch, 1, 1))
    rates = generator.standard_normal((batch, _DRIFT_WAVES, 1)) * spread
    phases = generator.uniform(0.0, 2.0 * np.pi, (batch, _DRIFT_WAVES, 1))
    smooth = np.cos(rates * position[:, None] + phases).sum(axis=1)
    if of_rates is not None:
        smooth = np.where(of_rates.any(axis=1, keepdims=True), of_rates, smooth)
    drifts = np.choose(chosen, [smooth, smooth, walk, outlying])
    scale = np.where(some < _DRIFTING, DRIFT.quantile(size), 0.0)
    if independent is not None:
        scale = np.where(independent & (chosen != len(_KINDS) - 1), 0.0, scale)
    return np.asarray(scale * drifts / np.sqrt((drifts**2).mean(axis=1, keepdims=True)))


def falling_rates(t: FloatArray, rates: FloatArray) -> FloatArray:
    """Return how exponentials change if their rate falls in the course of the process.

    A hot body loses heat more than in proportion to the difference of temperatures (by convection as its power 5/4, by
    radiation and evaporation more), and two decays that overlap end with the slower one. To first order in the fall,
    exp(r·(t − f·t²/2)) differs from exp(r·t) by −f/2·r·t²·exp(r·t). What k, b and another r explain is left out.

    Args:
        t: Positions in the range of x, from 0 to 1, shape (batch, points).
        rates: The rates r, shape (batch, 1).

    Returns:
        Shape (batch, points), in any unit. 0 if k, b and r explain all, as at three different x.
    """
    curves = np.exp(rates * t - np.maximum(rates, 0.0))  # at most 1
    change = -rates * t**2 * curves
    explained = np.stack([np.ones_like(t), curves, t * curves], axis=-1)
    left = change - (explained @ (np.linalg.pinv(explained) @ change[..., None]))[..., 0]
    some = np.linalg.norm(left, axis=1, keepdims=True) > _LEAST_LEFT * np.linalg.norm(change, axis=1, keepdims=True)
    return np.asarray(np.where(some, left, 0.0))
