"""Read the rows of a long table after those from which its layout was inferred."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from shapeclf.datasets.tables.dialect import BLANKS, split_cells, without_labels
from shapeclf.datasets.tables.group_column import changes_of
from shapeclf.datasets.tables.inference import InferredTable, row_of
from shapeclf.datasets.tables.partial_table import PartialTable
from shapeclf.datasets.tables.regions import Row, is_text_row, with_group
from shapeclf.datasets.tables.runs import GroupStarts
from shapeclf.datasets.tables.text_lines import line_ends, lines_of
from shapeclf.errors import BadLine

__all__ = ["remaining_parts"]

_FEW_CHARACTERS = 2**14  # importing Arrow takes longer than reading so few row by row
_MISSING = ["", "NaN", "nan", "NAN", "NA", "N/A", "#N/A", "null", "NULL", "-", "--", "---"]
_NOT_PLAIN = ("#", "%", "//", "->")  # marks that may begin a comment, or end the time in a line


def remaining_parts(table: PartialTable, blocks: Iterator[str], first: int) -> Iterator[PartialTable]:
    """Add the points of the remaining lines to a table, and yield the table after each block.

    Arrow parses clean blocks, ten times as fast; all other blocks are read row by row.

    Args:
        table: The table with the points of the first lines.
        blocks: Blocks of whole lines.
        first: Number of the first line.

    Raises:
        InputError: A row cannot be read, or there is a line of text within the table.
    """
    inferred, layout, options = table.inferred, table.inferred.layout, table.options
    group = None if layout.choice.group is None else layout.choice.group.index
    is_over = table.unread is not None
    for block in (without_labels(block, table.labels) if table.labels else block for block in blocks):
        if table.wide is not None and not is_over:
            lines = lines_of(block, first, mark=options.comment, skip=options.skip_lines)
            cells = ((line, split_cells(line.text, layout.delimiter)) for line in lines if not line.is_comment)
            table.wide.add(table.points, (Row(line.number, each, "", line.text) for line, each in cells))
            first += line_ends(block)
            yield table
            continue
        columns = None if table.unread is not None else _arrow_columns(inferred, block)
        starts = None if columns is None or group is None else _starts(columns.pop(), first, options.comment)
        if columns is not None and (group is None or starts is not None):
            table.points.add_arrays([column.to_numpy(zero_copy_only=False) for column in columns], starts)
        else:
            for line in lines_of(block, first, mark=options.comment, skip=options.skip_lines):
                row = with_group(row_of(line, layout.delimiter), group)
                if row.is_comment or not any(row.cells):
                    table.points.add([row])  # adds no point, but counts an empty row
                    continue
                if is_over or is_text_row(row, inferred.region.values, layout.width):
                    table.unread = (row.number if table.unread is None else table.unread[0], row.number)
                    table.points.rows += 1
                    continue
                if table.unread is not None:
                    where = layout.location(table.unread[0])
                    table.points.skip(BadLine(f"{where}: words within the table; --skip-bad leaves such rows out"))
                    table.unread = None
                table.points.add([row])
        first += line_ends(block)
        yield table


def _starts(names: Any, first: int, mark: str | None) -> GroupStarts | None:
    """Return the rows at which groups begin in a column of names; None if a name may be a comment or a time."""
    starts, heads = changes_of(names)
    texts = [str(name).strip() for name in heads.to_pylist()]
    marks = _NOT_PLAIN if mark is None else (*_NOT_PLAIN, mark)
    together = "\n".join(texts)
    if not all(texts) or any(mark in together for mark in marks):
        return None
    return GroupStarts(list(texts), starts, first + starts)


def _arrow_columns(inferred: InferredTable, block: str) -> list[Any] | None:
    """Return the columns of a block that are read, the group last; None if the block must be read row by row.

    Arrow does not report the line of a wrong value and does not accept lines of unequal length. An empty line, or a
    line end within quotes, would shift its rows.
    """
    layout, choice = inferred.layout, inferred.layout.choice
    used = [column for column in (choice.x, choice.y, choice.y_error) if column is not None]
    if len(block) < _FEW_CHARACTERS or not all(column.is_plain for column in used):
        return None
    import pyarrow as pa  # the import takes as long as reading a small file
    from pyarrow import compute as pc
    from pyarrow import csv

    content = block.encode()
    delimiter = layout.delimiter
    if delimiter == BLANKS:
        end, delimiter = (b"\n" if b"\n" in content else b"\r"), "\t"
        content = end.join(b"\t".join(line.split()) for line in content.split(end))
    types: dict[str, pa.DataType] = {str(column.index): pa.float64() for column in used}
    if choice.group is not None:
        types[str(choice.group.index)] = pa.string()
    try:
        table = csv.read_csv(
            io.BytesIO(content),
            csv.ReadOptions(
                column_names=list(map(str, range(layout.width))), block_size=len(content) + 1, use_threads=False
            ),
            csv.ParseOptions(delimiter=delimiter),
            csv.ConvertOptions(
                column_types=types,
                include_columns=list(types),
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
    columns = [table.column(name).combine_chunks() for name in types]
    return None if any(pc.any(pc.is_inf(column)).as_py() for column in columns[: len(used)]) else columns
