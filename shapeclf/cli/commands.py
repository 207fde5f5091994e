"""A group of commands, each imported when it is asked for."""

import errno
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, final

import click

from shapeclf.cli.process import prepare_streams, terminated_as_interrupted
from shapeclf.errors import InputError

__all__ = ["Commands"]


@final
class _Mistake(click.ClickException):
    """The user's mistake: one line, exit code 2."""

    exit_code = 2


@final
class Commands(click.Group):
    """Imports a command when it is asked for, and turns the library's errors into exit codes.

    Args:
        modules: the names of the commands, and of their modules in this package.
    """

    def __init__(self, *arguments: Any, modules: Mapping[str, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._modules:
            return None
        command = import_module(f"shapeclf.cli.{self._modules[cmd_name]}").command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InputError as error:
            raise _Mistake(str(error)) from None

    def main(self, *arguments: Any, **options: Any) -> Any:
        prepare_streams()
        try:
            with terminated_as_interrupted():
                return super().main(*arguments, **options)
        except OSError as error:  # but a broken pipe, which click ends quietly
            click.echo(f"Error: {_failure(error)}", err=True)
            sys.exit(1)


def _failure(error: OSError) -> str:
    """What went wrong, with the file where one is known."""
    if error.filename is not None:
        return f"{error.filename}: {error.strerror or error}"
    return "standard output is closed" if error.errno == errno.EBADF else error.strerror or str(error)
