import io
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeclf.datasets.tables.chunks import joined_groups
from shapeclf.datasets.tables.group_column import group_names
from shapeclf.datasets.tables.long_parquet import long_parquet_runs
from shapeclf.datasets.tables.parquet import ParquetTable
from shapeclf.datasets.tables.runs import Runs
from shapeclf.datasets.tables.sources import Progress
from shapeclf.errors import InputError

_FINITE = st.floats(allow_nan=False, allow_infinity=False)
_POINTS = st.lists(st.tuples(_FINITE, _FINITE), min_size=1, max_size=5)
_NAMES: dict[str, tuple[st.SearchStrategy[Any], Any]] = {
    "integers": (st.integers(-(2**63), 2**63 - 1), pa.int64()),
    "floats": (_FINITE, pa.float64()),
    "text": (st.text(st.characters(codec="utf-8"), min_size=1, max_size=4), pa.string()),
    "dictionary": (st.text("ab", min_size=1, max_size=4), pa.dictionary(pa.int32(), pa.string())),
}


def _file(columns: dict[str, Any], **options: Any) -> BinaryIO:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file


def _runs(columns: dict[str, Any], **options: Any) -> list[Runs]:
    asked = {"group": "g", "x": None, "y": None} | options
    return list(long_parquet_runs("a", _file(columns), Progress(), **asked))


@pytest.mark.parametrize("kind", _NAMES)
@given(data=st.data(), rows=st.integers(1, 7), row_group=st.integers(1, 9), limit=st.integers(1, 12))
def test_groups_come_back_to_the_last_digit(
    kind: str, data: st.DataObject, rows: int, row_group: int, limit: int
) -> None:
    names, arrow_type = _NAMES[kind]
    groups = data.draw(st.dictionaries(names, _POINTS, min_size=1, max_size=6))
    written = [(name, *point) for name, points in groups.items() for point in points]
    column = pa.array([name for name, _, _ in written], arrow_type)
    columns = {"y": [y for *_, y in written], "g": column, "x": [x for _, x, _ in written]}
    file = _file(columns, row_group_size=row_group)
    runs = long_parquet_runs("a", file, Progress(), group="g", x=None, y=None, rows=rows)
    chunks = list(joined_groups("a", "row", runs, limit))
    assert [name for chunk in chunks for name in chunk.names] == list(groups)
    assert np.concatenate([chunk.lengths for chunk in chunks]).tolist() == list(map(len, groups.values()))
    assert np.concatenate([chunk.points for chunk in chunks]).tolist() == [[x, y] for _, x, y in written]


def test_places_are_rows_from_1() -> None:
    columns = {"g": [1, 1, 2, 2, 2, 3], "x": np.arange(6.0), "y": np.arange(6.0)}
    assert [runs.places.tolist() for runs in _runs(columns, rows=4)] == [[1, 3], [5, 6]]


def test_no_point() -> None:
    assert _runs({"g": pa.array([], pa.int64()), "x": pa.array([], pa.int64()), "y": pa.array([], pa.int64())}) == []


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        pytest.param([1, None, 3], [1, 2, 3], r"row 2, column 2 \(x\): there is no value", id="null"),
        pytest.param([1, 2, 3], [1.0, 2.0, float("nan")], r"row 3, column 3 \(y\): 'nan' is not finite", id="NaN"),
        pytest.param([1, 2, 3], [-np.inf, 2.0, None], r"row 1, column 3 \(y\): '-inf' is not finite", id="infinity"),
    ],
)
@pytest.mark.parametrize("rows", [1, 2, 100], ids=str)
def test_the_row_and_column_of_what_is_wrong(x: list[Any], y: list[Any], message: str, rows: int) -> None:
    columns = {"g": [7, 7, 8], "x": x, "y": y}
    with pytest.raises(InputError, match=f"^a, {message}$"):
        _runs(columns, rows=rows)


@pytest.mark.parametrize(
    ("values", "kind"),
    [(["1", "2"], "string"), ([True, False], "bool"), ([[1.0], [2.0]], "list<.*>"), ([None, None], "null")],
    ids=["text", "truth values", "lists", "nothing"],
)
def test_columns_of_other_types(values: list[Any], kind: str) -> None:
    columns = {"g": [1, 2], "x": [1.0, 2.0], "y": values}
    with pytest.raises(InputError, match=rf"^a: column 3 \(y\) holds {kind}, not numbers$"):
        _runs(columns)


@pytest.mark.parametrize("names", [["a" * 1000], ["a" * 1000, "b" * 1000]], ids=["one", "in turns"])
@pytest.mark.parametrize("encoding", ["dictionary", "PLAIN", "DELTA_BYTE_ARRAY"])
def test_a_long_name_is_not_held_once_a_row(names: list[str], encoding: str) -> None:
    """Few bytes of a file can name a long group in each of many rows."""
    rows = 2**14
    column = pa.array(names * (rows // len(names)))
    layout = {} if encoding == "dictionary" else {"use_dictionary": False, "column_encoding": {"g": encoding}}
    file = _file(
        {"g": column, "x": np.zeros(rows), "y": np.zeros(rows)}, compression="zstd", store_schema=False, **layout
    )
    before, peak = pa.total_allocated_bytes(), 0
    table = ParquetTable.open("a", file, x=None, y=None, group="g")
    for _, columns in table.batches(table.rows_of(2**20, rows), Progress()):
        peak = max(peak, pa.total_allocated_bytes() - before)
        assert set(group_names(table, np.arange(len(columns[2])), columns[2])) == set(names)
    assert column.nbytes > 10**7
    assert peak < 2**22
