"""Round trip: a table written in any dialect of the rules is read back exactly."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shapeclf.datasets.tables.reading import read_table
from shapeclf.datasets.tables.table import ReadOptions, Table

from .binary_sheets import xls
from .writing import PACKED, ods, parquet, xlsx

_FINITE = st.floats(allow_nan=False, allow_infinity=False)
_POINTS = st.lists(st.tuples(_FINITE, _FINITE, st.floats(0, 1e9)), min_size=2, max_size=7)
_NAMES = st.lists(
    st.sampled_from(["t", "s", "time", "Höhe", "U_1", "volt", "f(t)", "°C", "A2"]), min_size=2, max_size=2
)
_NAMES = _NAMES.filter(lambda names: names[0] != names[1])
_UNITS = st.sampled_from([None, "s", "m", "kV", "m/s", "°C", "%"])


@dataclass(frozen=True)
class _Dialect:
    """The format in which a table is written."""

    delimiter: str
    decimal: Literal[".", ","]
    quotes: Literal["none", "names", "all"]
    header: Literal["none", "plain", "(unit)", "[unit]", " / unit", "row of units", "comment"]
    units: tuple[str | None, str | None]
    errors: Literal["none", "column", "cells"]
    comments: bool
    blank_lines: bool
    end: str
    last_end: bool
    encoding: str
    packed: str


def _dialects(delimiter: str) -> st.SearchStrategy[_Dialect]:
    blanks = not delimiter.strip(" ")
    return st.builds(
        _Dialect,
        st.just(delimiter),
        st.sampled_from([".", ","]),
        st.sampled_from(["none", "names", "all"]),
        st.sampled_from(["none", "plain", "(unit)", "[unit]", "row of units", "comment"] + [" / unit"] * (not blanks)),
        st.tuples(_UNITS, _UNITS),
        st.sampled_from(["none", "column", "cells"]),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.booleans(),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
        st.sampled_from(list(PACKED)),
    ).filter(lambda dialect: dialect.decimal == "." or "," not in delimiter or dialect.quotes == "all")


_ANY_DIALECT = st.sampled_from([",", ";", "\t", " ", "   ", "|", ", ", " ; "]).flatmap(_dialects)


def _number(value: float, dialect: _Dialect) -> str:
    text = repr(value)
    # 1.234 may be thousands in another dialect, and 1.0 in the first line no name.
    text = text if "e" in text or len(text.partition(".")[2]) != 3 else text + "0"
    return text.replace(".", dialect.decimal)


def _name(name: str, unit: str | None, dialect: _Dialect) -> str:
    if unit is None or dialect.header not in ("(unit)", "[unit]", " / unit"):
        return name
    joined = dialect.header.replace("unit", unit)
    return name + (joined if joined.startswith(" ") else " " + joined)


def _written(
    points: list[tuple[float, float, float]], names: list[str], dialect: _Dialect, groups: list[str] | None = None
) -> str:
    """Return the points as text; with ``groups``, the group of each point in a first column called ``run``."""

    def line(cells: list[str], quotes: bool) -> str:
        return dialect.delimiter.join(f'"{cell}"' if quotes else cell for cell in cells)

    heads = [_name(name, unit, dialect) for name, unit in zip(names, dialect.units, strict=True)]
    units = [unit or "" for unit in dialect.units]
    if dialect.errors == "column":
        heads.append(f"{names[1]}_err")
        units.append("")
    if groups is not None:
        heads, units = ["run", *heads], ["", *units]
    in_blanks = not dialect.delimiter.strip()
    lines = []
    if dialect.header == "row of units" and any(units):
        lines = [line(heads, dialect.quotes != "none"), line([f"[{unit}]" for unit in units], in_blanks)]
    elif dialect.header == "comment":
        lines = ["# " + line(heads, quotes=False)]
    elif dialect.header != "none":
        lines = [line(heads, dialect.quotes != "none" or (in_blanks and any(" " in head for head in heads)))]
    rows = []
    for index, (x, y, error) in enumerate(points):
        cells = [_number(x, dialect), _number(y, dialect)]
        if dialect.errors == "column":
            cells.append(_number(error, dialect))
        elif dialect.errors == "cells":
            cells[1] += f" ± {_number(error, dialect)}"
        rows.append(line(cells if groups is None else [groups[index], *cells], dialect.quotes == "all"))
    if dialect.comments:
        rows = ["# first", f"{rows[0]}  # late", "% second", *rows[1:], "// end"]
        lines = ["# made today: yes", *lines]
    lines += rows
    text = dialect.end.join([""] * dialect.blank_lines + lines)
    return (
        text.replace(dialect.end, 2 * dialect.end) if dialect.blank_lines else text
    ) + dialect.end * dialect.last_end


def _check(table: Table, points: list[tuple[float, float, float]]) -> None:
    np.testing.assert_array_equal(table.x, [x for x, _, _ in points])
    np.testing.assert_array_equal(table.y, [y for _, y, _ in points])


@given(points=_POINTS, names=_NAMES, dialect=_ANY_DIALECT)
@example(
    points=[(0.0, 1.0, 0.5), (1.0, 2.0, 0.5)],
    names=["t", "s"],
    dialect=_Dialect(",", ".", "none", "none", (None, None), "none", False, False, "\n", True, "utf-8", "plain"),
)
def test_text(points: list[tuple[float, float, float]], names: list[str], dialect: _Dialect, tmp_path: Path) -> None:
    path = tmp_path / "points"
    text = _written(points, names, dialect)
    path.write_bytes(PACKED[dialect.packed](text.encode(dialect.encoding)))
    table = read_table(path)
    _check(table, points)
    if dialect.header != "none":
        assert [table.x_name, table.y_name] == names
    if dialect.header in ("(unit)", "[unit]", " / unit", "row of units"):
        assert (table.x_unit, table.y_unit) == dialect.units
    if dialect.errors == "none" or (dialect.errors == "column" and dialect.header == "none"):
        assert table.y_error is None
    else:
        np.testing.assert_array_equal(table.y_error, [error for *_, error in points])


def _sheet(points: list[tuple[float, float, float]], names: list[str]) -> list[list[float | str | None]]:
    rows: list[list[float | str | None]] = [[x, y] for x, y, _ in points]
    return [[*names], *rows]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods", "parquet", "records", "columns", "pairs", "pandas", "lines"])
@given(points=_POINTS, names=_NAMES)
def test_spreadsheets_parquet_and_json(
    kind: str, points: list[tuple[float, float, float]], names: list[str], tmp_path: Path
) -> None:
    x, y = [x for x, _, _ in points], [y for _, y, _ in points]
    records: list[Any] = [dict(zip(names, point[:2], strict=True)) for point in points]
    pandas = {
        name: {str(n): value for n, value in enumerate(column)} for name, column in zip(names, (x, y), strict=True)
    }
    contents = {
        "xlsx": lambda: xlsx({"Data": _sheet(points, names)}),
        "xls": lambda: xls(_sheet(points, names)),
        "ods": lambda: ods(_sheet(points, names)),
        "parquet": lambda: parquet(dict(zip(names, (x, y), strict=True))),
        "records": lambda: json.dumps(records).encode(),
        "columns": lambda: json.dumps(dict(zip(names, (x, y), strict=True))).encode(),
        "pairs": lambda: json.dumps([list(point[:2]) for point in points]).encode(),
        "pandas": lambda: json.dumps(pandas).encode(),
        "lines": lambda: "\n".join(map(json.dumps, records)).encode(),
    }
    path = tmp_path / "points"
    path.write_bytes(contents[kind]())
    table = read_table(path)
    _check(table, points)
    assert [table.x_name, table.y_name] == ([None, None] if kind == "pairs" else names)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        pytest.param("t: {}, s: {}\n", ["t", "s"], id="labels, commas"),
        pytest.param("t={} s_1={}\n", ["t", "s_1"], id="labels, blanks"),
        pytest.param("({}, {}),\n", [None, None], id="brackets"),
        pytest.param("[{} {}]\n", [None, None], id="brackets, blanks"),
    ],
)
@given(points=_POINTS)
@settings(max_examples=15)
def test_rows_with_labels_or_in_brackets(
    line: str, names: list[str | None], points: list[tuple[float, float, float]], tmp_path: Path
) -> None:
    path = tmp_path / "points"
    path.write_text("".join(line.format(repr(x), repr(y)) for x, y, _ in points), encoding="utf-8")
    table = read_table(path, ReadOptions(header="no") if names == [None, None] else None)
    _check(table, points)
    assert [table.x_name, table.y_name] == names


@given(start=_FINITE, step=st.floats(1e-9, 1e9), ys=st.lists(_FINITE, min_size=2, max_size=7), counted=st.booleans())
@settings(max_examples=25)
def test_start_and_increment(start: float, step: float, ys: list[float], counted: bool, tmp_path: Path) -> None:
    path = tmp_path / "points"
    count = "X," * counted
    unit = "Sequence," * counted
    rows = "".join(f"{n},{y!r},\n" if counted else f"{y!r},\n" for n, y in enumerate(ys))
    path.write_text(f"{count}CH1,Start,Increment,\n{unit}Volt,{start!r},{step!r}\n{rows}", encoding="utf-8")
    table = read_table(path)
    np.testing.assert_array_equal(table.x, start + step * np.arange(len(ys)))
    np.testing.assert_array_equal(table.y, ys)
    assert (table.y_name, table.y_unit) == ("CH1", "Volt")
