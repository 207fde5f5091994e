from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from shapeclf.datasets._arguments import as_float_array
from shapeclf.errors import InputError
from shapeclf.recognition.checking import check_batch, check_lengths, points_of, sequence_of

VALUES = [1.0, 2.0, 4.0]
KINDS = {
    "list": VALUES,
    "tuple": (1, 2, 4),
    "integers": np.array([1, 2, 4], dtype=np.int8),
    "single precision": np.array(VALUES, dtype=np.float32),
    "every other": np.array([1, 9, 2, 9, 4, 9])[::2],
    "decimals": [Decimal(1), Decimal(2), Decimal(4)],
    "an Arrow array": pa.array([1, 2, 4]),
    "an Arrow column": pa.chunked_array([[1.0], [2.0, 4.0]]),
    "a column of an Arrow table": pa.table({"a": [1, 2, 4]})["a"],
    "masked nowhere": np.ma.array(VALUES, mask=False),
}


@pytest.mark.parametrize("values", KINDS.values(), ids=KINDS.keys())
def test_array_likes_of_any_kind_are_accepted(values: Any) -> None:
    found = as_float_array(values)
    assert found.dtype == np.float64
    assert found.tolist() == VALUES
    assert points_of(values, VALUES).tolist() == [[value, value] for value in VALUES]


def test_columns_of_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": [1, 2, 4], "y": [1.0, 2.0, 4.0]}, index=[7, 5, 3])
    assert points_of(frame["x"], frame["y"]).tolist() == [[value, value] for value in VALUES]
    assert sequence_of(frame, 1).tolist() == [[value, value] for value in VALUES]
    assert as_float_array(frame["x"].astype("Int64")).tolist() == VALUES
    with pytest.raises(InputError, match=r"^point 2: x must be a finite number|^not an array of numbers: "):
        points_of(pandas.Series([1, None], dtype="Int64"), [1, 2])  # the version of pandas decides which error
    with pytest.raises(InputError, match=r"^not an array of numbers: they are of the type datetime64"):
        as_float_array(pandas.to_datetime(pandas.Series(["2020-01-01"])))


def test_a_table_of_arrow_is_a_sequence() -> None:
    table = pa.table({"t": [1, 2], "s": [3.0, 4.0]})
    assert sequence_of(table, 1).tolist() == [[1, 3], [2, 4]]


NO_NUMBERS = {
    "text": (["one"], "could not convert string to float"),
    "ragged": ([[1], [1, 2]], "inhomogeneous"),
    "complex": ([1 + 2j], "they are of the type complex128"),
    "dates": (np.array(["2020-01-01"], dtype="datetime64[D]"), r"they are of the type datetime64\[D\]"),
    "spans of time": (np.array([5], dtype="timedelta64[s]"), r"they are of the type timedelta64\[s\]"),
    "records": ([{"x": 1}], "dict"),
    "too large": ([10**400], "too large"),
}


@pytest.mark.parametrize(("values", "message"), NO_NUMBERS.values(), ids=NO_NUMBERS.keys())
def test_values_that_are_not_numbers_are_refused(values: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"^not an array of numbers: .*{message}"):
        as_float_array(values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param([1.0, None], "point 2: x must be a finite number, got nan", id="none in a list"),
        pytest.param(pa.array([1.0, None]), "point 2: x must be a finite number, got nan", id="missing in Arrow"),
        pytest.param(pa.array([1, None]), "point 2: x must be a finite number, got nan", id="a missing integer"),
        pytest.param(
            np.ma.array([1, 99], mask=[False, True]), "point 2: x must be a finite number, got nan", id="masked"
        ),
        pytest.param([1, -np.inf], "point 2: x must be a finite number, got -inf", id="infinite"),
    ],
)
def test_missing_values_are_reported(values: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        points_of(values, [1, 2])
    pairs = np.column_stack([as_float_array(values), [1, 2]])
    with pytest.raises(InputError, match=f"^sequence 3, {message}$"):
        sequence_of(pairs, 3)


@pytest.mark.parametrize(
    "points",
    [np.zeros((4, 2)), np.zeros((1, 4, 4)), np.zeros((1, 0, 2)), np.zeros((1, 4, 2), dtype=np.float32)],
    ids=["two dimensions", "four columns", "no points", "single precision"],
)
def test_batches_of_another_shape_are_refused(points: Any) -> None:
    check_batch(np.zeros((0, 1, 2)))
    with pytest.raises(InputError, match=r"^points must have the shape \(batch, points, 2 or 3\) .* got \("):
        check_batch(points)


@pytest.mark.parametrize(
    ("shape", "lengths", "message"),
    [
        pytest.param(
            (4, 4), [4], r"^points must have the shape \(points, 2 or 3\), in float64; got \(4, 4\)", id="columns"
        ),
        pytest.param((2, 2, 2), [4], r"^points must have the shape .* got \(2, 2, 2\)", id="a batch"),
        pytest.param((4, 2), [1, 2], "^lengths must be .* sum to the 4 points$", id="too few"),
        pytest.param((4, 2), [5, -1], "^lengths must be whole numbers from 1 up", id="negative"),
        pytest.param((4, 2), [4, 0], "^lengths must be whole numbers from 1 up", id="an empty one"),
        pytest.param((4, 2), [[4]], "^lengths must be whole numbers", id="not one-dimensional"),
        pytest.param((4, 2), [4.0], "^lengths must be whole numbers", id="no whole numbers"),
    ],
)
def test_lengths_that_do_not_fit_are_refused(shape: tuple[int, ...], lengths: Any, message: str) -> None:
    check_lengths(np.zeros((4, 2)), np.array([1, 3]))
    with pytest.raises(InputError, match=message):
        check_lengths(np.zeros(shape), np.array(lengths))
