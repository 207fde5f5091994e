"""A forecaster's checkpoints from untrusted sources: values in the place of others, and damaged bytes."""

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
def _kept() -> bytes:
    run = train_wave(shortened(wave_recipe("sin"), 1), output="kept", quiet=True)
    return (run.path / "last.ckpt").read_bytes()


def _read(content: bytes) -> None:
    folder = Path("strange")
    folder.mkdir(exist_ok=True)
    (folder / "last.ckpt").write_bytes(content)
    read_wave_run(RunFolder(folder))


def damaged_checkpoint(places: list[tuple[int, int]], length: int | None) -> None:
    content = bytearray(_kept())
    for place, value in places:
        content[place % len(content)] = value
    _read(bytes(content[:length]))


def strange_checkpoint(place: int, value: Any) -> None:
    folder = Path("strange")
    folder.mkdir(exist_ok=True)
    (folder / "last.ckpt").write_bytes(_kept())
    kept = read_checkpoint(folder / "last.ckpt")
    inner = [(kept, key) for key in kept]
    inner += [(part, key) for part in kept.values() if isinstance(part, dict) for key in part]
    part, key = inner[place % len(inner)]
    part[key] = value
    write_checkpoint(folder / "last.ckpt", kept)
    read_wave_run(RunFolder(folder))


TARGETS: dict[Callable[..., None], tuple[st.SearchStrategy[Any], ...]] = {
    damaged_checkpoint: (
        st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 255)), max_size=4),
        st.none() | st.integers(0, 2**14),
    ),
    strange_checkpoint: (st.integers(0, 99), any_json | st.integers(-2, 20)),
}
