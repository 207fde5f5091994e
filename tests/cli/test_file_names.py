"""Names of files: empty, too long, in a folder that does not exist, or of the file that is read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

_POINTS = "g,x,y\n" + "".join(f"a,{x},{2 * x + 1}\n" for x in range(1, 9))
_LONG = "a" * 300
_EMPTY = {
    "a file": ["predict", ""],
    "a model": ["predict", "points.csv", "--model", ""],
    "a table": ["predict", "points.csv", "--output", ""],
    "a picture": ["predict", "points.csv", "--plot", ""],
    "a model to measure": ["eval", "--model", ""],
    "a model to draw from": ["sample", "--model", ""],
    "drawn sequences": ["sample", "--output", ""],
    "a folder of runs": ["train", "--output", ""],
    "a run of a forecaster": ["wave", "eval", "--model", ""],
    "a series": ["wave", "draw", "--csv", ""],
}


@pytest.fixture(autouse=True)
def points(tmp_path: Path) -> Path:
    """A file of points on a line."""
    path = tmp_path / "points.csv"
    path.write_text(_POINTS, encoding="utf-8")
    return path


@pytest.mark.parametrize("command", _EMPTY.values(), ids=_EMPTY)
def test_an_empty_name_is_not_the_current_folder(command: list[str], mistake: Callable[..., str]) -> None:
    text = mistake(*command)
    assert text.startswith("Invalid value for ")
    assert text.endswith(": the name is empty")


def test_a_name_that_is_too_long_is_the_users_mistake(mistake: Callable[..., str]) -> None:
    assert mistake("predict", f"{_LONG}.csv") == f"{_LONG}.csv: cannot be read: File name too long"
    assert mistake("predict", "points.csv", "--model", _LONG).startswith(f"{_LONG}: there is no such model file or run")
    assert mistake("wave", "eval", "--model", _LONG).startswith(f"{_LONG}: not a finished run of a forecaster")


@pytest.mark.parametrize("link", [None, os.symlink, os.link], ids=["itself", "symbolic link", "hard link"])
@pytest.mark.parametrize("command", [["predict"], ["predict", "--group", "g"], ["wave", "draw", "--csv"]], ids=" ".join)
def test_the_file_that_is_read_is_not_replaced(
    command: list[str], link: Callable[[Path, Path], None] | None, mistake: Callable[..., str], points: Path
) -> None:
    name = "points.csv"
    if link is not None:
        name = "other.csv"
        link(points, points.with_name(name))
    where, *more = command
    arguments = [where, *more, "points.csv"] if where == "wave" else [where, "points.csv", *more]
    text = mistake(*arguments, "--output", name)
    assert text == f"Invalid value for '--output': {name} is the file that is read; give another name"
    assert points.read_text(encoding="utf-8") == _POINTS


def test_a_picture_does_not_replace_the_points(mistake: Callable[..., str], points: Path) -> None:
    picture = points.rename(points.with_name("points.png"))
    text = mistake("predict", "points.png", "--plot", "points.png")
    assert text.startswith("Invalid value for '--plot': points.png is the file that is read")
    assert picture.read_text(encoding="utf-8") == _POINTS


@pytest.mark.parametrize("option", ["--plot=missing/a.png", "--output=missing/a.csv"])
def test_a_missing_folder_is_found_before_anything_is_computed(
    option: str, failure: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("shapeclf.recognition.recognizer.Recognizer.load")
    text = failure("predict", "points.csv", option)
    assert text == f"{option.partition('=')[2]}: No such file or directory"
