"""``shapeclf wave``: train, eval and draw."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import Result

from shapeclf.cli import wave_train
from shapeclf.training.waves.recipes import WAVE_RECIPES, wave_recipe

from .conftest import RUN, answer, rows_of


def write_series(path: Path, values: list[float], header: str = "speed") -> Path:
    path.write_text("\n".join([header, *map(repr, values)]) + "\n", encoding="utf-8")
    return path


pytestmark = pytest.mark.usefixtures("one_picture")
SINE = [5 + 2 * math.sin(step / 9) for step in range(400)]


def test_the_option_accepts_exactly_the_recipes() -> None:
    assert sorted(wave_train.RECIPES) == sorted(WAVE_RECIPES)


def test_a_training_leaves_its_run_and_reports_the_result(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    result = shapeclf("wave", "train", "--recipe", "sin", "--seed", 4, "--max-updates", 20, "--noise", 0.01)
    assert (result.exit_code, result.stdout) == (0, f"{RUN}\n")
    first, ending = result.stderr.splitlines()
    assert first.startswith("update 20: loss ")
    assert "validation loss" in first
    assert ending == "finished after 20 updates"
    assert {path.name for path in (tmp_path / RUN).iterdir()} == {
        "config.json",
        "last.ckpt",
        "metrics.csv",
        "training.png",
    }
    config = json.loads((tmp_path / RUN / "config.json").read_text(encoding="utf-8"))
    assert (config["recipe"]["name"], config["recipe"]["noise"], config["seed"]) == ("sin", 0.01, 4)
    rows = rows_of(tmp_path / RUN / "metrics.csv")
    assert [row["update"] for row in rows] == ["20"]
    assert float(rows[0]["val_loss"]) > 0
    assert torch.load(tmp_path / RUN / "last.ckpt", weights_only=True)["recipe"]["name"] == "sin"
    again = shapeclf("wave", "train", "--seed", 4, "--max-updates", 20, "--noise", 0.01, "--quiet")
    assert (again.stdout, again.stderr) == (f"{RUN.parent / 'version_1'}\n", "")
    numbers = [answer(shapeclf("wave", "eval", "--json", "--model", RUN.parent / f"version_{n}")) for n in (0, 1)]
    assert numbers[0] == numbers[1]


def test_eval_is_far_below_no_change_and_reports_an_exact_autoregression(
    shapeclf: Callable[..., Result], in_wave_folder: Path
) -> None:
    record = answer(shapeclf("wave", "eval", "--json"))
    assert list(record) == ["recipe", "mse", "baseline", "skill"]
    assert list(record["baseline"]) == ["no_change", "linear", "autoregressive"]
    assert record["recipe"] == "sin"
    assert record["baseline"]["no_change"] == pytest.approx(0.00005, rel=0.01)
    assert record["baseline"]["linear"] == pytest.approx(5e-9, rel=0.01)
    assert record["baseline"]["autoregressive"] < 1e-20
    assert record["skill"] == pytest.approx(1 - record["mse"] / record["baseline"]["no_change"])
    assert record["skill"] > 0.99
    result = shapeclf("wave", "eval", "--plot", "eval.svg")
    assert result.exit_code == 0
    assert "autoregression is exact" in result.stdout
    assert (in_wave_folder.parents[2] / "eval.svg").stat().st_size > 1000


def test_noise_makes_all_forecasts_worse(shapeclf: Callable[..., Result], in_wave_folder: Path) -> None:
    clean, noisy = (answer(shapeclf("wave", "eval", "--json", "--noise", noise)) for noise in (0, 0.1))
    assert noisy["mse"] > clean["mse"]
    assert all(noisy["baseline"][name] > error for name, error in clean["baseline"].items())
    assert all("exact" not in shapeclf("wave", "eval", "--noise", noise).stdout for noise in (0.1, 1e99))


def test_a_wave_is_drawn_from_its_own_forecasts(
    shapeclf: Callable[..., Result], in_wave_folder: Path, tmp_path: Path
) -> None:
    few = answer(shapeclf("wave", "draw", "--steps", 5, "--json", "--output", "drawn.csv", "--plot", "drawn.png"))
    assert list(few) == ["recipe", "steps", "drawn_rmse"]
    assert (few["recipe"], few["steps"]) == ("sin", 5)
    assert few["drawn_rmse"] < 0.05
    assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG")
    rows = rows_of(tmp_path / "drawn.csv")
    assert [row["step"] for row in rows] == ["1", "2", "3", "4", "5"]
    squares = [(float(row["drawn"]) - float(row["truth"])) ** 2 for row in rows]
    assert math.sqrt(sum(squares) / 5) == pytest.approx(few["drawn_rmse"])
    assert answer(shapeclf("wave", "draw", "--json"))["steps"] == 1000
    assert shapeclf("wave", "draw", "--steps", 3).stdout.startswith(
        f"{RUN} (recipe sin), drawn from its own forecasts: RMSE "
    )


def test_the_recipe_shifted_sines_draws_three_waves(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    assert shapeclf("wave", "train", "--recipe", "shifted-sines", "--max-updates", 2).exit_code == 0
    assert "val_drawn_rmse" in (tmp_path / RUN / "metrics.csv").read_text(encoding="utf-8")
    record = answer(shapeclf("wave", "draw", "--steps", 4, "--json", "--output", "drawn.csv"))
    assert (record["recipe"], record["steps"]) == ("shifted-sines", 4)
    rows = rows_of(tmp_path / "drawn.csv")
    assert [row["wave"] for row in rows] == ["1"] * 4 + ["2"] * 4 + ["3"] * 4
    assert "shifted by half steps, which were not in the training data: RMSE " in (
        shapeclf("wave", "draw", "--steps", 4).stdout
    )
    whole, later = (answer(shapeclf("wave", "eval", "--json", *options)) for options in ([], ["--after", 50]))
    assert list(whole) == list(later) == ["recipe", "mse", "baseline", "skill"]
    assert whole["mse"] != later["mse"]
    assert later["skill"] == pytest.approx(1 - later["mse"] / later["baseline"]["no_change"])
    assert f"after the first 50 values of a wave, which determine the phase: MSE {later['mse']:.3g}, " in (
        shapeclf("wave", "eval").stdout
    )


def test_a_note_warns_that_drawings_after_noisy_windows_may_drift(shapeclf: Callable[..., Result]) -> None:
    assert shapeclf("wave", "train", "--noise", 0.1, "--max-updates", 2, "--quiet").exit_code == 0
    result = shapeclf("wave", "draw", "--steps", 3, "--json")
    assert result.exit_code == 0
    assert list(json.loads(result.stdout)) == ["recipe", "steps", "drawn_rmse"]
    assert result.stderr.startswith(f"note: {RUN} was trained to forecast from noisy values (--noise 0.1)")
    assert len(result.stderr.splitlines()) == 1


def test_a_series_of_the_users_own(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    series = write_series(tmp_path / "series.csv", SINE)
    result = shapeclf("wave", "train", "--csv", series, "--max-updates", 40)
    assert (result.exit_code, result.stderr.splitlines()[0]) == (0, "note: series = speed; 400 values")
    series.unlink()  # the run holds the series
    assert answer(shapeclf("wave", "eval", "--json"))["skill"] > 0.5
    assert answer(shapeclf("wave", "draw", "--json"))["steps"] == 40
    other = write_series(tmp_path / "other.csv", SINE[:50])
    drawn = shapeclf("wave", "draw", "--csv", other, "--json")
    assert (answer(drawn)["steps"], drawn.stderr) == (25, "note: series = speed; 50 values\n")
    assert answer(shapeclf("wave", "draw", "--csv", other, "--steps", 40, "--json"))["steps"] == 40


def test_a_column_with_its_name_in_the_dialect_of_its_file(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    """The pictures show the name and the unit of the column, also when they are drawn from the run later."""
    rows = "".join(f"{step};{value:.6f};{value % 3:.4f}\n" for step, value in enumerate(SINE)).replace(".", ",")
    (tmp_path / "tide.csv").write_text(f"# station 7\nday;level (m);wind\n{rows}", encoding="utf-8")
    options = ("--column", "level", "--max-updates", 3)
    result = shapeclf("wave", "train", "--csv", "tide.csv", *options)
    assert result.exit_code == 0
    assert result.stderr.startswith("note: series = level (m); 400 values; not read: day, wind\n")
    for command in (["eval"], ["draw"], ["draw", "--csv", "tide.csv", "--column", "wind", "--decimal", ","]):
        assert shapeclf("wave", *command, "--plot", "picture.svg").exit_code == 0
        expected = "wind" if "--csv" in command else "level (m)"
        assert f"<!-- {expected} -->" in (tmp_path / "picture.svg").read_text(encoding="utf-8")


def test_a_function_of_the_users_own(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    module = "import numpy as np\n\ndef beats(x):\n    return np.sin(x) * np.sin(x / 9)\n"
    (tmp_path / "my_families_waves.py").write_text(module, encoding="utf-8")
    source = ("--function", "my_families_waves:beats", "--x", "0:60", "--values", 800)
    assert shapeclf("wave", "train", *source, "--max-updates", 40, "--quiet").exit_code == 0
    assert answer(shapeclf("wave", "draw", "--json", "--output", "drawn.csv"))["steps"] == 80
    x = [60 * step / 799 for step in range(720, 800)]
    truth = [float(row["truth"]) for row in rows_of(tmp_path / "drawn.csv")]
    assert truth == pytest.approx([math.sin(value) * math.sin(value / 9) for value in x])


def test_the_csv_option_of_draw_reads_and_never_writes(
    shapeclf: Callable[..., Result], in_wave_folder: Path, tmp_path: Path, mistake: Callable[..., str]
) -> None:
    series = write_series(tmp_path / "series.csv", SINE)
    kept = series.read_bytes()
    drawn = answer(shapeclf("wave", "draw", "--csv", series, "--steps", 12, "--json", "--output", "drawn.csv"))
    assert (series.read_bytes(), drawn["steps"]) == (kept, 12)
    assert mistake("wave", "draw", "--csv", "typo.csv").startswith("typo.csv: there is no such file")
    assert not (tmp_path / "typo.csv").exists()
    before = (tmp_path / "drawn.csv").read_bytes()
    assert answer(shapeclf("wave", "draw", "--csv", "drawn.csv", "--column", "drawn", "--steps", 2, "--json"))
    assert (tmp_path / "drawn.csv").read_bytes() == before


def test_a_series_is_continued_beyond_its_end(
    shapeclf: Callable[..., Result], in_wave_folder: Path, tmp_path: Path
) -> None:
    write_series(tmp_path / "whole.csv", SINE)
    write_series(tmp_path / "part.csv", SINE[:-6])
    beyond = ("--steps", 6, "--beyond", "--output", "beyond.csv")
    record = answer(shapeclf("wave", "draw", "--csv", "part.csv", *beyond, "--json"))
    assert record == {"recipe": "sin", "steps": 6, "drawn_rmse": None}
    shapeclf("wave", "draw", "--csv", "whole.csv", "--steps", 6, "--output", "compared.csv")
    rows, compared = rows_of(tmp_path / "beyond.csv"), rows_of(tmp_path / "compared.csv")
    assert [row["drawn"] for row in rows] == [row["drawn"] for row in compared]
    assert {row["truth"] for row in rows} == {""}
    result = shapeclf("wave", "draw", "--csv", "part.csv", *beyond, "--plot", "beyond.svg")
    assert "6 steps after the last known value; there are no true values to compare with" in result.stdout
    assert answer(shapeclf("wave", "draw", "--beyond", "--json"))["steps"] == 1000


_SETTINGS: dict[str, tuple[list[object], dict[str, Any]]] = {
    "lstm": (
        ["--window", 5, "--hidden-size", "5,2", "--dense-size", "4", "--dropout", 0.1, "--batch-size", 100],
        {"window": 5, "hidden_sizes": [5, 2], "dense_sizes": [4], "dropout": 0.1, "batch_size": 100},
    ),
    "adagrad": (
        ["--optimizer", "adagrad", "--learning-rate", 0.03, "--schedule", "constant", "--keep", "last"],
        {"optimizer": "adagrad", "learning_rate": 0.03, "schedule": "constant", "keep": "last"},
    ),
    "l-bfgs": (["--optimizer", "lbfgs", "--keep", "best"], {"optimizer": "lbfgs", "keep": "best"}),
    "late-weight and free-running": (
        ["--recipe", "shifted-sines", "--noise", 0, "--late-weight", 0, "--free-running", 0],
        {"noise": 0.0, "late_weight": 0.0, "free_running": 0},
    ),
    "windowed sines": (
        ["--recipe", "shifted-sines", "--window", 6, "--free-running", 0, "--schedule", "cosine"],
        {"window": 6, "schedule": "cosine"},
    ),
}


@pytest.mark.parametrize(("options", "settings"), _SETTINGS.values(), ids=_SETTINGS.keys())
def test_single_settings_of_a_recipe_can_be_changed(
    options: list[object], settings: dict[str, Any], shapeclf: Callable[..., Result], tmp_path: Path
) -> None:
    assert shapeclf("wave", "train", *options, "--max-updates", 2, "--quiet").exit_code == 0
    recipe = json.loads((tmp_path / RUN / "config.json").read_text(encoding="utf-8"))["recipe"]
    assert {name: recipe[name] for name in settings} == settings
    assert answer(shapeclf("wave", "eval", "--json"))["mse"] > 0


def test_the_defaults_in_the_help_are_the_recipes() -> None:
    shown = 0
    for parameter in wave_train.command.params:
        for name, value in re.findall(r"\[(sin|shifted-sines): ([\w.]+)", getattr(parameter, "help", None) or ""):
            recipe = wave_recipe(name)
            field = getattr(recipe, str(parameter.name))
            text = ",".join(map(str, field)) if isinstance(field, tuple) else str(field).removesuffix(".0")
            assert value == (text or "none"), parameter.name
            shown += 1
    assert shown >= 10


_BAD_SERIES: dict[str, tuple[list[float], str]] = {
    "short": (SINE[:60], "series: 60 values are too few for windows of 10"),
    "constant": ([3.0] * 400, "channel 1 is constant (3)"),
    "nan": ([*SINE, math.nan], "line 402, column 1 (speed): there is no value; a series has a number in every row"),
}


@pytest.mark.parametrize(("values", "text"), _BAD_SERIES.values(), ids=_BAD_SERIES.keys())
def test_a_series_nothing_can_be_learned_from_is_a_mistake(
    values: list[float], text: str, mistake: Callable[..., str], tmp_path: Path
) -> None:
    write_series(tmp_path / "series.csv", values)
    assert text in mistake("wave", "train", "--csv", "series.csv")
    assert not (tmp_path / "runs").exists()


_MISTAKES: dict[str, tuple[list[object], str]] = {
    "column": (
        ["train", "--csv", "series.csv", "--column", "height"],
        "--column 'height' is not a column: there are 1",
    ),
    "column alone": (["train", "--column", "speed"], "--column is for --csv FILE, which is missing"),
    "decimal alone": (["train", "--decimal", ","], "--decimal is for --csv FILE, which is missing"),
    "delimiter alone": (["draw", "--delimiter", ","], "--delimiter is for --csv FILE, which is missing"),
    "header of a function": (
        ["train", "--function", "numpy:sin", "--header", "no"],
        "--header is for --csv FILE, which is missing",
    ),
    "two candidates": (["train", "--csv", "two.csv"], "two.csv: the series may be any of day, level; give --column"),
    "no file": (["train", "--csv", "nowhere.csv"], "nowhere.csv: there is no such file"),
    "recipe": (["train", "--recipe", "cos"], "'--recipe': 'cos' is not one of 'sin', 'sin-cos'"),
    "no windows": (["train", "--recipe", "shifted-sines", "--csv", "series.csv"], "needs a recipe with windows"),
    "noise": (["train", "--noise", "-1"], "'--noise': '-1' is not a finite number from 0 up"),
    "updates": (["train", "--max-updates", "0"], "'--max-updates': 0 is not in the range x>=1"),
    "no run to measure": (["eval"], "there is no finished run in runs/wave/ here: make one with 'shapeclf wave train'"),
    "no run to draw": (["draw"], "there is no finished run in runs/wave/ here"),
    "draw from nowhere": (["draw", "--csv", "no.csv", "--column", "1"], "no.csv: there is no such file"),
    "draw from a folder": (["draw", "--csv", "."], ".: a folder, not a file"),
    "function": (
        ["train", "--function", "beats"],
        "a function is named module:NAME, as in my_waves:beats; got 'beats'",
    ),
    "function and file": (["train", "--function", "math:sin", "--csv", "series.csv"], "both name the series"),
    "function that fails": (["train", "--function", "math:sin"], "function 'math:sin': failed with TypeError: "),
    "function that is none": (["train", "--function", "math:pi"], "of type float, which cannot be called"),
    "constant function": (["train", "--function", "numpy:ones_like"], "channel 1 is constant (1)"),
    "x": (["train", "--function", "numpy:sin", "--x", "3:1"], "'3:1': both ends must be finite, the lower one first"),
    "widths": (["train", "--hidden-size", "5,0"], "'--hidden-size': 0 is not in the range x>=1"),
    "widths as text": (["train", "--dense-size", "5;2"], "'--dense-size': '5;2' is not a valid integer range"),
    "dropout": (["train", "--dropout", "1"], "dropout: 1.0 was given; allowed is 0 <= dropout < 1"),
    "weights": (["train", "--late-weight", "0"], "late_weight: 0.0 was given; with a window only one forecast"),
    "free running": (["train", "--free-running", "3"], "a forecaster with a window does not train on its own"),
    "free running too long": (
        ["train", "--recipe", "shifted-sines", "--free-running", "200"],
        "free_running: 200 was given; allowed are 0..199",
    ),
    "draw column alone": (["draw", "--column", "1"], "--column is for --csv FILE, which is missing"),
    "resume nowhere": (["train", "--resume", "nowhere"], "'--resume': Directory 'nowhere' does not exist"),
    "resume no run": (["train", "--resume", "."], ".: it cannot be resumed: it is not a run"),
    "resume with a setting": (
        ["train", "--resume", ".", "--seed", "0"],
        "'--seed': a resumed run keeps its own settings",
    ),
    "no such run": (["eval", "--model", "nowhere"], "nowhere: not a finished run of a forecaster"),
    "picture": (["draw", "--plot", "drawn.gif"], "drawn.gif: a picture's name ends in .pdf, .png, .svg"),
}


@pytest.mark.parametrize(("arguments", "text"), _MISTAKES.values(), ids=_MISTAKES.keys())
def test_a_mistake_is_one_clear_line(
    arguments: list[object], text: str, mistake: Callable[..., str], tmp_path: Path
) -> None:
    write_series(tmp_path / "series.csv", SINE)
    (tmp_path / "two.csv").write_text("day,level\n" + "".join(f"{day},{day % 7}.5\n" for day in range(90)))
    assert text in mistake("wave", *arguments)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("values", "options", "text"),
    [
        (SINE, ["--steps", "391"], "steps: 391 was given; true values are known for 1..390"),
        (SINE[:10], [], "10 values are too few"),
        (SINE, ["--column", "1", "--column", "speed"], "2 columns were given"),
    ],
    ids=["steps", "short", "channels"],
)
@pytest.mark.usefixtures("in_wave_folder")
def test_a_series_to_draw_from_must_fit(
    values: list[float], options: list[str], text: str, mistake: Callable[..., str], tmp_path: Path
) -> None:
    write_series(tmp_path / "series.csv", values)
    assert text in mistake("wave", "draw", "--csv", "series.csv", *options)


@pytest.mark.usefixtures("in_wave_folder")
def test_more_steps_than_can_be_compared_are_a_mistake(mistake: Callable[..., str]) -> None:
    assert "steps: 1001 was given" in mistake("wave", "draw", "--steps", 1001)


def test_eval_where_the_test_part_is_constant_has_an_error_and_no_skill(
    shapeclf: Callable[..., Result], tmp_path: Path
) -> None:
    write_series(tmp_path / "series.csv", [*SINE[:360], *[SINE[359]] * 40])
    assert shapeclf("wave", "train", "--csv", "series.csv", "--max-updates", 2, "--window", 5, "--quiet").exit_code == 0
    record = answer(shapeclf("wave", "eval", "--json", "--after", 10))
    assert record["mse"] > 0
    assert (record["baseline"]["no_change"], record["skill"]) == (0.0, None)
    table = shapeclf("wave", "eval", "--after", 10, "--plot", "a.svg")
    assert table.exit_code == 0
    assert "skill (1 - MSE / no change): none, since the values do not change" in table.stdout
