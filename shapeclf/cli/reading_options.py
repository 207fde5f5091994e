"""The options for reading a file of points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from shapeclf.cli.options import together
from shapeclf.cli.values import Whole
from shapeclf.errors import InputError

if TYPE_CHECKING:
    from shapeclf.datasets.tables.table import ReadOptions

__all__ = ["READING", "TEXT", "pop_reading_options", "pop_text_options", "reading_options", "text_options"]


def _delimiter(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    from shapeclf.datasets.tables.table import delimiter_of

    try:
        return None if value is None else delimiter_of(value)
    except InputError as error:
        raise click.BadParameter(str(error)) from None


text_options = together(
    click.option("--header", type=click.Choice(["yes", "no"]), help="Say whether the table has a row of column names."),
    click.option("--delimiter", metavar="CHARACTER", callback=_delimiter, help="Cell delimiter: ; , | tab or blanks."),
    click.option("--decimal", type=click.Choice([".", ","]), help="Decimal mark of the numbers."),
    click.option("--comment", metavar="TEXT", help="Text that begins a comment, besides #, % and //."),
    click.option("--skip-lines", type=Whole(0), default=0, metavar="N", help="Skip the first N lines of the file."),
    click.option("--encoding", metavar="NAME", help="Encoding of the text, such as utf-16 or cp1252."),
    click.option("--sheet", metavar="NAME|NUMBER", help="Sheet of a spreadsheet.  [default: the first with a table]"),
)
"""Adds the options on the format of a file to a command; `pop_text_options` takes their values."""
reading_options = together(
    click.option(
        "--y-error",
        metavar="COLUMN|NUMBER|NUMBER%",
        help="Standard deviation of y: a column (name, or #3), a number, or percent of y.  "
        "[default: a column named as errors of y]",
    ),
    text_options,
    click.option(
        "--date-format",
        type=click.Choice(["dmy", "mdy", "ymd"]),
        help="Order of day, month and year: dmy reads 03/04/24 as 3 April 2024, mdy as 4 March, ymd as 24 April 2003.",
    ),
    click.option("--x-origin", metavar="TIME", help="Date or time that is x = 0.  [default: the earliest]"),
    click.option(
        "--missing",
        type=click.Choice(["skip", "refuse"]),
        default="skip",
        show_default=True,
        help="Skip rows without a value, or refuse the file.",
    ),
    click.option("--skip-bad", is_flag=True, help="Skip rows that cannot be read, and report their number."),
)
"""Adds all options for reading a file to a command; `pop_reading_options` takes their values."""
_PARAMETERS = click.command()(reading_options(lambda: None)).params
_TEXT_PARAMETERS = click.command()(text_options(lambda: None)).params
READING = tuple(parameter.opts[0] for parameter in _PARAMETERS)
"""Names of the options for reading a file."""
TEXT = tuple(parameter.opts[0] for parameter in _TEXT_PARAMETERS)
"""Names of the options on the format of a file."""


def pop_reading_options(given: dict[str, Any]) -> ReadOptions:
    """Return the options for reading a file, and remove them from the given options."""
    from shapeclf.datasets.tables.table import ReadOptions

    return ReadOptions(given.pop("x"), given.pop("y"), **{p.name: given.pop(p.name) for p in _PARAMETERS if p.name})


def pop_text_options(given: dict[str, Any]) -> ReadOptions:
    """Return the options on the format of a file, and remove them from the given options."""
    from shapeclf.datasets.tables.table import ReadOptions

    return ReadOptions(**{p.name: given.pop(p.name) for p in _TEXT_PARAMETERS if p.name})
