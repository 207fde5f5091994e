"""``shapeclf predict FILE...``: the points of one file, or of several in turn."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shapeclf._text import printable
from shapeclf.cli.answers import answer_lines, decision, json_line, point_text, table_lines
from shapeclf.cli.commands import errors_in_one_line
from shapeclf.cli.output import print_error, print_lines
from shapeclf.cli.predict_options import REPORT_FORMS, PredictOptions
from shapeclf.errors import InputError

if TYPE_CHECKING:
    from shapeclf.datasets._types import FloatArray
    from shapeclf.datasets.tables.table import Table
    from shapeclf.recognition.recognition import Recognition
    from shapeclf.recognition.recognizer import Recognizer

__all__ = ["answer_file", "answer_files", "answer_text", "provenance", "recognize_table"]


def answer_file(path: Path, options: PredictOptions) -> None:
    """Answer for the points of one file."""
    _answer(path, options, options.recognizer(), "")


def answer_files(paths: Sequence[Path], options: PredictOptions) -> None:
    """Answer for each file and each of its columns of y in turn; an error in one does not end the others.

    The exit code is the highest of all errors.
    """
    recognizer = options.recognizer()
    options.report_fixed_parameters(recognizer)
    worst = 0
    for path, y in itertools.product(paths, options.ys or (None,)):
        label = printable(str(path)) + (f", y = {y}" if len(options.ys) > 1 else "")
        try:
            with errors_in_one_line():
                _answer(path, replace(options, reading=replace(options.reading, y=y)), recognizer, f"{label}: ")
        except click.ClickException as error:
            print_error(error.message)
            worst = max(worst, error.exit_code)
    click.get_current_context().exit(worst)


def _answer(path: Path, options: PredictOptions, recognizer: Recognizer, label: str) -> None:
    """Answer for one column of one file. ``label`` begins each line if several are answered, and is empty otherwise."""
    from shapeclf.datasets.tables.reading import read_table
    from shapeclf.recognition.notes import logarithm_notes, order_notes

    table = read_table(path, options.reading)
    answer, notes = recognize_table(recognizer, table, options, str(path))
    stop = None if options.decide is None else answer.decided(options.decide)
    if stop is not None:
        answer = answer.first(stop)
    if options.each_point or options.plot is not None:
        last = answer.posterior[-1].tolist()
        notes += order_notes(answer.families[last.index(max(last))], answer.family)
    if options.log is not None:
        notes += logarithm_notes(answer.points, options.log)
    decided = None if options.decide is None else stop is not None
    if options.output is not None:
        _write(answer, decided, options.output, options)
    extra = provenance(table, recognizer) | ({"file": str(path)} if label else {})
    lines: list[str] = []
    if options.form in REPORT_FORMS:
        from shapeclf.recognition.reports import report

        source, at = f"{path}: {table.summary()}", options.positions(table)
        try:
            lines = report(answer, options.form, source, compare=options.compare, at=at).split("\n")
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
        lines += [""] * bool(label)
    elif options.output is None:
        lines = list(answer_text(answer, decided, options, extra, options.positions(table), label))
    # Only now, so that no note precedes an error.
    options.note(*(f"{label}{note}" for note in (table.summary(), *notes)))
    if not label:
        options.report_fixed_parameters(recognizer)
    print_lines(lines)
    if options.plot is not None:
        from shapeclf.recognition.answer_pictures import recognition_figure
        from shapeclf.recognition.pictures import save_figure

        figure = recognition_figure(
            answer,
            fit=options.fit,
            size=options.size,
            log=options.log,
            only=options.only,
            extrapolate=options.extrapolate,
        )
        options.note(*(f"{label}{note}" for note in save_figure(figure, options.plot)))


def recognize_table(
    recognizer: Recognizer, table: Table, options: PredictOptions, source: str
) -> tuple[Recognition, list[str]]:
    """Return the answer for the points of a table, and notes on how it was made.

    Raises:
        InputError: These points have no answer; the text names ``source``.
    """
    from shapeclf.recognition.naming import Names
    from shapeclf.recognition.notes import averaging_notes, error_bar_notes, usable_error_bars

    error_bars, notes = usable_error_bars(table.y_error)
    if error_bars is not None:
        notes = error_bar_notes(recognizer, fit=options.shows_fit)
    try:
        answer = recognizer.recognize(table.x, table.y, error_bars)
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
    return replace(answer, names=Names.of(table)), notes + averaging_notes(recognizer, len(table))


def provenance(table: Table, recognizer: Recognizer) -> dict[str, Any]:
    """Return the fields of an answer in JSON that state how it was made: what was read, and the model."""
    return {"data": table.record(), "model": recognizer.model.identity()}


def _write(answer: Recognition, decided: bool | None, output: Path, options: PredictOptions) -> None:
    from shapeclf.recognition.answer_files import write_answers

    table = answer.columns(fit=options.fit, each_point=options.each_point)
    if decided is not None:
        table["decided"] = [decided and points == len(answer.points) for points in table["points"].tolist()]
    write_answers(output, [table])


def answer_text(
    answer: Recognition,
    decided: bool | None,
    options: PredictOptions,
    extra: dict[str, Any],
    at: FloatArray | None,
    label: str = "",
) -> Iterator[str]:
    """Yield the lines that are printed for one sequence.

    Args:
        answer: The answer.
        decided: Whether a family has reached the probability of --decide; None without that option.
        options: The options of the command.
        extra: Fields of JSON besides the answer.
        at: Values of x at which y is predicted, shape (x,); None for no prediction.
        label: Text before the first line of the answer.
    """
    count = len(answer.points)
    if options.each_point:
        for points, posterior in enumerate(answer.posterior.tolist(), start=1):
            so_far = None if decided is None else decided and points == count
            yield point_text(answer.families, posterior, points, as_json=options.as_json, decided=so_far)
    if not options.as_json:
        if decided is not None and options.decide is not None:
            yield label + decision(decided, count, options.decide)
        first, *others = answer_lines(answer, fit=options.fit)
        yield from (f"{label}{first}", *others)
        yield from table_lines(answer, compare=options.compare, at=at)
    elif not options.each_point:
        stopped = {} if decided is None else {"decided": decided}
        yield json_line(answer.to_dict(fit=options.fit, comparison=options.compare, at=at) | stopped | extra)
