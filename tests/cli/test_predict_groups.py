"""``shapeclf predict`` on many sequences in one table."""

import csv
import json
import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result

from shapeclf import Recognizer

SEQUENCES: dict[str, list[tuple[float, float]]] = {
    "a": [(float(x), 2.0 * x + 1) for x in range(12)],
    "b": [(x / 2, 4.9 * (x / 2) ** 2) for x in range(1, 10)],
    "c": [(3.0, 4.0)],
    "d": [(float(x), float(np.sin(1.3 * x))) for x in np.arange(0, 10, 0.25)],
}
KEYS = [
    *("group", "family", "probability", "posterior", "points"),
    *("equation", "parameters", "standard_errors", "covariance", "r_squared"),
    *(
        "residual_sd",
        "residual_test",
        "outliers",
        "quantities",
        "equation_named",
        "parameter_units",
        "error",
        "data",
    ),
]


def _long(delimiter: str = ",") -> str:
    rows = [(name, *map(repr, point)) for name, points in SEQUENCES.items() for point in points]
    return "\n".join(map(delimiter.join, [("run", "x", "y"), *rows])) + "\n"


def _wide() -> str:
    return "".join(
        ",".join([name, *(repr(v) for point in points for v in point)]) + "\n" for name, points in SEQUENCES.items()
    )


def _write_parquet(path: Path, *, wide: bool) -> None:
    if wide:
        axes = {axis: [[p[i] for p in points] for points in SEQUENCES.values()] for i, axis in enumerate("xy")}
        table = pa.table({"run": list(SEQUENCES)} | axes)
    else:
        rows = [(name, *point) for name, points in SEQUENCES.items() for point in points]
        table = pa.table({name: [row[i] for row in rows] for i, name in enumerate(("run", "x", "y"))})
    pq.write_table(table, path)


@pytest.fixture(scope="module")
def single_answers() -> list[dict[str, Any]]:
    """The answer to each sequence alone."""
    recognizer = Recognizer.load()
    return [
        {"group": name} | recognizer.recognize(*zip(*points, strict=True)).to_dict()
        for name, points in SEQUENCES.items()
    ]


def _rows_of(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0
    assert re.fullmatch(r"note: x = .*, y = .*; \d+ points in \d+ groups\n", result.stderr)
    return [json.loads(line) for line in result.stdout.splitlines()]


def _same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert len(found) == len(expected)
    for row, other in zip(found, expected, strict=True):
        assert row["posterior"] == pytest.approx(other["posterior"], abs=1e-5)
        for name in ("group", "family", "points", "equation"):
            assert row[name] == other[name]


FORMS: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "long.csv": (lambda path: path.write_text(_long(), encoding="utf-8"), ("--group", "run")),
    "long.tsv": (lambda path: path.write_text(_long("\t"), encoding="utf-8"), ("--group", "1")),
    "wide.csv": (lambda path: path.write_text(_wide(), encoding="utf-8"), ("--wide", "--group", "1")),
    "long.parquet": (lambda path: _write_parquet(path, wide=False), ("--group", "run", "--x", "x", "--y", "y")),
    "wide.parquet": (lambda path: _write_parquet(path, wide=True), ("--group", "run", "--wide")),
}


@pytest.mark.parametrize("form", FORMS)
def test_groups_in_every_format_are_answered_like_single_sequences(
    form: str, shapeclf: Callable[..., Result], single_answers: list[dict[str, Any]], tmp_path: Path
) -> None:
    write, options = FORMS[form]
    write(tmp_path / form)
    reported = _rows_of(shapeclf("predict", form, "--json", *options))
    assert [list(row) for row in reported] == [KEYS] * len(SEQUENCES)
    _same(reported, single_answers)


@pytest.mark.parametrize("options", [("--group", "run"), ("--wide", "--group", "1")], ids=["long", "wide"])
def test_groups_on_standard_input(
    options: tuple[str, ...], shapeclf: Callable[..., Result], single_answers: list[dict[str, Any]]
) -> None:
    text = _wide() if "--wide" in options else _long()
    _same(_rows_of(shapeclf("predict", "-", "--json", *options, stdin=text)), single_answers)


def test_wide_without_names_counts(shapeclf: Callable[..., Result]) -> None:
    reported = _rows_of(shapeclf("predict", "-", "--wide", "--json", "--no-fit", stdin="x1,y1,x2,y2\n1,2,3,4\n5,6,,\n"))
    assert [(row["group"], row["points"]) for row in reported] == [(1, 2), (2, 1)]


def test_columns_may_be_exchanged(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text(_long(), encoding="utf-8")
    reported = _rows_of(shapeclf("predict", "long.csv", "--group", "run", "--x", "y", "--y", "x", "--json"))
    swapped = [(y, x) for x, y in SEQUENCES["b"]]
    assert reported[1]["equation"] == Recognizer.load().recognize(*zip(*swapped, strict=True)).equation


def test_text_of_groups_has_a_line_for_each(
    shapeclf: Callable[..., Result], single_answers: list[dict[str, Any]]
) -> None:
    result = shapeclf("predict", "-", "--group", "run", stdin=_long())
    lines = result.stdout.splitlines()
    assert len(lines) == len(single_answers)
    assert lines[0].startswith("a  almost certainly a line (")
    assert lines[0].endswith("   y = 2·x + 1   R² 1.0000")
    for line, row in zip(lines, single_answers, strict=True):
        assert line.startswith(f"{row['group']}  ")
        assert (row["equation"] or "R²") in line or row["equation"] is None
    bare = shapeclf("predict", "-", "--group", "run", "--no-fit", stdin=_long()).stdout
    assert "y =" not in bare
    assert len(bare.splitlines()) == len(single_answers)


def test_among_in_groups(shapeclf: Callable[..., Result], single_answers: list[dict[str, Any]]) -> None:
    names = ["line", "parabola", "sqrt"]
    options = ("--group", "run", "--json", "--no-fit", "--among", ",".join(names))
    for row, whole in zip(_rows_of(shapeclf("predict", "-", *options, stdin=_long())), single_answers, strict=True):
        expected = {name: whole["posterior"][name] for name in names}
        expected["line"] += whole["posterior"]["constant"]  # a line with k = 0
        total = sum(expected.values())
        assert row["posterior"] == pytest.approx({name: expected[name] / total for name in names}, abs=1e-4)


def _rows(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return rows
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("fit", [True, False], ids=["fit", "no fit"])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_equals_json(ending: str, fit: bool, shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text(_long(), encoding="utf-8")
    options = ("--group", "run", *(() if fit else ("--no-fit",)))
    reported = _rows_of(shapeclf("predict", "long.csv", "--json", *options))
    result = shapeclf("predict", "long.csv", "--output", f"answers.{ending}", *options)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "note: x = x, y = y, group = run; 62 points in 4 groups\n"
    rows = _rows(tmp_path / f"answers.{ending}")
    assert len(rows) == len(reported)
    for row, answer in zip(rows, reported, strict=True):
        assert {n[2:]: float(row.pop(n)) for n in list(row) if n.startswith("p_")} == answer.pop("posterior")
        for name in set(row) & {"parameters", "standard_errors", "covariance", "parameter_units", "quantities"}:
            assert json.loads(row.pop(name)) == answer.pop(name)
        assert answer.pop("data")["points"] == answer["points"]
        for name, value in answer.items():
            found = row.pop(name)
            assert found == value or found == ("" if value is None else str(value))
        assert row == {}


BAD_HALFWAY = {
    "text": ("b,1.0,high\n", "line 65, column 3 (y): 'high' is not a number; --skip-bad leaves such rows out"),
    "back": ("a,1.0,2.0\n", "line 65: the rows of group 'a' are not adjacent, it began in line 2; sort by group first"),
    "short": ("e,1.0\n", "line 65: 2 cells, but the header has 3; --skip-bad leaves such rows out"),
}


@pytest.mark.parametrize(("row", "expected"), BAD_HALFWAY.values(), ids=BAD_HALFWAY.keys())
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_file_that_is_bad_halfway_leaves_the_earlier_answers(
    ending: str,
    row: str,
    expected: str,
    mistake: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shapeclf.recognition.grouped.CHUNK_POINTS", 4)  # answers have been written by then
    (tmp_path / "long.csv").write_text(_long() + row, encoding="utf-8")
    (tmp_path / f"answers.{ending}").write_text("mine")
    text = mistake("predict", "long.csv", "--group", "run", "--output", f"answers.{ending}")
    assert text == f"long.csv, {expected}".replace("line 65", f"line {_long().count(chr(10)) + 1}")
    assert (tmp_path / f"answers.{ending}").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"long.csv", f"answers.{ending}"}


_BAD_OPTIONS = {
    "plot": (("--group", "run", "--plot", "a.png"), "'--plot': works on one sequence, not with --group or --wide"),
    "each point": (("--wide", "--each-point"), "'--each-point': works on one sequence, not with --group or --wide"),
    "decide": (("--group", "run", "--decide", 0.9), "'--decide': works on one sequence, not with --group or --wide"),
}


@pytest.mark.parametrize(("options", "expected"), _BAD_OPTIONS.values(), ids=_BAD_OPTIONS.keys())
@pytest.mark.parametrize("file", ["long.csv", "-"])
def test_options_of_one_sequence(
    file: str, options: tuple[object, ...], expected: str, mistake: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "long.csv").write_text(_long(), encoding="utf-8")
    assert mistake("predict", file, *options, stdin=_long()) == f"Invalid value for {expected}"


def test_tables_that_do_not_fit(mistake: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text(_long(), encoding="utf-8")
    (tmp_path / "empty.csv").write_text("run,x,y\n")
    assert mistake("predict", "long.csv", "--group", "g").startswith("long.csv: --group 'g' is not a column: there are")
    assert mistake("predict", "empty.csv", "--group", "run") == "empty.csv: it has no points; no line holds a number"
    assert mistake("predict", "no.csv", "--group", "run") == "no.csv: there is no such file"
    assert mistake("predict", "long.csv", "--wide", "--x", "x").startswith("long.csv: --x and --y: the wide form has")


def _process(arguments: list[str], **streams: Any) -> "subprocess.Popen[bytes]":
    outside = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.Popen(
        [sys.executable, "-m", "shapeclf", "predict", *arguments],
        env=outside | {"PYTHONIOENCODING": "utf-8", "TERM": "xterm", "COLUMNS": "80"},
        **streams,
    )


def test_a_group_is_answered_as_soon_as_the_next_begins() -> None:
    process = _process(["-", "--group", "run", "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(b"run,x,y\na,1,2\na,2,4\nb,3,5\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], 30.0)
        assert ready, "no answer, and the next group has not been sent"
        assert json.loads(process.stdout.readline())["group"] == "a"
        rest, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert [json.loads(line)["group"] for line in rest.splitlines()] == ["b"]


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        pytest.param(("--output", "answers.csv"), True, id="table"),
        pytest.param(("--output", "answers.csv", "--quiet"), False, id="quiet", marks=pytest.mark.slow),
        pytest.param((), True, id="printed elsewhere", marks=pytest.mark.slow),
    ],
)
def test_a_terminal_shows_a_progress_bar(options: tuple[str, ...], shown: bool, tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text(_long(), encoding="utf-8")
    ours, theirs = pty.openpty()
    arguments = ["long.csv", "--group", "run", "--no-fit", *options]
    process = _process(arguments, stdout=subprocess.PIPE, stderr=theirs, cwd=tmp_path)
    os.close(theirs)
    output, _ = process.communicate(timeout=60)
    seen = b""
    try:
        while piece := os.read(ours, 4096):
            seen += piece
    except OSError:  # how Linux reports that a terminal has been closed
        pass
    os.close(ours)
    assert process.returncode == 0
    assert (b"reading" in seen and b"100%" in seen) == shown
    assert output.count(b"\n") == (0 if "--output" in options else len(SEQUENCES))


@pytest.mark.slow
def test_answers_on_the_terminal_replace_the_progress_bar(tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text(_long(), encoding="utf-8")
    ours, theirs = pty.openpty()
    process = _process(["long.csv", "--group", "run", "--no-fit"], stdout=theirs, stderr=theirs, cwd=tmp_path)
    os.close(theirs)
    process.wait(timeout=60)
    seen = os.read(ours, 2**16)
    os.close(ours)
    assert b"reading" not in seen
    assert seen.count(b"\n") == len(SEQUENCES) + 1  # the note
