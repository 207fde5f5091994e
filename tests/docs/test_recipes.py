"""The tables of recipes in the documentation have the values of the recipes."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from shapeclf.cli.train import command
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.training.recipes import RECIPES, Settings
from shapeclf.training.waves.recipes import WAVE_RECIPES, WaveRecipe

PAGES = Path(__file__).parents[2] / "docs" / "how-to"


def _table(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, row by row, without the line below the first row."""
    text = (PAGES / page).read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [re.split(r" *\| *", line)[1:-1] for line in text.splitlines() if line.startswith("|")]
    return [rows[0], *rows[2:]]


def _name(cell: str) -> str:
    """The setting that a cell such as `--batch-size` names first."""
    name, *_ = re.findall(r"`-*([\w-]+)`", cell)
    return str(name).replace("-", "_")


def _shown(settings: Settings, name: str) -> str:
    """A value as the table of `train` shows it."""
    value: Any = getattr(settings, name)
    if name == "families":
        return "all thirteen" if value == BUILT_IN else ", ".join(family.name for family in value)
    if name in ("x", "noise") and settings.data == "experiments":
        assert value is None
        return "drawn"
    if name == "x":
        return "of each family" if value is None else f"{value.low:g} to {value.high:g}"
    if value is None or (name in ("embedding", "head", "averaging") and value == 0):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return f"{value[0]} to {value[1]}"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else value


def test_train() -> None:
    (_, _, *recipes), *rows = _table("train.md", "Settings of the recipes")
    assert [recipe.strip("`") for recipe in recipes] == list(RECIPES)
    for setting, _, *cells in rows:
        assert cells == [_shown(settings, _name(setting)) for settings in RECIPES.values()], setting


def test_train_names_every_setting_that_differs_and_every_option() -> None:
    settings = [row[0].strip("`") for row in _table("train.md", "Settings of the recipes")[1:]]
    options = {option for parameter in command.params for option in parameter.opts}
    assert [each for each in settings if each.startswith("-") and each not in options] == []
    assert [each for each in settings if f"--{each.replace('_', '-')}" in options] == []
    left_out = {field.name for field in fields(Settings)} - {_name(f"`{each}`") for each in settings} - {"recipe"}
    assert left_out == {"seed", "device", "threads", "min_updates"}
    assert [name for name in left_out if len({getattr(each, name) for each in RECIPES.values()}) > 1] == []


def _first_value(recipe: WaveRecipe, name: str) -> str:
    """A value as a cell of the table of waves begins."""
    if name in ("hidden_size", "dense_size"):
        return ", ".join(map(str, getattr(recipe, f"{name}s"))) or "none"
    value: Any = recipe.updates if name == "max_updates" else getattr(recipe, name)
    return "none" if value is None else value if isinstance(value, str) else f"{value:g}"


@pytest.mark.parametrize("column", [1, 2, 3])
def test_waves(column: int) -> None:
    head, *rows = _table("waves.md", "Settings")
    compared = [row for row in rows if row[column] and row[0].startswith("`") and not row[0].startswith("`--keep`")]
    assert len(compared) >= 8
    for name in re.findall(r"`([\w-]+)`", head[column]):
        for row in compared:
            assert re.split(r"[, ]", row[column])[0] == _first_value(WAVE_RECIPES[name], _name(row[0])), row
