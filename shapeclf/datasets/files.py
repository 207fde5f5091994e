"""Real points: from a CSV file, or line by line from a stream."""

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, final

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError

__all__ = ["PointReader", "read_points"]

_DELIMITERS = "\t;,"


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


@final
@dataclass
class PointReader:
    """Reads (x, y) from lines of text, one point a line, values between commas, semicolons, tabs or spaces.

    A first line whose cells are not numbers is a header. Empty lines are passed over.

    Args:
        source: what the lines come from, for messages.
        x: name or number (from 1) of the column of x; by default the column named x, else the first.
        y: likewise of y; by default the column named y, else the second.
    """

    source: str
    x: str | None = None
    y: str | None = None

    def __post_init__(self) -> None:
        self.line = 0
        self._delimiter: str | None = None
        self._columns: tuple[int, int] | None = None
        self._header: list[str] = []

    def read(self, text: str) -> tuple[float, float] | None:
        """The point of the next line; None for a header or an empty line.

        Raises:
            InputError: the line holds no point; the text names line and column.
        """
        self.line += 1
        if not text.strip():
            return None
        if self._delimiter is None:
            self._delimiter = next((mark for mark in _DELIMITERS if mark in text), " ")
        cells = self._cells(text)
        if self._columns is None and not self._start(cells):
            return None
        assert self._columns is not None
        return self._value(cells, 0), self._value(cells, 1)

    def _cells(self, text: str) -> list[str]:
        if self._delimiter == " ":
            return text.split()
        try:
            return [cell.strip() for cell in next(csv.reader([text], delimiter=self._delimiter or ","))]
        except csv.Error as error:
            raise InputError(f"{self.source}, line {self.line}: not CSV ({error})") from None

    def _start(self, cells: Sequence[str]) -> bool:
        """Settles the columns by the first line with anything in it; False if that is a header."""
        header = all(_number(cell) is None for cell in cells)
        self._header = [cell.strip('"') for cell in cells] if header else []
        if len(cells) < 2:
            raise InputError(f"{self.source}, line {self.line}: two columns are needed, x and y; there is one")
        self._columns = (self._column("x", self.x, len(cells)), self._column("y", self.y, len(cells)))
        return not header

    def _column(self, axis: str, wanted: str | None, count: int) -> int:
        if wanted is None:
            return self._header.index(axis) if {"x", "y"} <= set(self._header) else "xy".index(axis)
        if wanted in self._header:
            return self._header.index(wanted)
        if wanted.isdecimal() and 1 <= int(wanted) <= count:
            return int(wanted) - 1
        there = ", ".join(self._header) if self._header else "no header"
        raise InputError(f"{self.source}: --{axis} {wanted!r} is no column: there are 1 to {count} ({there})")

    def _value(self, cells: Sequence[str], axis: int) -> float:
        assert self._columns is not None
        column = self._columns[axis]
        name = f" ({self._header[column]})" if self._header else ""
        where = f"{self.source}, line {self.line}, column {column + 1}{name}"
        if column >= len(cells):
            raise InputError(f"{where}: the line has {len(cells)} columns")
        value = _number(cells[column])
        if value is None:
            raise InputError(f"{where}: {cells[column][:40]!r} is not a number")
        if not math.isfinite(value):
            raise InputError(f"{where}: {cells[column][:40]!r} is not finite")
        return value

    def points(self, lines: TextIO) -> Iterator[tuple[float, float]]:
        """The points of all lines."""
        for text in lines:
            point = self.read(text)
            if point is not None:
                yield point


def read_points(path: Path, *, x: str | None = None, y: str | None = None) -> FloatArray:
    """The points of a CSV file; see `PointReader`.

    Returns:
        shape (points, 2).

    Raises:
        InputError: there is no such file, it is a folder, no text, or a line holds no point.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            points = list(PointReader(str(path), x, y).points(file))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: a folder, not a file of points") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not text in UTF-8") from None
    if not points:
        raise InputError(f"{path}: there is no point in it")
    return np.array(points)
