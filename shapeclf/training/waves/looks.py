"""What happens at each look at the validation part: note the figures, keep the best weights."""

import math
import time
from collections.abc import Callable
from typing import Any, final

import pytorch_lightning as pl
from torch import Tensor

from shapeclf.training.rounds import Row, check_round

__all__ = ["Looks", "look_figures", "look_line"]


def look_figures(row: Row) -> str:
    """A look's validation figures.

    Example:
        >>> look_figures({"update": 20, "train_loss": 0.5, "val_loss": 0.25, "val_drawn_rmse": 0.7, "seconds": 1.5})
        'validation loss 0.25, drawn error 0.7'
    """
    drawn = f", drawn error {row['val_drawn_rmse']:.3g}" if "val_drawn_rmse" in row else ""
    return f"validation loss {row['val_loss']:.3g}{drawn}"


def look_line(row: Row) -> str:
    """A look in one line.

    Example:
        >>> look_line({"update": 100, "train_loss": 0.5, "val_loss": 0.25, "seconds": 1.5})
        'update 100: loss 0.5, validation loss 0.25 (1.5 s)'
    """
    return f"update {row['update']:.0f}: loss {row['train_loss']:.3g}, {look_figures(row)} ({row['seconds']:.1f} s)"


@final
class Looks(pl.Callback):
    """Keeps the figures of every look, and the weights of the best one.

    Args:
        monitor: the logged figure by which the best is known, the lowest; one that is not finite never is.
        tell: called with each look's row.

    Attributes:
        rows: a row a look: update, train_loss, val_loss, where it draws val_drawn_rmse, seconds.
        best: the lowest figure; infinite before there is one.
        weights: the state of the module at that look; None before there is one.
    """

    def __init__(self, monitor: str, tell: Callable[[Row], object] = lambda row: None) -> None:
        self.rows: list[Row] = []
        self.best = math.inf
        self.weights: dict[str, Tensor] | None = None
        self._monitor = monitor
        self._tell = tell
        self._seconds = 0.0  # of the parts of this training that came before
        self._start = time.monotonic()

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._start = time.monotonic()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        logged = {name: float(value) for name, value in trainer.callback_metrics.items()}
        check_round(trainer, logged["train_loss"])
        row: Row = {"update": trainer.global_step}
        row |= {name: logged[name] for name in ("train_loss", "val_loss", "val_drawn_rmse") if name in logged}
        row["seconds"] = round(self._seconds + time.monotonic() - self._start, 3)
        self.rows.append(row)
        if logged[self._monitor] < self.best:
            self.best = logged[self._monitor]
            self.weights = {name: value.clone() for name, value in pl_module.state_dict().items()}
        self._tell(row)

    def state_dict(self) -> dict[str, Any]:
        """The looks so far, for the checkpoint."""
        return {"rows": self.rows, "best": self.best, "weights": self.weights}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on from a checkpoint's looks."""
        self.rows = list(state_dict["rows"])
        self.best = state_dict["best"]
        self.weights = state_dict["weights"]
        self._seconds = self.rows[-1]["seconds"] if self.rows else 0.0
