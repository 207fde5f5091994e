"""``shapeclf predict -``: points from standard input, one at a time."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, TextIO

import click

from shapeclf.cli.answers import decision, point_text
from shapeclf.cli.output import print_line
from shapeclf.cli.predict_options import PredictOptions

if TYPE_CHECKING:
    from shapeclf.recognition.streams import Stream

__all__ = ["answer_stream"]


def answer_stream(options: PredictOptions) -> None:
    """Answer after every point of standard input."""
    from shapeclf.datasets.files import PointReader, stream_lines
    from shapeclf.errors import BadLine, InputError
    from shapeclf.recognition.recognition import verdict

    recognizer = options.recognizer()
    options.report_fixed_parameters(recognizer)
    stream = recognizer.stream()
    reader = PointReader("standard input", options.x, options.y)
    decided = False
    skipped = 0
    posterior: list[float] = []
    for text in stream_lines(_as_text(sys.stdin)):
        try:
            point = reader.read(text.removeprefix("\ufeff"))  # some programs begin with a byte order mark
            if point is None:
                continue
            posterior = _update(stream, point, reader.line)
        except BadLine as error:
            skipped += 1
            print_line(f"skipped: {error}", err=True)
            continue
        decided = options.decide is not None and max(posterior) >= options.decide
        enough = None if options.decide is None else decided
        print_line(point_text(recognizer.families, posterior, stream.points, as_json=options.as_json, decided=enough))
        if decided:
            break
    if stream.points == 0:
        raise InputError("standard input: there is no point in it")
    if options.decide is not None and not options.as_json:
        words = verdict(dict(zip(recognizer.families, posterior, strict=True)))
        print_line(f"{decision(decided, stream.points, options.decide)}{': ' if decided else '; so far '}{words}")
    if skipped:
        raise click.ClickException(
            f"standard input: {skipped} line{'s'[: skipped > 1]} skipped; the answer is of the others"
        )


def _as_text(stdin: TextIO) -> TextIO:
    """Return the stream decoded as UTF-8, whatever the locale; bytes that are not UTF-8 stay in their line."""
    if isinstance(stdin, io.TextIOWrapper):
        stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    return stdin


def _update(stream: Stream, point: tuple[float, float], line: int) -> list[float]:
    """Return the posterior after one more point; an error names its line."""
    from shapeclf.errors import BadLine, InputError

    try:
        posterior: list[float] = stream.update(*point).tolist()
    except InputError as error:
        raise BadLine(f"standard input, line {line}: {error}") from None
    return posterior
