"""Split text into lines, and separate comments from them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from shapeclf.datasets.tables.numbers import clean, is_missing
from shapeclf.errors import BadLine

__all__ = ["LONGEST_LINE", "Line", "line_ends", "lines_of", "separator_in", "too_long"]

LONGEST_LINE = 2**24  # the cells of a line are held at once and need about thirty times its length

_ENDS = re.compile(r"\r\n|\r|\n")
_NO_COMMENT = r"(?!N/?A|NV|DIV/0|REF|VALUE|NAME|NUM|NULL|WERT|BEZUG|ZAHL|[0-9])"  # errors of spreadsheets, and #1
_START = re.compile(r"\s*(?:#(?!N/?A|NV|DIV/0|REF!|VALUE!|NAME\?|NUM!|NULL!)|%|//)+")
_MARK = re.compile(rf"#(?!(?<=1\.#)(?i:[QS]?NAN|IND|INF)){_NO_COMMENT}|(?<=\s)%(?=\s*[^\W\d_]{{2}})|//")
_CELL_ENDS = re.compile(r"[,;|\t]")
_OPEN_CELL = re.compile(r'(?:^|[,;\t|])[ ]*"(?:[^"]|"")*$')
_LINES_OF_A_CELL = 5
_SEPARATOR = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)


class Line(NamedTuple):
    """A line of text that is not empty.

    Attributes:
        number: Number of the line, from 1.
        text: The line without its comment.
        is_comment: Whether the whole line is a comment; ``text`` is then the text of the comment.
        after_blank: Whether the line before is empty.
    """

    number: int
    text: str
    is_comment: bool = False
    after_blank: bool = False


def _is_value(text: str, *, in_blanks: bool) -> bool:
    """Return whether the text before a mark ends in a value or an empty cell, so that the mark begins a comment."""
    cells = text.split() or [""] if in_blanks else _CELL_ENDS.split(text)
    cell = clean(cells[-1]).strip('"')
    return is_missing(cell) or cell[0] in "+-." or "0" <= cell[0] <= "9"


def _comment_free(text: str, mark: str | None = None) -> str:
    """Return the line without the comment after its last value.

    Example:
        >>> _comment_free("10,39.5  # door opened"), _comment_free("1,see # 3,5.0"), _comment_free("0.5 %,1.#IND")
        ('10,39.5', '1,see # 3,5.0', '0.5 %,1.#IND')
        >>> _comment_free("Mars 1.52 # door opened")
        'Mars 1.52'
    """
    marks = _MARK.finditer(text) if "#" in text or "%" in text or "//" in text else iter(())
    starts = [match.start() for match in marks]
    if mark is not None and mark in text:
        starts = sorted([*starts, text.index(mark)])
    in_blanks = _CELL_ENDS.search(text) is None  # without another delimiter, blanks separate cells
    for start in starts:
        before = text[:start]
        if before.count('"') % 2 == 0 and _is_value(before, in_blanks=in_blanks):
            return before.rstrip(" ")
    return text


def lines_of(text: str, first: int = 1, *, mark: str | None = None, skip: int = 0) -> Iterator[Line]:
    r"""Yield the lines of a text that are not empty.

    Args:
        text: Whole lines, which end in LF, CRLF or CR.
        first: Number of the first line.
        mark: Text that begins a comment, in addition to ``#``, ``%`` and ``//``.
        skip: Number of lines at the beginning of the file that are skipped.

    Example:
        >>> [line.text for line in lines_of("# t s\n\n1 2\r\n3 4 # late\n")]
        ['t s', '1 2', '3 4']
    """
    blank = False
    lines = _ENDS.split(text)
    joined = 0  # number of the last line that was joined to a line before it
    for number, each in enumerate(lines, start=first):
        if 0 < number <= max(skip, joined):
            continue
        if '"' in each and _OPEN_CELL.search(each):
            joined, each = _joined(lines, number - first, each)
            joined += first
        if not each or each.isspace():
            blank = True
            continue
        comment_start = _START.match(each)
        if comment_start is not None:
            yield Line(number, each[comment_start.end() :].strip(), True, blank)
        elif mark is not None and each.lstrip().startswith(mark):
            yield Line(number, each.lstrip()[len(mark) :].strip(), True, blank)
        else:
            yield Line(number, _comment_free(each, mark), False, blank)
        blank = False


def _joined(lines: Sequence[str], index: int, text: str) -> tuple[int, str]:
    """Join the lines over which a quoted cell extends; return the index of the last, and the joined line."""
    for further in range(index + 1, min(index + _LINES_OF_A_CELL, len(lines))):
        text += " " + lines[further]
        if not _OPEN_CELL.search(text):
            return further, text
    return index, lines[index]


def separator_in(lines: Iterable[Line]) -> str | None:
    """Return the delimiter that the first line gives as ``sep=;``; None if it gives none."""
    for line in lines:
        match = _SEPARATOR.fullmatch(line.text)
        return None if match is None else match[1]
    return None


def line_ends(text: str) -> int:
    """Return the number of line ends in a text."""
    return text.count("\n") + (text.count("\r") - text.count("\r\n") if "\r" in text else 0)


def too_long(source: str, line: int) -> BadLine:
    """Return the error of a line longer than ``LONGEST_LINE``."""
    return BadLine(f"{source}, line {line}: the line is longer than {LONGEST_LINE // 2**20} MiB")
