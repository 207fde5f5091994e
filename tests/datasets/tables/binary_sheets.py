"""Write binary workbooks of Excel byte by byte, since the tests have no package that writes them.

The records are those of Microsoft's [MS-XLS] and [MS-CFB], as few as a reader needs.
"""

import struct

from .writing import Rows

__all__ = ["xls"]

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def xls(rows: Rows) -> bytes:
    """Return a workbook of Excel 97 to 2003 (BIFF8) with one sheet."""

    def record(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    begin = struct.pack("<HHHHII", 0x600, 0, 0x0DBB, 1996, 0, 0x600)
    sheet = record(0x809, begin[:2] + struct.pack("<H", 0x10) + begin[4:])
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            cell = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                text = value.encode("utf-16-le")
                sheet += record(0x204, cell + struct.pack("<HB", len(text) // 2, 1) + text)
            elif value is not None:
                sheet += record(0x203, cell + struct.pack("<d", value))
    sheet += record(0x0A)
    globals_ = record(0x809, begin[:2] + struct.pack("<H", 0x05) + begin[4:]) + record(0x42, struct.pack("<H", 1200))
    name = b"\x06\x00Sheet1"
    start = len(globals_) + 4 + 6 + len(name) + 4
    globals_ += record(0x85, struct.pack("<IBB", start, 0, 0) + name) + record(0x0A)
    return _compound_file("Workbook", globals_ + sheet)


def _compound_file(name: str, stream: bytes) -> bytes:
    """Return an OLE file that holds one stream, long enough not to be a mini stream."""
    stream = stream.ljust(4096, b"\0")
    count = -(-len(stream) // _SECTOR)
    chain = [_FAT, _END, *range(3, count + 2), _END]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(_SECTOR, b"\xff")
    entries = b"".join(
        title.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBBIII", 2 * len(title) + 2, kind, 1, _FREE, _FREE, child)
        + bytes(36)
        + struct.pack("<IQ", first, size)
        for title, kind, child, first, size in (("Root Entry", 5, 1, _END, 0), (name, 2, _FREE, 2, len(stream)))
    )
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0, 0)
    return header.ljust(_SECTOR, b"\xff") + table + entries.ljust(_SECTOR, b"\0") + stream.ljust(count * _SECTOR, b"\0")
