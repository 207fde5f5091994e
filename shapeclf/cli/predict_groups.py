"""``shapeclf predict`` on many sequences in one table."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, final

import click

from shapeclf._text import counted, one_line
from shapeclf.cli.answers import groups_lines
from shapeclf.cli.output import print_lines
from shapeclf.cli.predict_options import STREAM, PredictOptions

if TYPE_CHECKING:
    from shapeclf.datasets.groups import GroupChunk, GroupName, GroupReader
    from shapeclf.recognition.grouped import GroupAnswers

__all__ = ["answer_groups", "no_answers"]

_COLUMNS = 80  # largest width of the progress bar


def answer_groups(file: str, options: PredictOptions) -> None:
    """Print an answer for every group, or write them to a table."""
    from shapeclf.datasets.groups import GroupReader
    from shapeclf.recognition.grouped import CHUNK_POINTS, recognize_groups
    from shapeclf.recognition.notes import error_bar_notes

    recognizer = options.recognizer()
    source = sys.stdin.buffer if file == STREAM else Path(file)
    reader = GroupReader(source, chunk_points=CHUNK_POINTS, **options.columns)
    options.report_fixed_parameters(recognizer)
    answers = recognize_groups(recognizer, _with_progress(reader) if _shows_bar(options) else reader, fit=options.fit)
    count = _Count()
    if options.output is not None:
        from shapeclf.recognition.answer_files import write_answers

        write_answers(options.output, (each.columns() for each in count.counting(answers)))
    else:
        for each in count.counting(answers):
            print_lines(groups_lines(each, as_json=options.as_json))
    options.note(reader.summary())
    if count.has_error_bars:
        options.note(*error_bar_notes(recognizer, fit=options.fit))
    if count.unweighted and options.fit:
        groups = counted(count.unweighted, "group")
        options.note(f"the error bars of {groups} are not used: one is 0, and a fit needs all of them above 0")
    if count.first is not None:
        name, reason = count.first
        where = "standard input" if file == STREAM else file
        raise no_answers(where, count.groups, count.unanswered, repr(name), reason)


def no_answers(where: str, groups: int, unanswered: int, first: str, reason: str) -> click.ClickException:
    """Return the error that ends a command if some groups have no answer; the other groups have been answered.

    Args:
        where: The file or folder of the groups.
        groups: Number of groups.
        unanswered: Number of groups without an answer.
        first: Name of the first group without an answer.
        reason: Reason why it has no answer.
    """
    have = "has" if unanswered == 1 else "have"
    text = f"{where}: {unanswered} of {groups} groups {have} no answer; the first is {first}: {reason}"
    return click.ClickException(one_line(text))


@final
class _Count:
    """Counts all groups, and the groups without an answer or without usable error bars."""

    def __init__(self) -> None:
        self.groups = 0
        self.unanswered = 0
        self.unweighted = 0
        self.has_error_bars = False
        self.first: tuple[GroupName, str] | None = None

    def counting(self, answers: Iterable[GroupAnswers]) -> Iterator[GroupAnswers]:
        """Yield the answers, and count their groups."""
        for each in answers:
            self.groups += len(each.chunk.names)
            self.unanswered += len(each.errors)
            self.unweighted += each.unweighted or 0
            self.has_error_bars |= each.unweighted is not None
            if each.errors and self.first is None:
                index, reason = next(iter(each.errors.items()))
                self.first = each.chunk.names[index], reason
            yield each


def _shows_bar(options: PredictOptions) -> bool:
    """Return whether to show a progress bar; answers that are printed on the terminal show the progress themselves."""
    return not options.quiet and sys.stderr.isatty() and (options.output is not None or not sys.stdout.isatty())


def _with_progress(reader: GroupReader) -> Iterator[GroupChunk]:
    """Yield the chunks of a reader, with a bar on the terminal that shows how much has been answered."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    wide = os.get_terminal_size(sys.stderr.fileno()).columns or _COLUMNS
    console = Console(stderr=True, width=min(wide, _COLUMNS))
    columns = (TextColumn("reading"), BarColumn(None), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, expand=True) as bar:
        task = bar.add_task("reading", total=1.0)
        for chunk in reader:
            share = reader.share or 0.0
            yield chunk
            bar.update(task, completed=share)
