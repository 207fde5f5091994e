"""Checkpoints of forecasters from untrusted sources: one line that names the file, before anything is made of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from shapeclf.errors import InputError
from shapeclf.training.checkpoints import read_checkpoint, write_checkpoint
from shapeclf.training.run_folder import RunFolder
from shapeclf.training.waves import runs
from shapeclf.training.waves.recipes import shortened, wave_recipe
from shapeclf.training.waves.runs import read_wave_run, train_wave


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint of a training of two updates."""
    series = np.sin(np.arange(300.0) / 7)[:, None]
    folder = tmp_path_factory.mktemp("runs")
    return train_wave(shortened(wave_recipe("sin"), 2), series=series, output=folder, quiet=True).path / "last.ckpt"


def _shared(depth: int) -> list[Any]:
    """Return a list whose text is 2^depth long, though it holds few lists."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value, value]
    return value


def _in(part: str, name: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(checkpoint: dict[str, Any]) -> None:
        checkpoint[part][name] = value

    return change


def _set(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(checkpoint: dict[str, Any]) -> None:
        checkpoint[name] = value

    return change


_INVALID = {
    "format": (_set("wave_format", _shared(60)), "format "),
    "noise": (_in("recipe", "noise", "a"), "noise must be a number"),
    "name": (_in("recipe", "name", [5]), "name must be text"),
    "long name": (_in("recipe", "name", "a" * 500_000), "name must be text"),
    "nested name": (_in("recipe", "name", _shared(60)), "name must be text"),
    "window": (_in("recipe", "window", "a"), "window must be a whole number"),
    "fraction": (_in("recipe", "window", 2.5), "window must be a whole number"),
    "window beyond the series": (_in("recipe", "window", 500), "series: 300 values are too few"),
    "negative seed": (_set("seed", -1), "seed must be from 0"),
    "text as seed": (_set("seed", "x"), "seed must be a whole number"),
    "updates": (_set("updates", "x"), "updates must be a whole number"),
    "channels": (_set("series", torch.rand(300, 2)), "not a forecaster's checkpoint"),
    "no series": (_set("series", 5), "not a forecaster's checkpoint"),
    "wide": (_in("recipe", "hidden_sizes", (12_000,)), "not a forecaster's checkpoint"),
    "deep": (
        _in("recipe", "hidden_sizes", (1,) * 20_000),
        "hidden_sizes must have 1 to 100 layers",
    ),
    "width": (_in("recipe", "hidden_sizes", ("a",)), "hidden_sizes must be a whole number"),
    "optimizer": (_in("recipe", "optimizer", [_shared(60)]), "optimizer must be one of "),
    "weights": (_set("weights", []), "not a forecaster's checkpoint"),
}


@pytest.mark.parametrize(("change", "message"), _INVALID.values(), ids=_INVALID.keys())
def test_an_invalid_value_is_one_line_that_names_the_file(
    change: Callable[[dict[str, Any]], None],
    message: str,
    sound: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checkpoint = read_checkpoint(sound)
    change(checkpoint)
    write_checkpoint(tmp_path / "last.ckpt", checkpoint)
    if message != "not a forecaster's checkpoint":
        monkeypatch.setattr(runs, "Forecaster", None)  # no network may be made before the error is reported
    with pytest.raises(InputError) as caught:
        read_wave_run(RunFolder(tmp_path))
    assert str(caught.value).startswith(f"{tmp_path / 'last.ckpt'}: {message}")
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)
