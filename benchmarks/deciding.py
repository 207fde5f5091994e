"""Streams that end as soon as a family is probable enough: how soon, how often, and how often wrongly."""

from dataclasses import dataclass
from typing import final

import numpy as np

from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.datasets.experiments import AnySequences, ExperimentSequences
from shapeclf.errors import InputError
from shapeclf.recognition.recognizer import Recognizer

__all__ = ["Deciding", "deciding", "first_reaching"]


@final
@dataclass(frozen=True)
class Deciding:
    """What became of streams that were to end at a probability.

    Attributes:
        probability: Where they were to end.
        streams: How many there were.
        decided: Share of them that ended by then after each number of points, shape (points,).
        wrong: Share of wrong answers among those that ended.
        standard_error: Of that share.
        mean_points: Mean number of points of those that ended; NaN where none did.
    """

    probability: float
    streams: int
    decided: FloatArray
    wrong: float
    standard_error: float
    mean_points: float


def first_reaching(
    posterior: FloatArray, lengths: IntArray, probability: float
) -> tuple[BoolArray, IntArray, IntArray]:
    """Where each stream ends.

    Args:
        posterior: After every point, shape (batch, points, families).
        lengths: Points of each stream, shape (batch,).
        probability: That some family has to reach.

    Returns:
        Whether it ends, after how many points, and which family it answers; each of shape (batch,).

    Example:
        >>> posterior = np.array([[[0.6, 0.4], [0.95, 0.05]], [[0.5, 0.5], [0.4, 0.6]]])
        >>> first_reaching(posterior, np.array([2, 2]), 0.9)
        (array([ True, False]), array([2, 1]), array([0, 0]))
    """
    reached = (posterior.max(axis=-1) >= probability) & (np.arange(posterior.shape[1]) < lengths[:, None])
    first = reached.argmax(axis=1)
    return reached.any(axis=1), first + 1, posterior[np.arange(len(first)), first].argmax(axis=-1)


def deciding(
    recognizer: Recognizer | None, data: AnySequences, probability: float, *, streams: int = 10_000
) -> Deciding:
    """Reads streams point by point until some family has this probability.

    Args:
        recognizer: Whose answers; None for the exact posterior, where the data set has one.
        data: What the streams are drawn from; their lengths are its own.
        probability: Above 0 and at most 1.
        streams: How many.

    Raises:
        InputError: The probability is none, or there is no exact posterior.
    """
    if not 0 < probability <= 1:
        raise InputError(f"probability must be above 0 and at most 1, got {probability!r}")
    points = data.points_range[1]
    ended = np.zeros(points)
    wrong = 0
    for batch in data.batches(streams):
        posterior = _posterior(recognizer, data, batch.points)
        stops, count, family = first_reaching(posterior, batch.lengths, probability)
        wrong += int((family[stops] != batch.labels[stops]).sum())
        ended += np.bincount(count[stops], minlength=points + 1)[1:]
    total = float(ended.sum())
    share = wrong / max(total, 1.0)
    return Deciding(
        probability=probability,
        streams=streams,
        decided=np.cumsum(ended) / streams,
        wrong=share,
        standard_error=float(np.sqrt(share * (1.0 - share) / max(total, 1.0))),
        mean_points=float(ended @ np.arange(1, points + 1) / total) if total else float("nan"),
    )


def _posterior(recognizer: Recognizer | None, data: AnySequences, points: FloatArray) -> FloatArray:
    if recognizer is not None:
        return np.exp(recognizer.log_probabilities(points, final=False).astype(np.float64))
    if isinstance(data, ExperimentSequences):
        raise InputError("experiments have no exact posterior")
    from shapeclf.evaluation.exact import exact_posterior

    return np.exp(np.nan_to_num(exact_posterior(data, points), nan=-np.inf))
