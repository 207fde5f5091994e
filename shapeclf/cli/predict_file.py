"""``shapeclf predict FILE``: the points of one file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapeclf.cli.answers import answer_lines, decision, json_line, point_text
from shapeclf.cli.output import print_line, print_note
from shapeclf.cli.predict_options import PredictOptions

if TYPE_CHECKING:
    from shapeclf.datasets._types import FloatArray
    from shapeclf.recognition.recognition import Recognition

__all__ = ["answer_file"]


def answer_file(path: Path, options: PredictOptions) -> None:
    """Answer for the points of one file."""
    from shapeclf.datasets.tables.reading import read_table
    from shapeclf.recognition.naming import Names

    recognizer = options.recognizer()
    table = read_table(path, options.reading)
    errors, notes = _usable_errors(table.y_error, options)
    answer = replace(recognizer.recognize(table.x, table.y, errors), names=Names.of(table))
    if recognizer.longest is not None and len(table.x) > recognizer.longest:
        notes.append(
            f"note: the model was trained on up to {recognizer.longest} points; to recognise the family, neighbours "
            "are averaged to that many; the equation is fitted to all points"
        )
    stop = None if options.decide is None else answer.decided(options.decide)
    if stop is not None:
        answer = answer.first(stop)
    decided = None if options.decide is None else stop is not None
    if options.output is not None:
        _write(answer, decided, options.output, options)
    if not options.quiet:  # not before: a mistake is reported in one line
        for note in (table.summary(), *notes):
            print_note(note)
    options.report_limits(recognizer)
    if options.output is None:
        made_of = {"data": table.record(), "model": recognizer.model.identity()}
        for line in _lines(answer, decided, options, made_of):
            print_line(line)
    if options.plot is not None:
        from shapeclf.recognition.pictures import recognition_figure, save_figure

        save_figure(recognition_figure(answer, fit=options.fit), options.plot)


def _usable_errors(y_error: FloatArray | None, options: PredictOptions) -> tuple[FloatArray | None, list[str]]:
    """The error bars if there is a fit and all can weight it, and a note that says why they are not used."""
    if y_error is not None and not options.shows_fit:
        return None, ["note: the error bars are not used: they weight the fit, and this answer has none"]
    if y_error is None or (y_error > 0).all():
        return y_error, []
    point = int((y_error > 0).argmin()) + 1
    return None, [f"note: the error bars are not used: that of point {point} is 0, and only those above 0 weight a fit"]


def _write(answer: Recognition, decided: bool | None, output: Path, options: PredictOptions) -> None:
    from shapeclf.recognition.answer_files import write_answers

    table = answer.columns(fit=options.fit, each_point=options.each_point)
    if decided is not None:
        table["decided"] = [decided and points == len(answer.points) for points in table["points"].tolist()]
    write_answers(output, [table])


def _lines(
    answer: Recognition, decided: bool | None, options: PredictOptions, made_of: dict[str, Any]
) -> Iterator[str]:
    """What is printed of one sequence; ``made_of`` says what it was made of, in JSON."""
    count = len(answer.points)
    if options.each_point:
        for points, posterior in enumerate(answer.posterior.tolist(), start=1):
            so_far = None if decided is None else decided and points == count
            yield point_text(answer.families, posterior, points, as_json=options.as_json, decided=so_far)
    if not options.as_json:
        if decided is not None and options.decide is not None:
            yield decision(decided, count, options.decide)
        yield from answer_lines(answer, fit=options.fit)
    elif not options.each_point:
        stopped = {} if decided is None else {"decided": decided}
        yield json_line(answer.to_dict(fit=options.fit) | stopped | made_of)
