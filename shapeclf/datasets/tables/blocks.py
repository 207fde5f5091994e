"""Text in blocks of whole lines: bounded memory, from files and streams alike."""

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import IO, final

from shapeclf.datasets.tables.lines import LONGEST_LINE, Layout, too_long
from shapeclf.datasets.tables.sources import Progress, unreadable
from shapeclf.errors import InputError

__all__ = ["BLOCK_BYTES", "BYTE_ORDER_MARK", "Block", "line_blocks", "table_of_blocks"]

BLOCK_BYTES = 2**20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_OTHER_KINDS = {
    b"\xff\xfe": "UTF-16; save it as UTF-8",
    b"\xfe\xff": "UTF-16; save it as UTF-8",
    b"\x1f\x8b": "compressed (gzip); unpack it first",
    b"PK\x03\x04": "a ZIP file or a spreadsheet; save it as CSV",
    b"PAR1": "Parquet; end its name in .parquet",
}


@final
@dataclass(frozen=True)
class Block:
    """Whole lines.

    Attributes:
        line: number of the first, from 1.
        content: the bytes of all, valid UTF-8.
    """

    line: int
    content: bytes

    @cached_property
    def count(self) -> int:
        """How many lines there are."""
        ends = _line_ends(self.content)
        return ends + (not self.content.endswith((b"\n", b"\r")) and self.content != b"")

    def texts(self) -> Iterator[str]:
        """The text of each line."""
        return iter(io.StringIO(self.content.decode(), newline=""))

    def lines(self) -> Iterator[tuple[int, str]]:
        """Number and text of each line with anything in it."""
        return ((number, line) for number, line in enumerate(self.texts(), start=self.line) if line.strip())


def _line_ends(content: bytes) -> int:
    ends = content.count(b"\n")
    return ends + content.count(b"\r") - content.count(b"\r\n") if b"\r" in content else ends


def _after_last_line(piece: bytes) -> int:
    # A carriage return at the very end may be the first half of a line's end.
    return piece.rfind(b"\n") + 1 or piece.rfind(b"\r", 0, -1) + 1


def _pieces(stream: IO[bytes] | IO[str], size: int) -> Iterator[bytes]:
    """What the stream holds, each piece as soon as it is there."""
    while piece := stream.read1(size) if isinstance(stream, io.BufferedIOBase) else stream.read(size):
        # Bytes that the stream could not decode stay no UTF-8, and are told as such below.
        yield piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else piece


def line_blocks(
    source: str, stream: IO[bytes] | IO[str], progress: Progress, *, size: int = BLOCK_BYTES
) -> Iterator[Block]:
    r"""The lines of a stream in blocks of about ``size`` bytes, or of what has come so far; nothing is sought.

    Args:
        source: what the stream is called in messages.
        stream: of bytes, or of text.
        progress: counts the bytes.
        size: how many bytes are read at once.

    Raises:
        InputError: the bytes cannot be read or are no UTF-8, or a line is longer than ``LONGEST_LINE``.

    Example:
        >>> [block.content for block in line_blocks("stdin", io.BytesIO(b"1,2\n3,4\n5,6"), Progress(), size=8)]
        [b'1,2\n3,4\n', b'5,6']
    """
    line, kept, held = 1, list[bytes](), 0
    try:
        for piece in itertools.chain(_pieces(stream, size), [b""]):
            progress.done += len(piece)
            cut = _after_last_line(piece) if piece else 0
            if piece and not cut:
                kept.append(piece)
                held += len(piece)
                if held > LONGEST_LINE:
                    raise too_long(source, line)
                continue
            content = b"".join([*kept, piece[:cut]])
            kept, held = ([piece[cut:]], len(piece) - cut) if cut < len(piece) else ([], 0)
            if line == 1:
                _check_kind(source, content)
                content = content.removeprefix(BYTE_ORDER_MARK)
            if content:
                _check_text(source, line, content)
                yield (block := Block(line, content))
                line += block.count
    except UnicodeDecodeError:
        raise InputError(f"{source}: not text in UTF-8") from None
    except OSError as error:
        raise unreadable(source, error) from None


def _check_kind(source: str, content: bytes) -> None:
    for begin, kind in _OTHER_KINDS.items():
        if content.startswith(begin):
            raise InputError(f"{source}, line 1: not text in UTF-8 but {kind}")


def _check_text(source: str, line: int, content: bytes) -> None:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        at = line + _line_ends(content[: error.start])
        raise InputError(f"{source}, line {at}: not text in UTF-8") from None


def table_of_blocks(source: str, blocks: Iterator[Block]) -> tuple[Layout, Iterator[Block]]:
    """The layout of a table, and its blocks from the first line of values on.

    Raises:
        InputError: there is no line with anything in it.
    """
    for block in blocks:
        for line, text in block.lines():
            layout = Layout.of_line(source, line, text)
            first = line - block.line + bool(layout.header)  # lines to leave out
            rest = itertools.islice(io.StringIO(block.content.decode(), newline=""), first, None)
            return layout, itertools.chain([Block(block.line + first, "".join(rest).encode())], blocks)
    raise InputError(f"{source}: there is no point in it")
