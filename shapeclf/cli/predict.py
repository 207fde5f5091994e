"""``shapeclf predict``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shapeclf.cli.options import (
    OUTPUT_FILE,
    Finite,
    family_option,
    json_option,
    names_of,
    own_families,
    plot_option,
    quiet_option,
)

if TYPE_CHECKING:
    from shapeclf.datasets.groups import GroupChunk
    from shapeclf.recognition.grouped import GroupAnswers
    from shapeclf.recognition.recognition import Recognition
    from shapeclf.recognition.recognizer import Recognizer

__all__ = ["command"]

_SHOWN = 0.001  # probabilities below are not listed
_MOST_SHOWN = 4  # of a stream's families


@click.command("predict")
@click.argument("file", metavar="FILE")
@click.option("--x", metavar="COLUMN", help="Name or number of the column of x.  [default: x, else the first]")
@click.option("--y", metavar="COLUMN", help="Name or number of the column of y.  [default: y, else the second]")
@click.option("--group", metavar="COLUMN", help="Many sequences: the column that names each one's rows.")
@click.option("--wide", is_flag=True, help="Many sequences: one a row, its columns x1, y1, x2, y2, ...")
@click.option(
    "--model",
    metavar="FILE|RUN|NAME",
    help="A model file, a run or a shipped model.  [default: real, which is shipped]",
)
@click.option("--among", callback=names_of, metavar="A,B,C", help="Only these come into question.  [default: all]")
@family_option
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
    "--output", type=OUTPUT_FILE, metavar="FILE", help="Write the answers to a table (.csv, .parquet) instead."
)
@plot_option("the points, the fitted curve with its band, and the posterior after each point")
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
    quiet: bool,
) -> None:
    """Say which family the points of a file come from, and the equation; - reads a stream and answers after every line.

    FILE is CSV, TSV or Parquet. With --group or --wide it holds many sequences, read in bounded memory.

    Example: shapeclf predict points.csv --plot answer.png
    """
    from shapeclf.recognition.recognizer import Recognizer

    many = group is not None or wide
    _check_options(file, many, each_point, decide, output, plot)
    recognizer = Recognizer.load(*([] if model is None else [model]), among=among, own=own_families(own))
    if many:
        _predict_many(recognizer, file, (x, y), group, wide, fit, as_json, output, quiet)
    elif file == "-":
        if not quiet:
            _tell_limits(recognizer)
        _predict_stream(recognizer, x, y, decide, as_json)
    else:
        _predict_file(recognizer, file, x, y, fit, each_point, decide, as_json, output, plot, quiet)


def _check_options(
    file: str, many: bool, each_point: bool, decide: float | None, output: Path | None, plot: Path | None
) -> None:
    """Raises BadParameter for options that do not go together."""
    if decide is not None and decide > 1:
        raise click.BadParameter(f"{decide:g} is no probability: above 0 and at most 1", param_hint="'--decide'")
    given = {"--plot": plot is not None, "--each-point": each_point, "--decide": decide is not None}
    for option, is_given in given.items():
        if many and is_given:
            raise click.BadParameter("works on one sequence, not with --group or --wide", param_hint=f"'{option}'")
    if file == "-" and plot is not None:
        raise click.BadParameter("a stream has no end to draw a picture at", param_hint="'--plot'")
    if output is not None:
        from shapeclf.recognition.answer_files import check_answer_name

        check_answer_name(output)
        if file == "-" and not many:
            raise click.BadParameter("a stream has no end to write a table at", param_hint="'--output'")


def _predict_file(
    recognizer: Recognizer,
    file: str,
    x: str | None,
    y: str | None,
    fit: bool,
    each_point: bool,
    decide: float | None,
    as_json: bool,
    output: Path | None,
    plot: Path | None,
    quiet: bool,
) -> None:
    from shapeclf.datasets.files import read_points

    points = read_points(Path(file), x=x, y=y)
    if not quiet:  # a mistake in the file is told in one line, without the note before it
        _tell_limits(recognizer)
    answer = recognizer.recognize(points[:, 0], points[:, 1])
    decided = None if decide is None else answer.decided(decide)
    if decided is not None:
        answer = answer.first(decided)
    if each_point and output is None:
        for count in range(1, len(answer.points) + 1):
            _show_point(answer.families, answer.posterior[count - 1].tolist(), count, as_json)
    if output is not None:
        from shapeclf.recognition.answer_files import write_answers

        write_answers(output, [answer.columns(fit=fit, each_point=each_point)])
    elif as_json and not each_point:
        extra = {} if decide is None else {"decided": decided is not None}
        click.echo(json.dumps(answer.to_dict(fit=fit) | extra, ensure_ascii=False))
    elif not as_json:
        if decide is not None:
            click.echo(_decision(decided is not None, len(answer.points), decide))
        _show(answer, fit)
    if plot is not None:
        from shapeclf.recognition.pictures import recognition_figure, save_figure

        save_figure(recognition_figure(answer, fit=fit), plot)


def _decision(decided: bool, points: int, decide: float) -> str:
    counted = f"{points} point{'' if points == 1 else 's'}"
    return f"decided after {counted}" if decided else f"not decided: no family reached {decide:g} in {counted}"


def _tell_limits(recognizer: Recognizer) -> None:
    """Says what a model of fixed parameters does not know."""
    parameters: Any = recognizer.model.record.get("settings", {}).get("sequences", {}).get("parameters")
    if not isinstance(parameters, dict):
        return
    values = list(parameters.values())
    shared = [values[0]] if all(value == values[0] for value in values) else values
    known = "; ".join(", ".join(f"{name} = {value:.4g}" for name, value in each.items()) for each in shared)
    click.echo(
        f"note: this model was trained on fixed parameters and knows only its own ({known}); "
        "of points of other functions its answer means nothing",
        err=True,
    )


def _predict_stream(recognizer: Recognizer, x: str | None, y: str | None, decide: float | None, as_json: bool) -> None:
    from shapeclf.datasets.files import PointReader
    from shapeclf.errors import InputError

    stream = recognizer.stream()
    reader = PointReader("standard input", x, y)
    decided = False
    try:
        for text in iter(sys.stdin.readline, ""):  # line by line: nothing waits for a buffer to fill
            point = reader.read(text.removeprefix("\ufeff"))  # some programs begin with a byte order mark
            if point is None:
                continue
            posterior = stream.update(*point).tolist()
            decided = decide is not None and max(posterior) >= decide
            extra = {} if decide is None else {"decided": decided}
            _show_point(recognizer.families, posterior, stream.points, as_json, extra)
            if decided:
                break
    except UnicodeDecodeError:
        raise InputError(f"standard input, line {reader.line + 1}: not text in {sys.stdin.encoding}") from None
    if stream.points == 0:
        raise InputError("standard input: there is no point in it")
    if decide is not None and not as_json:
        click.echo(_decision(decided, stream.points, decide))


def _show_point(
    families: tuple[str, ...],
    posterior: list[float],
    points: int,
    as_json: bool,
    extra: dict[str, Any] | None = None,
) -> None:
    """One line for the answer after a point, at once."""
    ordered = sorted(zip(posterior, families, strict=True), key=lambda pair: -pair[0])
    if as_json:
        answer = {
            "family": ordered[0][1],
            "probability": ordered[0][0],
            "posterior": dict(zip(families, posterior, strict=True)),
            "points": points,
        }
        click.echo(json.dumps(answer | (extra or {}), ensure_ascii=False))
    else:
        shown = ordered[:_MOST_SHOWN]
        click.echo(f"{points:6d}  " + "  ".join(f"{name} {probability:.4f}" for probability, name in shown))
    sys.stdout.flush()


def _show(answer: Recognition, fit: bool) -> None:
    count = len(answer.points)
    click.echo(f"{answer.verdict}  (after {count} point{'' if count == 1 else 's'})")
    if fit and answer.fit is not None:
        click.echo(f"  {answer.fit.equation}   R² {answer.fit.r_squared:.4f}")
        for name, value in answer.fit.parameters.items():
            error = answer.fit.standard_errors[name]
            click.echo(f"  {name} = {value:.6g}" + ("" if not error else f" ± {error:.2g}"))
    width = max(map(len, answer.families))
    for name, probability in answer.probabilities.items():
        if probability >= _SHOWN:
            click.echo(f"  {name:<{width}}  {probability:8.4f}")
    sys.stdout.flush()


def _predict_many(
    recognizer: Recognizer,
    file: str,
    columns: tuple[str | None, str | None],
    group: str | None,
    wide: bool,
    fit: bool,
    as_json: bool,
    output: Path | None,
    quiet: bool,
) -> None:
    from shapeclf.datasets.groups import GroupReader
    from shapeclf.recognition.grouped import recognize_groups

    source = sys.stdin.buffer if file == "-" else Path(file)
    reader = GroupReader(source, group=group, x=columns[0], y=columns[1], wide=wide)
    if not quiet:
        _tell_limits(recognizer)
    answers = recognize_groups(recognizer, _with_progress(reader, quiet), fit=fit)
    if output is not None:
        from shapeclf.recognition.answer_files import write_answers

        write_answers(output, (each.columns() for each in answers))
        return
    for each in answers:
        _show_groups(each, as_json)


def _with_progress(reader: Any, quiet: bool) -> Iterator[GroupChunk]:
    """The chunks of a reader, with a bar on the terminal that shows how far it is."""
    if quiet or reader.share is None or not sys.stderr.isatty():
        yield from reader
        return
    with click.progressbar(length=1000, file=sys.stderr, label="reading") as bar:
        done = 0
        for chunk in reader:
            yield chunk
            now = int(1000 * (reader.share or 0.0))
            bar.update(now - done)
            done = now


def _show_groups(answers: GroupAnswers, as_json: bool) -> None:
    from shapeclf.recognition.recognition import verdict

    for row in answers.rows():
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False))
            continue
        fitted = "" if row.get("equation") is None else f"   {row['equation']}   R² {row['r_squared']:.4f}"
        click.echo(f"{row['group']}  {verdict(row['posterior'])}{fitted}")
    sys.stdout.flush()
