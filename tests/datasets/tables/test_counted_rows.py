"""x counts the rows of a table in which no column holds it; a row without a value keeps its number."""

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shapeclf.datasets.groups import GroupReader
from shapeclf.datasets.tables import reading, remaining_rows
from shapeclf.datasets.tables.point_stream import PointStream
from shapeclf.datasets.tables.reading import read_open_table
from shapeclf.datasets.tables.table import ReadOptions

from .writing import xlsx

_VALUES = ["5", "NaN", "7", "", "9"]
_FOUND = [[1.0, 5.0], [3.0, 7.0], [5.0, 9.0]]
_TEXTS = [
    pytest.param("y\n5\nNaN\n7\n#\n\n.\n9\n", _FOUND, {}, id="missing values"),
    pytest.param("NaN\n6\n7\n", [[2.0, 6.0], [3.0, 7.0]], {}, id="the first"),
    pytest.param('y\n5\n""\n7\n""\n9\n', _FOUND, {}, id="empty cells"),
    pytest.param("name;y\na;5\n;\nb;7\n;\nc;9\n", _FOUND, {}, id="empty rows"),
    pytest.param("5\ninf\n7\ninf\n9\n", _FOUND, {"skip_bad": True}, id="bad rows"),
    pytest.param("y,y_err\n5,1\n6,\n7,1\n,1\n9,1\n", _FOUND, {"y": "y", "y_error": "y_err"}, id="standard deviations"),
    pytest.param(
        "start=10\nincrement=0.5\ny\n5\nNaN\n7\n-\n9\n", [[10.0, 5.0], [11.0, 7.0], [12.0, 9.0]], {}, id="an increment"
    ),
]


def _table(content: bytes, **options: Any) -> list[list[float]]:
    table = read_open_table("a", io.BytesIO(content), ReadOptions(**options))
    return [list(point) for point in zip(table.x.tolist(), table.y.tolist(), strict=True)]


def _groups(content: bytes, **options: Any) -> dict[Any, list[list[float]]]:
    found: dict[Any, list[list[float]]] = {}
    for chunk in GroupReader(io.BytesIO(content), **options):
        ends = np.cumsum(chunk.lengths).tolist()
        found |= {
            name: chunk.points[end - length : end].tolist()
            for name, length, end in zip(chunk.names, chunk.lengths.tolist(), ends, strict=True)
        }
    return found


def _parquet(columns: dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file.getvalue()


@pytest.mark.parametrize("head", [8, 2**18], ids=["after the head", "in the head"])
def test_words_within_a_table_are_rows(head: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "HEAD", head)
    text = "5\n6\n7\n8\nlow\n10\n"
    expected = [1.0, 2.0, 3.0, 4.0, 6.0]
    assert [x for x, _ in _table(text.encode(), skip_bad=True)] == expected
    stream = PointStream("a", ReadOptions(), lambda _: None)
    assert [point.x for point in stream.points(text.splitlines())] == expected


@pytest.mark.parametrize(("text", "points", "options"), _TEXTS)
@pytest.mark.parametrize("head", [8, 2**18], ids=["after the head", "in the head"])
def test_in_a_file(
    text: str, points: list[list[float]], options: dict[str, Any], head: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "HEAD", max(head, text.rfind("y\n") + 5))  # it holds two rows of values
    assert _table(text.encode(), **options) == points


@pytest.mark.parametrize(("text", "points", "options"), _TEXTS)
@pytest.mark.parametrize("further", [0, 60], ids=["in the first lines", "after the first lines"])
def test_in_a_stream(text: str, points: list[list[float]], options: dict[str, Any], further: int) -> None:
    lines = text.splitlines()
    lines += [lines[-1]] * further + lines[-4:] * bool(further)
    stream = PointStream("a", ReadOptions(**options), lambda _: None)
    found = [[point.x, point.y] for point in stream.points(lines)]
    assert found[: len(points)] == points
    assert stream.table().x.tolist() == [x for x, _ in found]
    assert found == _table("\n".join(lines).encode(), **options)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(xlsx({"a": [["y"], [5], [None], [7], [None], [9]]}), id="a sheet"),
        pytest.param(b'{"y": [5, null, 7, null, 9]}', id="JSON"),
        pytest.param(b"y = [5, 6, 7, 8, 9]".replace(b"6", b'""').replace(b"8", b'""'), id="lists"),
        pytest.param(_parquet({"y": [5.0, None, 7.0, None, 9.0]}, row_group_size=2), id="Parquet"),
    ],
)
def test_in_other_formats(content: bytes) -> None:
    assert _table(content) == _FOUND


@pytest.mark.parametrize("head", [8, 2**18], ids=["after the head", "in the head"])
@pytest.mark.parametrize("few", [0, 2**14], ids=["by Arrow", "row by row"])
def test_in_groups(head: int, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "HEAD", head)
    monkeypatch.setattr(reading, "_PIECE", 16)
    monkeypatch.setattr(remaining_rows, "_FEW_CHARACTERS", few)
    rows = "".join(f"{name},{value}\n" for name in "abc" for value in _VALUES)
    assert _groups(f"g,y\n{rows}".encode(), group="g") == dict.fromkeys("abc", _FOUND)
    sampled = "start=10\nincrement=0.5\n" + f"g,y\n{rows}"
    assert _groups(sampled.encode(), group="g") == {name: [[9.5 + x / 2, y] for x, y in _FOUND] for name in "abc"}


@pytest.mark.parametrize("size", [1, 4, 100])
def test_in_groups_of_parquet(size: int) -> None:
    y = [5.0, None, 7.0, None, 9.0]
    content = _parquet({"g": ["a"] * 5 + ["b"] * 5, "y": y * 2}, row_group_size=size)
    assert _groups(content, group="g") == dict.fromkeys("ab", _FOUND)
    lists = _parquet({"g": ["a", "b", "b", "c"], "y": [y, [], None, y]}, row_group_size=size)
    found = _groups(lists, group="g", wide=True)
    assert (found["a"], found["b"], found["c"]) == (_FOUND, [], _FOUND)
