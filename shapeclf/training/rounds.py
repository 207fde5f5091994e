"""What happens between two rounds of training: record the figures, write a checkpoint, decide whether to stop."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint
from torch import Tensor

from shapeclf.datasets.loading import ShapeDataModule
from shapeclf.datasets.wave_loading import WaveDataModule
from shapeclf.errors import InputError
from shapeclf.training.checkpoints import check_finite
from shapeclf.training.run_folder import RunFolder

__all__ = ["FitSettings", "Rounds", "Row", "lowest"]

Row = dict[str, float]


def lowest(rows: Sequence[Row], column: str) -> float:
    """The lowest finite value in a column; infinite if there is none."""
    return min((row[column] for row in rows if math.isfinite(row[column])), default=math.inf)


@final
@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """What differs between one kind of training and another.

    Attributes:
        module: Makes the untrained module; called where torch's random generator has the seed.
        data: Makes what one of so many processes draws.
        figures: Selects the columns of ``metrics.csv`` from what the module has logged; ``train_loss`` is among them.
        ends: Decides from the rows so far whether the training is over before its last update.
        max_updates: The update that ends it, within a round if need be.
        round_updates: Updates in a round.
        line: A round's row as a whole line.
        shown: A round's figures beside the progress bar.
        best: The column whose lowest finite value marks the best weights; None keeps the last ones alone.
        task: What a resumed training needs to know beside this, as plain values and tensors.
        seed: Of torch's random generator.
        device: Lightning's name of the accelerator.
        threads: Processor threads; 0 leaves torch's number.
        clip: The longest gradient that is followed at full length; None for any.
        averaging: Share of the past in the averaged weights that are tested and kept; 0 averages nothing.
    """

    module: Callable[[], pl.LightningModule]
    data: Callable[[int], ShapeDataModule | WaveDataModule]
    figures: Callable[[Mapping[str, float]], Row]
    ends: Callable[[Sequence[Row]], bool]
    max_updates: int
    round_updates: int
    line: Callable[[Row], str]
    shown: Callable[[Row], str]
    best: str | None = None
    task: Mapping[str, Any] | None = None
    seed: int = 0
    device: str = "cpu"
    threads: int = 1
    clip: float | None = None
    averaging: float = 0.0


@final
class Rounds(Checkpoint):
    """Records a run's figures and state after each round, and ends the training.

    Being a `Checkpoint`, it comes after all other callbacks, so their state is in the checkpoint as it stands
    at the end of the round. Only whole rounds are kept: a training resumed from one draws what would have come next.

    Args:
        settings: What is recorded, and when the training ends.
        tell: Called with each round's row.

    Attributes:
        folder: The run's; set before the training begins.
        begin: Called before the first update, when all that was kept is restored.
        rows: A row a round.
        begun: Whether an update may have been made.
        best_weights: The state of the module after the best round; None before there is one.
    """

    def __init__(self, settings: FitSettings, tell: Callable[[Row], object]) -> None:
        self.folder: RunFolder | None = None
        self.begin: Callable[[], object] = lambda: None
        self.rows: list[Row] = []
        self.begun = False
        self.best_weights: dict[str, Tensor] | None = None
        self._settings = settings
        self._tell = tell
        self._seconds = 0.0  # of the parts of this run that came before
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Time spent training, in all parts of the run."""
        return self._seconds + time.monotonic() - self._start

    @property
    def over(self) -> bool:
        """Whether the last round is where the training ends."""
        if not self.rows:
            return False
        return self.rows[-1]["update"] >= self._settings.max_updates or self._settings.ends(self.rows)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.begun = True
        self.begin()
        self._start = time.monotonic()
        if trainer.global_step == 0:  # a run that ends within its first round can be resumed too
            self._keep(trainer)

    def _keep(self, trainer: pl.Trainer) -> None:
        if self.folder is not None:
            trainer.save_checkpoint(self.folder.state, weights_only=False)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if trainer.global_step >= self._settings.max_updates:  # Lightning's max_steps resumes differently
            trainer.should_stop = True

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._record(trainer, pl_module)
        if trainer.fit_loop.epoch_loop.batch_progress.is_last_batch:  # neither interrupted nor at the last update
            self._keep(trainer)
        if self.over:
            trainer.should_stop = True

    def _record(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Add the figures of the round to the run's rows."""
        figures = self._settings.figures({name: float(value) for name, value in trainer.callback_metrics.items()})
        _check_converges(trainer, figures["train_loss"])
        row: Row = {"update": trainer.global_step, **figures, "seconds": round(self.seconds, 3)}
        best = self._settings.best
        if best is not None and row[best] < lowest(self.rows, best):
            self.best_weights = {name: value.clone() for name, value in pl_module.state_dict().items()}
        self.rows.append(row)
        if trainer.is_global_zero and self.folder is not None:
            self.folder.write_metrics(self.rows)
        self._tell(row)

    def state_dict(self) -> dict[str, Any]:
        """Return the figures so far, the best weights and the task, for the checkpoint."""
        task = self._settings.task
        return {
            "rows": self.rows,
            "seconds": self.seconds,
            "best_weights": self.best_weights,
            "task": None if task is None else dict(task),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a checkpoint's figures."""
        self.rows = list(state_dict["rows"])
        self.best_weights = state_dict["best_weights"]
        self._seconds = state_dict["seconds"]


def _check_converges(trainer: pl.Trainer, loss: float) -> None:
    """Raise InputError if the loss or a weight is not finite: no later update brings them back."""
    where = f"update {trainer.global_step}: the training diverged (a lower learning rate may help)"
    if not math.isfinite(loss):
        raise InputError(f"{where}: the loss is {loss}")
    check_finite(trainer.lightning_module.state_dict(), where)
