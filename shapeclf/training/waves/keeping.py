"""What a training keeps while it runs, so that an interrupted one can go on."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, final

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Checkpoint

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.series import as_series
from shapeclf.training.checkpoints import read_checkpoint, write_checkpoint
from shapeclf.training.waves.recipes import WaveRecipe

__all__ = ["Keeping", "Kept", "WaveTask"]


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
    """Keeps the whole state of the training after every look that it goes on from.

    Being a `Checkpoint`, it comes after all other callbacks, so that their state is in it as it stands after the
    look. Only whole stretches between looks are kept: going on from one draws what would have come next.

    Args:
        path: the file, replaced each time.
        task: what is trained.
    """

    def __init__(self, path: Path, task: WaveTask) -> None:
        self._path = path
        self._task = task

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        whole = trainer.fit_loop.epoch_loop.batch_progress.is_last_batch  # not interrupted within
        # That a training has stopped is not in its state: from the last look it would train on.
        if whole and not trainer.should_stop:
            trainer.save_checkpoint(self._path, weights_only=False)

    def state_dict(self) -> dict[str, Any]:
        """The task, for whoever goes on."""
        return self._task.record()


@final
@dataclass(frozen=True, eq=False)
class Kept:
    """What a training goes on from.

    Attributes:
        path: the file that it was read from.
        task: what is trained.
        begun: whether there is a state to go on from; otherwise the training begins.
    """

    path: Path
    task: WaveTask
    begun: bool

    @staticmethod
    def begin(path: Path, task: WaveTask) -> None:
        """Writes what is kept before the first look: the task alone."""
        write_checkpoint(path, {"callbacks": {Keeping.__qualname__: task.record()}})

    @classmethod
    def read(cls, path: Path) -> Self:
        """What was kept; nothing in it is run as code.

        Raises:
            InputError: it is no checkpoint, or a damaged one.
            FileNotFoundError: there is no such file.
            Exception: any of what the settings raise where it is none of ours.
        """
        kept = read_checkpoint(path)
        return cls(path, WaveTask.from_record(kept["callbacks"][Keeping.__qualname__]), "state_dict" in kept)
