import io
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shapeclf.datasets.tables.blocks import line_blocks
from shapeclf.datasets.tables.runs import Runs
from shapeclf.datasets.tables.sources import Progress
from shapeclf.datasets.tables.wide_text import wide_text_runs
from shapeclf.errors import InputError

_FINITE = st.floats(allow_nan=False, allow_infinity=False)
_SEQUENCE = st.lists(st.tuples(_FINITE, _FINITE), min_size=1, max_size=5)


def _runs(text: str, size: int = 2**20, group: str | None = None) -> Iterator[Runs]:
    blocks = line_blocks("a.csv", io.BytesIO(text.encode()), Progress(), size=size)
    return wide_text_runs("a.csv", blocks, group=group)


@given(
    sequences=st.lists(_SEQUENCE, min_size=1, max_size=6),
    padded=st.booleans(),
    named=st.booleans(),
    grouped=st.booleans(),
    size=st.integers(1, 100),
)
@example(sequences=[[(1e308, 1e308)], [(1.0, 2.0), (3.0, 4.0)]], padded=False, named=False, grouped=False, size=9)
@settings(max_examples=2 * settings().max_examples)
def test_sequences_come_back_to_the_last_digit(
    sequences: list[list[tuple[float, float]]], padded: bool, named: bool, grouped: bool, size: int
) -> None:
    longest = max(map(len, sequences))
    rows = [[repr(value) for point in points for value in point] for points in sequences]
    if padded:
        rows = [row + [""] * (2 * longest - len(row)) for row in rows]
    if grouped:
        rows = [[f"s{number}", *row] for number, row in enumerate(rows)]
    header = ["name"] * grouped + [f"{axis}{number}" for number in range(1, longest + 1) for axis in "xy"]
    text = "\n".join(map(",".join, [header] * named + rows))
    parts = list(_runs(text, size, group="1" if grouped else None))
    numbers = range(len(sequences))
    expected = [f"s{number}" for number in numbers] if grouped else [number + 1 for number in numbers]
    assert [name for part in parts for name in part.names] == expected
    assert [place for part in parts for place in part.places.tolist()] == [number + named + 1 for number in numbers]
    assert np.concatenate([part.lengths for part in parts]).tolist() == list(map(len, sequences))
    written = [list(point) for points in sequences for point in points]
    assert np.concatenate([part.points for part in parts]).tolist() == written


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
    ],
)
def test_ways_of_writing(text: str, group: str | None) -> None:
    (part,) = _runs(text, group=group)
    expected = [(1.0, 2.0), (3.0, 4.0)], [(5.0, 6.0)]
    first, second = expected if part.lengths[0] == 2 else expected[::-1]
    assert part.points.tolist() == [list(point) for point in (*first, *second)]
    assert part.lengths.tolist() == [len(first), len(second)]
    assert part.names == (["g", "h"] if group else [1, 2])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("g,1,2,x,4", r", column 4 \(x2\): 'x' is not a number", id="text"),
        pytest.param("g,1,2,3,", r", column 5 \(y2\): '' is not a number", id="x without y"),
        pytest.param("g,1,2,3", r", column 5 \(y2\): '' is not a number", id="x without y in a short line"),
        pytest.param("g,1,2,,4", r", column 4 \(x2\): '' is not a number", id="a gap"),
        pytest.param("g,,,3,4", r", column 2 \(x1\): '' is not a number", id="the first missing"),
        pytest.param("g,1,2,3,inf", r", column 5 \(y2\): 'inf' is not finite", id="infinity"),
        pytest.param("g,1,2,nan,nan", r", column 4 \(x2\): 'nan' is not finite", id="NaN at the end"),
        pytest.param("g,1,2,,nan", r", column 4 \(x2\): '' is not a number", id="a gap before NaN"),
        pytest.param("g,,,,", ": there is no point in it", id="no point"),
        pytest.param(",1,2,,", r", column 1 \(id\): the group has no name", id="no name"),
    ],
)
def test_the_line_and_column_of_what_is_wrong(line: str, message: str) -> None:
    text = "id,x1,y1,x2,y2\n" + "a,1,2,3,4\n" * 3 + line + "\na,1,2,3,4\n"
    with pytest.raises(InputError, match=rf"^a\.csv, line 5{message}$"):
        list(_runs(text, group="id"))


def test_an_x_without_y_beyond_the_end() -> None:
    with pytest.raises(InputError, match=r"^a\.csv, line 1, column 4: the line has 3 columns$"):
        list(_runs("1,2,3\n"))


@pytest.mark.parametrize(
    ("text", "group", "message"),
    [
        ("1\n2\n", None, "^a.csv: two columns are needed, x and y; there is one$"),
        ("g,x1\n", "g", "^a.csv: three columns are needed, x, y and the group; there are 2$"),
        ("x1,y1\n", "g", "^a.csv: three columns are needed"),
        ("a,x1,y1\n", "g", r"^a.csv: --group 'g' is no column: there are 1 to 3 \(a, x1, y1\)$"),
        ("x1,y1,x2\n", None, "^a.csv: the columns x1, y1, x2, y2, ... must be pairs without a gap; x2 has no partner$"),
        ("x1,y1,x3,y3\n", None, "^a.csv: .* must be pairs without a gap; there is no x2$"),
        ("x1,x2,y1,y3\n", None, "^a.csv: .* must be pairs without a gap; there is no y2$"),
    ],
    ids=["one", "group and one", "two", "no group", "odd", "a gap", "unequal"],
)
def test_headers_without_sequences(text: str, group: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(_runs(text, group=group))


def test_a_header_alone_has_no_runs() -> None:
    assert list(_runs("x1,y1\n\n")) == []


def test_memory_does_not_grow_with_empty_columns() -> None:
    tracemalloc.start()  # Arrow's memory would not be seen, but what it makes of each column is Python's
    try:
        (part,) = _runs("1,2" + "," * 100_000 + "\n")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert part.points.tolist() == [[1.0, 2.0]]
    assert peak < 100 * 100_000  # bytes: a line's cells are lists of references
