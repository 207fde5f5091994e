"""The output of answers, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shapeclf._text import counted, json_text
from shapeclf.cli.process import stdout_is_unicode

if TYPE_CHECKING:
    from shapeclf.datasets._types import FloatArray
    from shapeclf.recognition.fitting import Fit
    from shapeclf.recognition.grouped import GroupAnswers
    from shapeclf.recognition.model_file import ModelFile
    from shapeclf.recognition.recognition import Recognition

__all__ = [
    "answer_lines",
    "decision",
    "fixed_parameters_note",
    "groups_lines",
    "json_line",
    "leak_note",
    "point_text",
    "table_lines",
]

_MAX_SHOWN = 4  # largest number of families in a line of a stream


def json_line(value: Any) -> str:
    """Return a value as one line of JSON, in ASCII where standard output cannot show every character."""
    return json_text(value, ascii_only=not stdout_is_unicode())


def answer_lines(answer: Recognition, *, fit: bool) -> list[str]:
    """Return the lines of the answer for a finished sequence: the verdict, the equation, the probabilities."""
    lines = [answer.summary]
    if fit and answer.fit is not None:
        lines += [*_fit_lines(answer, answer.fit), *(f"  {note}" for note in answer.better_law_notes)]
    elif fit and answer.closest is not None:
        lines += [f"  the closest law is {answer.closest.law.in_words}:", *_fit_lines(answer, answer.closest)]
    width = max(map(len, answer.families))
    return [*lines, *(f"  {name:<{width}}  {p:8.4f}" for name, p in answer.listed.items())]


def _fit_lines(answer: Recognition, fit: Fit) -> list[str]:
    r_squared, *others = fit.goodness
    lines = [f"  {answer.axis_names.equation(fit)}   {r_squared}"]
    lines += [f"  {each.name} = {each.text} {each.unit or ''}".rstrip() for each in answer.axis_names.values(fit)]
    return lines + [f"  {text}" for text in (*others, *fit.residual_notes)]


def table_lines(answer: Recognition, *, compare: bool, at: FloatArray | None) -> list[str]:
    """Return the lines of the comparison of all families and of predicted y, where they are requested."""
    lines: list[str] = []
    if not compare and at is None:
        return lines
    from shapeclf.recognition.reports.tables import comparison_table, prediction_table

    if compare:
        table = comparison_table(answer)
        lines += _aligned(table) if len(table) > 1 else ["  no family can be fitted to these points"]
    if at is not None:
        prediction = answer.predict_y(at)
        lines += [
            *_aligned(prediction_table(prediction, answer.axis_names)),
            *(f"  {note}" for note in prediction.notes),
        ]
    return lines


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def point_text(
    families: Sequence[str], posterior: Sequence[float], points: int, *, as_json: bool, decided: bool | None = None
) -> str:
    """Return the answer after a point, as one line.

    Args:
        families: Names of the families, in the order of the posterior.
        posterior: Probability of each family.
        points: Number of points so far.
        as_json: Whether the line is JSON.
        decided: Whether a family has reached the probability of ``--decide``; None without that option.

    Example:
        >>> point_text(("line", "sqrt"), (0.25, 0.75), 3, as_json=False)
        '     3  sqrt 0.7500  line 0.2500'
    """
    ordered = sorted(zip(posterior, families, strict=True), key=lambda pair: -pair[0])
    if not as_json:
        return f"{points:6d}  " + "  ".join(f"{name} {p:.4f}" for p, name in ordered[:_MAX_SHOWN])
    answer = {
        "family": ordered[0][1],
        "probability": ordered[0][0],
        "posterior": dict(zip(families, posterior, strict=True)),
        "points": points,
    }
    return json_line(answer if decided is None else answer | {"decided": decided})


def decision(decided: bool, points: int, probability: float) -> str:
    """Return whether a family reached a probability, and after how many points.

    Example:
        >>> decision(True, 12, 0.99), decision(False, 1, 0.99)
        ('decided after 12 points', 'not decided: no family reached 0.99 in 1 point')
    """
    if decided:
        return f"decided after {counted(points)}"
    return f"not decided: no family reached {probability:g} in {counted(points)}"


def groups_lines(answers: GroupAnswers, *, as_json: bool) -> list[str]:
    """Return a line for each group."""
    from shapeclf.recognition.verdicts import verdict

    if as_json:
        return list(map(json_line, answers.rows()))
    lines = []
    for row in answers.rows():
        if row["error"] is not None:
            lines.append(f"{row['group']}  no answer: {row['error']}")
            continue
        equation = row.get("equation_named", row.get("equation"))
        fitted = "" if equation is None else f"   {equation}   R² {row['r_squared']:.4f}"
        lines.append(f"{row['group']}  {verdict(row['posterior'], row['points'], answers.known)}{fitted}")
    return lines


def _fixed_parameters(record: dict[str, Any]) -> list[dict[str, float]]:
    """Return each family's parameters if they are fixed; an untrusted record may hold anything."""
    try:
        parameters = record["settings"]["sequences"]["parameters"]
        values = [{name: float(value) for name, value in each.items()} for each in parameters.values()]
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return []
    return values if all(name.isidentifier() for each in values for name in each) else []


def fixed_parameters_note(model: ModelFile) -> str | None:
    """Return a note for a model that was trained on fixed parameters; None for any other."""
    values = _fixed_parameters(model.record)
    if not values:
        return None
    shared = [values[0]] if all(value == values[0] for value in values) else values
    known = "; ".join(", ".join(f"{name} = {value:.4g}" for name, value in each.items()) for each in shared)
    return (
        f"this model was trained on fixed parameters ({known}); "
        "its answers are meaningless for points of other functions"
    )


def leak_note(leak: FloatArray, families: int) -> str | None:
    """Return a note if x alone distinguishes the families; None if it does not.

    Args:
        leak: The best accuracy from x alone after each number of points, shape (points,).
        families: Number of families.
    """
    chance = 1 / families
    if leak[-1] <= chance + 0.01:
        return None
    return (
        f"x alone, without y, has an accuracy of {leak[0]:.2f} after 1 point and {leak[-1]:.2f} after {len(leak)} "
        f"(chance {chance:.2f}): the families' ranges of x differ; --x LO:HI gives all families one range"
    )
