import io
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeclf.datasets.tables.parquet import ParquetTable
from shapeclf.datasets.tables.runs import Runs
from shapeclf.datasets.tables.sources import Progress
from shapeclf.datasets.tables.wide_parquet import wide_parquet_runs
from shapeclf.errors import InputError

_FINITE = st.floats(allow_nan=False, allow_infinity=False)
_SEQUENCE = st.lists(st.tuples(_FINITE, _FINITE), min_size=1, max_size=5)


def _file(columns: dict[str, Any], **options: Any) -> BinaryIO:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file


def _runs(file: BinaryIO, **options: Any) -> list[Runs]:
    return list(wide_parquet_runs("a", file, Progress(), **({"group": None, "x": None, "y": None} | options)))


@pytest.mark.parametrize("kind", [pa.list_(pa.float64()), pa.large_list(pa.float64())], ids=["lists", "large lists"])
@given(
    sequences=st.lists(_SEQUENCE, min_size=1, max_size=8),
    grouped=st.booleans(),
    row_group=st.integers(1, 9),
    points=st.sampled_from([1, 10, 100, 1000]),
)
def test_sequences_come_back_to_the_last_digit(
    kind: pa.DataType, sequences: list[list[tuple[float, float]]], grouped: bool, row_group: int, points: int
) -> None:
    x, y = (pa.array([[point[axis] for point in points] for points in sequences], kind) for axis in (0, 1))
    names = [f"s{row % 3}" for row in range(len(sequences))]
    parts = _runs(
        _file({"y": y, "s": names, "x": x}, row_group_size=row_group), group="s" if grouped else None, points=points
    )
    numbers = list(range(1, len(sequences) + 1))
    assert [name for part in parts for name in part.names] == (names if grouped else numbers)
    assert [place for part in parts for place in part.places.tolist()] == numbers
    assert np.concatenate([part.lengths for part in parts]).tolist() == list(map(len, sequences))
    written = [list(point) for points in sequences for point in points]
    assert np.concatenate([part.points for part in parts]).tolist() == written


def test_lists_of_fixed_size_and_of_integers() -> None:
    lists = pa.array([[1, 2], [3, 4]], pa.list_(pa.int32(), 2))
    (part,) = _runs(_file({"t": lists, "v": lists}))
    assert part.points.tolist() == [[1, 1], [2, 2], [3, 3], [4, 4]]
    assert part.lengths.tolist() == [2, 2]


@pytest.mark.parametrize(("length", "least", "most"), [(1, 1000, 40_000), (100, 100, 700), (100_000, 1, 1)], ids=str)
def test_rows_hold_about_as_many_points_as_are_asked_for(length: int, least: int, most: int) -> None:
    draw = np.random.default_rng(0)
    rows = max(3, 10_000 // length)
    lists = [pa.array(list(draw.random((rows, length)))) for _ in "xy"]
    file = _file({"x": lists[0], "y": lists[1], "g": range(rows)})
    table = ParquetTable.open("a", file, x=None, y=None)
    assert least <= table.rows_of(8 * 65_536, 65_536) <= most


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([[1.0], [1.0, 2.0]], [[1.0], [1.0]], r", row 2: column 1 \(x\) has 2 values, column 2 \(y\) has 1"),
        ([[1.0], []], [[1.0], []], r", row 2, column 1 \(x\): there is no point in it"),
        ([[1.0], [2.0]], [[1.0], []], r", row 2, column 2 \(y\): there is no point in it"),
        ([None, [2.0]], [[1.0], []], r", row 1, column 1 \(x\): there is no list"),
        ([[1.0], [1.0, None]], [[1.0], [1.0, 2.0]], r", row 2, point 2, column 1 \(x\): there is no value"),
        ([[1.0], [1.0, 2.0]], [[1.0], [np.nan, 2.0]], r", row 2, point 1, column 2 \(y\): 'nan' is not finite"),
        ([[1.0], [1.0]], [1.0, 2.0], r": column 2 \(y\) holds double, not lists of numbers"),
        ([["a"], ["b"]], [[1.0], [2.0]], r": column 1 \(x\) holds list<.*string>, not lists of numbers"),
    ],
    ids=["unequal", "empty", "one empty", "no list", "no value", "NaN", "no lists", "lists of text"],
)
def test_the_row_and_column_of_what_is_wrong(x: list[Any], y: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^a{message}$"):
        _runs(_file({"x": x, "y": y}))


def test_a_sequence_without_a_name() -> None:
    with pytest.raises(InputError, match=r"^a, row 2, column 1 \(g\): the group has no name$"):
        _runs(_file({"g": ["a", None], "x": [[1.0], [2.0]], "y": [[1.0], [2.0]]}), group="g")
