"""A forecaster trained by a recipe."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Checkpoint, EarlyStopping
from pytorch_lightning.loggers import Logger

from shapeclf.datasets.wave_data import WaveData
from shapeclf.datasets.wave_loading import WaveDataModule
from shapeclf.training.checkpoints import WholeCheckpoints
from shapeclf.training.interrupts import Interrupts
from shapeclf.training.rounds import Row
from shapeclf.training.surroundings import Unprofiled, quiet_lightning, threads
from shapeclf.training.waves.forecaster import Forecaster
from shapeclf.training.waves.looks import Looks
from shapeclf.training.waves.recipes import WaveRecipe, recipe_forecaster

__all__ = ["FittedWave", "fit_wave"]


@final
@dataclass(frozen=True, eq=False)
class FittedWave:
    """A trained forecaster, at its best look or the last as its recipe says, and what it took.

    Attributes:
        forecaster: ready to forecast.
        updates: how many were made.
        seconds: how long they took.
        best: the recipe's monitored figure at the best look; infinite where none was finite.
        rows: the figures of every look.
        interrupted: whether it ended because Ctrl-C was pressed.
    """

    forecaster: Forecaster
    updates: int
    seconds: float
    best: float
    rows: tuple[Row, ...]
    interrupted: bool


def fit_wave(
    recipe: WaveRecipe,
    data: WaveData,
    *,
    seed: int = 0,
    tell: Callable[[Row], object] = lambda row: None,
    callbacks: Sequence[pl.Callback] = (),
    logger: Logger | None = None,
    resume: Path | None = None,
) -> FittedWave:
    """Train by a recipe, until its epochs are over or validation no longer gets better.

    Args:
        recipe: the settings.
        data: the waves.
        seed: of first weights, crops, noise and dropout.
        tell: called with the figures of each look at the validation part.
        callbacks: Lightning callbacks.
        logger: a Lightning logger.
        resume: a Lightning checkpoint of the same training to go on from, callbacks included.

    Returns:
        The forecaster, and what it took.

    Raises:
        InputError: the recipe does not fit the data.
    """
    forecaster = recipe_forecaster(recipe, data, seed)
    batches = WaveDataModule(
        data,
        window=recipe.window,
        crop_steps=recipe.crop_steps,
        batch_size=recipe.batch_size,
        noise=recipe.noise,
        updates_per_epoch=recipe.updates_per_epoch,
        seed=seed,
    )
    looks = Looks(recipe.monitor, tell)
    interrupts = Interrupts()
    stop = EarlyStopping(monitor=recipe.monitor, patience=recipe.patience, check_finite=False)
    # One thread: networks this small only lose by sharing their work out.
    with quiet_lightning(), threads(1), interrupts.listening(), torch.random.fork_rng(devices=[]):
        trainer = pl.Trainer(
            accelerator="cpu",
            max_epochs=recipe.epochs,
            num_sanity_val_steps=0,
            profiler=Unprofiled(),
            log_every_n_steps=min(10, recipe.updates_per_epoch),
            callbacks=[stop, *callbacks, interrupts, looks],
            plugins=[WholeCheckpoints()],
            logger=logger or False,
            enable_checkpointing=any(isinstance(callback, Checkpoint) for callback in callbacks),
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        start = time.perf_counter()
        trainer.fit(forecaster, batches, ckpt_path=resume, weights_only=True)
        seconds = time.perf_counter() - start
    if recipe.keep_best and looks.weights is not None:
        forecaster.load_state_dict(looks.weights)
    return FittedWave(forecaster.eval(), trainer.global_step, seconds, looks.best, tuple(looks.rows), interrupts.asked)
