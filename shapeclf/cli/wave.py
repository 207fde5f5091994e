"""``shapeclf wave``: the commands of the forecaster."""

import click

from shapeclf.cli.commands import Commands

__all__ = ["command"]

_COMMANDS = {
    "train": ("wave_train", "Train a forecaster on waves."),
    "eval": ("wave_eval", "Measure a forecaster one step ahead."),
    "draw": ("wave_draw", "Draw a wave with each forecast as the next input."),
}


@click.group("wave", cls=Commands, modules=_COMMANDS)
def command() -> None:
    """Learn a wave, forecast its next value, and draw it from its own forecasts.

    Start with: shapeclf wave train && shapeclf wave eval && shapeclf wave draw
    """
