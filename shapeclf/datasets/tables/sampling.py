"""Start and increment of x above a table, which oscilloscopes write instead of a column of times."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.tables.columns import Choice
from shapeclf.datasets.tables.numbers import ParsedNumber, clean, parse_number, value_and_error
from shapeclf.datasets.tables.regions import Row, kinds_of
from shapeclf.datasets.tables.units import is_unit

__all__ = ["Sampling", "sampling_above"]

_SETTING = re.compile(
    r"(?:(?P<start>start|[xt]_?0|x ?(?:zero|origin))|(?P<step>increment|[xt] ?_?inc(?:rement)?|delta[ _]?[xt]))"
    r"(?:\s*[=:]\s*(?P<value>\S.*))?",
    re.IGNORECASE,
)


@final
@dataclass(frozen=True)
class Sampling:
    """Start and increment of equally spaced x.

    Attributes:
        start: Name of the setting, and the x of the first reading.
        step: Name of the setting, and the distance between neighbouring x.
        in_header: Whether both are in the header row, so that no column holds x itself.
    """

    start: tuple[str, ParsedNumber]
    step: tuple[str, ParsedNumber]
    in_header: bool

    def without_x_column(self, choice: Choice) -> Choice:
        """Return the choice in which x is computed, and the first column holds y.

        The choice stays as it is if a column counts the readings, or holds x itself.
        """
        if not self.in_header or choice.x is None or choice.x.counting == "consecutive":
            return choice
        return Choice(None, choice.x, group=choice.group)

    def is_used(self, choice: Choice) -> bool:
        """Return whether x is computed: no column holds it, or the column only counts the readings."""
        return choice.x is None or choice.x.counting == "consecutive"

    def values(self, x: FloatArray, choice: Choice, decimal: str) -> tuple[FloatArray, str | None, str]:
        """Return x, its unit, and its name in sentences.

        Args:
            x: Counts of the readings, from a column or 1, 2, 3, ..., shape (points,).
            choice: The columns that are read.
            decimal: The decimal mark.
        """
        start, step = ((value_and_error(number, decimal) or (0.0,))[0] for _, number in (self.start, self.step))
        source = f"{self.start[0]} and {self.step[0]} above the table"
        formula = f"{start:g} + {step:g}·n"
        shown = f"{formula} ({source})" if choice.x is None else f"{choice.x.shown} ({formula}, from {source})"
        return start + step * (x - (choice.x is None)), self.step[1].unit or self.start[1].unit, shown


def sampling_above(rows: Sequence[Row], width: int) -> tuple[Sampling | None, list[Row]]:
    """Find the start and the increment of x in the rows above a table.

    The value of each is in the cell of its name, in the cell below or in the next cell.

    Args:
        rows: The rows above the table.
        width: Number of columns of the table.

    Returns:
        The sampling, or None; and the rows without its cells, so that only names and units remain.
    """
    settings: dict[str, tuple[str, ParsedNumber]] = {}
    cut: dict[int, int] = {}  # by row, the index of the first cell that is removed
    for index, row in enumerate(rows):
        for column, cell in enumerate(row.cells):
            match = _SETTING.fullmatch(cell)
            if match is None:
                continue
            kind = "start" if match["start"] else "step"
            below = rows[index + 1].cells[column : column + 1] if index + 1 < len(rows) else []
            for texts, lines in (
                ([match["value"]], [index]),
                (below, [index, index + 1]),
                (row.cells[column + 1 :], []),
            ):
                number = parse_number(clean(texts[0])) if texts and texts[0] else None
                if number is not None and kind not in settings:
                    settings[kind] = match[kind], number
                    cut |= {line: min(column, cut.get(line, column)) for line in lines}
    if len(settings) < 2:
        return None, list(rows)
    return Sampling(settings["start"], settings["step"], bool(cut)), [
        _cut(row, cut[index], width, units=index - 1 in cut) if index in cut else row for index, row in enumerate(rows)
    ]


def _cut(row: Row, end: int, width: int, *, units: bool) -> Row:
    """Return the cells before an index as a row of the table's width; with ``units``, keep only units."""
    cells = [cell if not units or is_unit(cell) else "" for cell in row.cells[:end]][:width]
    cells += [""] * (width - len(cells))
    return row._replace(cells=cells, kinds=kinds_of(cells), text="")
