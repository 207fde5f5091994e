"""The column of a Parquet file that names the group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from shapeclf.datasets.tables.parquet import ParquetTable
from shapeclf.datasets.tables.runs import GroupName
from shapeclf.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from shapeclf.datasets._types import IntArray

__all__ = ["check_group", "group_names"]


def check_group(table: ParquetTable) -> None:
    """Refuses a column that cannot name groups.

    Raises:
        InputError: it holds lists, structures, bytes or the like.
    """
    if table.columns.group is not None and not _has_text(table.kind(table.columns.group)):
        raise table.refuse(table.columns.group, "names or numbers of groups")


def _has_text(kind: pa.DataType) -> bool:
    import pyarrow as pa
    from pyarrow import types

    if isinstance(kind, pa.DictionaryType):
        return _has_text(kind.value_type)
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


def group_names(table: ParquetTable, places: IntArray, groups: pa.Array[Any]) -> list[GroupName]:
    """The names in a column of groups: numbers as numbers, all else as text.

    Args:
        table: where the rows are from.
        places: the number of each row.
        groups: the group of each row.

    Raises:
        InputError: a row has no group.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    assert table.columns.group is not None
    if isinstance(groups, pa.DictionaryArray):  # each name once, however often it occurs
        codes = groups.indices.to_numpy(zero_copy_only=False)
        if groups.null_count:
            raise _nameless(table, places[pc.index(pc.is_null(groups), True).as_py()])
        used, first, of_row = np.unique(codes, return_index=True, return_inverse=True)
        names = group_names(table, places[first], groups.dictionary.take(pa.array(used)))
        return [names[index] for index in of_row.tolist()]
    if not (pa.types.is_integer(groups.type) or pa.types.is_floating(groups.type)):
        groups = _texts(table, groups)
    nameless = pc.is_null(groups, nan_is_null=True)
    if pa.types.is_string(groups.type):
        nameless = pc.or_kleene(nameless, pc.equal(groups, pa.scalar("")))
    if pc.any(nameless).as_py():
        raise _nameless(table, places[pc.index(nameless, True).as_py()])
    return cast(list[GroupName], groups.to_pylist())


def _nameless(table: ParquetTable, row: int) -> InputError:
    assert table.columns.group is not None
    return InputError(f"{table.source}, row {row}, {table.column(table.columns.group)}: the group has no name")


def _texts(table: ParquetTable, groups: pa.Array[Any]) -> pa.Array[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    assert table.columns.group is not None
    try:
        texts: pa.Array[Any] = pc.cast(groups, pa.string())
        texts.validate(full=True)
    except pa.ArrowException:  # a time in a zone that this machine does not know, text that is no UTF-8
        raise table.refuse(table.columns.group, "names that can be read") from None
    return texts
