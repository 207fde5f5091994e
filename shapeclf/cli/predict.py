"""``shapeclf predict``."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from shapeclf.cli.answers import decision, point_text
from shapeclf.cli.options import Finite, Whole, json_option, plot_option, quiet_option, recognizer_options
from shapeclf.cli.output import print_line
from shapeclf.cli.predict_file import answer_file
from shapeclf.cli.predict_folder import answer_folder
from shapeclf.cli.predict_groups import answer_groups
from shapeclf.cli.predict_options import PredictOptions, check_options
from shapeclf.cli.reading_options import reading_options, taken_reading

if TYPE_CHECKING:
    from shapeclf.recognition.streams import Stream

__all__ = ["command"]


@click.command("predict")
@click.argument("file", metavar="FILE")
@click.option("--x", metavar="COLUMN", help="Name or number of the column of x.  [default: x, else the first]")
@click.option("--y", metavar="COLUMN", help="Name or number of the column of y.  [default: y, else the second]")
@reading_options
@click.option("--group", metavar="COLUMN", help="Many sequences: the column that names each one's rows.")
@click.option("--wide", is_flag=True, help="Many sequences: one a row, its columns x1, y1, x2, y2, ...")
@recognizer_options
@click.option("--fit/--no-fit", default=True, help="Fit the family's equation, or leave it out.  [default: fit]")
@click.option("--each-point", is_flag=True, help="Answer after every point; - always does.")
@click.option(
    "--decide",
    type=Finite(0.0, above=True),
    metavar="PROBABILITY",
    help="End as soon as a family reaches this probability, as 0.99.",
)
@json_option
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the answers to a table (.csv, .parquet) instead; of a folder's files, into this folder.",
)
@plot_option("the points, the fitted curve with its band, and the posterior after each point")
@click.option(
    "--engine",
    type=click.Choice(["one", "ray"]),
    default="one",
    show_default=True,
    help="For a folder: this process, or Ray, here or on a cluster (needs the packages ray and pandas).",
)
@click.option("--actors", type=Whole(1), help="Processes of the engine ray.  [default: one a core]")
@quiet_option
@click.pass_context
def command(context: click.Context, /, file: str, **given: Any) -> None:
    """Say which family the points of a file come from, and the equation; - reads a stream and answers after every line.

    FILE is text as instruments, programs and people write it, a spreadsheet, JSON or Parquet; a note says what was
    read. With --group or --wide it is CSV, TSV or Parquet with many sequences, read in bounded memory. A folder of
    Parquet files is answered file by file into a folder, --output; files that have their answers are passed over.

    Example: shapeclf predict points.csv --plot answer.png
    """
    options = PredictOptions(reading=taken_reading(given), **given)
    mode = options.mode(file)
    check_options(context, mode, options)
    if mode == "folder":
        answer_folder(Path(file), options)
    elif mode == "groups":
        answer_groups(file, options)
    elif mode == "stream":
        _answer_stream(options)
    else:
        answer_file(Path(file), options)


def _answer_stream(options: PredictOptions) -> None:
    from shapeclf.datasets.files import PointReader, stream_lines
    from shapeclf.errors import BadLine, InputError
    from shapeclf.recognition.recognition import verdict

    recognizer = options.recognizer()
    options.report_limits(recognizer)
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
            posterior = _taken_in(stream, point, reader.line)
        except BadLine as error:
            skipped += 1
            print_line(f"skipped: {error}", err=True)
            continue
        decided = options.decide is not None and max(posterior) >= options.decide
        told = None if options.decide is None else decided
        print_line(point_text(recognizer.families, posterior, stream.points, as_json=options.as_json, decided=told))
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
    """The stream as UTF-8, as files are, whatever the locale; what is none stays in its line as what it is."""
    if isinstance(stdin, io.TextIOWrapper):
        stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    return stdin


def _taken_in(stream: Stream, point: tuple[float, float], line: int) -> list[float]:
    from shapeclf.errors import BadLine, InputError

    try:
        posterior: list[float] = stream.update(*point).tolist()
    except InputError as error:
        raise BadLine(f"standard input, line {line}: {error}") from None
    return posterior
