"""The one training stack: from a module and its data to a fitted module in a run folder, whatever is trained."""

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
from shapeclf.training.checkpoints import WholeCheckpoints, misfits_reported
from shapeclf.training.interrupts import Interrupts
from shapeclf.training.processes import Processes, connected, environments, is_first_process, settle_rank
from shapeclf.training.progress import ProgressBar
from shapeclf.training.rounds import FitSettings, Rounds, Row
from shapeclf.training.run_folder import RunFolder
from shapeclf.training.surroundings import quiet_lightning, threads

__all__ = ["Fitted", "Training"]


@final
@dataclass(frozen=True, eq=False)
class Fitted:
    """What came of a training.

    Attributes:
        module: Trained; at its last update.
        best_weights: The module's state after the best round; None where none is kept.
        folder: The run's.
        updates: How many were made.
        rows: The figures of every round.
        interrupted: Whether it ended because Ctrl-C was pressed.
    """

    module: pl.LightningModule
    best_weights: dict[str, Tensor] | None
    folder: RunFolder
    updates: int
    rows: tuple[Row, ...]
    interrupted: bool


def _average(decay: float) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """The exponential average of weights; early on it forgets faster, so that the first weights do not stay in it."""

    def step(averaged: Tensor, current: Tensor, count: Tensor) -> Tensor:
        return averaged.lerp(current, 1.0 - min(decay, (1.0 + int(count)) / (10.0 + int(count))))

    return step


@final
class Training:
    """One training, ready to begin: the Trainer is made, so that a device which is not there is reported at once.

    Args:
        settings: What is trained.
        processes: How many train together.
        loggers: Lightning loggers.
        callbacks: Lightning callbacks.
        quiet: Show no progress.

    Raises:
        InputError: The device is not there.
    """

    def __init__(
        self,
        settings: FitSettings,
        *,
        processes: Processes,
        loggers: Sequence[Logger] = (),
        callbacks: Sequence[pl.Callback] = (),
        quiet: bool = False,
    ) -> None:
        averaging = settings.averaging
        settle_rank(processes)
        progress = ProgressBar(
            settings.max_updates, quiet=quiet or not is_first_process(), line=settings.line, figures=settings.shown
        )
        self._settings = settings
        self._rounds = Rounds(settings, progress.tell)
        self._interrupts = Interrupts()
        averaged = [WeightAveraging(use_buffers=False, avg_fn=_average(averaging))] if averaging else []
        try:
            with quiet_lightning():
                self._trainer = pl.Trainer(
                    **processes.arguments(settings.device),
                    logger=list(loggers) or False,
                    callbacks=[*averaged, *callbacks, progress, self._interrupts, self._rounds],
                    plugins=[WholeCheckpoints(), *environments()],
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
        self, folder: RunFolder, state: dict[str, Any] | None = None, begin: Callable[[], object] = lambda: None
    ) -> Fitted:
        """Train to the end, or until Ctrl-C.

        Args:
            folder: The run's, which is held; figures and checkpoints are written there.
            state: What to resume from, as `read_checkpoint` returns it.
            begin: Called before the first update, when all of the state is restored.

        Raises:
            InputError: The state is another training's, or the training diverged.
            OSError: Something could not be written.
        """
        settings, rounds, trainer = self._settings, self._rounds, self._trainer
        rounds.folder, rounds.begin = folder, begin
        # Under SLURM Lightning would load a checkpoint that it finds there; by default it looks in the current folder.
        trainer._default_root_dir = str(folder.path / "lightning")  # type: ignore[attr-defined]  # set at run time
        with quiet_lightning(), threads(settings.threads), self._interrupts.listening(), _seeded(settings.seed):
            module = settings.module()
            kind = "a checkpoint of this run"
            with misfits_reported(folder.state, kind, unless=lambda: rounds.begun or state is None):
                updates = 0 if state is None else state["global_step"]
                if state is not None:
                    rounds.load_state_dict(state["callbacks"][rounds.state_key])
                if rounds.over and state is not None:  # nothing but what follows the last update is to be done
                    module.load_state_dict(state["state_dict"])
                    begin()
                else:
                    data = settings.data(trainer.world_size)
                    data.restored = updates
                    path = None if state is None else folder.state
                    with connected(trainer):
                        trainer.fit(module, datamodule=data, ckpt_path=path, weights_only=True)
                        updates = trainer.global_step
                        folder = trainer.strategy.broadcast(folder)
        return Fitted(module, rounds.best_weights, folder, updates, tuple(rounds.rows), self._interrupts.asked)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
