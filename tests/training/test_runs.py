"""A whole training: its files, resuming and interrupting it, and that it learns."""

import csv
import json
import math
import random
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import CSVLogger

from benchmarks.plain import plain_sequences
from shapeclf import Recognizer, evaluate, train
from shapeclf.datasets import LINE, PARABOLA, ShapeSequences
from shapeclf.errors import InputError
from shapeclf.recognition.model_file import read_model_file
from shapeclf.training import TrainedRun, settings_of
from shapeclf.training.network import ShapeNetwork
from shapeclf.training.progress import accuracies
from shapeclf.training.run_folder import RunFolder

from .conftest import FILES, contents, figures, settings_for, weights


@pytest.fixture(scope="module")
def classic(tmp_path_factory: pytest.TempPathFactory) -> TrainedRun:
    return train(settings_of("classic", seed=2), output=tmp_path_factory.mktemp("classic"), quiet=True)


def test_classic_reaches_its_target_and_leaves_its_files(classic: TrainedRun) -> None:
    assert classic.reached
    assert not classic.interrupted
    assert classic.path.name == "version_0"
    assert {path.name for path in classic.path.iterdir()} == FILES
    assert min(accuracies(classic.rows[-1])) >= 0.999
    assert RunFolder(classic.path).picture.read_bytes().startswith(b"\x89PNG")


def test_the_picture_shows_the_rounds_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: dict[Path, Any] = {}
    monkeypatch.setattr("shapeclf.training.runs.save_figure", lambda figure, path: saved.update({path: figure}))
    run = train(settings_for(max_updates=4, round_updates=2), output=tmp_path, quiet=True)
    (loss,) = saved[RunFolder(run.path).picture].axes[0].get_lines()
    assert loss.get_xydata().tolist() == [[row["update"], row["train_loss"]] for row in run.rows]


def test_the_config_contains_all_settings(classic: TrainedRun) -> None:
    config = json.loads(RunFolder(classic.path).config.read_text(encoding="utf-8"))
    settings = settings_of("classic", seed=2)
    assert {name: value for name, value in config.items() if name != "versions"} == settings.record()
    assert config["seed"] == 2
    fixed = plain_sequences(settings.sequences()).fixed_parameters
    assert fixed is not None
    assert config["sequences"]["parameters"] == fixed
    assert {"python", "shapeclf", "torch", "pytorch-lightning", "numpy"} <= set(config["versions"])
    assert config["versions"]["torch"] == torch.__version__


def test_the_model_file_remembers_the_training(classic: TrainedRun) -> None:
    model = read_model_file(RunFolder(classic.path).model)
    assert model.families == ("line", "parabola", "sqrt")
    assert model.record["settings"] == settings_of("classic", seed=2).record()
    assert model.record["updates"] == classic.updates


def test_neither_path_nor_clock_is_in_the_model_file(classic: TrainedRun, tmp_path: Path) -> None:
    again = train(settings_of("classic", seed=2), output=tmp_path / "elsewhere", quiet=True)
    assert RunFolder(again.path).model.read_bytes() == RunFolder(classic.path).model.read_bytes()
    assert figures(again) == figures(classic)
    assert str(classic.path).encode() not in RunFolder(classic.path).model.read_bytes()


def test_another_seed_draws_other_parameters_and_weights(classic: TrainedRun, tmp_path: Path) -> None:
    other = train(settings_of("classic", seed=3, max_updates=50), output=tmp_path, quiet=True)
    config, other_config = (json.loads(RunFolder(run.path).config.read_bytes()) for run in (classic, other))
    assert config["sequences"]["parameters"] != other_config["sequences"]["parameters"]
    assert not torch.equal(weights(classic)["network.head.weight"], weights(other)["network.head.weight"])


def test_the_model_file_answers_as_the_checkpoint_in_torch(classic: TrainedRun) -> None:
    network = ShapeNetwork(3)
    prefix = "network."
    network.load_state_dict({name.removeprefix(prefix): w for name, w in weights(classic).items() if prefix in name})
    points = ShapeSequences(seed=2, points=20, batch_size=50, split="test").batch(0).points
    with torch.no_grad():
        expected, _ = network(torch.from_numpy(points))
    answers = Recognizer.load(classic.path).log_probabilities(points)
    np.testing.assert_allclose(answers, expected.numpy(), rtol=1e-5, atol=1e-5)


def test_a_test_may_have_one_point(tmp_path: Path) -> None:
    run = train(settings_for(test_points=1, max_updates=10, target_accuracy=None), output=tmp_path, quiet=True)
    assert run.rows
    assert all(0 <= row["accuracy_1"] <= 1 and "accuracy_2" not in row for row in run.rows)
    assert (run.path / "training.png").exists()


@pytest.mark.parametrize("averaging", [0.0, 0.9], ids=["plain", "averaged"])
def test_the_final_model_is_tested_after_a_partial_round(averaging: float, tmp_path: Path) -> None:
    settings = settings_for(averaging=averaging, max_updates=33, round_updates=30)
    run = train(settings, output=tmp_path, quiet=True)
    held_out = ShapeSequences(seed=5, points=4, batch_size=250, split="validation").batch(0)
    answers = Recognizer.load(run.path).log_probabilities(held_out.points)
    right = (answers.argmax(-1) == held_out.labels[:, None]).mean(0)
    nll = -np.take_along_axis(answers, held_out.labels[:, None, None], axis=-1).mean((0, 2))
    assert [row["update"] for row in run.rows] == [30, 33]
    assert accuracies(run.rows[-1]) == pytest.approx(right.tolist(), abs=1e-6)
    assert [run.rows[-1][f"nll_{points}"] for points in range(1, 5)] == pytest.approx(nll.tolist(), rel=1e-4)


def test_the_target_counts_in_a_partial_round(tmp_path: Path) -> None:
    run = train(settings_for(max_updates=3, min_updates=0, target_accuracy=0.001), output=tmp_path, quiet=True)
    assert (run.reached, run.updates) == (True, 3)


def test_no_other_run_is_touched(tmp_path: Path) -> None:
    first = train(settings_for(max_updates=5), output=tmp_path, quiet=True)
    second = train(settings_for(max_updates=5), output=tmp_path, quiet=True)
    before = contents(first.path)
    third = train(settings_for(max_updates=5, seed=6), output=tmp_path, quiet=True)
    train(settings_for(max_updates=10), output=tmp_path, resume=second.path, quiet=True)
    assert [run.path.name for run in (first, second, third)] == ["version_0", "version_1", "version_2"]
    assert contents(first.path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["version_0", "version_1", "version_2"]


class Recorder(pl.Callback):
    """Records the weights after every update, as the optimiser left them."""

    def __init__(self) -> None:
        self.weights: list[torch.Tensor] = []
        self.rates: list[float] = []

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        self.rates.append(trainer.optimizers[0].param_groups[0]["lr"])

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self.weights.append(pl_module.state_dict()["network.head.weight"].clone())


def test_averaging_keeps_the_moving_average_of_the_weights(tmp_path: Path) -> None:
    recorder = Recorder()
    settings = settings_for(averaging=0.75, max_updates=6, round_updates=6)
    run = train(settings, output=tmp_path, callbacks=[recorder], quiet=True)
    average = recorder.weights[0]
    for count, later in enumerate(recorder.weights[1:], start=1):
        kept_share = min(0.75, (1 + count) / (10 + count))  # less at first, so that the first weights do not stay
        average = kept_share * average + (1 - kept_share) * later
    kept = weights(run)["network.head.weight"]
    torch.testing.assert_close(kept, average, rtol=1e-5, atol=1e-7)
    assert not torch.allclose(kept, recorder.weights[-1], rtol=1e-5, atol=1e-7)
    # The test and the model file use them too: without the scale of the inputs, which is not averaged, they could not.
    data = settings.sequences()
    report = evaluate(Recognizer.load(run.path), data, sequences=250)
    assert run.rows[-1]["nll_4"] == pytest.approx(report.nll[3], abs=0.25)
    scale = weights(run)["network.coordinates.scale"]
    assert (scale != 1).all()


def test_the_cosine_schedule_ends_at_the_last_update(tmp_path: Path) -> None:
    recorder = Recorder()
    settings = settings_for(schedule="cosine", learning_rate=0.02, max_updates=6, round_updates=3)
    train(settings, output=tmp_path, callbacks=[recorder], quiet=True)
    assert recorder.rates == pytest.approx([0.01 * (1 + math.cos(math.pi * step / 6)) for step in range(6)])


def test_a_logger_and_a_callback_are_passed_through(tmp_path: Path) -> None:
    recorder = Recorder()
    logger = CSVLogger(tmp_path / "logs", name="", version="")
    run = train(settings_for(max_updates=50), output=tmp_path / "runs", logger=logger, callbacks=[recorder], quiet=True)
    assert len(recorder.weights) == 50
    with (tmp_path / "logs" / "metrics.csv").open(newline="") as file:
        logged = [float(row["validation/accuracy_4"]) for row in csv.DictReader(file) if row["validation/accuracy_4"]]
    assert logged == pytest.approx([row["accuracy_4"] for row in run.rows], abs=1e-6)


def test_the_callers_random_state_and_threads_are_left_alone(tmp_path: Path) -> None:
    torch.manual_seed(123)
    before = (
        torch.random.get_rng_state(),
        random.getstate(),
        np.random.get_state(legacy=True),  # noqa: NPY002  # the test is about the global state
        torch.get_num_threads(),
        [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
    )
    train(settings_for(max_updates=10, round_updates=10, threads=1), output=tmp_path, quiet=True)
    after = (
        torch.random.get_rng_state(),
        random.getstate(),
        np.random.get_state(legacy=True),  # noqa: NPY002
        torch.get_num_threads(),
        [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
    )
    assert torch.equal(before[0], after[0])
    assert before[1] == after[1]
    for one, other in zip(before[2], after[2], strict=True):
        np.testing.assert_array_equal(one, other)
    assert before[3:] == after[3:]


def test_the_callers_random_state_changes_no_run(tmp_path: Path) -> None:
    runs = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        random.seed(seed)
        runs.append(train(settings_for(max_updates=10, round_updates=10), output=tmp_path, quiet=True))
    first, second = (RunFolder(run.path).model.read_bytes() for run in runs)
    assert first == second


def test_a_device_that_is_not_there_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^device 'abacus': "):
        train(settings_for(device="abacus"), output=tmp_path / "runs", quiet=True)
    assert not list(tmp_path.glob("runs/*"))


@pytest.mark.slow
def test_two_families_and_sequences_of_any_length(tmp_path: Path) -> None:
    settings = settings_for(families=(LINE, PARABOLA), points=(1, 12), parameters="fresh", noise=0.5)
    run = train(settings, output=tmp_path, quiet=True)
    recognizer = Recognizer.load(run.path)
    assert recognizer.families == ("line", "parabola")
    report = evaluate(recognizer, points=12, sequences=2000)
    # Twelve points determine the family almost always; chance level is 0.5 and log 2.
    assert report.accuracy[11] > 0.85
    assert report.nll[11] < 0.5 * math.log(2)


def smallest_k(count: int) -> list[int]:
    """Return the seeds among 0..49 that draw the smallest k."""

    def drawn(seed: int) -> float:
        fixed = ShapeSequences(seed=seed).fixed_parameters
        assert fixed is not None
        return fixed["line"]["k"]

    return sorted(range(50), key=drawn)[:count]


@pytest.mark.slow
@pytest.mark.parametrize("seed", smallest_k(10), ids="seed-{}".format)
def test_the_draws_with_the_smallest_k_are_learned(seed: int, tmp_path: Path) -> None:
    run = train(settings_of("classic", seed=seed), output=tmp_path, quiet=True)
    assert run.reached
    recognizer = Recognizer.load(run.path)
    last = {points: float(evaluate(recognizer, points=points).accuracy[-1]) for points in (1, 4, 7, 15, 64)}
    assert last[4] >= 0.999
    assert last[1] >= 0.99
    for points in (7, 15, 64):
        assert last[points] >= last[4] - 0.0005
