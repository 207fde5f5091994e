"""The recipes: the settings of ``classic``, and settings out of range."""

import json
import math
import subprocess
import sys
from dataclasses import fields
from typing import Any

import pytest

from shapeclf._limits import LIMITS
from shapeclf.datasets import LINE, PARABOLA, SQRT, ShapeSequences, Uniform
from shapeclf.datasets.records import sequences_from_record
from shapeclf.errors import InputError
from shapeclf.training import RECIPES, Settings, settings_of


def test_classic_has_the_settings_of_the_readme() -> None:
    settings = settings_of("classic")
    assert settings.recipe == "classic"
    assert tuple(settings.families) == (LINE, PARABOLA, SQRT)
    assert (settings.parameters, settings.points, settings.x, settings.noise) == ("fixed", 8, None, 0.0)
    assert settings.hidden_size == 100
    assert (settings.test_points, settings.test_sequences, settings.target_accuracy) == (4, 10_000, 0.999)


@pytest.mark.parametrize("family", [LINE, PARABOLA, SQRT], ids=lambda family: family.name)
def test_classic_draws_from_the_default_ranges(family: Any) -> None:
    (found,) = (f for f in settings_of("classic").families if f.name == family.name)
    assert found.k == Uniform(0.0, 1.0)
    assert found.b == Uniform(0.0, 5.0)
    assert found.x == Uniform(5.0, 10.0 if family is SQRT else 15.0)


def test_the_sequences_are_those_of_the_settings() -> None:
    settings = settings_of(
        "classic", families=(LINE, SQRT), points=(2, 6), x=Uniform(5, 15), noise=0.25, seed=9, batch_size=5
    )
    assert settings.sequences() == ShapeSequences(
        families=(LINE, SQRT), parameters="fixed", points=(2, 6), x=Uniform(5, 15), noise=0.25, batch_size=5, seed=9
    )


def test_the_record_is_json_and_holds_every_setting() -> None:
    record = json.loads(json.dumps(settings_of("classic", seed=4, noise=0.5).record()))
    of_experiments = {"error_bars"}
    assert set(record) | set(record["sequences"]) == {*Settings.__dataclass_fields__, "sequences"} - of_experiments
    assert record["seed"] == 4
    assert record["sequences"]["noise"] == 0.5
    values = record["sequences"]["parameters"]
    assert values["line"] == values["parabola"] == values["sqrt"]  # one draw for all
    assert 0 <= values["line"]["k"] < 1
    assert 0 <= values["line"]["b"] < 5


def test_a_record_of_experiments_holds_the_share_of_error_bars_and_the_edition_of_the_data() -> None:
    record = json.loads(json.dumps(settings_of("real").record()))["sequences"]
    assert (record["error_bars"], record["experiments"]) == (0.4, 2)
    assert sequences_from_record(record).classes == settings_of("real").sequences().classes


@pytest.mark.parametrize("name", ["error_bars", "batch_scaling"])
def test_settings_of_experiments_are_refused_for_other_data(name: str) -> None:
    with pytest.raises(InputError, match=rf"^{name} can be set for experiments only$"):
        settings_of("classic", **{name: 1})


SETTINGS = {field.name for field in fields(Settings)}
_BAD: list[tuple[str, Any, str]] = [
    ("hidden_size", 0, r"hidden_size must be from 1 to 2147483647, got 0"),
    ("max_updates", 0, r"max_updates must be from 1 to 2147483647, got 0"),
    ("round_updates", 0, r"round_updates must be from 1 to 2147483647, got 0"),
    ("test_points", 0, r"test_points must be from 1 to 2147483647, got 0"),
    ("test_sequences", 0, r"test_sequences must be from 1 to 2147483647, got 0"),
    ("min_updates", -1, r"min_updates must be from 0 to 2147483647, got -1"),
    ("threads", -2, r"threads must be from 0 to 1024, got -2"),
    ("learning_rate", 0.0, r"learning_rate must be a number above 0 and at most 1e\+37, got 0\.0"),
    ("learning_rate", math.inf, r"learning_rate must be a number above 0 and at most 1e\+37, got inf"),
    ("learning_rate", math.nan, r"learning_rate must be a number above 0 and at most 1e\+37, got nan"),
    ("learning_rate", 1e300, r"learning_rate must be a number above 0 and at most 1e\+37, got 1e\+300"),
    ("learning_rate", 10**400, r"learning_rate must be a number, got 10+…"),
    ("clip", 10**400, r"clip must be a number, got 10+…"),
    ("noise", 10**400, r"noise must be a number, got 10+…"),
    *[(name, 1.5, rf"{name} must be a whole number, got 1\.5") for name in LIMITS if name in SETTINGS],
    *[
        (name, high + 1, rf"{name} must be from {low} to {high}, got {high + 1}")
        for name, (low, high) in LIMITS.items()
        if name in SETTINGS
    ],
    ("seed", 10**30, r"seed must be from 0 to 9223372036854775807, got 10+"),
    ("averaging", "0.5", r"averaging must be a number, got '0\.5'"),
    ("target_accuracy", [1], r"target_accuracy must be a number, got \[1\]"),
    ("final_answers", 1, r"final_answers must be True or False, got 1"),
    ("device", 0, r"device must be text of at most 100 characters, got 0"),
    ("optimizer", "lion", r"optimizer must be one of adam, adamw, sgd; got 'lion'"),
    ("schedule", "linear", r"schedule must be one of constant, cosine; got 'linear'"),
    ("averaging", 1.0, r"averaging must be from 0 up and below 1, got 1\.0"),
    ("averaging", -0.1, r"averaging must be from 0 up and below 1, got -0\.1"),
    ("averaging", math.nan, r"averaging must be from 0 up and below 1, got nan"),
    ("target_accuracy", 0.0, r"target_accuracy must be above 0 and at most 1, got 0\.0"),
    ("target_accuracy", 1.5, r"target_accuracy must be above 0 and at most 1, got 1\.5"),
    ("families", (LINE,), r"families must be two or more, got 1"),
    ("families", (LINE, LINE), r"families must be at least one, of different names; got line, line"),
    ("points", 0, r"points must be from 1 up, the lowest first; got 0"),
    ("points", (8, 2), r"points must be from 1 up, the lowest first; got \(8, 2\)"),
    ("noise", -1.0, r"noise must be a finite number from 0 up, got -1\.0"),
    ("batch_size", 0, r"batch_size must be from 1 to 2147483647, got 0"),
    ("seed", -1, r"seed must be from 0 to 9223372036854775807, got -1"),
    ("parameters", "frozen", r"parameters must be 'fixed', 'fresh' or values by family, got 'frozen'"),
    ("x", Uniform(-1.0, 1.0), r"family 'sqrt' is defined for x from 0 to inf; x was to be drawn from U\(-1, 1\)"),
]


@pytest.mark.parametrize(("name", "value", "text"), _BAD, ids=[f"{name}={value!s:.20}" for name, value, _ in _BAD])
def test_a_value_out_of_range_is_refused(name: str, value: Any, text: str) -> None:
    with pytest.raises(InputError, match=f"^{text}$"):
        settings_of("classic", **{name: value})


def test_an_unknown_recipe_is_refused_with_those_that_exist() -> None:
    with pytest.raises(InputError, match=rf"^recipe must be one of {', '.join(RECIPES)}; got 'fancy'$"):
        settings_of("fancy")


def test_unknown_settings_are_named() -> None:
    with pytest.raises(InputError, match=r"^there is no setting colour, width$"):
        settings_of("classic", width=3, seed=1, colour="red")


def test_settings_derived_from_a_recipe_do_not_change_it() -> None:
    settings_of("classic", hidden_size=7)
    assert RECIPES["classic"].hidden_size == 100
    with pytest.raises(TypeError, match="does not support item assignment"):
        RECIPES["classic"] = settings_of("classic")  # type: ignore[index]


def test_recipes_need_no_torch() -> None:
    code = "import sys, shapeclf.training.recipes; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
