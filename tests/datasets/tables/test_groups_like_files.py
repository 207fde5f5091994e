"""Each group of a table is read as a file of its own would be."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shapeclf.datasets.groups import GroupChunk, GroupReader
from shapeclf.datasets.tables import reading
from shapeclf.datasets.tables.reading import read_table
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import InputError

from .test_round_trip import _ANY_DIALECT, _NAMES, _POINTS, _Dialect, _written
from .writing import PACKED, ods, parquet, xlsx

_GROUP_NAMES = st.sampled_from(["a", "run 1", "7", "2024-03-01", "1,5", "ü", "12:30", "nan"])
_Group = tuple[str, list[tuple[float, float, float]]]


def _read(path: Path, content: bytes, group: str, **options: Any) -> tuple[GroupReader, list[GroupChunk]]:
    path.write_bytes(content)
    reader = GroupReader(path, group, options=ReadOptions(**options))
    return reader, list(reader)


def _has_plain_names(groups: list[_Group], dialect: _Dialect) -> bool:
    """Whether the names are cells of their own, and the first line of numbers has a header or is none."""
    marks = dialect.delimiter.strip() or " "
    return dialect.quotes == "all" or not any(mark in name for mark in marks for name, _ in groups)


@example(
    groups=[("a", [(0.0, 1.0, 0.5), (1.0, 2.0, 0.5)])],
    names=["t", "s"],
    dialect=_Dialect(" ", ".", "none", "plain", (None, None), "none", True, False, "\n", True, "utf-8", "plain"),
)
@given(
    groups=st.lists(st.tuples(_GROUP_NAMES, _POINTS), min_size=1, max_size=4, unique_by=lambda group: group[0]),
    names=_NAMES,
    dialect=_ANY_DIALECT,
)
def test_text(groups: list[_Group], names: list[str], dialect: _Dialect, tmp_path: Path) -> None:
    if not _has_plain_names(groups, dialect):
        return
    points = [point for _, each in groups for point in each]
    rows = [name for name, each in groups for _ in each]
    text = _written(points, names, dialect, rows)
    options = {"header": "no"} if dialect.header == "none" else {}
    group = "1" if dialect.header == "none" else "run"
    pack = PACKED[dialect.packed]
    reader, chunks = _read(tmp_path / "groups", pack(text.encode(dialect.encoding)), group, **options)
    assert [name for chunk in chunks for name in chunk.names] == [name for name, _ in groups]
    assert np.concatenate([chunk.lengths for chunk in chunks]).tolist() == [len(each) for _, each in groups]
    assert np.concatenate([chunk.points for chunk in chunks]).tolist() == [[x, y] for x, y, _ in points]
    if dialect.errors == "none" or (dialect.errors == "column" and dialect.header == "none"):
        assert {chunk.y_error is None for chunk in chunks} == {True}
    else:
        errors = [error for chunk in chunks if chunk.y_error is not None for error in chunk.y_error.tolist()]
        assert errors == [error for *_, error in points]
    assert f"; {len(points)} points in {len(groups)} group" in reader.summary()
    records = [record for chunk in chunks for record in chunk.records()]
    for record, (_, each) in zip(records, groups, strict=True):
        path = tmp_path / "alone"
        path.write_bytes(_written(each, names, dialect).encode(dialect.encoding))
        try:
            table = read_table(path, ReadOptions(**options))  # type: ignore[arg-type]
        except InputError:  # what is ambiguous in a group alone may be resolved by the other groups
            continue
        assert record == table.record()


_KINDS: dict[str, Callable[[list[list[Any]]], bytes]] = {
    "xlsx": lambda rows: xlsx({"Data": rows}),
    "ods": ods,
    "parquet": lambda rows: parquet({name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}),
    "records": lambda rows: json.dumps([dict(zip(rows[0], row, strict=True)) for row in rows[1:]]).encode(),
    "columns": lambda rows: json.dumps({name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}).encode(),
    "lines": lambda rows: "\n".join(json.dumps(dict(zip(rows[0], row, strict=True))) for row in rows[1:]).encode(),
}


@pytest.mark.parametrize("kind", _KINDS)
@given(groups=st.lists(_POINTS, min_size=1, max_size=4), names=_NAMES)
def test_spreadsheets_parquet_and_json(
    kind: str, groups: list[list[tuple[float, float, float]]], names: list[str], tmp_path: Path
) -> None:
    rows = [[x, f"g{number}", y] for number, points in enumerate(groups) for x, y, _ in points]
    _reader, chunks = _read(tmp_path / "groups", _KINDS[kind]([[names[0], "run", names[1]], *rows]), "run")
    assert [name for chunk in chunks for name in chunk.names] == [f"g{number}" for number in range(len(groups))]
    assert np.concatenate([chunk.points for chunk in chunks]).tolist() == [[x, y] for x, _, y in rows]
    for record, points in zip([each for chunk in chunks for each in chunk.records()], groups, strict=True):
        (tmp_path / "alone").write_bytes(_KINDS[kind]([names, *([x, y] for x, y, _ in points)]))
        assert record == read_table(tmp_path / "alone").record()


_COUNTED = [{"run": run, "n": n, "t": t, "s": t * t} for run in "ab" for n, t in enumerate((0.5, 1.5, 2.5))]


@pytest.mark.parametrize(
    "content",
    [
        ("run,n,t,s\n" + "".join(",".join(map(str, row.values())) + "\n" for row in _COUNTED)).encode(),
        parquet({name: [row[name] for row in _COUNTED] for name in ("run", "n", "t", "s")}),
    ],
    ids=["text", "Parquet"],
)
def test_a_counter_beside_a_column_that_ascends_within_each_group_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r": n may be x, or an index; give --x 2 or --x t"):
        _read(tmp_path / "a", content, "run")


_DATES = "run,when,y\na,{0}/03/2024 09:00,1\na,{0}/03/2024 10:30,2\nb,14/03/2024 09:00,5\nb,14/03/2024 09:10,7\n"


def test_dates_begin_with_each_group_and_have_one_order(tmp_path: Path) -> None:
    reader, (chunk,) = _read(tmp_path / "a", _DATES.format("05").encode(), "run")
    assert chunk.points.tolist() == [[0, 1], [5400, 2], [0, 5], [600, 7]]
    assert [record["x_origin"] for record in chunk.records()] == ["2024-03-05T09:00:00", "2024-03-14T09:00:00"]
    assert {record["x_unit"] for record in chunk.records()} == {"s"}
    assert reader.summary().startswith("x = when (s) since the earliest of each group, y = y, group = run; 4 points")
    reader, (chunk,) = _read(tmp_path / "a", _DATES.format("05").encode(), "run", x_origin="2024-03-05")
    assert reader.summary().startswith("x = when (s) since 2024-03-05, y = y")
    assert chunk.points[:, 0].tolist() == [32400, 37800, 32400 + 9 * 86400, 33000 + 9 * 86400]
    with pytest.raises(InputError, match=r"'05/03/2024 09:00' may begin with the day or the month; give --date-format"):
        _read(tmp_path / "a", _DATES.split("b,14")[0].format("05").encode(), "run")


def test_a_time_of_day_beside_a_date_is_found_around_the_group(tmp_path: Path) -> None:
    text = b"date,run,time,y\n2024-01-01,a,23:59,1\n2024-01-02,a,00:01,2\n2024-01-02,b,00:01,2\n"
    _, (chunk,) = _read(tmp_path / "a", text, "run")
    assert chunk.points[:, 0].tolist() == [0, 120, 0]


def test_dates_of_parquet_begin_with_each_group(tmp_path: Path) -> None:
    when = np.array(["2024-03-01T09:00", "2024-03-01T09:01", "2024-03-02T09:00", "2024-03-02T09:00:30"], "M8[us]")
    content = parquet({"run": [1, 1, 2, 2], "when": when, "y": [1.0, 2.0, 3.0, 4.0]})
    _, (chunk,) = _read(tmp_path / "a", content, "run")
    assert chunk.points.tolist() == [[0, 1], [60, 2], [0, 3], [30, 4]]
    assert chunk.names == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "run,no,t,y\na,1,0.5,2\na,2,1.5,3\nb,1,2.5,4\nb,2,3.5,5\nb,3,4.5,6\n",
        ",run,t,y\n0,a,0.5,2\n1,a,1.5,3\n2,b,2.5,4\n3,b,3.5,5\n4,b,4.5,6\n",
    ],
    ids=["in each group", "through all"],
)
def test_an_index_is_known(text: str, tmp_path: Path) -> None:
    _, (chunk,) = _read(tmp_path / "a", text.encode(), "run")
    assert chunk.points.tolist() == [[0.5, 2], [1.5, 3], [2.5, 4], [3.5, 5], [4.5, 6]]


def test_one_column_is_counted_from_1_in_each_group(tmp_path: Path) -> None:
    _, (chunk,) = _read(tmp_path / "a", b"run,y\na,5\na,7\nb,1\nb,2\nb,4\n", "run")
    assert chunk.points.tolist() == [[1, 5], [2, 7], [1, 1], [2, 2], [3, 4]]


def test_start_and_increment_hold_in_each_group(tmp_path: Path) -> None:
    text = "run,X,CH1,Start,Increment\n,Sequence,Volt,-1,0.5\na,0,1,,\na,1,2,,\nb,0,5,,\nb,1,6,,\n"
    _, (chunk,) = _read(tmp_path / "a", text.encode(), "run")
    assert chunk.points.tolist() == [[-1, 1], [-0.5, 2], [-1, 5], [-0.5, 6]]


_GAPS = "run,t,y\na,1,2\na,,3\nb,NaN,4\nb,5,\nc,6,7\n"


@pytest.mark.parametrize("head", [2**18, 16], ids=["inferred from all lines", "inferred from two lines"])
def test_a_group_of_skipped_rows_is_left_without_a_point(
    head: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "HEAD", head)
    reader, (chunk,) = _read(tmp_path / "a", _GAPS.encode(), "run")
    assert (chunk.names, chunk.lengths.tolist()) == (["a", "b", "c"], [1, 0, 1])
    assert chunk.skipped is not None
    assert chunk.skipped.tolist() == [1, 2, 0]
    assert reader.summary() == "x = t, y = y, group = run; 2 points in 3 groups, 3 rows without a value skipped"
    assert [record["skipped"] for record in chunk.records()] == [1, 2, 0]
    assert chunk.records()[1]["first"] is None
    with pytest.raises(InputError, match=r"line 3, column 2 \(t\): there is no value; --missing skip"):
        _read(tmp_path / "a", _GAPS.encode(), "run", missing="refuse")


def test_rows_that_cannot_be_read_are_skipped_and_counted(tmp_path: Path) -> None:
    text = b"run,t,y\na,1,2\na,high,3\na,5,6,7\nb\nb,8,9\n"
    reader, (chunk,) = _read(tmp_path / "a", text, "run", skip_bad=True)
    assert chunk.points.tolist() == [[1, 2], [8, 9]]
    assert reader.summary().endswith("2 points in 2 groups, 3 rows that cannot be read skipped")


@pytest.mark.parametrize("few", [0, 2**14], ids=["by Arrow", "row by row"])
def test_long_text_gives_what_short_text_does(few: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shapeclf.datasets.tables.remaining_rows._FEW_CHARACTERS", few)
    monkeypatch.setattr(reading, "HEAD", 64)
    monkeypatch.setattr(reading, "_PIECE", 100)
    rows = [f"{name};{i},5;{i * i},25" for name in ("a", "b c", "7", "#", "50 %") for i in range(20)]
    _, chunks = _read(
        tmp_path / "a", "\r\n".join(["run;t;y", *(f'"{row}'.replace(";", '";', 1) for row in rows)]).encode(), "run"
    )
    assert [name for chunk in chunks for name in chunk.names] == ["a", "b c", "7", "#", "50 %"]
    assert np.concatenate([chunk.points for chunk in chunks]).tolist() == [
        [i + 0.5, i * i + 0.25] for _, i in itertools.product(range(5), range(20))
    ]
