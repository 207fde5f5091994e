"""Numbers that `predict FILE` prints: error bars, and files with known answers."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import Result

from shapeclf import Recognizer


def _with_errors(path: Path, errors: list[str]) -> None:
    rows = [f"{x},{2 * x + (-1) ** x / 10:.3f},{error}\n" for x, error in enumerate(errors)]
    path.write_text("x,y,y_err\n" + "".join(rows), encoding="utf-8")


def test_a_column_of_error_bars_weights_the_fit(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    errors = [0.1, 0.2, 0.1, 0.4, 0.1, 0.3, 0.1, 0.1]
    _with_errors(tmp_path / "points.csv", list(map(str, errors)))
    answer = json.loads(shapeclf("predict", "points.csv", "--json").stdout)
    x = np.arange(8)
    seen = Recognizer.load().recognize(x, np.round(2 * x + (-1.0) ** x / 10, 3), errors)
    assert answer["family"] == "line"
    assert answer["parameters"] == seen.parameters
    assert answer["standard_errors"] == seen.standard_errors
    assert answer["chi_squared"] == pytest.approx(6 * answer["reduced_chi_squared"])
    text = shapeclf("predict", "points.csv").stdout
    assert "  chi-squared per degree of freedom " in text
    given = json.loads(shapeclf("predict", "points.csv", "--json", "--y-error", "0.2").stdout)
    assert given["standard_errors"]["k"] == pytest.approx(0.2 / np.sqrt(42), rel=1e-9)
    percent = json.loads(shapeclf("predict", "points.csv", "--json", "--y-error", "5%").stdout)
    assert percent["chi_squared"] != given["chi_squared"]


def test_error_bars_weight_the_fits_of_groups_and_folders(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    _with_errors(tmp_path / "points.csv", ["0.1", "0.2", "0.1", "0.4", "0.1", "0.3", "0.1", "0.1"])
    header, *rows = (tmp_path / "points.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "folder").mkdir()
    lines = [f"run,{header}", *(f"a,{row}" for row in rows), *(f"b,{row}" for row in rows[::-1])]
    (tmp_path / "folder" / "groups.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    names = ("parameters", "standard_errors", "chi_squared", "p_value", "residual_sd")
    for options in ([], ["--y-error", "0.2"]):
        expected = json.loads(shapeclf("predict", "points.csv", "--json", *options).stdout)
        result = shapeclf("predict", "folder/groups.csv", "--group", "run", "--json", *options)
        for line in result.stdout.splitlines():
            assert [json.loads(line)[name] for name in names] == [pytest.approx(expected[name]) for name in names]
    shapeclf("predict", "folder", "--group", "run", "--output", "answers")
    (answers,) = (tmp_path / "answers").rglob("*.parquet")
    weighted = json.loads(shapeclf("predict", "points.csv", "--json").stdout)["chi_squared"]
    assert pq.read_table(answers)["chi_squared"].to_pylist() == [pytest.approx(weighted)] * 2


def test_error_bars_that_cannot_weight_are_reported(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    _with_errors(tmp_path / "points.csv", ["0.1", "0.2", "0", "0.1", "0.1", "0.1", "0.1"])
    result = shapeclf("predict", "points.csv", "--json")
    assert "note: the error bars are not used: that of point 3 is 0, " in result.stderr
    assert json.loads(result.stdout)["parameters"]["k"] == pytest.approx(2, abs=0.05)
    assert "chi_squared" not in json.loads(result.stdout)


@pytest.mark.parametrize("options", [["--no-fit"], ["--each-point", "--json"]], ids=lambda options: options[0])
def test_error_bars_without_a_fit_are_reported_or_refused(
    options: list[str], shapeclf: Callable[..., Result], mistake: Callable[..., str], tmp_path: Path
) -> None:
    _with_errors(tmp_path / "points.csv", ["0.1"] * 7)
    options = [*options, "--model", "fresh"]  # a model that does not use them for the probabilities
    result = shapeclf("predict", "points.csv", *options)
    assert "note: the error bars are not used: they weight the fit, and this answer has none\n" in result.stderr
    text = mistake("predict", "points.csv", *options, "--y-error", "y_err")
    assert text.startswith("Invalid value for '--y-error': weights the fit, and this answer has none (--no-fit, or ")


def test_more_points_than_the_model_knows_are_reported(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = np.linspace(0, 4, 3000)
    y = 5 * np.exp(-x) + 1 + 0.05 * rng.standard_normal(3000)
    (tmp_path / "points.csv").write_text("".join(f"{a!r},{b!r}\n" for a, b in zip(x.tolist(), y.tolist(), strict=True)))
    result = shapeclf("predict", "points.csv")
    assert (
        "the model was trained on up to 256 points; to recognise the family, neighbouring points are averaged"
        in result.stderr
    )
    assert result.stdout.startswith("almost certainly an exponential (")
    assert ", after 3000 points" in result.stdout


# Small files whose right answer is known; see each test.

ANSWERS = Path(__file__).parent / "answers"


@pytest.fixture
def answered(shapeclf: Callable[..., Result]) -> Callable[..., dict[str, Any]]:
    def ask(name: str, *options: str) -> dict[str, Any]:
        result = shapeclf("predict", ANSWERS / f"{name}.csv", "--json", *options)
        assert result.exit_code == 0, result.output
        answer: dict[str, Any] = json.loads(result.stdout)
        answer["text"] = shapeclf("predict", ANSWERS / f"{name}.csv", *options).stdout
        return answer

    return ask


def test_a_first_reading_that_is_high(answered: Callable[..., dict[str, Any]]) -> None:
    """The points do not determine the exponent of the power; the printed curve still passes the first reading."""
    answer = answered("first_reading_high")
    if answer["family"] == "power":
        assert answer["standard_errors"]["p"] is None
        assert "1.8e+09" not in answer["text"]
        # The residual falls all the way to p = −∞: where the search stops is arbitrary; k is that of the limit.
        assert answer["parameters"]["p"] < -30
        assert answer["parameters"]["k"] == pytest.approx(5.0263636364, rel=1e-9)
        assert re.search(r" = 5\.0\d*·\w+\^\(−\d\d\.\d+\) \+ 0\.20\d*", answer["text"])


def test_a_power_law_of_points_at_zero_has_an_exponent_above_zero(answered: Callable[..., dict[str, Any]]) -> None:
    answer = answered("power_at_zero", "--among", "exponential,line,reciprocal,power")
    assert answer["parameters"].get("p", 1.0) > 0
    assert abs(answer["parameters"]["k"]) > 1e-3


def test_two_runs_are_the_same_points_in_any_order(answered: Callable[..., dict[str, Any]]) -> None:
    stacked, ordered = answered("two_runs_stacked"), answered("two_runs_sorted")
    assert stacked["family"] == "exponential"
    for name in ("family", "probability", "posterior", "equation"):
        assert stacked[name] == ordered[name]


def test_positions_far_from_zero_have_the_digits_of_their_errors(answered: Callable[..., dict[str, Any]]) -> None:
    answer = answered("minimum_mjd", "--among", "quadratic")
    assert "c = 59020.43218" in answer["text"]
    assert answer["parameters"]["c"] == pytest.approx(59020.43218, abs=5e-6)


def test_a_precise_line_has_the_digits_of_its_errors(answered: Callable[..., dict[str, Any]]) -> None:
    text = answered("precise_line")["text"]
    assert "  k = 0.0123456827 ± 0.0000000027\n" in text
    assert "V = 0.0123456827·mm + 1.002344883 " in text


def test_errors_and_band_of_a_sine_at_julian_dates(answered: Callable[..., dict[str, Any]]) -> None:
    """The values of lmfit with x counted from the first date; simulated repetitions scatter by 6.8e-4 in w."""
    answer = answered("sine_julian_date", "--among", "sine")
    assert answer["r_squared"] == pytest.approx(0.994, abs=5e-4)
    assert answer["standard_errors"]["w"] == pytest.approx(6.1e-4, rel=0.02)
    assert answer["standard_errors"]["c"] < 0.01
    assert 2459000 < answer["parameters"]["c"] < 2459100
    points = np.loadtxt(ANSWERS / "sine_julian_date.csv", delimiter=",", skiprows=1)
    fit = Recognizer.load(among=["sine"]).recognize(*points.T).fit
    assert fit is not None
    lower, upper = fit.band([2459080.0]) or ([], [])
    assert (upper[0] - lower[0]) / 2 == pytest.approx(0.0137, rel=0.01)


def test_a_constant(answered: Callable[..., dict[str, Any]]) -> None:
    answer = answered("constant")
    assert (answer["family"], answer["equation"]) == ("constant", "y = 5")


def test_three_points(answered: Callable[..., dict[str, Any]]) -> None:
    answer = answered("three_points")
    assert answer["text"].startswith("too few points to tell, after 3 points\n")
    assert answer["equation"] is None or len(answer["parameters"]) < 3


def test_a_group_without_an_answer(shapeclf: Callable[..., Result]) -> None:
    result = shapeclf("predict", ANSWERS / "one_bad_group.csv", "--group", "run", "--among", "sqrt,power", "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["family"] is None for row in rows] == [False, True, False]


def test_a_decay_at_unix_times(answered: Callable[..., dict[str, Any]]) -> None:
    points = np.loadtxt(ANSWERS / "two_runs_sorted.csv", delimiter=",", skiprows=1)
    recognizer = Recognizer.load()
    near, far = recognizer.recognize(*points.T), recognizer.recognize(points[:, 0] + 1.7e9, points[:, 1])
    assert far.family == near.family == "exponential"
    assert far.parameters["r"] == pytest.approx(near.parameters["r"], rel=1e-4)
    assert far.standard_errors["r"] == pytest.approx(near.standard_errors["r"], rel=1e-3)
    assert far.equation is not None
    assert "(x − 1700000000)" in far.equation
