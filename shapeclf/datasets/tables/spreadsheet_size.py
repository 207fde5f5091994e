"""Check the members of a spreadsheet (.xlsx, .ods) before they are read.

The reader of spreadsheets reserves memory for the largest row times the largest column, copies a text for every cell
that repeats it, and never ends its search in XML that is not well-formed. So a few bytes could fill the memory.
"""

import io
import re
import zipfile
from typing import final
from xml.parsers import expat

from shapeclf.errors import InputError

__all__ = ["MAX_TEXT", "checked_archive", "too_much_text"]

_LARGEST_UNPACKED = 2**28
_MAX_CELLS = 2**22
MAX_TEXT = 2**29
"""Largest number of characters of all cells, with the repeated ones."""
_XML = (".xml", ".rels")
_REFERENCE = re.compile(r"([A-Za-z]{1,7})([0-9]{1,10})")


def checked_archive(source: str, content: bytes) -> tuple[bytes, bool]:
    """Check the XML of a spreadsheet, and return an archive that holds only the XML and the media type.

    The second value is whether a sheet has hidden rows or columns.

    Args:
        source: Name of the file in messages.
        content: Content of the file.

    Raises:
        InputError: The file unpacks to too many bytes, or a sheet has too many cells or too much text.
        ExpatError: The file holds XML that is not well-formed.
        ValueError: It declares attributes or entities, gives a cell no valid position, or holds a member twice.
    """
    archive, checked = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    if sum(info.file_size for info in archive.infolist()) > _LARGEST_UNPACKED:
        raise InputError(f"{source}: unpacks to more than {_LARGEST_UNPACKED // 2**20} MiB; save the sheet as CSV")
    longest, uses, is_hidden = 0, 0, False
    with zipfile.ZipFile(checked, "w") as copy:
        for info in archive.infolist():
            if info.filename in copy.NameToInfo:
                raise ValueError("two members have one name")
            with archive.open(info) as member:
                xml = member.read()
            if info.filename == "mimetype":
                copy.writestr(info.filename, xml)
                continue
            size = _MemberSize()
            try:
                size.parse(xml)
            except (expat.ExpatError, UnicodeDecodeError):
                if info.filename.endswith(_XML):
                    raise
                continue  # a picture; it is left out, since the reader might take its bytes for a sheet
            if size.rows * size.columns > _MAX_CELLS:
                raise InputError(
                    f"{source}: a sheet of {size.rows} rows and {size.columns} columns; save its table as CSV"
                )
            is_hidden = is_hidden or size.is_hidden
            longest, uses = max(longest, size.longest), max(uses, size.uses)
            if size.entries > _MAX_CELLS or size.copied + longest * uses > MAX_TEXT:
                raise too_much_text(source)
            copy.writestr(info.filename, xml)
    return checked.getvalue(), is_hidden


def too_much_text(source: str) -> InputError:
    """Return the error of a spreadsheet whose cells hold more text than is allowed."""
    return InputError(f"{source}: its texts are too long, or repeated too often; save its table as CSV")


@final
class _MemberSize:
    """The size of the sheet, or of the list of shared texts, in a member of a spreadsheet.

    Attributes:
        rows: Largest row with a cell.
        columns: Largest column with a cell.
        uses: Number of cells that refer to a shared text.
        entries: Number of shared texts that the member claims to hold.
        longest: Number of characters of the longest text.
        copied: Number of characters of all texts, each as often as its cell is repeated.
        is_hidden: Whether a row or column is hidden.
    """

    def __init__(self) -> None:
        self.rows = self.columns = self.uses = self.entries = self.longest = self.copied = 0
        self.is_hidden = False
        self._row = self._column = 0  # current position
        self._repeated_rows = 1
        self._is_used = False  # whether the current row of LibreOffice has a value
        self._length, self._copies = 0, 1  # of the current text
        self._handlers = {
            "row": self._start_row,
            "col": self._note_hidden,
            "table-column": self._note_hidden,
            "c": self._start_cell,
            "si": lambda attributes: self._start_text(1),
            "sst": self._start_list,
            "table-row": self._start_repeated_row,
            "table-cell": self._start_repeated_cell,
            "covered-table-cell": self._start_repeated_cell,
            "p": lambda attributes: self._use_cell(),
            "s": self._add_blanks,
        }

    def parse(self, xml: bytes) -> None:
        """Find the size.

        Raises:
            ExpatError: The XML is not well-formed.
            ValueError: It declares attributes or entities, which readers treat differently, or a cell has no valid
                position.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.CharacterDataHandler = self._add_text
        parser.AttlistDeclHandler = parser.EntityDeclHandler = _refuse_declaration
        # As UTF-8 whatever encoding the file declares, since the reader of sheets decodes it so.
        parser.Parse(xml.decode(), True)
        self._start_text(1)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        handler = self._handlers.get(name.rpartition(":")[2])
        if handler is not None:
            handler({key.rpartition(":")[2]: value for key, value in attributes.items()})

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row, self._column = int(attributes.get("r", self._row + 1)), 0
        self._note_hidden(attributes)

    def _note_hidden(self, attributes: dict[str, str]) -> None:
        is_hidden = attributes.get("hidden") in ("1", "true") or attributes.get("visibility") in ("collapse", "filter")
        self.is_hidden = self.is_hidden or is_hidden

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._column += 1
        if "r" in attributes:
            found = _REFERENCE.fullmatch(attributes["r"])
            if found is None:
                raise ValueError(f"{attributes['r']!r:.20} is not a cell")
            self._row, self._column = max(self._row, int(found[2])), 0
            for letter in found[1].upper():
                self._column = self._column * 26 + ord(letter) - 64
        self.rows, self.columns = max(self.rows, self._row), max(self.columns, self._column)
        self.uses += attributes.get("t") == "s"
        self._start_text(1)

    def _start_list(self, attributes: dict[str, str]) -> None:
        self.entries = max(int(attributes.get(name, 0)) for name in ("count", "uniqueCount"))

    def _start_repeated_row(self, attributes: dict[str, str]) -> None:
        self._note_hidden(attributes)
        self._repeated_rows = int(attributes.get("number-rows-repeated", 1))
        self._column, self._is_used = 0, False
        self.rows += 1  # empty rows at the end of a sheet are repeated a million times, and not read

    def _start_repeated_cell(self, attributes: dict[str, str]) -> None:
        repeated = int(attributes.get("number-columns-repeated", 1))
        self._column += repeated
        self._start_text(repeated * self._repeated_rows)
        if any("value" in name for name in attributes):
            self._use_cell()

    def _use_cell(self) -> None:
        self.columns = max(self.columns, self._column)
        if not self._is_used:
            self.rows += self._repeated_rows - 1
        self._is_used = True

    def _start_text(self, copies: int) -> None:
        self.longest = max(self.longest, self._length)
        self.copied += self._length * self._copies
        self._length, self._copies = 0, copies

    def _add_text(self, text: str) -> None:
        self._length += len(text)

    def _add_blanks(self, attributes: dict[str, str]) -> None:
        blanks = attributes.get("c", "1").lstrip("+")
        self._length += int(blanks) if blanks.isdecimal() else 1


def _refuse_declaration(*declaration: object) -> None:
    raise ValueError("it declares attributes or entities")
