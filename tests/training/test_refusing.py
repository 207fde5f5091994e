"""A training that cannot be resumed, or diverges, ends with one line and changes no file."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from shapeclf.errors import InputError
from shapeclf.training import settings_of, train
from shapeclf.training.checkpoints import read_checkpoint, write_checkpoint
from shapeclf.training.run_folder import RunFolder
from shapeclf.training.waves.recipes import wave_recipe
from shapeclf.training.waves.runs import train_wave

SMALL: dict[str, Any] = {
    "hidden_size": 4,
    "batch_size": 4,
    "test_sequences": 20,
    "round_updates": 5,
    "target_accuracy": None,
}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def overwritten(path: Path) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 1000] = bytes(1000)
    path.write_bytes(content)


def changed_by_others(path: Path) -> None:
    checkpoint = torch.load(path, weights_only=True)
    checkpoint["loops"]["fit_loop"]["epoch_progress"]["current"].update(ready=10**6)  # Lightning would take it
    torch.save(checkpoint, path)


def written_without(name: str) -> Callable[[Path], None]:
    """Return a function that removes an entry of a checkpoint, as if the program had written it without."""

    def rewrite(path: Path) -> None:
        checkpoint = read_checkpoint(path)
        del checkpoint[name]
        write_checkpoint(path, checkpoint)

    return rewrite


PARTS = ("state_dict", "callbacks", "optimizer_states", "global_step")


@pytest.fixture(scope="module")
def ten_updates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of ten updates, which tests copy."""
    return train(
        settings_of("classic", **SMALL, max_updates=10), output=tmp_path_factory.mktemp("ten"), quiet=True
    ).path


@pytest.fixture
def run(ten_updates: Path, tmp_path: Path) -> Path:
    """A copy of that folder."""
    return Path(shutil.copytree(ten_updates, tmp_path / "run"))


@pytest.mark.parametrize(
    "damage",
    [overwritten, changed_by_others, *map(written_without, PARTS)],
    ids=["overwritten", "changed by others", *(f"no {part}" for part in PARTS)],
)
def test_a_checkpoint_that_is_refused_changes_nothing(damage: Callable[[Path], None], run: Path) -> None:
    damage(RunFolder(run).checkpoint)
    before = contents(run)
    with pytest.raises(InputError, match=r"last\.ckpt: "):
        train(settings_of("classic", **SMALL, max_updates=20), resume=run, quiet=True)
    assert contents(run) == before


def test_a_resumed_run_has_its_new_end_in_its_config(run: Path) -> None:
    train(settings_of("classic", **SMALL, max_updates=15), resume=run, quiet=True)
    assert RunFolder(run).read_settings().max_updates == 15


def test_a_classifier_that_diverges_is_refused(tmp_path: Path) -> None:
    settings = settings_of("classic", **SMALL, max_updates=20, optimizer="adam", learning_rate=1e37)
    with pytest.raises(InputError, match=r"^update 5: the training diverged \(a lower learning rate may help\): the "):
        train(settings, output=tmp_path, quiet=True)
    run = RunFolder(tmp_path / "version_0")
    assert not run.model.exists()
    assert read_checkpoint(run.checkpoint)["global_step"] == 0  # the last state that was finite


def test_a_forecaster_that_diverges_is_refused(tmp_path: Path) -> None:
    series = np.sin(np.arange(200.0) / 7)[:, np.newaxis]
    recipe = wave_recipe("sin")
    diverging = replace(
        recipe,
        hidden_sizes=(2,),
        updates_per_epoch=5,
        epochs=2,
        optimizer="lbfgs",
        learning_rate=1e30,
        schedule="constant",
    )
    with pytest.raises(InputError, match=r"^update \d+: the training diverged"):
        train_wave(diverging, series=series, output=tmp_path, quiet=True)
    assert not RunFolder(tmp_path / "version_0").checkpoint.exists()


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"sequences":' * 100_000], ids=["lists", "objects"])
def test_a_deeply_nested_config_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(InputError, match=r"config\.json: not a run's settings \(RecursionError: "):
        train(settings_of("classic", **SMALL), resume=tmp_path, quiet=True)


@pytest.mark.parametrize(
    ("name", "value"), [("averaging", 0.5), ("schedule", "cosine"), ("optimizer", "sgd"), ("seed", 3)]
)
def test_settings_changed_in_the_config_are_not_those_of_the_checkpoint(name: str, value: Any, run: Path) -> None:
    config = RunFolder(run).config
    config.write_text(json.dumps(json.loads(config.read_text()) | {name: value}))
    before = contents(run)
    with pytest.raises(InputError, match=rf"last\.ckpt: a resumed run keeps .* given for {name}"):
        train(replace(RunFolder(run).read_settings(), max_updates=20), resume=run, quiet=True)
    assert contents(run) == before


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_training_with_every_optimizer_is_resumed(optimizer: Any, tmp_path: Path) -> None:
    settings = settings_of("classic", **SMALL, max_updates=5, optimizer=optimizer, schedule="cosine", averaging=0.5)
    run = train(settings, output=tmp_path, quiet=True).path
    assert train(replace(settings, max_updates=10), resume=run, quiet=True).updates == 10
