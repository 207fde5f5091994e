"""Printing of all output of the commands, with characters escaped that could control the terminal.

Names of files, columns, groups, recipes and families may contain control characters, bidirectional marks and line
breaks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from shapeclf._text import one_line, printable

__all__ = ["print_error", "print_line", "print_lines", "print_note", "print_path"]


def print_line(text: str, *, err: bool = False) -> None:
    """Print a text as one line, without buffering; line breaks in it are escaped."""
    click.echo(printable(text), err=err)


def print_lines(lines: Iterable[str]) -> None:
    """Print each text as one line; see `print_line`."""
    for text in lines:
        print_line(text)


def print_note(text: str) -> None:
    """Print a note on standard error."""
    print_line(f"note: {text}", err=True)


def print_error(text: str) -> None:
    """Print the error that ends the command, in one line on standard error."""
    click.echo(f"Error: {one_line(text)}", err=True)


def print_path(path: Path) -> None:
    """Print the path of a result: byte for byte for scripts, escaped on a terminal."""
    click.echo(printable(str(path)) if sys.stdout.isatty() else str(path))
