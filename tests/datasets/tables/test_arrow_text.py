import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shapeclf.datasets.tables import arrow_text
from shapeclf.datasets.tables.arrow_text import arrow_columns
from shapeclf.datasets.tables.blocks import Block
from shapeclf.datasets.tables.lines import Layout

_CELLS = st.one_of(
    st.sampled_from(
        ["", " ", "1", "-2.5", "+3", ".5", "6.", "1e5", "1E-400", "1e400", "nan", "-inf", "Infinity", "1_0"]
    ),
    st.sampled_from(["0x10", "1,5", "NA", "null", '"', '"7"', '"8', 'a"b', '"a""b"', '""', "١", "1d5", " 9\t", "a;b"]),
    st.text(st.characters(codec="utf-8"), max_size=3),
    st.floats().map(repr),
)
_LINES = st.lists(st.lists(_CELLS, min_size=2, max_size=4).map(",".join), min_size=1, max_size=4)


@pytest.fixture(autouse=True)
def _arrow_reads_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_text, "_FEW_BYTES", 0)


@given(lines=_LINES, end=st.sampled_from(["\n", "\r\n", "\r"]))
@example(lines=["a,1,2", "", "b,3,4"], end="\n")
@example(lines=['"a', 'b",1,2', "c,3,4"], end="\n")
@example(lines=["a,1,2", "b,3"], end="\n")
def test_what_arrow_reads_is_what_is_read_line_by_line(lines: list[str], end: str) -> None:
    layout = Layout("a.csv", ",", (), 3)
    block = Block(5, (end.join(lines) + end).encode())
    columns = arrow_columns(block, layout, {0: "text", 2: "number"})
    if columns is None:
        return
    cells = [layout.cells(line, text) for line, text in block.lines()]
    assert len(cells) == block.count
    assert [str(name).strip() for name in columns[0].to_pylist()] == [row[0] for row in cells]
    numbers = columns[1].to_numpy(zero_copy_only=False)
    expected = [float(row[2] or "nan") for row in cells]
    np.testing.assert_array_equal(numbers, expected)
    assert columns[1].null_count == sum(not row[2] for row in cells)


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        pytest.param(b"a 1 2\n", " ", id="spaces"),
        pytest.param(b"a,1,2\n\nb,3,4\n", ",", id="an empty line"),
        pytest.param(b"a,1,2\nb,3\n", ",", id="a short line"),
        pytest.param(b"a,1,2,3\n", ",", id="a long line"),
        pytest.param(b'"a\nb",1,2\n', ",", id="a line's end in quotes"),
        pytest.param(b"a,1,two\n", ",", id="text"),
        pytest.param(b"", ",", id="nothing"),
    ],
)
def test_left_to_be_read_line_by_line(content: bytes, delimiter: str) -> None:
    assert arrow_columns(Block(1, content), Layout("a", delimiter, (), 3), {0: "text", 2: "number"}) is None


def test_columns_come_as_asked_for() -> None:
    first, second = arrow_columns(Block(1, b"1;a;2\n3;b;4\n"), Layout("a", ";", (), 3), {2: "number", 1: "text"}) or []
    assert first.to_pylist() == [2.0, 4.0]
    assert second.to_pylist() == ["a", "b"]


def test_little_text_is_not_worth_importing_arrow_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert arrow_columns(Block(1, b"a,1,2\n"), Layout("a", ",", (), 3), {0: "text", 2: "number"}) is None
    assert arrow_columns(Block(1, b"a,1,2\n" * 5000), Layout("a", ",", (), 3), {0: "text", 2: "number"}) is not None


def test_a_byte_order_mark_within_a_file_stays() -> None:
    block = Block(5, "\ufeffa,1,2\nb,3,4\n".encode())
    columns = arrow_columns(block, Layout("a", ",", (), 3), {0: "text", 2: "number"})
    assert columns is None or columns[0].to_pylist() == ["\ufeffa", "b"]
