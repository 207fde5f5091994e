"""Locate a model: a file, the folder of a run, the newest run, or the name of a shipped model."""

import os
import re
from importlib.resources import files
from pathlib import Path

from shapeclf.errors import InputError

__all__ = [
    "DEFAULT_MODEL",
    "MODEL_NAME",
    "RUNS",
    "locate_model",
    "locate_newest_run",
    "newest_run",
    "run_versions",
    "shipped_models",
]

RUNS = Path("runs")
DEFAULT_MODEL = "real"
"""The shipped model that is used by default."""
MODEL_NAME = "model.onnx"
_VERSION = re.compile(r"version_(\d+)")


def run_versions(runs: Path) -> dict[int, Path]:
    """Return the folders ``version_N`` in ``runs`` by N, the lowest first."""
    if not runs.is_dir():
        return {}
    matches = ((_VERSION.fullmatch(path.name), path) for path in runs.iterdir())
    return dict(sorted((int(match[1]), path) for match, path in matches if match))


def newest_run(runs: Path = RUNS, *, holds: str = MODEL_NAME) -> Path | None:
    """Return the run with the highest version among those that contain a file, by default the model."""
    complete = [path for path in run_versions(runs).values() if (path / holds).is_file()]
    return complete[-1] if complete else None


def shipped_models() -> dict[str, Path]:
    """Return the paths of the shipped models by the name of their recipe."""
    folder = Path(str(files("shapeclf") / "models"))
    return {path.stem: path for path in sorted(folder.glob("*.onnx"))}


def locate_newest_run() -> Path:
    """Return the model file of the newest run in ``runs`` in the current folder.

    Raises:
        InputError: There is no finished run.
    """
    run = newest_run()
    if run is None:
        raise InputError(
            f"there is no finished run in {RUNS}/ here: make one with 'shapeclf train', or name one with --model"
        )
    return run / MODEL_NAME


def locate_model(reference: str | Path = DEFAULT_MODEL) -> Path:
    """Return the path of a model file.

    Args:
        reference: The name of a shipped model, a model file, the folder of a run, or a folder of runs, of which the
            newest is used. A shipped model takes precedence over a file of its name; ``./real`` or ``Path("real")`` is
            a path.

    Raises:
        InputError: There is no such model.
    """
    shipped = shipped_models()
    path = Path(reference)
    if isinstance(reference, str) and reference in shipped:
        return shipped[reference]
    if not str(reference):
        raise InputError("model: the name is empty")  # Path("") is the current folder
    if os.path.isdir(path):  # noqa: PTH112  # a name that is too long is not a folder
        newest = path if (path / MODEL_NAME).is_file() else newest_run(path)
        if newest is None:
            raise InputError(f"{reference}: a folder without {MODEL_NAME}; a finished run has one")
        return newest / MODEL_NAME
    if not os.path.exists(path):  # noqa: PTH110
        also = f", nor a shipped model of that name ({', '.join(shipped)})" if shipped else ""
        raise InputError(f"{reference}: there is no such model file or run{also}")
    return path
