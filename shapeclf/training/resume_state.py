"""What a checkpoint must be before a training is resumed from it."""

import inspect
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from shapeclf.errors import InputError

__all__ = ["check_optimizers", "check_state"]

_FIT_LOOP = ("state_dict", "epoch_progress", "epoch_loop.batch_progress", "epoch_loop.state_dict")


def check_state(
    path: Path, state: Mapping[str, Any], weights: Mapping[str, Tensor], columns: Sequence[str], round_updates: int
) -> None:
    """Check all of a checkpoint but the optimiser's part, before anything is made of it.

    Checkpoints are written at the end of whole rounds alone, so the number of updates says how many rows and which
    progress there must be.

    Args:
        path: The checkpoint, for the error.
        state: Its values, as `read_checkpoint` gives them.
        weights: The state of a module of the run's settings.
        columns: The columns of a round that may be there; the first must be.
        round_updates: Updates in a round.

    Raises:
        InputError: A value is of another kind than this training writes.
    """
    updates, rounds = state["global_step"], state["callbacks"]["Rounds"]
    _require(path, updates % round_updates == 0, f"global_step is {updates}, no end of a round")
    _check_like(path, "state_dict", state["state_dict"], dict(weights))
    for name, kept in (("current_model_state", state.get("current_model_state")), ("best", rounds["best_weights"])):
        if kept is not None:
            _check_like(path, name, kept, dict(weights))
    count, rows = updates // round_updates, rounds["rows"]
    _require(path, isinstance(rows, list) and len(rows) == count, f"there are not {count} rounds for {updates} updates")
    for number, row in enumerate(rows, start=1):
        fits = isinstance(row, dict) and row.keys() == rows[0].keys() <= {"update", *columns, "seconds"}
        fits = fits and all(type(value) in (int, float) for value in row.values())
        fits = fits and row["update"] == number * round_updates and {columns[0], "seconds"} <= row.keys()
        _require(path, fits, f"the figures of round {number} are not those of this training")
    seconds = rounds["seconds"]
    _require(path, type(seconds) in (int, float) and 0 <= seconds < math.inf, "seconds is not a time")
    _check_progress(path, state["loops"]["fit_loop"], updates, count)


def _check_progress(path: Path, loop: Mapping[str, Any], updates: int, rounds: int) -> None:
    """Check Lightning's progress: whole numbers, and those that decide what comes next agree with the updates."""
    for name in _FIT_LOOP:
        _require(path, name in loop, f"the progress has no {name}")
    _check_counts(path, loop)
    epochs, batches = loop["epoch_progress"]["current"], loop["epoch_loop.batch_progress"]
    steps = loop["epoch_loop.automatic_optimization.optim_progress"]["optimizer"]["step"]["total"]
    expected = {
        "epochs": (epochs["ready"], rounds),
        "epochs processed": (epochs["processed"], rounds),
        "batches": (batches["total"]["ready"], updates),
        "batches of the round": (batches["current"]["ready"], updates // max(rounds, 1)),
        "updates": (steps["completed"], updates),
        "logged updates": (loop["epoch_loop.state_dict"]["_batches_that_stepped"], updates),
    }
    for name, (found, wanted) in expected.items():
        _require(path, found == wanted, f"the progress has {found} {name} instead of {wanted}")


def _check_counts(path: Path, value: Any) -> None:
    if isinstance(value, dict):
        for part in value.values():
            _check_counts(path, part)
    else:
        _require(path, type(value) in (bool, int) and 0 <= value < 2**63, "the progress is not in whole numbers")


def check_optimizers(
    path: Path, state: Mapping[str, Any], optimizers: Sequence[Optimizer], schedules: Sequence[Any]
) -> None:
    """Check the part of the optimisers and schedules, with those of the training before they take it over.

    Raises:
        InputError: A value is of another kind than they write.
    """
    kept = state["optimizer_states"]
    _require(path, isinstance(kept, list) and len(kept) == len(optimizers), "there are other optimisers")
    for found, optimizer in zip(kept, optimizers, strict=True):
        groups = optimizer.state_dict()["param_groups"]
        _check_like(path, "param_groups", found["param_groups"], groups)
        for group, own in zip(found["param_groups"], groups, strict=True):
            other = [name for name in own if name != "lr" and group[name] != own[name]]
            _require(path, not other, f"the optimiser has another {', '.join(map(str, other))}")
            most = own.get("initial_lr", own["lr"])
            _require(path, 0 <= group["lr"] <= most, f"the learning rate is {group['lr']}, not from 0 to {most}")
        if state["global_step"] or found["state"]:
            expected = _after_an_update(optimizer)
            if isinstance(optimizer, torch.optim.LBFGS):  # its history grows: the number of entries is not known
                _check_history(path, found["state"], expected)
            else:
                _check_like(path, "optimizer_states", found["state"], expected)
    found_schedules = state["lr_schedulers"]
    _check_like(path, "lr_schedulers", found_schedules, [schedule.state_dict() for schedule in schedules])
    for found, schedule in zip(found_schedules, schedules, strict=True):
        own = schedule.state_dict()
        fits = found["base_lrs"] == own["base_lrs"] and found["last_epoch"] == state["global_step"]
        _require(path, fits, "the schedule is another one, or at another update")


def _check_history(path: Path, found: Any, expected: dict[Any, Any]) -> None:
    fits = (
        isinstance(found, dict) and found.keys() == expected.keys() and found[0].keys() - {"al"} == expected[0].keys()
    )
    _require(path, fits, "the optimiser has other values")
    rest = list(found[0].values())
    while rest:
        part = rest.pop()
        if isinstance(part, list):
            rest += part
        elif isinstance(part, Tensor):
            fits = part.dtype.is_floating_point and part.shape in ((), expected[0]["d"].shape)
            _require(path, fits and bool(torch.isfinite(part).all()), "the optimiser has a tensor of another kind")
        else:
            _require(path, part is None or type(part) in (int, float), "the optimiser has a value of another kind")


def _after_an_update(optimizer: Optimizer) -> dict[Any, Any]:
    """Return what an optimiser of this kind holds after an update of copies of its parameters."""
    groups = []
    for group in optimizer.param_groups:
        parameters = [torch.nn.Parameter(torch.zeros_like(value)) for value in group["params"]]
        groups.append({**group, "params": parameters})
        for parameter in parameters:
            parameter.grad = torch.ones_like(parameter)
    taken = inspect.signature(type(optimizer)).parameters  # some kinds add defaults that they do not take
    fresh = type(optimizer)(groups, **{name: value for name, value in optimizer.defaults.items() if name in taken})
    fresh.step(lambda: torch.zeros(()))  # type: ignore[arg-type,return-value]  # L-BFGS needs a tensor
    return dict(fresh.state_dict()["state"])


def _check_like(path: Path, name: str, found: Any, expected: Any) -> None:
    """Check that values have the form of others: names, lengths, kinds, and of tensors shapes and numbers."""
    if isinstance(expected, Tensor):
        fits = isinstance(found, Tensor) and found.shape == expected.shape and found.dtype == expected.dtype
        _require(path, fits, f"{name} is not a tensor of {tuple(expected.shape)} in {expected.dtype}")
        _require(path, bool(torch.isfinite(found).all()), f"{name} is not finite")
    elif isinstance(expected, dict):
        _require(path, isinstance(found, dict) and found.keys() == expected.keys(), f"{name} has other names")
        for key, value in expected.items():
            _check_like(path, f"{name}.{key}", found[key], value)
    elif isinstance(expected, list | tuple):
        _require(path, isinstance(found, list | tuple) and len(found) == len(expected), f"{name} has another length")
        for number, value in enumerate(expected):
            _check_like(path, f"{name}.{number}", found[number], value)
    elif type(expected) in (int, float):
        fits = type(found) in (int, float) and math.isfinite(found)
        _require(path, fits, f"{name} is not a finite number")
    else:
        _require(path, type(found) is type(expected), f"{name} is not a {type(expected).__name__}")


def _require(path: Path, fits: bool, text: str) -> None:
    if not fits:
        raise InputError(f"{path}: not a checkpoint of this run ({text})")
