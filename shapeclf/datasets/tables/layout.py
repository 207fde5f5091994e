"""The format of the rows of a table."""

from dataclasses import dataclass
from typing import final

from shapeclf._text import printable
from shapeclf.datasets.tables.columns import Choice, Column
from shapeclf.datasets.tables.table import ReadOptions

__all__ = ["TableLayout"]


@final
@dataclass(frozen=True)
class TableLayout:
    """The format of the rows of a table, as inferred from its first rows.

    Attributes:
        source: Name of the file in messages.
        noun: Word for a row in messages, ``"line"`` or ``"row"``.
        delimiter: Delimiter between the cells of a line.
        decimal: Decimal mark, ``"."`` or ``","``.
        width: Number of columns.
        has_header: Whether the columns have names above them.
        choice: The columns that are read.
        options: The user's options.
        least_width: Least number of cells in a row.
    """

    source: str
    noun: str
    delimiter: str
    decimal: str
    width: int
    has_header: bool
    choice: Choice
    options: ReadOptions
    least_width: int = 0

    def location(self, number: int, column: Column | None = None) -> str:
        """Return the location of a row, or of one of its cells, as messages show it."""
        where = f"{self.source}, {self.noun} {number}"
        if column is None:
            return where
        return f"{where}, column {column.index + 1}" + (f" ({printable(column.name)})" if column.name else "")
