"""``shapeclf predict``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shapeclf.cli.options import json_option, model_option, plot_option, quiet_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeclf.datasets._types import FloatArray
    from shapeclf.recognition.recognizer import Recognizer

__all__ = ["command"]


@click.command("predict")
@click.argument("file", metavar="FILE")
@click.option("--x", metavar="COLUMN", help="Name or number of the column of x.  [default: x, else the first]")
@click.option("--y", metavar="COLUMN", help="Name or number of the column of y.  [default: y, else the second]")
@model_option
@json_option
@plot_option("the points and the posterior after each")
@quiet_option
def command(
    file: str, x: str | None, y: str | None, model: str | None, as_json: bool, plot: Path | None, quiet: bool
) -> None:
    """Say which family the points of a CSV file come from; - reads a stream and answers after every line.

    Example: shapeclf predict points.csv --json
    """
    from shapeclf.recognition.recognizer import Recognizer

    if file == "-" and plot is not None:
        raise click.BadParameter("a stream has no end to draw a picture at", param_hint="'--plot'")
    recognizer = Recognizer.load(model)
    if file == "-":
        if not quiet:
            _tell_limits(recognizer)
        _predict_stream(recognizer, x, y, as_json)
        return

    from shapeclf.datasets.files import read_points

    points = read_points(Path(file), x=x, y=y)
    if not quiet:  # a mistake in the file is told in one line, without the note before it
        _tell_limits(recognizer)
    answer = recognizer.recognize(points[:, 0], points[:, 1])
    _show(recognizer.families, answer.posterior[-1], len(points), as_json)
    if plot is not None:
        from shapeclf.evaluation.plots import recognition_figure, save_figure

        figure = recognition_figure(points, recognizer.families, answer.posterior)
        save_figure(figure, plot)


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


def _predict_stream(recognizer: Recognizer, x: str | None, y: str | None, as_json: bool) -> None:
    from shapeclf.datasets.files import PointReader
    from shapeclf.errors import InputError

    stream = recognizer.stream()
    reader = PointReader("standard input", x, y)
    try:
        for text in iter(sys.stdin.readline, ""):  # line by line: nothing waits for a buffer to fill
            point = reader.read(text.removeprefix("\ufeff"))  # some programs begin with a byte order mark
            if point is not None:
                _show(recognizer.families, stream.update(*point), stream.points, as_json, short=True)
    except UnicodeDecodeError:
        raise InputError(f"standard input, line {reader.line + 1}: not text in {sys.stdin.encoding}") from None
    if stream.points == 0:
        raise InputError("standard input: there is no point in it")


def _show(families: Sequence[str], posterior: FloatArray, points: int, as_json: bool, short: bool = False) -> None:
    probabilities = dict(zip(families, posterior.tolist(), strict=True))
    family = max(probabilities, key=probabilities.__getitem__)
    if as_json:
        answer = {
            "family": family,
            "probability": probabilities[family],
            "posterior": probabilities,
            "points": points,
        }
        click.echo(json.dumps(answer, ensure_ascii=False))
    elif short:
        click.echo(f"{points:6d}  " + "  ".join(f"{name} {p:.4f}" for name, p in probabilities.items()))
    else:
        click.echo(f"{family}, {probabilities[family]:.2%} after {points} point{'' if points == 1 else 's'}")
        width = max(map(len, families))
        for name, probability in sorted(probabilities.items(), key=lambda item: -item[1]):
            click.echo(f"  {name:<{width}}  {probability:8.4f}")
    sys.stdout.flush()
