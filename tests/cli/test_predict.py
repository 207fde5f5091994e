"""``shapeclf predict``: files, streams, columns, and input that cannot be used."""

import csv
import json
import math
import os
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

from shapeclf import Recognizer
from shapeclf.datasets import ShapeSequences

KEYS = {
    *("family", "probability", "posterior", "points"),
    *(
        "equation",
        "parameters",
        "standard_errors",
        "covariance",
        "r_squared",
        "residual_sd",
        "residual_test",
        "outliers",
        "quantities",
    ),
    *("equation_named", "parameter_units", "data", "model"),
}
REAL = Path(__file__).resolve().parents[3] / "shared" / "real"
_REAL_FILES = [pytest.param(path, id=path.stem) for path in sorted(REAL.glob("*.csv"))] or [
    pytest.param(REAL, id="none", marks=pytest.mark.skip(reason=f"the files of real points are not at {REAL}"))
]
_NAMED: dict[str, None] = dict.fromkeys(
    ("data", "equation_named", "quantities")
)  # fields that depend on the names of the columns
POINTS = [(5.5, 7.25), (9.0, 3.5), (6.25, 8.0)]


def lines_of(points: list[tuple[float, float]], delimiter: str = ",") -> str:
    return "".join(f"{x}{delimiter}{y}\n" for x, y in points)


@pytest.fixture
def predicted(shapeclf: Callable[..., Result], tiny_model: Path) -> Callable[..., dict[str, Any]]:
    """Writes a file, runs ``predict --json`` on it, and reads the answer."""

    def invoke(text: str, *arguments: object) -> dict[str, Any]:
        Path("points.csv").write_text(text, encoding="utf-8")
        result = shapeclf("predict", "points.csv", "--model", tiny_model, "--json", *arguments)
        assert result.exit_code == 0, result.output
        read: dict[str, Any] = json.loads(result.stdout)
        return read

    return invoke


def test_json_has_these_keys_and_the_recognisers_numbers(
    predicted: Callable[..., dict[str, Any]], tiny_model: Path
) -> None:
    answer = predicted(lines_of(POINTS))
    expected = Recognizer.load(tiny_model).recognize(*zip(*POINTS, strict=True))
    assert set(answer) == KEYS
    assert answer["points"] == 3
    assert answer["posterior"] == expected.probabilities
    assert (answer["family"], answer["probability"]) == (expected.family, expected.probability)
    assert sum(answer["posterior"].values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("head", "body", "options"),
    [
        ("x,y\n", lines_of(POINTS), ()),
        ("time;length\n", lines_of(POINTS, ";"), ()),
        ("", lines_of(POINTS, "\t"), ()),
        ("", lines_of(POINTS, "  "), ()),
        ("\n\n", lines_of(POINTS).replace("\n", "\n\n"), ()),
        ("\ufeff", lines_of(POINTS), ()),
        ("x,y\r\n", lines_of(POINTS).replace("\n", "\r\n"), ()),
        ("y,x\n", lines_of([(y, x) for x, y in POINTS]), ()),
        ("n,a,b\n", "".join(f"{n},{x},{y}\n" for n, (x, y) in enumerate(POINTS)), ("--x", "a", "--y", "b")),
        ("n,a,b\n", "".join(f"{n},{x},{y}\n" for n, (x, y) in enumerate(POINTS)), ("--x", 2, "--y", 3)),
        ("", "".join(f"{y},{n},{x}\n" for n, (x, y) in enumerate(POINTS)), ("--x", 3, "--y", 1)),
        ("y,kind,x\n", "".join(f"{y},text,{x}\n" for x, y in POINTS), ()),
    ],
    ids=[
        "header",
        "semicolons",
        "tabs",
        "spaces",
        "empty-lines",
        "byte-order-mark",
        "windows",
        "columns-in-the-other-order",
        "by-name",
        "by-number",
        "by-number-without-header",
        "a-column-of-text",
    ],
)
def test_every_way_of_writing_the_points_gives_the_same_answer(
    head: str, body: str, options: tuple[object, ...], predicted: Callable[..., dict[str, Any]]
) -> None:
    expected = predicted(lines_of(POINTS))
    found = predicted(head + body, *options)
    assert {**found, **_NAMED} == {**expected, **_NAMED}
    assert [found["data"][key] for key in ("first", "last")] == [list(POINTS[0]), list(POINTS[-1])]


def test_columns_may_be_exchanged(predicted: Callable[..., dict[str, Any]]) -> None:
    expected = predicted(lines_of([(y, x) for x, y in POINTS]))
    found = predicted("x,y\n" + lines_of(POINTS), "--x", "y", "--y", "x")
    assert {**found, **_NAMED} == {**expected, **_NAMED}
    assert (found["data"]["x"], found["data"]["y"]) == ("y", "x")


def test_the_text_of_an_answer(shapeclf: Callable[..., Result], tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(lines_of(POINTS), encoding="utf-8")
    result = shapeclf("predict", "points.csv", "--model", tiny_model)
    first, *others = result.stdout.splitlines()
    best = Recognizer.load(tiny_model).recognize(*zip(*POINTS, strict=True))
    assert first == f"{best.verdict}, after 3 points"
    assert best.fit is not None
    assert others[0].startswith(f"  {best.equation}   R² ")
    rows = [line.split() for line in others[1:] if " = " not in line]
    shown = {name: float(probability) for name, probability in rows}
    assert shown == pytest.approx(best.probabilities, abs=6e-5)
    assert list(shown.values()) == sorted(shown.values(), reverse=True)


@pytest.mark.parametrize("file", ["points.csv", "-"], ids=["file", "stream"])
def test_a_note_states_the_fixed_parameters_of_a_classic_model(
    file: str, shapeclf: Callable[..., Result], tiny_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "points.csv").write_text(lines_of(POINTS), encoding="utf-8")
    parameters = ShapeSequences().fixed_parameters
    assert parameters is not None
    result = shapeclf("predict", file, "--model", tiny_model, stdin=lines_of(POINTS))
    whole = "note: x = column 1, y = column 2; 3 points"
    read = [line for line in result.stderr.splitlines() if line.startswith("note: x = ")]
    (note,) = set(result.stderr.splitlines()) - set(read)
    assert read == (["note: x = column 1, y = column 2", whole] if file == "-" else [whole])
    assert note.startswith("note: this model was trained on fixed parameters")
    assert f"k = {parameters['line']['k']:.4g}" in note
    assert f"b = {parameters['line']['b']:.4g}" in note
    assert "meaningless" in note
    quiet = shapeclf("predict", file, "--model", tiny_model, "--quiet", stdin=lines_of(POINTS))
    assert (quiet.stderr, quiet.stdout) == ("", result.stdout)


def test_a_stream_prints_an_object_for_each_point_and_then_the_answer_to_the_file(
    shapeclf: Callable[..., Result], tiny_model: Path, tmp_path: Path
) -> None:
    result = shapeclf("predict", "-", "--model", tiny_model, "--json", stdin="x,y\n" + lines_of(POINTS))
    *answers, last = [json.loads(line) for line in result.stdout.splitlines()]
    (tmp_path / "points.csv").write_text("x,y\n" + lines_of(POINTS), encoding="utf-8")
    whole = shapeclf("predict", "points.csv", "--model", tiny_model, "--json")
    assert last == json.loads(whole.stdout)
    expected = Recognizer.load(tiny_model).recognize(*zip(*POINTS, strict=True)).posterior
    assert [set(answer) for answer in answers] == [{"family", "probability", "posterior", "points"}] * 3
    assert [answer["points"] for answer in answers] == [1, 2, 3]
    found = np.array([list(answer["posterior"].values()) for answer in answers])
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-6)


def test_a_stream_prints_a_line_for_each_point_and_then_the_answer_to_the_file(
    shapeclf: Callable[..., Result], tiny_model: Path, tmp_path: Path
) -> None:
    result = shapeclf("predict", "-", "--model", tiny_model, stdin=lines_of(POINTS))
    (tmp_path / "points.csv").write_text(lines_of(POINTS), encoding="utf-8")
    rows = [line.split() for line in result.stdout.splitlines()[:3]]
    assert (
        "".join(result.stdout.splitlines(keepends=True)[3:])
        == shapeclf("predict", "points.csv", "--model", tiny_model).stdout
    )
    assert [row[0] for row in rows] == ["1", "2", "3"]
    for row in rows:
        assert sorted(row[1::2]) == ["line", "parabola", "sqrt"]
        assert [float(p) for p in row[2::2]] == sorted((float(p) for p in row[2::2]), reverse=True)


def test_a_stream_may_begin_with_a_byte_order_mark(shapeclf: Callable[..., Result], tiny_model: Path) -> None:
    plain = shapeclf("predict", "-", "--model", tiny_model, stdin=lines_of(POINTS))
    marked = shapeclf("predict", "-", "--model", tiny_model, stdin="\ufeff" + lines_of(POINTS))
    assert marked.stdout == plain.stdout
    assert marked.exit_code == 0


def _stream(tiny_model: Path, **environment: str) -> "subprocess.Popen[str]":
    # No PYTHONUNBUFFERED: the answers must come without the reader's help.
    outside = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.Popen(
        [sys.executable, "-m", "shapeclf", "predict", "-", "--json", "--quiet", "--model", str(tiny_model)],
        env=outside | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
    )


def test_each_answer_comes_before_the_next_line_is_sent(tiny_model: Path) -> None:
    process = _stream(tiny_model)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for number, (x, y) in enumerate(POINTS, start=1):
            process.stdin.write(f"{x},{y}\n")
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], 30.0)
            assert ready, "no answer, and the next line has not been sent"
            assert json.loads(process.stdout.readline())["points"] == number
        assert process.poll() is None
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("handler", [pytest.param("strict", marks=pytest.mark.slow), "surrogateescape"])
def test_a_line_that_is_not_utf_8_is_skipped(handler: str, tiny_model: Path) -> None:
    process = _stream(tiny_model, PYTHONIOENCODING=f"utf-8:{handler}")
    _, errors = process.communicate("1,2\n3,\udcff\n", timeout=30)
    assert process.returncode == 1
    skipped, ending = errors.splitlines()
    assert skipped == "skipped: standard input, line 2, column 2: 'ÿ' is not a number"
    assert ending.startswith("Error: standard input: 1 line skipped (1 × ... is not a number); the answer is for the")


@pytest.mark.parametrize("path", _REAL_FILES)
def test_real_points_get_a_well_formed_answer(path: Path, shapeclf: Callable[..., Result], trained_run: Path) -> None:
    result = shapeclf("predict", path, "--model", trained_run, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert set(answer) == KEYS
    assert answer["points"] == len(rows)
    assert list(answer["posterior"]) == ["line", "parabola", "sqrt"]
    assert all(math.isfinite(p) and 0 <= p <= 1 for p in answer["posterior"].values())
    assert sum(answer["posterior"].values()) == pytest.approx(1.0)
    assert answer["probability"] == max(answer["posterior"].values()) == answer["posterior"][answer["family"]]


@pytest.mark.parametrize("name", ["p.png", "p.svg"])
def test_plot(name: str, predicted: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    predicted(lines_of(POINTS), "--plot", name)
    assert (tmp_path / name).stat().st_size > 1000


_SKIP = "; --skip-bad leaves such rows out"
_BAD_FILES = {
    "empty": ("", (), "points.csv: it has no points"),
    "header-alone": ("x,y\n", (), "points.csv: it has no points; no line holds a number"),
    "text": ("x,y\n1,2\n3,high\n", (), "points.csv, line 3, column 2 (y): 'high' is not a number" + _SKIP),
    "text-no-header": ("1,2\n3,4\nfour,5\n", (), "points.csv, line 3, column 1: 'four' is not a number" + _SKIP),
    "missing-value": (
        "x,y\n1,2\n3,\n",
        ("--missing", "refuse"),
        "points.csv, line 3, column 2 (y): there is no value; --missing skip leaves such rows out",
    ),
    "infinite": ("1,2\n-inf,3\n", (), "points.csv, line 2, column 1: '-inf' is not finite" + _SKIP),
    "short-line": ("1,2\n3,4\n5\n", (), "points.csv, line 3: 1 cell, but the table has 2" + _SKIP),
    "no-such-name": ("a,b\n1,2\n3,4\n", ("--x", "c"), "points.csv: --x 'c' is not a column: there are 1 to 2 (a, b)"),
    "no-such-number": ("1,2\n3,4\n", ("--y", "3"), "points.csv: --y '3' is not a column: there are 1 to 2 (no header)"),
    "number-0": ("1,2\n3,4\n", ("--y", "0"), "points.csv: --y '0' is not a column: there are 1 to 2 (no header)"),
}


@pytest.mark.parametrize(("text", "options", "expected"), _BAD_FILES.values(), ids=_BAD_FILES.keys())
def test_a_file_that_cannot_be_used_is_a_mistake(
    text: str, options: tuple[str, ...], expected: str, mistake: Callable[..., str], tiny_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "points.csv").write_text(text, encoding="utf-8")
    assert mistake("predict", "points.csv", "--model", tiny_model, *options) == expected


def test_a_file_without_points_is_a_mistake(mistake: Callable[..., str], tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\x01")
    model = ["--model", tiny_model]
    assert mistake("predict", "folder", *model).endswith("the answers of a folder need a folder to go into")
    assert mistake("predict", "nowhere.csv", *model) == "nowhere.csv: there is no such file"
    assert mistake("predict", "binary", *model) == "binary: it has no points; no line holds a number"
    assert mistake("predict", *model) == "Missing argument 'FILE...'."


@pytest.mark.parametrize(
    ("text", "skipped"), [("", 0), ("x,y\n", 0), ("x,y\n1\0,2\n", 1)], ids=["empty", "header-alone", "a-bad-line"]
)
def test_a_stream_without_points_is_a_mistake(
    text: str, skipped: int, shapeclf: Callable[..., Result], tiny_model: Path
) -> None:
    result = shapeclf("predict", "-", "--model", tiny_model, "--quiet", stdin=text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == skipped + 1
    assert result.stderr.splitlines()[-1] == "Error: standard input: it has no points"


def test_a_column_that_is_not_there_ends_a_stream(mistake: Callable[..., str], tiny_model: Path) -> None:
    text = mistake("predict", "-", "--quiet", "--x", "time", "--model", tiny_model, stdin="a,b\n1,2\n")
    assert "--x 'time' is not a column" in text


def test_a_decided_stream_with_a_bad_line_still_fails(shapeclf: Callable[..., Result], tiny_model: Path) -> None:
    result = shapeclf("predict", "-", "--decide", 0.01, "--model", tiny_model, "--quiet", stdin="1,two\n1,2\n3,4\n")
    assert result.exit_code == 1
    assert "decided after 1 point" in result.stdout


def test_a_stream_has_no_picture(mistake: Callable[..., str], tiny_model: Path) -> None:
    text = mistake("predict", "-", "--plot", "p.png", "--model", tiny_model)
    assert text == "Invalid value for '--plot': a stream is answered in lines; a picture is drawn for a file"


def test_a_picture_of_another_kind_is_a_mistake(mistake: Callable[..., str], tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(lines_of(POINTS), encoding="utf-8")
    text = mistake("predict", "points.csv", "--plot", "p.bmp", "--model", tiny_model)
    assert text == "p.bmp: a picture's name ends in .pdf, .png, .svg"


def test_a_picture_that_cannot_be_written_is_a_failure(
    failure: Callable[..., str], tiny_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "points.csv").write_text(lines_of(POINTS), encoding="utf-8")
    plot = Path("missing") / "p.png"
    text = failure("predict", "points.csv", "--model", tiny_model, "--quiet", "--plot", plot)
    assert "missing" in text
    assert "No such file or directory" in text
