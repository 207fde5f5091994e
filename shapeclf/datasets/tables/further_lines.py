"""Read the lines of a stream after those from which its layout was inferred."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import final

from shapeclf.datasets.tables.dialect import is_rule, without_labels
from shapeclf.datasets.tables.inference import row_of
from shapeclf.datasets.tables.points import Points
from shapeclf.datasets.tables.regions import Row
from shapeclf.datasets.tables.stream_head import StreamHead, StreamPoint, TextLineError, is_text_line, point_of
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.datasets.tables.text_lines import lines_of
from shapeclf.datasets.tables.times import Moment, date_order, times_of
from shapeclf.errors import BadLine, InputError

__all__ = ["FurtherLines"]

_NEXT_DAY = 6 * 3600.0  # least number of seconds by which a clock goes back at midnight
_DAY = 86_400.0


@final
class FurtherLines:
    """Reader of the lines of a stream after those from which its layout was inferred.

    Args:
        head: Reader of the first lines.
        options: The user's options.

    Attributes:
        skipped: Number of rows that were skipped, by reason.
    """

    def __init__(self, head: StreamHead, options: ReadOptions) -> None:
        assert head.inferred is not None
        assert head.table is not None
        self._inferred, self._options, self._labels = head.inferred, options, head.labels
        self.skipped = Counter[str](head.table.skipped)
        self._unit, self._first_x = head.table.x_unit, float(head.table.x[0])
        self._rows = head.rows
        if head.moments:
            self._first, self._last = head.moments[0], head.moments[-1].seconds or 0.0
            passed = float(head.table.x[-1]) - self._first_x - (self._last - (self._first.seconds or 0.0))
            self._days = round(passed / _DAY)  # midnights that the clock has passed
            if any(moment.needs_order for moment in head.moments):
                order = date_order(head.moments, self._inferred.layout.source, options.date_format, "")
                self._options = replace(options, date_format=order)

    def read(self, number: int, text: str) -> list[StreamPoint]:
        """Return the point of a line as a list, which is empty for a comment and for a skipped row.

        Raises:
            BadLine: The line holds no point.
            InputError: The layout of the lines is ambiguous.
        """
        layout = self._inferred.layout
        text = without_labels(text, self._labels) if self._labels else text
        line = next(lines_of(text, number, mark=self._options.comment), None)
        if line is None or line.is_comment or is_rule(line.text):
            return []
        row = row_of(line, layout.delimiter)
        self._rows += 1
        if is_text_line(self._inferred, row):
            raise TextLineError(f"{layout.location(number)}: words within the table")
        points = Points(layout, self.skipped, self._rows - 1)
        points.add([row])
        if not len(points):
            return []
        point = point_of(self._inferred, points, number)
        return [point._replace(x=self._time(row, points.moments[0])) if points.moments else point]

    def _time(self, row: Row, moment: Moment) -> float:
        """Return the x of a date or time, with the unit and origin of the first lines."""
        column = self._inferred.layout.choice.x
        assert column is not None
        where, cell = self._inferred.layout.location(row.number, column), row.cells[column.index]
        if moment.date is None:
            seconds = moment.seconds or 0.0
            if self._last - seconds > _NEXT_DAY and max(seconds, self._last) < _DAY:
                self._days += 1
            self._last = seconds
            return self._first_x + self._days * _DAY + (seconds - (self._first.seconds or 0.0))
        options = self._options
        try:
            pair = [self._first, moment]
            times = times_of(pair, where, cell, order=options.date_format, origin=options.x_origin)
        except InputError as error:
            raise BadLine(str(error)) from None
        if times.unit != self._unit:
            raise BadLine(f"{where}: {cell!r} has a time of day, unlike the first dates")
        if options.x_origin is None and times.values[0] > 0:
            raise InputError(
                f"{where}: {cell!r} is before the first date, which is x = 0; give an earlier one with --x-origin"
            )
        return float(times.values[1])
