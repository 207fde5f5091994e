"""Names of files: empty, too long, in a folder that does not exist, or of the file that is read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from shapeclf.recognition.locating import shipped_models

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
    assert text == f"Invalid value for '--output': {name} is a file that is read; give another name"
    assert points.read_text(encoding="utf-8") == _POINTS


def test_a_picture_does_not_replace_the_points(mistake: Callable[..., str], points: Path) -> None:
    picture = points.rename(points.with_name("points.png"))
    text = mistake("predict", "points.png", "--plot", "points.png")
    assert text.startswith("Invalid value for '--plot': points.png is a file that is read")
    assert picture.read_text(encoding="utf-8") == _POINTS


@pytest.mark.parametrize(
    "command",
    [
        ["predict", "points.csv", "--output", "m.csv", "--model"],
        ["sample", "--output", "m.csv", "--model"],
        ["eval", "--plot", "m.png", "--model"],
    ],
    ids=lambda command: command[0],
)
def test_the_model_is_not_replaced(command: list[str], mistake: Callable[..., str], tmp_path: Path) -> None:
    model, link = tmp_path / "m.onnx", tmp_path / command[-2]
    model.write_bytes(content := shipped_models()["fresh"].read_bytes())
    link.symlink_to(model)
    assert mistake(*command, "./m.onnx").endswith(f"{link.name} is a file that is read; give another name")
    assert model.read_bytes() == content


@pytest.mark.parametrize("read", ["in/points.csv", "m.onnx"])
def test_a_folder_of_answers_with_a_link_to_a_file_that_is_read(
    read: str, mistake: Callable[..., str], points: Path
) -> None:
    (points.parent / "m.onnx").write_bytes(shipped_models()["fresh"].read_bytes())
    (points.parent / "in").mkdir()
    points.rename(points.parent / "in" / points.name)
    content = (points.parent / read).read_bytes()
    (points.parent / "out").mkdir()
    (points.parent / "out/points.csv.parquet").symlink_to(points.parent / read)
    text = mistake("predict", "in", "--group", "g", "--no-fit", "--output", "out", "--model", "m.onnx")
    assert text.startswith("out/points.csv.parquet: a link to a file that is read; ")
    assert (points.parent / read).read_bytes() == content


@pytest.mark.skipif(os.name != "posix", reason="names of files are text elsewhere")
def test_names_in_a_folder_that_are_not_utf8(shapeclf: Callable[..., Result], points: Path) -> None:
    folder = points.parent / os.fsdecode(b"in\xff")
    folder.mkdir()
    points.rename(folder / os.fsdecode(b"a\xff.csv"))
    answers = points.parent / os.fsdecode(b"out\xff")
    for _ in range(2):  # the second time they are there
        found = shapeclf("predict", folder, "--group", "g", "--no-fit", "--output", answers)
        assert found.exit_code == 0, found.output
    drawn = shapeclf("sample", "--sequences", 2, "--output", answers / "drawn.parquet")
    assert drawn.exit_code == 0, drawn.output
    assert len([*answers.iterdir()]) == 2


@pytest.mark.parametrize("option", ["--plot=missing/a.png", "--output=missing/a.csv"])
def test_a_missing_folder_is_found_before_anything_is_computed(
    option: str, failure: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("shapeclf.recognition.recognizer.Recognizer.load")
    text = failure("predict", "points.csv", option)
    assert text == f"{option.partition('=')[2]}: No such file or directory"
