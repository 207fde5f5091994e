"""Split a stream of bytes into lines of text, each as soon as it arrives."""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterator
from typing import IO

from shapeclf.datasets.tables.containers import BOMS, encoding_of, kind_of_file
from shapeclf.datasets.tables.sources import stream_pieces
from shapeclf.datasets.tables.text_lines import LONGEST_LINE
from shapeclf.errors import InputError

__all__ = ["stream_lines"]

_END = re.compile(r"\r\n|\r|\n")


def stream_lines(source: str, stream: IO[bytes], encoding: str | None = None) -> Iterator[str]:
    r"""Yield each line of a stream without its end, which may be LF, CRLF or CR.

    A line that is too long is cut. If no encoding is given, it is inferred from the first line; in UTF-8, invalid bytes
    become surrogates.

    Args:
        source: Name of the stream in messages.
        stream: Stream of bytes.
        encoding: Name of the encoding in Python; None to infer it.

    Raises:
        InputError: The stream holds no text, cannot be read, or is not in this encoding.

    Example:
        >>> import io
        >>> list(stream_lines("stdin", io.BytesIO(b"t,s\r\n0,1\r2,3")))
        ['t,s', '0,1', '2,3']
    """
    begun, after_return = "", False
    for text in _texts(source, stream, encoding):
        if after_return and text.startswith("\n"):  # CRLF in two pieces
            text = text[1:]
        after_return = text.endswith("\r") if text else after_return
        first, *others = _END.split(text)
        begun += first[: LONGEST_LINE + 1 - len(begun)]
        for following in others:
            yield begun
            begun = following[: LONGEST_LINE + 1]
    if begun:
        yield begun


def _texts(source: str, stream: IO[bytes], encoding: str | None) -> Iterator[str]:
    pieces, start = stream_pieces(source, stream), b""
    while any(mark.startswith(start) for mark in BOMS) and (piece := next(pieces, b"")):
        start += piece  # a byte order mark may come byte by byte
    kind = kind_of_file(source, start)
    if kind != "text":
        raise InputError(f"{source}: a {kind} file, not lines of text; give the name of the file in place of -")
    text = encoding_of(source, re.split(rb"[\r\n]", start, maxsplit=1)[0], encoding)
    codec = "utf-8" if text.is_guessed else text.encoding
    decoder = codecs.getincrementaldecoder(codec)("surrogateescape" if codec.startswith("utf-8") else "strict")
    try:
        for piece in itertools.chain([start], pieces):
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)
    except UnicodeError:
        raise InputError(f"{source}: not text in {codec}; --encoding sets another") from None
