"""Run folders: numbers, and settings that are read as they were written."""

import csv
import json
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.plain import plain_sequences
from shapeclf._files import write_json
from shapeclf.datasets import LINE, PARABOLA, SQRT, Family, LogUniform, Uniform
from shapeclf.errors import InputError
from shapeclf.training.recipes import Settings, settings_of
from shapeclf.training.run_folder import RunFolder


def cube(x: Any) -> Any:
    return x**3


OWN = Family("cubic", "y = k·x³ + b", cube)


def folders(runs: Path) -> list[str]:
    return sorted(path.name for path in runs.iterdir())


def test_the_first_run_is_number_zero_and_the_folder_above_is_made(tmp_path: Path) -> None:
    runs = tmp_path / "deep" / "runs"
    assert RunFolder.next_free(runs, {}).path == runs / "version_0"
    assert (runs / "version_0").is_dir()


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (["version_0", "version_1"], "version_2"),
        (["version_3"], "version_4"),
        (["version_9", "version_10"], "version_11"),
        (["version_1", "version_x", "other", "version_5.old", "myversion_7"], "version_2"),
    ],
    ids=["counts-on", "fills-no-gap", "as-numbers", "passes-over-others"],
)
def test_the_next_number_is_above_all_numbers_in_use(there: list[str], expected: str, tmp_path: Path) -> None:
    for name in there:
        (tmp_path / name).mkdir()
    assert RunFolder.next_free(tmp_path, {}).path.name == expected


def test_a_file_of_that_name_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "version_0").write_text("mine")
    assert RunFolder.next_free(tmp_path, {}).path.name == "version_1"
    assert (tmp_path / "version_0").read_text() == "mine"


def test_trainings_that_start_at_the_same_time_get_different_folders(tmp_path: Path) -> None:
    together, taken, lock = threading.Barrier(8), [], threading.Lock()

    def take() -> None:
        together.wait()
        for _ in range(10):
            folder = RunFolder.next_free(tmp_path, {})
            with lock:
                taken.append(folder.path.name)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 80
    assert folders(tmp_path) == sorted(f"version_{number}" for number in range(80))


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        RunFolder.next_free(tmp_path / "file" / "runs", {})


def test_the_files_have_the_names_that_the_readme_gives() -> None:
    folder = RunFolder(Path("run"))
    files = [folder.model, folder.checkpoint, folder.config, folder.metrics, folder.picture]
    names = ["model.onnx", "last.ckpt", "config.json", "metrics.csv", "training.png"]
    assert files == [Path("run") / name for name in names]


def priors(low: float) -> st.SearchStrategy[Uniform | LogUniform]:
    ends = st.tuples(st.floats(low, 50.0), st.floats(0.5, 50.0))
    return ends.flatmap(lambda e: st.sampled_from([Uniform(e[0], e[0] + e[1]), LogUniform(e[0], e[0] + e[1])]))


@st.composite
def any_settings(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Settings:
    counts = st.integers(1, 10_000)
    low = draw(st.integers(1, 5))
    return Settings(
        families=draw(st.permutations([LINE, PARABOLA, SQRT, OWN]).flatmap(lambda p: st.sampled_from([p[:2], p]))),
        parameters=draw(st.sampled_from(["fixed", "fresh"])),
        points=draw(st.sampled_from([low, (low, low), (low, low + 7)])),
        x=draw(st.none() | priors(0.01)),
        noise=draw(st.floats(0.0, 1e3)),
        seed=draw(st.integers(0, 2**63 - 1)),
        hidden_size=draw(counts),
        embedding=draw(st.integers(0, 100)),
        optimizer=draw(st.sampled_from(["adam", "sgd"])),
        learning_rate=draw(st.floats(1e-12, 10.0)),
        schedule=draw(st.sampled_from(["constant", "cosine"])),
        averaging=draw(st.floats(0.0, 0.9999)),
        batch_size=draw(counts),
        max_updates=draw(counts),
        min_updates=draw(st.integers(0, 100)),
        round_updates=draw(counts),
        test_points=draw(counts),
        test_sequences=draw(counts),
        target_accuracy=draw(st.none() | st.floats(0.001, 1.0)),
        device=draw(st.sampled_from(["cpu", "auto"])),
        threads=draw(st.integers(0, 8)),
        workers=draw(st.integers(0, 8)),
    )


@given(any_settings())
def test_settings_come_back_as_they_were_written(written: Settings) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = RunFolder(Path(name))
        write_json(folder.config, written.record() | {"versions": {"python": "3"}})
        read = folder.read_settings([OWN])
    assert read.record() == written.record()
    for one, other in zip(read.sequences().batch(3), written.sequences().batch(3), strict=True):
        np.testing.assert_array_equal(one, other)


def test_priors_changed_by_the_user_come_back(tmp_path: Path) -> None:
    from dataclasses import replace

    family = replace(LINE, k=LogUniform(0.5, 2.0), b=Uniform(-1.0, 1.0), x=Uniform(-3.0, 3.0))
    folder = RunFolder(tmp_path)
    write_json(
        folder.config,
        settings_of("classic", families=(family, PARABOLA), parameters="fresh").record() | {"versions": {}},
    )
    assert folder.read_settings().families[0] == family


def test_the_config_holds_settings_parameters_and_versions(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    write_json(folder.config, settings_of("classic", seed=6).record() | {"versions": {"torch": "2"}})
    config = json.loads(folder.config.read_text(encoding="utf-8"))
    assert config["seed"] == 6
    assert config["versions"] == {"torch": "2"}
    fixed = plain_sequences(settings_of("classic", seed=6).sequences()).fixed_parameters
    assert config["sequences"]["parameters"] == fixed


def test_a_user_defined_family_must_be_named(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    write_json(folder.config, settings_of("classic", families=(LINE, OWN)).record() | {"versions": {}})
    with pytest.raises(InputError, match=r"config\.json: unknown family 'cubic'; there are line, parabola, sqrt"):
        folder.read_settings()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, r": not a run \(it has no config\.json\)$"),
        (b"", r"config\.json: not a run's settings \(JSONDecodeError"),
        (b'{"\xff": 1}', r"config\.json: not a run's settings \(UnicodeDecodeError"),
        (b"[]", r"config\.json: not a run's settings \(TypeError"),
        (b"null", r"config\.json: not a run's settings \(TypeError"),
        (b"{}", r"config\.json: not a run's settings \(KeyError: 'sequences'\)"),
        (b'{"sequences": 3}', r"config\.json: "),
        (b'{"sequences": {}}', r"config\.json: not a data set's record"),
    ],
    ids=["missing", "empty", "no-text", "list", "null", "empty-object", "number", "empty-record"],
)
def test_other_files_are_not_configs(content: bytes | None, text: str, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    if content is not None:
        folder.config.write_bytes(content)
    with pytest.raises(InputError, match=text):
        folder.read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("head", -1), ("optimizer", "lion"), ("hidden_size", "wide"), ("families", ["line", "sqrt"])],
    ids=["out-of-range", "unknown", "text", "names-for-families"],
)
def test_a_config_with_a_bad_value_is_refused(name: str, value: Any, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    write_json(folder.config, settings_of("classic").record() | {"versions": {}})
    config = json.loads(folder.config.read_bytes()) | {name: value}
    folder.config.write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"config\.json: "):
        folder.read_settings()


def test_metrics_have_a_row_for_each_round(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    rows = [{"update": 50, "train_loss": 0.1 + 0.2}, {"update": 100, "train_loss": 1e-9}]
    folder.write_metrics(rows)
    with folder.metrics.open(newline="") as file:
        read = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    assert read == rows
