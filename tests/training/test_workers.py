"""Workers: processes that draw batches, and compute their coordinates, in advance. They do not change the result."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from shapeclf import train
from shapeclf.datasets import ShapeBatches, loading
from shapeclf.datasets.families import LINE, Family
from shapeclf.errors import InputError
from shapeclf.training import Settings, settings_of
from shapeclf.training.classifier import ShapeClassifier, sort_half, with_coordinates
from shapeclf.training.metrics import real_points
from shapeclf.training.network import ShapeNetwork, coordinates_of
from shapeclf.training.runs import _data
from shapeclf.training.weighted_coordinates import WeightedCoordinates

from .conftest import figures, weights

# torch forks its workers where the platform does, and newer Pythons warn of threads that might be lost.
forks = pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning", "ignore:.*suggested max number of")


def _settings(**changes: Any) -> Settings:
    small = {
        "points": (3, 20),
        "hidden_size": 4,
        "embedding": 6,
        "head": 5,
        "batch_size": 6,
        "max_updates": 5,
        "round_updates": 2,
        "test_points": 4,
        "test_sequences": 10,
        "workers": 0,
    }
    return settings_of("real", **(small | changes))


def _batches() -> ShapeBatches:
    return ShapeBatches(_settings(batch_size=32).sequences(), 1)


@forks
def test_the_number_of_workers_does_not_change_the_weights_also_in_a_resumed_run(tmp_path: Path) -> None:
    # With the cosine schedule of the recipe, the shorter run would have other learning rates.
    settings = _settings(schedule="constant")
    runs = [train(replace(settings, workers=workers), output=tmp_path, quiet=True) for workers in (0, 1, 2)]
    part = train(replace(settings, workers=2, max_updates=3), output=tmp_path, quiet=True)
    runs.append(train(replace(settings, workers=1), resume=part.path, quiet=True))
    expected = weights(runs[0])
    for run in runs[1:]:
        assert figures(run) == figures(runs[0])
        assert all(torch.equal(tensor, expected[name]) for name, tensor in weights(run).items())


def test_answers_from_coordinates_equal_answers_from_points() -> None:
    torch.manual_seed(0)
    network = ShapeNetwork(14, "weighted", hidden_size=5, embedding=6, head=7, final_answers=True)
    points = _batches()[0].points
    so_far, final, (hidden, cell) = network.answers_from(coordinates_of(WeightedCoordinates(), points)[0])
    expected, expected_final, state = network.answers(points)
    assert final is not None
    assert expected_final is not None
    for found, wanted in ((so_far, expected), (final, expected_final), (hidden, state.hidden), (cell, state.cell)):
        assert torch.equal(found, wanted)


@pytest.mark.parametrize("final_answers", [False, True], ids=["stream-only", "final-answers"])
def test_coordinates_in_advance_are_those_of_the_points_that_are_trained_on(final_answers: bool) -> None:
    batch = _batches()[0]
    ordered, of_stream, _ = sort_half(batch.points, real_points(batch.lengths, batch.points.shape[1]))
    assert 0.0 in of_stream.tolist()  # a sequence is sorted
    prepared = with_coordinates(batch, WeightedCoordinates(), final_answers)
    expected = coordinates_of(WeightedCoordinates(), ordered if final_answers else batch.points)[0]
    assert prepared.coordinates is not None
    assert torch.equal(prepared.coordinates, expected)
    assert torch.equal(prepared.points, batch.points)
    torch.manual_seed(0)
    classifier = ShapeClassifier(14, coordinates="weighted", hidden_size=5, final_answers=final_answers)
    assert torch.equal(classifier.training_step(prepared, 0), classifier.training_step(batch, 0))


@pytest.mark.parametrize(
    ("changes", "prepared"),
    [({}, True), ({"device": "auto"}, False), ({"coordinates": "running"}, True), ({"coordinates": "scaled"}, False)],
    ids=["weighted", "another-device", "running", "fitted"],
)
def test_coordinates_are_computed_in_advance_unless_fitted_or_on_a_gpu(changes: dict[str, Any], prepared: bool) -> None:
    assert (_data(_settings(**changes), 1).prepare is not None) == prepared


def test_workers_need_linux_and_shared_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def number() -> int:
        return _data(_settings(workers=2), 1).train_dataloader().num_workers

    usage = shutil.disk_usage("/")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(loading, "_SHARED_MEMORY", Path("/"))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=2**30))
    assert number() == 2
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=2**30 - 1))
    assert number() == 0
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=2**30))
    monkeypatch.setattr(loading, "_SHARED_MEMORY", Path("/no such folder"))
    assert number() == 0
    monkeypatch.setattr(loading, "_SHARED_MEMORY", Path("/"))
    monkeypatch.setattr(sys, "platform", "darwin")
    assert number() == 0


@forks
@pytest.mark.parametrize("workers", [0, 1], ids=["no-worker", "one-worker"])
def test_an_error_in_a_worker_is_reported_in_one_line(workers: int, tmp_path: Path) -> None:
    family = Family("hole", formula="k*f(x)+b", basis=lambda x: np.where(x > x.max() / 2, np.nan, x))
    with pytest.raises(InputError, match=r"^family 'hole': [^\n]*$"):
        train(_settings(families=(LINE, family), workers=workers), output=tmp_path, quiet=True)


def test_a_script_ends_though_its_workers_wait_for_more() -> None:
    script = """
from shapeclf.datasets import ShapeDataModule, ShapeSequences
if __name__ == "__main__":
    batches = iter(ShapeDataModule(ShapeSequences(), workers=1).train_dataloader())
    next(batches)
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0
