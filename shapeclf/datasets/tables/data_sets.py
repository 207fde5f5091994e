"""Check that a table holds one data set, and not several below each other."""

import datetime
import itertools
from collections.abc import Sequence

from shapeclf.datasets.tables.layout import TableLayout
from shapeclf.datasets.tables.numbers import clean, parse_number, to_float
from shapeclf.datasets.tables.regions import Row
from shapeclf.datasets.tables.times import parse_moment
from shapeclf.errors import InputError

__all__ = ["check_one_data_set"]

_FEWEST = 3  # rows of a data set; in fewer, x may ascend by chance
_NEAR = 0.25  # how far from the first x of a data set the next one begins, as a fraction of its range of x
_HOURS = ("hour", "hour of day", "stunde", "uhrzeit", "heure", "hora")  # they begin again every day


def check_one_data_set(layout: TableLayout, rows: Sequence[Row]) -> None:
    """Check that x does not begin again after an empty line or a comment.

    Args:
        layout: The layout of the table.
        rows: The rows of the table, with the comments and the empty rows between them.

    Raises:
        InputError: In the rows before and after such a line, x only ascends, or only descends, but not from the last to
            the next, which is near the first of the rows before.
    """
    x = layout.choice.x
    if x is None or layout.options.group is not None:
        return
    blocks = _blocks(rows)
    for before, after in itertools.pairwise(blocks):
        first, second = (_values(layout, block, x.index) for block in (before, after))
        if min(len(first), len(second)) < _FEWEST:
            continue
        if (x.name or "").casefold() in _HOURS and all(0 <= value <= 24 for value in first + second):
            continue
        is_near = abs(second[0] - first[0]) <= _NEAR * abs(first[-1] - first[0])
        begins_again = (
            _direction(first) * _direction(second) > 0 > _direction(first) * _direction([first[-1], second[0]])
        )
        if is_near and begins_again:
            raise InputError(
                f"{layout.location(after[0].number, x)}: x begins again after an empty line or a comment; write each "
                "table to a file of its own, give --group if a column names the tables, or remove that line to read "
                "them as one"
            )


def _blocks(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the rows of values between empty rows and comments."""
    blocks, is_end = list[list[Row]](), True
    for row in rows:
        if row.is_comment or not any(row.cells):
            is_end = True
            continue
        if is_end or row.after_blank:
            blocks.append([])
        blocks[-1].append(row)
        is_end = False
    return blocks


def _direction(values: Sequence[float]) -> int:
    """Return 1 if the values only ascend, -1 if they only descend, and else 0."""
    pairs = list(itertools.pairwise(values))
    return all(one < other for one, other in pairs) - all(one > other for one, other in pairs)


def _values(layout: TableLayout, rows: Sequence[Row], column: int) -> list[float]:
    """Return the numbers or dates in a column, without ambiguous dates."""
    values = list[float]()
    for row in rows:
        cell = clean("".join(row.cells[column : column + 1]))
        number, moment = parse_number(cell), parse_moment(cell)
        value = None if number is None else to_float(number.value, layout.decimal)
        if value is not None:
            values.append(value)
        elif moment is not None and moment.date is not None and not moment.is_ambiguous:
            values.append(datetime.date(*moment.date).toordinal() * 86_400 + (moment.seconds or 0.0))
    return values
