"""A spreadsheet of few bytes cannot fill the memory, however its cells, texts and members are written."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from shapeclf.datasets.tables import spreadsheets
from shapeclf.datasets.tables.reading import read_table
from shapeclf.errors import InputError

from .binary_sheets import xls
from .writing import ods, xlsx, zipped

_SHEET = "xl/worksheets/sheet1.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_POINTS: list[list[float | str | None]] = [[1.5, 2.5], [3.5, 4.5]]
_CELL, _LAST_CELL = 'r="B2"', "XFD1048576"

_BLANKS = '<text:p><text:s text:c="2000000000"/></text:p>'

Members = dict[str, bytes | str]


def _excel(change: Callable[[str], str]) -> Members:
    return _changed(xlsx({"Data": _POINTS}), _SHEET, change)


def _libre(change: Callable[[str], str]) -> Members:
    return _changed(ods(_POINTS), "content.xml", change)


def _changed(content: bytes, name: str, change: Callable[[str], str]) -> Members:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members: Members = {each: archive.read(each).decode() for each in archive.namelist()}
    before = str(members[name])
    members[name] = change(before)
    assert members[name] != before
    return members


def _moved(target: str) -> Members:
    """Return a spreadsheet whose sheet has a far cell and another name."""
    members = _excel(lambda xml: xml.replace(_CELL, f'r="{_LAST_CELL}"'))
    members[f"xl/{target}"] = members.pop(_SHEET)
    before = str(members[_RELATIONS])
    members[_RELATIONS] = before.replace("worksheets/sheet1.xml", target)
    assert members[_RELATIONS] != before
    return members


def _with_texts(list_of_texts: str) -> Members:
    row = '<row r="3">' + '<c t="s"><v>0</v></c>' * 600 + "</row>"
    return _excel(lambda xml: xml.replace("</sheetData>", f"{row}</sheetData>")) | {
        "xl/sharedStrings.xml": list_of_texts
    }


_TOO_LARGE = {
    "single quotes": _excel(lambda xml: xml.replace(_CELL, f"r='{_LAST_CELL}'")),
    "a space": _excel(lambda xml: xml.replace(_CELL, f'r = "{_LAST_CELL}"')),
    "lower case": _excel(lambda xml: xml.replace(_CELL, f'r="{_LAST_CELL.lower()}"')),
    "after another attribute": _excel(lambda xml: xml.replace(_CELL, f'x="&gt;>" r="{_LAST_CELL}"')),
    "an escape": _excel(lambda xml: xml.replace(_CELL, f'r="&#88;{_LAST_CELL[1:]}"')),
    "a long number": _excel(lambda xml: xml.replace(_CELL, 'r="B4294967295"')),
    "no position": _excel(
        lambda xml: xml.replace("</sheetData>", '<row r="9999"><c r="A2"/>' + "<c/>" * 999 + "</row></sheetData>")
    ),
    "another folder": _moved("other/sheet.xml"),
    "another suffix": _moved("worksheets/sheet.dat"),
    "claimed texts": _with_texts('<sst uniqueCount="4000000000"/>'),
    "a repeated text": _with_texts(f"<sst><si><t>{'a' * 2**20}</t></si></sst>"),
    "repeated rows": _libre(
        lambda xml: xml.replace("table-row>", "table-row table:number-rows-repeated='4000000'>", 1)
    ),
    "repeated blanks": _libre(
        lambda xml: xml.replace(
            "</table:table-row>", f"<table:table-cell>{_BLANKS}</table:table-cell></table:table-row>"
        )
    ),
}


@pytest.mark.parametrize("members", _TOO_LARGE.values(), ids=_TOO_LARGE.keys())
def test_a_few_bytes_that_need_much_memory_are_refused(members: Members, tmp_path: Path) -> None:
    path = tmp_path / "points"
    path.write_bytes(zipped(members))
    with pytest.raises(InputError, match=r": (a sheet of \d+ rows and \d+ columns|its texts are too long).*as CSV$"):
        read_table(path)


def test_the_texts_of_a_binary_workbook_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "points"
    path.write_bytes(xls([["t", "s"], *_POINTS, ["a" * 99, "a" * 99]]))
    assert len(read_table(path)) == 2
    monkeypatch.setattr(spreadsheets, "MAX_TEXT", 150)
    with pytest.raises(InputError, match=r": its texts are too long, or repeated too often; save its table as CSV$"):
        read_table(path)


def test_a_picture_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "points"
    path.write_bytes(zipped(_excel(lambda xml: f"{xml} ") | {"xl/media/image1.png": b"\x89PNG\xff"}))
    assert read_table(path).y.tolist() == [2.5, 4.5]


def test_text_is_checked_in_the_encoding_in_which_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "points"
    hidden = b"\xff\xfe" + "<a>".encode("utf-16-le") + b"<c r='XFD1048576'/>" + "</a>".encode("utf-16-le")
    path.write_bytes(zipped(_excel(lambda xml: f"{xml} ") | {_SHEET: hidden}))
    with pytest.raises(InputError, match=r": a damaged spreadsheet"):
        read_table(path)
    declared = '<!DOCTYPE c [<!ATTLIST c r CDATA "A1">]>'
    path.write_bytes(zipped(_excel(lambda xml: xml.replace("?>", f"?>{declared}"))))
    with pytest.raises(InputError, match=r": a damaged spreadsheet.*declares attributes or entities"):
        read_table(path)
