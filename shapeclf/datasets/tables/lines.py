"""Lines of text as cells: what stands between them, what the columns are called, and which number a cell holds."""

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, final

from shapeclf._text import printable
from shapeclf.errors import BadLine

__all__ = ["LONGEST_LINE", "Layout", "number_of", "too_long"]

LONGEST_LINE = 2**24  # the cells of a line are held at once and need about thirty times its length
_DELIMITERS = "\t;,"
_CELL_SHOWN = 40
_SEPARATED = re.compile(
    r"[+-]?[0-9]+([ .,'_\u00a0\u2009\u202f][0-9]+)+([eE][+-]?[0-9]+)?"
)  # decimal commas, thousands apart


def number_of(cell: str) -> float | None:
    """The number in a cell, or None; Python's 1_000 is none, as it is none elsewhere.

    Example:
        >>> number_of("1e3"), number_of("1,5"), number_of("1_000")
        (1000.0, None, None)
    """
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def _hint(cell: str) -> str:
    """What to do about a cell that is no number."""
    return "; write it with a decimal point and without separators" if _SEPARATED.fullmatch(cell) else ""


def too_long(source: str, line: int) -> BadLine:
    """The error of a line longer than ``LONGEST_LINE``."""
    return BadLine(f"{source}, line {line}: the line is longer than {LONGEST_LINE // 2**20} MiB")


@final
@dataclass(frozen=True)
class Layout:
    """How the lines of one table are read.

    Attributes:
        source: what the lines come from, for messages.
        delimiter: what stands between cells: a tab, a semicolon, a comma, or a space for any white space.
        header: the names of the columns, or nothing.
        count: how many columns there are.
    """

    source: str
    delimiter: str
    header: tuple[str, ...]
    count: int

    @classmethod
    def of_line(cls, source: str, line: int, text: str) -> Self:
        """The layout that the first line with anything in it shows; it is a header if none of its cells is a number.

        One that has only empty cells, or numbers with separators that are not understood, is no header: it would be
        left out without a word.

        Example:
            >>> Layout.of_line("points.csv", 1, "time; volt").header
            ('time', 'volt')
        """
        if "\0" in text:  # as in UTF-16, whose numbers would pass for names
            raise BadLine(f"{source}, line {line}: not text (there is a NUL byte)")
        delimiter = next((mark for mark in _DELIMITERS if mark in text), " ")
        cells = cls(source, delimiter, (), 0).cells(line, text)
        named = any(cells) and not any(number_of(cell) is not None or _SEPARATED.fullmatch(cell) for cell in cells)
        header = [cell.strip('"') for cell in cells] if named else []
        return cls(source, delimiter, tuple(header), len(cells))

    def cells(self, line: int, text: str) -> list[str]:
        """The cells of a line, without white space around them.

        Raises:
            BadLine: the line is no CSV, or longer than ``LONGEST_LINE``.
        """
        if len(text) > LONGEST_LINE:
            raise too_long(self.source, line)
        if self.delimiter == " ":
            return text.split()
        try:
            return [cell.strip() for cell in next(csv.reader([text], delimiter=self.delimiter))]
        except csv.Error as error:
            raise BadLine(f"{self.source}, line {line}: not CSV ({error})") from None

    def check_width(self, line: int, cells: Sequence[str]) -> None:
        """Refuses a line with more in it than there are columns: which of its cells are meant cannot be told.

        Raises:
            BadLine: it has.
        """
        if any(cells[self.count :]):
            raise BadLine(f"{self.place(line, self.count)}: the line has {len(cells)} columns, not {self.count}")

    def place(self, line: int, column: int) -> str:
        """Where a cell is, in words."""
        name = f" ({printable(self.header[column])})" if column < len(self.header) else ""
        return f"{self.source}, line {line}, column {column + 1}{name}"

    def text(self, line: int, cells: Sequence[str], column: int) -> str:
        """The text of a cell.

        Raises:
            BadLine: the line is too short for it.
        """
        if column >= len(cells):
            raise BadLine(f"{self.place(line, column)}: the line has {len(cells)} columns")
        return cells[column]

    def number(self, line: int, cells: Sequence[str], column: int) -> float:
        """The finite number in a cell.

        Raises:
            BadLine: the line is too short for it, or it holds something else.
        """
        text = self.text(line, cells, column)
        value = number_of(text)
        if value is None:
            raise BadLine(f"{self.place(line, column)}: {text[:_CELL_SHOWN]!r} is not a number{_hint(text)}")
        if not math.isfinite(value):
            raise BadLine(f"{self.place(line, column)}: {text[:_CELL_SHOWN]!r} is not finite")
        return value

    def group(self, line: int, cells: Sequence[str], column: int) -> str:
        """The name of the group in a cell.

        Raises:
            BadLine: the line is too short for it, or it is empty.
        """
        text = self.text(line, cells, column)
        if not text:
            raise BadLine(f"{self.place(line, column)}: the group has no name")
        return text
