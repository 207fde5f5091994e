"""Measure streams that end as soon as a family is probable enough: their share, points and errors."""

from dataclasses import dataclass
from typing import final

import numpy as np

from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.datasets.experiments import AnySequences, ExperimentSequences
from shapeclf.errors import InputError
from shapeclf.recognition.recognizer import Recognizer

__all__ = ["Stopping", "first_reaching", "stopping"]


@final
@dataclass(frozen=True)
class Stopping:
    """Results of streams that end when a family reaches a probability.

    Attributes:
        probability: The probability at which streams end.
        streams: Number of streams.
        decided: Share of streams that have ended after each number of points, shape (points,).
        wrong: Share of wrong answers among the streams that ended.
        standard_error: Standard error of that share.
        mean_points: Mean number of points of the streams that ended; NaN if none did.
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
    """Return where each stream ends.

    Args:
        posterior: Posterior after every point, shape (batch, points, families).
        lengths: Points of each stream, shape (batch,).
        probability: The probability that a family must reach.

    Returns:
        Whether each stream ends, after how many points, and with which family; each of shape (batch,).

    Example:
        >>> posterior = np.array([[[0.6, 0.4], [0.95, 0.05]], [[0.5, 0.5], [0.4, 0.6]]])
        >>> first_reaching(posterior, np.array([2, 2]), 0.9)
        (array([ True, False]), array([2, 1]), array([0, 0]))
    """
    reached = (posterior.max(axis=-1) >= probability) & (np.arange(posterior.shape[1]) < lengths[:, None])
    first = reached.argmax(axis=1)
    return reached.any(axis=1), first + 1, posterior[np.arange(len(first)), first].argmax(axis=-1)


def stopping(
    recognizer: Recognizer | None, data: AnySequences, probability: float, *, streams: int = 10_000
) -> Stopping:
    """Read streams point by point until a family reaches a probability.

    Args:
        recognizer: The recogniser to test; None for the exact posterior, if the data set has one.
        data: Data set that streams and their lengths are drawn from.
        probability: The probability at which streams end, above 0 and at most 1.
        streams: Number of streams.

    Raises:
        InputError: The probability is out of range, or there is no exact posterior.
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
    return Stopping(
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
