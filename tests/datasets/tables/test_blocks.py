import io
import os
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shapeclf.datasets.tables import blocks as module
from shapeclf.datasets.tables.blocks import Block, line_blocks, table_of_blocks
from shapeclf.datasets.tables.lines import Layout
from shapeclf.datasets.tables.sources import Progress
from shapeclf.errors import InputError

_TEXT = st.text(st.sampled_from("1,ä\n\r \u2028"), max_size=40)


def _blocks(content: bytes, size: int = 8) -> list[Block]:
    return list(line_blocks("a.csv", io.BytesIO(content), Progress(), size=size))


@given(text=_TEXT, size=st.integers(1, 20))
@example(text="1\r\n2\r3\n\r", size=2)
@example(text="1\r\r\r2", size=1)
def test_blocks_are_the_whole_text_in_whole_lines(text: str, size: int) -> None:
    blocks = _blocks(text.encode(), size)
    assert b"".join(block.content for block in blocks) == text.encode()
    lines = list(io.StringIO(text, newline=""))
    assert sum(block.count for block in blocks) == len(lines)
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    assert [line for block in blocks for line in block.lines()] == numbered


@given(text=_TEXT, size=st.integers(1, 20))
def test_a_stream_of_text_gives_what_its_bytes_give(text: str, size: int) -> None:
    read = list(line_blocks("a.csv", io.StringIO(text, newline=""), Progress(), size=size))
    assert b"".join(block.content for block in read) == text.encode()
    assert sum(block.count for block in read) == sum(block.count for block in _blocks(text.encode()))


def test_blocks_hold_no_more_than_they_must() -> None:
    content = b"1,2\n" * 1000
    assert max(len(block.content) for block in _blocks(content, size=100)) <= 103


def test_a_block_is_there_before_the_stream_goes_on() -> None:
    progress = Progress()
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream:
        blocks = line_blocks("stdin", stream, progress)
        os.write(writing, b"1,2\n3,")
        assert next(blocks) == Block(1, b"1,2\n")
        assert progress.done == 6
        os.write(writing, b"4\n")
        os.close(writing)
        assert list(blocks) == [Block(2, b"3,4\n")]


def test_a_byte_order_mark_is_no_text() -> None:
    assert [block.content for block in _blocks(b"\xef\xbb\xbf1,2\n3,4\n", size=2)] == [b"1,2\n", b"3,4\n"]


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"1,\xff\n", 1), (b"1,2\r\n3,4\r\n\xe4,6\r\n", 3), ("1,2\n3,4\n".encode("utf-16"), 1), (b"\x1f\x8b\x08\x00", 1)],
    ids=["one byte", "Latin-1", "UTF-16", "gzip"],
)
def test_no_text(content: bytes, line: int) -> None:
    with pytest.raises(InputError, match=rf"^a\.csv, line {line}: not text in UTF-8( but (UTF-16|compressed).*)?$"):
        _blocks(content)


def test_a_text_stream_that_is_no_text() -> None:
    with pytest.raises(InputError, match=r"^a\.csv: not text in UTF-8$"):
        list(line_blocks("a.csv", io.TextIOWrapper(io.BytesIO(b"1,\xff"), encoding="utf-8"), Progress()))
    escaping = io.TextIOWrapper(io.BytesIO(b"1,2\n1,\xff"), encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InputError, match=r"^a\.csv, line 2: not text in UTF-8$"):
        list(line_blocks("a.csv", escaping, Progress()))


def test_a_line_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_LINE", 2**10)
    stream = io.BytesIO(b"1,2\n" + b"1," * 10_000)
    with pytest.raises(InputError, match=r"^a\.csv, line 2: the line is longer than 16 MiB$"):
        list(line_blocks("a.csv", stream, Progress(), size=100))
    assert stream.tell() < 2000


@pytest.mark.parametrize("size", [1, 7, 1000], ids=str)
def test_a_table_begins_after_its_header(size: int) -> None:
    stream = io.BytesIO(b"\n  \nx;y\n1;2\n3;4\n")
    layout, blocks = table_of_blocks("a.csv", line_blocks("a.csv", stream, Progress(), size=size))
    assert layout == Layout("a.csv", ";", ("x", "y"), 2)
    assert [line for block in blocks for line in block.lines()] == [(4, "1;2\n"), (5, "3;4\n")]


def test_a_table_without_header_begins_at_once() -> None:
    layout, blocks = table_of_blocks("a.csv", iter([Block(1, b"1 2\n3 4")]))
    assert layout.header == ()
    assert list(blocks) == [Block(1, b"1 2\n3 4")]


@pytest.mark.parametrize("blocks", [[], [Block(1, b"\n \n")]], ids=["nothing", "empty lines"])
def test_no_table(blocks: list[Block]) -> None:
    empty: Iterator[Block] = iter(blocks)
    with pytest.raises(InputError, match=r"^a\.csv: there is no point in it$"):
        table_of_blocks("a.csv", empty)
