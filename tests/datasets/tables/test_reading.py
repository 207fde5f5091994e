"""Each file of ``files`` is read as its entry in ``expected.json`` says, or refused with the message that it gives."""

import gzip
import io
import json
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shapeclf.datasets.tables import containers, points, times
from shapeclf.datasets.tables.reading import read_open_table, read_table
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import InputError

from . import exports, more_exports
from .writing import ods, xlsx, zipped

FILES = Path(__file__).parent / "files"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
_MAKERS = exports.EXPORTS | more_exports.EXPORTS
_KEYS = ("x", "y", "y_error", "x_unit", "y_unit", "x_origin", "points", "skipped")


@pytest.mark.parametrize("name", [name for name, want in EXPECTED.items() if "refused" not in want])
def test_files_that_are_read(name: str) -> None:
    want = EXPECTED[name]
    table = read_table(FILES / name)
    found = table.record()
    assert {key: found[key] for key in _KEYS if key in want} == {key: want[key] for key in _KEYS if key in want}
    for end in ("first", "last"):
        if end in want:
            assert found[end] == pytest.approx(want[end], rel=0.03, abs=1e-9)
    assert sorted(found["other_columns"]) == sorted(want.get("other_columns", []))
    assert all(want[axis] in table.summary() for axis in "xy" if want.get(axis))


@pytest.mark.parametrize("name", [name for name, want in EXPECTED.items() if "refused" in want])
def test_files_that_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"(?i){EXPECTED[name]['refused']}") as raised:
        read_table(FILES / name)
    assert re.match(rf"{re.escape(str(FILES / name))}[:,] ", str(raised.value))
    assert "\n" not in str(raised.value)


def test_every_file_has_its_entry() -> None:
    assert {path.name for path in FILES.iterdir()} - {"expected.json", "README.md"} == set(EXPECTED)


def test_dates_in_the_future_do_not_begin_with_the_year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "points.csv"
    path.write_text("t;s\n28.03.19;1\n28.03.20;2\n", encoding="utf-8")
    monkeypatch.setattr(times, "_this_year", lambda: 2026)
    assert read_table(path).record()["x_origin"] == "2019-03-28"
    monkeypatch.setattr(times, "_this_year", lambda: 2027)
    with pytest.raises(InputError, match="may begin with the year or the day"):
        read_table(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.csv: there is no such file$"):
        read_table(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match=r": a folder, not a file$"):
        read_table(tmp_path)
    path = tmp_path / "points.csv"
    path.write_text("1,2\n3,4\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"points\.csv/below\.csv: there is no such file$"):
        read_table(path / "below.csv")


def test_small_text_is_read_without_arrow(tmp_path: Path, run_fresh: Callable[..., list[tuple[int, str, str]]]) -> None:
    (tmp_path / "points.csv").write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    code = (
        "import sys; from pathlib import Path\n"
        "from shapeclf.datasets.tables.reading import read_table\n"
        "print(len(read_table(Path('points.csv'))))\n"
        "print(*sorted({'pyarrow', 'scipy', 'python_calamine'} & set(sys.modules)))"
    )
    ((exit_code, printed, errors),) = run_fresh([code], tmp_path, before="import numpy")
    assert (exit_code, printed, errors) == (0, "2\n\n", "")


@pytest.mark.slow
def test_a_few_bytes_that_decompress_to_many_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "_UNSUSPICIOUS", 2**20)
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(2**6):
            file.write(b"1,2\n" * 2**17)  # 32 MiB, in 32 KiB
    (tmp_path / "points.csv").write_bytes(b"1,2\n" * 2**17)
    read_table(tmp_path / "points.csv")  # what long text needs is imported once, and not counted
    tracemalloc.start()
    with pytest.raises(InputError, match=r": unpacks to more than \d+ MiB; unpack it first if this is intended$"):
        read_table(path)
    assert tracemalloc.get_traced_memory()[1] < 2**26
    tracemalloc.stop()


@pytest.mark.parametrize(("content", "want"), _MAKERS.values(), ids=_MAKERS.keys())
def test_files_as_instruments_and_programs_write_them(
    content: str | bytes, want: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "points"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = read_table(path).record()
    assert {key: found[key] for key in want} == want


def test_a_spreadsheet_of_few_bytes_and_many_cells_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "points"
    content = ods([["t", "s"], [1.5, 2.5], [3.5, 4.5]])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    row = b"<table:table-row>"
    members["content.xml"] = members["content.xml"].replace(row, row[:-1] + b' table:number-rows-repeated="1048576">')
    path.write_bytes(zipped(dict(members)))
    with pytest.raises(InputError, match=r": a sheet of 3145728 rows and 2 columns; save its table as CSV$"):
        read_table(path)
    path.write_bytes(xlsx({"Data": [[1.5, 2.5], [3.5, 4.5]]}))
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    members[sheet] = members[sheet].replace(b'r="B2"', b'r="XFD1048576"')
    path.write_bytes(zipped(dict(members)))
    with pytest.raises(InputError, match=r": a sheet of 1048576 rows and 16384 columns; save its table as CSV$"):
        read_table(path)


def test_too_many_points_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "MAX_POINTS", 9)
    path = tmp_path / "points.csv"
    path.write_text("1.5\n" * 10, encoding="utf-8")
    with pytest.raises(InputError, match=r": more than 9 points; use every tenth point, or average them$"):
        read_table(path)


_CHANGES: dict[str, Callable[[str], str]] = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "no last end": lambda text: text.rstrip("\n"),
    "blanks at ends": lambda text: text.replace("\n", "  \n"),
    "empty lines": lambda text: text.replace("\n", "\n\n"),
    "empty lines around": lambda text: f"\n\n{text}\n\n",
    "a comment above": lambda text: "# measured by AB on Monday morning\n" + text,
    "a title": lambda text: "My measurement of the 5th of May\n\n" + text,
    "settings": lambda text: "Experiment: fall\nOperator: A. Smith\nDate: 2024-03-01\n\n" + text,
    "words below": lambda text: text.rstrip("\n") + "\n\nend of file reached\n",
}
_ENCODED = {"23_unicode_text.txt": "utf-16", "02b_german_latin1.csv": "cp1252"}
_TEXTS = [name for name in EXPECTED if name.endswith((".csv", ".txt", ".dat", ".tsv", ".md")) and "75_cr" not in name]


@pytest.mark.parametrize("change", _CHANGES.values(), ids=_CHANGES.keys())
def test_lines_around_a_table_change_nothing(change: Callable[[str], str], tmp_path: Path) -> None:
    path = tmp_path / "points"
    for name in _TEXTS:
        text = (FILES / name).read_bytes().decode(_ENCODED.get(name, "utf-8-sig")).replace("\r\n", "\n")
        if "refused" in EXPECTED[name] or (text.startswith("sep=") and change(text)[0] != "s"):
            continue
        path.write_bytes(change(text).encode())
        assert read_table(path).record() == read_table(FILES / name).record(), name


def test_a_table_lists_its_columns_and_sheets() -> None:
    table = read_table(FILES / "08b_errcolumns.csv")
    assert (table.chosen, table.columns) == ((0, 2, 3), ("F", "F_err", "x", "x_err"))
    assert [table.x_name, table.y_name, table.y_error_name] == ["F", "x", "x_err"]
    assert read_table(FILES / "19_y_only.txt").chosen == (None, 0, None)
    content = io.BytesIO(xlsx({"Notes": [["nothing"]], "Data": [["t", "s"], [1.5, 2.5], [3.5, 4.5]]}))
    found = read_open_table("sheets", content, ReadOptions())
    assert (found.sheets, found.sheet, found.columns) == (("Notes", "Data"), "Data", ("t", "s"))


def test_the_next_sheet_is_read_only_if_a_sheet_holds_no_table() -> None:
    content = io.BytesIO(xlsx({"a": [["t", "s"], [1.5, "NaN"], [2.5, 3.5]], "b": [["t", "s"], [1.5, 2.5], [3.5, 4.5]]}))
    with pytest.raises(InputError, match=r"sheet 'a', row 2, column 2 \(s\): there is no value"):
        read_open_table("sheets", content, ReadOptions(missing="refuse"))


@pytest.mark.parametrize("names", ["err", "c"], ids=["errors", "values"])
def test_many_columns_are_chosen_without_comparing_all_pairs(names: str) -> None:
    header = ",".join(["x", "y", *(names if names == "err" else f"c{index}" for index in range(1000))])
    row = ",".join(map(str, range(1002)))
    table = read_open_table("a", io.BytesIO(f"{header}\n{row}\n{row}\n".encode()), ReadOptions())
    assert table.chosen == (0, 1, 2 if names == "err" else None)


def test_errors_of_x_are_named_once_in_the_note(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("t,dt,s,note\n1,0.1,2,a\n3,0.1,4,b\n", encoding="utf-8")
    summary = read_table(path).summary()
    assert summary == "x = t, y = s; 2 points; errors of x are not used (dt); not read: note"


def test_a_percentage_of_the_largest_numbers_is_finite(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("1,1e308\n2,1.5e308\n", encoding="utf-8")
    table = read_table(path, ReadOptions(y_error="5%"))
    assert table.y_error == pytest.approx([5e306, 7.5e306])
