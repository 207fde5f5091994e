import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shapeclf.datasets.files import PointReader, read_points
from shapeclf.errors import InputError

POINTS = [(1.0, 2.5), (-3e-5, 4.0), (6.02e23, -0.0)]
_FINITE = st.floats(allow_nan=False, allow_infinity=False)


def _points(text: str, **columns: str) -> list[tuple[float, float]]:
    return list(PointReader("stdin", **columns).points(io.StringIO(text)))


def _write(folder: Path, text: str) -> Path:
    path = folder / "points.csv"
    path.write_bytes(text.encode())
    return path


@given(
    points=st.lists(st.tuples(_FINITE, _FINITE), min_size=1, max_size=10),
    delimiter=st.sampled_from([",", ";", "\t", " ", ", ", " ; ", "   "]),
    header=st.sampled_from([[], ["x", "y"], ["time (s)", "volt"], ["α", "β"]]),
    end=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
    blank=st.booleans(),
)
@example(points=[(0.1, 1e-308)], delimiter=",", header=[], end="\n", bom=True, blank=False)
def test_points_come_back_to_the_last_digit(
    tmp_path: Path,
    points: list[tuple[float, float]],
    delimiter: str,
    header: Sequence[str],
    end: str,
    bom: bool,
    blank: bool,
) -> None:
    header = [name.replace(" ", "_") for name in header] if not delimiter.strip() else header
    lines = [delimiter.join(header)] if header else []
    lines += [delimiter.join(map(repr, point)) for point in points]
    text = (end * (1 + blank)).join(["", *lines] if blank else lines) + end
    read = read_points(_write(tmp_path, "\ufeff" * bom + text))
    assert read.dtype == np.float64
    assert read.tolist() == [list(point) for point in points]


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


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", ": there is no point in it$", id="empty"),
        pytest.param(b"x,y\n", ": there is no point in it$", id="a header alone"),
        pytest.param(b"\n\n", ": there is no point in it$", id="empty lines"),
        pytest.param(b"1,2\n\xff\xfe,3\n", ", line 2: not text in UTF-8$", id="bytes"),
        pytest.param(
            b"1,2\n3," + b"4" * 200_000, r", line 2: not CSV \(field larger than field limit", id="an endless cell"
        ),
        pytest.param(b"x,y\n1,2\n3,four\n", r", line 3, column 2 \(y\): 'four' is not a number$", id="text"),
    ],
)
def test_files_without_points(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"^\S*points\.csv{message}"):
        read_points(path)


def test_no_file_to_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.csv: there is no such file$"):
        read_points(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match=r": a folder, not a file of points$"):
        read_points(tmp_path)
    path = _write(tmp_path, "1,2\n")
    with pytest.raises(InputError, match=r"points\.csv/below\.csv: there is no such file$"):
        read_points(path / "below.csv")


def test_parquet_gives_what_text_gives(tmp_path: Path) -> None:
    path = tmp_path / "points.PARQUET"
    pq.write_table(pa.table({"n": ["a", "b"], "volt": [2, 4], "time": [0.1, 1e300]}), path)
    text = _write(tmp_path, "n,volt,time\na,2,0.1\nb,4,1e300\n")
    read = read_points(path, x="time", y="2")
    assert read.dtype == np.float64
    assert read.tolist() == read_points(text, x="time", y="2").tolist() == [[0.1, 2.0], [1e300, 4.0]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param([1.0, None], r", row 2, column 1 \(x\): there is no value$", id="null"),
        pytest.param([1.0, np.inf], r", row 2, column 1 \(x\): 'inf' is not finite$", id="infinity"),
        pytest.param(["1", "2"], r": column 1 \(x\) holds string, not numbers$", id="text"),
        pytest.param(pa.array([], pa.float64()), ": there is no point in it$", id="no rows"),
    ],
)
def test_parquet_without_points(tmp_path: Path, values: Any, message: str) -> None:
    path = tmp_path / "points.parquet"
    pq.write_table(pa.table({"x": values, "y": np.zeros(len(values))}), path)
    with pytest.raises(InputError, match=rf"^\S*points\.parquet{message}"):
        read_points(path)


def test_no_parquet(tmp_path: Path) -> None:
    path = tmp_path / "points.parquet"
    path.write_bytes(b"x,y\n1,2\n")
    with pytest.raises(InputError, match=r"points\.parquet: not a Parquet file, or a damaged one \("):
        read_points(path)
    with pytest.raises(InputError, match=r"nothing\.parquet: there is no such file$"):
        read_points(tmp_path / "nothing.parquet")


def test_text_is_read_without_arrow(tmp_path: Path) -> None:
    path = _write(tmp_path, "x,y\n1,2\n" * 2)
    code = (
        "import sys; from pathlib import Path\n"
        "from shapeclf.datasets.files import read_points\n"
        f"try: read_points(Path({str(path)!r}))\n"
        "except ValueError as error: print(str(error).rpartition(': ')[2])\n"
        "print(*sorted({'pyarrow', 'torch', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("'x' is not a number\n\n", "")
