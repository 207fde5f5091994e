"""Lines of a stream of bytes that arrives in pieces of any length."""

import io
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeclf.datasets.tables.stream_lines import stream_lines
from shapeclf.errors import InputError


class _Pieces(io.BytesIO):
    """A stream that gives some bytes at a time, as a pipe does."""

    def __init__(self, pieces: list[bytes]) -> None:
        super().__init__()
        self._pieces = iter(pieces)

    def read1(self, size: int | None = -1, /) -> bytes:
        return next(self._pieces, b"")


def _lines(*pieces: bytes, encoding: str | None = None) -> list[str]:
    return list(stream_lines("stdin", _Pieces(list(pieces)), encoding))


@given(
    lines=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0\ufeff"), max_size=6), max_size=6),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    cuts=st.lists(st.integers(0, 40), max_size=5),
)
def test_pieces_change_nothing(lines: list[str], end: str, encoding: str, cuts: list[int]) -> None:
    lines = ["t,s", *lines]
    content = "".join(line + end for line in lines).encode(encoding)
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    pieces = [content[start:stop] for start, stop in pairwise(edges) if stop > start]
    assert _lines(*pieces) == lines


def test_a_line_is_returned_before_the_next_piece_is_read() -> None:
    asked = []

    def pieces() -> Iterator[bytes]:
        for piece in (b"1,2\n3,", b"4\r", b"\n5,6"):
            asked.append(piece)
            yield piece

    stream = _Pieces([])
    stream._pieces = pieces()
    lines = stream_lines("stdin", stream)
    assert (next(lines), len(asked)) == ("1,2", 1)
    assert (next(lines), len(asked)) == ("3,4", 2)  # a CR may be a whole end
    assert list(lines) == ["5,6"]


def test_a_line_that_is_too_long_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shapeclf.datasets.tables.stream_lines.LONGEST_LINE", 1000)
    first, long, last = _lines(b"1,2\n", *[b"3" * 256] * 40, b"\n5,6\n")
    assert (first, len(long), last) == ("1,2", 1001, "5,6")


def test_bytes_that_are_not_utf_8_stay_in_their_line() -> None:
    assert _lines(b"1,2\n", b"\xfc,3\n") == ["1,2", "\udcfc,3"]
    assert _lines(b"L\xe4nge,s\n1,2\n", encoding="cp1252") == ["Länge,s", "1,2"]


@pytest.mark.parametrize(
    ("content", "encoding", "text"),
    [
        (
            b"PAR1" + bytes(20),
            None,
            "stdin: a parquet file, not lines of text; give the name of the file in place of -",
        ),
        (b"\x1f\x8b" + bytes(20), None, "stdin: a gzip file, not lines of text"),
        (b"%PDF-1.7", None, "stdin: this is a PDF document"),
        ("t,s\n1,2\n".encode("utf-16-le"), None, "--encoding utf-16-le may read it"),
        (b"t,s\n", "klingon", "--encoding 'klingon': there is no such encoding"),
        (b"\xff\xff\n", "ascii", "stdin: not text in ascii; --encoding sets another"),
    ],
    ids=["parquet", "gzip", "pdf", "utf-16 without a mark", "no such encoding", "another encoding"],
)
def test_content_that_is_not_text_is_refused(content: bytes, encoding: str | None, text: str) -> None:
    with pytest.raises(InputError) as refused:
        _lines(content, encoding=encoding)
    assert text in str(refused.value)
