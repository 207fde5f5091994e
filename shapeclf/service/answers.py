"""Compute the answers to a request: posterior, equation, and fitted curve with its band."""

from dataclasses import replace
from typing import Any

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.families import NONE, Family
from shapeclf.datasets.groups import GroupChunk, GroupName
from shapeclf.errors import InputError
from shapeclf.recognition.fit_records import fit_record
from shapeclf.recognition.fitting import Fit, fit_family
from shapeclf.recognition.grouped import recognize_groups
from shapeclf.recognition.naming import Names
from shapeclf.recognition.notes import averaging_notes, error_bar_notes
from shapeclf.recognition.recognition import Recognition
from shapeclf.recognition.recognizer import Recognizer
from shapeclf.recognition.verdicts import verdict
from shapeclf.service.json_response import finite_list
from shapeclf.service.messages import AnswerOptions, AxisNames, CurveOptions

__all__ = ["answer_request", "answer_table", "curve_of"]


def answer_request(recognizer: Recognizer, sequences: list[FloatArray], options: AnswerOptions) -> dict[str, Any]:
    """Return the answers to a request, as `JsonResponse` encodes them.

    Args:
        recognizer: The recogniser that answers.
        sequences: Points (x, y) or (x, y, y_error), each of shape (points, 2 or 3).
        options: The options of the request.

    Raises:
        InputError: A family is not known, a sequence has no answer, or y cannot be predicted.

    Example:
        >>> points = np.array([[1.0, 3], [2, 5], [3, 7], [4, 9], [5, 11], [6, 13]])
        >>> (answer,) = answer_request(Recognizer.load(), [points], AnswerOptions())["answers"]
        >>> answer["family"], answer["equation"]
        ('line', 'y = 2·x + 1')
    """
    if options.y_error is not None:
        sequences = [_with_error_bars(points, options.y_error) for points in sequences]
    restricted = recognizer if options.among is None else recognizer.restricted(options.among)
    options_of_single_answers = (options.curve, options.family, options.names, options.at)
    is_plain = options_of_single_answers == (None,) * 4 and not (options.each_point or options.comparison)
    if is_plain:
        answers = _batch_answers(restricted, sequences, fit=options.fit)
    else:
        family = None if options.family is None else _family_of(recognizer, options.family)
        answers = [
            _full_answer(restricted, sequence, f"sequence {number}", options, family)
            for number, sequence in enumerate(sequences, start=1)
        ]
    return {"families": restricted.families, "answers": answers}


def answer_table(
    recognizer: Recognizer, table: dict[str, Any], points: FloatArray, options: AnswerOptions
) -> dict[str, Any]:
    """Return the answer to the points of a table, with what was read.

    Args:
        recognizer: The recogniser that answers.
        table: Description of what was read, as `read_body` returns it.
        points: Points (x, y) or (x, y, y_error), shape (points, 2 or 3).
        options: The options of the request.

    Raises:
        InputError: For the reasons given in `answer_request`.
    """
    data = table["data"]
    names = AxisNames(**{name: data[name] for name in AxisNames.model_fields})
    try:
        response = answer_request(recognizer, [points], options.model_copy(update={"names": names}))
    except InputError as error:
        raise InputError(str(error).replace("sequence 1:", "body:", 1)) from None
    notes = [*table["notes"], *averaging_notes(recognizer, len(points))]
    if points.shape[1] == 3:
        notes += error_bar_notes(recognizer, fit=options.fit)
    response["answers"][0] |= {"data": data, "model": recognizer.model.identity(), "notes": notes}
    return response


def _batch_answers(recognizer: Recognizer, sequences: list[FloatArray], *, fit: bool) -> list[dict[str, Any]]:
    names: list[GroupName] = [f"sequence {number}" for number in range(1, len(sequences) + 1)]
    lengths = np.array([len(sequence) for sequence in sequences])
    error_bars = None
    if any(points.shape[1] == 3 for points in sequences):
        error_bars = np.concatenate([_with_error_bars(points, np.nan)[:, 2] for points in sequences])
    points = np.concatenate([points[:, :2] for points in sequences])
    chunk = GroupChunk(names, points, lengths, y_error=error_bars)
    (response,) = recognize_groups(recognizer, [chunk], fit=fit)
    for index, reason in response.errors.items():
        raise InputError(f"{names[index]} has no answer: {reason}")
    answers = []
    for row, points in zip(response.rows(), sequences, strict=True):
        del row["group"], row["error"]
        if fit and row["family"] == NONE:
            row["closest"] = _closest(recognizer, points, row["posterior"])
        answers.append(row | {"verdict": verdict(row["posterior"], row["points"], recognizer.known)})
    return answers


def _closest(recognizer: Recognizer, points: FloatArray, posterior: dict[str, float]) -> dict[str, Any] | None:
    """Return the record of the law that is closest to points whose answer is ``none``."""
    x, y, *y_error = points.T
    last = np.array([[posterior[name] for name in recognizer.families]])
    error_bars = y_error[0] if y_error else None
    seen = Recognition(recognizer.families, last, np.stack([x, y], axis=1), recognizer.known, error_bars, posterior)
    record: dict[str, Any] | None = seen.to_dict()["closest"]
    return record


def _with_error_bars(points: FloatArray, y_error: float) -> FloatArray:
    """Return points (x, y, y_error), shape (points, 3), with this error where they have none."""
    return np.insert(points, 2, y_error, axis=1) if points.shape[1] == 2 else points


def _full_answer(
    recognizer: Recognizer, points: FloatArray, source: str, options: AnswerOptions, family: Family | None
) -> dict[str, Any]:
    """Return the answer to one sequence with everything that the options add.

    ``family`` is the family that the options name. ``source`` names the sequence in error messages.
    """
    try:
        recognition = recognizer.recognize(*points.T)  # x, y and perhaps y_error
        if options.names is not None:
            recognition = replace(recognition, names=Names(**options.names.model_dump()))
        answer = recognition.to_dict(fit=options.fit, comparison=options.comparison, at=options.at)
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
    answer["verdict"] = recognition.verdict
    if options.fit:
        fit = recognition.fit
        if options.family is not None:
            fit = family and fit_family(family, *points.T)
            answer |= fit_record(fit, names=recognition.names)
        if options.curve is not None:
            drawn = recognition.closest if fit is None and options.family is None else fit
            answer["curve"] = drawn and curve_of(drawn, _curve_x(points, options.curve), options.curve.level)
    if options.each_point:
        answer["posteriors"] = recognition.posterior
    return answer


def _family_of(recognizer: Recognizer, name: str) -> Family | None:
    """Return a family of the model by its name; None if its formula is not known."""
    if name not in recognizer.families:
        raise InputError(f"family must be one of {', '.join(recognizer.families)}; got {name!r}")
    return recognizer.known.get(name)


@np.errstate(all="ignore")
def _curve_x(points: FloatArray, options: CurveOptions) -> FloatArray:
    x = points[:, 0]
    start = x.min() if options.start is None else options.start
    end = x.max() if options.end is None else options.end
    return np.linspace(start, end, options.points)


def curve_of(fit: Fit, x: FloatArray, level: float | None) -> dict[str, Any]:
    """Return a fitted curve and the ends of its band as values that JSON can represent.

    Args:
        fit: The fit.
        x: Positions at which the curve is evaluated, shape (points,).
        level: Probability that the band covers the curve; None for no band.
    """
    band = None if level is None else fit.band(x, level)
    lower, upper = (None, None) if band is None else map(finite_list, band)
    return {"x": finite_list(x), "y": finite_list(fit.curve(x)), "lower": lower, "upper": upper}
