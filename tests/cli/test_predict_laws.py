"""``shapeclf predict``: the closest law, --compare and --at, in text and in JSON."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from shapeclf import Recognizer
from shapeclf.recognition.naming import Names

_FALL = [4.9, 19.6, 44.1, 78.5, 122.4, 176.5]
_KINKED = [abs(x - 15) + 3 * np.sin(3 * x) ** 2 for x in range(30)]


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    rows = "".join(f"{t},{s}\n" for t, s in enumerate(_FALL, start=1))
    (tmp_path / "fall.csv").write_text(f"t (s),s (m)\n{rows}", encoding="utf-8")
    (tmp_path / "kinked.csv").write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in enumerate(_KINKED)))


def test_text_json_and_python_agree_on_comparison_and_prediction(shapeclf: Callable[..., Result]) -> None:
    arguments = ("predict", "fall.csv", "--compare", "--at", "7,9 s")
    answer = json.loads(shapeclf(*arguments, "--json").stdout)
    seen = Recognizer.load().recognize(range(1, 7), _FALL)
    assert answer["at"] == seen.predict_y([7.0, 9.0]).records()
    for row, expected in zip(answer["comparison"], seen.comparison, strict=True):
        assert row.pop("equation_named") == Names("t", "s").equation(seen.fits[row["family"]])
        assert row == expected
    lines = shapeclf(*arguments).stdout.splitlines()
    head = next(index for index, line in enumerate(lines) if line.split()[0] == "family")
    assert lines[head].split() == ["family", "probability", "residual", "sd", "R²", "AIC", "BIC", "equation"]
    assert lines[head + 1].split(maxsplit=6)[0::6] == ["parabola", "s = 4.9013·t² − 0.003"]
    assert [line.split()[0] for line in lines[head + 1 :]][: len(seen.fits)] == list(seen.fits)
    table = lines[head + 1 + len(seen.fits) :]
    assert table[0].split() == ["t", "(s)", "s", "(m)", "curve,", "95", "%", "reading,", "95", "%"]
    assert table[1].split() == ["7", "240.16", "239.89", "to", "240.44", "239.81", "to", "240.52"]
    averaged = seen.predict_y([7.0, 9.0]).shares
    share = 100 * answer["posterior"]["parabola"] / sum(answer["posterior"][name] for name in averaged)
    assert table[3].startswith(f"  the prediction mixes the laws by their probabilities (parabola {share:.1f} %, ")


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_predicted_x_of_dates_have_their_unit_and_origin(
    form: str, tmp_path: Path, shapeclf: Callable[..., Result]
) -> None:
    rows = "".join(f"2024-01-0{day},{2 * day + 1 + 0.01 * (-1) ** day}\n" for day in range(1, 9))
    (tmp_path / "dates.csv").write_text(f"date,level (m)\n{rows}", encoding="utf-8")
    text = shapeclf("predict", "dates.csv", "--at", "2024-02-01,2023-12-01", "--format", form).stdout
    head, *lines = [
        re.split(r"  +| *\| *", line.strip(" |")) for line in text.splitlines() if "curve" in line or "to" in line
    ]
    assert head == ["date (d since 2024-01-01)", "level (m)", "curve, 95 %", "reading, 95 %"]
    assert [cells[0] for cells in lines] == ["31", "−31"]


def test_error_bars_add_chi_squared(shapeclf: Callable[..., Result]) -> None:
    lines = shapeclf("predict", "fall.csv", "--compare", "--y-error", "0.1").stdout.splitlines()
    head = next(line for line in lines if line.startswith("  family"))
    assert "chi-squared" in head
    (row,) = [line for line in lines if line.startswith("  parabola") and "s = " in line]
    assert row[head.index("chi-squared") :].split()[0] == "2.677"


def test_none_shows_the_closest_law(shapeclf: Callable[..., Result]) -> None:
    seen = Recognizer.load().recognize(range(30), _KINKED)
    assert seen.closest is not None
    lines = shapeclf("predict", "kinked.csv").stdout.splitlines()
    assert "none of the known laws" in lines[0]
    assert lines[1:3] == [
        "  the closest law is a Gaussian:",
        f"  {seen.closest.equation}   R² {seen.closest.r_squared:.4f}",
    ]
    assert any(line.startswith("  the residuals are not random (Durbin–Watson") for line in lines)
    answer = json.loads(shapeclf("predict", "kinked.csv", "--json").stdout)
    assert answer["equation"] is None
    assert {name: answer["closest"][name] for name in seen.to_dict()["closest"]} == seen.to_dict()["closest"]
    assert "closest" not in json.loads(shapeclf("predict", "kinked.csv", "--json", "--no-fit").stdout)


def test_a_stream_ends_with_comparison_and_prediction(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    text = (tmp_path / "fall.csv").read_text(encoding="utf-8")
    whole = json.loads(shapeclf("predict", "fall.csv", "--json", "--at", "8", "--compare").stdout)
    last = shapeclf("predict", "-", "--json", "--at", "8", "--compare", stdin=text).stdout.splitlines()[-1]
    assert {key: json.loads(last)[key] for key in ("at", "comparison")} == {
        key: whole[key] for key in ("at", "comparison")
    }


def test_a_date_is_a_value_of_x(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    rows = "".join(f"2024-03-{day:02d},{2 * day + 0.1 * (-1) ** day}\n" for day in range(1, 11))
    (tmp_path / "level.csv").write_text(f"date,level\n{rows}")
    predicted = [
        json.loads(shapeclf("predict", "level.csv", "--at", at, "--json").stdout)["at"] for at in ("2024-03-15", "14")
    ]
    assert predicted[0] == predicted[1]
    assert predicted[0][0]["y"] == pytest.approx(30, abs=0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--at", "7 m"], "--at '7 m': x is in s; give a number without m"),
        (["--at", "7,,8"], "Invalid value for '--at': '7,,8' has an empty item"),
        (["--at", "7", "--no-fit"], "Invalid value for '--at': fits the laws, and this answer has no fit (--no-fit, "),
        (["--compare", "--json", "--each-point"], "Invalid value for '--compare': fits the laws, and this answer has "),
        (["--at", "7", "--format", "latex"], "Invalid value for '--at': is for --format text, json and markdown"),
        (["--extrapolate", "2"], "Invalid value for '--extrapolate': changes the picture: give --plot, too"),
        (["--extrapolate", "1", "--plot", "a.png"], "Invalid value for '--extrapolate': '1' is not a finite number ab"),
        (["--extrapolate", "2", "--plot", "a.png", "--no-fit"], "draws predicted y together with the fit, and "),
        (["--compare", "--output", "a.csv"], "Invalid value for '--compare': is not written into a table; use --json"),
    ],
    ids=[
        *("unit", "empty", "no fit", "each point"),
        *("report", "no picture", "no factor", "no fit in the picture", "table"),
    ],
)
def test_what_cannot_be_predicted_is_refused(options: list[str], message: str, mistake: Callable[..., str]) -> None:
    assert message in mistake("predict", "fall.csv", "--quiet", *options)


def test_too_few_points_for_a_prediction_print_nothing_else(shapeclf: Callable[..., Result]) -> None:
    Path("two.csv").write_text("1 2\n2 4\n")
    result = shapeclf("predict", "two.csv", "--at", "5", "--among", "line,sqrt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no y is predicted from 2 points: they determine none of the probable laws" in result.stderr
