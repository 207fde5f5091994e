"""The training of a forecaster, from its settings to the run folder, and reading the run."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self, final

import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import TensorBoardLogger

from shapeclf._limits import LIMITS
from shapeclf.datasets._arguments import shown, whole_number
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.series import as_series
from shapeclf.datasets.wave_data import WaveData, series_data
from shapeclf.datasets.wave_loading import WaveDataModule
from shapeclf.errors import InputError
from shapeclf.evaluation.wave_plots import wave_training_figure
from shapeclf.recognition.pictures import save_figure
from shapeclf.training.checkpoints import read_checkpoint, report_mismatch, write_checkpoint
from shapeclf.training.processes import Processes
from shapeclf.training.progress import wave_figures, wave_line
from shapeclf.training.rounds import Rounds, Row, TrainingSettings, lowest
from shapeclf.training.run_folder import RunFolder
from shapeclf.training.runtime import versions
from shapeclf.training.trainer import Training
from shapeclf.training.waves.folder import WAVE_RUNS, WAVE_STATE
from shapeclf.training.waves.forecaster import Forecaster, recipe_forecaster
from shapeclf.training.waves.recipes import WaveRecipe, recipe_data

__all__ = ["WaveRun", "WaveTask", "read_wave_run", "resume_wave", "train_wave"]

_FORMAT = 3
_SINGLE_PROCESS = Processes()
_RECORDED_PACKAGES = ("shapeclf", "torch", "pytorch-lightning", "numpy")
_COLUMNS = ("train_loss", "val_loss", "val_drawn_rmse")


@final
@dataclass(frozen=True, eq=False)
class WaveTask:
    """The settings and data of the training of a forecaster.

    Attributes:
        recipe: The settings.
        seed: Seed of the training.
        series: User-defined series, shape (length, channels); None for that of the recipe.
        labels: The name and the unit of each of its channels, for pictures; empty if they have none.
    """

    recipe: WaveRecipe
    seed: int
    series: FloatArray | None = None
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        low, high = LIMITS["seed"]
        whole_number("seed", self.seed, low=low, high=high)
        channels = 0 if self.series is None else self.series.shape[1]
        if self.labels and (len(self.labels) != channels or not all(isinstance(each, str) for each in self.labels)):
            raise InputError(f"labels: {shown(self.labels)} was given; the series has {channels} channels")

    def record(self) -> dict[str, Any]:
        """Return the task as plain values and tensors, for a checkpoint."""
        series = None if self.series is None else torch.tensor(self.series)
        return {"recipe": asdict(self.recipe), "seed": self.seed, "series": series, "labels": list(self.labels)}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """Return the task of a record. Settings that the record does not have get their defaults."""
        series = None if record["series"] is None else as_series(record["series"].numpy())
        return cls(WaveRecipe(**record["recipe"]), record["seed"], series, tuple(record.get("labels", ())))

    def data(self) -> WaveData:
        """Return the waves of training, validation and test.

        Raises:
            InputError: The series does not fit the recipe.
        """
        if self.series is None:
            return recipe_data(self.recipe, self.seed)
        if self.recipe.window is None:
            raise InputError(
                f"recipe {self.recipe.name} generates its own waves; another series needs a recipe with windows"
            )
        return series_data(self.series, self.recipe.window)


@final
@dataclass(frozen=True, eq=False)
class WaveRun:
    """A trained forecaster with the settings and data of its training.

    Attributes:
        path: The run's folder.
        task: Settings, seed and series of the training.
        forecaster: The trained forecaster.
        updates: Number of updates.
        rows: The figures of every round, as in ``metrics.csv``; empty if the run was read from its folder.
        interrupted: Whether Ctrl-C or SIGTERM ended the training.
    """

    path: Path
    task: WaveTask
    forecaster: Forecaster
    updates: int
    rows: tuple[Row, ...] = ()
    interrupted: bool = False

    def data(self) -> WaveData:
        """Return the waves of training, validation and test."""
        return self.task.data()

    @property
    def recipe(self) -> WaveRecipe:
        """The settings."""
        return self.task.recipe

    @property
    def noise(self) -> float:
        """The standard deviation of the noise that the forecaster is trained for, in units of that of the series.

        It is 0 without a window: noise then only helps training, and waves are drawn from values without noise.
        """
        return self.recipe.noise if self.recipe.window else 0.0


def train_wave(
    recipe: WaveRecipe,
    *,
    seed: int = 0,
    series: FloatArray | None = None,
    labels: Sequence[str] = (),
    output: str | Path = WAVE_RUNS,
    tensorboard: bool = False,
    callbacks: Sequence[pl.Callback] = (),
    quiet: bool = False,
) -> WaveRun:
    """Train a forecaster and write its run folder.

    Args:
        recipe: Settings of the series, the network and the training.
        seed: Seed of the initial weights, the crops, the noise and random shifts.
        series: User-defined series, shape (length, channels), instead of that of the recipe, which must then have a
            window.
        output: Folder in which the run's folder ``version_N`` is created.
        tensorboard: Whether to write TensorBoard's logs into the run's folder too; needs the package ``tensorboard``.
        labels: The name and the unit of each channel of the series, for pictures.
        callbacks: Lightning callbacks.
        quiet: Whether to show no progress.

    Returns:
        The run. After Ctrl-C it has the same files and a checkpoint that `resume_wave` resumes it from.

    Raises:
        InputError: The series is too short for the recipe's windows or constant in its training part, the settings do
            not fit each other, the training diverged, or the package ``tensorboard`` is missing.
        OSError: Something could not be written.
    """
    task = WaveTask(recipe, seed, series, tuple(labels))
    # Settings that contradict each other are reported before a folder is created.
    forecaster = recipe_forecaster(recipe, task.data(), seed)
    _check_tensorboard(tensorboard)
    source = "recipe" if series is None else f"user-defined, {series.shape[0]} values in {series.shape[1]} channels"
    config = {"recipe": asdict(recipe), "seed": seed, "series": source, "versions": versions(*_RECORDED_PACKAGES)}
    # This is the checkpoint until the training writes one.
    state = {"callbacks": {Rounds.__qualname__: {"task": task.record()}}}
    folder = RunFolder.next_free(Path(output), config, lambda made: write_checkpoint(made.state, state), WAVE_STATE)
    with folder.lock():
        return _train(folder, task, forecaster, None, tensorboard=tensorboard, callbacks=callbacks, quiet=quiet)


def resume_wave(path: str | Path, *, tensorboard: bool = False, quiet: bool = False) -> WaveRun:
    """Resume a training that was interrupted; the result is that of an uninterrupted one.

    Args:
        path: The run's folder; its settings stay the same.
        tensorboard: As in `train_wave`.
        quiet: As in `train_wave`.

    Returns:
        The run.

    Raises:
        InputError: It is not a run, it is damaged, its training is over, another training has locked it, the training
            diverged, or the package ``tensorboard`` is missing.
        OSError: Something could not be written.
    """
    folder = RunFolder(Path(path), WAVE_STATE)
    with folder.lock():
        if not folder.state.exists():
            if folder.checkpoint.exists():
                read_wave_run(folder)  # raises if the run is not one of a forecaster
            why = "its training is over" if folder.checkpoint.exists() else "it is not a run of a forecaster"
            raise InputError(f"{folder.path}: it cannot be resumed: {why} (it has no {folder.state.name})")
        state = read_checkpoint(folder.state)
        with report_mismatch(folder.state, "a checkpoint of a forecaster's training"):
            task = WaveTask.from_record(state["callbacks"][Rounds.__qualname__]["task"])
            forecaster = recipe_forecaster(task.recipe, task.data(), task.seed)
        _check_tensorboard(tensorboard)
        begun = state if "state_dict" in state else None
        return _train(folder, task, forecaster, begun, tensorboard=tensorboard, callbacks=(), quiet=quiet)


def _check_tensorboard(wanted: bool) -> None:
    if wanted and find_spec("tensorboard") is None:
        raise InputError("--tensorboard: the package 'tensorboard' is not installed: pip install tensorboard")


def _stops_early(recipe: WaveRecipe, rows: Sequence[Row]) -> bool:
    """Return whether the monitored figure has not improved for as many rounds as the recipe allows."""
    best = lowest(rows, recipe.monitor)
    since = [row[recipe.monitor] for row in rows].index(best) + 1 if best < math.inf else 0
    return len(rows) - since >= recipe.patience


def _training_settings(task: WaveTask, data: WaveData, forecaster: Forecaster) -> TrainingSettings:
    recipe = task.recipe
    return TrainingSettings(
        make_module=lambda: forecaster,
        make_data=lambda _: WaveDataModule(
            data,
            window=recipe.window,
            crop_steps=recipe.crop_steps,
            batch_size=recipe.batch_size,
            noise=recipe.noise,
            updates_per_epoch=recipe.updates_per_epoch,
            seed=task.seed,
        ),
        select_figures=lambda logged: {name: logged[name] for name in _COLUMNS if name in logged},
        is_over=lambda rows: _stops_early(recipe, rows),
        max_updates=recipe.updates,
        best=recipe.monitor,
        task=task.record(),
        round_updates=recipe.updates_per_epoch,
        format_row=wave_line,
        format_figures=wave_figures,
        clip=recipe.clip,
    )


def _train(
    folder: RunFolder,
    task: WaveTask,
    forecaster: Forecaster,
    state: dict[str, Any] | None,
    *,
    tensorboard: bool,
    callbacks: Sequence[pl.Callback],
    quiet: bool,
) -> WaveRun:
    loggers = [TensorBoardLogger(folder.path, name="tensorboard", version="")] if tensorboard else []
    settings = _training_settings(task, task.data(), forecaster)
    fitted = Training(settings, processes=_SINGLE_PROCESS, loggers=loggers, callbacks=callbacks, quiet=quiet).run(
        folder, state
    )
    if task.recipe.keep == "best" and fitted.best_weights is not None:
        forecaster.load_state_dict(fitted.best_weights)
    run = WaveRun(folder.path, task, forecaster.eval(), fitted.updates, fitted.rows, fitted.interrupted)
    if fitted.rows:
        save_figure(wave_training_figure(fitted.rows), folder.picture)
    _write(run, folder.checkpoint)  # this file marks a run as finished
    if not run.interrupted:
        folder.state.unlink()
    return run


def read_wave_run(folder: RunFolder) -> WaveRun:
    """Read the run of a forecaster; no code in it is run.

    Raises:
        InputError: It is not a run, or it is damaged.
    """
    path = folder.checkpoint
    checkpoint = read_checkpoint(path)
    with report_mismatch(path, "a forecaster's checkpoint"):
        if checkpoint["wave_format"] != _FORMAT:
            raise InputError(f"format {shown(checkpoint['wave_format'])}; this version reads {_FORMAT}")
        task = WaveTask.from_record(checkpoint)
        with torch.device("meta"):  # no weights are drawn, since those of the file are used
            forecaster = recipe_forecaster(task.recipe, task.data(), task.seed)
        forecaster.load_state_dict(checkpoint["weights"], assign=True)
        return WaveRun(folder.path, task, forecaster.eval(), whole_number("updates", checkpoint["updates"], low=0))


def _write(run: WaveRun, path: Path) -> None:
    checkpoint = {
        "wave_format": _FORMAT,
        **run.task.record(),
        "updates": run.updates,
        "weights": run.forecaster.state_dict(),
    }
    write_checkpoint(path, checkpoint)
