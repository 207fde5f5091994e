"""``shapeclf eval``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from shapeclf.cli.answers import json_line, leak_note
from shapeclf.cli.options import (
    changed_data,
    check_not_read,
    drawing_options,
    family_option,
    json_option,
    load_user_families,
    model_option,
    plot_option,
    seed_option,
    x_change,
)
from shapeclf.cli.output import print_lines, print_note
from shapeclf.cli.values import Whole, WholeList

if TYPE_CHECKING:
    from shapeclf.datasets._types import FloatArray
    from shapeclf.datasets.experiments import AnySequences
    from shapeclf.evaluation.law_limit import LawComparison
    from shapeclf.evaluation.report import Report

__all__ = ["command"]


@click.command("eval")
@click.option(
    "--points",
    type=WholeList(1),
    default="4",
    show_default=True,
    metavar="N[,N...]",
    help="Number of points of a test sequence. With several numbers, the table has a row for each of them only.",
)
@click.option(
    "--sequences",
    type=Whole(1),
    show_default="10000; 1000 where real is compared with the exact posterior",
    help="Number of test sequences.",
)
@model_option("the newest run in runs/")
@family_option
@drawing_options("the model's")
@seed_option
@json_option
@plot_option("accuracy and NLL with those of the exact posterior, reliability and confusion")
def command(
    points: tuple[int, ...],
    sequences: int | None,
    model: str | None,
    references: tuple[str, ...],
    x: tuple[float, float] | Literal["own"] | None,
    seed: int,
    as_json: bool,
    plot: Path | None,
    size: tuple[float, float] | None,
    **changes: Any,
) -> None:
    """Measure a model after each number of points, on new sequences, against the best possible answers.

    The sequences are of the model's own data set, changed by --parameters, --x and --noise. The model is compared with
    the exact posterior, which no classifier can surpass, and with least squares. The model real is compared with the
    exact posterior only if --noise and several numbers in --points are given, and never with least squares.

    Example: shapeclf eval --points 4
    """
    from shapeclf.datasets.experiments import ExperimentSequences
    from shapeclf.evaluation.report import evaluate, training_sequences
    from shapeclf.recognition.locating import locate_model, locate_newest_run
    from shapeclf.recognition.recognizer import Recognizer

    user_families = load_user_families(references)
    path = locate_newest_run() if model is None else locate_model(model)
    check_not_read([path], "--plot", plot)
    recognizer = Recognizer.load(path, threads=0, user_families=user_families)
    data = training_sequences(recognizer, user_families)
    data = changed_data(data, changes | x_change(x))
    if isinstance(data, ExperimentSequences) and data.noise is not None and len(points) > 1:
        if plot is not None:
            raise click.UsageError("--plot draws the results after 1 to N points: give --points one number")
        from shapeclf.evaluation.law_limit import compare_with_limit

        comparison = compare_with_limit(recognizer, data, points, sequences=sequences or 1000, seed=seed)
        print_lines([json_line(comparison.to_json())] if as_json else _comparison_table(comparison))
        return
    report = evaluate(recognizer, data, points=max(points), sequences=sequences or 10_000, seed=seed)
    rows = points if len(points) > 1 else range(1, report.points + 1)
    print_lines([json_line(report.to_json())] if as_json else _table(report, rows, data))
    if plot is not None:
        from shapeclf.evaluation.plots import report_figure
        from shapeclf.recognition.pictures import save_figure

        for note in save_figure(report_figure(report), plot, size):
            print_note(note)


def _comparison_table(comparison: LawComparison) -> list[str]:
    lines = [
        f"{comparison.model}, {comparison.sequences} sequences of the laws at each number of points, NLL in nats; "
        f"noise of {comparison.noise:g} of the range of y, no drift, nothing rounded; only the laws are considered",
        "",
        f"points{'accuracy':>10}{'exact':>10}{'NLL':>10}{'exact':>10}{'excess':>10}{'+-':>10}{'KL':>10}{'+-':>10}",
    ]
    columns = (
        *(comparison.accuracy, comparison.exact_accuracy, comparison.nll, comparison.exact_nll),
        *(comparison.excess_nll, comparison.standard_error, comparison.divergence, comparison.divergence_error),
    )
    for row, points in enumerate(comparison.points.tolist()):
        lines.append(f"{points:6d}" + "".join(f"{column[row]:>10.4f}" for column in columns))
    return lines


def _table(report: Report, rows: Iterable[int], data: AnySequences) -> list[str]:
    reference = report.reference
    columns: list[tuple[str, FloatArray | None, str]] = [
        ("accuracy", report.accuracy, ".4f"),
        ("exact", reference.exact_accuracy, ".4f"),
        ("least sq.", reference.least_squares_accuracy, ".4f"),
        ("NLL", report.nll, ".4f"),
        ("exact", reference.exact_nll, ".4f"),
        ("excess", reference.excess_nll, ".4f"),
        ("+-", reference.standard_error, ".4f"),
        ("calibration", report.calibration_error, ".4f"),
        ("x alone", report.leak, ".4f"),
    ]
    shown = [(name, values, style) for name, values, style in columns if values is not None]
    lines = [
        f"{report.model} (recipe {report.recipe}), {report.sequences} sequences; NLL in nats",
        "",
        "points" + "".join(f"{name:>{max(10, len(name) + 2)}}" for name, _, _ in shown),
    ]
    for row in rows:
        cells = (f"{values[row - 1]:>{max(10, len(name) + 2)}{style}}" for name, values, style in shown)
        lines.append(f"{row:6d}" + "".join(cells))
    lines += [
        "",
        f"mean accuracy over points 1..{report.points}: {report.mean_accuracy:.4f}",
        *_remarks(report, data),
        "",
        f"confusion matrix after {report.points} points (row: true family, column: answer):",
    ]
    width = max(8, *(len(name) for name in report.families)) + 2
    lines.append(" " * width + "".join(f"{name:>{width}}" for name in report.families))
    lines += [
        f"{name:<{width}}" + "".join(f"{count:>{width}d}" for count in row)
        for name, row in zip(report.families, report.confusion.tolist(), strict=True)
    ]
    return lines


def _remarks(report: Report, data: AnySequences) -> list[str]:
    from shapeclf.datasets.experiments import ExperimentSequences

    leak = None if report.leak is None else leak_note(report.leak, len(report.families))
    remarks = [] if leak is None else [leak]
    if report.reference.exact_accuracy is None:
        remarks.append(
            "not compared with the exact posterior, which needs --noise and several numbers in --points"
            if isinstance(data, ExperimentSequences)
            else "not compared with the exact posterior, which cannot be computed for this data set"
        )
    return remarks
