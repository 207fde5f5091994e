"""The rows of a long table behind those that settled how it is read."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.tables.dialect import BLANKS
from shapeclf.datasets.tables.points import Points
from shapeclf.datasets.tables.regions import fits, is_bad
from shapeclf.datasets.tables.settling import Settled, row_of
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.datasets.tables.text_lines import lines_of
from shapeclf.errors import BadLine

__all__ = ["add_rest"]

_FEW_CHARACTERS = 2**14  # importing Arrow takes longer than reading as little row by row
_MISSING = ["", "NaN", "nan", "NAN", "NA", "N/A", "#N/A", "null", "NULL", "-", "--", "---"]


def add_rest(
    settled: Settled, points: Points, blocks: Iterator[str], first: int, options: ReadOptions
) -> tuple[int, int] | None:
    """Add the points of further lines.

    Clean blocks go through Arrow's parser, which is ten times as quick; others row by row.

    Args:
        settled: how they are read.
        points: where they go.
        blocks: whole lines.
        first: the number of the first of them.
        options: what the user said.

    Returns:
        The numbers of the first and the last line behind the table; None for none.

    Raises:
        InputError: a row cannot be read, or words stand within the table.
    """
    outside, layout = settled.unread, settled.layout
    is_over = outside is not None
    for block in blocks:
        arrays = None if outside is not None else _arrow_columns(settled, block)
        if arrays is not None:
            points.add_arrays(arrays)
        else:
            for line in lines_of(block, first, mark=options.comment, skip=options.skip_lines):
                row = row_of(line, layout.delimiter)
                if row.is_comment or not any(row.cells):
                    continue
                bad = is_bad(row, settled.values, layout.width)
                if is_over or not (bad or fits(row, settled.values, layout.width)):
                    outside = (row.number if outside is None else outside[0], row.number)
                    continue
                if outside is not None:
                    points.leave_out(
                        BadLine(f"{layout.place(outside[0])}: words within the table; --skip-bad leaves such rows out")
                    )
                    outside = None
                points.add([row])
        first += block.count("\n") + block.count("\r") - block.count("\r\n")
    return outside


def _arrow_columns(settled: Settled, block: str) -> list[FloatArray] | None:
    """The used columns of a block, or None: it is to be read row by row.

    Arrow does not say in which line a value is wrong, nor does it take lines of unequal length; an empty line or a
    line's end within quotes would shift its rows.
    """
    layout, choice = settled.layout, settled.layout.choice
    used = [column for column in (choice.x, choice.y, choice.y_error) if column is not None]
    if len(block) < _FEW_CHARACTERS or not all(column.is_plain for column in used):
        return None
    import pyarrow as pa  # takes as long as all the rest
    from pyarrow import csv

    content = block.encode()
    delimiter = layout.delimiter
    if delimiter == BLANKS:
        end, delimiter = (b"\n" if b"\n" in content else b"\r"), "\t"
        content = end.join(b"\t".join(line.split()) for line in content.split(end))
    names = [str(column.index) for column in used]
    try:
        table = csv.read_csv(
            io.BytesIO(content),
            csv.ReadOptions(
                column_names=list(map(str, range(layout.width))), block_size=len(content) + 1, use_threads=False
            ),
            csv.ParseOptions(delimiter=delimiter),
            csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.float64()),
                include_columns=names,
                null_values=_MISSING,
                check_utf8=False,
                decimal_point=layout.decimal,
            ),
        )
    except pa.ArrowInvalid:
        return None
    lines = content.count(b"\n") + (content.count(b"\r") if b"\n" not in content else 0)
    if table.num_rows != lines + (not content.endswith((b"\n", b"\r"))):
        return None
    arrays = [table.column(name).to_numpy() for name in names]
    return None if any(np.isinf(array).any() for array in arrays) else arrays
