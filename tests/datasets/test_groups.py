import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.groups import LONGEST_NAME, GroupChunk, GroupReader
from shapeclf.datasets.tables import remaining_rows
from shapeclf.errors import InputError

_LENGTHS = np.random.default_rng(0).integers(1, 40, size=600)
_NAMES = [f"run {number}" for number in np.random.default_rng(1).permutation(len(_LENGTHS))]
_POINTS = np.random.default_rng(2).normal(size=(_LENGTHS.sum(), 2))


def _sequences() -> list[FloatArray]:
    return np.split(_POINTS, np.cumsum(_LENGTHS)[:-1])


def _long_text(path: Path) -> dict[str, Any]:
    with path.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        rows = zip(np.repeat(_NAMES, _LENGTHS).tolist(), *_POINTS.T.tolist(), strict=True)
        csv.writer(file).writerows([("group", "x", "y"), *rows])
    return {"source": path.with_suffix(".csv"), "group": "group"}


def _wide_text(path: Path) -> dict[str, Any]:
    with path.with_suffix(".tsv").open("w", newline="", encoding="utf-8") as file:
        longest = 2 * int(_LENGTHS.max())
        rows = ([name, *points.ravel().tolist()] for name, points in zip(_NAMES, _sequences(), strict=True))
        csv.writer(file, delimiter="\t").writerows([*row, *[""] * (1 + longest - len(row))] for row in rows)
    return {"source": path.with_suffix(".tsv"), "group": "1", "wide": True}


def _long_parquet(path: Path) -> dict[str, Any]:
    columns = {"group": np.repeat(_NAMES, _LENGTHS), "x": _POINTS[:, 0], "y": _POINTS[:, 1]}
    pq.write_table(pa.table(columns), path.with_suffix(".parquet"), row_group_size=1000)
    return {"source": path.with_suffix(".parquet"), "group": "group"}


def _wide_parquet(path: Path) -> dict[str, Any]:
    x, y = ([points[:, axis] for points in _sequences()] for axis in (0, 1))
    pq.write_table(pa.table({"group": _NAMES, "x": x, "y": y}), path.with_suffix(".parquet"), row_group_size=100)
    return {"source": path.with_suffix(".parquet"), "group": "group", "wide": True}


_FORMS = [_long_text, _wide_text, _long_parquet, _wide_parquet]


def _check(chunks: list[GroupChunk], limit: int) -> None:
    assert [name for chunk in chunks for name in chunk.names] == _NAMES
    np.testing.assert_array_equal(np.concatenate([chunk.lengths for chunk in chunks]), _LENGTHS)
    np.testing.assert_array_equal(np.concatenate([chunk.points for chunk in chunks]), _POINTS)
    for chunk in chunks:
        assert chunk.points.dtype == np.float64
        assert chunk.lengths.dtype == np.int64
        assert len(chunk.points) == chunk.lengths.sum()
        assert len(chunk.points) <= limit or len(chunk.names) == 1


@pytest.mark.parametrize("limit", [1, 50, 1000, GroupReader.chunk_points], ids=str)
@pytest.mark.parametrize("form", _FORMS)
def test_chunks_joined_are_what_was_written(form: Callable[[Path], dict[str, Any]], limit: int, tmp_path: Path) -> None:
    reader = GroupReader(**form(tmp_path / "points"), chunk_points=limit)
    for _ in range(2):
        _check(list(reader), limit)
    assert reader.share == 1.0


@pytest.mark.parametrize("form", [_long_text, _wide_text])
@pytest.mark.parametrize("text", [False, True], ids=["bytes", "text"])
def test_streams_give_what_files_give(form: Callable[[Path], dict[str, Any]], text: bool, tmp_path: Path) -> None:
    options = form(tmp_path / "points")
    content = options.pop("source").read_bytes()
    for _ in range(2):
        stream = io.StringIO(content.decode(), newline="") if text else io.BytesIO(content)
        reader = GroupReader(stream, **options, chunk_points=50)
        _check(list(reader), 50)
        assert reader.share is None


@pytest.mark.parametrize("form", _FORMS)
def test_share_grows_to_1(form: Callable[[Path], dict[str, Any]], tmp_path: Path) -> None:
    reader = GroupReader(**form(tmp_path / "points"), chunk_points=100)
    assert reader.share is None
    shares = [reader.share or 0.0 for _ in reader]
    assert shares == sorted(shares)
    assert 0.0 < shares[0] <= shares[-1] == 1.0


def test_a_pipe_is_answered_before_it_ends() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream:
        chunks = iter(GroupReader(stream, group="1"))
        os.write(writing, b"a,1,2\na,2,4\nb,1,1\nb,")
        chunk = next(chunks)
        assert (chunk.names, chunk.points.tolist()) == (["a"], [[1.0, 2.0], [2.0, 4.0]])
        os.write(writing, b"2,2\n")
        os.close(writing)
        (chunk,) = chunks
        assert (chunk.names, chunk.points.tolist()) == (["b"], [[1.0, 1.0], [2.0, 2.0]])


def test_integers_of_parquet_stay_integers(tmp_path: Path) -> None:
    path = tmp_path / "points.parquet"
    pq.write_table(pa.table({"n": [7, 7, -8], "x": [1, 2, 3], "y": [4, 5, 6]}), path)
    (chunk,) = GroupReader(path, group="n")
    assert chunk.names == [7, -8]


def test_bytes_that_are_no_utf_8_are_read_like_those_of_a_file(tmp_path: Path) -> None:
    content = b"g,x,y\na,1,2\n\xff,1,2\n"
    (tmp_path / "a.csv").write_bytes(content)
    for source in (tmp_path / "a.csv", io.BytesIO(content)):
        reader = GroupReader(source, group="g")
        assert [name for chunk in reader for name in chunk.names] == ["a", "\xff"]
        assert "; read as Windows-1252" in reader.summary()


def test_the_wide_form_counts_sequences_without_names(tmp_path: Path) -> None:
    path = tmp_path / "points.parquet"
    pq.write_table(pa.table({"v": [[1.0], [2.0, 3.0]], "t": [[4.0], [5.0, 6.0]]}), path)
    (chunk,) = GroupReader(path, wide=True, x="t")
    assert (chunk.names, chunk.lengths.tolist()) == ([1, 2], [1, 2])
    assert chunk.points.tolist() == [[4.0, 1.0], [5.0, 2.0], [6.0, 3.0]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "^group: the long form needs the column that names the group$"),
        ({"group": "1", "chunk_points": 0}, "^chunk_points must be from 1 up, got 0$"),
    ],
    ids=["no group", "no points"],
)
def test_conflicting_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        GroupReader(Path("points.csv"), **options)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", ": it has no points$", id="empty"),
        pytest.param(b"g,x,y\n", ": it has no points; no line holds a number$", id="a header alone"),
        pytest.param(b"g,x,y\na,1,\na,,1\n", ": it has no points \\(2 rows without a value skipped\\)$", id="NaN"),
        pytest.param(
            b"g,x,y\na,1,2\nb,1,z\n",
            r", line 3, column 3 \(y\): 'z' is not a number; --skip-bad leaves such rows out$",
            id="text",
        ),
        pytest.param(b"g,x,y\na,1,2\n,1,2\n", r", line 3, column 1 \(g\): the group has no name; --skip", id="no name"),
        pytest.param(
            b"g,x,y\na,1,2\nb,1,2,3\n", r", line 3: 4 cells, but the header has 3; --skip-bad", id="too many cells"
        ),
        pytest.param(b"<html>", ": this is XML or HTML, not a table", id="HTML"),
        pytest.param(
            b"g,x,y\na,1,2\nb,1,2\n\na,1,2\n",
            ", line 5: the rows of group 'a' are not adjacent, it began in line 2; sort by group first$",
            id="rows that are not adjacent",
        ),
    ],
)
def test_files_without_groups_are_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"^\S*points\.csv{message}"):
        list(GroupReader(path, group="1"))
    with pytest.raises(InputError, match=rf"^standard input{message}"):
        list(GroupReader(io.BytesIO(content), group="1"))


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        pytest.param(pa.array([], pa.int64()), ": it has no points$", id="no rows"),
        pytest.param([1, None], r", row 2, column 1 \(g\): the group has no name$", id="no name"),
        pytest.param(
            [1, 2, 2, 1],
            ", row 4: the rows of group '1' are not adjacent, it began in row 1; sort by group first$",
            id="back",
        ),
    ],
)
def test_parquet_without_groups_is_refused(groups: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "points.parquet"
    pq.write_table(pa.table({"g": groups, "x": np.zeros(len(groups)), "y": np.zeros(len(groups))}), path)
    with pytest.raises(InputError, match=rf"^\S*points\.parquet{message}"):
        list(GroupReader(path, group="g"))


_LINES = st.lists(
    st.sampled_from([b"a,1,2", b"a,3,4", b"b,5,6", b"b,5", b",,", b'"a', b"x1,y1,x2", b"\xff", b" ", b"nan;"])
)


@given(
    content=st.one_of(st.binary(max_size=40), _LINES.map(b"\n".join), _LINES.map(b"\r\n".join)),
    wide=st.booleans(),
    few=st.sampled_from([0, 2**14]),
)
@settings(max_examples=3 * settings().max_examples)
def test_any_bytes_give_groups_or_one_line(
    content: bytes, wide: bool, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remaining_rows, "_FEW_CHARACTERS", few)
    try:
        for chunk in GroupReader(io.BytesIO(content), group="1", wide=wide):
            assert np.isfinite(chunk.points).all()
            assert len(chunk.points) == chunk.lengths.sum()
            assert len(chunk.lengths) == len(chunk.names) > 0
    except InputError as error:
        message = str(error)
        assert message.startswith("standard input")
        assert message.isprintable()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    for name in ("nothing.csv", "nothing.parquet"):
        with pytest.raises(InputError, match=rf"{name}: there is no such file$"):
            list(GroupReader(tmp_path / name, group="1"))
    with pytest.raises(InputError, match=r": a folder, not a file$"):
        list(GroupReader(tmp_path, group="1"))


def test_little_text_is_read_without_arrow() -> None:
    code = (
        "import io, sys; from shapeclf.datasets.groups import GroupReader\n"
        "print(*[chunk.names for chunk in GroupReader(io.BytesIO(b'a,1,2'), group='1')])\n"
        "print(*sorted({'pyarrow', 'torch', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("['a']\n\n", "")


_PEAK = """
import re, sys
from pathlib import Path
import pyarrow.parquet
from shapeclf.datasets.groups import GroupReader
def peak():  # in KiB; ru_maxrss of a new process includes the memory of the one that started it
    return int(re.search("VmHWM:(.*)kB", Path("/proc/self/status").read_text())[1])
before = peak()
points = sum(len(chunk.points) for chunk in GroupReader(Path(sys.argv[1]), group="g"))
print(points, (peak() - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.slow
def test_one_row_group_of_the_whole_file_is_not_read_at_once(tmp_path: Path) -> None:
    rows = 2**23
    numbers = np.random.default_rng(0).random(rows)
    table = pa.table({"g": np.arange(rows) // 64, "x": numbers, "y": numbers})
    path = tmp_path / "points.parquet"
    pq.write_table(table, path, row_group_size=rows)
    assert path.stat().st_size > 120 * 2**20
    done = subprocess.run([sys.executable, "-c", _PEAK, str(path)], capture_output=True, text=True, timeout=120)
    points, mebibytes = map(int, done.stdout.split())
    assert points == rows
    assert mebibytes < 110


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("wide", [False, True], ids=["long", "wide"])
def test_names_that_are_too_long_are_refused(wide: bool, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    for length in (LONGEST_NAME, LONGEST_NAME + 1):
        names = ["a", "b" * length]
        if ending == "csv":
            path.write_text("g,x1,y1\n" + "".join(f"{name},1,2\n" for name in names), encoding="utf-8")
        else:
            pq.write_table(pa.table({"g": names, **dict.fromkeys("xy", [[1.0]] * 2 if wide else [1.0] * 2)}), path)
        reader = GroupReader(path, "g", wide=wide)
        if length == LONGEST_NAME:
            assert [name for chunk in reader for name in chunk.names] == names
            continue
        location = "line 3" if ending == "csv" else "row 2"
        with pytest.raises(
            InputError, match=f"{location}: the name of a group has 1025 characters, 1024 at most; give"
        ):
            list(reader)
