"""The options of ``wave train`` that change single settings of a recipe, named as the fields that they set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from shapeclf.cli.options import together
from shapeclf.cli.values import Finite, Whole, WholeList

if TYPE_CHECKING:
    from shapeclf.training.waves.recipes import WaveRecipe

__all__ = ["changed_recipe", "settings_options"]

settings_options = together(
    click.option("--window", type=Whole(2), help="Number of past values from which a forecast is made.  [sin: 10]"),
    click.option("--hidden-size", "hidden_sizes", type=WholeList(1), help="Width of each LSTM layer.  [sin: 16]"),
    click.option("--dense-size", "dense_sizes", type=WholeList(1), help="Width of each dense layer.  [sin: none]"),
    click.option(
        "--dropout", type=Finite(0.0), metavar="SHARE", help="Share of outputs dropped between layers.  [sin: 0]"
    ),
    click.option(
        "--optimizer",
        type=click.Choice(["adagrad", "adam", "lbfgs"]),
        help="Optimizer of the weights.  [all: adam]",
    ),
    click.option("--learning-rate", type=Finite(0.0, above=True), metavar="RATE", help="Learning rate.  [sin: 0.01]"),
    click.option(
        "--schedule",
        type=click.Choice(["constant", "cosine"]),
        help="Schedule of the learning rate.  [sin: cosine, to 0]",
    ),
    click.option("--batch-size", type=Whole(1), help="Sequences in an update.  [sin: 256]"),
    click.option(
        "--late-weight",
        type=Finite(0.0),
        metavar="WEIGHT",
        help="Weight of a sequence's last step in the loss, relative to the first's; for recipes without a window.  "
        "[shifted-sines: 1]",
    ),
    click.option(
        "--free-running",
        type=Whole(0),
        metavar="STEPS",
        help="Number of steps at the end of a training sequence that take the network's own forecasts as input, in the "
        "last seventh of the updates; for recipes without a window.  [shifted-sines: 100]",
    ),
    click.option(
        "--keep",
        type=click.Choice(["best", "last"]),
        help="Keep the weights of the round with the lowest validation error, or of the last.  [sin: best]",
    ),
)


def changed_recipe(recipe: WaveRecipe, **changes: Any) -> WaveRecipe:
    """Return a recipe with some settings changed; None leaves a setting unchanged."""
    from dataclasses import replace

    given = {name: value for name, value in changes.items() if value is not None}
    changed = replace(recipe, **given)
    if 0 < (changes["dropout"] or 0) < 1 and len(changed.hidden_sizes) + len(changed.dense_sizes) < 2:
        raise click.UsageError(
            "--dropout works between layers, and there is only one; see --hidden-size and --dense-size"
        )
    return changed
