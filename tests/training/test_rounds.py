"""Between two rounds: metrics, checkpoint, and the end of training."""

import csv
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from shapeclf.training import TrainedRun, settings_of, train
from shapeclf.training.progress import accuracies
from shapeclf.training.rounds import Rounds, Row, TrainingSettings
from shapeclf.training.run_folder import RunFolder
from shapeclf.training.waves.forecaster import Forecaster
from shapeclf.training.waves.recipes import WaveRecipe


def small_run(output: Path, **changes: Any) -> TrainedRun:
    """Train in rounds of five updates on an easy task, validated on few sequences."""
    defaults: dict[str, Any] = {
        "max_updates": 20,
        "min_updates": 0,
        "round_updates": 5,
        "hidden_size": 8,
        "test_sequences": 250,
        "target_accuracy": None,
    }
    return train(settings_of("classic", **(defaults | changes)), output=output, quiet=True)


@pytest.fixture(scope="module")
def four_rounds(tmp_path_factory: pytest.TempPathFactory) -> TrainedRun:
    return small_run(tmp_path_factory.mktemp("rounds"), test_points=3)


def updates_of(run: TrainedRun) -> list[float]:
    return [row["update"] for row in run.rows]


def test_accuracies_are_those_of_the_row_in_the_order_of_points() -> None:
    row = {"update": 5, "train_loss": 1.0, "accuracy_1": 0.5, "accuracy_2": 0.75, "nll_1": 2.0, "seconds": 1.0}
    assert accuracies(row) == [0.5, 0.75]


def test_every_round_adds_a_row_and_reports_it(four_rounds: TrainedRun) -> None:
    run = four_rounds
    assert updates_of(run) == [5, 10, 15, 20]
    names = ["accuracy_1", "accuracy_2", "accuracy_3", "nll_1", "nll_2", "nll_3"]
    assert list(run.rows[0]) == ["update", "train_loss", *names, "seconds"]
    with RunFolder(run.path).metrics.open(newline="") as file:
        read = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    assert read == list(run.rows)
    seconds = [row["seconds"] for row in run.rows]
    assert seconds == sorted(seconds)


def test_with_more_than_nine_test_points_the_figures_stay_in_order(tmp_path: Path) -> None:
    (row,) = small_run(tmp_path, test_points=11, max_updates=5).rows
    assert [name for name in row if name.startswith("nll_")] == [f"nll_{points}" for points in range(1, 12)]


def test_training_ends_when_the_lowest_accuracy_has_reached_the_target(tmp_path: Path) -> None:
    run = small_run(tmp_path, target_accuracy=0.4, max_updates=500)
    assert run.reached
    assert min(accuracies(run.rows[-1])) >= 0.4
    assert all(min(accuracies(row)) < 0.4 for row in run.rows[:-1])
    assert run.updates == run.rows[-1]["update"] < 500


def test_the_highest_accuracy_does_not_count(tmp_path: Path) -> None:
    tested = accuracies(small_run(tmp_path, max_updates=5).rows[-1])
    assert min(tested) < max(tested)
    between = (min(tested) + max(tested)) / 2
    assert not small_run(tmp_path, max_updates=5, min_updates=0, target_accuracy=between).reached


@pytest.mark.parametrize(("least", "expected"), [(0, 5), (5, 5), (6, 10), (20, 20)], ids=lambda value: str(value))
def test_nothing_ends_before_min_updates(least: int, expected: int, tmp_path: Path) -> None:
    run = small_run(tmp_path, target_accuracy=0.001, min_updates=least)
    assert (run.reached, run.updates) == (True, expected)


def test_without_a_target_training_ends_at_the_last_update(four_rounds: TrainedRun) -> None:
    run = four_rounds
    assert (run.reached, run.interrupted, run.updates) == (False, False, 20)


@pytest.mark.parametrize(
    ("last", "expected"), [(3, [3]), (12, [5, 10, 12])], ids=["within-the-first-round", "within-a-round"]
)
def test_the_model_is_validated_after_the_last_update_even_within_a_round(
    last: int, expected: list[int], tmp_path: Path
) -> None:
    run = small_run(tmp_path, max_updates=last)
    assert run.updates == last
    assert updates_of(run) == expected


def test_the_checkpoint_is_weights_only_and_holds_the_figures(four_rounds: TrainedRun) -> None:
    checkpoint = torch.load(RunFolder(four_rounds.path).checkpoint, weights_only=True)
    assert checkpoint["global_step"] == 20
    (stored,) = (state for name, state in checkpoint["callbacks"].items() if name.startswith("Rounds"))
    assert stored["rows"] == list(four_rounds.rows)


def rounds_of(**changes: Any) -> tuple[Rounds, list[Row]]:
    reported: list[Row] = []
    unused: dict[str, Any] = dict.fromkeys(("make_module", "make_data", "format_row", "format_figures"))
    settings: dict[str, Any] = {
        "select_figures": dict,
        "is_over": lambda rows: False,
        "max_updates": 9,
        "round_updates": 1,
    }
    return Rounds(TrainingSettings(**(unused | settings | changes)), reported.append), reported


def test_figures_and_time_continue_from_a_checkpoint() -> None:
    rounds, _ = rounds_of()
    rounds.load_state_dict({"rows": [{"update": 5.0}], "seconds": 100.0, "best_weights": None})
    assert rounds.rows == [{"update": 5.0}]
    assert 100.0 <= rounds.seconds < 110.0
    assert rounds.state_dict()["rows"] == [{"update": 5.0}]


def test_the_weights_of_the_lowest_finite_figure_are_kept() -> None:
    forecaster = Forecaster(WaveRecipe(name="test", hidden_sizes=(2,)), window_spread=(1.0,))
    rounds, reported = rounds_of(best="val_loss")
    for update, loss in enumerate((math.nan, 3.0, 1.0, 2.0, math.inf), start=1):
        with torch.no_grad():
            forecaster.network.output.bias.fill_(update)
        figures = {"train_loss": torch.tensor(9.0), "val_loss": torch.tensor(loss)}
        loop = SimpleNamespace(epoch_loop=SimpleNamespace(batch_progress=SimpleNamespace(is_last_batch=False)))
        trainer: Any = SimpleNamespace(
            global_step=update,
            callback_metrics=figures,
            lightning_module=forecaster,
            is_global_zero=True,
            fit_loop=loop,
        )
        rounds.on_train_epoch_end(trainer, forecaster)
    assert rounds.best_weights is not None
    assert rounds.best_weights["network.output.bias"].item() == 3.0
    assert reported == rounds.rows
    assert [row["update"] for row in reported] == [1, 2, 3, 4, 5]


def test_a_training_is_over_at_its_last_update_or_by_its_rule() -> None:
    for updates, rule, over in ((5, False, False), (9, False, True), (5, True, True)):
        rounds, _ = rounds_of(is_over=lambda rows, rule=rule: rule)
        assert not rounds.over
        rounds.rows.append({"update": updates})
        assert rounds.over is over
