import decimal
import io
import random
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shapeclf.datasets.tables import parquet
from shapeclf.datasets.tables.parquet import ParquetTable, column_as_floats, damage_reported, is_number
from shapeclf.datasets.tables.parquet_parts import parquet_parts
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import InputError


def _file(columns: "dict[str, Any] | pa.Table", **options: Any) -> BinaryIO:
    file = io.BytesIO()
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), file, **options)
    file.seek(0)
    return file


@pytest.mark.parametrize("large", [2**25, 0], ids=["at once", "buffered"])
@pytest.mark.parametrize("rows", [1, 3, 100], ids=str)
def test_batches_are_the_rows_in_order(rows: int, large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_LARGE_FILE", large)
    monkeypatch.setattr(parquet, "_ROWS_AT_ONCE", rows)
    written = {"x": np.arange(10.0), "more": list("abcdefghij"), "y": -np.arange(10.0), "g": np.arange(10) // 4}
    table = ParquetTable.open("a", _file(written, row_group_size=4), ReadOptions(group="g"))
    assert [column.index for column in table.read_columns] == [0, 2, 3]
    following = 1
    read: list[list[Any]] = [[], [], []]
    for first, columns in table.batches():
        assert first == following
        assert len(columns[0]) <= rows
        following += len(columns[0])
        for values, column in zip(read, columns, strict=True):
            values += column.to_pylist()
    assert read == [written[name].tolist() for name in ("x", "y", "g")]  # type: ignore[attr-defined]  # these are arrays


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({}, {}, "^a: no column holds numbers; y needs one$"),
        ({"x": [1.0], "y": [1.0]}, {"group": "g"}, r"^a: --group 'g' is not a column: there are 1 to 2 \(x, y\)$"),
        ({"x": [1.0], "y": [1.0]}, {"group": "x", "x": "x"}, "^a: --x 'x' is the column of --group already$"),
        ({"t": [1.0], "v": [1.0]}, {"y": "w"}, r"^a: --y 'w' is not a column: there are 1 to 2 \(t, v\)$"),
        (
            {"g": [1], "x": [[1.0]], "y": [1.0]},
            {"group": "g", "x": "x"},
            r"^a: column 2 \(x\) holds list.*, not numbers$",
        ),
    ],
    ids=["no column", "no group", "one column twice", "no such name", "lists"],
)
def test_missing_or_unusable_columns_are_refused(
    columns: dict[str, Any], options: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        ParquetTable.open("a", _file(columns or pa.table({"a": ["b"]})), ReadOptions(**options))  # type: ignore[arg-type]


def test_two_columns_of_the_same_name_are_refused() -> None:
    table = pa.Table.from_arrays([pa.array([1.0])] * 4, names=["x", "y", "z", "z"])
    opened = ParquetTable.open("a", _file(table), ReadOptions())
    assert [column.index for column in opened.read_columns] == [0, 1]
    with pytest.raises(InputError, match=r"^a: several columns are called 'z'; rename them$"):
        ParquetTable.open("a", _file(table), ReadOptions(x="3"))


def test_a_column_name_may_hold_a_dot() -> None:
    table = ParquetTable.open("a", _file({"x.a": [1.0], "x": [2.0], "y": [3.0]}), ReadOptions(x="x.a"))
    ((_, columns),) = table.batches()
    assert [column.to_pylist() for column in columns] == [[1.0], [3.0]]


def test_numbers_of_each_type() -> None:
    half = pa.array(np.array([1.5, -2.0], np.float16))
    large = pa.array([2**53 + 1, -1])
    for values, expected in (
        (half, [1.5, -2.0]),
        (large, [2.0**53, -1.0]),
        (pa.array([2**64 - 1, 0], pa.uint64()), [2.0**64, 0.0]),
        (pa.array([decimal.Decimal("1.25"), None]), [1.25, np.nan]),
        (pa.array([3, 4]).dictionary_encode(), [3.0, 4.0]),
        (pa.array([0.1, None]), [0.1, np.nan]),
        (pa.array([1, None], pa.duration("ns")), [1e-9, np.nan]),
    ):
        assert is_number(values.type)
        assert column_as_floats(values).dtype == np.float64
        np.testing.assert_array_equal(column_as_floats(values), expected)
    for other in (pa.string(), pa.bool_(), pa.timestamp("s"), pa.list_(pa.float64()), pa.null()):
        assert not is_number(other)


@pytest.mark.parametrize(
    "content",
    [b"", b"x,y\n1,2\n", b"PAR1", b"PAR1" * 9, _file({"x": [1.0], "y": [2.0]}).read()[:-9]],
    ids=["empty", "text", "a magic number", "magic numbers", "truncated"],
)
def test_files_that_are_not_parquet_are_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"^a: not a Parquet file, or a damaged one \([^\n]+\)$"):
        ParquetTable.open("a", io.BytesIO(content), ReadOptions())


def _times(kind: pa.DataType, *values: int | None) -> "pa.Array[Any]":
    return pa.array(values, pa.int32() if pa.types.is_date(kind) else pa.int64()).cast(kind)


def _arrays(columns: dict[str, Any], **options: Any) -> list[list[float]]:
    *_, table = parquet_parts("a", _file(columns), ReadOptions(**options))
    x, y, _ = table.points.arrays()
    return [x.tolist(), y.tolist()]


@pytest.mark.parametrize(
    ("kind", "good", "found"),
    [
        (pa.date32(), {-719_162: -719_162, 2_932_896: 2_932_896}, {-719_163: "0000-12-31", 2_932_897: "10000-01-01"}),
        (pa.timestamp("us"), {-1: -1e-6}, {300_000 * 10**12: "11476-08-15T05:20:00.000000"}),
        (pa.timestamp("ms", "Europe/Berlin"), {1500: 1.5}, {2**62: "146140482-04-24T15:36:27.904"}),
        (pa.timestamp("ns"), {1999: 1e-6, 2**62: 4611686018.427387}, {}),
    ],
    ids=["date", "microseconds", "milliseconds of a time zone", "nanoseconds"],
)
def test_dates_and_times_end_in_the_year_9999(kind: pa.DataType, good: dict[int, float], found: dict[int, str]) -> None:
    assert _arrays({"t": _times(kind, *good, None), "y": [1.0] * (len(good) + 1)}) == [
        [*good.values()],
        [1.0] * len(good),
    ]
    for value, shown in found.items():
        columns = {"t": _times(kind, *good, None, value), "y": np.arange(len(good) + 2.0)}
        row = rf"^a, row {len(good) + 2}, column 1 \(t\): "
        with pytest.raises(
            InputError, match=rf"{row}'{shown}' is not in the years 1 to 9999; --skip-bad leaves .* out$"
        ):
            _arrays(columns)
        assert _arrays(columns, skip_bad=True) == [[*good.values()], [*range(len(good))]]
        with pytest.raises(InputError, match=rf"^a, row {len(good) + 1}, column 1 \(t\): there is no value; --missing"):
            _arrays(columns, missing="refuse")


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (
            _times(pa.date32(), 0, 10**8),
            r"^a, row 2, column 1 \(x1\): '<value out of range: 100000000>' is not a date or",
        ),
        (_times(pa.timestamp("us"), 0, 10**18), "'<value out of range: 1000000000000000000' is not a date or time;"),
        (_times(pa.date32(), 10**7, 10**7), "^a: x holds words, not numbers"),
        (_times(pa.duration("s"), 1, 10**16), r"^a: .*duration\[us\] would result in out of bounds"),
    ],
    ids=["dates", "timestamps", "dates only", "durations"],
)
def test_dates_and_times_of_the_wide_form_that_cannot_be_represented(column: "pa.Array[Any]", message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(parquet_parts("a", _file({"x1": column, "y1": [1.0, 2.0]}), ReadOptions(wide=True)))


@pytest.mark.parametrize("kind", [pa.timestamp("ns"), pa.duration("ns"), pa.time64("ns")], ids=str)
def test_nanoseconds_of_the_wide_form(kind: pa.DataType) -> None:
    columns = {"x1": _times(kind, 1_000_000_001), "y1": [1.0], "x2": _times(kind, 3_500_000_999), "y2": [2.0]}
    (table,) = parquet_parts("a", _file(columns), ReadOptions(wide=True))
    (runs,) = table.points.pop_runs()
    assert [moment.seconds for moment in runs.moments] == pytest.approx([1.0, 3.5], abs=1e-6)


def test_errors_of_the_system_are_not_reported_as_damage() -> None:
    with pytest.raises(OSError, match="disk"), damage_reported("a"):
        raise OSError(5, "the disk is broken")
    with pytest.raises(MemoryError, match="malloc"), damage_reported("a"):
        raise pa.ArrowMemoryError("malloc of size 9 failed")
    with (
        pytest.raises(InputError, match=r"^a: not a Parquet file, or a damaged one \(no\\ttext\)$"),
        damage_reported("a"),
    ):
        raise pa.ArrowInvalid("no\ttext\nand more")


@pytest.mark.parametrize("groups", ["text", "dictionary"])
def test_damaged_files_give_points_or_one_line(groups: str) -> None:
    names = pa.array([f"g{row // 4}" for row in range(40)])
    written = pa.table(
        {
            "g": names.dictionary_encode() if groups == "dictionary" else names,
            "x": np.random.default_rng(0).random(40),
            "y": np.arange(40.0),
        }
    )
    whole = _file(written).read()
    draw = random.Random(0)
    refused = 0
    for _ in range(500):
        content = bytearray(whole)
        content[draw.randrange(len(content))] = draw.randrange(256)
        try:
            for table in parquet_parts("a", io.BytesIO(content), ReadOptions(x="x", y="y", group="g")):
                for runs in table.points.pop_runs():
                    assert all(np.isfinite(column).all() for column in runs.columns)
                    assert {len(column) for column in runs.columns} == {runs.lengths.sum()}
        except InputError as error:
            refused += 1
            message = str(error)
            assert message.startswith("a")
            assert message.isprintable()
    assert 0 < refused < 500


@pytest.mark.parametrize("names", [["a" * 1000], ["a" * 1000, "b" * 1000]], ids=["one", "in turns"])
@pytest.mark.parametrize("encoding", ["dictionary", "PLAIN", "DELTA_BYTE_ARRAY"])
def test_a_long_name_is_not_stored_once_per_row(names: list[str], encoding: str) -> None:
    """Few bytes of a file can name a long group in each of many rows."""
    rows = 2**14
    column = pa.array(names * (rows // len(names)))
    layout = {} if encoding == "dictionary" else {"use_dictionary": False, "column_encoding": {"g": encoding}}
    file = _file(
        {"g": column, "x": np.zeros(rows), "y": np.zeros(rows)}, compression="zstd", store_schema=False, **layout
    )
    before, peak = pa.total_allocated_bytes(), 0
    table = ParquetTable.open("a", file, ReadOptions(group="g"))
    for first, columns in table.batches():
        peak = max(peak, pa.total_allocated_bytes() - before)
        assert set(table.group_starts(first, columns[2]).names) == set(names)
    assert column.nbytes > 10**7
    assert peak < 2**22
