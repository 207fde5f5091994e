"""``shapeclf predict`` on many sequences in one table."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shapeclf.cli.answers import groups_text
from shapeclf.cli.predict_options import STREAM, PredictOptions

if TYPE_CHECKING:
    from shapeclf.datasets.groups import GroupChunk, GroupReader

__all__ = ["answer_groups"]

_CHUNK_POINTS = 2**15  # fitting some groups takes seconds, and the progress bar should move
_STEPS = 1000  # of the progress bar
_COLUMNS = 80  # where a terminal does not know its width


def answer_groups(file: str, options: PredictOptions) -> None:
    """Print an answer for every group, or write them to a table."""
    from shapeclf.datasets.groups import GroupReader
    from shapeclf.recognition.grouped import recognize_groups

    recognizer = options.recognizer()
    source = sys.stdin.buffer if file == STREAM else Path(file)
    reader = GroupReader(source, options.group, options.x, options.y, options.wide, _CHUNK_POINTS)
    options.report_limits(recognizer)
    answers = recognize_groups(recognizer, _with_progress(reader) if _shows_bar(options) else reader, fit=options.fit)
    if options.output is not None:
        from shapeclf.recognition.answer_files import write_answers

        write_answers(options.output, (each.columns() for each in answers))
        return
    for each in answers:
        click.echo(groups_text(each, as_json=options.as_json))


def _shows_bar(options: PredictOptions) -> bool:
    """Return whether to show a progress bar; answers that are printed on the terminal show the progress themselves."""
    return not options.quiet and sys.stderr.isatty() and (options.output is not None or not sys.stdout.isatty())


def _with_progress(reader: GroupReader) -> Iterator[GroupChunk]:
    """Yield the chunks of a reader, with a bar on the terminal that shows how much has been answered."""
    columns = os.get_terminal_size(sys.stderr.fileno()).columns or _COLUMNS  # click would ask standard output
    width = min(36, max(1, columns - len("reading  []  100%  00:00:00 ")))
    with click.progressbar(length=_STEPS, file=sys.stderr, label="reading", width=width) as bar:
        done = 0
        for chunk in reader:
            now = int(_STEPS * (reader.share or 0.0))
            yield chunk
            bar.update(now - done)
            done = now
