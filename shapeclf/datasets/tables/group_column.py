"""Columns of Arrow tables that name groups: the rows at which the group changes, and the names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from shapeclf.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from shapeclf.datasets._types import IntArray
    from shapeclf.datasets.tables.layout import TableLayout
    from shapeclf.datasets.tables.runs import GroupName

__all__ = ["can_name_groups", "changes_of", "group_names"]


def changes_of(column: pa.Array[Any]) -> tuple[IntArray, pa.Array[Any]]:
    """Return the rows whose value may differ from that of the row before, and these values.

    A missing value differs from every value. Neighbours may still be equal, if a dictionary holds a value twice.

    Args:
        column: A column of at least one row.

    Returns:
        Indices of the rows, ascending, the first included, shape (starts,); and their values. Values of a column with a
        dictionary keep the dictionary, since a few bytes of a file can give every row a long name.

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


def can_name_groups(kind: pa.DataType) -> bool:
    """Return whether a type can name groups; lists, structures and bytes cannot."""
    import pyarrow as pa
    from pyarrow import types

    if isinstance(kind, pa.DictionaryType):
        return can_name_groups(kind.value_type)
    tests = (
        types.is_integer,
        types.is_floating,
        types.is_string,
        types.is_large_string,
        types.is_boolean,
        types.is_date,
        types.is_timestamp,
        types.is_decimal,
    )
    return any(test(kind) for test in tests)


def group_names(layout: TableLayout, lines: IntArray, groups: pa.Array[Any]) -> list[GroupName]:
    """Return the names in a column of groups: numbers as numbers, all else as text.

    Args:
        layout: Layout of the table, for messages.
        lines: Number of each row in the file.
        groups: Group of each row.

    Raises:
        InputError: A row has no group, or its name cannot be read.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(groups, pa.DictionaryArray):  # each name once, however often it occurs
        codes = groups.indices.to_numpy(zero_copy_only=False)
        if groups.null_count:
            raise _nameless(layout, lines[pc.index(pc.is_null(groups), True).as_py()])
        used, first, of_row = np.unique(codes, return_index=True, return_inverse=True)
        names = group_names(layout, lines[first], groups.dictionary.take(pa.array(used)))
        return [names[index] for index in of_row.tolist()]
    if not (pa.types.is_integer(groups.type) or pa.types.is_floating(groups.type)):
        try:
            texts: pa.Array[Any] = pc.cast(groups, pa.string())
            texts.validate(full=True)
        except pa.ArrowException:  # a time in a zone that this machine does not know, text that is no UTF-8
            where = layout.location(int(lines[0]), layout.choice.group)
            raise InputError(f"{where}: the names of groups cannot be read from here on") from None
        groups = texts
    nameless = pc.is_null(groups, nan_is_null=True)
    if pa.types.is_string(groups.type):
        nameless = pc.or_kleene(nameless, pc.equal(groups, pa.scalar("")))
    if pc.any(nameless).as_py():
        raise _nameless(layout, lines[pc.index(nameless, True).as_py()])
    return cast("list[GroupName]", groups.to_pylist())


def _nameless(layout: TableLayout, row: int) -> InputError:
    return InputError(f"{layout.location(row, layout.choice.group)}: the group has no name")
