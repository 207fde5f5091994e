import decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeclf.datasets.tables.group_column import changes_of


@given(values=st.lists(st.one_of(st.none(), st.sampled_from("abc")), min_size=1, max_size=20), start=st.integers(0, 19))
@pytest.mark.parametrize("kind", ["text", "dictionary"])
def test_changes_are_those_of_a_loop(kind: str, values: list[str | None], start: int) -> None:
    start = min(start, len(values) - 1)
    array = pa.array(values, pa.string())
    column: pa.Array[Any] = (array.dictionary_encode() if kind == "dictionary" else array)[start:]
    values = values[start:]
    rows, heads = changes_of(column)
    missing_or_other = (i for i in range(1, len(values)) if values[i] is None or values[i] != values[i - 1])
    assert rows.tolist() == [0, *missing_or_other]
    assert heads.to_pylist() == [values[row] for row in rows]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1, 1, 2]),
        pa.array([1, 1, 2], pa.uint8()),
        pa.array([0.5, 0.5, 1.5]),
        pa.array(np.array([0.5, 0.5, 1.5], np.float16)),
        pa.array([True, True, False]),
        pa.array(["a", "a", "b"], pa.large_string()),
        pa.array([decimal.Decimal("1.0"), decimal.Decimal("1.0"), decimal.Decimal("1.1")]),
        pa.array([1, 1, 2], pa.timestamp("us")),
        pa.array([7, 7, 8]).dictionary_encode(),
    ],
    ids=lambda column: str(column.type),
)
def test_columns_of_every_type(column: "pa.Array[Any]") -> None:
    rows, heads = changes_of(column)
    assert rows.tolist() == [0, 2]
    assert heads.to_pylist() == [column[0].as_py(), column[2].as_py()]


def test_a_value_that_a_dictionary_repeats_may_be_returned_twice() -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2]), pa.array(["a", "a", "b"]))
    rows, heads = changes_of(column)
    assert (rows.tolist(), heads.to_pylist()) == ([0, 1, 2], ["a", "a", "b"])
