"""The options that several commands share: what they take, what they refuse, and families of the user's own."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from shapeclf.cli.options import data_settings
from shapeclf.datasets import LINE, PARABOLA, SQRT, Uniform

_NOTHING: dict[str, Any] = {
    "recipe": "classic",
    "families": None,
    "references": (),
    "parameters": None,
    "points": None,
    "x": None,
    "noise": None,
}

_REFUSED = {
    "points-0": (["--points", "0"], "'--points': '0': the number of points is from 1 to 2147483647, the lowest first"),
    "points-upside-down": (["--points", "9:2"], "'--points': '9:2': the number of points is from 1 to 2147483647"),
    "points-text": (["--points", "few"], "'--points': 'few' is not of the form N or LO:HI, as in 8 or 2:32"),
    "points-half": (["--points", "2:"], "'--points': '2:' is not of the form N or LO:HI"),
    "points-fraction": (["--points", "2.5"], "'--points': '2.5' is not of the form N or LO:HI"),
    "x-one-end": (["--x", "5"], "'--x': '5' is not of the form LO:HI, as in 5:15"),
    "x-upside-down": (["--x", "15:5"], "'--x': '15:5': both ends must be finite, the lower one first"),
    "x-infinite": (["--x", "0:inf"], "'--x': '0:inf': both ends must be finite"),
    "x-nan": (["--x", "nan:1"], "'--x': 'nan:1': both ends must be finite"),
    "x-outside-domain": (
        ["--x", "-1:1"],
        "family 'sqrt' is defined for x from 0 to inf; x was to be drawn from U(-1, 1)",
    ),
    "noise-negative": (["--noise", "-1"], "'--noise': '-1' is not a finite number from 0 up"),
    "noise-nan": (["--noise", "nan"], "'--noise': 'nan' is not a finite number from 0 up"),
    "noise-text": (["--noise", "loud"], "'--noise': 'loud' is not a number"),
    "parameters": (["--parameters", "frozen"], "'--parameters': 'frozen' is not one of 'fixed', 'fresh'"),
    "seed": (["--seed", "-1"], "'--seed': -1 is not in the range x>=0"),
    "recipe": (["--recipe", "fancy"], "recipe must be one of classic"),
    "unknown-family": (["--families", "line,spiral"], "unknown family 'spiral'; there are line, parabola, sqrt"),
    "empty-family": (["--families", "line,"], "unknown family ''; there are line, parabola, sqrt"),
    "family-twice": (["--families", "line,line"], "families must differ from each other, got line, line"),
    "one-family": (["--families", "line"], "families must be two or more, got 1"),
    "no-reference": (["--family", "CUBIC"], "a family is named module:NAME, as in my_families:CUBIC; got 'CUBIC'"),
    "no-module": (["--family", "my_nothing:A"], "importing 'my_nothing' failed: ModuleNotFoundError"),
    "no-name": (["--family", "my_families:QUARTIC"], "module 'my_families' has no 'QUARTIC'"),
    "no-family": (["--family", "my_families:NUMBER"], "is of type int, not a shapeclf.datasets.Family"),
}


@pytest.mark.parametrize("name", ["train", "sample"])
@pytest.mark.parametrize(("options", "text"), _REFUSED.values(), ids=_REFUSED.keys())
def test_a_bad_value_is_refused_in_one_line(
    name: str, options: list[str], text: str, mistake: Callable[..., str], family_module: Path
) -> None:
    assert text in mistake(name, *options)
    assert not Path("runs").exists()


@pytest.mark.parametrize("name", ["eval", "predict", "sample"])
@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("nowhere", "nowhere: there is no such model file or run"),
        ("points.csv/model.onnx", "points.csv/model.onnx: there is no such"),
        ("folder", "folder: a folder without model.onnx; a finished run has one"),
        ("points.csv", "points.csv: not a model file of shapeclf"),
        ("empty.onnx", "empty.onnx: not a model file of shapeclf"),
        ("changed.onnx", "changed.onnx: damaged or changed since it was written"),
    ],
    ids=["missing", "below-a-file", "folder", "no-model", "empty", "changed"],
)
def test_a_model_that_cannot_be_used_is_named(
    name: str, model: str, text: str, mistake: Callable[..., str], tiny_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "points.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    (tmp_path / "empty.onnx").write_bytes(b"")
    content = bytearray(tiny_model.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "changed.onnx").write_bytes(content)
    file = ["points.csv"] if name == "predict" else []
    assert mistake(name, *file, "--model", model).startswith(text)


@pytest.mark.parametrize("arguments", [["eval"]], ids=["eval"])
@pytest.mark.parametrize("unfinished", [False, True], ids=["none", "unfinished"])
def test_an_error_without_a_run_explains_how_to_make_one(
    arguments: list[str], unfinished: bool, mistake: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "points.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    if unfinished:
        (tmp_path / "runs" / "version_0").mkdir(parents=True)
    expected = "there is no finished run in runs/ here: make one with 'shapeclf train', or name one with --model"
    assert mistake(*arguments) == expected


def test_the_newest_finished_run_is_taken(
    shapeclf: Callable[..., Result], tiny_model: Path, in_trained_folder: Path, tmp_path: Path
) -> None:
    for number in (9, 10):
        (tmp_path / "runs" / f"version_{number}").mkdir()
        (tmp_path / "runs" / f"version_{number}" / "model.onnx").write_bytes(tiny_model.read_bytes())
    (tmp_path / "runs" / "version_11").mkdir()  # not finished
    report = json.loads(shapeclf("eval", "--sequences", "10", "--json").stdout)
    assert report["model"] == str(Path("runs") / "version_10" / "model.onnx")


def test_no_options_change_nothing() -> None:
    assert data_settings(**_NOTHING) == {}


def test_options_are_passed_on() -> None:
    given = {"parameters": "fresh", "points": (2, 9), "x": (5.0, 15.0), "noise": 0.0}
    assert data_settings(**(_NOTHING | given)) == given | {"x": Uniform(5.0, 15.0)}


@pytest.mark.parametrize(
    ("families", "references", "expected"),
    [
        (("sqrt", "line"), (), ["sqrt", "line"]),
        (None, ("shapeclf.datasets.families:SQRT",), ["line", "parabola", "sqrt"]),
        (("line",), ("shapeclf.datasets.families:SQRT",), ["line", "sqrt"]),
        (("sqrt", "line"), ("shapeclf.datasets.families:SQRT",), ["sqrt", "line"]),
    ],
    ids=["replaced", "added-again", "replaced-and-added", "named-and-added"],
)
def test_families_are_replaced_and_added(
    families: tuple[str, ...] | None, references: tuple[str, ...], expected: list[str]
) -> None:
    found = data_settings(**(_NOTHING | {"families": families, "references": references}))["families"]
    assert [family.name for family in found] == expected


def test_a_user_family_is_added_to_those_of_the_recipe(shapeclf: Callable[..., Result], family_module: Path) -> None:
    rows = shapeclf("sample", "--family", "my_families:CUBIC", "--sequences", "60").stdout.splitlines()[1:]
    assert {row.split(",")[1] for row in rows} == {"line", "parabola", "sqrt", "cubic"}


def test_a_user_family_replaces_that_of_the_recipe_with_the_same_name(
    shapeclf: Callable[..., Result], family_module: Path
) -> None:
    result = shapeclf("sample", "--family", "my_families:LINE", "--sequences", "40", "--parameters", "fresh")
    rows = [row.split(",") for row in result.stdout.splitlines()[1:]]
    # Its k is from 2 to 3 and b from 0 to 5; the built-in line's k is below 1.
    assert all(2 * float(x) <= float(y) < 3 * float(x) + 5 for _, family, x, y in rows if family == "line")
    assert {family for _, family, _, _ in rows} == {"line", "parabola", "sqrt"}


def test_a_module_whose_code_fails_is_reported_in_one_line(mistake: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "my_families_broken.py").write_text("raise RuntimeError('two\\nlines')\n", encoding="utf-8")
    text = mistake("families", "--family", "my_families_broken:A")
    assert text.endswith("importing 'my_families_broken' failed: RuntimeError: two lines")


def test_end_to_end_with_a_user_family(
    shapeclf: Callable[..., Result], user_family_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(user_family_run.parents[1])
    own = ["--family", "my_families:CUBIC"]
    report = json.loads(shapeclf("eval", *own, "--json", "--sequences", "1000").stdout)
    assert report["families"] == ["line", "parabola", "cubic"]
    assert min(report["accuracy"]) > 0.99

    drawn = shapeclf("sample", "--model", user_family_run, *own, "--sequences", "12", "--seed", "4").stdout.splitlines()
    rows = [row.split(",") for row in drawn[1:]]
    assert {row[1] for row in rows} == {"line", "parabola", "cubic"}
    for number in range(12):
        sequence = [row for row in rows if int(row[0]) == number]
        points = "".join(f"{x},{y}\n" for _, _, x, y in sequence)
        answers = shapeclf("predict", "-", "--model", "runs", "--json", "--quiet", stdin=points).stdout.splitlines()
        assert json.loads(answers[-1])["family"] == sequence[0][1]


def test_a_module_that_a_model_names_is_never_imported(
    shapeclf: Callable[..., Result],
    mistake: Callable[..., str],
    user_family_run: Path,
    tmp_path: Path,
) -> None:
    # The same module name as at training, here with code that reports when it is run.
    (tmp_path / "my_families.py").write_text("open('imported', 'w').close()\n", encoding="utf-8")
    (tmp_path / "points.csv").write_text("x,y\n5,130\n6,220\n", encoding="utf-8")
    answer = json.loads(shapeclf("predict", "points.csv", "--model", user_family_run, "--json").stdout)
    assert set(answer["posterior"]) == {"line", "parabola", "cubic"}
    for name in ("eval", "sample"):
        text = mistake(name, "--model", user_family_run)
        assert "unknown family 'cubic'" in text
        assert "give a family of your own with --family module:NAME" in text
    assert "my_families" not in sys.modules
    assert not (tmp_path / "imported").exists()


def test_the_default_families_are_line_parabola_and_sqrt(shapeclf: Callable[..., Result]) -> None:
    names = [family.name for family in (LINE, PARABOLA, SQRT)]
    rows = shapeclf("sample", "--sequences", "40").stdout.splitlines()[1:]
    assert {row.split(",")[1] for row in rows} == set(names)


@pytest.mark.parametrize(
    "words",
    [
        ["train", "--hidden-size", "9" * 20],
        ["train", "--points", "9" * 20],
        ["train", "--seed", "9" * 400],
        ["sample", "--sequences", "9" * 20],
        ["wave", "train", "--hidden-size", "9" * 20],
        ["wave", "train", "--batch-size", "9" * 20],
    ],
    ids=lambda words: f"{words[0]} {words[-2]} {len(words[-1])}",
)
def test_numbers_that_are_too_large_are_a_mistake(words: list[str], mistake: Callable[..., str]) -> None:
    assert mistake(*words).startswith(f"Invalid value for '{words[-2]}'")
