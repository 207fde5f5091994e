"""``shapeclf``: the group of all commands."""

import click

from shapeclf.cli.commands import Commands
from shapeclf.cli.output import print_line

__all__ = ["main"]

_COMMANDS = {
    "train": ("train", "Train a network on sequences drawn on the fly."),
    "eval": ("evaluate", "Measure a model against the best possible answers."),
    "predict": ("predict", "Recognise the family of the points in a file, and fit it."),
    "sample": ("sample", "Write sequences of a data set to a file."),
    "families": ("families", "List the families that can be used."),
    "wave": ("wave", "Learn, forecast and draw waves."),
    "serve": ("serve", "Serve the page and the API."),
}


def _show_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version  # its import takes longer than the rest of the start

        print_line(f"shapeclf {version('shapeclf')}")
        ctx.exit()


@click.group(
    cls=Commands,
    modules=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Show the version."
)
def main() -> None:
    """Recognise which kind of function (x, y) points come from, after every point.

    Start with: shapeclf train && shapeclf eval --points 4
    """
