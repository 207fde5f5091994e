"""Cases of each rule of ``docs/reference/reading.md``, by the first cell of the row of the rule.

A case has the content of a file, what is read, and options if there are any. What is read is a list of points, or some
entries of `Table.record`; if the file is refused, it is a part of the error message.
"""

import datetime
import io
import json
import zipfile
from typing import Any

from .binary_sheets import xls
from .writing import PACKED, edited, ods, parquet, xlsx, zipped

__all__ = ["RULES", "Case"]

Case = tuple[str | bytes, Any] | tuple[str | bytes, Any, dict[str, Any]]
POINTS = [(0.5, 1.25), (1.5, 2.75), (2.5, 4.0)]
TEXT = "0.5,1.25\n1.5,2.75\n2.5,4.0\n"
ROWS: list[list[float | str | None]] = [["t", "s"], [0.5, 1.25], [1.5, 2.75], [2.5, 4.0]]
_RECORDS = [{"t": t, "s": s} for t, s in POINTS]
_NAMED = {"x": "t", "y": "s", "first": [0.5, 1.25], "points": 3}
_UNITS = {"x": "t", "y": "s", "x_unit": "s", "y_unit": "m"}
_BY_COLUMN: dict[str, Any] = {"t": {"0": 0.5, "1": 1.5, "2": 2.5}, "s": {"0": 1.25, "1": 2.75, "2": 4.0}}
_METADATA: list[dict[str, Any]] = [
    {"weights": [1, 2]},
    {"metadata": {"resultset": {"offset": 1, "count": 3, "limit": 25}}},
    {"metadata": {"resultset": {"offset": 1, "count": 3, "limit": 25, "total": 3, "page": 1, "pages": 1}}},
    {"axes": {"x": [0, 10], "y": [0, 5]}},
    {"layout": {"xaxis": {"range": [0, 3]}, "yaxis": {"range": [0, 5]}}},
    {"xAxis": {"plotLines": [{"value": 3, "width": 2}]}},
    {"sensors": [{"id": 1, "gain": 2.0}]},
    {"fit": {"parameters": [1.0, 0.9], "errors": [0.1, 0.05]}},
    {"meta": {"shape": [3, 2], "range": [0, 4]}},
]
_LONG = "1,2\n" + "3" * 2**24 + "4" * 2**20 + "\n5,6\n"


def _broken_end(content: bytes) -> bytes:
    """Return a spreadsheet whose table never ends: the letter of a tag has changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return zipped(
        {**members, "content.xml": bytes(members["content.xml"]).replace(b"</table:table>", b"</table:t=ble>")}
    )


def _nameless() -> bytes:
    """Return an archive whose file has no name: its directory gives the length of the name to another field."""
    content = bytearray(zipped({"p": TEXT}))
    offset = content.index(b"PK\x01\x02")
    content[offset + 28], content[offset + 30] = 0, 1
    return bytes(content)


RULES: dict[str, list[Case]] = {
    # Files
    "text": [(TEXT, POINTS)],
    "Excel and LibreOffice: `.xlsx`, `.xls`, `.ods`": [
        (xlsx({"Data": ROWS}), _NAMED),
        (xlsx({"Notes": [["a", "b"]], "Data": ROWS, "More": [[1.5, 2.5], [3.5, 4.5]]}), _NAMED),
        (xlsx({"Data": ROWS, "More": [[1.5, 2.5], [3.5, 4.5]]}), [(1.5, 2.5), (3.5, 4.5)], {"sheet": "more"}),
        (xlsx({"Data": ROWS}), "--sheet '2' is not a sheet: there are 1 to 1 (Data)", {"sheet": "2"}),
        (xlsx({"Notes": [["a", "b"]]}), "it has no points"),
        *((write(ROWS), _NAMED) for write in (ods, xls)),
        (edited(xlsx({"a": [[1, 2], [3, 4.5]], "Data": ROWS}), ('name="a"', 'name="a" state="hidden"')), _NAMED),
        (
            edited(xlsx({"Data": ROWS}), ('name="Data"', 'name="Data" state="hidden"')),
            _NAMED | {"remarks": ["hidden sheet Data"]},
        ),
        *(
            (edited(content, change), _NAMED | {"remarks": ["hidden rows and columns are read"]})
            for content, change in [
                (xlsx({"Data": ROWS}), ('<row r="3"', '<row r="3" hidden="1"')),
                (xlsx({"Data": ROWS}), ("<sheetData>", '<cols><col min="2" max="2" hidden="true"/></cols><sheetData>')),
                (ods(ROWS), ("<table:table-row>", '<table:table-row table:visibility="collapse">')),
            ]
        ),
        (TEXT, "--sheet is for spreadsheets", {"sheet": "1"}),
    ],
    "JSON: records, lists by name, pairs, a list of numbers": [
        (json.dumps(_RECORDS), _NAMED),
        (json.dumps({"t": [0.5, 1.5, 2.5], "s": [1.25, 2.75, 4.0], "title": "fall"}), _NAMED),
        (json.dumps(POINTS), POINTS),
        (json.dumps({"name": "fall", "data": _RECORDS}), _NAMED),
        ("[[1, 500], [2, 1.125]]", [(1, 500), (2, 1.125)]),
        ("[1.5, 2.5, 4.0]", [(1, 1.5), (2, 2.5), (3, 4.0)]),
        (json.dumps({"meta": {"n": 3}, "t": [0.5, 1.5, 2.5], "s": [1.25, 2.75, 4.0]}), _NAMED),
        ('{"t": [1, 2], "s": [1]}', "the lists have different lengths (t 2, s 1)"),
        (json.dumps({"run1": POINTS, "run2": POINTS}), ": there are 2 tables in this JSON (run1, run2); write one of"),
        (
            json.dumps({"runs": {"a": _RECORDS, "b": {"t": [1, 2, 3], "s": [1, 2, 3]}}}),
            ": there are 2 tables in this JSON (runs.a, runs.b)",
        ),
        (json.dumps({"labels": [1, 2], "datasets": [{"label": "s", "data": [3, 4]}]}), "2 tables in this JSON (labels"),
        (json.dumps({"labels": [1, 2, 3], "datasets": [{"data": [3, 4, 6]}]}), "(labels, datasets.data); write"),
        (
            json.dumps({"days": ["2024-03-01", "2024-03-02"], "v": {"data": [3, 4]}}),
            "2 tables in this JSON (days, v.data)",
        ),
        *((json.dumps({**other, "data": _RECORDS}), _NAMED) for other in _METADATA),
        (json.dumps({"sensors": [{"id": 1, "gain": 2.0}], "data": [1.5, 2.5, 4.0]}), [(1, 1.5), (2, 2.5), (3, 4.0)]),
        (json.dumps({"runs": [[1, 2]] * 3, "data": [[n, 2 * n] for n in range(7)]}), {"points": 7}),
        (json.dumps({"range": [0, 2], "data": _BY_COLUMN}), _NAMED),
        ('{"t": 1}', "there is no table in this JSON"),
        ('{"t": [1, 2], "s": [1', ", line 1: not valid JSON"),
    ],
    "JSON as pandas writes it": [
        (json.dumps(_BY_COLUMN), _NAMED),
        (json.dumps({"columns": ["t", "s"], "index": [0, 1, 2], "data": POINTS}), _NAMED),
        (json.dumps({"s": {"0.5": 1.25, "1.5": 2.75}}), [(0.5, 1.25), (1.5, 2.75)]),
        (json.dumps({"columns": ["s"], "index": [0.5, 1.5], "data": [[1.25], [2.75]]}), [(0.5, 1.25), (1.5, 2.75)]),
        (json.dumps({str(n): record for n, record in enumerate(_RECORDS)}), _NAMED),
    ],
    "JSON Lines": [("\n".join(map(json.dumps, _RECORDS)), _NAMED), ("[0.5, 1.25]\n[1.5, 2.75]\n[2.5, 4.0]\n", POINTS)],
    "lists as Python writes them, `x = [0, 1]` and `y = [2, 3]`": [
        ("x = [0.5, 1.5, 2.5]\ny = (1.25, 2.75,\n     4.)  # m\n", POINTS),
        ("x <- c(0.5, 1.5, 2.5)\ny <- c(1.25, 2.75, 4)\n", "is a list in program code; write one point per line"),
    ],
    "Parquet": [
        (parquet({"t (s)": [0.5, 1.5], "note": ["a", "b"], "s": [1, 2]}), {"x": "t", "x_unit": "s", "y": "s"}),
        (
            parquet({"when": [datetime.datetime(2024, 3, 1, 9, minute) for minute in (0, 1)], "s": [1.5, None]}),
            {"x": "when", "x_origin": "2024-03-01T09:00:00", "x_unit": "s", "points": 1, "skipped": 1},
        ),
        (
            parquet({"t": [datetime.time(23, 59), None, datetime.time(0, 1)], "s": [1.5, 2, 3]}),
            {"x": "t", "x_origin": "23:59:00", "x_unit": "s", "points": 2, "skipped": 1, "last": [120, 3]},
        ),
        (
            parquet({"t": [datetime.timedelta(minutes=n, milliseconds=5) for n in range(3)], "s": [1.5, 2, 3]}),
            {"x": "t", "x_origin": None, "x_unit": "s", "first": [0.005, 1.5], "last": [120.005, 3]},
        ),
        (
            parquet(
                {
                    "day": [datetime.date(2024, 2, n) for n in (28, 29)],
                    "t": [datetime.time(n) for n in (2, 1)],
                    "s": [1, 2],
                }
            ),
            {"x": "day t", "x_origin": "2024-02-28T02:00:00", "x_unit": "s", "last": [82800, 2]},
        ),
        (parquet({"t": ["0.5", "1.5"], "s": [1, 2]}), "t holds '0.5 (text)', which cannot be read as a number; "),
        (parquet({"x": ["a"], "y": ["b"]}), "no column holds numbers"),
        (parquet({"x": [1.0, 2.0], "y": [1.0, float("inf")]}), ", row 2, column 2 (y): 'inf' is not finite"),
    ],
    "Markdown tables": [
        ("A table:\n\n| t | s |\n|--:|:-:|\n| 0.5 | 1.25 |\n| 1.5 | 2.75 |\n\nDone.\n", {"x": "t", "y": "s"})
    ],
    "Stata's `list`": [
        (
            "     +-------+\n     | t   s |\n     |-------|\n  1. | 1   2 |\n  2. | 3   4 |\n     +-------+\n",
            [(1, 2), (3, 4)],
        )
    ],
    "`.gz`, `.bz2`, `.xz`, `.zip` of one file": [(pack(TEXT.encode()), POINTS) for pack in PACKED.values()],
    "UTF-8, with or without a byte order mark": [
        ("Höhe,µ\n1,2\n3,4\n", {"x": "Höhe", "y": "µ"}),
        ("\ufeffHöhe,µ\n1,2\n3,4\n", {"x": "Höhe", "y": "µ"}),
        ("\ufeff" + TEXT, POINTS),
    ],
    "UTF-16 with a byte order mark": [
        (TEXT.encode("utf-16"), POINTS),
        (TEXT.encode("utf-16-le"), "not text (there is a NUL byte); --encoding utf-16-le may read it"),
        (TEXT.encode("utf-16-le"), POINTS, {"encoding": "utf-16-le"}),
        (
            TEXT.encode(),
            "not text in utf-16 (UTF-16 stream does not start with BOM); --encoding sets another",
            {"encoding": "utf-16"},
        ),
        (TEXT.encode(), "not text in punycode (", {"encoding": "punycode"}),
    ],
    "any other encoding": [
        (
            "Höhe,s\n1,2\n3,4\n".encode("cp1252"),
            {"x": "Höhe", "remarks": ["read as Windows-1252 (--encoding sets another)"]},
        ),
        ("Höhe,s\n1,2\n3,4\n".encode("cp850"), {"x": "Höhe"}, {"encoding": "cp850"}),
        (TEXT, "--encoding 'utf-9': there is no such encoding", {"encoding": "utf-9"}),
    ],
    # Lines
    "LF, CRLF, CR at line ends": [(TEXT.replace("\n", end), POINTS) for end in ("\n", "\r\n", "\r")],
    "empty lines, and lines of delimiters alone": [
        (f"\n\n,\n{TEXT},,\n\n", POINTS),
        (TEXT.replace("\n", "\n\n"), POINTS),
    ],
    "comments: `#`, `%`, `//`": [
        ("# a\n0.5,1.25 # b\n% c\n1.5,2.75// d\n  // e\n2.5,4.0 % off\n", POINTS),
        ("! a\n0.5,1.25 ! b\n1.5,2.75\n2.5,4.0\n", POINTS, {"comment": "!"}),
        ("t,note,s\n0.5,run # 1,1.25\n1.5,http://a,2.75\n", [(0.5, 1.25), (1.5, 2.75)]),
    ],
    "`t: 0.5, s: 1.25` in most lines, or `t=0.5 s=1.25`": [
        *(
            ("ready\n" + "".join(f"t{mark}{t}{gap}s{mark}{s}\n" for t, s in POINTS), _NAMED)
            for mark, gap in [(": ", ", "), (":", "\t"), ("=", " "), (" = ", "; ")]
        ),
        ("".join(f"09:00:0{n} volt: {s} V\n" for n, (_, s) in enumerate(POINTS)), {"y": "volt", "last": [2, 4]}),
        ("Rate: 10\nGain: 3\n" + TEXT, POINTS),
    ],
    "`(0.5, 1.25)`, `[0.5 1.25]`, `[09:00] 21.5`, `09:00:00 -> 21.5`": [
        ("(0.5, 1.25),\n(1.5, 2.75),\n(2.5, 4.0)\n", POINTS),
        ("[[0.5 1.25]\n [1.5 2.75]\n [2.5 4. ]]\n", POINTS),
        ("[09:00] 21.5;1\n[09:01] 21.7;2\n", [(0, 21.5), (60, 21.7)]),
        ("[2024-03-01 09:00:00] 21.5\n[2024-03-01 09:00:01] 21.7\n", [(0, 21.5), (1, 21.7)]),
        ("09:00:01.500 -> 512\n09:00:02.000 -> 514\n", [(0, 512), (0.5, 514)]),
    ],
    "`sep=;` in the first line": [("sep=;\n" + TEXT.replace(",", ";"), POINTS), ('"sep=,"\n' + TEXT, POINTS)],
    "a preamble": [
        ("Logger 4\nRate,10\nUnits,V\n\n" + TEXT, POINTS),
        ("a b\nRate,10\nt,s\n" + TEXT, _NAMED),
        ("7,8\n9,9\n" + TEXT, POINTS, {"skip_lines": 2}),
        ("1;2;3\n\n0.5 1.25\n1.5 2.75\n2.5 4.0\n", POINTS),
    ],
    "lines below the table, numbers above it": [
        ("a,b\n1,2\n3,4\n\nt,s\n" + TEXT, _NAMED | {"remarks": ["lines 2 to 3 not read"]}),
        (TEXT + "\nMean,2.7\n", {"points": 3, "remarks": ["line 5 not read"]}),
        (TEXT + "end of run\nby AB\n", {"points": 3, "remarks": ["lines 4 to 5 not read"]}),
        (TEXT + "Mean,2.7\n", ", line 4, column 1: 'Mean' is not a number; --skip-bad leaves such rows out"),
    ],
    "several tables below each other": [
        *(
            (
                TEXT + between + TEXT,
                ", column 1: x begins again after an empty line or a comment; write each table to a ",
            )
            for between in ("\n", "# run 2\n", "\n\n# run 2\n")
        ),
        ("t;s\n3;0,5\n2;1\n1;2\n\n3;0,5\n2;1,5\n1;3\n", ", line 6, column 1 (t): x begins again after"),
        (TEXT + "\n3.5,5\n4.5,6\n5.5,6\n", {"points": 6, "last": [5.5, 6]}),
        (TEXT + "\n1.5,5\n0.5,6\n-0.5,6\n", {"points": 6, "last": [-0.5, 6]}),
        ("2024-03-01,1\n2024-03-02,2\n2024-03-03,3\n\n" * 2, ", line 5, column 1: x begins again after"),
        ("09:00,1\n09:01,2\n09:02,3\n\n" * 2, {"points": 6}),
        ("t,s\n0,1\n1,2\n2,4\n,,\n0,1\n1,3\n2,9\n", ", line 6, column 1 (t): x begins again after"),
        ("l T\n400 9\n410 8\n420 8\n430 7\n\n# 2\n425 7\n435 6\n445 5\n", {"points": 7, "last": [445, 5]}),
        ("x,y\n0,1\n2,3\n4,5\n6,7\n# added\n3,4\n5,6\n7,8\n", {"points": 7, "last": [7, 8]}),
        ("hour,s\n21,8\n22,7\n23,7\n# new day\n0,6\n1,6\n2,5\n", {"points": 6, "last": [2, 5]}),
        ("hour,s\n0,8\n12,7\n23,7\n# new day\n0,6\n12,6\n23,5\n", {"points": 6, "last": [23, 5]}),
        ('l,s,note\n1,2,\n2,3,\n3,4,"two\nlines"\n1.5,2,\n2.5,3,\n3.5,4,\n', {"points": 6, "last": [3.5, 4]}),
        (TEXT + TEXT, POINTS * 2),
    ],
    "a line of more than 16 MiB": [(_LONG, ", line 2: the line is longer than 16 MiB")],
    # Header
    "names above the columns": [
        ("Fall, run 2\nt,s\n\n" + TEXT, _NAMED),
        ("time, volt\n" + TEXT.replace(",", "\t"), {"x": "time", "y": "volt"}),
    ],
    "names in a comment, `# t s`": [
        ("# fall\n# t, s\n" + TEXT, _NAMED),
        ("# t s\n" + TEXT, _NAMED),
        ("#t   s\n" + TEXT.replace(",", " "), _NAMED),
        ("# made by\nt,s\n" + TEXT, _NAMED),
        ("; made by AB\n; t s\n" + TEXT.replace(",", " "), _NAMED),
        ("# made by hand\n" + TEXT, {"x": None, "y": None}),
    ],
    "a row of units below the names": [
        ("t,s\ns,m\n" + TEXT, _UNITS),
        ("t,s\n[s],[m]\n" + TEXT, _UNITS),
        ("t,s\n(s),\n" + TEXT, _UNITS | {"y_unit": None}),
        (
            "x-axis,1,2\nsecond,Volt,Volt\n0.5,1.25,3\n1.5,2.75,4\n",
            {"x": "x-axis", "y": "1", "x_unit": "second", "y_unit": "Volt"},
        ),
        ("t\ts\ns\tm\n\tsample 1\n" + TEXT.replace(",", "\t"), _UNITS),
    ],
    "`Units` in front of a row of units": [
        ("Quantity,t,s\nUnit,s,m\n1,0.5,1.25\n2,1.5,2.75\n3,2.5,4\n", _UNITS | {"other_columns": [""]}),
        ("Units,s\n1,2\n2,4\n3,5\n", {"y": "s", "last": [3, 5]}),
    ],
    "units after the names, `t (s)` `t [s]` `t / s` `t/s` `t in s`": [
        *(
            (f"{x},{y}\n{TEXT}", _UNITS)
            for x, y in [
                ("t (s)", "s (m)"),
                ("t [s]", "s [m]"),
                ("t / s", "s / m"),
                ("t/s", "s/m"),
                ("t in s", "s in m"),
            ]
        ),
        ("t (s)   s (m)\n" + TEXT.replace(",", "  "), _UNITS),
        ("f(t),s_m\n" + TEXT, {"x": "f(t)", "y": "s_m", "x_unit": None, "y_unit": None}),
    ],
    "units in every cell, `0.05 s` `12 %`": [
        ("t,s\n0.5 s,1.25m\n1.5 s,2.75m\n", _UNITS),
        ("t,s\n1,12%\n2,13%\n", {"x_unit": None, "y_unit": "%", "first": [1, 12]}),
        ("t,s\n5 ms,1\n1 s,2\n", ", line 3, column 1 (t): '1 s' has the unit s, other rows ms"),
    ],
    "a first row such as `2020,2021` above other numbers, or of whole numbers above fractions": [
        (
            "2020,2021\n1,2\n2,4\n",
            ", line 1: 2020, 2021 may be names or the first values; give --header yes or --header no",
        ),
        ("0,1\n0.5,1.2\n0.7,1.9\n", ", line 1: 0, 1 may be names"),
        ("0,1\n0.5,1.2\n1,1.9\n", [(0, 1), (0.5, 1.2), (1, 1.9)]),
        ("2020,2021\n1,2\n2,4\n", {"x": "2020", "first": [1, 2]}, {"header": "yes"}),
        ("2020,2021\n1,2\n2,4\n", {"x": None, "first": [2020, 2021]}, {"header": "no"}),
        ("2020,5\n2021,7\n2022,8\n", [(2020, 5), (2021, 7), (2022, 8)]),
    ],
    "more or fewer names than columns": [
        ("0\n,0\n,0", {"y": None, "points": 2, "other_columns": ["0"]}, {"header": "yes"}),
        ("t,s\n1,0,1\n2,5,6\n", ", line 2: 3 cells, but the header (line 1) has 2"),
        ("a,t,s\n1,0\n2,5\n", ", line 2: 2 cells, but the header (line 1) has 3"),
        ("t,s\n1,0,1\n2,5,6\n", [(1, 0), (2, 5)], {"header": "no"}),
        ('"t" "s"\n"1" 0.5 1.25\n"2" 1.5 2.75\n', {"x": "t", "other_columns": [""], "first": [0.5, 1.25]}),
        ('"t" "s"\n"Mazda RX4" 0.5 1.25\n"Hornet" 1.5 2.75\n', {"x": "t", "first": [0.5, 1.25]}),
    ],
    # No table of points
    "nothing, only a header, only words": [
        ("", "it has no points"),
        ("t,s\n", "no line holds a number"),
        ("Hello\nworld\n", "no line holds a number"),
    ],
    "one row": [
        ("t,s\n1,2\n", ", line 2: there is only one row of values"),
        ("1,2,3,4,5,6\n", ", line 1: there is only one row"),
    ],
    "a transposed table": [
        ("t,1,2,3,4,5,6\ns,2,4,6,8,9,9\n", ": the table is transposed: 2 rows (t, s) of 6 numbers; transpose it"),
        ("t,1,2,3\ns,2,4,6\n", ": the table is transposed: 2 rows (t, s) of 3 numbers"),
        ("1,2,3,4,5,6\n2,4,6,8,9,9\n", ": the table is transposed: 2 rows of 6 numbers"),
        ("," * 5000 + "1\n", "5001 cells in one line"),
    ],
    "XML, HTML, PDF, pictures, HDF5, MATLAB and NumPy files, pickles, databases, Word documents, `.xlsb`": [
        ("<?xml version='1.0'?><a/>", "this is XML or HTML"),
        ("<!DOCTYPE html><table></table>", "this is XML or HTML"),
        (b"%PDF-1.4 ...", "this is a PDF document; copy its table"),
        (b"\x89PNG\r\n", "this is a picture (PNG)"),
        (b"\x89HDF\r\n", "this is an HDF5 file; export"),
        (b"MATLAB 5.0 MAT-file", "this is a MATLAB file; save the table with writematrix"),
        (b"\x93NUMPY\x01", "this is a NumPy array; write it with numpy.savetxt"),
        (zipped({"a.npy": b""}), "this is a NumPy archive"),
        (b"\x80\x04\x95...", "this is a pickle, which could run code"),
        (b"SQLite format 3\x00", "this is a database (SQLite)"),
        (zipped({"xl/workbook.bin": b""}), "this is a binary workbook (.xlsb); save it as .xlsx"),
        (zipped({"word/document.xml": "", "[Content_Types].xml": ""}), "this is a Word document"),
    ],
    "a folder, a ZIP file of several files, an archive": [
        (
            zipped({"a.csv": TEXT, "b.csv": TEXT}),
            "a ZIP file of 2 files (a.csv, b.csv); unpack it and give one of them",
        ),
        (zipped({}), "a ZIP file of 0 files"),
        (b"7z\xbc\xaf", "this is a 7-Zip archive"),
    ],
    "text with NUL bytes": [("1,2\n3,\x004\n", ", line 2: not text (there is a NUL byte)")],
    "a file that is damaged or cut off": [
        (PACKED["gzip"](TEXT.encode())[:-12], "damaged compressed file"),
        (PACKED["zip"](TEXT.encode())[:-30], "damaged ZIP file"),
        (_nameless(), "File name in directory '' and header b'p' differ"),
        (xlsx({"Data": ROWS})[:-40], "damaged ZIP file"),
        (_broken_end(ods(ROWS)), "a damaged spreadsheet, or of an unknown kind (not well-formed"),
        (xls(ROWS)[:1600], "a damaged spreadsheet, or of an unknown kind ("),
        (
            xls(ROWS).replace(b"\x0e\0\1\0\1\0", b"\x0e\0\1\0\xff\xff"),
            "there is no table that can be",
        ),
        (xls(ROWS) + "EncryptedPackage".encode("utf-16-le"), "the spreadsheet is locked by a password"),
        (parquet({"x": [1.0]})[:-20], "not a Parquet file, or a damaged one"),
    ],
}
