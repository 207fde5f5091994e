"""The options by which a wave command takes a series of the user's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from shapeclf.datasets._types import FloatArray

__all__ = ["read_own_series", "series_options"]

F = TypeVar("F", bound=Callable[..., Any])


def series_options(what: str) -> Callable[[F], F]:
    """``--csv FILE`` and ``--column NAME``; ``what`` says what the series is read for."""
    csv = click.option(
        "--csv",
        type=click.Path(path_type=Path),
        metavar="INPUT.csv",
        help=f"Read a series of your own, equally spaced values, {what}.",
    )
    column = click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="NAME",
        help="Its column in --csv, by name or number from 1; repeatable, one channel each.  [default: 1]",
    )
    return lambda function: csv(column(function))


def read_own_series(csv: Path | None, columns: tuple[str, ...]) -> FloatArray | None:
    """The series that the two options name; None where none was given."""
    if csv is None:
        if columns:
            raise click.UsageError("--column names a column of --csv FILE, which is missing")
        return None
    from shapeclf.datasets.series import read_series

    return read_series(csv, columns or ("1",))
