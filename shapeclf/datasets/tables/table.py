"""A table of points, and the options with which it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, final

from shapeclf._text import counted, printable
from shapeclf.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeclf.datasets._types import FloatArray

__all__ = ["ReadOptions", "Table", "delimiter_of"]

_NAMES_SHOWN = 12
_DELIMITERS = {"tab": "\t", "blank": " ", "blanks": " ", "space": " ", "comma": ",", "semicolon": ";", "bar": "|"}


def delimiter_of(text: str) -> str:
    """Return the delimiter that is given by its name, an escape sequence or the character itself.

    Raises:
        InputError: The text is neither the name of a delimiter nor one character that can be a delimiter.

    Example:
        >>> delimiter_of("semicolon"), delimiter_of("|")
        (';', '|')
    """
    mark = _DELIMITERS.get(text.lower(), text.replace("\\t", "\t"))
    if len(mark) != 1 or mark in '"\n\r\0' or mark.isalnum():
        raise InputError(f"{text!r} is not one character, nor one of {', '.join(_DELIMITERS)}")
    return mark


@final
@dataclass(frozen=True)
class ReadOptions:
    """Options with which a table is read; None lets the reader decide.

    Attributes:
        x: Name or number (from 1) of the column of x.
        y: Name or number of the column of y.
        y_error: Standard deviation of y: a column (name, or # and its number), a number, or percent of y.
        header: Whether the columns have names above them.
        delimiter: Character between the cells; a space stands for any number of blanks.
        decimal: Decimal mark of the numbers.
        comment: Text that begins a comment, in addition to #, % and //.
        skip_lines: Number of lines at the beginning that are skipped.
        encoding: Encoding of the text, such as utf-16 or cp1252.
        sheet: Name or number (from 1) of the sheet of a spreadsheet.
        date_format: Order of day, month and year in dates such as 03/04/24: ``"dmy"`` (3 April 2024), ``"mdy"``
            (4 March 2024) or ``"ymd"`` (24 April 2003).
        x_origin: Date or time that is x = 0.
        missing: Whether rows without a value are skipped or refused.
        skip_bad: Whether rows that cannot be read are skipped and counted.
        is_series: Whether the table holds a series, of which only y is read.
        group: Name or number of the column that names the groups; for `GroupReader` only.
        wide: Whether each row holds a sequence; for `GroupReader` only.
    """

    # `shapeclf.service.description` reads this docstring, so it must have no other section than ``Attributes``.

    x: str | None = None
    y: str | None = None
    y_error: str | None = None
    header: Literal["yes", "no"] | None = None
    delimiter: str | None = None
    decimal: Literal[".", ","] | None = None
    comment: str | None = None
    skip_lines: int = 0
    encoding: str | None = None
    sheet: str | None = None
    date_format: str | None = None
    x_origin: str | None = None
    missing: Literal["skip", "refuse"] = "skip"
    skip_bad: bool = False
    is_series: bool = False
    group: str | None = None
    wide: bool = False

    def __post_init__(self) -> None:
        if self.skip_lines < 0:
            raise InputError(f"skip_lines must be at least 0, got {self.skip_lines}")
        if self.date_format not in (None, "dmy", "mdy", "ymd"):
            raise InputError(f"date_format must be dmy, mdy or ymd, got {self.date_format!r}")


@final
@dataclass(frozen=True)
class Table:
    """The points of a table, and what was read.

    Attributes:
        x: Values of x in the order of the file, shape (points,).
        y: Values of y, shape (points,).
        y_error: Standard deviations of y, shape (points,); None if there are none.
        x_name: Name of the column of x; None if it has none.
        y_name: Name of the column of y; None if it has none.
        y_error_name: Name of the column of the standard deviations, or the number that the user gave; None if there
            are none.
        x_unit: Unit of x; None if it is not known.
        y_unit: Unit of y; None if it is not known.
        x_origin: Date or time that is x = 0; None if x is a number.
        skipped: Number of rows that were skipped, by reason.
        other_columns: Names of the columns that were not read; None for a column without a name.
        remarks: Further remarks on what was read, a few words each.
        x_shown: Name of x in sentences.
        y_shown: Name of y in sentences.
        columns: Names of all columns in the order of the file; None for a column without a name.
        chosen: Indices of the columns of x, y and y_error; None where no column holds the quantity.
        sheets: Names of the sheets of a spreadsheet.
        sheet: Name of the sheet that was read; None if the file is not a spreadsheet.
        group: Name of the group column in sentences; None if the table holds one sequence.
        x_errors: Names of the columns of errors of x, which are not used; a remark names them.
    """

    x: FloatArray
    y: FloatArray
    y_error: FloatArray | None = None
    x_name: str | None = None
    y_name: str | None = None
    y_error_name: str | None = None
    x_unit: str | None = None
    y_unit: str | None = None
    x_origin: str | None = None
    skipped: Mapping[str, int] = field(default_factory=dict)
    other_columns: tuple[str | None, ...] = ()
    remarks: tuple[str, ...] = ()
    x_shown: str = "1, 2, 3, ..."
    y_shown: str = "column 1"
    columns: tuple[str | None, ...] = ()
    chosen: tuple[int | None, int | None, int | None] = (None, None, None)
    sheets: tuple[str, ...] = ()
    sheet: str | None = None
    group: str | None = None
    x_errors: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.x)

    def record(self) -> dict[str, Any]:
        """Return what was read, for JSON."""
        return {
            "x": self.x_name,
            "y": self.y_name,
            "y_error": self.y_error_name,
            "x_unit": self.x_unit,
            "y_unit": self.y_unit,
            "x_origin": self.x_origin,
            "points": len(self),
            "skipped": sum(self.skipped.values()),
            "first": [float(self.x[0]), float(self.y[0])] if len(self) else None,
            "last": [float(self.x[-1]), float(self.y[-1])] if len(self) else None,
            "other_columns": list(self.other_columns),
        }

    @property
    def y_label(self) -> str:
        """The column of y and its unit, ``"level (m)"``."""
        return self.y_shown + _bracketed(self.y_unit)

    @property
    def columns_shown(self) -> str:
        """The columns that were read and their units, ``"x = t (s), y = level (m)"``."""
        x = self.x_shown + _bracketed(self.x_unit) + ("" if self.x_origin is None else f" since {self.x_origin}")
        parts = [f"x = {x}", f"y = {self.y_label}"]
        if self.y_error_name is not None:
            parts.append(f"y_error = {printable(self.y_error_name)}")
        if self.group is not None:
            parts.append(f"group = {self.group}")
        return ", ".join(parts)

    def summary(self, counts: str | None = None) -> str:
        """Return what was read, in one line.

        Args:
            counts: Number of points, in words; by default that of this table.

        Example:
            >>> import numpy as np
            >>> Table(np.ones(2), np.ones(2), x_shown="t", x_unit="s", skipped={"without a value": 1}).summary()
            'x = t (s), y = column 1; 2 points, 1 row without a value skipped'
        """
        numbers = [counts or counted(len(self))]
        numbers += [f"{counted(count, 'row')} {why} skipped" for why, count in self.skipped.items() if count]
        sections = [self.columns_shown, ", ".join(numbers), *self.remarks]
        others = [name for name in self.other_columns if name is not None and name not in self.x_errors]
        named = [printable(name) or "the index" for name in others]
        unnamed = self.other_columns.count(None)
        if unnamed:
            named.append(counted(unnamed, "further column"))
        if named:
            more = f" and {len(named) - _NAMES_SHOWN} more" if len(named) > _NAMES_SHOWN else ""
            sections.append(f"not read: {', '.join(named[:_NAMES_SHOWN])}{more}")
        return "; ".join(sections)


def _bracketed(unit: str | None) -> str:
    return "" if unit is None else f" ({printable(unit)})"
