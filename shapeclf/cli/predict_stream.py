"""``shapeclf predict -``: points from standard input, one at a time."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from shapeclf._text import counted
from shapeclf.cli.answers import decision, point_text
from shapeclf.cli.output import print_line, print_lines, print_note
from shapeclf.cli.predict_file import answer_text, provenance, recognize_table
from shapeclf.cli.predict_options import PredictOptions

if TYPE_CHECKING:
    from shapeclf.datasets.tables.point_stream import PointStream
    from shapeclf.recognition.recognizer import Recognizer

__all__ = ["answer_stream"]

_SOURCE = "standard input"
_KINDS_SHOWN = 5


def answer_stream(options: PredictOptions) -> None:
    """Answer after every point of standard input, and at its end for the finished sequence."""
    from shapeclf.datasets.tables.point_stream import PointStream
    from shapeclf.datasets.tables.stream_lines import stream_lines
    from shapeclf.errors import InputError
    from shapeclf.recognition.notes import error_bar_notes
    from shapeclf.recognition.verdicts import verdict

    options = replace(options, each_point=False)  # every point of a stream is answered anyway
    recognizer = options.recognizer()
    options.report_fixed_parameters(recognizer)
    stream = recognizer.stream()
    reader = PointStream(_SOURCE, options.reading, lambda text: print_line(f"skipped: {text}", err=True))
    decided, family = False, ""
    for point in reader.points(stream_lines(_SOURCE, sys.stdin.buffer, options.reading.encoding)):
        try:
            posterior = stream.update(point.x, point.y, point.y_error).tolist()
        except InputError as error:
            reader.refuse(point, str(error))
            continue
        if stream.points == 1:
            options.note(reader.table().columns_shown)
        family = max(zip(posterior, recognizer.families, strict=True))[1]
        decided = options.decide is not None and max(posterior) >= options.decide
        enough = None if options.decide is None else decided
        print_line(point_text(recognizer.families, posterior, stream.points, as_json=options.as_json, decided=enough))
        if decided:
            if options.decide is not None and not options.as_json:
                text = verdict(dict(zip(recognizer.families, posterior, strict=True)), known=recognizer.known)
                print_line(f"{decision(decided, stream.points, options.decide)}: {text}")
            break
    if not decided:
        _answer_whole(reader, recognizer, options, family)
    elif reader.table().y_error is not None:
        options.note(*error_bar_notes(recognizer, fit=False))
    _report_bad(reader.bad, options)


def _answer_whole(reader: PointStream, recognizer: Recognizer, options: PredictOptions, family: str) -> None:
    """Answer for the finished sequence, as for a file of these points.

    ``family`` is the most probable family after the last point of the stream.
    """
    from shapeclf.recognition.notes import order_notes

    table = reader.table()
    if not reader.has_all:
        print_note(
            f"only some of the {reader.count} points are stored, so there is no answer for the finished sequence"
        )
        return
    answer, notes = recognize_table(recognizer, table, options, _SOURCE)
    options.note(table.summary(), *notes, *order_notes(family, answer.family))
    decided = None if options.decide is None else False
    print_lines(list(answer_text(answer, decided, options, provenance(table, recognizer), options.positions(table))))


def _report_bad(bad: Mapping[str, int], options: PredictOptions) -> None:
    """Report how many lines were skipped, which is an error unless --skip-bad was given.

    Raises:
        ClickException: Lines were skipped.
    """
    count = sum(bad.values())
    if not count:
        return
    kinds = [f"{times} × {kind}" for kind, times in list(bad.items())[:_KINDS_SHOWN]]
    shown = "; ".join([*kinds, *["..."] * (len(bad) > _KINDS_SHOWN)])
    text = f"{_SOURCE}: {counted(count, 'line')} skipped ({shown})"
    if not options.reading.skip_bad:
        raise click.ClickException(f"{text}; the answer is for the other lines; --skip-bad accepts skipped lines")
    options.note(text)
