"""What is noted and kept at a look at the validation part."""

import math
from types import SimpleNamespace
from typing import Any

import torch

from shapeclf.training.rounds import Row
from shapeclf.training.waves.forecaster import Forecaster
from shapeclf.training.waves.looks import Looks, look_line


def test_the_lowest_figure_is_the_best_look_and_one_that_is_not_finite_never_is() -> None:
    forecaster, told = Forecaster(hidden_sizes=(2,)), list[Row]()
    looks = Looks("val_loss", told.append)
    for update, loss in enumerate((math.nan, 3.0, 1.0, 2.0, math.inf), start=1):
        with torch.no_grad():
            forecaster.network.output.bias.fill_(update)
        figures = {"train_loss": torch.tensor(9.0), "val_loss": torch.tensor(loss)}
        trainer: Any = SimpleNamespace(global_step=update, callback_metrics=figures, lightning_module=forecaster)
        looks.on_train_epoch_end(trainer, forecaster)
    assert looks.best == 1.0
    assert looks.weights is not None
    assert looks.weights["network.output.bias"].item() == 3.0
    assert told == looks.rows
    assert [row["update"] for row in told] == [1, 2, 3, 4, 5]
    assert told[1]["val_loss"] == 3.0
    assert "val_drawn_rmse" not in told[1]


def test_a_drawn_error_is_told_too() -> None:
    row = {"update": 20.0, "train_loss": 0.5, "val_loss": 0.25, "val_drawn_rmse": 0.7, "seconds": 1.52}
    assert look_line(row) == "update 20: loss 0.5, validation loss 0.25, drawn error 0.7 (1.5 s)"
