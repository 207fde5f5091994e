"""``shapeclf predict`` with the shipped model: every option, on one sequence."""

import csv
import hashlib
import json
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
from shapeclf.recognition.locating import shipped_models

LINE_OF_20 = "time,length\n" + "".join(f"{n},{-3 * n + 2}\n" for n in range(20))
SHOWN = {"family", "probability", "posterior", "points"}
PROVENANCE = {"data", "model"}
_OBJECTS = (
    "parameters",
    "standard_errors",
    "covariance",
    "parameter_units",
    "residual_test",
    "outliers",
    "quantities",
)  # JSON in a cell of a table


def read_table(path: Path) -> list[dict[str, Any]]:
    """The rows of a table of answers, as in JSON."""
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    else:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [{name: _value(name, text) for name, text in row.items()} for row in csv.DictReader(file)]
    for row in rows:
        row |= {name: json.loads(row[name]) for name in _OBJECTS if row.get(name) is not None}
    return rows


def _value(name: str, text: str) -> Any:
    if name in ("family", "equation", "equation_named", "group", *_OBJECTS):
        return text or None
    return {"": None, "True": True, "False": False}[text] if text in ("", "True", "False") else json.loads(text)


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """A file of twenty exact points of a line."""
    path = tmp_path / "line.csv"
    path.write_text(LINE_OF_20, encoding="utf-8")
    return path


def _answers(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0
    assert all(line.startswith("note: x = ") for line in result.stderr.splitlines())
    return [json.loads(answer) for answer in result.stdout.splitlines()]


def test_without_a_model_it_is_the_shipped_one_of_real_points(
    shapeclf: Callable[..., Result], line: Path, in_trained_folder: Path
) -> None:
    (reported,) = _answers(shapeclf("predict", "line.csv", "--json"))
    assert list(reported) == [
        *(
            "family",
            "probability",
            "posterior",
            "points",
            "equation",
            "parameters",
            "standard_errors",
            "covariance",
            "r_squared",
            *("residual_sd", "residual_test", "outliers", "quantities"),
            *("equation_named", "parameter_units"),
        ),
        *("data", "model"),
    ]
    expected = Recognizer.load("real").recognize(range(20), range(2, -58, -3)).to_dict()
    assert {name: reported[name] for name in expected} == expected
    content = shipped_models()["real"].read_bytes()
    assert reported["model"] == {"name": "real", "sha256": hashlib.sha256(content).hexdigest()}
    assert (reported["family"], reported["equation"], reported["r_squared"]) == ("line", "y = −3·x + 2", 1.0)
    assert reported["parameters"] == pytest.approx({"k": -3, "b": 2})
    (real,) = _answers(shapeclf("predict", "line.csv", "--json", "--model", "real"))
    assert real == reported


def test_a_folder_of_runs_means_the_newest(
    shapeclf: Callable[..., Result], line: Path, in_trained_folder: Path
) -> None:
    options = ("--json", "--quiet")
    (newest,) = _answers(shapeclf("predict", "line.csv", "--model", "runs", *options))
    (named,) = _answers(shapeclf("predict", "line.csv", "--model", in_trained_folder, *options))
    assert {**newest, "model": None} == {**named, "model": None}
    assert newest["model"]["sha256"] == named["model"]["sha256"]
    assert list(newest["posterior"]) == ["line", "parabola", "sqrt"]


def test_text_of_a_line(shapeclf: Callable[..., Result], line: Path) -> None:
    result = shapeclf("predict", "line.csv")
    assert result.stdout.startswith("almost certainly a line (")
    assert "\n  length = −3·time + 2   R² 1.0000\n" in result.stdout
    assert result.stderr == "note: x = time, y = length; 20 points\n"
    assert shapeclf("predict", "line.csv", "--quiet").stderr == ""


def test_parquet_and_tsv_are_read_as_csv_is(shapeclf: Callable[..., Result], line: Path, tmp_path: Path) -> None:
    (tmp_path / "line.tsv").write_text(LINE_OF_20.replace(",", "\t"), encoding="utf-8")
    columns = {"note": ["?"] * 20, "length": range(2, -58, -3), "time": np.arange(20, dtype=np.int16)}
    pq.write_table(pa.table({name: list(column) for name, column in columns.items()}), tmp_path / "line.parquet")
    options = ("--x", "time", "--y", "length", "--json")
    answers = [_answers(shapeclf("predict", f"line.{ending}", *options)) for ending in ("csv", "tsv", "parquet")]
    others = [answer[0]["data"].pop("other_columns") for answer in answers]
    assert others == [[], [], ["note"]]
    assert answers[0] == answers[1] == answers[2]


def test_without_the_fit_there_is_no_equation(shapeclf: Callable[..., Result], line: Path) -> None:
    (reported,) = _answers(shapeclf("predict", "line.csv", "--json", "--no-fit"))
    assert set(reported) == SHOWN | PROVENANCE
    assert "R²" not in shapeclf("predict", "line.csv", "--no-fit").stdout


@pytest.mark.parametrize("among", ["line,parabola,sqrt", "sqrt, line", "none,sine"])
def test_among_renormalises(among: str, shapeclf: Callable[..., Result], line: Path) -> None:
    names = [name.strip() for name in among.split(",")]
    (whole,) = _answers(shapeclf("predict", "line.csv", "--json"))
    (reported,) = _answers(shapeclf("predict", "line.csv", "--json", "--among", among))
    total = sum(whole["posterior"][name] for name in names)
    expected = {name: whole["posterior"][name] / total for name in names}
    assert list(reported["posterior"]) == names
    assert reported["posterior"] == pytest.approx(expected, rel=1e-4)
    assert reported["family"] == max(expected, key=lambda name: expected[name])


def test_among_families_that_the_model_lacks_is_refused(mistake: Callable[..., str], line: Path) -> None:
    text = mistake("predict", "line.csv", "--among", "line,cubic")
    assert text.startswith("among must be different families of the model (line, parabola, ")
    assert text.endswith("; got line, cubic")


def test_after_each_point(shapeclf: Callable[..., Result], line: Path) -> None:
    posterior = Recognizer.load().recognize(range(20), range(2, -58, -3)).posterior
    reported = _answers(shapeclf("predict", "line.csv", "--json", "--each-point"))
    assert [set(answer) for answer in reported] == [SHOWN] * 20
    assert [answer["points"] for answer in reported] == list(range(1, 21))
    np.testing.assert_array_equal([list(answer["posterior"].values()) for answer in reported], posterior)
    lines = shapeclf("predict", "line.csv", "--each-point").stdout.splitlines()
    assert [row.split()[0] for row in lines[:20]] == [str(points) for points in range(1, 21)]
    assert "\n".join(lines[20:]) == shapeclf("predict", "line.csv").stdout.strip("\n")


def test_each_point_is_answered_as_the_points_so_far(
    shapeclf: Callable[..., Result], tiny_model: Path, tmp_path: Path
) -> None:
    # If a model has no final answers, the first points of a sequence are answered as a sequence that ends there.
    rng = np.random.default_rng(0)
    points = rng.uniform(5, 10, (9, 2))
    (tmp_path / "points.csv").write_text("".join(f"{x!r},{y!r}\n" for x, y in points.tolist()), encoding="utf-8")
    options = ("--json", "--quiet", "--model", tiny_model)
    reported = _answers(shapeclf("predict", "points.csv", "--each-point", *options))
    recognizer = Recognizer.load(tiny_model)
    for count, answer in enumerate(reported, start=1):
        prefix = recognizer.recognize(*points[:count].T)
        assert list(answer["posterior"].values()) == pytest.approx(prefix.posterior[-1], abs=1e-6)
        assert answer["probability"] == max(answer["posterior"].values())


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("options", [(), ("--no-fit",), ("--among", "line,sine"), ("--decide", "0.5")], ids=" ".join)
def test_a_table_equals_json(
    ending: str, options: tuple[str, ...], shapeclf: Callable[..., Result], line: Path, tmp_path: Path
) -> None:
    (reported,) = _answers(shapeclf("predict", "line.csv", "--json", *options))
    result = shapeclf("predict", "line.csv", "--output", f"answer.{ending}", *options)
    assert (result.exit_code, result.stdout) == (0, "")
    (row,) = read_table(tmp_path / f"answer.{ending}")
    posterior = {name.removeprefix("p_"): row.pop(name) for name in list(row) if name.startswith("p_")}
    assert posterior == reported.pop("posterior")
    assert row == {name: value for name, value in reported.items() if name not in PROVENANCE}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_of_each_point(ending: str, shapeclf: Callable[..., Result], line: Path, tmp_path: Path) -> None:
    reported = _answers(shapeclf("predict", "line.csv", "--json", "--each-point"))
    shapeclf("predict", "line.csv", "--each-point", "--output", f"answer.{ending}")
    rows = read_table(tmp_path / f"answer.{ending}")
    for row, answer in zip(rows, reported, strict=True):
        assert {name.removeprefix("p_"): row.pop(name) for name in list(row) if name.startswith("p_")} == (
            answer.pop("posterior")
        )
        assert row == answer


def test_a_table_and_a_picture(shapeclf: Callable[..., Result], line: Path, tmp_path: Path) -> None:
    assert shapeclf("predict", "line.csv", "--output", "a.csv", "--plot", "a.png").stdout == ""
    assert {path.name for path in tmp_path.iterdir()} == {"line.csv", "a.csv", "a.png"}


# The option --decide.


def test_a_file_is_read_until_it_is_decided(shapeclf: Callable[..., Result], line: Path) -> None:
    whole = Recognizer.load().recognize(range(20), range(2, -58, -3))
    for probability in (0.3, 0.5, 0.8, 0.999999):
        stop = whole.decided(probability)
        (reported,) = _answers(shapeclf("predict", "line.csv", "--json", "--decide", probability))
        assert reported.pop("decided") == (stop is not None)
        by_then = whole if stop is None else whole.first(stop)
        expected = by_then.to_dict()
        assert {name: reported[name] for name in expected} == expected
        words, *others = shapeclf("predict", "line.csv", "--decide", probability).stdout.splitlines()
        if stop is None:
            assert words == f"not decided: no family reached {probability:g} in 20 points"
        else:
            assert words == f"decided after {stop} points"
        assert others[0] == f"{by_then.verdict}, after {stop or 20} points"


def test_each_point_until_it_is_decided(shapeclf: Callable[..., Result], line: Path) -> None:
    stop = Recognizer.load().recognize(range(20), range(2, -58, -3)).decided(0.5)
    assert stop is not None
    reported = _answers(shapeclf("predict", "line.csv", "--json", "--each-point", "--decide", 0.5))
    assert [answer["decided"] for answer in reported] == [False] * (stop - 1) + [True]


def test_a_stream_ends_when_it_is_decided(shapeclf: Callable[..., Result]) -> None:
    stream = Recognizer.load().stream()
    posterior = [stream.update(x, 2 - 3 * x) for x in range(20)]
    stop = next(count for count, row in enumerate(posterior, start=1) if row.max() >= 0.5)
    assert stop < 20
    reported = _answers(shapeclf("predict", "-", "--json", "--decide", 0.5, stdin=LINE_OF_20))
    assert [answer["points"] for answer in reported] == list(range(1, stop + 1))
    assert [answer["decided"] for answer in reported] == [False] * (stop - 1) + [True]
    *rows, last = shapeclf("predict", "-", "--decide", 0.5, stdin=LINE_OF_20).stdout.splitlines()
    assert len(rows) == stop
    assert last.startswith(f"decided after {stop} points: probably a line (")
    undecided = shapeclf("predict", "-", "--decide", 1, stdin=LINE_OF_20).stdout.splitlines()
    assert undecided[20] == "not decided: no family reached 1 in 20 points"
    assert undecided[21].endswith(", after 20 points")
    assert all(
        not answer["decided"]
        for answer in _answers(shapeclf("predict", "-", "--json", "--decide", 1, stdin=LINE_OF_20))
    )


def test_a_note_explains_where_stream_and_file_differ(
    shapeclf: Callable[..., Result], line: Path, tmp_path: Path
) -> None:
    points, so_far, finished = _answered_differently()
    text = "x,y\n" + "".join(f"{x!r},{y!r}\n" for x, y in points)
    (tmp_path / "other.csv").write_text(text, encoding="utf-8")
    for arguments, stdin in ((["-"], text), (["other.csv", "--each-point"], None)):
        result = shapeclf("predict", *arguments, "--no-fit", stdin=stdin)
        expected = f"points, {finished}, differs from the last one of the stream, {so_far}: a stream may"
        assert expected in result.stderr.splitlines()[-1]
        assert "differs" not in shapeclf("predict", *arguments, "--quiet", stdin=stdin).stderr
    assert "differs" not in shapeclf("predict", "line.csv", "--each-point").stderr
    assert "differs" not in shapeclf("predict", "other.csv").stderr


def _answered_differently() -> tuple[list[list[float]], str, str]:
    """Return noisy points at scattered x, in any order, that have another answer as a stream than as a file."""
    model = Recognizer.load("real")
    rng = np.random.default_rng(0)
    x = rng.uniform(0.0, 1.0, (100, 12))
    y = np.sin(5.0 * x) + 0.1 * rng.standard_normal(x.shape)
    points = np.stack([x.round(3), y.round(3)], axis=-1)
    so_far = model.log_probabilities(points, final=False)[:, -1].argmax(axis=-1)
    finished = model.predict_proba(list(points)).argmax(axis=-1)
    row = int((so_far != finished).argmax())
    assert so_far[row] != finished[row]
    return points[row].tolist(), model.families[so_far[row]], model.families[finished[row]]


def test_a_decided_stream_does_not_wait_for_its_end() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "shapeclf", "predict", "-", "--decide", "0.3"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdin is not None
    try:
        process.stdin.write(LINE_OF_20)
        process.stdin.flush()  # and it stays open
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.communicate()


# Incompatible options.

_BAD_OPTIONS = {
    "decide at 0": (("--decide", 0), "Invalid value for '--decide': '0' is not a finite number above 0"),
    "decide above 1": (
        ("--decide", 1.5),
        "Invalid value for '--decide': 1.5 is not a probability above 0 and at most 1",
    ),
    "decide at NaN": (("--decide", "nan"), "Invalid value for '--decide': 'nan' is not a finite number above 0"),
    "decide in words": (("--decide", "soon"), "Invalid value for '--decide': 'soon' is not a number"),
    "another table": (("--output", "a.json"), "a.json: a table of answers ends in .csv or .parquet"),
    "a table and JSON": (
        ("--output", "a.csv", "--json"),
        "Invalid value for '--output': a table replaces JSON; use one of the two",
    ),
    "no such model": (("--model", "no.onnx"), "no.onnx: there is no such model file or run"),
    "no such column": (("--x", "t"), "line.csv: --x 't' is not a column: there are 1 to 2 (time, length)"),
    "one column twice": (("--x", "time", "--y", "1"), "line.csv: --y '1' is the column of --x already"),
}


@pytest.mark.parametrize(("options", "expected"), _BAD_OPTIONS.values(), ids=_BAD_OPTIONS.keys())
def test_incompatible_options_are_refused(
    options: tuple[object, ...], expected: str, mistake: Callable[..., str], line: Path, tmp_path: Path
) -> None:
    assert mistake("predict", "line.csv", *options).startswith(expected)
    assert list(tmp_path.iterdir()) == [line]


def test_a_stream_has_no_table(mistake: Callable[..., str]) -> None:
    text = mistake("predict", "-", "--output", "a.csv")
    assert text == "Invalid value for '--output': a stream is answered in lines; a table is written for a file"


def test_a_bad_file_leaves_the_table_as_it_was(mistake: Callable[..., str], line: Path, tmp_path: Path) -> None:
    (tmp_path / "answer.csv").write_text("mine")
    line.write_text(LINE_OF_20 + "20,high\n", encoding="utf-8")
    text = mistake("predict", "line.csv", "--output", "answer.csv")
    assert text.startswith("line.csv, line 22, column 2 (length): 'high' is not a number; --skip-bad")
    assert (tmp_path / "answer.csv").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"line.csv", "answer.csv"}


def test_a_table_that_cannot_be_written_is_a_failure(failure: Callable[..., str], line: Path) -> None:
    text = failure("predict", "line.csv", "--output", "missing/answer.csv")
    assert "missing" in text
    assert "No such file or directory" in text
