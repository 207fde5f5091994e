"""Write compressed files, spreadsheets and Parquet files."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["PACKED", "Rows", "edited", "ods", "parquet", "xlsx", "zipped"]

Rows = Sequence[Sequence[float | str | None]]

_XLSX_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_RELATIONS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def zipped(members: dict[str, bytes | str]) -> bytes:
    """Return a ZIP archive of files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return file.getvalue()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": lambda content: zipped({"points.csv": content}),
}
"""Functions that compress a file, by the name of the format."""


def edited(archive: bytes, *replacements: tuple[str, str]) -> bytes:
    """Return a ZIP archive with replacements in the text of all members."""
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        members = {name: file.read(name).decode() for name in file.namelist()}
    for old, new in replacements:
        assert any(old in text for text in members.values()), old
        members = {name: text.replace(old, new) for name, text in members.items()}
    return zipped(dict(members))


def _column(index: int) -> str:
    return chr(ord("A") + index)


def xlsx(sheets: dict[str, Rows]) -> bytes:
    """Return an Excel workbook."""
    members: dict[str, bytes | str] = {
        "[Content_Types].xml": _XLSX_TYPES,
        "_rels/.rels": f'{_RELATIONS}<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
    }
    listed, related = "", ""
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        listed += f'<sheet name="{escape(name)}" sheetId="{number}" r:id="r{number}"/>'
        related += f'<Relationship Id="r{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        body = ""
        for row, cells in enumerate(rows, start=1):
            body += f'<row r="{row}">'
            for column, value in enumerate(cells):
                reference = f'r="{_column(column)}{row}"'
                if isinstance(value, str):
                    body += f'<c {reference} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
                elif value is not None:
                    body += f"<c {reference}><v>{value!r}</v></c>"
            body += "</row>"
        members[f"xl/worksheets/sheet{number}.xml"] = (
            f'<?xml version="1.0"?><worksheet xmlns="{_SHEET}"><sheetData>{body}</sheetData></worksheet>'
        )
    members["xl/workbook.xml"] = (
        f'<?xml version="1.0"?><workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'
    )
    members["xl/_rels/workbook.xml.rels"] = f"{_RELATIONS}{related}</Relationships>"
    return zipped(members)


def ods(rows: Rows) -> bytes:
    """Return a LibreOffice spreadsheet of one sheet."""
    body = ""
    for cells in rows:
        body += "<table:table-row>"
        for value in cells:
            if value is None:
                body += "<table:table-cell/>"
            elif isinstance(value, str):
                text = escape(value)
                body += f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
            else:
                body += f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'
        body += "</table:table-row>"
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{space}:office:1.0" '
        f'xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="Sheet1">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{space}:manifest:1.0">'
        f'<manifest:file-entry manifest:media-type="{kind}" manifest:full-path="/"/></manifest:manifest>'
    )
    return zipped({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})


def parquet(columns: dict[str, Any]) -> bytes:
    """Return a Parquet file."""
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()
