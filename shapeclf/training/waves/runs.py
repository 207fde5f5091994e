"""A forecaster's training from settings to a run folder, and the run read back."""

from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import final

from pytorch_lightning.loggers import Logger, TensorBoardLogger

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.wave_data import WaveData, series_data
from shapeclf.errors import InputError
from shapeclf.evaluation.wave_plots import wave_training_figure
from shapeclf.recognition.pictures import save_figure
from shapeclf.training.checkpoints import read_checkpoint, write_checkpoint
from shapeclf.training.progress import ProgressBar
from shapeclf.training.run_folder import RunFolder
from shapeclf.training.surroundings import versions
from shapeclf.training.waves.folder import WAVE_RUNS, kept_state
from shapeclf.training.waves.forecaster import Forecaster
from shapeclf.training.waves.keeping import Keeping, Kept, WaveTask
from shapeclf.training.waves.looks import look_figures, look_line
from shapeclf.training.waves.recipes import WaveRecipe, recipe_data, recipe_forecaster
from shapeclf.training.waves.training import fit_wave

__all__ = ["WaveRun", "read_wave_run", "resume_wave", "train_wave"]

_FORMAT = 1
# What torch and the settings raise where a checkpoint is none of ours.
_BROKEN = (AttributeError, IndexError, KeyError, TypeError, ValueError, RuntimeError)
_TESTED_WITH = ("shapeclf", "torch", "pytorch-lightning", "numpy")


@final
@dataclass(frozen=True, eq=False)
class WaveRun:
    """A trained forecaster and what it was trained on.

    Attributes:
        path: the run's folder.
        task: its settings, seed and series.
        forecaster: ready to forecast.
        updates: how many were made.
        interrupted: whether Ctrl-C ended the training.
    """

    path: Path
    task: WaveTask
    forecaster: Forecaster
    updates: int
    interrupted: bool = False

    def data(self) -> WaveData:
        """The waves that it was trained on and is measured on."""
        return _data(self.task)

    @property
    def recipe(self) -> WaveRecipe:
        """The settings."""
        return self.task.recipe

    @property
    def noise(self) -> float:
        """Standard deviation of the noise on the inputs that it is meant for, in units of the series' own.

        Without a window the noise is a training trick: what is drawn from is clean.
        """
        return self.recipe.noise if self.recipe.window else 0.0


def train_wave(
    recipe: WaveRecipe,
    *,
    seed: int = 0,
    series: FloatArray | None = None,
    output: str | Path = WAVE_RUNS,
    tensorboard: bool = False,
    quiet: bool = False,
) -> WaveRun:
    """Trains a forecaster and leaves its run folder.

    Args:
        recipe: what to learn, by which network, and how.
        seed: of the first weights, the crops, the noise and random shifts.
        series: a series of the user's own, shape (length, channels), instead of the recipe's; the recipe must
            have a window then.
        output: the folder that the run's folder ``version_N`` is made in.
        tensorboard: write TensorBoard's logs into the run's folder too; needs the package ``tensorboard``.
        quiet: show no progress.

    Returns:
        The run. Ctrl-C ends it early and leaves the same files, and what `resume_wave` goes on from.

    Raises:
        InputError: the series is too short for the recipe's windows or constant where it is learned, the settings do
            not fit each other, or the package ``tensorboard`` is missing.
        OSError: something could not be written.
    """
    task = WaveTask(recipe, seed, series)
    data = _data(task)
    recipe_forecaster(recipe, data, seed)  # refuses settings that do not fit, before there is a folder
    _check_tensorboard(tensorboard)
    source = "recipe" if series is None else f"own series, {series.shape[0]} values in {series.shape[1]} channels"
    config = {"recipe": asdict(recipe), "seed": seed, "series": source, "versions": versions(*_TESTED_WITH)}
    folder = RunFolder.next_free(Path(output), config, lambda made: Kept.begin(kept_state(made), task))
    with folder.held(kept_state(folder)):
        return _train(folder, task, data, tensorboard=tensorboard, quiet=quiet)


def resume_wave(path: str | Path, *, tensorboard: bool = False, quiet: bool = False) -> WaveRun:
    """Goes on with a training that was interrupted; what comes of it is what would have come without.

    Args:
        path: the run's folder; its settings stay.
        tensorboard: as in `train_wave`.
        quiet: as in `train_wave`.

    Returns:
        The run.

    Raises:
        InputError: it is no run, it is a broken one, its training is over, or another is at work in it.
        OSError: something could not be written.
    """
    folder = RunFolder(Path(path))
    with folder.held(kept_state(folder)):
        kept = _kept(folder)
        _check_tensorboard(tensorboard)
        resume = kept.path if kept.begun else None
        return _train(folder, kept.task, _data(kept.task), tensorboard=tensorboard, quiet=quiet, resume=resume)


def _kept(folder: RunFolder) -> Kept:
    path = kept_state(folder)
    try:
        return Kept.read(path)
    except FileNotFoundError:
        why = "its training is over" if folder.checkpoint.exists() else "it is not a run of a forecaster"
        raise InputError(f"{folder.path}: there is nothing to go on with: {why} (it has no {path.name})") from None
    except InputError:
        raise
    except _BROKEN as error:
        raise InputError(f"{path}: not what a forecaster's training keeps ({type(error).__name__})") from None


def _check_tensorboard(wanted: bool) -> None:
    if wanted and find_spec("tensorboard") is None:
        raise InputError("--tensorboard: the package 'tensorboard' is not installed: pip install tensorboard")


def _train(
    folder: RunFolder, task: WaveTask, data: WaveData, *, tensorboard: bool, quiet: bool, resume: Path | None = None
) -> WaveRun:
    recipe, kept = task.recipe, kept_state(folder)
    progress = ProgressBar(recipe.updates, quiet=quiet, line=look_line, figures=look_figures)
    logger: Logger | None = TensorBoardLogger(folder.path, name="tensorboard", version="") if tensorboard else None
    fitted = fit_wave(
        recipe,
        data,
        seed=task.seed,
        tell=progress.tell,
        callbacks=[progress, Keeping(kept, task)],
        logger=logger,
        resume=resume,
    )
    run = WaveRun(folder.path, task, fitted.forecaster, fitted.updates, fitted.interrupted)
    folder.write_metrics(fitted.rows)
    if fitted.rows:
        save_figure(wave_training_figure(fitted.rows), folder.picture)
    _write(run, folder.checkpoint)  # it is what makes a run a finished one
    if not run.interrupted:
        kept.unlink()
    return run


def read_wave_run(folder: RunFolder) -> WaveRun:
    """The run that a training left; nothing in it is run as code.

    Raises:
        InputError: it is none, or a broken one.
    """
    path = folder.checkpoint
    try:
        kept = read_checkpoint(path)
        if kept["wave_format"] != _FORMAT:
            raise InputError(f"{path}: format {kept['wave_format']!r}; this version reads {_FORMAT}")
        task = WaveTask.from_record(kept)
        forecaster = Forecaster(**kept["forecaster"])
        forecaster.load_state_dict(kept["weights"])
        return WaveRun(folder.path, task, forecaster.eval(), kept["updates"])
    except FileNotFoundError:
        raise InputError(f"{folder.path}: not a finished run of a forecaster (it has no {path.name})") from None
    except InputError:
        raise
    except _BROKEN as error:
        raise InputError(f"{path}: not a forecaster's checkpoint ({type(error).__name__})") from None


def _write(run: WaveRun, path: Path) -> None:
    kept = {
        "wave_format": _FORMAT,
        **run.task.record(),
        "updates": run.updates,
        "forecaster": dict(run.forecaster.hparams),
        "weights": run.forecaster.state_dict(),
    }
    write_checkpoint(path, kept)


def _data(task: WaveTask) -> WaveData:
    if task.series is None:
        return recipe_data(task.recipe, task.seed)
    if task.recipe.window is None:
        raise InputError(
            f"recipe {task.recipe.name} has waves of its own; a series of yours needs a recipe with windows"
        )
    return series_data(task.series, task.recipe.window)
