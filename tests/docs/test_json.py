"""The fields that the reference names are those that the commands print."""

import json
import math
import re
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from shapeclf.cli.main import main
from shapeclf.evaluation.law_limit import LawComparison
from shapeclf.recognition import Recognizer
from shapeclf.training import train_wave, wave_recipe
from shapeclf.training.waves.recipes import shortened

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "json.md").read_text(encoding="utf-8")


def _fields(heading: str) -> set[str]:
    """The names in the first column of the table below a heading."""
    table = PAGE.split(f" {heading}\n", 1)[1].split("\n#", 1)[0]
    rows = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def _printed(*arguments: str, given: str | None = None) -> dict[str, object]:
    done = CliRunner().invoke(main, [*arguments, "--json"], input=given)
    assert done.exit_code == 0, done.output
    last = json.loads(done.stdout.splitlines()[-1])
    return dict(last[0] if isinstance(last, list) else last)


@pytest.fixture
def points(tmp_path: Path) -> str:
    path = tmp_path / "points.csv"
    path.write_text("g,x,y\n" + "".join(f"a,{x},{2 * x + 1}\n" for x in range(6)), encoding="utf-8")
    return str(path)


def test_predict(points: str) -> None:
    columns = ("--x", "x", "--y", "y")
    one = _fields("`predict`") | _fields("One sequence in a file")
    printed = _printed("predict", points, *columns)
    assert set(printed) == one
    made_of = PAGE.split("| `data` |", 1)[1].split("\n\n", 1)[0]
    assert all(f"`{name}`" in made_of for key in ("data", "model") for name in dict(printed[key]))  # type: ignore[call-overload]
    added = set(_printed("predict", points, *columns, "--group", "g")) - one
    added |= set(_printed("predict", points, *columns, "--decide", "0.9")) - one
    added |= set(_printed("predict", points, points, *columns)) - one
    assert added == _fields("Added by options")


def test_closest_law_comparison_and_prediction(points: str) -> None:
    one = _fields("`predict`") | _fields("One sequence in a file")
    added = set(_printed("predict", points, "--x", "x", "--y", "y", "--compare", "--at", "9")) - one
    seen = Recognizer.load().recognize(range(30), [abs(x - 15) + 3 * math.sin(3 * x) ** 2 for x in range(30)]).to_dict()
    assert seen["family"] == "none"
    assert added | (set(seen) - one) == _fields("Closest law, comparison and prediction")
    assert set(seen["closest"]) == set(seen) - {"probability", "posterior", "points", "closest"}


@pytest.mark.parametrize("options", [("--no-fit",), ("--each-point",)], ids=["no-fit", "each-point"])
def test_predict_without_an_equation(points: str, options: tuple[str, ...]) -> None:
    missing = {"equation", "parameters", "standard_errors", "covariance", "r_squared"}
    missing |= {"residual_sd", "residual_test", "outliers", "quantities"}
    missing |= {"equation_named", "parameter_units"}
    found = set(_printed("predict", points, *options, "--x", "x", "--y", "y"))
    assert found - _fields("One sequence in a file") == _fields("`predict`") - missing


def test_error_bars() -> None:
    x = range(6)
    with_errors = Recognizer.load().recognize(x, x, 0.1).to_dict()
    assert set(with_errors) - _fields("`predict`") == _fields("Added by error bars")


def test_eval() -> None:
    assert set(_printed("eval", "--model", "fresh", "--points", "2", "--sequences", "50")) == _fields("`eval`")
    against_the_limit = {field.name for field in fields(LawComparison)}
    assert against_the_limit == _fields("`eval` with `--noise` and several `--points`")


def test_waves(tmp_path: Path) -> None:
    run = train_wave(shortened(wave_recipe("sin"), 3), output=tmp_path, quiet=True).path
    assert set(_printed("wave", "eval", "--model", str(run))) == _fields("`wave eval`")
    assert set(_printed("wave", "draw", "--model", str(run), "--steps", "5")) == _fields("`wave draw`")


def test_families() -> None:
    assert set(_printed("families")) == _fields("`families`")
