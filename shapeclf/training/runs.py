"""The training of a classifier, from its settings to the run folder."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, final

import pytorch_lightning as pl
from pytorch_lightning.loggers import Logger

from shapeclf._files import write_json, write_whole
from shapeclf.datasets._arguments import whole_number
from shapeclf.datasets.loading import ShapeDataModule
from shapeclf.errors import InputError
from shapeclf.evaluation.plots import training_figure
from shapeclf.recognition.locating import RUNS
from shapeclf.recognition.pictures import save_figure
from shapeclf.training.checkpoints import read_checkpoint, report_mismatch
from shapeclf.training.classifier import ShapeClassifier, with_coordinates
from shapeclf.training.export import export
from shapeclf.training.network import COORDINATES
from shapeclf.training.processes import Processes, is_first_process
from shapeclf.training.progress import accuracies, classifier_figures, classifier_line
from shapeclf.training.recipes import Settings
from shapeclf.training.rounds import Row, TrainingSettings
from shapeclf.training.run_folder import RunFolder
from shapeclf.training.runtime import versions
from shapeclf.training.trainer import Training

__all__ = ["TrainedRun", "train"]

_ONE = Processes()
_TEST_BATCH = 1000  # sequences; smaller batches need more calls, and much larger ones do not fit the cache
# Settings that may differ when a run is resumed.
_CHANGEABLE = ("max_updates", "target_accuracy", "device", "threads", "workers")
_RECORDED_PACKAGES = ("shapeclf", "torch", "pytorch-lightning", "torchmetrics", "numpy", "onnx")


@final
@dataclass(frozen=True)
class TrainedRun:
    """The result of the training of a classifier.

    Attributes:
        path: The run's folder.
        updates: Number of updates.
        reached: Whether training ended because the target accuracy was reached.
        interrupted: Whether Ctrl-C or SIGTERM ended the training.
        rows: The figures of every round, as in ``metrics.csv``.
    """

    path: Path
    updates: int
    reached: bool
    interrupted: bool
    rows: tuple[Row, ...]


def _record(settings: Settings) -> dict[str, Any]:
    """Return the record of the settings after a round trip through JSON, as it is read from a file."""
    record: dict[str, Any] = json.loads(json.dumps(settings.record()))
    return record


def _check_settings(path: Path, recorded: Mapping[str, Any], settings: Settings) -> None:
    """Check that the settings in a file of a run are the given ones, except for those that may differ.

    Raises:
        InputError: Another setting differs.
    """
    expected = _record(settings)
    other = [name for name in expected if name not in _CHANGEABLE and recorded.get(name) != expected[name]]
    if other:
        raise InputError(f"{path}: a resumed run keeps its settings; other values were given for {', '.join(other)}")


def _classifier(settings: Settings) -> ShapeClassifier:
    return ShapeClassifier(
        len(settings.sequences().classes),
        coordinates=settings.coordinates,
        hidden_size=settings.hidden_size,
        embedding=settings.embedding,
        head=settings.head,
        optimizer=settings.optimizer,
        learning_rate=settings.learning_rate,
        schedule=settings.schedule,
        final_answers=settings.final_answers,
        test_points=settings.test_points,
    )


def _data(settings: Settings, processes: int) -> ShapeDataModule:
    """Return the data module of a process: a round of batches, and its share of the validation sequences."""
    coordinates = COORDINATES[settings.coordinates]()
    prepare = partial(with_coordinates, coordinates=coordinates, final_answers=settings.final_answers)
    test_batches = max(1, round(settings.test_sequences / _TEST_BATCH / processes))
    return ShapeDataModule(
        settings.sequences(),
        batches=settings.round_updates,
        validation_points=settings.test_points,
        validation_batch_size=math.ceil(settings.test_sequences / test_batches / processes),
        validation_batches=test_batches,
        workers=settings.workers,
        prepare=None if coordinates.fitted or settings.device != "cpu" else prepare,
    )


def _figures(logged: Mapping[str, float]) -> Row:
    """Select the columns of a round: the loss, then accuracy and NLL after each number of points."""
    row: Row = {"train_loss": logged.get("train/loss", math.nan)}
    for kind in ("accuracy", "nll"):
        by_points = {int(name.rpartition("_")[2]): value for name, value in logged.items() if f"/{kind}_" in name}
        row |= {f"{kind}_{points}": by_points[points] for points in sorted(by_points)}
    return row


def _reached(settings: Settings, rows: Sequence[Row]) -> bool:
    """Return whether the last round has reached the target accuracy."""
    if settings.target_accuracy is None or not rows or rows[-1]["update"] < settings.min_updates:
        return False
    return min(accuracies(rows[-1])) >= settings.target_accuracy


def _training_settings(settings: Settings) -> TrainingSettings:
    return TrainingSettings(
        make_module=lambda: _classifier(settings),
        make_data=lambda processes: _data(settings, processes),
        select_figures=_figures,
        is_over=lambda rows: _reached(settings, rows),
        max_updates=settings.max_updates,
        round_updates=settings.round_updates,
        format_row=classifier_line,
        format_figures=classifier_figures,
        seed=settings.seed,
        device=settings.device,
        threads=settings.threads,
        clip=settings.clip,
        averaging=settings.averaging,
        task={"settings": _record(settings)},
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
    """Train a classifier and write its run folder.

    Args:
        settings: All settings of the training; see `settings_of`.
        output: Folder in which the run's folder ``version_N`` is created.
        resume: Folder of a run to resume; only ``max_updates``, ``target_accuracy``, ``device``, ``threads`` and
            ``workers`` may differ.
        logger: Lightning loggers.
        callbacks: Lightning callbacks.
        quiet: Whether to show no progress.
        processes: The processes that train together; by default one. Each draws different batches, so an update of R
            processes uses R batches. Only the first process writes files and shows progress.
        on_start: Function that is called after all checks, before the first update.

    Returns:
        The run's folder and figures.

    Raises:
        InputError: There is no run to resume, it has other settings, more updates than ``max_updates`` or a damaged
            checkpoint, another training has locked it, the machine does not have the device, or the training diverged.
        OSError: Something could not be written, or another process of the training ended (`ConnectionResetError`).

    Example:
        >>> from shapeclf import Recognizer, train
        >>> from shapeclf.training import settings_of
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run = train(settings_of("classic", max_updates=100, seed=2), output=folder, quiet=True)
        ...     Recognizer.load(run.path).families
        ('line', 'parabola', 'sqrt')
    """
    loggers = [logger] if isinstance(logger, Logger) else logger
    training = Training(
        _training_settings(settings), processes=processes, loggers=loggers, callbacks=callbacks, quiet=quiet
    )
    first = is_first_process()
    config = settings.record() | {"versions": versions(*_RECORDED_PACKAGES)}
    if resume is not None:
        folder = RunFolder(Path(resume))
        _check_settings(folder.path, _record(folder.read_settings(settings.families)), settings)
    elif first:
        folder = RunFolder.next_free(Path(output), config)
    else:
        folder = RunFolder(Path(output))  # the first process creates the folder and broadcasts it at the end

    def begin() -> None:
        if first and resume is not None:  # not before, so that a run that cannot be resumed is not changed
            write_json(folder.config, config)

    with folder.lock() if first else nullcontext():
        state = None if resume is None else _state(folder, settings)
        if first:
            on_start()
        fitted = training.run(folder, state, begin)
        rows = fitted.rows
        if first:
            assert isinstance(fitted.module, ShapeClassifier)
            record = {
                "settings": settings.record(),
                "updates": fitted.updates,
                "versions": versions(*_RECORDED_PACKAGES),
            }
            content = export(fitted.module.network, settings.sequences().classes, record)
            write_whole(fitted.folder.model, content)
            if rows:
                save_figure(training_figure(rows), fitted.folder.picture)
    return TrainedRun(fitted.folder.path, fitted.updates, _reached(settings, rows), fitted.interrupted, rows)


def _state(folder: RunFolder, settings: Settings) -> dict[str, Any] | None:
    """Read the checkpoint that a run is resumed from; None if the run ended before there was one."""
    if not folder.state.exists():
        return None
    state = read_checkpoint(folder.state)
    with report_mismatch(folder.state, "a checkpoint of this run"):
        _check_settings(folder.state, state["callbacks"]["Rounds"]["task"]["settings"], settings)
        updates = whole_number("global_step", state["global_step"], low=0)
    if settings.max_updates < updates:
        raise InputError(
            f"max_updates must be from {updates} up, the updates that {folder.path} has; got {settings.max_updates}"
        )
    return state
