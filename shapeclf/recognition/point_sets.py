"""Answers to finished sets of points, which do not depend on the order of their rows."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shapeclf.datasets._types import FloatArray, IntArray

__all__ = ["average_neighbours", "round_y", "set_posteriors", "sort_sets", "trained_points"]

_SYMMETRIC = 1e-9  # y are symmetric if their skewness is smaller
_RESOLUTION = 1e-12  # of y relative to its range, finer than that of any instrument
_ROUNDING = 1e-14  # relative error of y, which far from zero makes the skewness of symmetric y differ from 0


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
    """Return sets of points sorted by x, and their lengths; in too large sets, neighbouring points are averaged.

    Args:
        points: (x, y) or (x, y, y_error) of all sets, one after the other, shape (points, 2 or 3).
        lengths: Number of points of each set, at least 1, shape (sets,).
        longest: The largest number of points that the model was trained on; None for no limit.
    """
    points = points[_order(lengths, *points.T[::-1])]
    if longest is None or not lengths.size or lengths.max() <= longest:
        return points, lengths
    return average_neighbours(points, lengths, longest)


def set_posteriors(
    posteriors: Callable[[FloatArray, IntArray], FloatArray], points: FloatArray, lengths: IntArray
) -> FloatArray:
    """Return the posterior of each of many sorted sets, whatever the order of the points that share an x.

    Points that share an x are sorted by y, or by −y if y is skewed towards low values, and then shuffled in a fixed
    way. So y and −y get the same answer. If y is symmetric, the answers of both orders are averaged. Averaging for all
    sets would run the model twice on each. On simulated sets with repeated x, it would lower the mean NLL by 0.002 nats
    at 16 points and by 0.004 at 3 to 256 points, at equal accuracy. Sorting without the shuffle would raise it by 0.01
    and by 0.06 nats. Where the model cannot compute with the points, y is rounded (see `round_y`).

    Args:
        posteriors: Returns the posterior after the last point of each sequence, as `Recognizer.posteriors` does.
        points: Points returned by `sort_sets`.
        lengths: Lengths returned by `sort_sets`.

    Returns:
        Shape (sets, families).
    """
    answers = _posteriors(posteriors, points, lengths)
    failed = np.isnan(answers).any(axis=1)
    if failed.any():
        rows = np.repeat(failed, lengths)
        answers[failed] = _posteriors(posteriors, round_y(points[rows], lengths[failed]), lengths[failed])
    return answers


def round_y(points: FloatArray, lengths: IntArray) -> FloatArray:
    """Return sets of points with y rounded to `_RESOLUTION` of its range in each set.

    Coordinates of models are relative to the first y that differs from the first one. If this difference is 1e-300,
    as in the tail of an exact Gaussian, those of the other points overflow.
    """
    starts = _starts(lengths)
    lowest, highest = (each.reduceat(points[:, 1], starts) for each in (np.minimum, np.maximum))
    unit = np.repeat(_RESOLUTION * (highest / 2 - lowest / 2), lengths)
    first = np.repeat(points[starts, 1], lengths)
    rounded = points.copy()
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        y = first + np.round((points[:, 1] - first) / unit) * unit
    rounded[:, 1] = np.where(np.isfinite(y), y, points[:, 1])
    return rounded


def _posteriors(
    posteriors: Callable[[FloatArray, IntArray], FloatArray], points: FloatArray, lengths: IntArray
) -> FloatArray:
    tied = _tied(points, lengths)
    if not tied.any():
        return posteriors(points, lengths)
    rows = np.repeat(tied, lengths)
    signs = _signs(points[rows], lengths[tied])
    ordered = points.copy()
    ordered[rows] = _shuffled_ties(points[rows], lengths[tied], np.where(signs < 0, -1.0, 1.0))
    answers = posteriors(ordered, lengths)
    symmetric = tied.copy()
    symmetric[tied] = signs == 0
    if symmetric.any():
        some = lengths[symmetric]
        mirrored = _shuffled_ties(points[np.repeat(symmetric, lengths)], some, -np.ones(len(some)))
        answers[symmetric] = (answers[symmetric] + posteriors(mirrored, some)) / 2
    return answers


def _signs(points: FloatArray, lengths: IntArray) -> FloatArray:
    """Return the sign of the skewness of y in each set, 0 for a skewness of 0 up to rounding errors; shape (sets,)."""
    y, starts = points[:, 1], _starts(lengths)
    lowest, highest = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    middle, half = lowest / 2 + highest / 2, highest / 2 - lowest / 2  # no sum or difference overflows
    half[half == 0] = 1.0  # all y are equal, or half the difference underflows
    d = (y - np.repeat(middle, lengths)) / np.repeat(half, lengths)
    d -= np.repeat(np.add.reduceat(d, starts) / lengths, lengths)
    skewness = np.add.reduceat(d**3, starts) / lengths  # relative to half the range of y
    rounding = _SYMMETRIC + _ROUNDING * np.maximum(np.abs(lowest), np.abs(highest)) / half
    signs: FloatArray = np.where(np.abs(skewness) > rounding, np.sign(skewness), 0.0)
    return signs


def _starts(lengths: IntArray) -> IntArray:
    starts: IntArray = np.cumsum(lengths) - lengths
    return starts


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


def _shuffled_ties(points: FloatArray, lengths: IntArray, signs: FloatArray) -> FloatArray:
    """Return sorted sets with the points that share an x shuffled; the order depends only on the set and its sign.

    The points are first sorted by x, then by y, or by −y where the sign is −1; signs of shape (sets,).
    """
    points = points[_order(lengths, np.repeat(signs, lengths) * points[:, 1], points[:, 0])]
    index = np.arange(len(points)) - np.repeat(_starts(lengths), lengths)
    key = np.random.default_rng(0).random(int(lengths.max()))
    return points[_order(lengths, key[index], points[:, 0])]


def average_neighbours(points: FloatArray, lengths: IntArray, longest: int) -> tuple[FloatArray, IntArray]:
    """Reduce each set to at most ``longest`` points, each the mean of neighbouring sorted points.

    Noisy sets are recognised better from these means than from a subset: at 20,000 points and noise of 10 % of the
    curve's range, 96 % of them rather than 76 %. The y_error of a mean of n readings with errors e is √(Σe²)/n. It is
    0, which means not known, if the error of one of the readings is not known.
    """
    fewer = np.minimum(lengths, longest)
    first = _starts(fewer)
    index = np.arange(int(fewer.sum())) - np.repeat(first, fewer)
    edges = np.repeat(_starts(lengths), fewer) + index * np.repeat(lengths, fewer) // np.repeat(fewer, fewer)
    counts = np.diff(np.append(edges, len(points)))
    # Relative to the first point of each mean, so that no digits are lost far from zero.
    values = points[:, :2]
    away = values - values[np.repeat(edges, counts)]
    means = values[edges] + np.add.reduceat(away, edges, axis=0) / counts[:, None]
    if points.shape[1] == 3:
        errors, largest = points[:, 2], np.maximum.reduceat(points[:, 2], edges)
        relative = errors / np.repeat(np.where(largest > 0, largest, 1.0), counts)  # their squares do not overflow
        mean_errors = np.sqrt(np.add.reduceat(relative**2, edges)) * largest / counts
        known = np.minimum.reduceat(errors, edges) > 0
        means = np.column_stack([means, np.where(known, mean_errors, 0.0)])
    return means, fewer
