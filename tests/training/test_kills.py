"""A training that is killed, or whose disk is full, at any moment is resumed as if it had not been interrupted."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="trainings are forked")

_EACH = pytest.mark.parametrize("name", ["averaged", "target", "wave", "wave-early"])


def _same(how: str, name: str, folder: Path, amount: float) -> tuple[int, int]:
    """Return how many trainings were stopped, and how many of them had the same result, bit for bit; see `killing`."""
    script = Path(__file__).with_name("killing.py")
    result = subprocess.run(
        [sys.executable, str(script), how, name, str(folder), str(amount)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},  # the forked trainings inherit it
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    return answer["trainings"], answer["same"]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # the forked process has one thread, whatever this has
def test_killed_before_an_access_to_its_files(tmp_path: Path) -> None:
    path = Path(__file__).with_name("killing.py")
    specification = importlib.util.spec_from_file_location("killing", path)
    assert specification is not None
    assert specification.loader is not None
    killing = importlib.util.module_from_spec(specification)
    sys.modules["killing"] = killing  # where `dataclass` looks up the module
    specification.loader.exec_module(killing)
    assert list(killing.killed_at_accesses("averaged", tmp_path, 0.0)) == [True]  # one kill, in the middle


@pytest.mark.slow
def test_killed_before_some_accesses_to_its_files(tmp_path: Path) -> None:
    trainings, same = _same("kill", "averaged,wave-early", tmp_path, 0.04)
    assert trainings > 3
    assert same == trainings


@pytest.mark.slow
def test_a_full_disk_at_some_accesses_to_its_files(tmp_path: Path) -> None:
    trainings, same = _same("fail", "target", tmp_path, 0.2)
    assert trainings > 2
    assert same == trainings


@pytest.mark.exhaustive
@pytest.mark.parametrize("how", ["kill", "fail"])
@_EACH
def test_stopped_before_each_access_to_its_files(how: str, name: str, tmp_path: Path) -> None:
    trainings, same = _same(how, name, tmp_path, 1.0)
    assert trainings > 15
    assert same == trainings


@pytest.mark.exhaustive
@_EACH
def test_a_hundred_random_kills_give_a_hundred_times_the_same_weights(name: str, tmp_path: Path) -> None:
    assert _same("random", name, tmp_path, 100) == (100, 100)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["classic", "fresh", "real", "sin", "shifted-sines", "wave-lbfgs"])
def test_twenty_random_kills_of_each_recipe_give_the_same_weights(name: str, tmp_path: Path) -> None:
    assert _same("random", name, tmp_path, 20) == (20, 20)
