"""The end of each round of training: record the figures, write a checkpoint, decide whether to stop."""

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

__all__ = ["Rounds", "Row", "TrainingSettings", "lowest"]

Row = dict[str, float]


def lowest(rows: Sequence[Row], column: str) -> float:
    """Return the lowest finite value in a column; infinity if there is none."""
    return min((row[column] for row in rows if math.isfinite(row[column])), default=math.inf)


@final
@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """The settings in which the trainings of a classifier and of a forecaster differ.

    Attributes:
        make_module: Function that returns the untrained module; it is called after torch's generator is seeded.
        make_data: Function that returns the data module of one process, given the number of processes.
        select_figures: Function that selects the columns of ``metrics.csv`` from the values that the module has
            logged; the first column is ``train_loss``.
        is_over: Function that returns, from the rows so far, whether to end the training before ``max_updates``.
        max_updates: Number of updates after which the training ends, also within a round.
        round_updates: Number of updates in a round.
        format_row: Function that formats the row of a round as a line.
        format_figures: Function that formats the figures of a round for the progress bar.
        best: The column whose lowest finite value marks the best weights; None if only the last weights are saved.
        task: Further values that a resumed training needs, as plain values and tensors.
        seed: Seed of torch's random generator.
        device: Lightning's name of the accelerator.
        threads: Number of processor threads; 0 for torch's default.
        clip: Norm to which longer gradients are clipped; None for no clipping.
        averaging: Decay of the exponential moving average of the weights, which is tested and saved; 0 for no average.
    """

    make_module: Callable[[], pl.LightningModule]
    make_data: Callable[[int], ShapeDataModule | WaveDataModule]
    select_figures: Callable[[Mapping[str, float]], Row]
    is_over: Callable[[Sequence[Row]], bool]
    max_updates: int
    round_updates: int
    format_row: Callable[[Row], str]
    format_figures: Callable[[Row], str]
    best: str | None = None
    task: Mapping[str, Any] | None = None
    seed: int = 0
    device: str = "cpu"
    threads: int = 1
    clip: float | None = None
    averaging: float = 0.0


@final
class Rounds(Checkpoint):
    """A callback that records the figures and the state of a run after each round, and ends the training.

    Lightning calls a `Checkpoint` after all other callbacks, so the checkpoint holds their state at the end of the
    round. Checkpoints are written only after complete rounds, so that a resumed training continues with the next batch.

    Args:
        settings: The settings, which determine what is recorded and when the training ends.
        report: Function that is called with the row of each round.

    Attributes:
        folder: The run's folder; set before the training starts.
        on_start: Function that is called before the first update, after the whole state is restored.
        rows: The figures of each round.
        started: Whether an update may have been made.
        best_weights: The state of the module after the best round; None before there is one.
    """

    def __init__(self, settings: TrainingSettings, report: Callable[[Row], object]) -> None:
        self.folder: RunFolder | None = None
        self.on_start: Callable[[], object] = lambda: None
        self.rows: list[Row] = []
        self.started = False
        self.best_weights: dict[str, Tensor] | None = None
        self._settings = settings
        self._report = report
        self._seconds = 0.0  # spent before the run was resumed
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """The time spent training in seconds, including that before the run was resumed."""
        return self._seconds + time.monotonic() - self._start

    @property
    def over(self) -> bool:
        """Whether the training ends after the last round recorded."""
        if not self.rows:
            return False
        return self.rows[-1]["update"] >= self._settings.max_updates or self._settings.is_over(self.rows)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.started = True
        self.on_start()
        self._start = time.monotonic()
        if trainer.global_step == 0:  # so that a run that ends within its first round can be resumed too
            self._save(trainer)

    def _save(self, trainer: pl.Trainer) -> None:
        if self.folder is not None:
            trainer.save_checkpoint(self.folder.state, weights_only=False)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        # Lightning's max_steps is not used, since it ends a resumed training differently.
        if trainer.global_step >= self._settings.max_updates:
            trainer.should_stop = True

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._record(trainer, pl_module)
        if trainer.fit_loop.epoch_loop.batch_progress.is_last_batch:  # the round was not cut short
            self._save(trainer)
        if self.over:
            trainer.should_stop = True

    def _record(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Add the figures of the round to the run's rows."""
        figures = self._settings.select_figures(
            {name: float(value) for name, value in trainer.callback_metrics.items()}
        )
        _check_converges(trainer, figures["train_loss"])
        row: Row = {"update": trainer.global_step, **figures, "seconds": round(self.seconds, 3)}
        best = self._settings.best
        if best is not None and row[best] < lowest(self.rows, best):
            self.best_weights = {name: value.clone() for name, value in pl_module.state_dict().items()}
        self.rows.append(row)
        if trainer.is_global_zero and self.folder is not None:
            self.folder.write_metrics(self.rows)
        self._report(row)

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
        """Restore the figures of a checkpoint."""
        self.rows = list(state_dict["rows"])
        self.best_weights = state_dict["best_weights"]
        self._seconds = state_dict["seconds"]


def _check_converges(trainer: pl.Trainer, loss: float) -> None:
    """Raise InputError if the loss or a weight is not finite, since no later update would make it finite."""
    where = f"update {trainer.global_step}: the training diverged (a lower learning rate may help)"
    if not math.isfinite(loss):
        raise InputError(f"{where}: the loss is {loss}")
    check_finite(trainer.lightning_module.state_dict(), where)
