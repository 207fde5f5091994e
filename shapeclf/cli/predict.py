"""``shapeclf predict``."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from shapeclf.cli.answers import decision, groups_text, point_text
from shapeclf.cli.folders import Folders
from shapeclf.cli.options import (
    Finite,
    Whole,
    json_option,
    own_families,
    plot_option,
    quiet_option,
    recognizer_options,
)
from shapeclf.cli.predict_file import answer_file
from shapeclf.cli.predict_options import PredictOptions, bad_option

if TYPE_CHECKING:
    from shapeclf.datasets.groups import GroupChunk, GroupReader
    from shapeclf.recognition.recognizer import Recognizer
    from shapeclf.recognition.stream import Stream

__all__ = ["command"]

_STREAM = "-"
_CHUNK_POINTS = 2**15  # of groups: fitting some of them takes seconds, and the bar is to move
_STEPS = 1000  # of the bar
_COLUMNS = 80  # where a terminal does not know


@click.command("predict")
@click.argument("file", metavar="FILE")
@click.option("--x", metavar="COLUMN", help="Name or number of the column of x.  [default: x, else the first]")
@click.option("--y", metavar="COLUMN", help="Name or number of the column of y.  [default: y, else the second]")
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
    help="For a folder: this process, or Ray, here or on a cluster (pip install 'shapeclf[ray]').",
)
@click.option("--actors", type=Whole(1), help="Processes of the engine ray.  [default: one a core]")
@quiet_option
def command(
    file: str,
    x: str | None,
    y: str | None,
    group: str | None,
    wide: bool,
    model: str | None,
    among: tuple[str, ...] | None,
    own: tuple[str, ...],
    fit: bool,
    each_point: bool,
    decide: float | None,
    as_json: bool,
    output: Path | None,
    plot: Path | None,
    engine: str,
    actors: int | None,
    quiet: bool,
) -> None:
    """Say which family the points of a file come from, and the equation; - reads a stream and answers after every line.

    FILE is CSV, TSV or Parquet. With --group or --wide it holds many sequences, read in bounded memory. A folder of
    Parquet files is answered file by file into a folder, --output; files that have their answers are passed over.

    Example: shapeclf predict points.csv --plot answer.png
    """
    many = group is not None or wide
    asked = PredictOptions(fit, each_point, decide, as_json, output, plot, quiet)
    if Path(file).is_dir():
        unfit = {"--json": as_json, "--plot": plot, "--each-point": each_point, "--decide": decide}
        for option, given in unfit.items():
            if given:
                raise bad_option(option, "does not work on a folder, whose answers go into tables")
        folders = Folders(Path(file), output, {"group": group, "x": x, "y": y, "wide": wide}, engine, actors)
        folders.check()
        folders.answer(model=model, among=among, own=own_families(own), fit=fit, quiet=quiet)
        return
    if engine != "one" or actors is not None:
        raise bad_option("--engine" if engine != "one" else "--actors", "is for a folder of Parquet files")
    if output is not None and output.is_dir():
        raise bad_option("--output", f"{output} is a folder")
    from shapeclf.recognition.recognizer import Recognizer

    asked.check(many=many, stream=file == _STREAM)
    recognizer = Recognizer.load(*([] if model is None else [model]), among=among, own=own_families(own))
    if many:
        from shapeclf.datasets.groups import GroupReader

        source = sys.stdin.buffer if file == _STREAM else Path(file)
        _answer_groups(recognizer, GroupReader(source, group, x, y, wide, _CHUNK_POINTS), asked)
    elif file == _STREAM:
        _answer_stream(recognizer, x, y, asked)
    else:
        answer_file(recognizer, Path(file), x, y, asked)


def _answer_stream(recognizer: Recognizer, x: str | None, y: str | None, asked: PredictOptions) -> None:
    from shapeclf.datasets.files import PointReader, stream_lines
    from shapeclf.errors import BadLine, InputError
    from shapeclf.recognition.recognition import verdict

    asked.report_limits(recognizer)
    stream = recognizer.stream()
    reader = PointReader("standard input", x, y)
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
            click.echo(f"skipped: {error}", err=True)
            continue
        decided = asked.decide is not None and max(posterior) >= asked.decide
        told = None if asked.decide is None else decided
        # click.echo hands each line on at once.
        click.echo(point_text(recognizer.families, posterior, stream.points, as_json=asked.as_json, decided=told))
        if decided:
            break
    if stream.points == 0:
        raise InputError("standard input: there is no point in it")
    if asked.decide is not None and not asked.as_json:
        words = verdict(dict(zip(recognizer.families, posterior, strict=True)))
        click.echo(f"{decision(decided, stream.points, asked.decide)}{': ' if decided else '; so far '}{words}")
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


def _answer_groups(recognizer: Recognizer, reader: GroupReader, asked: PredictOptions) -> None:
    from shapeclf.recognition.grouped import recognize_groups

    asked.report_limits(recognizer)
    # Where answers scroll by on the terminal, they show how far it is.
    with_bar = not asked.quiet and sys.stderr.isatty() and (asked.output is not None or not sys.stdout.isatty())
    answers = recognize_groups(recognizer, _with_progress(reader) if with_bar else reader, fit=asked.fit)
    if asked.output is not None:
        from shapeclf.recognition.answer_files import write_answers

        write_answers(asked.output, (each.columns() for each in answers))
        return
    for each in answers:
        click.echo(groups_text(each, as_json=asked.as_json))


def _with_progress(reader: GroupReader) -> Iterator[GroupChunk]:
    """The chunks of a reader, with a bar on the terminal that shows how much has been answered."""
    columns = os.get_terminal_size(sys.stderr.fileno()).columns or _COLUMNS  # click would ask standard output
    width = min(36, max(1, columns - len("reading  []  100%  00:00:00 ")))
    with click.progressbar(length=_STEPS, file=sys.stderr, label="reading", width=width) as bar:
        done = 0
        for chunk in reader:
            now = int(_STEPS * (reader.share or 0.0))
            yield chunk
            bar.update(now - done)
            done = now
