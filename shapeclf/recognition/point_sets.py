"""Answers to finished sets of points, which do not depend on the order of their rows."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shapeclf.datasets._types import FloatArray, IntArray

__all__ = ["average_neighbours", "set_posteriors", "sort_sets", "trained_points"]


def trained_points(record: object) -> int | None:
    """Return the largest number of points that a model was trained on; None if its record does not contain it.

    Args:
        record: The training record of a model file, which may hold anything.
    """
    for name in ("settings", "sequences", "points"):
        record = record.get(name) if isinstance(record, dict) else None
    longest = record[-1] if isinstance(record, list) and record else record
    return longest if isinstance(longest, int) and longest > 1 else None


def sort_sets(points: FloatArray, lengths: IntArray, longest: int | None) -> tuple[FloatArray, IntArray]:
    """Return sets of points sorted by x, and their lengths; in sets with too many points, neighbours are averaged.

    Args:
        points: (x, y) of all sets, one after the other, shape (points, 2).
        lengths: Number of points of each set, at least 1, shape (sets,).
        longest: The largest number of points that the model knows; None for no limit.
    """
    points = _sorted(points, lengths, 1.0)
    if longest is None or not lengths.size or lengths.max() <= longest:
        return points, lengths
    return average_neighbours(points, lengths, longest)


def set_posteriors(
    posteriors: Callable[[FloatArray, IntArray], FloatArray], points: FloatArray, lengths: IntArray
) -> FloatArray:
    """Return the posterior of each of many sorted sets, averaged over two orders of the points that share an x.

    The second order is the one that the points (x, −y) would have, so that y and −y get the same answer. On simulated
    sets with repeated x, averaging over four such pairs of orders lowers the mean NLL by less than 0.006 nats, and a
    single order raises it by 0.01 to 0.04 nats.

    Args:
        posteriors: Returns the posterior after the last point of each sequence, as `Recognizer.posteriors` does.
        points: Points returned by `sort_sets`.
        lengths: Lengths returned by `sort_sets`.

    Returns:
        Shape (sets, families).
    """
    tied = _tied(points, lengths)
    if not tied.any():
        return posteriors(points, lengths)
    rows, some = np.repeat(tied, lengths), lengths[tied]
    points, mirrored = points.copy(), _sorted(points[rows], some, -1.0)
    points[rows], mirrored = (_shuffled_ties(order, some) for order in (points[rows], mirrored))
    answers = posteriors(points, lengths)
    answers[tied] = (answers[tied] + posteriors(mirrored, some)) / 2
    return answers


def _starts(lengths: IntArray) -> IntArray:
    starts: IntArray = np.cumsum(lengths) - lengths
    return starts


def _sorted(points: FloatArray, lengths: IntArray, sign: float) -> FloatArray:
    """Return the points of each set sorted by x, then by y or by −y."""
    return points[_order(lengths, sign * points[:, 1], points[:, 0])]


def _order(lengths: IntArray, *keys: FloatArray) -> IntArray:
    """Return the indices that sort each set by several keys, the last key first, as `numpy.lexsort` does."""
    if lengths.size and lengths.min() == lengths.max():  # equal lengths, for which this is nine times as fast
        rows = np.lexsort([key.reshape(len(lengths), -1) for key in keys], axis=1)
        return (rows + _starts(lengths)[:, None]).ravel()
    order: IntArray = np.lexsort((*keys, np.repeat(np.arange(len(lengths)), lengths)))
    return order


def _tied(points: FloatArray, lengths: IntArray) -> NDArray[np.bool_]:
    """Return which sorted sets have different y at one x, shape (sets,)."""
    same = (points[1:, 0] == points[:-1, 0]) & (points[1:, 1] != points[:-1, 1])
    same[_starts(lengths)[1:] - 1] = False  # the next set begins there
    tied = np.zeros(len(lengths), dtype=np.bool_)
    tied[np.repeat(np.arange(len(lengths)), lengths)[1:][same]] = True
    return tied


def _shuffled_ties(points: FloatArray, lengths: IntArray) -> FloatArray:
    """Return sorted sets with the points that share an x shuffled; the order depends only on the set itself."""
    index = np.arange(len(points)) - np.repeat(_starts(lengths), lengths)
    key = np.random.default_rng(0).random(int(lengths.max()))
    return points[_order(lengths, key[index], points[:, 0])]


def average_neighbours(points: FloatArray, lengths: IntArray, longest: int) -> tuple[FloatArray, IntArray]:
    """Reduce each set to at most ``longest`` points, which are means of neighbours of the sorted points.

    Means of neighbours recognise noisy sets better than a subset does: at 20,000 points and noise of 10 % of the
    curve's range, 99 % of them rather than 87 %.
    """
    fewer = np.minimum(lengths, longest)
    first = _starts(fewer)
    index = np.arange(int(fewer.sum())) - np.repeat(first, fewer)
    edges = np.repeat(_starts(lengths), fewer) + index * np.repeat(lengths, fewer) // np.repeat(fewer, fewer)
    counts = np.diff(np.append(edges, len(points)))
    # Relative to the first point of each mean, so that no digits are lost far from zero.
    away = points - points[np.repeat(edges, counts)]
    return points[edges] + np.add.reduceat(away, edges, axis=0) / counts[:, None], fewer
