"""What happens between two rounds of training: note the figures, keep a checkpoint, decide whether to stop."""

import math
import time
from collections.abc import Callable
from typing import Any, final

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint

from shapeclf.errors import InputError
from shapeclf.training.checkpoints import check_finite
from shapeclf.training.run_folder import RunFolder

__all__ = ["Rounds", "Row", "accuracies", "check_round"]

Row = dict[str, float]


def accuracies(row: Row) -> list[float]:
    """A row's accuracy after each of the test points."""
    return [value for name, value in row.items() if name.startswith("accuracy_")]


def check_round(trainer: pl.Trainer, loss: float) -> None:
    """Check that the loss and the weights are finite: once they are not, no update brings them back.

    Args:
        trainer: At the end of a round.
        loss: The round's training loss.

    Raises:
        InputError: they are not.
    """
    where = f"update {trainer.global_step}: the training diverged (a lower learning rate may help)"
    if not math.isfinite(loss):
        raise InputError(f"{where}: the loss is {loss}")
    check_finite(trainer.lightning_module.state_dict(), where)


@final
class Rounds(Checkpoint):
    """Keeps a run's figures and checkpoint, and ends the training at the target.

    Being a `Checkpoint`, it comes after all other callbacks, so their state is in the checkpoint as it stands
    at the end of the round. Only whole rounds are kept: going on from one draws what would have come next.

    Args:
        folder: the run's.
        target_accuracy: ends the training when the lowest accuracy over the test points has reached it.
        min_updates: does not end it for that before.
        max_updates: ends it there, within a round if need be.
        tell: called with each round's row.
        begin: Called before the first update, when all that was kept is restored.
    """

    def __init__(
        self,
        folder: RunFolder,
        *,
        target_accuracy: float | None,
        min_updates: int,
        max_updates: int,
        tell: Callable[[Row], None],
        begin: Callable[[], object] = lambda: None,
    ) -> None:
        self.rows: list[Row] = []
        self.begun = False
        self._folder = folder
        self._target = target_accuracy
        self._min_updates = min_updates
        self._max_updates = max_updates
        self._tell = tell
        self._begin = begin
        self._seconds = 0.0  # of the parts of this run that came before
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Time spent training, in all parts of the run."""
        return self._seconds + time.monotonic() - self._start

    @property
    def reached(self) -> bool:
        """Whether the last round has the target accuracy."""
        if self._target is None or not self.rows or self.rows[-1]["update"] < self._min_updates:
            return False
        return min(accuracies(self.rows[-1])) >= self._target

    @property
    def over(self) -> bool:
        """Whether the last round is where the training ends."""
        return self.reached or (bool(self.rows) and self.rows[-1]["update"] >= self._max_updates)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.begun = True
        self._begin()
        self._start = time.monotonic()
        if trainer.global_step == 0:  # a run that ends within its first round can be resumed too
            self._keep(trainer)

    def _keep(self, trainer: pl.Trainer) -> None:
        trainer.save_checkpoint(self._folder.checkpoint, weights_only=False)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if trainer.global_step >= self._max_updates:  # not the trainer's max_steps: it would resume differently
            trainer.should_stop = True

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._note(trainer)
        if trainer.fit_loop.epoch_loop.batch_progress.is_last_batch:  # neither interrupted nor at the last update
            self._keep(trainer)
        if self.over:
            trainer.should_stop = True

    def _note(self, trainer: pl.Trainer) -> None:
        """Takes the figures of the test that just ran into the run's rows."""
        logged = {name: float(value) for name, value in trainer.callback_metrics.items()}
        check_round(trainer, logged.get("train/loss", 0.0))
        row: Row = {"update": trainer.global_step, "train_loss": logged.get("train/loss", float("nan"))}
        for kind in ("accuracy", "nll"):
            found = {int(name.rpartition("_")[2]): value for name, value in logged.items() if f"/{kind}_" in name}
            row |= {f"{kind}_{points}": found[points] for points in sorted(found)}
        row["seconds"] = round(self.seconds, 3)
        self.rows.append(row)
        if trainer.is_global_zero:
            self._folder.write_metrics(self.rows)
        self._tell(row)

    def state_dict(self) -> dict[str, Any]:
        """The figures so far, for the checkpoint."""
        return {"rows": self.rows, "seconds": self.seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on from a checkpoint's figures."""
        self.rows = list(state_dict["rows"])
        self._seconds = state_dict["seconds"]
