"""``shapeclf predict --format``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

from shapeclf.recognition.verdicts import verdict

FALL = "t (s),s (m)\n" + "".join(f"{t},{s}\n" for t, s in enumerate((4.9, 19.6, 44.1, 78.5, 122.4, 176.5), start=1))


@pytest.fixture(autouse=True)
def fall(tmp_path: Path) -> None:
    (tmp_path / "fall.csv").write_text(FALL, encoding="utf-8")
    (tmp_path / "none.csv").write_text("x,y\n1,3\n2,-1\n3,4\n4,1\n5,-5\n6,9\n7,2\n8,6\n9,5\n", encoding="utf-8")


def test_json_is_the_short_form(shapeclf: Callable[..., Result]) -> None:
    expected = json.loads(shapeclf("predict", "fall.csv", "--json").stdout)
    assert json.loads(shapeclf("predict", "fall.csv", "--format", "json").stdout) == expected
    assert shapeclf("predict", "fall.csv", "--format", "text").stdout == shapeclf("predict", "fall.csv").stdout
    streamed = shapeclf("predict", "-", "--format", "json", stdin=FALL).stdout.splitlines()
    assert len(list(map(json.loads, streamed))) == 7


def test_each_form_of_a_file(shapeclf: Callable[..., Result]) -> None:
    answer = json.loads(shapeclf("predict", "fall.csv", "--json").stdout)
    results = {form: shapeclf("predict", "fall.csv", "--format", form) for form in ("markdown", "latex", "python")}
    assert {result.exit_code for result in results.values()} == {0}
    assert {result.stderr for result in results.values()} == {"note: x = t (s), y = s (m); 6 points\n"}
    report = results["markdown"].stdout
    words = verdict(answer["posterior"], 6).capitalize()
    assert report.startswith(f"**{words}, after 6 points.**\n\nPoints: fall.csv: x = t (s)")
    assert words.startswith("Almost certainly a parabola (99.")
    assert f"`{answer['equation_named']}`" in report
    assert "  s &= k\\,t^{2} + b \\\\\n" in results["latex"].stdout
    assert "\\qty{4.9013(27)}{m/s^{2}}" in results["latex"].stdout
    namespace: dict[str, Any] = {}
    exec(results["python"].stdout, namespace)
    expected = answer["parameters"]["k"] * np.arange(7) ** 2 + answer["parameters"]["b"]
    np.testing.assert_allclose(namespace["y"](range(7)), expected, rtol=1e-14)


def test_a_report_compares_and_predicts_as_text_does(shapeclf: Callable[..., Result]) -> None:
    options = ("predict", "fall.csv", "--compare", "--at", "7,8", "--quiet")
    words = [line.split() for line in shapeclf(*options).stdout.splitlines()]
    lines = shapeclf(*options, "--format", "markdown").stdout.splitlines()
    rows = [line.replace("|", " ").split() for line in lines if line.startswith("|")]
    start = words.index(rows[-4])  # of the predictions; below the headings, the report has a line of dashes
    assert words[start : start + 3] == rows[-4:-3] + rows[-2:]
    assert [row for row in rows if "s = " in " ".join(row)] == [row for row in words if "s = " in " ".join(row[1:])]


def test_several_files_have_a_block_each_and_one_without_an_equation_is_reported(
    shapeclf: Callable[..., Result],
) -> None:
    options = ("--among", "parabola,sqrt,none", "--quiet", "--format")
    one = shapeclf("predict", "fall.csv", *options, "latex").stdout
    result = shapeclf("predict", "fall.csv", "none.csv", "fall.csv", *options, "latex")
    assert (result.exit_code, result.stdout) == (2, f"{one}\n{one}\n")
    text = "none.csv: there is no equation to write: "
    assert result.stderr.startswith(f"Error: {text}")
    assert len(result.stderr.splitlines()) == 1
    assert shapeclf("predict", "none.csv", *options, "markdown").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ["-", "--format", "python"],
            "'--format': python is for files of one sequence; this input is answered in lines",
        ),
        (
            ["fall.csv", "--group", "1", "--format", "latex"],
            "'--format': latex is for files of one sequence; this input is answered in lines",
        ),
        (
            ["fall.csv", "--format", "markdown", "--each-point"],
            "'--each-point': prints a line for each point, not markdown",
        ),
        (["fall.csv", "--format", "latex", "--no-fit"], "'--no-fit': leaves out the equation, which latex shows"),
        (
            ["fall.csv", "--format", "text", "--json"],
            "'--json': is the short form of --format json; use one of the two",
        ),
        (["fall.csv", "--format", "latex", "--at", "7"], "'--at': is for --format text, json and markdown"),
        (
            ["fall.csv", "--format", "python", "--output", "a.csv"],
            "'--output': a table replaces the answer on standard output; use one of the two",
        ),
    ],
    ids=["stream", "groups", "each point", "no fit", "twice", "at", "table"],
)
def test_options_that_exclude_a_format_are_refused(
    arguments: list[str], text: str, mistake: Callable[..., str]
) -> None:
    assert mistake("predict", *arguments) == f"Invalid value for {text}"
