"""Read the table of points in a file of any supported format."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from shapeclf._text import one_line
from shapeclf.datasets.tables.containers import (
    TextEncoding,
    decoded,
    encoding_of,
    kind_of_file,
    unpacked,
    zip_of,
)
from shapeclf.datasets.tables.dialect import label_cells, labels_of, without_labels
from shapeclf.datasets.tables.inference import rows_of_lines
from shapeclf.datasets.tables.partial_table import PartialTable, table_of_rows
from shapeclf.datasets.tables.program_lists import check_no_lists, json_of_lists
from shapeclf.datasets.tables.regions import Row, kinds_of
from shapeclf.datasets.tables.remaining_rows import remaining_parts
from shapeclf.datasets.tables.sources import opened
from shapeclf.datasets.tables.table import ReadOptions, Table
from shapeclf.datasets.tables.text_lines import LONGEST_LINE, line_ends, lines_of, too_long
from shapeclf.errors import InputError

__all__ = [
    "HEAD",
    "buffered_file",
    "parts_of_texts",
    "read_open_table",
    "read_parts",
    "read_table",
    "rows_of_text",
    "table_of_text",
    "whole_lines",
]

HEAD = 2**18
"""The layout of a text is inferred from at least this many characters at its beginning, or from all if it has fewer."""
_PIECE = 2**20
_HEAD_LINES = 4  # least number of lines from which the layout is inferred, even if they are longer than HEAD
_START = 2**16
_MAX_HELD = 2**28


def read_table(path: Path, options: ReadOptions | None = None) -> Table:
    """Read the points of a file.

    The first 256 KiB of a text determine its columns, delimiter and decimal mark. Shorter texts are used as a whole.
    `docs/reference/reading.md` has the rules.

    Args:
        path: File of text, a spreadsheet, JSON or Parquet, compressed or not.
        options: The user's options; by default all are inferred.

    Raises:
        InputError: There is no such file, it cannot be read or holds no table of points, its layout is ambiguous, or a
            row cannot be read. The message names the location and, where one helps, the option.

    Example:
        >>> read_table(Path("no-such.csv"))
        Traceback (most recent call last):
        shapeclf.errors.InputError: no-such.csv: there is no such file
    """
    options = options or ReadOptions()
    with opened(path) as file:
        return read_open_table(str(path), file, options)


def read_open_table(source: str, file: BinaryIO, options: ReadOptions) -> Table:
    r"""Read the points of an open file.

    Args:
        source: Name of the file in messages.
        file: Binary file, open for reading, at its start.
        options: The user's options.

    Raises:
        InputError: As `read_table` raises it.

    Example:
        >>> read_open_table("a text", io.BytesIO(b"t (s),s (m)\n1,2\n3,4\n"), ReadOptions()).summary()
        'x = t (s), y = s (m); 2 points'
    """
    if options.group is not None or options.wide:
        raise InputError("the options group and wide are for tables of several sequences; read them with GroupReader")
    *_, table = read_parts(source, file, options)
    return table.finish()


def read_parts(source: str, file: BinaryIO, options: ReadOptions) -> Iterator[PartialTable]:
    """Read an open file part by part, and yield the table after each part.

    Args:
        source: Name of the file in messages.
        file: Binary file, open for reading, at its start.
        options: The user's options.

    Raises:
        InputError: As `read_table` raises it.
    """
    if not file.seekable():
        file = buffered_file(source, _pieces(file))
    start = file.read(_START)
    if not start.strip():
        raise InputError(f"{source}: it has no points")
    kind = kind_of_file(source, start)
    file.seek(0)
    is_sheet = kind == "xls" or (kind == "zip" and _is_spreadsheet(source, zip_of(source, file)))
    if options.sheet is not None and not is_sheet:
        raise InputError(f"{source}: --sheet is for spreadsheets")
    if kind == "parquet":
        from shapeclf.datasets.tables.parquet_parts import parquet_parts

        yield from parquet_parts(source, file, options)
    elif is_sheet:
        from shapeclf.datasets.tables.spreadsheets import read_spreadsheet

        file.seek(0)
        yield read_spreadsheet(source, file, options)
    else:
        if kind != "text":
            start = _start_of_packed(source, file, kind)

        def reopen() -> BinaryIO:
            file.seek(0)
            return file if kind == "text" else unpacked(source, file, kind)

        yield from _text_parts(source, reopen, start, options)


def buffered_file(source: str, pieces: Iterable[bytes]) -> BinaryIO:
    """Return the content of a stream that cannot seek as a file in memory.

    Raises:
        InputError: The content is too large.
    """
    content = io.BytesIO()
    for piece in pieces:
        content.write(piece)
        if content.tell() > _MAX_HELD:
            raise InputError(f"{source}: more than {_MAX_HELD // 2**20} MiB from a pipe; write it to a file first")
    content.seek(0)
    return content


def _is_spreadsheet(source: str, archive: zipfile.ZipFile) -> bool:
    names = set(archive.namelist())
    if any(name.startswith("word/") for name in names):
        raise InputError(f"{source}: this is a Word document; copy its table into a spreadsheet or a text file")
    if any(name.startswith("ppt/") for name in names):
        raise InputError(f"{source}: this is a presentation; copy its table into a spreadsheet or a text file")
    if "xl/workbook.bin" in names:  # calamine reads these, but damaged ones end the process
        raise InputError(f"{source}: this is a binary workbook (.xlsb); save it as .xlsx")
    if names and all(name.endswith(".npy") for name in names):
        raise InputError(f"{source}: this is a NumPy archive; write the array with numpy.savetxt('points.csv', array)")
    return any(name.startswith("xl/") for name in names) or "content.xml" in names


def _start_of_packed(source: str, file: BinaryIO, kind: str) -> bytes:
    """Return the first bytes of the content of a compressed file.

    Raises:
        InputError: The content is not text.
    """
    start = unpacked(source, file, kind).read(_START)
    if not start.strip():
        raise InputError(f"{source}: it has no points")
    if start[257:262] == b"ustar":
        raise InputError(f"{source}: this is a tar archive; unpack it and give one of its files")
    inner = kind_of_file(source, start)
    if inner != "text":
        raise InputError(f"{source}: compressed twice, or a {inner} file that is compressed; unpack it first")
    return start


def _text_parts(
    source: str, reopen: Callable[[], BinaryIO], start: bytes, options: ReadOptions
) -> Iterator[PartialTable]:
    """Read a text, which ``reopen`` opens at its start; read it once more as Windows-1252 if it is not UTF-8."""

    def parts(text: TextEncoding) -> Iterator[PartialTable]:
        return parts_of_texts(source, decoded(source, _pieces(reopen()), text), options, text.remarks)

    text = encoding_of(source, start, options.encoding)
    try:
        if (options.group is not None or options.wide) and not text.is_guessed:
            # Decode all of the text first: groups that have been yielded cannot be read again as Windows-1252.
            for _ in decoded(source, _pieces(reopen()), text):
                pass
        yield from parts(text)
    except UnicodeError as error:
        if options.encoding is not None or text.encoding != "utf-8":
            reason = one_line(str(getattr(error, "reason", error)))
            raise InputError(f"{source}: not text in {text.encoding} ({reason}); --encoding sets another") from None
        yield from parts(TextEncoding("cp1252", is_guessed=True))


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.read(_PIECE), b"")


def parts_of_texts(
    source: str, texts: Iterator[str], options: ReadOptions, remarks: Sequence[str] = ()
) -> Iterator[PartialTable]:
    """Read a text that comes in pieces, and yield the table after each part.

    Args:
        source: Name of the text in messages.
        texts: Pieces of the text, of any length.
        options: The user's options.
        remarks: Remarks on what was read.
    """
    head, blocks = _head(whole_lines(source, texts, HEAD))
    bare = head.lstrip("\ufeff \t\r\n")
    lists = json_of_lists(bare)
    if lists is not None or bare.startswith(("{", "[")):
        from shapeclf.datasets.tables.json_tables import json_rows

        json_table = json_rows(source, lists or bare, blocks, is_wide=options.wide)
        if json_table is not None:
            yield table_of_rows(source, "row", json_table, "\0", options, remarks)
            return
    table = table_of_text(source, head, options, remarks)
    yield table
    yield from remaining_parts(table, blocks, 1 + line_ends(head))


def table_of_text(source: str, head: str, options: ReadOptions, remarks: Sequence[str] = ()) -> PartialTable:
    """Infer the table of a text from its first lines, and return it with their points."""
    labels = labels_of(head)
    delimiter, rows = rows_of_text(source, head.removeprefix("\ufeff"), options, labels)
    table = table_of_rows(source, "line", rows, delimiter, options, remarks)
    table.labels = labels
    return table


def rows_of_text(
    source: str, text: str, options: ReadOptions, labels: Sequence[str], first: int = 1
) -> tuple[str, list[Row]]:
    """Return the delimiter of a text and its rows of cells; labels of values become a header row.

    Args:
        source: Name of the text in messages.
        text: The first lines, or all.
        options: The user's options.
        labels: Labels in front of the values; see `labels_of`.
        first: Number of the first line.

    Raises:
        InputError: The delimiter is ambiguous, or there are only lists of a program.
    """
    bare = without_labels(text, labels) if labels else text
    lines = list(lines_of(bare, first, mark=options.comment, skip=options.skip_lines))
    check_no_lists(source, lines)
    delimiter, rows = rows_of_lines(source, lines, options)
    return delimiter, _with_names(rows, label_cells(text, labels, delimiter)) if labels else rows


def _with_names(rows: Sequence[Row], names: list[str]) -> list[Row]:
    """Return the rows with a header row of labels before the first row of values, unless a value has no label."""
    first = next((row for row in rows if len(row.cells) == len(names) and "n" in row.kinds), None)
    if first is None or any(kind in "nt" and not name for kind, name in zip(first.kinds[1:], names[1:], strict=True)):
        return list(rows)
    above = Row(first.number, names, kinds_of(names))
    return [each for row in rows for each in ([above, row] if row is first else [row])]


def _head(blocks: Iterator[str]) -> tuple[str, Iterator[str]]:
    """Return the lines from which the layout is inferred, and the blocks of all other lines."""
    held, size = next(blocks, ""), 0
    while line_ends(held) < _HEAD_LINES and (block := next(blocks, "")):
        held += block
    for number, line in enumerate(io.StringIO(held, newline=""), start=1):
        size += len(line)
        if size >= HEAD and number >= _HEAD_LINES:
            break
    return held[:size], itertools.chain(filter(None, [held[size:]]), blocks)


def whole_lines(source: str, texts: Iterable[str], wanted: int = 0) -> Iterator[str]:
    """Yield the lines of a text in blocks of at least ``wanted`` characters; by default as soon as they arrive.

    Raises:
        BadLine: A line is too long.
    """
    held, line = "", 1
    for text in texts:
        held += text
        # A carriage return at the very end may be the first half of CRLF.
        end = held.rfind("\n") + 1 or held.rfind("\r", 0, -1) + 1
        if end and len(held) >= wanted:
            yield held[:end]
            line += line_ends(held[:end])
            held = held[end:]
        if len(held) > LONGEST_LINE + wanted:
            raise too_long(source, line)
    if held:
        yield held
