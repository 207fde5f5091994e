"""Read tables of groups that arrive piece by piece, as on standard input."""

import io
import itertools
from collections.abc import Iterator, Sequence
from typing import IO

from shapeclf._text import one_line
from shapeclf.datasets.tables.containers import decoded, encoding_of, kind_of_file
from shapeclf.datasets.tables.partial_table import PartialTable
from shapeclf.datasets.tables.reading import HEAD, buffered_file, parts_of_texts, read_parts, table_of_text, whole_lines
from shapeclf.datasets.tables.remaining_rows import remaining_parts
from shapeclf.datasets.tables.sources import stream_pieces
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.datasets.tables.text_lines import line_ends
from shapeclf.errors import InputError

__all__ = ["stream_parts"]

_FIRST_TRY = 3  # lines


def stream_parts(source: str, stream: IO[bytes] | IO[str], options: ReadOptions) -> Iterator[PartialTable]:
    """Read groups from a stream, and yield the table after each piece of it.

    The layout of a text is inferred from its first 3 lines if two groups begin in them. Otherwise, more lines are used:
    until a second group begins, or until they have as many characters as are used for a file. Content that is not text,
    and JSON, is held in memory.

    Args:
        source: Name of the stream in messages.
        stream: Stream of bytes or text.
        options: The user's options, the column of the groups included.

    Raises:
        InputError: As `read_table` raises it; or bytes after the first lines are not UTF-8.
    """
    pieces = stream_pieces(source, stream)
    start = b""
    while b"\n" not in start and len(start) < HEAD and (piece := next(pieces, b"")):
        start += piece
    if not start.strip():
        start += b"".join(itertools.islice(pieces, 1))
    content = itertools.chain([start], pieces)
    if kind_of_file(source, start) != "text" or start.lstrip()[:1] in (b"{", b"["):
        yield from read_parts(source, buffered_file(source, content), options)
        return
    text = encoding_of(source, start, options.encoding)
    try:
        yield from _text_parts(source, decoded(source, content, text), options, text.remarks)
    except UnicodeError as error:
        reason = one_line(str(getattr(error, "reason", error)))
        raise InputError(f"{source}: not text in {text.encoding} ({reason}); --encoding sets another") from None


def _text_parts(
    source: str, texts: Iterator[str], options: ReadOptions, remarks: Sequence[str]
) -> Iterator[PartialTable]:
    blocks = whole_lines(source, texts)
    head, wanted = "", _FIRST_TRY
    for block in blocks:
        head += block
        while len(head) < HEAD and line_ends(head) >= wanted:
            lines = "".join(itertools.islice(io.StringIO(head, newline=""), wanted))
            try:
                table = table_of_text(source, lines, options, remarks)
            except InputError:  # later lines may resolve the error
                table = None
            if table is not None and table.points.has_two_groups:
                yield table
                yield from remaining_parts(table, itertools.chain([head[len(lines) :]], blocks), wanted + 1)
                return
            wanted += max(1, wanted // 4)
        if len(head) >= HEAD:
            break
    yield from parts_of_texts(source, itertools.chain([head], blocks), options, remarks)
