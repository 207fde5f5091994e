"""Text with one row a sequence: x1, y1, x2, y2, and so on."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from shapeclf.datasets.tables.blocks import Block, table_of_blocks
from shapeclf.datasets.tables.columns import find_column, need_columns
from shapeclf.datasets.tables.lines import Layout
from shapeclf.datasets.tables.runs import GroupName, Runs
from shapeclf.errors import InputError

__all__ = ["wide_text_runs"]

_AXIS_AND_NUMBER = re.compile(r"([xy])([1-9][0-9]{0,8})")


def wide_text_runs(source: str, blocks: Iterator[Block], *, group: str | None) -> Iterator[Runs]:
    r"""The sequences of a table in text, block by block: each row is one run.

    Where the header has columns named x1 and y1, the values are those named x1, y1, x2, y2, and so on, wherever
    they stand; else all columns but the group's, in pairs of x and y. Shorter sequences leave the last cells empty,
    or have shorter lines. Without a column for it, the group is the number of the sequence, from 1.

    Args:
        source: what the text comes from, for messages.
        blocks: the text.
        group: name or number (from 1) of the column of the group, if there is one.

    Raises:
        InputError: there is no such column, or a line holds no sequence; the text names line and column.

    Example:
        >>> (runs,) = wide_text_runs("a.csv", iter([Block(1, b"0,1,2,3\n4,5,,\n")]), group=None)
        >>> runs.names, runs.lengths
        ([1, 2], array([2, 1]))
    """
    layout, blocks = table_of_blocks(source, blocks)
    need_columns(source, layout.count, group)
    place = None if group is None else find_column(source, "group", group, layout.header, layout.count)
    rows = _WideRows(layout, place, _named_values(source, layout.header))
    count = 0
    for block in blocks:
        runs = rows.runs(block, count + 1)
        if runs is not None:
            count += len(runs.names)
            yield runs


def _named_values(source: str, header: Sequence[str]) -> list[int] | None:
    """The columns named x1, y1, x2, y2, and so on, in this order; None if they are not so named."""
    if not {"x1", "y1"} <= set(header):
        return None
    names = [name for name in header if _AXIS_AND_NUMBER.fullmatch(name)]
    wanted = [f"{axis}{number}" for number in range(1, len(names) // 2 + 1) for axis in "xy"]
    missing = [name for name in wanted if name not in set(names)]
    odd = [name for name in names if name not in set(wanted)]
    if missing or odd:
        raise InputError(
            f"{source}: the columns x1, y1, x2, y2, ... must be pairs without a gap; "
            + (f"there is no {missing[0]}" if missing else f"{odd[0]} has no partner")
        )
    places = {name: place for place, name in enumerate(header)}
    return [places[name] for name in wanted]


@final
@dataclass(frozen=True)
class _WideRows:
    """How the rows of one table become sequences."""

    layout: Layout
    group: int | None
    values: Sequence[int] | None

    def runs(self, block: Block, first: int) -> Runs | None:
        """The sequences of a block, ``first`` the number of the first; None if it holds only empty lines.

        Line by line: Arrow's parser takes kilobytes for each column of a block, and from ten columns on more time.
        """
        names: list[GroupName] = []
        places: list[int] = []
        lengths: list[int] = []
        numbers: list[float] = []
        for number, (line, text) in enumerate(block.lines(), start=first):
            cells = self.layout.cells(line, text)
            names.append(number if self.group is None else self.layout.group(line, cells, self.group))
            row = self._numbers(line, cells)
            places.append(line)
            lengths.append(len(row) // 2)
            numbers += row
        if not names:
            return None
        return Runs(names, np.array(places), np.array(lengths), np.array(numbers).reshape(-1, 2))

    def _columns(self, cells: Sequence[str]) -> Sequence[int]:
        """The columns of x1, y1, x2, y2, and so on, of one line up to the last cell with anything in it."""
        if self.values is not None:
            return self.values
        end = len(cells)
        while end and not cells[end - 1]:
            end -= 1
        return range(end) if self.group is None else [column for column in range(end) if column != self.group]

    def _numbers(self, line: int, cells: list[str]) -> list[float]:
        """x1, y1, x2, y2, and so on, of one line."""
        columns = self._columns(cells)
        filled = [cells[column] if column < len(cells) else "" for column in columns]
        while filled and not filled[-1]:
            filled.pop()
        if not filled:
            raise InputError(f"{self.layout.source}, line {line}: there is no point in it")
        try:
            numbers = list(map(float, filled))
        except ValueError:
            numbers = [math.nan]
        if len(numbers) % 2 or not all(map(math.isfinite, numbers)):
            if self.values is not None:  # a named cell that the line leaves out is an empty one
                cells = cells + [""] * (self.layout.count - len(cells))
            for column in columns[: len(filled)]:
                self.layout.number(line, cells, column)
            self.layout.number(line, cells, self._next_column(columns, len(filled)))  # an x without its y
        return numbers

    def _next_column(self, columns: Sequence[int], count: int) -> int:
        """The column after the first ``count`` of x1, y1, x2, y2, and so on."""
        if count < len(columns):
            return columns[count]
        following = max(columns) + 1
        return following + (following == self.group)
