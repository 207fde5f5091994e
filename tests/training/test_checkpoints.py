"""Checkpoints: what was written is read, and what would run code is not run."""

import hashlib
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from shapeclf.errors import InputError
from shapeclf.training.checkpoints import read_checkpoint, write_checkpoint


class Hostile:
    """Makes a folder where it is unpickled, if it is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self._folder),)  # as os.system would be


def sealed(path: Path) -> None:
    """Adds a matching digest, as an attacker can."""
    path.write_bytes(path.read_bytes() + hashlib.sha256(path.read_bytes()).digest())


def test_values_and_tensors_come_back(tmp_path: Path) -> None:
    value: dict[str, Any] = {"weights": torch.arange(3.0), "updates": 3, "rows": [{"loss": 0.5}], "name": "x"}
    write_checkpoint(tmp_path / "a.ckpt", value)
    read = read_checkpoint(tmp_path / "a.ckpt")
    assert torch.equal(read.pop("weights"), value.pop("weights"))
    assert read == value


def test_the_hostile_pickle_runs_where_it_is_trusted(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Hostile(tmp_path / "ran")))  # else the tests below would show nothing
    assert (tmp_path / "ran").is_dir()


@pytest.mark.parametrize("form", ["torch", "old-torch", "pickle"])
def test_a_pickle_that_would_run_code_does_not(form: str, tmp_path: Path) -> None:
    path, ran = tmp_path / "hostile.ckpt", tmp_path / "ran"
    value = {"state_dict": {}, "global_step": 3, "hostile": Hostile(ran)}
    if form == "pickle":
        path.write_bytes(pickle.dumps(value))
    else:
        torch.save(value, path, _use_new_zipfile_serialization=form == "torch")
    sealed(path)
    with pytest.raises(InputError, match=r"hostile\.ckpt: not a checkpoint \(\w+\)$"):
        read_checkpoint(path)
    assert not ran.exists()


@pytest.mark.parametrize("content", [b"", b"x,y\n1,2\n", b"PK\x03\x04", b"\x80\x02.", bytes(1000)], ids=repr)
def test_other_files_are_not_checkpoints(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.ckpt"
    path.write_bytes(content[:1000])
    with pytest.raises(InputError, match=r"other\.ckpt: not a checkpoint, or damaged or changed"):
        read_checkpoint(path)


def test_a_truncated_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.ckpt"
    write_checkpoint(path, {"weights": torch.arange(3000.0)})
    content = path.read_bytes()
    for length in range(0, len(content), 97):
        path.write_bytes(content[:length])
        with pytest.raises(InputError, match=r"short\.ckpt: not a checkpoint, or damaged or changed"):
            read_checkpoint(path)


def test_a_checkpoint_is_a_dictionary(tmp_path: Path) -> None:
    torch.save([1, 2], tmp_path / "list.ckpt")
    sealed(tmp_path / "list.ckpt")
    with pytest.raises(InputError, match=r"list\.ckpt: not a checkpoint \(AttributeError\)$"):
        read_checkpoint(tmp_path / "list.ckpt")


def test_a_missing_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_checkpoint(tmp_path / "no.ckpt")


def test_every_changed_byte_is_detected(tmp_path: Path) -> None:
    path = tmp_path / "damaged.ckpt"
    write_checkpoint(path, {"state_dict": {"weight": torch.arange(30.0)}, "global_step": 3})
    content = path.read_bytes()
    for index in range(0, len(content), 7):
        for instead in (b"", bytes([content[index] ^ 1])):
            path.write_bytes(content[:index] + instead + content[index + 1 :])
            with pytest.raises(InputError, match=r"damaged\.ckpt: not a checkpoint, or damaged or changed"):
                read_checkpoint(path)


def test_damage_within_the_weights_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "damaged.ckpt"
    write_checkpoint(path, {"state_dict": {"weight": torch.ones(10_000)}})
    content = bytearray(path.read_bytes())
    content[20_000:21_000] = bytes(1000)
    path.write_bytes(content)
    assert torch.load(path, weights_only=True)  # torch does not see it
    with pytest.raises(InputError, match=r"damaged\.ckpt: not a checkpoint, or damaged or changed"):
        read_checkpoint(path)


@pytest.mark.parametrize("number", [float("nan"), float("inf")], ids=str)
@pytest.mark.parametrize("kind", ["state_dict", "current_model_state", "weights"])
def test_weights_that_are_not_finite_are_refused(kind: str, number: float, tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    write_checkpoint(path, {kind: {"scale": torch.ones(2), "head.bias": torch.tensor([1.0, number])}})
    with pytest.raises(InputError, match=r"a\.ckpt: the weights head\.bias are not finite numbers$"):
        read_checkpoint(path)
