"""``shapeclf eval``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shapeclf.cli.options import family_option, json_option, model_option, own_families, plot_option, seed_option

if TYPE_CHECKING:
    from shapeclf.evaluation.report import Report

__all__ = ["command"]


@click.command("eval")
@click.option("--points", type=click.IntRange(min=1), default=4, show_default=True, help="Points of a test sequence.")
@click.option(
    "--sequences", type=click.IntRange(min=1), default=10_000, show_default=True, help="How many sequences are tested."
)
@model_option
@family_option
@seed_option
@json_option
@plot_option("accuracy, NLL and confusion")
def command(
    points: int, sequences: int, model: str | None, own: tuple[str, ...], seed: int, as_json: bool, plot: Path | None
) -> None:
    """Measure a model after each number of points, on new sequences of its own data set.

    Example: shapeclf eval --points 4
    """
    from shapeclf.evaluation.report import evaluate, own_sequences
    from shapeclf.recognition.recognizer import Recognizer

    recognizer = Recognizer.load(model, threads=0)
    data = own_sequences(recognizer, own_families(own))
    report = evaluate(recognizer, data, points=points, sequences=sequences, seed=seed)
    click.echo(json.dumps(report.to_json(), ensure_ascii=False) if as_json else _table(report))
    if plot is not None:
        from shapeclf._files import write_whole_with
        from shapeclf.evaluation.plots import check_picture_name, report_figure, save_figure

        check_picture_name(plot)
        write_whole_with(plot, lambda path: save_figure(report_figure(report), path))


def _table(report: Report) -> str:
    lines = [
        f"{report.model} (recipe {report.recipe}), {report.sequences} sequences",
        "",
        "points  accuracy  NLL (nats)",
        *(
            f"{points:6d}  {accuracy:8.4f}  {nll:10.4f}"
            for points, (accuracy, nll) in enumerate(zip(report.accuracy, report.nll, strict=True), start=1)
        ),
        "",
        f"mean accuracy over points 1..{report.points}: {report.mean_accuracy:.4f}",
        "",
        f"after {report.points} points, rows the truth, columns the answer:",
    ]
    width = max(8, *(len(name) for name in report.families)) + 2
    lines.append(" " * width + "".join(f"{name:>{width}}" for name in report.families))
    lines += [
        f"{name:<{width}}" + "".join(f"{count:>{width}d}" for count in row)
        for name, row in zip(report.families, report.confusion.tolist(), strict=True)
    ]
    return "\n".join(lines)
