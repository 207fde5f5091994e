"""Text with one row a point and a column that names the group."""

from collections.abc import Iterator

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.tables.arrow_text import arrow_columns
from shapeclf.datasets.tables.blocks import Block, table_of_blocks
from shapeclf.datasets.tables.changes import changes_of
from shapeclf.datasets.tables.columns import Columns, find_columns, need_columns
from shapeclf.datasets.tables.lines import Layout
from shapeclf.datasets.tables.runs import GroupName, Runs, make_runs

__all__ = ["long_text_runs"]


def long_text_runs(source: str, blocks: Iterator[Block], *, group: str, x: str | None, y: str | None) -> Iterator[Runs]:
    r"""The runs of a table in text, block by block.

    Each block goes through Arrow's parser; what that does not take, or reads as other than one row of finite
    numbers a line, is read line by line, which names the first line that is wrong, or is right after all.

    Args:
        source: what the text comes from, for messages.
        blocks: the text.
        group: name or number (from 1) of the column of the group.
        x: likewise of x; see `find_columns` for what it is by default.
        y: likewise of y.

    Raises:
        InputError: there is no such column, or a line holds no point; the text names line and column.

    Example:
        >>> blocks = iter([Block(1, b"run,x,y\na,1,2\na,3,4\n")])
        >>> (runs,) = long_text_runs("a.csv", blocks, group="run", x=None, y=None)
        >>> runs.names, runs.lengths
        (['a'], array([2]))
    """
    layout, blocks = table_of_blocks(source, blocks)
    need_columns(source, layout.count, group)
    columns = find_columns(source, layout.header, layout.count, x=x, y=y, group=group)
    for block in blocks:
        runs = _by_arrow(block, layout, columns) or _line_by_line(block, layout, columns)
        if runs is not None:
            yield runs


def _by_arrow(block: Block, layout: Layout, columns: Columns) -> Runs | None:
    """The runs of a block; None if it is not one row of a group and finite numbers a line."""
    assert columns.group is not None
    arrays = arrow_columns(block, layout, {columns.group: "text", columns.x: "number", columns.y: "number"})
    if arrays is None:
        return None
    groups, *values = arrays
    points = np.column_stack([column.to_numpy(zero_copy_only=False) for column in values])
    starts, heads = changes_of(groups)
    names: list[GroupName] = [str(name).strip() for name in heads.to_pylist()]
    if not np.isfinite(points).all() or "" in names:
        return None
    return make_runs(names, starts, block.line + np.arange(len(points)), points)


def _line_by_line(block: Block, layout: Layout, columns: Columns) -> Runs | None:
    """The runs of a block; None if it holds only empty lines."""
    assert columns.group is not None
    names: list[GroupName] = []
    points: list[tuple[float, float]] = []
    places: list[int] = []
    for line, text in block.lines():
        cells = layout.cells(line, text)
        layout.check_width(line, cells)
        names.append(layout.group(line, cells, columns.group))
        points.append((layout.number(line, cells, columns.x), layout.number(line, cells, columns.y)))
        places.append(line)
    if not names:
        return None
    numbers: FloatArray = np.array(points)
    return make_runs(names, np.arange(len(names)), np.array(places), numbers)
