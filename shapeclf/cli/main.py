"""``shapeclf``: the commands, each imported when it is asked for."""

import errno
from importlib import import_module
from typing import Any, final

import click

from shapeclf.errors import InputError

__all__ = ["main"]

# Name and module: what is not asked for is not imported, so help appears at once.
_COMMANDS = {
    "train": "train",
    "eval": "evaluate",
    "predict": "predict",
    "sample": "sample",
    "families": "families",
}


@final
class _Mistake(click.ClickException):
    """The user's mistake: one line, exit code 2."""

    exit_code = 2


@final
class _Commands(click.Group):
    """Imports a command when it is asked for, and turns the library's errors into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = import_module(f"shapeclf.cli.{_COMMANDS[cmd_name]}").command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InputError as error:
            raise _Mistake(str(error)) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # click ends quietly where nobody reads on
            where = f"{error.filename}: " if error.filename is not None else ""
            raise click.ClickException(f"{where}{error.strerror or error}") from None


def _show_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version  # takes longer than all the rest of the start

        click.echo(f"shapeclf {version('shapeclf')}")
        ctx.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Show the version."
)
def main() -> None:
    """Say what kind of function (x, y) points come from, after every point.

    Start with: shapeclf train && shapeclf eval --points 4
    """
