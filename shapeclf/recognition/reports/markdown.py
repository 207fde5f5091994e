"""Write an answer as a report in Markdown."""

import itertools
import re
from collections.abc import Sequence

from numpy.typing import ArrayLike

from shapeclf._text import printable, sentence
from shapeclf.recognition.fitting import Fit, finite
from shapeclf.recognition.naming import Names
from shapeclf.recognition.recognition import Recognition
from shapeclf.recognition.reports.tables import comparison_table, digits_text, prediction_table

__all__ = ["markdown"]

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!$&])")


def markdown(answer: Recognition, source: str, *, compare: bool, at: ArrayLike | None) -> str:
    """Return a report with the verdict, the equation, tables and remarks; see `report`."""
    blocks = [f"**{_plain(sentence(answer.summary))}**"]
    if source:
        blocks.append(f"Points: {_plain(source)}.")
    if answer.fit is not None:
        blocks += _fit_blocks(answer.fit, answer.axis_names)
        blocks += [_plain(sentence(note)) for note in answer.better_law_notes]
    elif answer.closest is not None:
        blocks += [
            f"The closest law is {_plain(answer.closest.law.in_words)}:",
            *_fit_blocks(answer.closest, answer.axis_names),
        ]
    blocks.append(_table([("family", "probability"), *((name, f"{p:.4f}") for name, p in answer.listed.items())]))
    if compare:
        blocks.append(_table(comparison_table(answer)))
    if at is not None:
        prediction = answer.predict_y(at)
        blocks.append(_table(prediction_table(prediction, answer.axis_names)))
        blocks += [_plain(sentence(note)) for note in prediction.notes]
    return "\n\n".join(blocks)


def _fit_blocks(fit: Fit, names: Names) -> list[str]:
    residual_sd = digits_text(finite(fit.residual_sd), 3) or "∞"
    residual = f"residual standard deviation {residual_sd} {names.y_unit or ''}".rstrip()
    blocks = [", ".join([_code(names.equation(fit)), *map(_plain, (*fit.goodness, residual))])]
    for derived, values in itertools.groupby(names.values(fit), key=lambda each: each.derived):
        rows = [(each.name, *each.value_and_error, each.unit or "") for each in values]
        blocks.append(_table([("quantity" if derived else "parameter", "value", "standard error", "unit"), *rows]))
    return blocks + [_plain(sentence(note)) for note in fit.residual_notes]


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose first row is the headings."""
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join(f"| {' | '.join(_plain(cell) if cell != '---' else cell for cell in line)} |" for line in lines)


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", printable(text))


def _code(text: str) -> str:
    """Return a text as code, between more backticks than it has in a row."""
    text = printable(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"
