"""Accumulate the figures of many answers, batch by batch."""

from typing import final

import numpy as np

from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.errors import InputError

__all__ = ["BINS", "Tally"]

BINS = 15
"""Number of equal bins of the top probability, for calibration."""


@final
class Tally:
    """Accuracy, NLL, calibration and confusion of answers after each number of points.

    Args:
        points: The highest number of points.
        families: Number of families.
    """

    def __init__(self, points: int, families: int) -> None:
        self.sequences = 0
        self._right = np.zeros(points)
        self._nll = np.zeros(points)
        self._bins = np.zeros((3, points, BINS))  # numbers of answers and of right answers, summed probability
        self.confusion: IntArray = np.zeros((families, families), dtype=np.int64)

    def add(self, log_probabilities: FloatArray, labels: IntArray) -> FloatArray:
        """Add a batch.

        Args:
            log_probabilities: Shape (batch, points, families).
            labels: Shape (batch,).

        Returns:
            The negative log-likelihood of each sequence's family after each point, shape (batch, points).

        Raises:
            InputError: A probability is NaN.
        """
        if np.isnan(log_probabilities).any():
            raise InputError(
                "no probabilities can be computed: x, y, the parameters or the noise are too large or too small for "
                "floating point; choose values nearer to 1"
            )
        best = log_probabilities.argmax(axis=-1)  # (batch, points)
        right = best == labels[:, None]
        nll: FloatArray = -np.take_along_axis(log_probabilities, labels[:, None, None], axis=-1)[..., 0]
        self.sequences += len(labels)
        self._right += right.sum(axis=0)
        self._nll += nll.sum(axis=0)
        np.add.at(self.confusion, (labels, best[:, -1]), 1)
        top = np.exp(log_probabilities.max(axis=-1))
        bins = np.minimum((top * BINS).astype(np.int64), BINS - 1)
        indices = (np.broadcast_to(np.arange(bins.shape[1]), bins.shape), bins)
        for total, values in zip(self._bins, (np.ones_like(top), right, top), strict=True):
            np.add.at(total, indices, values)
        return nll

    @property
    def accuracy(self) -> FloatArray:
        """The share of right answers, shape (points,)."""
        return self._right / self.sequences

    @property
    def nll(self) -> FloatArray:
        """The mean negative log-likelihood in nats, shape (points,)."""
        return self._nll / self.sequences

    @property
    def calibration_error(self) -> FloatArray:
        """The expected calibration error, shape (points,) (Guo et al. 2017, On calibration of modern neural networks).

        It is the mean absolute difference, over the answers, between the top probability and the share of right
        answers, each averaged within `BINS` equal bins of the top probability.
        """
        _, right, top = self._bins
        error: FloatArray = np.abs(right - top).sum(axis=-1) / self.sequences
        return error

    @property
    def reliability(self) -> FloatArray:
        """Numbers of answers and of right answers, and sum of the top probability, by bin: (3, points, BINS)."""
        return self._bins.copy()
