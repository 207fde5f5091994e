"""Train a Lightning module in a run folder. The classifier and the forecaster share this code."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, final

import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import WeightAveraging
from pytorch_lightning.loggers import Logger
from torch import Tensor

from shapeclf.errors import InputError
from shapeclf.training.checkpoints import AtomicCheckpoints, report_mismatch
from shapeclf.training.interrupts import Interrupts
from shapeclf.training.processes import Processes, connected, environments, is_first_process, reset_rank
from shapeclf.training.progress import ProgressBar
from shapeclf.training.rounds import Rounds, Row, TrainingSettings
from shapeclf.training.run_folder import RunFolder
from shapeclf.training.runtime import quiet_lightning, threads

__all__ = ["Training", "TrainingResult"]


@final
@dataclass(frozen=True, eq=False)
class TrainingResult:
    """The result of a training.

    Attributes:
        module: The trained module, after its last update.
        best_weights: The module's state after the best round; None if the settings name no column that defines it.
        folder: The run's folder.
        updates: Number of updates.
        rows: The figures of every round.
        interrupted: Whether Ctrl-C or SIGTERM ended the training.
    """

    module: pl.LightningModule
    best_weights: dict[str, Tensor] | None
    folder: RunFolder
    updates: int
    rows: tuple[Row, ...]
    interrupted: bool


def _moving_average(decay: float) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Return the update function of an exponential moving average whose decay grows with the number of updates.

    The growing decay removes the initial weights from the average quickly, like ``num_updates`` in TensorFlow's
    ``ExponentialMovingAverage``.
    """

    def step(averaged: Tensor, current: Tensor, count: Tensor) -> Tensor:
        return averaged.lerp(current, 1.0 - min(decay, (1.0 + int(count)) / (10.0 + int(count))))

    return step


@final
class Training:
    """A training that is ready to start. Its Lightning Trainer already exists, so a missing device has been reported.

    Args:
        settings: The settings of the training.
        processes: The processes that train together.
        loggers: Lightning loggers.
        callbacks: Lightning callbacks.
        quiet: Whether to show no progress.

    Raises:
        InputError: The machine does not have the device.
    """

    def __init__(
        self,
        settings: TrainingSettings,
        *,
        processes: Processes,
        loggers: Sequence[Logger] = (),
        callbacks: Sequence[pl.Callback] = (),
        quiet: bool = False,
    ) -> None:
        averaging = settings.averaging
        reset_rank(processes)
        progress = ProgressBar(
            settings.max_updates,
            quiet=quiet or not is_first_process(),
            format_row=settings.format_row,
            format_figures=settings.format_figures,
        )
        self._settings = settings
        self._rounds = Rounds(settings, progress.report)
        self._interrupts = Interrupts()
        averaged = [WeightAveraging(use_buffers=False, avg_fn=_moving_average(averaging))] if averaging else []
        try:
            with quiet_lightning():
                self._trainer = pl.Trainer(
                    **processes.arguments(settings.device),
                    logger=list(loggers) or False,
                    callbacks=[*averaged, *callbacks, progress, self._interrupts, self._rounds],
                    plugins=[AtomicCheckpoints(), *environments()],
                    max_epochs=math.ceil(settings.max_updates / settings.round_updates),
                    gradient_clip_val=settings.clip,
                    log_every_n_steps=min(10, settings.round_updates),
                    num_sanity_val_steps=0,
                    enable_progress_bar=False,
                    enable_model_summary=False,
                )
        except (ImportError, MisconfigurationException, RuntimeError, TypeError, ValueError) as error:
            raise InputError(f"device {settings.device!r}: {' '.join(str(error).split())}") from None

    def run(
        self, folder: RunFolder, state: dict[str, Any] | None = None, on_start: Callable[[], object] = lambda: None
    ) -> TrainingResult:
        """Train to the end, or until Ctrl-C or SIGTERM.

        Args:
            folder: The run's folder, which is locked; figures and checkpoints are written there.
            state: The checkpoint to resume from, as `read_checkpoint` returns it; None for a new training.
            on_start: Function that is called before the first update, after the whole state is restored.

        Raises:
            InputError: The state belongs to another training, or the training diverged.
            OSError: Something could not be written, or another process of the training ended.
        """
        settings, rounds, trainer = self._settings, self._rounds, self._trainer
        rounds.folder, rounds.on_start = folder, on_start
        # Under SLURM, Lightning loads a checkpoint that it finds in this folder, which by default is the current one.
        trainer._default_root_dir = str(folder.path / "lightning")  # type: ignore[attr-defined]  # set at run time
        with quiet_lightning(), threads(settings.threads), self._interrupts.catching_signals(), _seeded(settings.seed):
            module = settings.make_module()
            kind = "a checkpoint of this run"
            with report_mismatch(folder.state, kind, unless=lambda: rounds.started or state is None):
                updates = 0 if state is None else state["global_step"]
                if state is not None:
                    rounds.load_state_dict(state["callbacks"][rounds.state_key])
                if rounds.over and state is not None:  # all updates are done; only the results remain to be written
                    module.load_state_dict(state["state_dict"])
                    on_start()
                else:
                    data = settings.make_data(trainer.world_size)
                    data.restored = updates
                    path = None if state is None else folder.state
                    with connected(trainer):
                        trainer.fit(module, datamodule=data, ckpt_path=path, weights_only=True)
                        updates = trainer.global_step
                        folder = trainer.strategy.broadcast(folder)
        return TrainingResult(
            module, rounds.best_weights, folder, updates, tuple(rounds.rows), self._interrupts.requested
        )


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
