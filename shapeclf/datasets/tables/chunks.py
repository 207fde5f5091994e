"""Form chunks of whole groups from runs; a group may continue in the next part of the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, final

import numpy as np

from shapeclf._text import printable
from shapeclf.datasets.tables.layout import TableLayout
from shapeclf.datasets.tables.points import MAX_POINTS
from shapeclf.datasets.tables.registry import GroupRegistry
from shapeclf.datasets.tables.runs import GroupName, Runs
from shapeclf.errors import InputError

if TYPE_CHECKING:
    from shapeclf.datasets._types import FloatArray, IntArray
    from shapeclf.datasets.tables.partial_table import PartialTable
    from shapeclf.datasets.tables.table import Table

__all__ = ["GroupChunk", "chunk_of", "whole_groups"]

_NAME_SHOWN = 40


@final
@dataclass(frozen=True)
class GroupChunk:
    """Some whole groups, in the order of the file.

    Attributes:
        names: Name of each group: a number from Parquet, else text.
        points: The x and y of all points, one group after the other, shape (points, 2).
        lengths: Number of points of each group; 0 where all of its rows were skipped, shape (groups,).
        unsigned: Whether the names are numbers of a column of unsigned integers.
        y_error: Standard deviations of y of all points, shape (points,); None where there are none.
        skipped: Number of rows of each group that were skipped, shape (groups,).
        tables: Names and units of the columns and the date that is x = 0, without points: one table for each group, or
            one for all; empty if the points come from no table.
    """

    names: list[GroupName]
    points: FloatArray
    lengths: IntArray
    unsigned: bool = False
    y_error: FloatArray | None = None
    skipped: IntArray | None = None
    tables: tuple[Table, ...] = ()

    def records(self) -> list[dict[str, Any]]:
        """Return what was read of each group, for JSON; an empty list if the points come from no table."""
        if not self.tables:
            return []
        ends = np.cumsum(self.lengths)
        tables = self.tables if len(self.tables) == len(self.names) else self.tables * len(self.names)
        skipped = np.zeros(len(ends)) if self.skipped is None else self.skipped
        return [
            replace(table, x=self.points[start:end, 0], y=self.points[start:end, 1], skipped={"": int(rows)}).record()
            for table, start, end, rows in zip(tables, ends - self.lengths, ends, skipped, strict=True)
        ]


@final
class _Pending:
    """Groups that were read but not yet yielded; the last may continue."""

    def __init__(self) -> None:
        self.parts: list[Runs] = []
        self.names: list[GroupName] = []
        self.lengths = self.skipped = np.empty(0, dtype=np.int64)

    def add(self, runs: Runs, continues: bool) -> None:
        if continues:
            self.lengths[-1] += runs.lengths[0]
            self.skipped[-1] += runs.skipped[0]
        self.names += runs.names[continues:]
        self.lengths = np.concatenate([self.lengths, runs.lengths[continues:]])
        self.skipped = np.concatenate([self.skipped, runs.skipped[continues:]])
        self.parts.append(runs)

    def take(self, groups: int, limit: int, *, all_of_them: bool) -> Iterator[Runs]:
        """Yield the first groups in chunks and remove them; keep a chunk that is not full, unless ``all_of_them``."""
        ends = np.cumsum(self.lengths[:groups])
        if not groups or not (all_of_them or max(ends[-1], groups) >= limit):
            return
        columns = [np.concatenate(pieces) for pieces in zip(*(part.columns for part in self.parts), strict=True)]
        moments = [moment for part in self.parts for moment in part.moments]
        last, first, at = self.parts[-1], 0, 0
        while first < groups and (all_of_them or max(ends[-1] - at, groups - first) >= limit):
            stop = max(first + 1, min(first + limit, int(np.searchsorted(ends, at + limit, side="right"))))
            end = int(ends[stop - 1])
            yield replace(
                last,
                names=self.names[first:stop],
                lengths=self.lengths[first:stop],
                skipped=self.skipped[first:stop],
                columns=tuple(column[at:end] for column in columns),
                moments=moments[at:end],
            )
            first, at = stop, end
        self.names, self.lengths, self.skipped = self.names[first:], self.lengths[first:], self.skipped[first:]
        self.parts = [replace(last, columns=tuple(column[at:] for column in columns), moments=moments[at:])]


def whole_groups(layout: TableLayout, runs: Iterable[Runs], limit: int, *, at_once: bool = False) -> Iterator[Runs]:
    """Yield chunks of whole groups.

    In the wide form, each run is a whole group. In the long form, a group is joined from its runs in consecutive parts
    of the table.

    Args:
        layout: Layout of the table.
        runs: Runs of each part of the table.
        limit: Largest number of points of a chunk; a longer group is a chunk of its own.
        at_once: Whether to yield the groups after each part, rather than fill a chunk first.

    Raises:
        InputError: Rows of a group follow rows of another group; the message names both lines.

    Example:
        >>> from shapeclf.datasets.tables.columns import Choice, Column
        >>> from shapeclf.datasets.tables.runs import GroupStarts, runs_of_rows
        >>> from shapeclf.datasets.tables.table import ReadOptions
        >>> choice = Choice(None, Column(1, "y", None, "y", "number"))
        >>> layout = TableLayout("a.csv", "line", ",", ".", 2, True, choice, ReadOptions())
        >>> groups = GroupStarts(["a", "b"], np.array([0, 2]), np.array([1, 3]))
        >>> part = runs_of_rows(groups, np.ones(3, dtype=bool), [np.zeros(3)])
        >>> more = runs_of_rows(groups._replace(names=["b", "c"]), np.ones(3, dtype=bool), [np.zeros(3)])
        >>> [(runs.names, runs.lengths.tolist()) for runs in whole_groups(layout, [part, more], limit=4)]
        [(['a'], [2]), (['b', 'c'], [3, 1])]
    """
    pending, registry, wide = _Pending(), GroupRegistry(), layout.options.wide
    for part in runs:
        continues = not wide and bool(pending.names) and pending.names[-1] == part.names[0]
        repeated = None if wide else registry.add(part.names[continues:], part.lines[continues:])
        if repeated is not None:
            index, began = repeated[0] + continues, repeated[1]
            name = printable(str(part.names[index])[:_NAME_SHOWN])
            raise InputError(
                f"{layout.location(part.lines[index])}: the rows of group {name!r} are not adjacent, "
                f"it began in {layout.noun} {began}; sort by group first"
            )
        pending.add(part, continues)
        if pending.lengths[-1] > MAX_POINTS and not wide:
            raise InputError(
                f"{layout.source}: more than {MAX_POINTS:,} points in one group; use every tenth point, or average them"
            )
        yield from pending.take(len(pending.names) - (not wide), limit, all_of_them=at_once)
    yield from pending.take(len(pending.names), limit, all_of_them=True)


def chunk_of(table: PartialTable, runs: Runs) -> GroupChunk:
    """Return a chunk of whole groups, with dates and times converted to numbers.

    Raises:
        InputError: A date cannot be read.
    """
    choice, columns = table.inferred.layout.choice, list(runs.columns)
    y_error = None if choice.y_error is None else columns.pop()
    y = columns.pop()
    ends = np.cumsum(runs.lengths)
    starts = ends - runs.lengths
    x = columns[0] if columns else y  # a placeholder, which is not used if there are moments
    is_time = choice.x is not None and choice.x.is_time
    tables = [
        table.table_of(x[a:b], y[a:b], None if y_error is None else y_error[a:b], runs.moments[a:b])
        if b > a or not is_time
        else table.description()
        for a, b in (zip(starts, ends, strict=True) if is_time else [(0, len(y))])
    ]
    errors = [each.y_error for each in tables if each.y_error is not None]
    return GroupChunk(
        runs.names,
        np.column_stack([np.concatenate([each.x for each in tables]), y]),
        runs.lengths,
        runs.unsigned,
        np.concatenate(errors) if errors else None,
        runs.skipped,
        tuple(replace(each, x=x[:0], y=y[:0], y_error=None) for each in tables),
    )
