"""Many sequences in one table: groups of points, in bounded memory."""

import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, final

from shapeclf._text import counted
from shapeclf.datasets.tables.chunks import GroupChunk, chunk_of, whole_groups
from shapeclf.datasets.tables.layout import TableLayout
from shapeclf.datasets.tables.partial_table import PartialTable
from shapeclf.datasets.tables.reading import read_parts
from shapeclf.datasets.tables.runs import GroupName, Runs
from shapeclf.datasets.tables.sources import opened
from shapeclf.datasets.tables.stream_parts import stream_parts
from shapeclf.datasets.tables.table import ReadOptions, Table
from shapeclf.errors import InputError

__all__ = ["LONGEST_NAME", "GroupChunk", "GroupName", "GroupReader"]

LONGEST_NAME = 2**10  # characters in the name of a group


@final
@dataclass
class GroupReader:
    r"""Reads many sequences from one table: iterate over it for chunks of whole groups, in the order of the file.

    Files are read by the rules of `read_table`, each group like a file of its own.

    In the long form, each row is a point. A column names its group, and the rows of a group must be consecutive; sort
    by group first.

    In the wide form, each row is a sequence. Its columns are x1, y1, x2, y2, and so on. If a sequence is shorter than
    others, its last cells are empty or left out. If the header has columns of these names, only they and the group
    are read, with y1_err for a standard deviation. Otherwise, all columns but that of the group hold x and y in turn.
    Parquet and JSON may have lists of x and of y instead. Rows that name the same group are different sequences.

    The name of a group has at most 1,024 characters. Memory holds some chunks and, in the long form, 16 bytes for each
    group to detect a group whose rows are not adjacent.

    Args:
        source: A file; or a stream, which is read without seeking, and whose groups are yielded as they arrive.
        group: Name or number (from 1) of the group column; required in the long form. In the wide form, sequences are
            numbered from 1 without it.
        x: Name or number of the column of x; by default chosen as by `read_table`. In the wide form
            only for columns of lists.
        y: Name or number of the column of y; as for ``x``.
        wide: Whether each row holds a sequence.
        chunk_points: Largest number of points of a chunk, by default 262,144; a longer group is a chunk of its own.
        options: The other options of the user.

    Raises:
        InputError: An argument does not fit the others. While iterating: the file cannot be read, the rows of a group
            are not adjacent, or there are no points. The message names the location if there is one.

    Example:
        >>> from io import BytesIO
        >>> for chunk in GroupReader(BytesIO(b"run,x,y\na,1,2\na,2,4\nb,1,1\n"), group="run"):
        ...     print(chunk.names, chunk.lengths, chunk.points[:, 1])
        ['a'] [2] [2. 4.]
        ['b'] [1] [1.]
    """

    source: Path | IO[bytes] | IO[str]
    group: str | None = None
    x: str | None = None
    y: str | None = None
    wide: bool = False
    chunk_points: int = 2**18
    options: ReadOptions | None = None

    def __post_init__(self) -> None:
        if not self.wide and self.group is None:
            raise InputError("group: the long form needs the column that names the group")
        if self.chunk_points < 1:
            raise InputError(f"chunk_points must be from 1 up, got {self.chunk_points}")
        self._table: PartialTable | None = None
        self._groups = 0
        self._times: Table | None = None  # what was read of a group whose x holds dates or times
        self.share: float | None = None
        """How much of the file has been read, from 0 to 1; None where the end is not known, as in a stream."""

    def summary(self) -> str:
        """Return what has been read so far, in one line; empty before the first chunk."""
        if self._table is None:
            return ""
        table = self._table.description()
        if self._times is not None:
            origin = self._table.options.x_origin or "the earliest of each group"
            table = replace(table, x_unit=self._times.x_unit, x_origin=origin)
        return table.summary(f"{counted(len(self._table.points))} in {counted(self._groups, 'group')}")

    def __iter__(self) -> Iterator[GroupChunk]:
        self._groups, self.share = 0, None
        source = self.source
        name = str(source) if isinstance(source, Path) else "standard input"
        options = replace(self.options or ReadOptions(), x=self.x, y=self.y, group=self.group, wide=self.wide)
        with ExitStack() as stack:
            if isinstance(source, Path):
                file = stack.enter_context(opened(source))
                status = os.fstat(file.fileno())
                size = status.st_size if stat.S_ISREG(status.st_mode) else None
                parts = self._with_share(read_parts(name, file, options), file, size)
            else:
                parts = stream_parts(name, source, options)
            table = next(parts)
            self._table = table
            yield from self._chunks(table, itertools.chain([table], parts))
        self.share = 1.0 if isinstance(source, Path) and size is not None else None

    def _with_share(self, parts: Iterator[PartialTable], file: IO[bytes], size: int | None) -> Iterator[PartialTable]:
        for table in parts:
            self.share = table.share
            if table.share is None and size is not None and not file.closed:
                self.share = min(1.0, file.tell() / max(1, size))
            yield table

    def _chunks(self, table: PartialTable, parts: Iterator[PartialTable]) -> Iterator[GroupChunk]:
        layout, at_once = table.inferred.layout, not isinstance(self.source, Path)
        for chunk in whole_groups(layout, _runs(layout, parts), self.chunk_points, at_once=at_once):
            self._groups += len(chunk.names)
            group_chunk = chunk_of(table, chunk)
            self._times = next((each for each in group_chunk.tables if each.x_origin is not None), self._times)
            yield group_chunk


def _runs(layout: TableLayout, parts: Iterator[PartialTable]) -> Iterator[Runs]:
    """Yield the runs of the parts of a table.

    Raises:
        InputError: There are no points, or a name is longer than `LONGEST_NAME`.
    """
    table: PartialTable | None = None
    for table in parts:
        for runs in table.points.pop_runs():
            table.infer_date_order(runs.moments)
            _check_names(layout, runs)
            if runs.names:
                yield runs
    if table is not None:
        table.check_points()


def _check_names(layout: TableLayout, runs: Runs) -> None:
    """Raise InputError if a name is longer than `LONGEST_NAME`, since memory holds all names of a chunk."""
    if not runs.names or not isinstance(runs.names[0], str):
        return
    lengths = [len(str(name)) for name in runs.names]
    if max(lengths) > LONGEST_NAME:
        index = next(index for index, length in enumerate(lengths) if length > LONGEST_NAME)
        raise InputError(
            f"{layout.location(runs.lines[index])}: the name of a group has {lengths[index]} characters, "
            f"{LONGEST_NAME} at most; give the column that names the groups"
        )
