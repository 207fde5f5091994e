"""The columns that the reference names are those of the tables that the commands write."""

import csv
import math
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from shapeclf import train
from shapeclf.cli.main import main
from shapeclf.training import settings_of, train_wave, wave_recipe
from shapeclf.training.waves.recipes import shortened

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "tables.md").read_text(encoding="utf-8")
FIT = ("equation", "closest")
POSTERIOR = re.compile(r"p_(?!value)\w+")


def _documented(heading: str) -> list[str]:
    table = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"`(\w+)`", "".join(re.findall(r"^\|( `[^|]*)\|", table, re.MULTILINE)))


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def _written(folder: Path, *arguments: str) -> list[str]:
    """The columns that a command writes, without those of the posterior between p_line and p_none."""
    path = folder / "out.csv"
    done = CliRunner().invoke(main, [*arguments, "--output", str(path)])
    assert done.exit_code == 0, done.output
    return [name for name in _header(path) if name in ("p_line", "p_none") or not POSTERIOR.fullmatch(name)]


@pytest.fixture
def points(tmp_path: Path) -> str:
    path = tmp_path / "points.csv"
    path.write_text("g,x,y\n" + "".join(f"a,{x},{2 * x + 1}\n" for x in range(6)), encoding="utf-8")
    return str(path)


@pytest.fixture
def unknown(tmp_path: Path) -> str:
    path = tmp_path / "none.csv"
    path.write_text(
        "x,y\n" + "".join(f"{x},{abs(x - 15) + 3 * math.sin(3 * x) ** 2}\n" for x in range(30)), encoding="utf-8"
    )
    return str(path)


def test_answers(tmp_path: Path, points: str, unknown: str) -> None:
    every = _documented("Answers")
    only = {"group", "chi_squared", "reduced_chi_squared", "p_value", "closest", "error", "decided"}
    added = {
        ("--y-error", "1"): {"chi_squared", "reduced_chi_squared", "p_value"},
        ("--group", "g"): {"group", "error"},
        ("--decide", "0.9"): {"decided"},
        (): set(),
    }
    for options, columns in added.items():
        written = _written(tmp_path, "predict", points, "--x", "x", "--y", "y", *options)
        assert written == [name for name in every if name not in only - columns], options
    assert _written(tmp_path, "predict", unknown) == [name for name in every if name not in only - {"closest"}]


@pytest.mark.parametrize("option", ["--no-fit", "--each-point"])
def test_answers_without_an_equation(tmp_path: Path, points: str, option: str) -> None:
    every = _documented("Answers")
    start, stop = map(every.index, FIT)
    missing = {"group", "error", "decided", *every[start : stop + 1]}
    assert _written(tmp_path, "predict", points, "--x", "x", "--y", "y", option) == [
        name for name in every if name not in missing
    ]


def test_samples(tmp_path: Path) -> None:
    assert _written(tmp_path, "sample", "--recipe", "real", "--sequences", "2") == _documented("Samples")
    assert _written(tmp_path, "sample", "--sequences", "2") == _documented("Samples")[:-1]


def test_metrics_of_a_training(tmp_path: Path) -> None:
    settings = settings_of("classic", max_updates=2, test_points=2, test_sequences=10, target_accuracy=None)
    run = train(settings, output=tmp_path, quiet=True)
    assert _header(run.path / "metrics.csv") == _documented("`metrics.csv` of a training")


def test_metrics_of_a_forecaster(tmp_path: Path) -> None:
    run = train_wave(shortened(wave_recipe("shifted-sines"), 1), output=tmp_path, quiet=True)
    assert _header(run.path / "metrics.csv") == _documented("`metrics.csv` of a forecaster")
