"""Many sequences in one table: groups of points, in bounded memory."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, final

from shapeclf.datasets.tables.blocks import line_blocks
from shapeclf.datasets.tables.chunks import GroupChunk, joined_groups, whole_groups
from shapeclf.datasets.tables.long_text import long_text_runs
from shapeclf.datasets.tables.runs import GroupName, Runs
from shapeclf.datasets.tables.sources import Progress, is_parquet, opened
from shapeclf.datasets.tables.wide_text import wide_text_runs
from shapeclf.errors import InputError

__all__ = ["CHUNK_POINTS", "LONGEST_NAME", "GroupChunk", "GroupName", "GroupReader"]

CHUNK_POINTS = 2**18
LONGEST_NAME = 2**10
"""Characters of a group's name, at most."""


def _with_short_names(source: str, unit: str, parts: Iterator[Runs]) -> Iterator[Runs]:
    """Yield parts of a table whose groups have names of a length that memory can hold for a whole chunk.

    Raises:
        InputError: A name is longer.
    """
    for part in parts:
        for name, place in zip(part.names, part.places, strict=True):
            if isinstance(name, str) and len(name) > LONGEST_NAME:
                raise InputError(
                    f"{source}, {unit} {place}: the name of a group has {len(name)} characters, "
                    f"{LONGEST_NAME} at most; give the column that names the groups"
                )
        yield part


@final
@dataclass
class GroupReader:
    r"""Reads many sequences from one table: iterate over it for chunks of whole groups, in the order of the file.

    Long form, one row a point: a column names the group, and the rows of one group stand together; sort by group
    first. Wide form, one row a sequence. In text (values between commas, semicolons, tabs or spaces, a header or none)
    its columns are x1, y1, x2, y2, and so on, the last cells empty or left out where a sequence is shorter; where the
    header has columns of these names, they are found by name and all others are passed over, else all columns but
    the group's count. In Parquet it has a column of lists of x and one of lists of y. A row is a sequence there,
    whether or not its group has been named before.

    A name has 1,024 characters at most. Memory holds some chunks and, in the long form, 16 bytes a group to notice one
    that comes back.

    Args:
        source: A file, Parquet if its name ends in .parquet, else text; or a stream of text, which is read without
            seeking, its groups handed on as they come.
        group: Name or number (from 1) of the column of the group; needed in the long form. In the wide form the
            number of the sequence, from 1, stands in for it.
        x: Likewise of x; by default the column named x, if there is one named y too, else the first beside the group.
        y: Likewise of y; by default the column named y, else the second.
        wide: Whether a row is a sequence.
        chunk_points: Points of a chunk, at most; one group that is longer makes a chunk of its own.

    Raises:
        InputError: An argument does not fit the others. While iterating: the file cannot be used; the text says
            where, or that a group comes back, or that there is no point in it.

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
    chunk_points: int = CHUNK_POINTS

    def __post_init__(self) -> None:
        self._progress = Progress()
        self._parquet = isinstance(self.source, Path) and is_parquet(self.source)
        if not self.wide and self.group is None:
            raise InputError("group: the long form needs the column that names the group")
        if self.wide and not self._parquet and (self.x, self.y) != (None, None):
            raise InputError("x, y: the wide form in text has no column of its own for either; leave them out")
        if self.chunk_points < 1:
            raise InputError(f"chunk_points must be from 1 up, got {self.chunk_points}")

    @property
    def share(self) -> float | None:
        """How much of the file has been read, from 0 to 1; None where the end is not known, as in a stream."""
        return self._progress.share

    def __iter__(self) -> Iterator[GroupChunk]:
        self._progress = Progress()
        name = str(self.source) if isinstance(self.source, Path) else "standard input"
        runs = self._file_runs(self.source) if isinstance(self.source, Path) else self._text_runs(name, self.source)
        at_once = not isinstance(self.source, Path)
        unit = "row" if self._parquet else "line"
        runs = _with_short_names(name, unit, runs)
        if self.wide:
            chunks = whole_groups(runs, self.chunk_points, at_once=at_once)
        else:
            chunks = joined_groups(name, unit, runs, self.chunk_points, at_once=at_once)
        empty = True
        for chunk in chunks:
            empty = False
            yield chunk
        if empty:
            raise InputError(f"{name}: there is no point in it")

    def _file_runs(self, path: Path) -> Iterator[Runs]:
        with opened(path) as file:
            if self._parquet:
                yield from self._parquet_runs(str(path), file)
                return
            status = os.fstat(file.fileno())
            self._progress.total = status.st_size if stat.S_ISREG(status.st_mode) else None
            yield from self._text_runs(str(path), file)

    def _text_runs(self, name: str, stream: IO[bytes] | IO[str]) -> Iterator[Runs]:
        blocks = line_blocks(name, stream, self._progress)
        if self.wide:
            return wide_text_runs(name, blocks, group=self.group)
        assert self.group is not None
        return long_text_runs(name, blocks, group=self.group, x=self.x, y=self.y)

    def _parquet_runs(self, name: str, file: BinaryIO) -> Iterator[Runs]:
        # Only here, since they and Arrow take as long to import as all the rest.
        from shapeclf.datasets.tables.long_parquet import long_parquet_runs
        from shapeclf.datasets.tables.wide_parquet import wide_parquet_runs

        if self.wide:
            return wide_parquet_runs(name, file, self._progress, group=self.group, x=self.x, y=self.y)
        assert self.group is not None
        return long_parquet_runs(name, file, self._progress, group=self.group, x=self.x, y=self.y)
