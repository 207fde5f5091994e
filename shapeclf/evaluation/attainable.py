"""The highest accuracy that any classifier can attain on a data set."""

from dataclasses import replace

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.sequences import ShapeSequences
from shapeclf.evaluation.exact import exact_posterior
from shapeclf.evaluation.tally import Tally

__all__ = ["attainable_accuracy"]

_BATCH = 1000  # sequences


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
