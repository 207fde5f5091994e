import datetime
import decimal
import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shapeclf.datasets.tables.group_column import group_names
from shapeclf.datasets.tables.parquet import ParquetTable
from shapeclf.datasets.tables.runs import GroupName
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import InputError


def _table(groups: "pa.Array[Any]") -> ParquetTable:
    file = io.BytesIO()
    columns: dict[str, Any] = {"x": np.zeros(len(groups)), "y": np.zeros(len(groups)), "run\n": groups}
    pq.write_table(pa.table(columns), file)
    return ParquetTable.open("a.parquet", file, ReadOptions(group="3"))


@pytest.mark.parametrize(
    ("groups", "names"),
    [
        (pa.array([-1, 2**62]), [-1, 2**62]),
        (pa.array([1, 2**64 - 1], pa.uint64()), [1, 2**64 - 1]),
        (pa.array([0.5, -1e300]), [0.5, -1e300]),
        (pa.array([" a", "ü"]), [" a", "ü"]),
        (pa.array(["a", "b"], pa.large_string()), ["a", "b"]),
        (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"]),
        (pa.array([7, 8]).dictionary_encode(), [7, 8]),
        (pa.array([True, False]), ["true", "false"]),
        (pa.array([datetime.date(2020, 1, 2), datetime.date(1969, 12, 31)]), ["2020-01-02", "1969-12-31"]),
        (pa.array([0, 1], pa.timestamp("s")), ["1970-01-01 00:00:00", "1970-01-01 00:00:01"]),
        (pa.array([decimal.Decimal("1.50"), decimal.Decimal("2.00")]), ["1.50", "2.00"]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_names_of_groups(groups: "pa.Array[Any]", names: list[GroupName]) -> None:
    table = _table(groups)
    found = group_names(table.inferred.layout, np.array([5, 6]), groups)
    assert found == names
    assert list(map(type, found)) == list(map(type, names))


@pytest.mark.parametrize(
    "groups",
    [
        pa.array([1, None]),
        pa.array(["a", None]),
        pa.array(["a", ""]),
        pa.array([0.5, float("nan")]),
        pa.array(["a", None]).dictionary_encode(),
    ],
    ids=["no number", "no text", "empty text", "NaN", "no code"],
)
def test_rows_without_a_group_are_refused(groups: "pa.Array[Any]") -> None:
    message = r"^a\.parquet, row 6, column 3 \(run\\n\): the group has no name$"
    with pytest.raises(InputError, match=message):
        group_names(_table(groups).inferred.layout, np.array([5, 6]), groups)


@pytest.mark.parametrize(
    "groups",
    [pa.array([[1], [2]]), pa.array([{"a": 1}, {"a": 2}]), pa.array([b"a", b"b"]), pa.array([None, None])],
    ids=lambda groups: str(groups.type),
)
def test_types_that_cannot_name_groups(groups: "pa.Array[Any]") -> None:
    message = r"^a\.parquet: column 3 \(run\\n\) holds (list<|struct<|binary|null).*, not names or numbers of groups$"
    with pytest.raises(InputError, match=message):
        _table(groups)


def test_text_that_is_not_utf_8_is_refused() -> None:
    groups = pa.array([b"a", b"\xff"]).view(pa.string())
    message = r"^a\.parquet, row 5, column 3 \(run\\n\): the names of groups cannot be read from here on$"
    with pytest.raises(InputError, match=message):
        group_names(_table(groups).inferred.layout, np.array([5, 6]), groups)
