"""Tables with one row a sequence, in text and in lists of Parquet and JSON."""

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shapeclf.datasets.groups import GroupChunk, GroupReader
from shapeclf.datasets.tables import parquet, reading
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import InputError

from .writing import xlsx

_FINITE = st.floats(allow_nan=False, allow_infinity=False)
_SEQUENCES = st.lists(st.lists(st.tuples(_FINITE, _FINITE), min_size=1, max_size=5), min_size=1, max_size=6)


def _read(path: Path, content: str | bytes, group: str | None = None, **options: Any) -> list[GroupChunk]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(GroupReader(path, group, wide=True, options=ReadOptions(**options)))


def _check(chunks: list[GroupChunk], sequences: list[list[tuple[float, float]]], names: list[Any]) -> None:
    assert [name for chunk in chunks for name in chunk.names] == names
    assert np.concatenate([chunk.lengths for chunk in chunks]).tolist() == list(map(len, sequences))
    written = [list(point) for points in sequences for point in points]
    assert np.concatenate([chunk.points for chunk in chunks]).tolist() == written


@given(sequences=_SEQUENCES, padded=st.booleans(), named=st.booleans(), grouped=st.booleans())
@example(sequences=[[(1e308, 1e308)], [(1.0, 2.0), (3.0, 4.0)]], padded=False, named=False, grouped=False)
@example(sequences=[[(0.0, 0.0)]], padded=False, named=True, grouped=False)
@pytest.mark.parametrize("is_long", [True, False], ids=["inferred from two lines", "inferred from all lines"])
def test_sequences_come_back_to_the_last_digit(
    sequences: list[list[tuple[float, float]]],
    padded: bool,
    named: bool,
    grouped: bool,
    is_long: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    longest = max(map(len, sequences))
    rows = [[repr(value) for point in points for value in point] for points in sequences]
    if padded:
        rows = [row + [""] * (2 * longest - len(row)) for row in rows]
    names = [f"s{number}" for number in range(len(sequences))]
    if grouped:
        rows = [[name, *row] for name, row in zip(names, rows, strict=True)]
    header = ["name"] * grouped + [f"{axis}{number}" for number in range(1, longest + 1) for axis in "xy"]
    text = "\n".join(map(",".join, [header] * named + rows))
    if is_long:
        monkeypatch.setattr(reading, "HEAD", 1)
        monkeypatch.setattr(reading, "_HEAD_LINES", 2)
    chunks = _read(tmp_path / "a.csv", text, "1" if grouped else None, header="yes" if named else "no")
    _check(chunks, sequences, [*names] if grouped else [*range(1, len(sequences) + 1)])


@pytest.mark.parametrize("kind", ["lists", "large lists", "columns", "JSON", "JSON columns"])
@given(sequences=_SEQUENCES, grouped=st.booleans(), row_group=st.integers(1, 9), size=st.sampled_from([1, 100, 2**19]))
def test_lists_come_back_to_the_last_digit(
    kind: str,
    sequences: list[list[tuple[float, float]]],
    grouped: bool,
    row_group: int,
    size: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parquet, "_LIST_BYTES", size)
    x, y = ([[point[axis] for point in points] for points in sequences] for axis in (0, 1))
    names = [f"s{row}" for row in range(len(sequences))]
    columns: dict[str, Any] = {"y": y, "s": names, "x": x}
    if kind == "JSON":
        content = json.dumps([dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)])
    elif kind == "JSON columns":
        content = json.dumps(columns)
    else:
        if kind == "columns":
            longest = max(map(len, sequences))
            columns = {"s": names} | {
                f"{axis}{i + 1}": [values[i] if i < len(values) else None for values in lists]
                for i in range(longest)
                for axis, lists in (("x", x), ("y", y))
            }
        elif kind == "large lists":
            columns |= {axis: pa.array(columns[axis], pa.large_list(pa.float64())) for axis in "xy"}
        pq.write_table(pa.table(columns), tmp_path / "a", row_group_size=row_group)
        content = ""
    if content:
        (tmp_path / "a").write_text(content)
    chunks = list(GroupReader(tmp_path / "a", "s" if grouped else None, wide=True))
    _check(chunks, sequences, [*names] if grouped else [*range(1, len(sequences) + 1)])


@pytest.mark.parametrize(
    ("text", "group"),
    [
        pytest.param("1,2,3,4\n5,6,,\n", None, id="pairs"),
        pytest.param("1,2,3,4,\n5,6,,,\n", None, id="a comma at the end"),
        pytest.param("1,2,3,4\n5,6\n", None, id="short lines"),
        pytest.param("5,6\n1,2,3,4\n", None, id="long lines"),
        pytest.param("1 2 3 4\n5 6\n", None, id="spaces"),
        pytest.param("t1,v1,t2,v2\n1,2,3,4\n5,6,,\n", None, id="other names"),
        pytest.param("x1,y1,x2,y2\n1,2,3,4\n5,6,,\n", None, id="named"),
        pytest.param("note,y2,x2,y1,x1\nn,4,3,2,1\nn,,,6,5\n", None, id="found by name"),
        pytest.param("x1,x2,y1,y2\n1,3,2,4\n5,,6\n", None, id="all x, then all y"),
        pytest.param("1;2;g;3;4\n5;6;h; ;\n", "3", id="a group between"),
        pytest.param("g;x1;y1;x2;y2\ng;1,0;2,0;3,0;4,0\nh;5,0;6,0\n", "g", id="decimal commas"),
        pytest.param("g;x1 (s);y1 (m);x2 (s);y2 (m)\ng;1;2;3;4\nh;5;6\n", "g", id="units"),
        pytest.param("g;1 s;2 m;3 s;4 m\nh;5 s;6 m\n", "1", id="units in cells"),
        pytest.param("# made today\nmade by hand\n\ng,x1,y1,x2,y2\ng,1,2,3,4\nh,5,6\n", "g", id="a preamble"),
        pytest.param(xlsx({"a": [["g", "x1", "y1", "x2", "y2"], ["g", 1, 2, 3, 4], ["h", 5, 6]]}), "g", id="a sheet"),
    ],
)
def test_spellings_of_the_wide_form(text: str | bytes, group: str | None, tmp_path: Path) -> None:
    (chunk,) = _read(tmp_path / "a", text, group)
    expected = [(1.0, 2.0), (3.0, 4.0)], [(5.0, 6.0)]
    first, second = expected if chunk.lengths[0] == 2 else expected[::-1]
    assert chunk.points.tolist() == [list(point) for point in (*first, *second)]
    assert chunk.lengths.tolist() == [len(first), len(second)]
    assert chunk.names == (["g", "h"] if group else [1, 2])


@pytest.mark.parametrize(
    "text",
    [
        "g,x1,y1,y1_err,x2,y2,y2_err\na,1,2,0.5,3,4,0.25\n",
        "g,x1,dy1,y1,x2,dy2,y2\na,1,0.5,2,3,0.25,4\n",
        "a;1;2 ± 0.5;3;4 ± 0.25\n",
    ],
    ids=["columns", "named in front", "in cells"],
)
def test_standard_deviations(text: str, tmp_path: Path) -> None:
    (chunk,) = _read(tmp_path / "a", text, "1")
    assert chunk.points.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert chunk.y_error is not None
    assert chunk.y_error.tolist() == [0.5, 0.25]


def test_a_negative_standard_deviation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"line 2, column 4 \(y1_err\): '-1' is a negative standard deviation$"):
        _read(tmp_path / "a", "g,x1,y1,y1_err\na,1,2,-1\n", "g")


def test_a_percentage_replaces_a_column_of_standard_deviations(tmp_path: Path) -> None:
    (chunk,) = _read(tmp_path / "a", "g,x1,y1,y1_err,x2,y2,y2_err\na,1,2,0.5,3,4,0.25\n", "g", y_error="50%")
    assert chunk.points.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert chunk.y_error is not None
    assert chunk.y_error.tolist() == [1.0, 2.0]


def test_standard_deviations_in_lists_and_as_a_percentage(tmp_path: Path) -> None:
    columns = {"x": [[1.0, 2.0], [3.0]], "y": [[4.0, 5.0], [-6.0]], "y_err": [[0.5, 0.25], [1.0]]}
    pq.write_table(pa.table(columns), tmp_path / "a")
    (chunk,) = GroupReader(tmp_path / "a", wide=True)
    assert chunk.y_error is not None
    assert chunk.y_error.tolist() == [0.5, 0.25, 1.0]
    (chunk,) = GroupReader(tmp_path / "a", wide=True, options=ReadOptions(y_error="50%"))
    assert chunk.y_error is not None
    assert chunk.y_error.tolist() == [2.0, 2.5, 3.0]


def test_dates_begin_with_each_sequence(tmp_path: Path) -> None:
    text = "run,x1,y1,x2,y2\na,2024-01-01,2,2024-01-03,4\nb,2024-02-05,1,2024-02-01,3\n"
    (tmp_path / "a").write_text(text)
    reader = GroupReader(tmp_path / "a", "run", wide=True)
    (chunk,) = reader
    assert chunk.points.tolist() == [[0, 2], [2, 4], [4, 1], [0, 3]]
    assert reader.summary() == "x = x (d) since the earliest of each group, y = y, group = run; 4 points in 2 groups"


_HEADER = "id,x1,y1,x2,y2\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("g,1,2,x,4", r", column 4 \(x2\): 'x' is not a number", id="text"),
        pytest.param("g,1,2,1_000,4", r", column 4 \(x2\): '1_000' is not a number", id="underscores"),
        pytest.param("g,1,2,3,inf", r", column 5 \(y2\): 'inf' is not finite", id="infinity"),
        pytest.param("g,1,2,3,4,5,6", ": 7 cells, not 5", id="too many cells"),
        pytest.param(",1,2,,", r", column 1 \(id\): the group has no name", id="no name"),
    ],
)
@pytest.mark.parametrize("head", [25, 2**18], ids=["after the head", "in the head"])
def test_errors_name_the_line_and_column(
    line: str, message: str, head: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "HEAD", head)
    text = _HEADER + "a,1,2,3,4\n" * 3 + line + "\nc,1,2,3,4\n"
    with pytest.raises(InputError, match=rf"^\S*a\.csv, line 5{message}; --skip-bad leaves "):
        _read(tmp_path / "a.csv", text, "id")
    (chunk,) = _read(tmp_path / "a.csv", text, "id", skip_bad=True)
    assert chunk.names[-1] == "c"
    assert len(chunk.points) in (8, 9)


@pytest.mark.parametrize(
    ("line", "points"),
    [("g,1,2,3,", [[1, 2]]), ("g,1,2,3", [[1, 2]]), ("g,,,3,4", [[3, 4]]), ("g,nan,2,3,4", [[3, 4]]), ("g,,,,", [])],
    ids=["x without y", "a short line", "the first", "NaN", "no point"],
)
def test_points_without_a_value_are_skipped_and_counted(line: str, points: list[list[float]], tmp_path: Path) -> None:
    (chunk,) = _read(tmp_path / "a.csv", f"{_HEADER}{line}\nb,5,6\n", "id")
    assert chunk.names == ["g", "b"]
    assert chunk.points.tolist() == [*points, [5, 6]]
    assert chunk.lengths.tolist() == [len(points), 1]
    assert chunk.skipped is not None
    assert chunk.skipped.tolist() == [1 if points else 0, 0]
    if points:
        with pytest.raises(InputError, match=r"line 2, column [2-5] \([xy][12]\): there is no value; --missing skip"):
            _read(tmp_path / "a.csv", f"{_HEADER}{line}\nb,5,6\n", "id", missing="refuse")


@pytest.mark.parametrize(
    ("text", "group", "message"),
    [
        ("1\n2\n", None, ": two columns are needed, x and y; there is one$"),
        ("g,x1\na,1\n", "g", ": three are needed, x, y and the group; there are 2$"),
        ("a,x1,y1\n1,2,3\n", "g", r": --group 'g' is not a column: there are 1 to 3 \(a, x1, y1\)$"),
        ("x1,y1,x2\n1,2,3\n", None, ": the columns x1, y1, x2, y2, ... must be pairs without a gap; there is no y2$"),
        ("x1,y1,x3,y3\n1,2,3,4\n", None, ": .* must be pairs without a gap; there is no x2$"),
        ("x1,x2,y1,y3\n1,2,3,4\n", None, ": .* must be pairs without a gap; there is no y2$"),
        ("y1,y2,y3,y4\n1,2,3,4\n", None, ": .* must be pairs without a gap; there is no x1$"),
        ("1,2,3\n4,5,6\n", None, ", line 1: 3 numbers; they are x and y in turn, so the last x has no y$"),
    ],
    ids=["one", "group and one", "no group", "odd", "a gap", "unequal", "no x", "odd numbers"],
)
def test_tables_without_sequences_are_refused(text: str, group: str | None, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"^\S*a\.csv{message}"):
        _read(tmp_path / "a.csv", text, group)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([[1.0], [1.0, 2.0]], [[1.0], [1.0]], ", row 2: x has 2 values, y has 1"),
        ([[1.0], [1.0, 2.0]], [[1.0], [np.inf, 2.0]], r", row 2, column 2 \(y\), point 1: 'inf' is not finite; --skip"),
        ([["a"], ["b"]], [[1.0], [2.0]], r": column 1 \(x\) holds list<.*string>, not lists of num"),
    ],
    ids=["unequal", "infinite", "lists of text"],
)
def test_errors_in_lists_name_the_row_and_column(x: list[Any], y: list[Any], message: str, tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": x, "y": y}), tmp_path / "a")
    with pytest.raises(InputError, match=f"^\\S*a{message}"):
        list(GroupReader(tmp_path / "a", wide=True, x="x"))


def test_missing_values_in_lists(tmp_path: Path) -> None:
    x = [[1.0, 2.0], None, [], [3.0]]
    pq.write_table(pa.table({"x": x, "y": [[1.0, None], [], None, [4.0]]}), tmp_path / "a")
    (chunk,) = GroupReader(tmp_path / "a", wide=True)
    assert chunk.points.tolist() == [[1, 1], [3, 4]]
    assert chunk.lengths.tolist() == [1, 0, 0, 1]


def test_memory_does_not_grow_with_empty_columns() -> None:
    columns = 5_000
    tracemalloc.start()
    try:
        (chunk,) = GroupReader(io.BytesIO(b"1,2" + b"," * columns + b"\n"), wide=True)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert chunk.points.tolist() == [[1.0, 2.0]]
    assert peak < 600 * columns  # bytes: each cell is looked at, to find what its column holds


def test_a_header_longer_than_the_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "HEAD", 500)
    header = ",".join(f"x{number},y{number}" for number in range(1, 201))
    (chunk,) = _read(tmp_path / "a.csv", f"{header}\n" + "0," * 399 + "0\n")
    assert chunk.points.tolist() == [[0.0, 0.0]] * 200
