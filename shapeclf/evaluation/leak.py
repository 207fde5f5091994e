"""Leakage: how well the x of the points predict the family without y."""

from dataclasses import replace

import numpy as np

from shapeclf.datasets._arguments import whole_number
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.priors import LogUniform, Prior, Uniform
from shapeclf.datasets.sequences import ShapeSequences
from shapeclf.errors import InputError
from shapeclf.evaluation._points import by_chunks, inside, x_prior
from shapeclf.recognition.family_filter import normalised

__all__ = ["leak", "x_log_density", "x_posterior"]

_BATCH = 1000  # sequences


def x_log_density(prior: Prior, x: FloatArray) -> FloatArray:
    """Return the log density of each x under its prior, -inf outside its support; the shape of ``x``.

    Raises:
        InputError: The prior's density is not known.

    Example:
        >>> x_log_density(Uniform(5, 10), np.array([4.0, 7.0])).round(3)
        array([  -inf, -1.609])
    """
    low, high = prior.support
    if isinstance(prior, Uniform):
        density = np.full(x.shape, -np.log(high - low))
    elif isinstance(prior, LogUniform):
        nearest, farthest = sorted((abs(low), abs(high)))  # both ends are above 0, or both below
        density = -np.log(np.maximum(np.abs(x), nearest)) - np.log(np.log(farthest / nearest))
    else:
        raise InputError(f"the density of x is known for Uniform and LogUniform priors, not for {prior}")
    return np.where(inside(x, prior.support), density, -np.inf)


def x_posterior(sequences: ShapeSequences, points: FloatArray) -> FloatArray:
    """Return the exact posterior given the x of the points, but not their y.

    Args:
        sequences: The data set.
        points: (x, y), shape (batch, points, 2); y is not used.

    Returns:
        Log-probabilities, shape (batch, points, families); NaN where x lies outside the prior of every family.

    Raises:
        InputError: The density of x is not known, or ``points`` has another shape or is not finite.
    """

    def of_chunk(chunk: FloatArray) -> FloatArray:
        densities = [x_log_density(x_prior(sequences, family), chunk[..., 0]) for family in sequences.families]
        return normalised(np.cumsum(np.stack(densities, axis=-1), axis=1))

    return by_chunks(points, len(sequences.families), of_chunk)


def leak(sequences: ShapeSequences, points: int = 4, *, count: int = 10_000) -> FloatArray:
    """Return the highest accuracy of any classifier that sees only x, after each number of points.

    It is the mean of the largest posterior probability, which has the same expectation as the share of right answers
    and a smaller variance. Chance level is one over the number of families. A higher accuracy is leakage.

    Args:
        sequences: The data set; only its families, its priors of x and its seed are used.
        points: Points of each sequence, from 1 up.
        count: Number of sequences to draw, from 1 up.

    Returns:
        Accuracy, shape (points,).

    Raises:
        InputError: ``points`` or ``count`` is below 1, or the density of x is not known.

    Example:
        The x of the square root have a different range:

        >>> leak(ShapeSequences(), 3).round(2)
        array([0.5 , 0.58, 0.62])
    """
    for name, value in (("points", points), ("count", count)):
        whole_number(name, value, low=1)
    data = replace(sequences, points=points, batch_size=min(_BATCH, count), split="test")
    total = np.zeros(points)
    for batch in data.batches(count):
        total += np.exp(x_posterior(data, batch.points).max(axis=-1)).sum(axis=0)
    return total / count
