"""The options of the wave commands for a user-defined series."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from shapeclf.cli.options import find_modules_in_current_folder, given_parameters, together
from shapeclf.cli.reading_options import TEXT, pop_text_options, text_options
from shapeclf.cli.values import Interval, PathName, Whole

if TYPE_CHECKING:
    from shapeclf.datasets.series import Series

__all__ = ["function_options", "pop_csv_series", "pop_series", "series_options"]

F = TypeVar("F", bound=Callable[..., Any])


def series_options(what: str, use: str) -> Callable[[F], F]:
    """Return ``--csv FILE`` and ``--column NAME``.

    Args:
        what: The first words of the help: what is done with the series in the file.
        use: The last sentence of the help.
    """
    return together(
        click.option(
            "--csv",
            type=PathName(readable=False, path_type=Path),
            metavar="FILE",
            help=f"{what}, equally spaced values in any format that predict reads. {use}",
        ),
        click.option(
            "--column",
            "columns",
            multiple=True,
            metavar="NAME",
            help="Name or number (from 1) of the column in --csv; repeatable, each column is a channel.  "
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


def pop_csv_series(given: dict[str, Any]) -> Series | None:
    """Return the series that the values of `series_options` name, if any, and remove them from the given options."""
    csv, columns, reading = given.pop("csv"), given.pop("columns"), pop_text_options(given)
    if csv is None:
        for parameter in given_parameters(click.get_current_context()):
            if parameter.opts[0] in ("--column", *TEXT):
                raise click.UsageError(f"{parameter.opts[0]} is for --csv FILE, which is missing")
        return None
    from shapeclf.datasets.series import read_series

    return read_series(csv, columns, reading)


def pop_series(given: dict[str, Any]) -> Series | None:
    """Return the series of the user, from a file or a function, if any, and remove its options from the given."""
    function, x, values = given.pop("function"), given.pop("x"), given.pop("values")
    if function is None:
        for parameter in given_parameters(click.get_current_context()):
            if parameter.name in ("x", "values"):
                raise click.UsageError(f"--{parameter.name} is for --function, which is missing")
    elif given["csv"] is not None:
        raise click.UsageError("--function and --csv both name the series; give only one of them")
    series = pop_csv_series(given)
    if function is None:
        return series
    import numpy as np

    from shapeclf.datasets.series import Series, load_series

    find_modules_in_current_folder()
    return Series(load_series(function, np.linspace(x[0], x[1], values)), (), f"series = {function}; {values} values")
