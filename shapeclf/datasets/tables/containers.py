"""Detect the kind of a file, decompress it, and decode its text."""

import bz2
import codecs
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, final

from shapeclf._text import one_line, printable
from shapeclf.errors import InputError

__all__ = ["BOMS", "TextEncoding", "decoded", "encoding_of", "kind_of_file", "unpacked", "zip_of"]

# Exceptions that the readers of compressed files raise for damaged or malicious files
_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError, ValueError)

_KINDS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"PAR1": "parquet",
    b"\xd0\xcf\x11\xe0": "xls",
}
_OPENERS: dict[str, Callable[[BinaryIO], Any]] = {
    "gzip": lambda file: gzip.GzipFile(fileobj=file),
    "bzip2": bz2.BZ2File,
    "xz": lzma.LZMAFile,
}
_REFUSED = {
    b"%PDF": "a PDF document; copy its table into a text file or a spreadsheet",
    b"\x89PNG": "a picture (PNG); the numbers are needed, not their picture",
    b"\xff\xd8\xff": "a picture (JPEG); the numbers are needed, not their picture",
    b"GIF8": "a picture (GIF); the numbers are needed, not their picture",
    b"II*\x00": "a picture (TIFF); the numbers are needed, not their picture",
    b"MM\x00*": "a picture (TIFF); the numbers are needed, not their picture",
    b"BM": "a picture (BMP); the numbers are needed, not their picture",
    b"\x89HDF": "an HDF5 file; export the data set as CSV or Parquet",
    b"MATLAB 5.0": "a MATLAB file; save the table with writematrix(..., 'points.csv')",
    b"\x93NUMPY": "a NumPy array; write it with numpy.savetxt('points.csv', array, delimiter=',')",
    b"ARROW1": "a Feather file; write it as Parquet or CSV",
    b"SQLite format 3": "a database (SQLite); export the table as CSV",
    b"\x80\x04\x95": "a pickle, which could run code; write the table as CSV or Parquet",
    b"\x80\x05\x95": "a pickle, which could run code; write the table as CSV or Parquet",
    b"{\\rtf": "an RTF document; copy its table into a text file or a spreadsheet",
    b"7z\xbc\xaf": "a 7-Zip archive; unpack it first",
    b"Rar!": "a RAR archive; unpack it first",
    b"\x28\xb5\x2f\xfd": "compressed (Zstandard); unpack it first",
}
_MARKUP = (b"<?xml", b"<!doctype", b"<html", b"<svg", b"<table")
# A file may decompress to 64 MiB, or to 200 times its size if that is more, but never to more than 512 MiB.
_MAX_BYTES = 2**29
_RATIO = 200
_UNSUSPICIOUS = 2**26
_PIECE = 2**18
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def kind_of_file(source: str, start: bytes) -> str:
    r"""Return the kind of a file, by its first bytes.

    Returns:
        ``"gzip"``, ``"bzip2"``, ``"xz"``, ``"zip"``, ``"parquet"``, ``"xls"`` or ``"text"``.

    Raises:
        InputError: The file is of a kind that holds no table of points.

    Example:
        >>> kind_of_file("t.csv", b"x,y\n1,2\n")
        'text'
    """
    for mark, what in _REFUSED.items():
        if start.startswith(mark) and (mark != b"BM" or b"\0" in start[:32]):
            raise InputError(f"{source}: this is {what}")
    bare = start.removeprefix(codecs.BOM_UTF8).lstrip()[:9].lower()
    if bare.startswith(_MARKUP):
        raise InputError(f"{source}: this is XML or HTML, not a table; save it as CSV or as a spreadsheet (.xlsx)")
    return next((kind for mark, kind in _KINDS.items() if start.startswith(mark)), "text")


@final
class _Bounded(io.RawIOBase):
    """The content of a compressed file, up to a limit: a few bytes may decompress to more than the memory holds."""

    def __init__(self, source: str, inner: BinaryIO, packed_bytes: int) -> None:
        self._source, self._inner = source, inner
        self._bound = min(_MAX_BYTES, max(_UNSUSPICIOUS, _RATIO * packed_bytes))
        self._done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        try:
            piece = self._inner.read(len(buffer))
        except _DAMAGE as error:
            reason = one_line(str(error)) or type(error).__name__
            advice = "copy it again, or unpack it first"
            raise InputError(f"{self._source}: damaged compressed file ({reason}); {advice}") from None
        self._done += len(piece)
        if self._done > self._bound:
            raise InputError(
                f"{self._source}: unpacks to more than {self._bound // 2**20} MiB; unpack it first if this is intended"
            )
        buffer[: len(piece)] = piece
        return len(piece)


def unpacked(source: str, file: BinaryIO, kind: str) -> BinaryIO:
    """Return the content of a compressed file as a stream.

    Args:
        source: Name of the file in messages.
        file: Binary file, open for reading.
        kind: Kind of the file, as `kind_of_file` returns it.

    Raises:
        InputError: An archive does not hold exactly one file.
    """
    packed_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    inner = _OPENERS[kind](file) if kind in _OPENERS else _only_member(source, zip_of(source, file))
    return io.BufferedReader(_Bounded(source, inner, packed_bytes), _PIECE)


def zip_of(source: str, file: BinaryIO) -> zipfile.ZipFile:
    """Return the archive in a file.

    Raises:
        InputError: The archive is damaged.
    """
    try:
        return zipfile.ZipFile(file)
    except _DAMAGE as error:
        reason = one_line(str(error))
        raise InputError(f"{source}: damaged ZIP file ({reason}); copy it again, or unpack it first") from None


def _only_member(source: str, archive: zipfile.ZipFile) -> BinaryIO:
    # A damaged archive may hold a file without a name, which zipfile's own is_dir() does not expect.
    names = [name for name in archive.namelist() if not name.endswith("/") and "__MACOSX/" not in name]
    if len(names) != 1:
        shown = ", ".join(printable(name) for name in names[:5])
        raise InputError(f"{source}: a ZIP file of {len(names)} files ({shown}); unpack it and give one of them")
    try:
        return archive.open(names[0])  # type: ignore[return-value]
    except _DAMAGE as error:
        raise InputError(f"{source}: {printable(str(error))}; unpack it first") from None


@final
@dataclass(frozen=True)
class TextEncoding:
    """The encoding of a text.

    Attributes:
        encoding: Name of the encoding in Python.
        is_guessed: Whether it was chosen only because the text is not UTF-8.
    """

    encoding: str
    is_guessed: bool = False

    @property
    def remarks(self) -> list[str]:
        """Remarks on the encoding, for the summary of what was read."""
        return ["read as Windows-1252 (--encoding sets another)"] if self.is_guessed else []


def encoding_of(source: str, start: bytes, name: str | None) -> TextEncoding:
    """Return the encoding of a text.

    It is ``name`` if that is given. Otherwise, by the first bytes ``start``, it is the encoding of a byte order mark,
    UTF-8, or else Windows-1252.

    Raises:
        InputError: There is no such encoding, or the bytes are not text.
    """
    if name is not None:
        try:
            codecs.lookup(name)
            "1".encode(name).decode(name)
        except (LookupError, UnicodeError, TypeError, ValueError):
            raise InputError(
                f"--encoding {name!r}: there is no such encoding; give utf-8, utf-16, cp1252 or another of Python's"
            ) from None
        return TextEncoding("utf-8-sig" if name.lower().replace("_", "-") in ("utf-8", "utf8") else name)
    for mark, encoding in BOMS.items():
        if start.startswith(mark):
            return TextEncoding(encoding)
    if b"\0" in start:
        pairs = start[: len(start) // 2 * 2]
        wide = {"utf-16-le": pairs[1::2], "utf-16-be": pairs[0::2]}
        fix = next(
            (f"; --encoding {name} may read it" for name, half in wide.items() if half.count(0) > len(half) / 2),
            "; export the table as CSV",
        )
        line = start[: start.index(b"\0")].count(b"\n") + 1
        raise InputError(f"{source}, line {line}: not text (there is a NUL byte){fix}")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return TextEncoding("cp1252", is_guessed=True)
    return TextEncoding("utf-8")


def decoded(source: str, pieces: Iterator[bytes], text: TextEncoding) -> Iterator[str]:
    """Yield the text of pieces of bytes.

    Raises:
        UnicodeDecodeError: The bytes are not text in this encoding.
        InputError: A later piece holds NUL bytes.
    """
    errors = "replace" if text.is_guessed else "strict"
    decoder = codecs.getincrementaldecoder(text.encoding)(errors)
    for piece in pieces:
        text_piece = decoder.decode(piece)
        if "\0" in text_piece:
            raise InputError(f"{source}: not text (there is a NUL byte); export the table as CSV")
        yield text_piece
    yield decoder.decode(b"", final=True)
