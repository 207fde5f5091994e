"""The options of the wave commands for a series of the user's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from shapeclf.cli.options import find_modules_in_current_folder, given_parameters, together
from shapeclf.cli.reading_options import TEXT, text_options
from shapeclf.cli.values import Interval, PathName, Whole

if TYPE_CHECKING:
    from shapeclf.datasets.series import Series
    from shapeclf.datasets.tables.table import ReadOptions

__all__ = ["function_options", "read_user_series", "series_options", "user_series"]

F = TypeVar("F", bound=Callable[..., Any])


def series_options(what: str) -> Callable[[F], F]:
    """Return ``--csv FILE`` and ``--column NAME``.

    Args:
        what: The purpose of the series, for the help.
    """
    return together(
        click.option(
            "--csv",
            type=PathName(readable=False, path_type=Path),
            metavar="FILE",
            help=f"Read a series of your own, equally spaced values in any file that predict reads, {what}.",
        ),
        click.option(
            "--column",
            "columns",
            multiple=True,
            metavar="NAME",
            help="Its column in --csv, by name or number from 1; repeatable, one channel each.  "
            "[default: the only column of numbers]",
        ),
        text_options,
    )


function_options = together(
    click.option(
        "--function",
        metavar="MODULE:NAME",
        help="Learn a series of your own: a function in a module, from an array of x to values (its code is run).",
    ),
    click.option("--x", type=Interval(), default="0:100", show_default=True, help="Range of x for --function."),
    click.option("--values", type=Whole(2), default=10_000, show_default=True, help="Number of values of --function."),
)


def read_user_series(csv: Path | None, columns: tuple[str, ...], reading: ReadOptions) -> Series | None:
    """Return the series that ``--csv`` and ``--column`` name; None if none was given."""
    if csv is None:
        for parameter in given_parameters(click.get_current_context()):
            if parameter.opts[0] in ("--column", *TEXT):
                raise click.UsageError(f"{parameter.opts[0]} is for --csv FILE, which is missing")
        return None
    from shapeclf.datasets.series import read_series

    return read_series(csv, columns, reading)


def user_series(
    csv: Path | None,
    columns: tuple[str, ...],
    reading: ReadOptions,
    function: str | None,
    x: tuple[float, float],
    values: int,
) -> Series | None:
    """Return the series that the options name, from a file or a function; None if none was given."""
    if function is None:
        for parameter in given_parameters(click.get_current_context()):
            if parameter.name in ("x", "values"):
                raise click.UsageError(f"--{parameter.name} is for --function, which is missing")
    elif csv is not None:
        raise click.UsageError("--function and --csv are two ways to give one series; use one")
    series = read_user_series(csv, columns, reading)
    if function is None:
        return series
    import numpy as np

    from shapeclf.datasets.series import Series, load_series

    find_modules_in_current_folder()
    return Series(load_series(function, np.linspace(*x, values)), (), f"series = {function}; {values} values")
