"""Runs: neighbouring rows of one group."""

from dataclasses import dataclass
from typing import final

import numpy as np

from shapeclf.datasets._types import FloatArray, IntArray

__all__ = ["GroupName", "Runs", "make_runs"]

GroupName = str | int | float


@final
@dataclass(frozen=True)
class Runs:
    """A part of a table, cut where the group changes.

    Attributes:
        names: the group of each run.
        places: line or row of the first point of each run, shape (runs,).
        lengths: points of each run, shape (runs,).
        points: all of them in order, shape (points, 2).
        unsigned: Whether the names are numbers of a column of unsigned integers.
    """

    names: list[GroupName]
    places: IntArray
    lengths: IntArray
    points: FloatArray
    unsigned: bool = False


def make_runs(
    names: list[GroupName], starts: IntArray, places: IntArray, points: FloatArray, *, unsigned: bool = False
) -> Runs:
    """Runs from the rows at which the group may change; neighbours of one name become one.

    Args:
        names: the group at each start.
        starts: rows from 0, ascending, the first 0, shape (starts,).
        places: line or row in the file of every point, shape (points,).
        points: shape (points, 2).
        unsigned: Whether the names are numbers of a column of unsigned integers.

    Example:
        >>> make_runs(["a", "a", "b"], np.array([0, 1, 3]), np.arange(5), np.zeros((5, 2))).lengths
        array([3, 2])
    """
    named = np.empty(len(names), dtype=object)
    named[:] = names
    new = np.ones(len(names), dtype=bool)
    new[1:] = named[1:] != named[:-1]
    if not new.all():
        names, starts = named[new].tolist(), starts[new]
    return Runs(names, places[starts], np.diff(starts, append=len(points)), points, unsigned)
