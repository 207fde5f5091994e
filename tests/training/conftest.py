"""Helpers of tests of whole trainings."""

from pathlib import Path
from typing import Any

import pytest
import torch

from shapeclf.training import Settings, TrainedRun, settings_of
from shapeclf.training.run_folder import RunFolder

FILES = {"model.onnx", "last.ckpt", "config.json", "metrics.csv", "training.png"}


@pytest.fixture(scope="package", autouse=True)
def _one_picture(one_picture: None) -> None:
    pass


def settings_for(**changes: Any) -> Settings:
    """Return the settings of a training that has no target accuracy, and therefore makes all its updates."""
    defaults = {"seed": 5, "hidden_size": 16, "test_sequences": 250, "max_updates": 200, "target_accuracy": None}
    return settings_of("classic", **(defaults | changes))


def weights(run: TrainedRun) -> dict[str, torch.Tensor]:
    checkpoint = torch.load(RunFolder(run.path).checkpoint, weights_only=True)
    state: dict[str, torch.Tensor] = checkpoint["state_dict"]
    return state


def figures(run: TrainedRun) -> list[dict[str, float]]:
    """Return the rows without the column of time."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in run.rows]


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
