"""Where a column of an Arrow table changes from row to row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

    from shapeclf.datasets._types import IntArray

__all__ = ["changes_of"]


def changes_of(column: pa.Array[Any]) -> tuple[IntArray, pa.Array[Any]]:
    """The rows that may differ from the one before, and what the column holds there.

    What is missing differs from all. Neighbours may be the same where a dictionary holds a value twice.

    Args:
        column: of one row at least.

    Returns:
        Rows from 0, ascending, the first included, shape (starts,); and their values. Those of a column with a
        dictionary keep it: a few bytes of a file can name a long value for every row.

    Example:
        >>> import pyarrow as pa
        >>> rows, values = changes_of(pa.array(["a", "a", "b"]))
        >>> rows, values.to_pylist()
        (array([0, 2]), ['a', 'b'])
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    codes: pa.Array[Any] = column.indices if isinstance(column, pa.DictionaryArray) else column
    if pa.types.is_float16(codes.type):  # Arrow does not compare these
        codes = codes.cast(pa.float64())
    differ = pc.fill_null(pc.not_equal(codes[1:], codes[:-1]), pa.scalar(True))
    rows = np.append(0, np.flatnonzero(np.asarray(differ)) + 1)
    return rows, column.take(pa.array(rows))
