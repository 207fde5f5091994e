"""``shapeclf predict``."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, final

import click

from shapeclf.cli.answers import answer_text, decision, groups_text, json_line, limits, point_text
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

if TYPE_CHECKING:
    from shapeclf.datasets.groups import GroupChunk, GroupReader
    from shapeclf.recognition.recognition import Recognition
    from shapeclf.recognition.recognizer import Recognizer
    from shapeclf.recognition.stream import Stream

__all__ = ["command"]

_STREAM = "-"
_CHUNK_POINTS = 2**15  # of groups: fitting some of them takes seconds, and the bar is to move
_STEPS = 1000  # of the bar
_COLUMNS = 80  # where a terminal does not know


@final
@dataclass(frozen=True)
class _Asked:
    """What is wanted of the answers."""

    fit: bool
    each_point: bool
    decide: float | None
    as_json: bool
    output: Path | None
    plot: Path | None
    quiet: bool

    def check(self, *, many: bool, stream: bool) -> None:
        """Raises BadParameter for what does not go together."""
        if self.decide is not None and self.decide > 1:
            raise _unfit("--decide", f"{self.decide:g} is no probability: above 0 and at most 1")
        given = {
            "--plot": self.plot is not None,
            "--each-point": self.each_point,
            "--decide": self.decide is not None,
        }
        for option, is_given in given.items():
            if many and is_given:
                raise _unfit(option, "works on one sequence, not with --group or --wide")
        if stream and self.plot is not None:
            raise _unfit("--plot", "a stream has no end to draw a picture at")
        if self.output is None:
            return
        from shapeclf.recognition.answer_files import check_answer_name

        check_answer_name(self.output)
        if self.as_json:
            raise _unfit("--output", "a table takes the place of JSON; leave one of the two out")
        if stream and not many:
            raise _unfit("--output", "a stream has no end to write a table at")


def _unfit(option: str, text: str) -> click.BadParameter:
    return click.BadParameter(text, param_hint=f"'{option}'")


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
    asked = _Asked(fit, each_point, decide, as_json, output, plot, quiet)
    if Path(file).is_dir():
        unfit = {"--json": as_json, "--plot": plot, "--each-point": each_point, "--decide": decide}
        for option, given in unfit.items():
            if given:
                raise _unfit(option, "does not work on a folder, whose answers go into tables")
        folders = Folders(Path(file), output, {"group": group, "x": x, "y": y, "wide": wide}, engine, actors)
        folders.check()
        folders.answer(model=model, among=among, own=own_families(own), fit=fit, quiet=quiet)
        return
    if engine != "one" or actors is not None:
        raise _unfit("--engine" if engine != "one" else "--actors", "is for a folder of Parquet files")
    if output is not None and output.is_dir():
        raise _unfit("--output", f"{output} is a folder")
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
        _answer_file(recognizer, Path(file), x, y, asked)


def _tell_limits(recognizer: Recognizer, asked: _Asked) -> None:
    text = None if asked.quiet else limits(recognizer.model)
    if text is not None:
        click.echo(text, err=True)


def _answer_file(recognizer: Recognizer, path: Path, x: str | None, y: str | None, asked: _Asked) -> None:
    from shapeclf.datasets.files import read_points

    points = read_points(path, x=x, y=y)
    _tell_limits(recognizer, asked)  # not before: a mistake in the file is told in one line
    answer = recognizer.recognize(points[:, 0], points[:, 1])
    stop = None if asked.decide is None else answer.decided(asked.decide)
    if stop is not None:
        answer = answer.first(stop)
    decided = None if asked.decide is None else stop is not None
    if asked.output is not None:
        _write(answer, decided, asked.output, asked)
    else:
        for line in _lines(answer, decided, asked):
            click.echo(line)
    if asked.plot is not None:
        from shapeclf.recognition.pictures import recognition_figure, save_figure

        save_figure(recognition_figure(answer, fit=asked.fit), asked.plot)


def _write(answer: Recognition, decided: bool | None, output: Path, asked: _Asked) -> None:
    from shapeclf.recognition.answer_files import write_answers

    table = answer.columns(fit=asked.fit, each_point=asked.each_point)
    if decided is not None:
        table["decided"] = [decided and points == len(answer.points) for points in table["points"].tolist()]
    write_answers(output, [table])


def _lines(answer: Recognition, decided: bool | None, asked: _Asked) -> Iterator[str]:
    """What is printed of one sequence."""
    count = len(answer.points)
    if asked.each_point:
        for points, posterior in enumerate(answer.posterior.tolist(), start=1):
            so_far = None if decided is None else decided and points == count
            yield point_text(answer.families, posterior, points, as_json=asked.as_json, decided=so_far)
    if not asked.as_json:
        if decided is not None and asked.decide is not None:
            yield decision(decided, count, asked.decide)
        yield answer_text(answer, fit=asked.fit)
    elif not asked.each_point:
        yield json_line(answer.to_dict(fit=asked.fit) | ({} if decided is None else {"decided": decided}))


def _answer_stream(recognizer: Recognizer, x: str | None, y: str | None, asked: _Asked) -> None:
    from shapeclf.datasets.files import PointReader, stream_lines
    from shapeclf.errors import BadLine, InputError
    from shapeclf.recognition.recognition import verdict

    _tell_limits(recognizer, asked)
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


def _answer_groups(recognizer: Recognizer, reader: GroupReader, asked: _Asked) -> None:
    from shapeclf.recognition.grouped import recognize_groups

    _tell_limits(recognizer, asked)
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
