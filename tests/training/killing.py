"""Trainings that are killed, or whose disk fails, at any moment, and are resumed.

`test_kills` runs this file as a program.

All recipes, 20 random kills of each:

    python tests/training/killing.py random classic,fresh,real,sin,shifted-sines FOLDER 20

A training is forked off this process, which has imported torch; it is killed with SIGKILL either before one of the
accesses to its files (Python's audit hooks report each), or after a random time. Then it is resumed.
"""

import csv
import errno
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from shapeclf import train
from shapeclf.datasets._types import FloatArray
from shapeclf.recognition import read_model_file
from shapeclf.training import settings_of
from shapeclf.training.checkpoints import read_checkpoint
from shapeclf.training.run_folder import RunFolder
from shapeclf.training.waves.folder import WAVE_STATE
from shapeclf.training.waves.recipes import wave_recipe
from shapeclf.training.waves.runs import resume_wave, train_wave


@dataclass(frozen=True)
class Training:
    """A training: functions that start it in a folder of runs and resume its run."""

    start: Callable[[Path], object]
    resume: Callable[[Path], object]


def _classifier(recipe: str = "classic", **changes: Any) -> Training:
    small = {"seed": 5, "hidden_size": 8, "test_sequences": 100, "batch_size": 8, "threads": 1, "round_updates": 10}
    settings = settings_of(recipe, **(small | changes))
    return Training(
        lambda runs: train(settings, output=runs, quiet=True),
        lambda run: train(settings, resume=run, quiet=True),
    )


def _forecaster(recipe: str = "sin", series: FloatArray | None = None, **changes: Any) -> Training:
    settings = replace(wave_recipe(recipe), **changes)

    def resume(run: Path) -> None:
        if RunFolder(run, WAVE_STATE).state.exists():  # else its training is over
            resume_wave(run, quiet=True)

    return Training(lambda runs: train_wave(settings, seed=5, series=series, output=runs, quiet=True), resume)


_SERIES = np.stack([np.sin(np.arange(300.0) / 7), np.cos(np.arange(300.0) / 5)], axis=-1)
_SMALL: dict[str, Any] = {"series": _SERIES, "updates_per_epoch": 4, "hidden_sizes": (4, 3)}
TRAININGS = {
    # Averaged weights, three rounds, the last one cut short.
    "averaged": _classifier(max_updates=25, averaging=0.9, target_accuracy=None),
    # Ends at its target after some rounds.
    "target": _classifier(max_updates=500, min_updates=20, target_accuracy=0.6),
    # Dropout and noise, up to the last round.
    "wave": _forecaster(**_SMALL, epochs=6, noise=0.1, dropout=0.5),
    # Ends early, at a rate that makes losses jump.
    "wave-early": _forecaster(**_SMALL, epochs=40, patience=3, learning_rate=1.0, schedule="constant"),
    "wave-lbfgs": _forecaster(**_SMALL, epochs=8, optimizer="lbfgs", learning_rate=0.5, schedule="constant"),
    # The recipes, small: schedule, averaging, two answers; windows; free running and validation by drawing.
    "classic": _classifier(max_updates=115),
    "fresh": _classifier("fresh", max_updates=55),
    "real": _classifier("real", max_updates=35),
    "sin": _forecaster(updates_per_epoch=10, epochs=9),
    "shifted-sines": _forecaster("shifted-sines", updates_per_epoch=3, epochs=6, free_running_after=9),
}
_ACCESSES = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _forked(work: Callable[[], object]) -> int:
    """Run the work in a process of its own, and return its process id."""
    process = os.fork()
    if process:
        return process
    code = 3
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def _ended(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _at_access(folder: Path, wanted: int, then: Callable[[str], object], *, writing: bool) -> list[str]:
    """Call ``then`` before the access number ``wanted`` to files in the folder; return the accesses so far."""
    done: list[str] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _ACCESSES or not str(arguments[0]).startswith(str(folder)):
            return
        if event == "open" and writing and not (isinstance(arguments[2], int) and arguments[2] & _WRITING):
            return
        done.append(event)
        if len(done) == wanted:
            then(str(arguments[0]))

    sys.addaudithook(hook)
    return done


def _kill_self(path: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fail(path: str) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)


def _resume(training: Training, runs: Path) -> None:
    """Trains the run that was started, or a new one if there is none, to its end."""
    begun = runs / "version_0"
    if begun.exists():
        training.resume(begun)
    else:
        training.start(runs)


def _without_clock(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_clock(inner) for key, inner in value.items() if key != "seconds"}
    return [_without_clock(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _same(one: Any, other: Any) -> bool:
    """Return whether nested values are the same, tensors bit for bit."""
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(_same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other) or (one != one and other != other)  # NaN


def _content(path: Path) -> Any:
    """Return the content of a file without times, or only the existence of a picture; raise if it is incomplete."""
    if path.suffix == ".ckpt":
        return _without_clock(read_checkpoint(path))
    if path.suffix == ".json":
        return json.loads(path.read_bytes())
    if path.suffix == ".csv":
        text = path.read_text()
        assert text.endswith("\n")
        return _without_clock(list(csv.DictReader(text.splitlines())))
    return read_model_file(path).content if path.suffix == ".onnx" else None


def _state(run: Path) -> dict[str, Any]:
    """Return the contents of a run's files by name, except hidden files, which a killed process may leave."""
    return {path.name: _content(path) for path in run.iterdir() if not path.name.startswith(".")}


def _check_whole(runs: Path) -> None:
    """Raise an error if a file with its final name is incomplete."""
    for run in runs.glob("version_*"):
        assert (run / "config.json").exists()
        _state(run)


def _uninterrupted(training: Training, folder: Path, *, writing: bool = False) -> tuple[dict[str, Any], float, int]:
    """Return the state of an uninterrupted training, its seconds, and its number of file accesses or of writes."""
    runs, start = folder / "whole", time.monotonic()

    def count() -> None:
        done = _at_access(runs, 0, lambda path: None, writing=writing)
        training.start(runs)
        (folder / "count").write_text(str(len(done)))

    assert _ended(_forked(count)) == 0
    return _state(runs / "version_0"), time.monotonic() - start, int((folder / "count").read_text())


def _resumed_is(training: Training, runs: Path, expected: dict[str, Any]) -> bool:
    assert _ended(_forked(lambda: _resume(training, runs))) == 0
    run = runs / "version_0"
    return not list(run.glob(".*")) and _same(_state(run), expected)


def _chosen(count: int, share: float) -> Iterator[int]:
    """Yield a share of the numbers from 1 to a count, evenly spaced."""
    chosen = max(1, int(count * share))
    return (1 + int((index + 0.5) * count / chosen) for index in range(chosen))


def killed_at_accesses(name: str, folder: Path, share: float) -> Iterator[bool]:
    """Yield whether a training equals an uninterrupted one if it is killed before a file access and resumed."""
    training = TRAININGS[name]
    expected, _, accesses = _uninterrupted(training, folder)
    for number in _chosen(accesses, share):
        runs = folder / f"killed_{number}"

        def work(number: int = number, runs: Path = runs) -> None:
            _at_access(runs, number, _kill_self, writing=False)
            training.start(runs)

        assert _ended(_forked(work)) == -signal.SIGKILL
        _check_whole(runs)
        yield _resumed_is(training, runs, expected)


def failed_at_accesses(name: str, folder: Path, share: float) -> Iterator[bool]:
    """Yield whether a training equals an uninterrupted one if a write fails on a full disk and the run is resumed.

    The failed training must end with an error of one line that names a file.
    """
    training = TRAININGS[name]
    expected, _, accesses = _uninterrupted(training, folder, writing=True)
    for number in _chosen(accesses, share):
        runs = folder / f"failed_{number}"

        def work(number: int = number, runs: Path = runs) -> None:
            _at_access(runs, number, _fail, writing=True)
            try:
                training.start(runs)
            except OSError as error:
                named = str(error.filename or "").startswith(str(runs))
                left = list(runs.rglob(".*"))
                os._exit(7 if error.errno == errno.ENOSPC and named and not left else 8)

        assert _ended(_forked(work)) == 7, number
        _check_whole(runs)
        yield _resumed_is(training, runs, expected)


def killed_at_random(name: str, folder: Path, count: float) -> Iterator[bool]:
    """Yield whether a training equals an uninterrupted one if it is killed at a random time and resumed.

    Every third training is killed again after it is resumed.
    """
    training = TRAININGS[name]
    expected, seconds, _ = _uninterrupted(training, folder)
    generator = random.Random(0)
    for number in range(int(count)):
        runs = folder / f"random_{number}"
        for again in range(1 + (number % 3 == 0)):
            process = _forked(lambda runs=runs: _resume(training, runs))  # type: ignore[misc]
            time.sleep(generator.uniform(0, seconds))
            os.kill(process, signal.SIGKILL)
            print(f"{number}.{again} ended with {_ended(process)}", file=sys.stderr)
            _check_whole(runs)
        yield _resumed_is(training, runs, expected)


_HOW = {"kill": killed_at_accesses, "fail": failed_at_accesses, "random": killed_at_random}


def main() -> None:
    how, names, folder, amount = sys.argv[1:]
    results: list[bool] = []
    for name in names.split(","):
        path = Path(folder) / name
        path.mkdir()
        same = list(_HOW[how](name, path, float(amount)))
        print(f"{name}: {sum(same)} of {len(same)} are the same", file=sys.stderr)
        results += same
    print(json.dumps({"trainings": len(results), "same": sum(results)}))


if __name__ == "__main__":
    main()
