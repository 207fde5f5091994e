"""A table whose parts are read one after another, and the `Table` of its points."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, final

import numpy as np

from shapeclf._text import printable
from shapeclf.datasets.tables.columns import Choice, Column
from shapeclf.datasets.tables.inference import InferredTable, constant_error, errors_of, infer_table
from shapeclf.datasets.tables.points import Points
from shapeclf.datasets.tables.regions import Row
from shapeclf.datasets.tables.table import ReadOptions, Table
from shapeclf.datasets.tables.times import Moment, date_order, times_of, times_of_numbers
from shapeclf.datasets.tables.wide import WideRows, infer_wide_table
from shapeclf.errors import InputError, NoTable

if TYPE_CHECKING:
    from shapeclf.datasets._types import FloatArray

__all__ = ["PartialTable", "table_of_rows"]

_NO_VALUES = np.empty(0)
_QUANTITY_NAMES = re.compile("sigma|\u03c3|s\\.?e\\.?|error|delta", re.IGNORECASE)  # also a stress, an angle, ...
_FEW_POINTS = 4  # fewer may be within their errors of 0 and of one another


@final
@dataclass
class PartialTable:
    """A table of which some parts have been read.

    Attributes:
        inferred: What was inferred from the first rows.
        points: The points that have been read.
        options: The user's options.
        remarks: Further remarks on what was read, a few words each.
        unread: Line numbers of the first and the last line below the table; None if there is none.
        sheets: Names of the sheets of a spreadsheet.
        sheet: Name of the sheet that is read; None if the file is not a spreadsheet.
        wide: The columns that hold each point of a row in the wide form; None in the long form.
        labels: Labels in front of the values in a line.
        share: How much of the file has been read, from 0 to 1; None where this is not known.
    """

    inferred: InferredTable
    points: Points
    options: ReadOptions
    remarks: list[str] = field(default_factory=list)
    unread: tuple[int, int] | None = None
    sheets: tuple[str, ...] = ()
    sheet: str | None = None
    wide: WideRows | None = None
    labels: list[str] = field(default_factory=list)
    share: float | None = None

    def __post_init__(self) -> None:
        self.unread = self.unread or self.inferred.region.unread

    def check_points(self) -> None:
        """Raise NoTable if there are no points."""
        if not len(self.points):
            skipped = ", ".join(f"{count} rows {why}" for why, count in self.points.skipped.items())
            where = self.inferred.layout.source
            raise NoTable(f"{where}: it has no points" + (f" ({skipped} skipped)" if skipped else ""))

    def finish(self) -> Table:
        """Return the table of all points.

        Raises:
            InputError: There are no points, or a date cannot be read.
        """
        self.check_points()
        x, y, y_error = self.points.arrays()
        return self.table_of(x, y, y_error, self.points.moments)

    def table_of(self, x: FloatArray, y: FloatArray, y_error: FloatArray | None, moments: Sequence[Moment]) -> Table:
        """Return the table of some points, at least one.

        Args:
            x: Values of x, shape (points,); not used if there are ``moments``.
            y: Values of y, shape (points,).
            y_error: Standard deviations of y, shape (points,), or None.
            moments: Dates or times of x; empty if x holds numbers.

        Raises:
            InputError: A date cannot be read.
        """
        choice, constant, sampling = self.inferred.layout.choice, self._constant, self.inferred.sampling
        table = self.description()
        x, unit, origin = self._x(x, moments)
        if sampling is not None and sampling.is_used(choice) and not (choice.x is not None and choice.x.is_time):
            x, step_unit, formula = sampling.values(x, choice, self.inferred.layout.decimal)
            unit, table = step_unit or unit, replace(table, x_shown=formula)
        if constant is not None:
            y_error = errors_of(y, constant)
        elif y_error is not None:
            y_error = choice.errors(y, y_error)
            self._check_errors(choice, y, y_error)
        return replace(table, x=x, y=y, y_error=y_error, x_unit=unit, x_origin=origin)

    def _x(self, x: FloatArray, moments: Sequence[Moment]) -> tuple[FloatArray, str | None, str | None]:
        """Return x as numbers, its unit, and the date or time that is x = 0."""
        layout, options, column = self.inferred.layout, self.options, self.inferred.layout.choice.x
        if column is None or not column.is_time:
            if options.x_origin is not None:
                raise InputError(f"{layout.source}: --x-origin is for dates and times, but x holds numbers")
            return x, None if column is None else column.unit, None
        if column.kind == "clock":
            moments = moments or [Moment(None, seconds) for seconds in x.tolist()]
        if not moments:
            dates = column.kind == "date" and layout.choice.clock is None
            times = times_of_numbers(x, dates, origin=options.x_origin)
        else:
            number, cell = self.points.first_moment or (1, "")
            where = layout.location(number, column)
            times = times_of(moments, where, cell, order=options.date_format, origin=options.x_origin)
        return times.values, times.unit, times.origin

    def _check_errors(self, choice: Choice, y: FloatArray, y_error: FloatArray) -> None:
        """Raise InputError if the errors may be another quantity by their name, and exceed y and the range of y."""
        if choice.y_error is None or choice.is_named_error or len(y) < _FEW_POINTS:
            return
        error, name = choice.y_error, choice.y.shown
        has_unit_of_y = error.unit is not None and error.unit == choice.y.unit
        if has_unit_of_y or _QUANTITY_NAMES.fullmatch((error.name or "").strip()) is None:
            return
        if np.median(y_error) > max(np.ptp(y), np.median(np.abs(y))):
            raise InputError(
                f"{self.inferred.layout.source}: {error.shown} may be the errors of {name} or another quantity: it is "
                f"larger than {name}; give --y-error '#{error.index + 1}' for errors, or --y-error 0 for none"
            )

    def infer_date_order(self, moments: Sequence[Moment]) -> None:
        """Infer the order of day, month and year from the first dates if it is ambiguous, and keep it for all others.

        Raises:
            InputError: The order is ambiguous in all of these dates.
        """
        column, first = self.inferred.layout.choice.x, self.points.first_moment
        if column is not None and first is not None and any(moment.needs_order for moment in moments):
            where = self.inferred.layout.location(first[0], column)
            order = date_order(moments, where, self.options.date_format, first[1])
            self.options = replace(self.options, date_format=order)

    @property
    def _constant(self) -> tuple[float, bool] | None:
        return constant_error(self.options.y_error, self.inferred.columns)

    def description(self) -> Table:
        """Return what was read, in a table without points."""
        choice, columns = self.inferred.layout.choice, self.inferred.columns
        constant = None if self._constant is None else self.options.y_error
        x_name, x_shown = _x_name(choice)
        group = choice.group if self.wide is None else self.wide.group
        return Table(
            _NO_VALUES,
            _NO_VALUES,
            None,
            x_name,
            choice.y.name or None,
            _error_name(choice, constant),
            None if choice.x is None else choice.x.unit,
            choice.y.unit,
            None,
            self.points.skipped,
            _others(columns, choice),
            (*self.remarks, *_remarks(self.inferred, choice, self.unread)),
            x_shown,
            choice.y.shown,
            tuple(column.name or None for column in columns),
            (_index(choice.x), choice.y.index, None if constant is not None else _index(choice.y_error)),
            self.sheets,
            self.sheet,
            None if group is None else group.shown,
            _x_errors(choice),
        )


def table_of_rows(
    source: str, noun: str, rows: Sequence[Row], delimiter: str, options: ReadOptions, remarks: Sequence[str] = ()
) -> PartialTable:
    """Infer the layout of a table from its first rows, and return the table with their points.

    Args:
        source: Name of the file in messages.
        noun: Word for a row in messages, ``"line"`` or ``"row"``.
        rows: The first rows, or all.
        delimiter: Delimiter between the cells of a line.
        options: The user's options.
        remarks: Remarks on what was read.

    Raises:
        InputError: There is no table, its layout is ambiguous, or a row cannot be read.
    """
    if options.wide:
        inferred, wide = infer_wide_table(source, noun, rows, delimiter, options)
        table = PartialTable(inferred, Points(inferred.layout), options, list(remarks), wide=wide)
        wide.add(table.points, inferred.rows)
    else:
        inferred = infer_table(source, noun, rows, delimiter, options)
        table = PartialTable(inferred, Points(inferred.layout), options, list(remarks))
        table.points.add(inferred.rows)
    return table


def _index(column: Column | None) -> int | None:
    return None if column is None else column.index


def _x_name(choice: Choice) -> tuple[str | None, str]:
    """Return the name of the column or columns of x, or None, and the name of x in sentences."""
    if choice.x is None:
        return None, "1, 2, 3, ..."
    if choice.clock is None:
        return choice.x.name or None, choice.x.shown
    name = f"{choice.x.name} {choice.clock.name}" if choice.x.name and choice.clock.name else None
    return name, f"{choice.x.shown} {choice.clock.shown}"


def _error_name(choice: Choice, constant: str | None) -> str | None:
    if constant is not None:
        return constant.strip()
    if choice.y_error is None:
        return None
    return _with_errors(choice.y) if choice.y_error is choice.y else choice.y_error.name


def _with_errors(column: Column) -> str:
    """Return the name of the standard deviations that are in the same cells as their values."""
    return f"{column.name} ±" if column.name else "±"


def _others(columns: Sequence[Column], choice: Choice) -> tuple[str | None, ...]:
    """Return the names of the columns that are not read, and of unused standard deviations in cells."""
    used = (choice.x, choice.y, choice.y_error, choice.clock, choice.group)
    others = [c.name for c in columns if c not in used and not (c.kind == "empty" and not c.name)]
    within = [_with_errors(c) for c in columns if c.has_errors and c is not choice.y_error]
    return (*others, *within)


def _x_errors(choice: Choice) -> tuple[str, ...]:
    """Return the names of the columns of errors of x, and of errors in the cells of x."""
    within = [_with_errors(choice.x)] if choice.x is not None and choice.x.has_errors else []
    return (*(column.name or column.shown for column in choice.x_errors), *within)


def _remarks(inferred: InferredTable, choice: Choice, unread: tuple[int, int] | None) -> Iterator[str]:
    names = _x_errors(choice)
    if names:
        yield f"errors of x are not used ({', '.join(map(printable, names))})"
    if choice.x is not None and choice.x.has_hours:
        yield "times of two numbers are hours:minutes"
    if choice.y_error is not None and choice.error_remark is not None:
        yield choice.error_remark
    noun = inferred.layout.noun
    for lines in (inferred.region.above, unread):
        if lines is not None:
            first, last = lines
            yield f"{noun} {first} not read" if last == first else f"{noun}s {first} to {last} not read"
