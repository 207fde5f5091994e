"""``shapeclf train``."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from shapeclf import Recognizer
from shapeclf.training import settings_of

pytestmark = pytest.mark.usefixtures("one_picture")
SMALL = ["--hidden-size", 8, "--test-sequences", 100]


def config_of(run: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((run / "config.json").read_text(encoding="utf-8"))
    return config


def reported(stderr: str) -> list[str]:
    """The lines without the notes on the data set."""
    return [line for line in stderr.splitlines() if not line.startswith("note: ")]


def test_by_default_it_trains_classic_to_its_target(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    result = shapeclf("train", "--seed", 2)
    assert result.exit_code == 0
    assert result.stdout == f"{Path('runs') / 'version_0'}\n"
    *rounds, ending = reported(result.stderr)
    assert rounds
    assert all(line.startswith("update ") and "validation accuracy after 1..4 points" in line for line in rounds)
    assert ending == f"target reached after {50 * len(rounds)} updates"
    run = tmp_path / "runs" / "version_0"
    config = config_of(run)
    versions = config.pop("versions")
    assert config == settings_of("classic", seed=2).record()
    assert versions["shapeclf"]
    assert Recognizer.load(run).families == ("line", "parabola", "sqrt")


def test_every_default_can_be_overridden(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "--recipe": "classic",
        "--families": "sqrt,line",
        "--parameters": "fresh",
        "--points": "2:6",
        "--x": "5:15",
        "--noise": 0.25,
        "--seed": 11,
        "--hidden-size": 7,
        "--optimizer": "sgd",
        "--learning-rate": 0.008,
        "--schedule": "cosine",
        "--batch-size": 4,
        "--max-updates": 4,
        "--round-updates": 2,
        "--test-points": 3,
        "--test-sequences": 10,
        "--target-accuracy": 0.75,
        "--device": "cpu",
        "--threads": 1,
        "--workers": 0,
        "--output": "elsewhere",
    }
    result = shapeclf("train", "--quiet", *(word for option in options.items() for word in option))
    assert (result.exit_code, result.stderr) == (0, "")
    config = config_of(tmp_path / "elsewhere" / "version_0")
    for option, value in options.items():
        name = option.removeprefix("--").replace("-", "_")
        if name not in ("families", "parameters", "points", "x", "noise", "output"):
            assert config[name] == value
    sequences = config["sequences"]
    assert [family["name"] for family in sequences["families"]] == ["sqrt", "line"]
    assert (sequences["parameters"], sequences["points"], sequences["noise"]) == ("fresh", [2, 6], 0.25)
    assert sequences["x"] == {"uniform": [5.0, 15.0]}
    metrics = (tmp_path / "elsewhere" / "version_0" / "metrics.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in metrics] == ["update", "2", "4"]
    assert "accuracy_3" in metrics[0]
    assert "accuracy_4" not in metrics[0]


def test_a_target_that_is_missed_is_reported(shapeclf: Callable[..., Result]) -> None:
    result = shapeclf("train", "--max-updates", 2, "--target-accuracy", 1, *SMALL)
    assert result.exit_code == 0
    assert result.stderr.splitlines()[-2:] == [
        "finished after 2 updates",
        "the target accuracy of 1 was not reached: more --max-updates may help",
    ]


def test_resuming_continues_in_the_same_folder(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    shapeclf("train", "--max-updates", 4, "--round-updates", 2, "--seed", 3, *SMALL)
    other = shapeclf("train", "--max-updates", 2, *SMALL)
    assert other.stdout == f"{Path('runs') / 'version_1'}\n"
    untouched = {path: path.read_bytes() for path in (tmp_path / "runs" / "version_1").iterdir()}
    result = shapeclf("train", "--resume", Path("runs") / "version_0", "--max-updates", 6, "--target-accuracy", 1)
    assert (result.exit_code, result.stdout) == (0, f"{Path('runs') / 'version_0'}\n")
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["version_0", "version_1"]
    assert {path: path.read_bytes() for path in (tmp_path / "runs" / "version_1").iterdir()} == untouched
    config = config_of(tmp_path / "runs" / "version_0")
    assert (config["max_updates"], config["target_accuracy"], config["seed"]) == (6, 1.0, 3)
    metrics = (tmp_path / "runs" / "version_0" / "metrics.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in metrics] == ["update", "2", "4", "6"]
    assert Recognizer.load(tmp_path / "runs" / "version_0").model.record["updates"] == 6


@pytest.mark.parametrize(
    "option",
    [
        ["--seed", "2"],
        ["--recipe", "classic"],
        ["--families", "line,sqrt"],
        ["--parameters", "fresh"],
        ["--points", "9"],
        ["--x", "5:15"],
        ["--noise", "0.1"],
        ["--hidden-size", "7"],
        ["--optimizer", "sgd"],
        ["--learning-rate", "0.1"],
        ["--schedule", "cosine"],
        ["--batch-size", "3"],
        ["--round-updates", "9"],
        ["--test-points", "2"],
        ["--test-sequences", "10"],
        ["--device", "cpu"],
        ["--threads", "2"],
        ["--workers", "2"],
        ["--output", "there"],
    ],
    ids=lambda option: str(option[0]),
)
def test_resuming_refuses_other_settings(option: list[str], mistake: Callable[..., str], trained_run: Path) -> None:
    before = {path: path.read_bytes() for path in trained_run.iterdir()}
    text = mistake("train", "--resume", trained_run, *option)
    assert text == f"Invalid value for '{option[0]}': a resumed run keeps its own settings"
    assert {path: path.read_bytes() for path in trained_run.iterdir()} == before


def test_only_a_run_can_be_resumed(mistake: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert mistake("train", "--resume", "empty") == "empty: not a run (it has no config.json)"
    assert "'--resume': Directory 'nowhere' does not exist." in mistake("train", "--resume", "nowhere")


def test_resuming_refuses_fewer_updates_than_were_made(mistake: Callable[..., str], trained_run: Path) -> None:
    assert mistake("train", "--quiet", "--resume", trained_run, "--max-updates", 50).startswith(
        "max_updates must be from 100 up"
    )


_REFUSED = {
    "hidden-size": (["--hidden-size", "0"], "'--hidden-size': 0 is not in the range x>=1"),
    "optimizer": (["--optimizer", "lion"], "'--optimizer': 'lion' is not one of 'adam', 'adamw', 'sgd'"),
    "learning-rate": (["--learning-rate", "0"], "'--learning-rate': '0' is not a finite number above 0"),
    "learning-rate-inf": (["--learning-rate", "inf"], "'--learning-rate': 'inf' is not a finite number above 0"),
    "schedule": (["--schedule", "steep"], "'--schedule': 'steep' is not one of 'constant', 'cosine'"),
    "batch-size": (["--batch-size", "0"], "'--batch-size': 0 is not in the range x>=1"),
    "max-updates": (["--max-updates", "many"], "'--max-updates': 'many' is not a valid integer range"),
    "test-points": (["--test-points", "0"], "'--test-points': 0 is not in the range x>=1"),
    "target-accuracy": (["--target-accuracy", "2"], "target_accuracy must be above 0 and at most 1, got 2.0"),
    "target-accuracy-0": (["--target-accuracy", "0"], "'--target-accuracy': '0' is not a finite number above 0"),
    "device": (["--device", "abacus"], "device 'abacus': "),
    "threads": (["--threads", "-1"], "'--threads': -1 is not in the range x>=0"),
    "workers": (["--workers", "-1"], "'--workers': -1 is not in the range x>=0"),
}


@pytest.mark.parametrize(("options", "text"), _REFUSED.values(), ids=_REFUSED.keys())
def test_a_bad_value_is_refused_and_leaves_nothing(
    options: list[str], text: str, mistake: Callable[..., str], tmp_path: Path
) -> None:
    assert text in mistake("train", "--quiet", *options)
    assert not (tmp_path / "runs").exists()


def test_a_folder_that_cannot_be_written_is_a_failure(failure: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert failure("train", "--quiet", "--output", Path("file") / "runs").startswith(f"{Path('file') / 'runs'}: ")


@pytest.mark.slow
def test_piped_it_writes_plain_lines_and_the_run_alone_on_stdout(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "shapeclf", "train", "--max-updates", "60", *map(str, SMALL)]
    result = subprocess.run(
        [*command, "--target-accuracy", "1", "--noise", "5"],
        cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert result.stdout == f"{Path('runs') / 'version_0'}\n"
    starts = [line.split(":")[0] for line in reported(result.stderr)]
    assert starts[:3] == ["update 50", "update 60", "finished after 60 updates"]
    assert len(starts) == 4  # no warning among them


def test_an_unattainable_target_is_reported(shapeclf: Callable[..., Result]) -> None:
    result = shapeclf("train", *SMALL, "--parameters", "fresh", "--target-accuracy", 0.95, "--max-updates", 1)
    assert result.exit_code == 0
    (note,) = [line for line in result.stderr.splitlines() if "cannot be reached" in line]
    assert "the target accuracy of 0.95" in note
    assert "after 1 point (" in note


def test_an_attainable_target_is_not_reported(shapeclf: Callable[..., Result]) -> None:
    result = shapeclf("train", *SMALL, "--max-updates", 1)
    assert "cannot be reached" not in result.stderr


@pytest.mark.parametrize(("options", "leaks"), [((), True), (("--x", "5:15"), False)], ids=["own ranges", "one range"])
def test_the_leak_of_x_is_reported(options: tuple[str, ...], leaks: bool, shapeclf: Callable[..., Result]) -> None:
    result = shapeclf("train", *SMALL, *options, "--max-updates", 1)
    notes = [line for line in result.stderr.splitlines() if line.startswith("note: x alone")]
    assert len(notes) == leaks
    assert all("has an accuracy of 0.50 after 1 point" in note for note in notes)
