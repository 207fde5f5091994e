"""The format of the rows of a table."""

from dataclasses import dataclass
from typing import Literal, final

from shapeclf._text import printable
from shapeclf.datasets.tables.columns import Choice, Column

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
        missing: Whether rows without a value are skipped or refused.
        skip_bad: Whether rows that cannot be read are skipped.
        is_wide: Whether each row holds a sequence.
    """

    source: str
    noun: str
    delimiter: str
    decimal: str
    width: int
    has_header: bool
    choice: Choice
    missing: Literal["skip", "refuse"] = "skip"
    skip_bad: bool = False
    is_wide: bool = False

    def location(self, number: int, column: Column | None = None) -> str:
        """Return the location of a row, or of one of its cells, as messages show it."""
        where = f"{self.source}, {self.noun} {number}"
        if column is None:
            return where
        return f"{where}, column {column.index + 1}" + (f" ({printable(column.name)})" if column.name else "")
