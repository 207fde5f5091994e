import csv
import io
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapeclf.datasets.tables import arrow_text
from shapeclf.datasets.tables.blocks import line_blocks
from shapeclf.datasets.tables.chunks import joined_groups
from shapeclf.datasets.tables.long_text import long_text_runs
from shapeclf.datasets.tables.runs import Runs
from shapeclf.datasets.tables.sources import Progress
from shapeclf.errors import InputError

_FINITE = st.floats(allow_nan=False, allow_infinity=False)
_NAME = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=4).map(str.strip).filter(bool)
_GROUPS = st.dictionaries(_NAME, st.lists(st.tuples(_FINITE, _FINITE), min_size=1, max_size=5), min_size=1, max_size=6)


@pytest.fixture(params=[0, 2**30], ids=["by arrow", "line by line"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_text, "_FEW_BYTES", request.param)


def _runs(text: str, size: int = 2**20, group: str = "1", x: str | None = None, y: str | None = None) -> Iterator[Runs]:
    blocks = line_blocks("a.csv", io.BytesIO(text.encode()), Progress(), size=size)
    return long_text_runs("a.csv", blocks, group=group, x=x, y=y)


@pytest.mark.usefixtures("way")
@given(
    groups=_GROUPS,
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    size=st.integers(1, 80),
    limit=st.integers(1, 12),
)
@settings(max_examples=2 * settings().max_examples)
def test_groups_come_back_to_the_last_digit(
    groups: dict[str, list[tuple[float, float]]], delimiter: str, end: str, size: int, limit: int
) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
    writer.writerow(["y", "name", "x"])
    writer.writerows([repr(y), name, repr(x)] for name, points in groups.items() for x, y in points)
    chunks = list(joined_groups("a.csv", "line", _runs(file.getvalue(), size, group="name"), limit))
    assert [name for chunk in chunks for name in chunk.names] == list(groups)
    assert np.concatenate([chunk.lengths for chunk in chunks]).tolist() == list(map(len, groups.values()))
    written = [point for points in groups.values() for point in points]
    assert np.concatenate([chunk.points for chunk in chunks]).tolist() == [list(point) for point in written]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("text", "columns"),
    [
        pytest.param("g,x,y\na,1,2\na,3,4\nb,5,6\n", {"group": "g"}, id="header"),
        pytest.param("a,1,2\na,3,4\nb,5,6\n", {"group": "1"}, id="no header"),
        pytest.param("1;a;2\n3;a;4\n5;b;6\n", {"group": "2"}, id="group between"),
        pytest.param("t v g\n1 2 a\n3  4   a\n5 6 b\n", {"group": "g"}, id="spaces"),
        pytest.param("y,x,g\n2,1,a\n4,3,a\n6,5,b\n", {"group": "g"}, id="x and y by name"),
        pytest.param("n,v,g,t\n0,2,a,1\n0,4,a,3\n0,6,b,5\n", {"group": "g", "x": "t", "y": "2"}, id="asked for"),
        pytest.param("g,x,y\n a ,1,2\na, 3 ,4\nb,5,6", {"group": "g"}, id="white space around"),
        pytest.param("g,x,y\n\na,1,2\n\n\na,3,4\n   \nb,5,6\n\n", {"group": "g"}, id="empty lines"),
        pytest.param('"g","x","y"\r\n"a","1","2"\r\n"a","3","4"\r\nb,5,6\r\n', {"group": "g"}, id="quotes"),
        pytest.param("g,x,y\ra,1,2\ra,3,4\rb,5,6\r", {"group": "g"}, id="carriage returns"),
        pytest.param("g,x,y\na,1,2,\na,3,4\nb,5,6,,,\n", {"group": "g"}, id="empty cells after"),
        pytest.param("\ufeffg,x,y\na,1,2\na,3,4\nb,5,6\n", {"group": "g"}, id="byte order mark"),
    ],
)
def test_ways_of_writing(text: str, columns: dict[str, str]) -> None:
    (chunk,) = joined_groups("a.csv", "line", _runs(text, **columns), 100)  # type: ignore[arg-type]  # size is not in it
    assert (chunk.names, chunk.lengths.tolist()) == (["a", "b"], [2, 1])
    assert chunk.points.tolist() == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("before", [0, 1, 700], ids="{} lines before".format)
@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("a,1,abc", r"column 3 \(y\): 'abc' is not a number", id="text"),
        pytest.param("a,,2", r"column 2 \(x\): '' is not a number", id="an empty cell"),
        pytest.param("a,nan,2", r"column 2 \(x\): 'nan' is not finite", id="NaN"),
        pytest.param("a,1,-inf", r"column 3 \(y\): '-inf' is not finite", id="infinity"),
        pytest.param("a,1e999,2", r"column 2 \(x\): '1e999' is not finite", id="too large"),
        pytest.param("a,1", r"column 3 \(y\): the line has 2 columns", id="a short line"),
        pytest.param(",1,2", r"column 1 \(g\): the group has no name", id="no group"),
        pytest.param(" ,1,2", r"column 1 \(g\): the group has no name", id="a blank group"),
        pytest.param('"a\nb",1,2', r"column 2 \(x\): the line has 1 columns", id="a line's end in quotes"),
        pytest.param('a,1,"2,5"', r"column 3 \(y\): '2,5' is not a number; write it with a .*", id="a decimal comma"),
        pytest.param("a,1,2,more", r"column 4: the line has 4 columns, not 3", id="a long line"),
        pytest.param("a,1,2\0", r"column 3 \(y\): '2\\x00' is not a number", id="a NUL byte"),
    ],
)
def test_the_line_and_column_of_what_is_wrong(line: str, message: str, before: int) -> None:
    text = "g,x,y\n" + "a,1,2\n" * before + line + "\na,1,2\n"
    with pytest.raises(InputError, match=rf"^a\.csv, line {before + 2}, {message}$"):
        list(_runs(text, size=256))


@pytest.mark.parametrize(
    ("text", "group", "message"),
    [
        pytest.param("", "g", "^a.csv: there is no point in it$", id="empty"),
        pytest.param("x,y\n1,2\n", "g", "^a.csv: three columns are needed, x, y and the group; there are 2$", id="two"),
        pytest.param("a,x,y\n", "g", r"^a.csv: --group 'g' is no column: there are 1 to 3 \(a, x, y\)$", id="no group"),
    ],
)
def test_tables_without_groups(text: str, group: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(_runs(text, group=group))


def test_a_header_alone_has_no_runs() -> None:
    assert list(_runs("g,x,y\n\n", group="g")) == []
