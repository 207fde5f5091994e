"""Groups in chunks: runs joined where a group goes on in the next block, and cut again where it ends."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from shapeclf._text import printable
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.tables.ledger import GroupLedger
from shapeclf.datasets.tables.runs import GroupName, Runs
from shapeclf.errors import InputError

__all__ = ["GroupChunk", "joined_groups", "whole_groups"]

_NAME_SHOWN = 40


@final
@dataclass(frozen=True)
class GroupChunk:
    """Some whole groups, in the order of the file.

    Attributes:
        names: what the file calls each: numbers from Parquet, else text.
        points: x and y of all points, one group after the other, shape (points, 2).
        lengths: points of each group, at least 1, shape (groups,).
        unsigned: Whether the names are numbers of a column of unsigned integers.
        y_error: Standard deviations of y of all points, shape (points,); None where there are none.
    """

    names: list[GroupName]
    points: FloatArray
    lengths: IntArray
    unsigned: bool = False
    y_error: FloatArray | None = None


@final
class _Pending:
    """Groups that have been read and not handed on; the last may go on."""

    def __init__(self) -> None:
        self.names: list[GroupName] = []
        self.lengths = np.empty(0, dtype=np.int64)
        self.pieces: list[FloatArray] = []
        self.unsigned = False

    def add(self, runs: Runs, goes_on: bool) -> None:
        lengths = runs.lengths
        if goes_on:
            self.lengths[-1] += lengths[0]
        self.names += runs.names[goes_on:]
        self.lengths = np.concatenate([self.lengths, lengths[goes_on:]])
        self.pieces.append(runs.points)
        self.unsigned = runs.unsigned

    def take(self, groups: int, limit: int, *, all_of_them: bool) -> Iterator[GroupChunk]:
        """Chunks of the first groups; what would not fill one stays, unless all are to be taken."""
        ends = np.cumsum(self.lengths[:groups])
        if not groups or not (all_of_them or ends[-1] >= limit):
            return
        points = np.concatenate(self.pieces)
        first, at = 0, 0
        while first < groups and (all_of_them or ends[-1] - at >= limit):
            stop = max(first + 1, int(np.searchsorted(ends, at + limit, side="right")))
            end = int(ends[stop - 1])
            yield GroupChunk(self.names[first:stop], points[at:end], self.lengths[first:stop], self.unsigned)
            first, at = stop, end
        self.names = self.names[first:]
        self.lengths = self.lengths[first:]
        self.pieces = [points[at:]]


def whole_groups(runs: Iterable[Runs], limit: int, *, at_once: bool = False) -> Iterator[GroupChunk]:
    """Chunks of runs each of which is a whole group.

    Args:
        runs: parts of the table.
        limit: points of a chunk, at most, unless one group is longer.
        at_once: hand on what there is after each part, rather than fill a chunk.
    """
    pending = _Pending()
    for part in runs:
        pending.add(part, goes_on=False)
        yield from pending.take(len(pending.names), limit, all_of_them=at_once)
    yield from pending.take(len(pending.names), limit, all_of_them=True)


def joined_groups(
    source: str, unit: str, runs: Iterable[Runs], limit: int, *, at_once: bool = False
) -> Iterator[GroupChunk]:
    """Chunks of groups that may be cut by the parts of the table.

    Args:
        source: what the table comes from, for messages.
        unit: what ``Runs.places`` counts, for messages.
        runs: parts of the table.
        limit: points of a chunk, at most, unless one group is longer.
        at_once: hand on the whole groups after each part, rather than fill a chunk.

    Raises:
        InputError: a group comes back after another; the text names both places.

    Example:
        >>> part = Runs(["a", "b"], np.array([1, 3]), np.array([2, 1]), np.zeros((3, 2)))
        >>> more = Runs(["b", "c"], np.array([4, 6]), np.array([2, 1]), np.zeros((3, 2)))
        >>> [(chunk.names, chunk.lengths.tolist()) for chunk in joined_groups("a.csv", "line", [part, more], limit=4)]
        [(['a'], [2]), (['b', 'c'], [3, 1])]
    """
    pending, ledger = _Pending(), GroupLedger()
    for part in runs:
        goes_on = bool(pending.names) and pending.names[-1] == part.names[0]
        back = ledger.enter(part.names[goes_on:], part.places[goes_on:])
        if back is not None:
            index, began = back[0] + goes_on, back[1]
            name = printable(str(part.names[index])[:_NAME_SHOWN])
            raise InputError(
                f"{source}, {unit} {part.places[index]}: the group {name!r} comes back after another, "
                f"it began in {unit} {began}; sort by group first"
            )
        pending.add(part, goes_on)
        yield from pending.take(len(pending.names) - 1, limit, all_of_them=at_once)
    yield from pending.take(len(pending.names), limit, all_of_them=True)
