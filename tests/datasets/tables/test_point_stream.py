"""The points of a stream are read like those of a file, each as soon as its line arrives, or refused with an option."""

import io
import itertools
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shapeclf.datasets.tables import stream_head
from shapeclf.datasets.tables.point_stream import PointStream
from shapeclf.datasets.tables.reading import read_open_table
from shapeclf.datasets.tables.stream_lines import stream_lines
from shapeclf.datasets.tables.table import ReadOptions, Table
from shapeclf.errors import InputError

from . import cell_rules, exports, rules
from .test_round_trip import _ANY_DIALECT, _NAMES, _POINTS, _Dialect, _written

_REFUSALS = ("--", "as a file", "give the name of the file", "give the name of a file")


def _streamed(content: str | bytes, **options: Any) -> PointStream:
    """Return the stream after its last line."""
    content = content if isinstance(content, bytes) else content.encode()
    stream = PointStream("stdin", ReadOptions(**options), lambda text: None)
    for _ in stream.points(stream_lines("stdin", io.BytesIO(content), options.get("encoding"))):
        pass
    return stream


def _check_same(found: Table, expected: Table) -> None:
    """Check that two tables hold the same, bit for bit."""
    assert found.record() == expected.record()
    for name in ("x", "y", "y_error"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def _read(content: str | bytes, **options: Any) -> Table:
    content = content if isinstance(content, bytes) else content.encode()
    return read_open_table("file", io.BytesIO(content), ReadOptions(**options))


def _files() -> Iterator[tuple[str, str | bytes, dict[str, Any]]]:
    for rule, cases in (rules.RULES | cell_rules.RULES).items():
        for number, case in enumerate(cases, start=1):
            yield f"{rule} {number}", case[0], case[2] if len(case) == 3 else {}
    for name, (content, _) in exports.EXPORTS.items():
        yield name, content, {}


@pytest.mark.slow
def test_files_of_all_rules_and_exports_are_read_the_same_or_refused_with_an_option() -> None:
    """A stream reads what a file reads without an error, or names the option that resolves the ambiguity."""
    same, refused = 0, dict[str, str]()
    for name, content, options in _files():
        if len(content) > 2**14:
            continue
        try:
            expected = _read(content, **options)
        except InputError:
            continue
        try:
            stream = _streamed(content, **options)
            found = stream.table()
        except InputError as error:
            refused[name] = str(error)
            continue
        if not stream.bad:
            _check_same(found, expected)
            same += 1
    assert same > 140
    assert [name for name, text in refused.items() if not any(word in text for word in _REFUSALS)] == []


@given(points=_POINTS, names=_NAMES, dialect=_ANY_DIALECT)
@example(
    points=[(0.0, 1.0, 0.5), (1.0, 2.0, 0.5)],
    names=["t", "s"],
    dialect=_Dialect(",", ".", "none", "none", (None, None), "none", False, False, "\r", True, "utf-8", "plain"),
)
def test_any_dialect(points: list[tuple[float, float, float]], names: list[str], dialect: _Dialect) -> None:
    content = _written(points, names, dialect).encode(dialect.encoding)
    expected = _read(content)
    try:
        found = _streamed(content).table()
    except InputError as error:
        refusal = str(error)
        assert "--" in refusal
    else:
        _check_same(found, expected)


_ROWS = range(100)
_LONG: dict[str, tuple[str, dict[str, Any]]] = {
    "numbers": ("t (s);s (m)\n" + "".join(f"{n / 8};{n * n / 4}\n" for n in _ROWS), {}),
    "decimal commas": ("t\ts\n" + "".join(f"{n},5\t{2 * n},25\n" for n in _ROWS), {}),
    "an error column": ("t,s,s_err\n" + "".join(f"{n},{2 * n},{n / 10 + 0.1}\n" for n in _ROWS), {}),
    "errors in percent": ("t,s (m),s_err (%)\n" + "".join(f"{n},{2 * n},{n % 9}\n" for n in _ROWS), {}),
    "errors in another unit": ("t,s (m),s_err (mm)\n" + "".join(f"{n},{2 * n},{n % 9}\n" for n in _ROWS), {}),
    "minutes and seconds": ("t (mm:ss),s\n" + "".join(f"{n // 2}:{30 * (n % 2):02d},{2 * n}\n" for n in _ROWS), {}),
    "years of two digits": (
        "day,T\n" + "".join(f"24/{1 + n // 28:02d}/{1 + n % 28:02d},{n}\n" for n in _ROWS),
        {"date_format": "ymd"},
    ),
    "an error of all": ("".join(f"{n} {2 * n + 1}\n" for n in _ROWS), {"y_error": "5%"}),
    "errors in cells": ("t;s\n" + "".join(f"{n};{2 * n}.5 ± 0.{n % 9}1\n" for n in _ROWS), {}),
    "one column": ("".join(f"{n / 8}\n" for n in _ROWS), {}),
    "missing values": ("t,s\n" + "".join(f"{n},{'' if n % 7 == 3 else 2 * n}\n" for n in _ROWS), {}),
    "comments and empty lines": ("# t s\n" + "".join(f"{n} {2 * n}\n# {n}\n\n" for n in _ROWS), {}),
    "dates": ("day,T\n" + "".join(f"{1 + n % 28:02d}.{1 + n // 28:02d}.2024,{n}\n" for n in _ROWS), {}),
    "dates and times": (
        "when,T\n" + "".join(f"2024-03-{1 + n // 24:02d}T{n % 24:02d}:00:0{n % 10}.5,{n}\n" for n in _ROWS),
        {},
    ),
    "dates from an origin": (
        "day,T\n" + "".join(f"{1 + n % 28}/{1 + n // 28}/2024,{n}\n" for n in _ROWS),
        {"date_format": "dmy", "x_origin": "2023-12-31"},
    ),
    "a clock past midnight, twice": (
        "time,T\n" + "".join(f"{(20 + n // 2) % 24:02d}:{30 * (n % 2):02d}:00,{n}\n" for n in _ROWS),
        {},
    ),
    "JSON Lines": ("".join(json.dumps({"t": n / 8, "note": "a b", "s": 2 * n}) + "\n" for n in _ROWS), {}),
    "pairs in JSON": ("".join(f"[{n / 8}, {2 * n}]\n" for n in _ROWS), {}),
    "words behind the table": ("t,s\n" + "".join(f"{n},{2 * n}\n" for n in _ROWS) + "\nmean of all\nend\n", {}),
    "a start and an increment": ("Start: 0.5;\nIncrement: 0.25;\nV;\n" + "".join(f"{2 * n};\n" for n in _ROWS), {}),
    "labels, as Arduino's serial plotter takes them": ("".join(f"t:{n / 8},volt:{2 * n}\n" for n in _ROWS), {}),
    "Markdown": ("| t | s |\n|--:|--:|\n" + "".join(f"| {n} | {2 * n} |\n" for n in _ROWS), {}),
}


@pytest.mark.parametrize(("content", "options"), _LONG.values(), ids=_LONG)
def test_a_long_stream_is_read_as_a_file(content: str, options: dict[str, Any]) -> None:
    stream = _streamed(content, **options)
    expected = _read(content, **options)
    _check_same(stream.table(), expected)
    assert (stream.bad, stream.table().summary()) == ({}, expected.summary())


_ANSWERED = ("numbers", "dates and times", "JSON Lines", "labels, as Arduino's serial plotter takes them")


@pytest.mark.parametrize("content", [_LONG[name][0] for name in _ANSWERED], ids=_ANSWERED)
def test_each_point_is_returned_with_its_line(content: str) -> None:
    stream = PointStream("stdin", ReadOptions(), print)
    asked = []

    def lines() -> Iterator[str]:
        for line in content.splitlines():
            asked.append(line)
            yield line

    has_header = not content.startswith(("{", "t:"))
    for number, point in enumerate(stream.points(lines()), start=1):
        assert (point.line, len(asked)) == (number + has_header, number + has_header)
    assert stream.count == len(_ROWS)


_MISREAD = {
    "numbers above a header": ("100,200\nt,s\n0,1\n1,3\n2,5\n", "line 4: it shows that lines before it were misread; "),
    "numbers beside words above": (
        "CH1,Start,Increment\nVolt,0.5,0.25\n" + "".join(f"{n},,\n" for n in range(9)),
        "--skip-lines N leaves out the lines above the table",
    ),
    "one number above pairs": ("100\n1,2\n3,4\n5,6\n", "--skip-lines N leaves out the lines above the table"),
    "an index": ("no,t,s\n1,0,1\n2,1,3\n", "no may be x, or an index with gaps; give --x 1 or --x t"),
    "an open date": ("day,T\n03/04/2024,1\n", "give --date-format dmy or --date-format mdy"),
    "names or values": ("2020,2021\n" + "0.5,1.5\n" * 40, "give --header yes or --header no"),
    "a comma": ("t;s\n1;1,234\n2;2,345\n", "'1,234' may be 1.234 or 1234; give --decimal ,"),
    "a point": ("t;s\n1;1.234\n2;345\n", "'1.234' may be 1.234 or 1234; give --decimal ."),
    "an earlier date": ("2024-03-02,1\n2024-03-03,2\n2024-03-01,0\n", "--x-origin gives the date or time that is x"),
    "an earlier date, later": (_LONG["dates"][0] + "31.12.2023,1\n", "'31.12.2023' is before the first date"),
    "a document": ('{"data": [[1, 2], [3, 4]]}\n', "give a JSON document as a file"),
    "a list": ("[1.5, 2.5, 4.0]\n", "write one record per line, or give a JSON document as a file"),
    "words alone": ("a,b\nc,d\n", "it has no points"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "text"), _MISREAD.values(), ids=_MISREAD)
def test_ambiguity_that_later_lines_would_resolve_is_refused_with_an_option(content: str, text: str) -> None:
    with pytest.raises(InputError) as refused:
        _streamed(content).table()
    assert text in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_setting_above_the_table_is_no_point() -> None:
    table = _streamed("Serial,12345\nt,s\n0,1\n1,3\n2,5\n").table()
    assert (table.x.tolist(), table.y.tolist(), table.y_name) == ([0, 1, 2], [1, 3, 5], "s")
    labelled = _streamed("sensor 1.5\nsensor 2.5\n").table()  # points, since no other lines follow
    assert labelled.y.tolist() == [1.5, 2.5]


def test_bad_lines_are_reported_once_of_each_kind_and_counted() -> None:
    reports: list[str] = []
    stream = PointStream("stdin", ReadOptions(), reports.append)
    rows = [f"{n},{2 * n}" for n in range(60)]
    for number in (5, 6, 40, 50):
        rows[number] = f"{number},high"
    rows[7], rows[41], rows[42], rows[43] = "1,2,3", "1\0,2", "ERR,ERR", "7,inf"
    points = [(point.x, point.y) for point in stream.points(rows)]
    assert points == [(n, 2 * n) for n in range(60) if n not in (5, 6, 7, 40, 41, 42, 43, 50)]
    assert reports == [
        "stdin, line 6, column 2: 'high' is not a number",
        "stdin, line 8: 3 cells, but the table has 2",
        "stdin, line 42: not text (there is a NUL byte)",
        "stdin, line 44, column 2: 'inf' is not finite",
        "stdin, line 43: words within the table",
    ]
    assert list(stream.bad.values()) == [4, 1, 1, 1, 1]
    assert stream.table().record()["skipped"] == 8


@pytest.mark.parametrize("rows", [2, 40], ids=["first lines", "further lines"])
def test_a_missing_cell_between_blanks_is_a_bad_line(rows: int) -> None:
    stream = _streamed("t  s  p\n" + "1  2  7\n" * rows + "2     8\n3  6  9\n")
    assert stream.bad.total() == 1
    assert stream.table().y.tolist() == [*[2] * rows, 6]


def test_the_numbers_of_lines_count_those_that_are_no_text() -> None:
    reports: list[str] = []
    stream = PointStream("stdin", ReadOptions(), reports.append)
    assert [point.line for point in stream.points(["t,s", "0,1", "1\0,2", "2,3", "3,high"])] == [2, 4]
    assert reports[1].startswith("stdin, line 5, column 2")


@pytest.mark.parametrize("line", ["words v1", "a1b2"])
def test_too_many_lines_without_a_point_are_refused(line: str) -> None:
    with pytest.raises(InputError, match="no point in the first 129 lines; --skip-lines N leaves them out"):
        _streamed(f"{line}\n" * 300)
    for header in ("t,s\n", ""):
        with_point = _streamed(header + "0,1\n" + f"{line}\n" * 300 + "1,3\n")
        assert with_point.count == 2
        assert with_point.bad.total() > 100


@pytest.mark.parametrize("line", ["# a comment", ""])
def test_comments_and_empty_lines_are_not_stored_without_end(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_head, "_MAX_STORED", 1000)
    stream = PointStream("stdin", ReadOptions(), print)
    with pytest.raises(InputError, match=r"^stdin: no point in the first \d+ lines; --skip-lines N leaves them out$"):
        next(stream.points(itertools.repeat(line)))
    lines = itertools.chain(["1,2"], (f"# comment {number}" for number in range(5000)), ["2,3"])
    stream = PointStream("stdin", ReadOptions(), print)
    tracemalloc.start()
    assert [point.line for point in stream.points(lines)] == [1, 5002]
    assert tracemalloc.get_traced_memory()[1] < 2**18
    tracemalloc.stop()


def test_a_skipped_head_of_any_length_is_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_head, "_MAX_STORED", 1000)
    lines = ["# a comment"] * 500 + ["1,2", "2,3"]
    found = PointStream("stdin", ReadOptions(skip_lines=500), print).points(lines)
    assert [point.line for point in found] == [501, 502]


def test_the_kinds_of_bad_lines_are_few_whatever_is_in_the_cells() -> None:
    reports = list[str]()
    stream = PointStream("stdin", ReadOptions(), reports.append)
    words = ("".join(letters) for letters in itertools.product("abcdefg", repeat=4))
    cells = (f"a'{word}" if number % 2 else f"a'\"{word}" for number, word in enumerate(words))
    assert len([*stream.points([f"{x},{x * x}" for x in range(40)] + [f"1,{cell}" for cell in cells])]) == 40
    assert len(reports) == len(stream.bad) == 1
    assert stream.bad.total() == 7**4


def test_a_point_without_an_answer_is_removed() -> None:
    stream = PointStream("stdin", ReadOptions(), lambda text: None)
    for point in stream.points([f"{n},{n}" for n in range(50)]):
        if point.line in (3, 45):
            stream.refuse(point, "too large")
    assert stream.table().x.tolist() == [n for n in range(50) if n not in (2, 44)]
    assert sum(stream.bad.values()) == 2


def test_bytes_of_windows_are_read_with_a_remark() -> None:
    table = _streamed("Länge,s\n1,2\n3,4\n".encode("cp1252")).table()
    assert (table.x_name, table.remarks) == ("Länge", ("read as Windows-1252 (--encoding sets another)",))


def test_points_beyond_a_million_are_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shapeclf.datasets.tables.point_stream._MAX_STORED", 5)
    stream = _streamed("".join(f"{n},{n}\n" for n in range(8)))
    assert (stream.count, stream.has_all) == (8, False)


@given(text=st.text(st.characters(codec="utf-8"), max_size=60))
@example("1,2\n3,\x00")
@example("1,2\n3," + 9_000 * "4")
@example('"')
@example('1,"2\n3')
@example("{\n[")
def test_any_text_gives_points_or_one_line(text: str) -> None:
    try:
        table = _streamed(text).table()
    except InputError as error:
        refusal = str(error)
        assert "\n" not in refusal
    else:
        assert np.isfinite([table.x, table.y]).all()


def test_a_file_behind_a_pipe_is_read_the_same(tmp_path: Path) -> None:
    """The note on what was read is the same at the end of a stream as for a file."""
    content = "t (s);s (m)\n0;0,5\n1;2,5\n2;4,5\n"
    assert _streamed(content).table().summary() == _read(content).summary() == "x = t (s), y = s (m); 3 points"
