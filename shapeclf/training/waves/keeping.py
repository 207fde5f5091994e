"""What a training keeps while it runs, so that an interrupted one can go on."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, final

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Checkpoint

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.series import as_series
from shapeclf.training.waves.recipes import WaveRecipe

__all__ = ["Keeping", "WaveTask"]


@final
@dataclass(frozen=True, eq=False)
class WaveTask:
    """What is trained, on what.

    Attributes:
        recipe: the settings.
        seed: of the training.
        series: the user's own series, shape (length, channels); None where the recipe has its own.
    """

    recipe: WaveRecipe
    seed: int
    series: FloatArray | None

    def record(self) -> dict[str, Any]:
        """Plain values and tensors, as a checkpoint holds them."""
        series = None if self.series is None else torch.tensor(self.series)
        return {"recipe": asdict(self.recipe), "seed": self.seed, "series": series}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The task of a record; a setting that it lacks, being older than that, has its default."""
        series = None if record["series"] is None else as_series(record["series"].numpy())
        return cls(WaveRecipe(**record["recipe"]), record["seed"], series)


@final
class Keeping(Checkpoint):
    """Keeps the whole state of the training at its start and after every look.

    Being a `Checkpoint`, it comes after all other callbacks, so that their state is in it as it stands after the
    look. Only whole stretches between looks are kept: going on from one draws what would have come next.

    Args:
        path: the file, replaced each time.
        task: what is trained.
    """

    def __init__(self, path: Path, task: WaveTask) -> None:
        self._path = path
        self._task = task

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.global_step == 0:
            self._keep(trainer)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.fit_loop.epoch_loop.batch_progress.is_last_batch:  # not interrupted within
            self._keep(trainer)

    def _keep(self, trainer: pl.Trainer) -> None:
        trainer.save_checkpoint(self._path, weights_only=False)

    def state_dict(self) -> dict[str, Any]:
        """The task, for whoever goes on."""
        return self._task.record()

    @classmethod
    def task_in(cls, path: Path) -> WaveTask:
        """What was trained, read from the file that was kept; nothing in it is run as code.

        Raises:
            FileNotFoundError: there is no such file.
            Exception: any of what torch and the settings raise where it is none of ours, or a broken one.
        """
        kept = torch.load(path, map_location="cpu", weights_only=True)
        return WaveTask.from_record(kept["callbacks"][cls.__qualname__])
