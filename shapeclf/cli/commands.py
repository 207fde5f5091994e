"""A group of commands, each imported when it is used."""

import errno
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, final

import click

from shapeclf._packages import missing_package
from shapeclf._text import one_line
from shapeclf.cli.output import print_error
from shapeclf.cli.process import prepare_process, sigterm_as_ctrl_c
from shapeclf.errors import InputError

__all__ = ["Commands", "errors_in_one_line"]


_TORCH_MEMORY_ERRORS = ("can't allocate memory", "out of memory", "size calculation overflowed")


@final
class _Mistake(click.ClickException):
    """An error that the user made: one line, exit code 2."""

    exit_code = 2


@final
class Commands(click.Group):
    """A group that imports each command when it is used, and reports errors in one line with their exit code.

    Args:
        modules: The module of each command in this package, and what the command does, by its name. The help of the
            group shows these purposes, so that it need not import the commands.
    """

    def __init__(self, *arguments: Any, modules: Mapping[str, tuple[str, str]], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._modules:
            return None
        module, _ = self._modules[cmd_name]
        command = import_module(f"shapeclf.cli.{module}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, purpose) for name, (_, purpose) in self._modules.items()])

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        with errors_in_one_line():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with errors_in_one_line():
            return super().invoke(ctx)

    def main(self, *arguments: Any, **options: Any) -> Any:
        prepare_process()
        try:
            with sigterm_as_ctrl_c():
                return super().main(*arguments, **options)
        except OSError as error:  # but not a broken pipe, which click handles
            print_error(_failure(error))
            sys.exit(1)


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Report errors that a user can fix in one printable line, with their exit code."""
    try:
        yield
    except InputError as error:
        raise _Mistake(one_line(str(error))) from None
    except ImportError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):  # a signal while a compiled module was imported
            raise KeyboardInterrupt from None
        if (error.name or "").partition(".")[0] == "shapeclf":
            raise  # a bug of shapeclf
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        raise _Mistake(one_line(missing_package(missing) if missing else str(error))) from None
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not any(sign in str(error) for sign in _TORCH_MEMORY_ERRORS):
            raise
        raise click.ClickException(one_line(f"not enough memory: {error}").rstrip(": ")) from None
    except click.ClickException as error:
        error.message = one_line(error.message)  # type: ignore[misc]  # click has no setter
        raise


def _failure(error: OSError) -> str:
    """Return the text of an error, with the file if it is known."""
    if error.filename is not None:
        return f"{error.filename}: {error.strerror or error}"
    return "standard output is closed" if error.errno == errno.EBADF else error.strerror or str(error)
