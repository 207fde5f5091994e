"""A training that cannot go on, or makes nothing of use, ends with one line and leaves what was there."""

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
from shapeclf.training.checkpoints import read_checkpoint
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


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def rewrite(path: Path) -> None:
        kept = torch.load(path, weights_only=True)
        change(kept)
        torch.save(kept, path)

    return rewrite


def _weight(value: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[dict[str, Any]], object]:
    def change(kept: dict[str, Any]) -> None:
        kept["state_dict"]["network.head.bias"] = value(kept["state_dict"]["network.head.bias"])

    return change


def _progress(name: str, **values: int) -> Callable[[dict[str, Any]], object]:
    return lambda kept: kept["loops"]["fit_loop"][name]["current"].update(values)


def _rows(kept: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = kept["callbacks"]["Rounds"]["rows"]
    return rows


def _adam(kept: dict[str, Any]) -> Any:
    return kept["optimizer_states"][0]["state"][0]


HOSTILE: dict[str, Callable[[dict[str, Any]], object]] = {
    "meta": _weight(lambda weight: weight.to("meta")),
    "sparse": _weight(lambda weight: weight.to_sparse()),
    "expanded": _weight(lambda weight: torch.zeros(1).expand(10**6, 10**6)),
    "complex": _weight(lambda weight: weight.to(torch.complex64)),
    "whole": _weight(lambda weight: weight.long()),
    "half": _weight(lambda weight: weight.half()),
    "a number": _weight(lambda weight: 1.0),  # type: ignore[arg-type,return-value]
    "no loops": lambda kept: kept.pop("loops"),
    "epochs": _progress("epoch_progress", ready=10**6, started=10**6, processed=10**6, completed=10**6),
    "ready": _progress("epoch_progress", ready=10**6),
    "batches": _progress("epoch_loop.batch_progress", ready=3),
    "another row": lambda kept: _rows(kept).__setitem__(0, {"update": 5, "accuracy_1": 0.5}),
    "rows missing": lambda kept: _rows(kept).pop(),
    "a word in a row": lambda kept: _rows(kept)[1].update(nll_1="x"),
    "seconds": lambda kept: kept["callbacks"]["Rounds"].update(seconds="x"),
    "step below 0": lambda kept: kept.update(global_step=-5),
    "step True": lambda kept: kept.update(global_step=True),
    "another step": lambda kept: kept.update(global_step=5),
    "rate": lambda kept: kept["optimizer_states"][0]["param_groups"][0].update(lr="a"),
    "betas": lambda kept: kept["optimizer_states"][0]["param_groups"][0].update(betas=(0.9, 2.0)),
    "moment of another shape": lambda kept: _adam(kept).update(exp_avg=torch.zeros(3)),
    "moment NaN": lambda kept: _adam(kept)["exp_avg"].fill_(torch.nan),
    "no moment": lambda kept: _adam(kept).pop("exp_avg"),
    "a schedule": lambda kept: kept.update(lr_schedulers=[{"step": 3}]),
    "endless": lambda kept: _rows(kept).append(_rows(kept)),  # type: ignore[arg-type]
}


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
    [
        overwritten,
        changed(lambda kept: kept["state_dict"]["network.head.bias"].fill_(torch.nan)),
        changed(lambda kept: kept["state_dict"].popitem()),
        changed(lambda kept: kept.pop("callbacks")),
        changed(lambda kept: kept.pop("optimizer_states")),
        *map(changed, HOSTILE.values()),
    ],
    ids=["overwritten", "NaN", "a weight less", "no figures", "no optimizer", *HOSTILE],
)
def test_a_refused_resume_changes_nothing(damage: Callable[[Path], None], run: Path) -> None:
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
        recipe, hidden_sizes=(2,), updates_per_epoch=5, epochs=2, optimizer="lbfgs", learning_rate=1e30, anneal=False
    )
    with pytest.raises(InputError, match=r"^update \d+: the training diverged"):
        train_wave(diverging, series=series, output=tmp_path, quiet=True)
    assert not RunFolder(tmp_path / "version_0").checkpoint.exists()


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"sequences":' * 100_000], ids=["lists", "objects"])
def test_a_config_that_is_nested_without_end_is_refused(content: bytes, tmp_path: Path) -> None:
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
    with pytest.raises(InputError, match=rf"last\.ckpt: a run goes on with its own settings; given are other {name}"):
        train(replace(RunFolder(run).read_settings(), max_updates=20), resume=run, quiet=True)
    assert contents(run) == before


@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "adagrad", "rmsprop"])
def test_what_every_optimizer_writes_is_taken(optimizer: Any, tmp_path: Path) -> None:
    settings = settings_of("classic", **SMALL, max_updates=5, optimizer=optimizer, schedule="cosine", averaging=0.5)
    run = train(settings, output=tmp_path, quiet=True).path
    assert train(replace(settings, max_updates=10), resume=run, quiet=True).updates == 10
