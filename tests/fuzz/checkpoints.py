"""A forecaster's checkpoints from untrusted sources: replaced values and damaged bytes."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from shapeclf.training.checkpoints import read_checkpoint, write_checkpoint
from shapeclf.training.run_folder import RunFolder
from shapeclf.training.waves.recipes import shortened, wave_recipe
from shapeclf.training.waves.runs import read_wave_run, train_wave

from .drawn import any_json

__all__ = ["TARGETS"]


@cache
def _checkpoint() -> bytes:
    run = train_wave(shortened(wave_recipe("sin"), 1), output="runs", quiet=True)
    return (run.path / "last.ckpt").read_bytes()


def _read(content: bytes) -> None:
    folder = Path("run")
    folder.mkdir(exist_ok=True)
    (folder / "last.ckpt").write_bytes(content)
    read_wave_run(RunFolder(folder))


def damaged_checkpoint(changes: list[tuple[int, int]], length: int | None) -> None:
    content = bytearray(_checkpoint())
    for position, value in changes:
        content[position % len(content)] = value
    _read(bytes(content[:length]))


def replaced_value(index: int, value: Any) -> None:
    folder = Path("run")
    folder.mkdir(exist_ok=True)
    (folder / "last.ckpt").write_bytes(_checkpoint())
    checkpoint = read_checkpoint(folder / "last.ckpt")
    entries = [(checkpoint, key) for key in checkpoint]
    entries += [(part, key) for part in checkpoint.values() if isinstance(part, dict) for key in part]
    part, key = entries[index % len(entries)]
    part[key] = value
    write_checkpoint(folder / "last.ckpt", checkpoint)
    read_wave_run(RunFolder(folder))


TARGETS: dict[Callable[..., None], tuple[st.SearchStrategy[Any], ...]] = {
    damaged_checkpoint: (
        st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 255)), max_size=4),
        st.none() | st.integers(0, 2**14),
    ),
    replaced_value: (st.integers(0, 99), any_json | st.integers(-2, 20)),
}
