"""Read the first lines of a stream, and infer the layout of all lines from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, final

import numpy as np

from shapeclf.datasets.tables.dialect import is_rule, labels_of, without_labels
from shapeclf.datasets.tables.inference import InferredTable, constant_error, errors_of, infer_table, row_of
from shapeclf.datasets.tables.partial_table import PartialTable
from shapeclf.datasets.tables.points import Points
from shapeclf.datasets.tables.reading import rows_of_text
from shapeclf.datasets.tables.regions import Row, is_text_row
from shapeclf.datasets.tables.table import ReadOptions, Table
from shapeclf.datasets.tables.text_lines import lines_of
from shapeclf.datasets.tables.times import Moment
from shapeclf.errors import BadLine, InputError, NoTable

__all__ = ["EMPTY_ROW", "StreamHead", "StreamPoint", "TextLineError", "is_text_line", "point_of"]

EMPTY_ROW = '""'
"""A line that stands for one that cannot be read, so that lines and rows keep their numbers."""
_INFERENCE_POINTS = 32  # points until which all lines are read again with each new line
_CERTAIN_ROWS = 4  # rows of values after which none of them is taken for a setting above the table
_MAX_LINES = 128  # lines that are not comments, among which the first points must be
_MAX_CHARACTERS = 2**18
_MAX_STORED = 2**20  # characters of the first lines with their comments


class StreamPoint(NamedTuple):
    """A point of a stream; ``y_error`` is 0 where there is none."""

    line: int
    x: float
    y: float
    y_error: float = 0.0


@final
class TextLineError(BadLine):
    """A line of text after a point: within the table if another point follows, else below it."""


@final
class _MisreadError(InputError):
    """Points that have been returned were misread."""


def is_text_line(inferred: InferredTable, row: Row) -> bool:
    """Return whether a row is a line of text below or within a table, and not a damaged row or one without values."""
    return "w" in row.kinds and is_text_row(row, inferred.region.values, inferred.layout.width)


def point_of(inferred: InferredTable, points: Points, line: int) -> StreamPoint:
    """Return the only point that was added to ``points``; its x is 0 if it is a date or time."""
    x, choice = (points.x[0] if points.x else 0.0), inferred.layout.choice
    if points.x and inferred.sampling is not None and inferred.sampling.is_used(choice):
        x = float(inferred.sampling.values(np.array([x]), choice, inferred.layout.decimal)[0][0])
    y, constant = np.array(points.y), constant_error(inferred.layout.options.y_error, inferred.columns)
    errors = choice.errors(y, np.array(points.y_error)) if constant is None and points.y_error else points.y_error
    return StreamPoint(line, x, y[0].item(), *(errors if constant is None else errors_of(y, constant)))


@final
class StreamHead:
    """Reader of the first lines of a stream; with each new line it reads all of them again, as a file.

    Args:
        source: Name of the stream in messages.
        options: The user's options.
        on_bad: Function that is called with the error of each bad line.
        header: Line of names above the first line; None if there is none.

    Attributes:
        inferred: Layout and columns; None before the first point.
        table: Table of the points so far; None before the first point.
        returned: Points that were returned.
        moments: Dates or times of these points; empty if x holds numbers.
        rows: Number of rows of the table, including those that were skipped.
        labels: Labels in front of the values in a line.
    """

    def __init__(
        self, source: str, options: ReadOptions, on_bad: Callable[[BadLine], None], header: str | None = None
    ) -> None:
        self.inferred: InferredTable | None = None
        self.table: Table | None = None
        self.returned = list[StreamPoint]()
        self.moments = list[Moment]()
        self.labels: Sequence[str] = ()
        self.rows = 0
        self._source, self._options, self._on_bad = source, options, on_bad
        self._texts, self._begin = ([], 1) if header is None else ([header], 0)  # lines, the number of the first
        self._reported = set[int]()
        self._lines = self._characters = 0  # numbers of both, without comments
        self._stored = 0  # number of all stored characters

    @property
    def is_over(self) -> bool:
        """Whether there are enough lines to infer the layout for good."""
        is_long = self._lines >= _MAX_LINES or self._has_many_characters
        return len(self.returned) >= _INFERENCE_POINTS or (is_long and bool(self.returned))

    @property
    def _has_many_characters(self) -> bool:
        return self._characters > _MAX_CHARACTERS or self._stored > _MAX_STORED

    def read(self, number: int, text: str) -> list[StreamPoint]:
        """Add one more line, and return the points that are certain now.

        Raises:
            InputError: The layout of the lines is ambiguous, or points that were returned were misread.
        """
        is_left_out = number <= self._options.skip_lines
        self._texts.append("" if is_left_out else text)
        self._stored += 0 if is_left_out else len(text) + 1
        bare = without_labels(text, self.labels) if self.labels else text
        line = next(lines_of(bare, number, mark=self._options.comment, skip=self._options.skip_lines), None)
        is_read = line is not None and not line.is_comment
        self._lines += is_read
        self._characters += len(text) if is_read else 0
        if not self.returned and (self._lines > _MAX_LINES or self._has_many_characters):
            raise InputError(f"{self._source}: no point in the first {number} lines; --skip-lines N leaves them out")
        if line is None or line.is_comment:
            return []
        row = None if self.inferred is None or is_rule(line.text) else row_of(line, self.inferred.layout.delimiter)
        if row is not None and not any(row.cells):
            self.rows += 1
            return []
        if row is not None and self._is_text_line(row):
            self._texts[-1] = EMPTY_ROW
            raise TextLineError(f"{self._source}, line {number}: words within the table")
        try:
            return self.infer()
        except _MisreadError:
            raise
        except InputError as error:
            if row is None or self.inferred is None:
                raise
            return self._point_by_earlier_layout(self.inferred, row, error)

    def _is_text_line(self, row: Row) -> bool:
        """Return whether a line of text cannot be above the table: a header or enough points came before it."""
        assert self.inferred is not None
        if set(row.kinds) & set("nt") or not is_text_line(self.inferred, row):
            return False
        has_digits = any(character.isdigit() for character in row.text)
        return len(self.returned) >= _CERTAIN_ROWS or (self.inferred.layout.has_header and not has_digits)

    def _point_by_earlier_layout(self, inferred: InferredTable, row: Row, error: InputError) -> list[StreamPoint]:
        """Return the point of a line that makes the layout ambiguous, read by the layout of the lines before.

        Raises:
            BadLine: The line holds no point.
            InputError: No further line can resolve the ambiguity; ``error`` itself is raised.
        """
        points = Points(inferred.layout, rows=self.rows)
        try:
            points.add([row])
        except BadLine:
            self._texts[-1] = EMPTY_ROW
            raise
        choice = inferred.layout.choice
        if choice.x is not None and choice.x.is_time:
            raise error
        self.rows = points.rows
        if not len(points):
            return []
        self.returned.append(point_of(inferred, points, row.number))
        if self.is_over:
            raise error
        return self.returned[-1:]

    def infer(self, *, at_end: bool = False) -> list[StreamPoint]:
        """Read all lines so far as a file, and return the points that are new."""
        text = "\n".join(self._texts)
        labels = labels_of(text)
        if self._texts and not labels and not self.returned:
            labels = labels_of(f"{self._texts[-1]}\n{self._texts[-1]}")  # as if the next line had the same labels
            labels = labels if len(labels) > 1 else []
        delimiter, rows = rows_of_text(self._source, text, self._options, labels, self._begin)
        values = [row for row in rows if not row.is_comment and set(row.kinds) & set("nt")]
        if not values:
            return []
        try:
            inferred = infer_table(self._source, "line", rows, delimiter, self._options, more_follow=True)
        except NoTable as error:
            if self.returned:
                raise
            if len(values) < _CERTAIN_ROWS and not at_end:  # further lines may resolve it
                return []
            raise InputError(f"{error}; --skip-lines N leaves out lines above the table") from None
        is_named = (self._options.x, self._options.y) != (None, None)
        may_be_settings = inferred.layout.choice.x is None and any("w" in row.kinds for row in values)
        if may_be_settings and not is_named and not at_end and len(values) < _CERTAIN_ROWS:
            return []
        points, numbers, bad = Points(inferred.layout), list[int](), dict[int, BadLine]()
        for row in inferred.rows:
            try:
                points.add([row])
            except BadLine as error:
                bad[row.number] = error
            if len(points) > len(numbers):
                numbers.append(row.number)
        new_points = self._new(inferred, points, numbers, rows[-1].number) if numbers else []
        self.labels = labels
        for number in bad.keys() - self._reported:
            self._on_bad(bad[number])
        self._reported |= bad.keys()
        return new_points

    def _new(self, inferred: InferredTable, points: Points, numbers: Sequence[int], last: int) -> list[StreamPoint]:
        """Return the points that were not returned before.

        Raises:
            InputError: Points that were returned before have changed.
        """
        self.moments, self.rows = list(points.moments), points.rows
        table = PartialTable(inferred, points, self._options).finish()
        errors = [0.0] * len(table) if table.y_error is None else table.y_error.tolist()
        all_points = list(map(StreamPoint, numbers, table.x.tolist(), table.y.tolist(), errors))
        before = len(self.returned)
        if [point[:3] for point in all_points[:before]] != [point[:3] for point in self.returned]:
            fix = self._fix(inferred, [point.line for point in all_points])
            raise _MisreadError(f"{self._source}, line {last}: it shows that lines before it were misread; {fix}")
        self.inferred, self.table, self.returned = inferred, table, all_points
        return all_points[before:]

    def _fix(self, inferred: InferredTable, lines: Sequence[int]) -> str:
        """Return advice: the option that fixes the layout from the first line on."""
        assert self.inferred is not None
        old, new = self.inferred.layout, inferred.layout
        if lines[: len(self.returned)] != [point.line for point in self.returned]:
            return "--skip-lines N leaves out the lines above the table"
        if (old.delimiter, old.decimal) != (new.delimiter, new.decimal):
            return "--delimiter and --decimal say how numbers are written"
        if (old.choice.x, old.choice.y) != (new.choice.x, new.choice.y) and not (new.choice.x and new.choice.x.is_time):
            return "--x and --y name the columns"
        return "--x-origin gives the date or time that is x = 0"
