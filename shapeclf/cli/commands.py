"""A group of commands, each imported when it is asked for."""

import errno
from collections.abc import Mapping
from importlib import import_module
from typing import Any, final

import click

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
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # click ends quietly where nobody reads on
            where = f"{error.filename}: " if error.filename is not None else ""
            raise click.ClickException(f"{where}{error.strerror or error}") from None
