import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shapeclf.datasets.files import PointReader
from shapeclf.errors import InputError

POINTS = [(1.0, 2.5), (-3e-5, 4.0), (6.02e23, -0.0)]
_FINITE = st.floats(allow_nan=False, allow_infinity=False)


def _points(text: str, **columns: str) -> list[tuple[float, float]]:
    return list(PointReader("stdin", **columns).points(io.StringIO(text)))


def _write(folder: Path, text: str) -> Path:
    path = folder / "points.csv"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        pytest.param("x,y\n1,2\n3,4\n", {}, id="header x, y"),
        pytest.param("y,note,x\n2,a,1\n4,b,3\n", {}, id="x and y in other places"),
        pytest.param("time,volt\n1,2\n3,4\n", {}, id="other names"),
        pytest.param("time,volt\n1,2\n3,4\n", {"x": "time", "y": "volt"}, id="by name"),
        pytest.param("n,volt,time\n9,2,1\n8,4,3\n", {"x": "time", "y": "2"}, id="by name and number"),
        pytest.param("volt,time\n2,1\n4,3\n", {"x": "2"}, id="x in the second column, y in the first"),
        pytest.param("volt,time\n2,1\n4,3\n", {"y": "1"}, id="y in the first column, x in the second"),
        pytest.param("y,time,x\n2,1,9\n4,3,9\n", {"x": "time"}, id="x by name, y named so"),
        pytest.param("9,2,1\n8,4,3\n", {"x": "3", "y": "2"}, id="by number, no header"),
        pytest.param('"time","volt"\n"1","2"\n"3","4"\n', {"x": "time"}, id="quoted"),
        pytest.param('"a, b";"c"\n1;2\n3;4\n', {"x": "a, b", "y": "c"}, id="a comma in a name"),
        pytest.param("2,1\n1,2\n3,4\n", {"x": "1"}, id="numbers are no header"),
        pytest.param("1 2\n\n   \n3\t4\n", {}, id="spaces and empty lines"),
        pytest.param("1,2\n3,4", {}, id="no end of line"),
    ],
)
def test_columns(text: str, columns: dict[str, str]) -> None:
    expected = [(1.0, 2.0), (3.0, 4.0)]
    assert _points(text, **columns) == ([(2.0, 1.0), *expected] if text.startswith("2,1") else expected)


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        pytest.param(
            "x,y\n1,2\n3,four\n", {}, r"^stdin, line 3, column 2 \(y\): 'four' is not a number$", id="text in a column"
        ),
        pytest.param("1,2\n\n3,\n", {}, "^stdin, line 3, column 2: '' is not a number$", id="an empty cell"),
        pytest.param("1,abc\n", {}, "^stdin, line 1, column 2: 'abc' is not a number$", id="text beside a number"),
        pytest.param("1,2\nnan,3\n", {}, "^stdin, line 2, column 1: 'nan' is not finite$", id="NaN"),
        pytest.param("1,2\n3,-inf\n", {}, "^stdin, line 2, column 2: '-inf' is not finite$", id="infinity"),
        pytest.param("1,2\n3,1e999\n", {}, "^stdin, line 2, column 2: '1e999' is not finite$", id="too large"),
        pytest.param("1,2\n3\n", {}, "^stdin, line 2, column 2: the line has 1 columns$", id="a short line"),
        pytest.param(
            f"1,2\n3,{'z' * 99}\n", {}, f"^stdin, line 2, column 2: '{'z' * 40}' is not a number$", id="a long cell"
        ),
        pytest.param("1\n2\n", {}, "^stdin, line 1: two columns are needed, x and y; there is one$", id="one column"),
        pytest.param("\nx\n1\n", {}, "^stdin, line 2: two columns are needed, x and y; there is one$", id="one name"),
        pytest.param(
            "x,y\n1,2\n",
            {"x": "time"},
            r"^stdin: --x 'time' is no column: there are 1 to 2 \(x, y\)$",
            id="no such name",
        ),
        pytest.param(
            "1,2\n", {"y": "3"}, r"^stdin: --y '3' is no column: there are 1 to 2 \(no header\)$", id="no such number"
        ),
        pytest.param(
            "1,2\n", {"y": "0"}, r"^stdin: --y '0' is no column: there are 1 to 2 \(no header\)$", id="column 0"
        ),
        pytest.param(
            "x,y\n1,2\n", {"x": "2", "y": "y"}, "^stdin: --y 'y' is the column of --x already$", id="one for both"
        ),
    ],
)
def test_lines_without_a_point(text: str, columns: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        _points(text, **columns)


def test_a_reader_answers_line_by_line() -> None:
    reader = PointReader("stdin")
    assert [reader.read(line) for line in ("x,y\n", "1,2\n", "\n", "3,4\n")] == [None, (1.0, 2.0), None, (3.0, 4.0)]
    assert reader.line == 4


def test_a_reader_goes_on_after_a_bad_line() -> None:
    reader = PointReader("stdin")
    assert reader.read("1,2") == (1.0, 2.0)
    with pytest.raises(InputError, match=r"^stdin, line 2, column 1: 'oops' is not a number$"):
        reader.read("oops,2")
    assert reader.read("3,4") == (3.0, 4.0)


@given(text=st.text(st.characters(codec="utf-8"), max_size=60))
@settings(max_examples=2 * settings().max_examples)
@example("1,2\n3,\x00")
@example("1,2\n3," + 200_000 * "4")
@example('"')
@example('1,"2\n3')
def test_any_text_gives_points_or_one_line(text: str) -> None:
    try:
        points = _points(text)
    except InputError as error:
        told = str(error)
        assert "\n" not in told
    else:
        assert np.isfinite(np.array(points)).all()
