"""``shapeclf``: the group of all commands."""

import click

from shapeclf.cli.commands import Commands
from shapeclf.cli.output import print_line

__all__ = ["main"]

# Name and module of each command; a module is imported when its command is used, so that help appears at once.
_COMMANDS = {
    "train": "train",
    "eval": "evaluate",
    "predict": "predict",
    "sample": "sample",
    "families": "families",
    "wave": "wave",
    "serve": "serve",
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
