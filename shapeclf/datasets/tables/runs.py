"""Runs: neighbouring rows of one group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

if TYPE_CHECKING:
    from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
    from shapeclf.datasets.tables.times import Moment

__all__ = ["GroupName", "GroupStarts", "Runs", "merged_neighbours", "runs_of_rows"]

GroupName = str | int | float


@final
@dataclass(frozen=True)
class Runs:
    """A part of a table, cut where the group changes.

    Attributes:
        names: Group of each run.
        lines: Number of the line or row in the file at which each run begins, shape (runs,).
        lengths: Number of points of each run, 0 if all of its rows were skipped, shape (runs,).
        skipped: Number of rows of each run that were skipped, shape (runs,).
        columns: Values of x, values of y, and standard deviations of y if there are any; each of shape (points,), in
            the order of the file. If no column holds x, its values are the numbers of the rows in the group. If there
            are ``moments``, the values of x are left out.
        moments: Dates or times of x of all points; empty if x holds numbers.
        unsigned: Whether the names are numbers of a column of unsigned integers.
    """

    names: list[GroupName]
    lines: IntArray
    lengths: IntArray
    skipped: IntArray
    columns: tuple[FloatArray, ...]
    moments: Sequence[Moment] = ()
    unsigned: bool = False


class GroupStarts(NamedTuple):
    """The rows at which groups begin, or may begin, in a part of a table.

    Attributes:
        names: Group at each start.
        starts: Indices of the rows at which the group may change, ascending, the first 0, shape (starts,).
        lines: Number of the line or row in the file at each start, shape (starts,).
        unsigned: Whether the names are numbers of a column of unsigned integers.
    """

    names: list[GroupName]
    starts: IntArray
    lines: IntArray
    unsigned: bool = False


def runs_of_rows(
    groups: GroupStarts, is_point: BoolArray, columns: Sequence[FloatArray], moments: Sequence[Moment] = ()
) -> Runs:
    """Return runs from the rows at which the group may change; see `merged_neighbours`.

    Args:
        groups: The rows at which the group may change.
        is_point: Whether each row is a point; the others were skipped, shape (rows,).
        columns: Columns of the points, as in `Runs`; skipped rows have no entry.
        moments: Dates or times of the points, as in `Runs`.

    Example:
        >>> starts = np.array([0, 1, 3])
        >>> groups = GroupStarts(["a", "a", "b"], starts, starts + 1)
        >>> runs_of_rows(groups, np.ones(5, dtype=bool), [np.zeros(5)]).lengths
        array([1, 2, 2])
    """
    names, starts, lines, unsigned = groups
    ends = np.append(starts[1:], len(is_point))
    before = np.append(0, np.cumsum(is_point))  # how many points there are before each row
    lengths = before[ends] - before[starts]
    return Runs(names, lines, lengths, ends - starts - lengths, tuple(columns), moments, unsigned)


def merged_neighbours(runs: Runs) -> Runs:
    """Merge neighbouring runs of the same group."""
    named = np.empty(len(runs.names), dtype=object)
    named[:] = runs.names
    new = np.ones(len(named), dtype=bool)
    new[1:] = named[1:] != named[:-1]
    if new.all():
        return runs
    first = np.flatnonzero(new)
    lengths, skipped = (np.add.reduceat(counts, first) for counts in (runs.lengths, runs.skipped))
    return replace(runs, names=named[new].tolist(), lines=runs.lines[new], lengths=lengths, skipped=skipped)
