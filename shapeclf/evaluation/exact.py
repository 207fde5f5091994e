"""The exact posterior, which is the best possible answer of any classifier."""

from dataclasses import replace

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.families import Family
from shapeclf.datasets.priors import LogUniform, Uniform
from shapeclf.datasets.sequences import ShapeSequences
from shapeclf.errors import InputError
from shapeclf.evaluation._points import by_chunks, curve_inside, x_prior
from shapeclf.evaluation.evidence import Evidence, log_evidence, noise_free_evidence
from shapeclf.evaluation.leak import x_log_density
from shapeclf.evaluation.least_squares import known_residual
from shapeclf.evaluation.moments import Box, RunningMoments, running_moments
from shapeclf.evaluation.tally import Tally
from shapeclf.recognition.family_filter import normalised

__all__ = ["attainable_accuracy", "exact_posterior", "has_exact_reference"]

_BATCH = 1000  # sequences, for the attainable accuracy


def has_exact_reference(sequences: ShapeSequences) -> bool:
    """Return whether the exact posterior of a data set can be computed.

    All priors of x must be uniform or log-uniform. Besides, either all parameters are fixed, or k and b are uniform and
    no family has shape parameters.

    Example:
        >>> has_exact_reference(ShapeSequences(parameters="fresh", noise=0.1))
        True
    """
    return _missing_reference(sequences) is None


def _missing_reference(sequences: ShapeSequences) -> str | None:
    """Return why there is no exact reference, or None if there is one."""
    for family in sequences.families:
        if not isinstance(x_prior(sequences, family), Uniform | LogUniform):
            return f"family {family.name!r} has a prior of x whose density is not known, {x_prior(sequences, family)}"
        if sequences.fixed_parameters is not None:
            continue
        if family.shape:
            return f"family {family.name!r} has shape parameters ({', '.join(family.shape)})"
        for name, prior in (("k", family.k), ("b", family.b)):
            if not isinstance(prior, Uniform):
                return f"family {family.name!r} has a prior of {name} that is not uniform, {prior}"
    return None


@np.errstate(over="ignore", divide="ignore", invalid="ignore")  # the result is then NaN
def exact_posterior(sequences: ShapeSequences, points: FloatArray) -> FloatArray:
    """Return the posterior of the families after each point, given the true model of the data.

    The posterior after n points depends only on these points, so padding after the last point does not change it.

    Args:
        sequences: The data set of the points; its families, parameters, priors of x and noise are used.
        points: (x, y), shape (batch, points, 2).

    Returns:
        Log-probabilities in nats, shape (batch, points, families); NaN where no family can have produced the points
        or where floating point overflows.

    Raises:
        InputError: No exact reference exists, a family's function is not finite at some x, or ``points``
            has another shape or is not finite.

    Example:
        Two points on y = 0.5·x + 1, under the default families with fresh parameters:

        >>> sequences = ShapeSequences(parameters="fresh")
        >>> np.exp(exact_posterior(sequences, np.array([[[6.0, 4.0], [9.0, 5.5]]]))).round(3)
        array([[[0.24 , 0.04 , 0.72 ],
                [0.938, 0.063, 0.   ]]])
    """
    reason = _missing_reference(sequences)
    if reason is not None:
        raise InputError(f"no exact reference exists for these sequences: {reason}")
    evidence_of = _noisy_evidence if sequences.noise > 0 else _exact_evidence

    def of_chunk(chunk: FloatArray) -> FloatArray:
        x, y = chunk[..., 0], chunk[..., 1]
        evidences = [evidence_of(sequences, family, x, y) for family in sequences.families]
        x_densities = [x_log_density(x_prior(sequences, family), x) for family in sequences.families]
        density = np.stack([evidence.log_density for evidence in evidences], axis=-1)  # (chunk, points, families)
        density += np.cumsum(np.stack(x_densities, axis=-1), axis=1)
        # A family that predicts more points exactly is infinitely more probable, whatever the finite densities are.
        predicted = np.stack([evidence.predicted for evidence in evidences], axis=-1)
        predicted[np.isneginf(density)] = -1
        density[predicted < predicted.max(axis=-1, keepdims=True)] = -np.inf
        return normalised(density)

    return by_chunks(points, len(sequences.families), of_chunk)


def _moments(sequences: ShapeSequences, family: Family, x: FloatArray, y: FloatArray) -> tuple[RunningMoments, Box]:
    interval = x_prior(sequences, family).support
    return running_moments(curve_inside(family, x, interval, k=1.0, b=0.0), y), Box(family.k.support, family.b.support)


def _noisy_evidence(sequences: ShapeSequences, family: Family, x: FloatArray, y: FloatArray) -> Evidence:
    if sequences.fixed_parameters is None:
        density = log_evidence(*_moments(sequences, family, x, y), sequences.noise)
    else:
        # The constant of the normal density is omitted, since it is the same for all families.
        interval, values = x_prior(sequences, family).support, sequences.fixed_parameters[family.name]
        density = -0.5 * known_residual(family, x, y, values, interval) / sequences.noise**2
    return Evidence(np.zeros_like(density), density)


def _exact_evidence(sequences: ShapeSequences, family: Family, x: FloatArray, y: FloatArray) -> Evidence:
    if sequences.fixed_parameters is None:
        return noise_free_evidence(*_moments(sequences, family, x, y))
    interval, values = x_prior(sequences, family).support, sequences.fixed_parameters[family.name]
    matches = known_residual(family, x, y, values, interval) == 0
    return Evidence(np.where(matches, 0.0, -1.0), np.where(matches, 0.0, -np.inf))


def attainable_accuracy(sequences: ShapeSequences, points: int, *, count: int = 10_000) -> FloatArray:
    """Return the accuracy of the exact posterior after each number of points, on sequences of the validation split.

    No classifier does better on average.

    Args:
        sequences: The data set; its split is ignored.
        points: Number of points, from 1 up.
        count: Number of sequences to draw.

    Returns:
        Accuracy p, shape (points,), with the standard error sqrt(p (1 - p) / count).

    Raises:
        InputError: No exact reference exists for the data set.

    Example:
        >>> attainable_accuracy(ShapeSequences(), 2, count=100)
        array([1., 1.])
    """
    drawn = replace(sequences, points=points, batch_size=min(_BATCH, count), split="validation")
    tally = Tally(points, len(drawn.families))
    for batch in drawn.batches(count):
        tally.add(np.nan_to_num(exact_posterior(drawn, batch.points), nan=-np.inf), batch.labels)
    return tally.accuracy
