"""The leak audit: what the places of the points alone, without y, give away of the family."""

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
    """Log density of each x under its prior, -inf outside its support; the shape of ``x``.

    Raises:
        InputError: the prior's density is not known.

    Example:
        >>> x_log_density(Uniform(5, 10), np.array([4.0, 7.0])).round(3)
        array([  -inf, -1.609])
    """
    low, high = prior.support
    if isinstance(prior, Uniform):
        density = np.full(x.shape, -np.log(high - low))
    elif isinstance(prior, LogUniform):
        density = -np.log(np.maximum(x, low)) - np.log(np.log(high / low))
    else:
        raise InputError(f"the density of x is known for Uniform and LogUniform priors, not for {prior}")
    return np.where(inside(x, prior.support), density, -np.inf)


def x_posterior(sequences: ShapeSequences, points: FloatArray) -> FloatArray:
    """The exact posterior given the x of the points and not their y.

    Args:
        sequences: the data set.
        points: (x, y), shape (batch, points, 2); y is not looked at.

    Returns:
        Log-probabilities, shape (batch, points, families); NaN where no family's x reach so far.

    Raises:
        InputError: the density of x is not known, or ``points`` has another shape or is not finite.
    """

    def of_chunk(chunk: FloatArray) -> FloatArray:
        densities = [x_log_density(x_prior(sequences, family), chunk[..., 0]) for family in sequences.families]
        return normalised(np.cumsum(np.stack(densities, axis=-1), axis=1))

    return by_chunks(points, len(sequences.families), of_chunk)


def leak(sequences: ShapeSequences, points: int = 4, *, count: int = 10_000) -> FloatArray:
    """The best accuracy that can be had from x alone, after each number of points.

    It is the mean of the largest posterior probability: less scattered than the share of right answers,
    and the same on average. Chance is one over the number of families; anything above it is a leak.

    Args:
        sequences: the data set; its families, its priors of x and its seed count.
        points: of each sequence, from 1 up.
        count: how many sequences are drawn, from 1 up.

    Returns:
        Accuracy, shape (points,).

    Raises:
        InputError: points or count are below 1, or the density of x is not known.

    Example:
        The seed's ranges give the square root away:

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
