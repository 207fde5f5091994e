"""``shapeclf wave train``."""

import sys
from pathlib import Path

import click

from shapeclf.cli.options import Finite, quiet_option, seed_option

__all__ = ["RECIPES", "command"]

# Named here too, because help must not wait for torch; a test holds the two lists together.
RECIPES = ("sin", "sin-cos", "x-sin", "shifted-sines", "official-example")


@click.command("train")
@click.option("--recipe", type=click.Choice(RECIPES), default="sin", show_default=True, help="What to learn, and how.")
@seed_option
@click.option(
    "--noise",
    type=Finite(0.0),
    metavar="SIGMA",
    help="Standard deviation of the noise on the inputs, in units of the series' own.  "
    "[default: the recipe's: 0, shifted-sines 0.3]",
)
@click.option(
    "--max-updates",
    type=click.IntRange(min=1),
    help="Stop there at the latest.  "
    "[default: the recipe's: 3000, x-sin 5000, shifted-sines 1400, official-example 15]",
)
@click.option(
    "--csv",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Learn a series of your own, equally spaced, by the settings of a recipe with windows (the first three).",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME",
    help="Its column, by name or number from 1; repeatable, one channel each.  [default: 1]",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs/wave"),
    show_default=True,
    help="The folder that the run's folder version_N is made in.",
)
@click.option(
    "--tensorboard", is_flag=True, help="Write TensorBoard's logs too; needs the extra shapeclf[tensorboard]."
)
@quiet_option
def command(
    recipe: str,
    seed: int,
    noise: float | None,
    max_updates: int | None,
    csv: Path | None,
    columns: tuple[str, ...],
    output: Path,
    tensorboard: bool,
    quiet: bool,
) -> None:
    """Train a forecaster on waves; leaves a run folder.

    Stops early where the validation part no longer gets better.

    Example: shapeclf wave train --recipe sin --seed 3
    """
    from shapeclf.datasets.series import read_series

    if columns and csv is None:
        raise click.UsageError("--column names a column of --csv FILE, which is missing")
    series = None if csv is None else read_series(csv, columns or ("1",))

    from shapeclf.training.wave_recipes import shortened, wave_recipe
    from shapeclf.training.wave_runs import train_wave

    settings = wave_recipe(recipe, noise)
    if max_updates is not None:
        settings = shortened(settings, max_updates)
    run = train_wave(settings, seed=seed, series=series, output=output, tensorboard=tensorboard, quiet=quiet)
    if not quiet:
        click.echo(f"{'interrupted' if run.interrupted else 'finished'} after {run.updates} updates", err=True)
    click.echo(str(run.path))
    if run.interrupted:
        sys.exit(1)
