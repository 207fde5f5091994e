"""``shapeclf wave train``."""

import sys
from pathlib import Path
from typing import Any

import click

from shapeclf.cli.options import check_resumed, quiet_option, run_options, seed_option, wave_noise_option
from shapeclf.cli.output import print_line, print_note, print_path
from shapeclf.cli.values import Whole
from shapeclf.cli.wave_options import function_options, pop_series, series_options
from shapeclf.cli.wave_settings import changed_recipe, settings_options

__all__ = ["RECIPES", "command"]

# Repeated here because help must not import torch; a test compares the two lists.
RECIPES = ("sin", "sin-cos", "x-sin", "shifted-sines")


@click.command("train")
@click.option("--recipe", type=click.Choice(RECIPES), default="sin", show_default=True, help="Series and settings.")
@seed_option
@wave_noise_option(".  [default: the recipe's: 0, shifted-sines 0.3]")
@click.option(
    "--max-updates",
    type=Whole(1),
    help="Largest number of updates.  [default: the recipe's: 3000, x-sin 5000, shifted-sines 1400]",
)
@series_options(
    "Learn the series in this file",
    "It replaces the series of the recipe, which must have windows (sin, sin-cos or x-sin).",
)
@function_options
@settings_options
@run_options("runs/wave", "only --tensorboard and --quiet may then be given")
@click.option("--tensorboard", is_flag=True, help="Also write logs for TensorBoard; needs the package tensorboard.")
@quiet_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    recipe: str,
    seed: int,
    noise: float | None,
    max_updates: int | None,
    output: Path,
    tensorboard: bool,
    resume: Path | None,
    quiet: bool,
    **changes: Any,
) -> None:
    """Train a forecaster on waves, and write a run folder.

    Training stops early when the error on the validation part no longer decreases, except for shifted-sines, and for
    x-sin with noise.

    Defaults in brackets are those of the recipe named there; docs/how-to/waves.md lists all.

    Example: shapeclf wave train --recipe sin --seed 3
    """
    if resume is not None:
        check_resumed(ctx, ("resume", "tensorboard", "quiet"))
    series = pop_series(changes)

    from shapeclf.training.waves.recipes import shortened, wave_recipe
    from shapeclf.training.waves.runs import WaveTask, resume_wave, train_wave

    shown: dict[str, Any] = {"tensorboard": tensorboard, "quiet": quiet}
    if resume is not None:
        run = resume_wave(resume, **shown)
    else:
        settings = changed_recipe(wave_recipe(recipe, noise), **changes)
        if max_updates is not None:
            settings = shortened(settings, max_updates)
        task = WaveTask(settings, seed) if series is None else WaveTask(settings, seed, series.values, series.labels)
        task.data()  # before the note, so that an error in the series is the only line
        if series is not None and not quiet:
            print_note(series.summary)
        run = train_wave(settings, seed=seed, series=task.series, labels=task.labels, output=output, **shown)
    if not quiet:
        ending = f"interrupted after {run.updates} updates; --resume {run.path} continues"
        print_line(ending if run.interrupted else f"finished after {run.updates} updates", err=True)
    print_path(run.path)
    if run.interrupted:
        sys.exit(1)
