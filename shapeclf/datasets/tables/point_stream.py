"""Read the points of a stream of text by the rules of files, each as soon as its line arrives."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import final

import numpy as np

from shapeclf.datasets.tables.further_lines import FurtherLines
from shapeclf.datasets.tables.json_lines import JsonLines, begins_json
from shapeclf.datasets.tables.points import BAD
from shapeclf.datasets.tables.stream_head import EMPTY_ROW, StreamHead, StreamPoint, TextLineError
from shapeclf.datasets.tables.table import ReadOptions, Table
from shapeclf.datasets.tables.text_lines import LONGEST_LINE, too_long
from shapeclf.errors import BadLine, InputError

__all__ = ["PointStream"]

_MAX_STORED = 2**20  # largest number of points that are stored for the answer at the end
_MAX_TEXT_LINES = 10  # largest number of lines of text that count as a remark below a table of few points
_LOCATION = re.compile(r"^.*?, line \d+(?:, column \d+(?: \(.*?\))?)?: ")
_HINT = re.compile(r"; --skip-bad leaves .*$")
_VARYING = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\d+""")
_MAX_KINDS = 100
_OTHER_KIND = "of another kind"


@final
class PointStream:
    """Reader of the points of lines of text as they arrive, by the rules of `read_table`.

    The first lines determine how all lines are read. Until 32 points or 128 lines have arrived, each line is read
    together with all earlier ones. If a line shows that earlier lines were misread, the stream ends with an error,
    because answers to their points have already been given.

    Args:
        source: Name of the stream in messages.
        options: The user's options.
        report: Function that is called with the message of the first bad line of each kind.

    Attributes:
        bad: Number of bad lines of each kind.
        count: Number of points.

    Example:
        >>> stream = PointStream("stdin", ReadOptions(), print)
        >>> for point in stream.points(["t (s);s (m)", "0;0,5", "1;high", "2;4,5"]):
        ...     print(point.x, point.y)
        0.0 0.5
        stdin, line 3, column 2 (s): 'high' is not a number
        2.0 4.5
        >>> stream.table().summary()
        'x = t (s), y = s (m); 2 points, 1 row that cannot be read skipped'
    """

    def __init__(self, source: str, options: ReadOptions, report: Callable[[str], None]) -> None:
        self.bad = Counter[str]()
        self.count = 0
        self._source, self._report = source, report
        self._options = replace(options, skip_bad=False)
        self._head = StreamHead(source, self._options, self._count_bad)
        self._json: JsonLines | None = None
        self._further: FurtherLines | None = None
        # Lines of text after the last point: error and number of the first, number of the last, count.
        self._text_lines: tuple[TextLineError, int, int, int] | None = None
        self._remarks = list[str]()
        self._columns = (array("d"), array("d"), array("d"))

    def points(self, lines: Iterable[str]) -> Iterator[StreamPoint]:
        """Yield the point of each line.

        Args:
            lines: Lines without their ends; bytes that are not UTF-8 are surrogates.

        Raises:
            InputError: The layout of the lines is ambiguous, or earlier points were misread; the text names an option.
        """
        number = 0
        for number, line in enumerate(lines, start=1):
            if number == 1 and begins_json(line):
                self._json = JsonLines(self._source, line)
                self._options = replace(self._options, delimiter="\t")
                self._head = StreamHead(self._source, self._options, self._count_bad, self._json.header)
            for point in self._read(number, line):
                yield self._store(point)
        if self._json is not None and self._json.header is None and number == 1:
            raise InputError(
                f"{self._source}: one line of JSON; write one record per line, or give a JSON document as a file"
            )
        if self._further is None:
            for point in self._head.infer(at_end=True):
                yield self._store(point)

    def _read(self, number: int, line: str) -> list[StreamPoint]:
        try:
            text = self._decoded(number, line)
            text = text if self._json is None else self._json.text(number, text)
        except BadLine as error:
            self._count_bad(error)
            text = EMPTY_ROW
        try:
            if self._further is not None:
                return self._further.read(number, text)
            new_points = self._head.read(number, text)
            if self._head.is_over:
                self._further = FurtherLines(self._head, self._options)
            return new_points
        except TextLineError as error:
            first, begin, _, count = self._text_lines or (error, number, number, 0)
            self._text_lines = (first, begin, number, count + 1)
            if count >= max(self.count, _MAX_TEXT_LINES):  # more than a remark below the table
                self._count_text_lines()
        except BadLine as error:
            self._count_bad(error)
        return []

    def _decoded(self, number: int, line: str) -> str:
        """Return the line, decoded as Windows-1252 if it is not UTF-8.

        Raises:
            BadLine: The line is not text, or is too long.
        """
        if len(line) > LONGEST_LINE:
            raise too_long(self._source, number)
        if "\0" in line:
            raise BadLine(f"{self._source}, line {number}: not text (there is a NUL byte)")
        try:
            line.isascii() or line.encode()
        except UnicodeEncodeError:
            if not self._remarks:
                self._remarks.append("read as Windows-1252 (--encoding sets another)")
            return line.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
        return line

    def _store(self, point: StreamPoint) -> StreamPoint:
        self._count_text_lines()
        if self.has_all and self.count < _MAX_STORED:
            for column, value in zip(self._columns, point[1:], strict=True):
                column.append(value)
        self.count += 1
        return point

    @property
    def has_all(self) -> bool:
        """Whether all points are stored, as they are up to about a million."""
        return len(self._columns[0]) == self.count

    def refuse(self, point: StreamPoint, reason: str) -> None:
        """Remove the last point, for which there is no answer, and count its line as bad."""
        self.count -= 1
        for column in self._columns:
            del column[self.count :]
        self._count_bad(BadLine(f"{self._source}, line {point.line}: {reason}"))

    def _count_text_lines(self) -> None:
        """Count the lines of text after the last point as bad."""
        if self._text_lines is not None:
            error, _, _, count = self._text_lines
            self._count_bad(error, count)
            self._text_lines = None

    def _count_bad(self, error: BadLine, count: int = 1) -> None:
        """Count bad lines, and report the first of its kind."""
        text = _HINT.sub("", str(error))
        kind = _VARYING.sub("...", _LOCATION.sub("", text))
        if kind not in self.bad and len(self.bad) >= _MAX_KINDS:
            kind = _OTHER_KIND
        elif not self.bad[kind]:
            self._report(text)
        self.bad[kind] += count

    def table(self) -> Table:
        """Return what has been read, with all points.

        Raises:
            InputError: There are no points.
        """
        table = self._head.table
        if table is None or not self.count:
            raise InputError(f"{self._source}: it has no points")
        x, y, error = map(np.array, self._columns)
        skipped = dict(table.skipped if self._further is None else self._further.skipped)
        if self.bad:
            skipped[BAD] = self.bad.total()
        y_error = None if table.y_error is None else error
        remarks = [*self._remarks, *table.remarks]
        if self._text_lines is not None:
            _, first, last, _ = self._text_lines
            remarks.append(f"line {first} not read" if last == first else f"lines {first} to {last} not read")
        return replace(table, x=x, y=y, y_error=y_error, skipped=skipped, remarks=tuple(remarks))
