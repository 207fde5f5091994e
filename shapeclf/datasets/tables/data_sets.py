"""Check that a table holds one data set, and not several below each other."""

import itertools
from collections.abc import Sequence

import numpy as np

from shapeclf.datasets.tables.layout import TableLayout
from shapeclf.datasets.tables.numbers import clean, parse_number, to_float
from shapeclf.datasets.tables.regions import Row
from shapeclf.errors import InputError

__all__ = ["check_one_data_set"]

_FEWEST = 3  # rows of a data set; in fewer, x may ascend by chance


def check_one_data_set(layout: TableLayout, rows: Sequence[Row]) -> None:
    """Check that x does not begin again after an empty line or a comment.

    Raises:
        InputError: In the rows before and after such a line, x only ascends, or only descends, but not from the last to
            the next.
    """
    x = layout.choice.x
    if x is None or x.kind != "number" or layout.options.group is not None:
        return
    begins = [index for index, (row, after) in enumerate(itertools.pairwise(rows), 1) if after.number > row.number + 1]
    blocks = [rows[first:end] for first, end in itertools.pairwise([0, *begins, len(rows)])] if begins else []
    for before, after in itertools.pairwise(blocks):
        if min(len(before), len(after)) < _FEWEST:
            continue
        steps = np.sign(np.diff([_value(layout, row, x.index) for row in (*before, *after)]))
        direction, at = steps[0], len(before) - 1
        if direction and steps[at] == -direction and (np.delete(steps, at) == direction).all():
            raise InputError(
                f"{layout.location(after[0].number, x)}: x begins again after an empty line or a comment; write each "
                "table to a file of its own, give --group if a column names the tables, or remove that line to read "
                "them as one"
            )


def _value(layout: TableLayout, row: Row, column: int) -> float:
    """Return the number in a cell; NaN if there is none."""
    number = parse_number(clean(row.cells[column])) if row.kinds[column : column + 1] == "n" else None
    value = None if number is None else to_float(number.value, layout.decimal)
    return np.nan if value is None else value
