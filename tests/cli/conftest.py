"""Fixtures that run the commands in this process, each test in its own folder."""

import csv
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from shapeclf.cli.main import main

RUN = Path("runs") / "wave" / "version_0"
FAMILY_MODULE = """
from shapeclf.datasets import Family, Uniform

def cube(x):
    return x**3

CUBIC = Family("cubic", "y = k·x³ + b", cube)
LINE = Family("line", "y = k·x + b (mine)", lambda x: x, k=Uniform(2, 3))
NUMBER = 3
"""


@pytest.fixture
def shapeclf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """Runs a command in ``tmp_path``: ``shapeclf("eval", "--points", 4)``; ``stdin`` is what it reads.

    Only `SystemExit` ends a command: any other exception, a traceback for the user, fails the test.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])  # the commands add the current folder
    modules = set(sys.modules)
    importlib.invalidate_caches()

    def invoke(*arguments: object, stdin: str | None = None) -> Result:
        return CliRunner().invoke(
            main, [str(a) for a in arguments], input=stdin, prog_name="shapeclf", catch_exceptions=False
        )

    yield invoke
    for name in set(sys.modules) - modules:
        if name.startswith("my_families"):
            del sys.modules[name]


def _one_line(result: Result, exit_code: int) -> str:
    assert result.exit_code == exit_code, result.output
    *before, line = result.stderr.splitlines()
    assert all(not other or other.startswith(("Usage: shapeclf", "Try 'shapeclf", "note: ")) for other in before), (
        result.stderr
    )
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


@pytest.fixture
def mistake(shapeclf: Callable[..., Result]) -> Callable[..., str]:
    """Run a command that must end with exit code 2; return its error line, without Click's usage."""

    def invoke(*arguments: object, stdin: str | None = None) -> str:
        result = shapeclf(*arguments, stdin=stdin)
        assert result.stdout == ""
        return _one_line(result, 2)

    return invoke


@pytest.fixture
def failure(shapeclf: Callable[..., Result]) -> Callable[..., str]:
    """Run a command that must end with exit code 1; return its error line."""
    return lambda *arguments, stdin=None: _one_line(shapeclf(*arguments, stdin=stdin), 1)


@pytest.fixture(scope="session")
def trained_run(one_picture: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run of ``classic`` with the seed 2."""
    from shapeclf.training import settings_of
    from shapeclf.training.runs import train

    return train(settings_of("classic", seed=2), output=tmp_path_factory.mktemp("trained") / "runs", quiet=True).path


@pytest.fixture
def in_trained_folder(trained_run: Path, tmp_path: Path) -> Path:
    """Make ``trained_run`` the newest run of the test's folder; return its path."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "version_0").symlink_to(trained_run)
    return tmp_path / "runs" / "version_0"


@pytest.fixture
def family_module(tmp_path: Path) -> Path:
    """Write the module ``my_families`` to the test's folder, with CUBIC, another LINE, and a NUMBER."""
    path = tmp_path / "my_families.py"
    path.write_text(FAMILY_MODULE, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def user_family_run(one_picture: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run on line, parabola and a user-defined cubic, trained by the command."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "my_families.py").write_text(FAMILY_MODULE, encoding="utf-8")
    before, path = Path.cwd(), [*sys.path]
    os.chdir(folder)
    importlib.invalidate_caches()
    try:
        arguments = ["train", "--families", "line,parabola", "--family", "my_families:CUBIC", "--seed", "3", "--quiet"]
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    finally:
        os.chdir(before)
        sys.path[:] = path
        del sys.modules["my_families"]
    assert result.exit_code == 0, result.output
    return folder / "runs" / "version_0"


@pytest.fixture(scope="session")
def wave_run(one_picture: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run of ``sin`` with 100 updates."""
    from shapeclf.training.waves.recipes import shortened, wave_recipe
    from shapeclf.training.waves.runs import train_wave

    folder = tmp_path_factory.mktemp("wave")
    return train_wave(shortened(wave_recipe("sin"), 100), seed=1, output=folder, quiet=True).path


@pytest.fixture
def in_wave_folder(wave_run: Path, tmp_path: Path) -> Path:
    """Make ``wave_run`` the newest wave run of the test's folder."""
    (tmp_path / RUN.parent).mkdir(parents=True)
    (tmp_path / RUN).symlink_to(wave_run)
    return tmp_path / RUN


def answer(result: Result) -> dict[str, Any]:
    notes = [line for line in result.stderr.splitlines() if not line.startswith("note: series = ")]
    assert (result.exit_code, notes) == (0, []), result.output
    record: dict[str, Any] = json.loads(result.stdout)
    return record


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
