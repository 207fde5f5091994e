"""A training from settings to a run folder."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import WeightAveraging
from pytorch_lightning.loggers import Logger
from torch import Tensor

from shapeclf._files import write_whole
from shapeclf.datasets.loading import ShapeDataModule
from shapeclf.errors import InputError
from shapeclf.evaluation.plots import training_figure
from shapeclf.recognition.locating import RUNS
from shapeclf.recognition.pictures import save_figure
from shapeclf.training.checkpoints import WholeCheckpoints, read_checkpoint
from shapeclf.training.classifier import ShapeClassifier
from shapeclf.training.export import export
from shapeclf.training.interrupts import Interrupts
from shapeclf.training.processes import Processes, connected, environments, is_first_process
from shapeclf.training.progress import ProgressBar
from shapeclf.training.recipes import Settings
from shapeclf.training.rounds import Rounds, Row
from shapeclf.training.run_folder import RunFolder, run_config
from shapeclf.training.surroundings import Unprofiled, quiet_lightning, threads, versions

__all__ = ["TrainedRun", "train"]

_ONE = Processes()
_TEST_BATCH = 1000  # sequences: fewer cost more calls, and many more leave the cache
# What torch and Lightning raise of weights and figures that are another network's, or none.
_MISFIT = (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError)
_TESTED_WITH = ("shapeclf", "torch", "pytorch-lightning", "torchmetrics", "numpy", "onnx")


@final
@dataclass(frozen=True)
class TrainedRun:
    """What a training left.

    Attributes:
        path: the run folder.
        updates: how many updates were made.
        reached: whether it ended because the target accuracy was reached.
        interrupted: whether it ended because Ctrl-C was pressed.
        rows: the figures of every round, as in ``metrics.csv``.
    """

    path: Path
    updates: int
    reached: bool
    interrupted: bool
    rows: tuple[Row, ...]


def _check_device(name: str, processes: Processes) -> None:
    """Raises InputError where Lightning does not find the device; before anything is written."""
    try:
        with quiet_lightning():
            pl.Trainer(
                **processes.arguments(name),
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
            )
    except (ImportError, MisconfigurationException, RuntimeError, TypeError, ValueError) as error:
        raise InputError(f"device {name!r}: {' '.join(str(error).split())}") from None


def _check_goes_on(folder: RunFolder, settings: Settings) -> None:
    """Raises InputError where a run has other settings, but for where it ends, or is past that end."""
    before = folder.read_settings(settings.families)
    asked = replace(settings, max_updates=before.max_updates, target_accuracy=before.target_accuracy).record()
    other = [name for name, value in before.record().items() if asked[name] != value]
    if other:
        raise InputError(f"{folder.path}: a run goes on with its own settings; given are other {', '.join(other)}")


def _classifier(settings: Settings) -> ShapeClassifier:
    return ShapeClassifier(
        len(settings.sequences().classes),
        coordinates=settings.coordinates,
        hidden_size=settings.hidden_size,
        layers=settings.layers,
        embedding=settings.embedding,
        head=settings.head,
        optimizer=settings.optimizer,
        learning_rate=settings.learning_rate,
        schedule=settings.schedule,
        endings=settings.endings,
        test_points=settings.test_points,
    )


def _towards(decay: float) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """The exponential average of weights; early on it forgets faster, so that the first weights do not stay in it."""

    def step(averaged: Tensor, current: Tensor, count: Tensor) -> Tensor:
        return averaged.lerp(current, 1.0 - min(decay, (1.0 + int(count)) / (10.0 + int(count))))

    return step


def _data(settings: Settings, processes: int) -> ShapeDataModule:
    """What one of so many processes draws: its share of the tests, and as many training batches as if it were alone."""
    test_batches = max(1, round(settings.test_sequences / _TEST_BATCH / processes))
    return ShapeDataModule(
        settings.sequences(),
        batches=settings.round_updates,
        validation_points=settings.test_points,
        validation_batch_size=math.ceil(settings.test_sequences / test_batches / processes),
        validation_batches=test_batches,
    )


def train(
    settings: Settings,
    *,
    output: str | Path = RUNS,
    resume: str | Path | None = None,
    logger: Logger | Sequence[Logger] = (),
    callbacks: Sequence[pl.Callback] = (),
    quiet: bool = False,
    processes: Processes = _ONE,
    on_start: Callable[[], object] = lambda: None,
) -> TrainedRun:
    """Trains a network and leaves its run folder.

    Args:
        settings: what to train, on what and for how long; see `settings_of`.
        output: the folder that the run's folder ``version_N`` is made in.
        resume: the folder of a run to go on with, whose settings these must be but for where it ends.
        logger: Lightning loggers.
        callbacks: Lightning callbacks.
        quiet: show no progress.
        processes: how many train together; by default one. Each takes batches of its own, so an update of R processes
            sees R batches. The first of them alone writes and shows progress.
        on_start: called when all is checked, before the first update.

    Returns:
        where the run is, and its figures.

    Raises:
        InputError: there is no run to go on with, it has other settings, or the device is not there.
        OSError: something could not be written.

    Example:
        >>> from shapeclf import Recognizer, train
        >>> from shapeclf.training import settings_of
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run = train(settings_of("classic", max_updates=100, seed=2), output=folder, quiet=True)
        ...     Recognizer.load(run.path).families
        ('line', 'parabola', 'sqrt')
    """
    _check_device(settings.device, processes)
    first = is_first_process()
    config = run_config(settings, versions(*_TESTED_WITH))
    if resume is not None:
        folder = RunFolder(Path(resume))
        _check_goes_on(folder, settings)
    elif first:
        folder = RunFolder.next_free(Path(output), config)
    else:
        folder = RunFolder(Path(output))  # the others write nothing, and learn at the end where the run is
    with folder.held() if first else nullcontext():
        kept = None if resume is None else _kept(folder, settings)
        if first:
            on_start()

        def begin() -> None:
            if first and resume is not None:  # not before: a run that is refused stays as it was
                folder.write_config(config)

        return _train(
            folder, settings, kept, processes, begin, logger=logger, callbacks=callbacks, quiet=quiet or not first
        )


def _kept(folder: RunFolder, settings: Settings) -> dict[str, Any] | None:
    """What a run goes on from, if it was not ended before it kept anything."""
    if not folder.checkpoint.exists():
        return None
    kept = read_checkpoint(folder.checkpoint)
    done = kept.get("global_step")
    if not isinstance(done, int):
        raise InputError(f"{folder.checkpoint}: not a checkpoint of a training")
    if settings.max_updates < done:
        raise InputError(f"max_updates must be from {done} up, where {folder.path} stands; got {settings.max_updates}")
    return kept


def _train(
    folder: RunFolder,
    settings: Settings,
    kept: dict[str, Any] | None,
    processes: Processes,
    begin: Callable[[], object],
    *,
    logger: Logger | Sequence[Logger],
    callbacks: Sequence[pl.Callback],
    quiet: bool,
) -> TrainedRun:
    progress = ProgressBar(settings.max_updates, quiet=quiet)
    rounds = Rounds(
        folder,
        target_accuracy=settings.target_accuracy,
        min_updates=settings.min_updates,
        max_updates=settings.max_updates,
        tell=progress.tell,
        begin=begin,
    )
    interrupts = Interrupts()
    averaging = [WeightAveraging(use_buffers=False, avg_fn=_towards(settings.averaging))] if settings.averaging else []
    with quiet_lightning(), threads(settings.threads), interrupts.listening(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        classifier = _classifier(settings)
        with _misfit_told(folder.checkpoint, rounds):
            if kept is not None:
                rounds.load_state_dict(kept["callbacks"][rounds.state_key])
            if kept is not None and rounds.over:  # nothing but what follows the last update is to be done
                classifier.load_state_dict(kept["state_dict"])
                updates: int = kept["global_step"]
                begin()
            else:
                trainer = pl.Trainer(
                    **processes.arguments(settings.device),
                    logger=logger or False,
                    callbacks=[*averaging, *callbacks, progress, interrupts, rounds],
                    plugins=[WholeCheckpoints(), *environments()],
                    max_epochs=math.ceil(settings.max_updates / settings.round_updates),
                    gradient_clip_val=settings.clip,
                    num_sanity_val_steps=0,
                    profiler=Unprofiled(),
                    enable_progress_bar=False,
                    enable_model_summary=False,
                )
                before = None if kept is None else folder.checkpoint
                data = _data(settings, trainer.world_size)
                data.count.restored = kept["global_step"] if kept is not None else 0
                with connected(trainer):
                    trainer.fit(classifier, datamodule=data, ckpt_path=before, weights_only=True)
                    updates = trainer.global_step
                    folder = trainer.strategy.broadcast(folder)
    done = TrainedRun(folder.path, updates, rounds.reached, interrupts.asked, tuple(rounds.rows))
    if not is_first_process():
        return done
    record = {"settings": settings.record(), "updates": updates, "versions": versions(*_TESTED_WITH)}
    write_whole(folder.model, export(classifier.network, settings.sequences().classes, record))
    if rounds.rows:
        save_figure(training_figure(rounds.rows), folder.picture)
    return done


@contextmanager
def _misfit_told(checkpoint: Path, rounds: Rounds) -> Iterator[None]:
    """Turns what goes wrong before the first update, of what was kept, into one line.

    Raises:
        InputError: the checkpoint is another training's.
    """
    try:
        yield
    except InputError:
        raise
    except _MISFIT as error:
        if rounds.begun or not checkpoint.exists():
            raise
        raise InputError(f"{checkpoint}: not a checkpoint of this run ({type(error).__name__})") from None
