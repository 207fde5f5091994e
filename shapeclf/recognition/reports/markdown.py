"""Write an answer as a report in Markdown."""

import itertools
import re
from collections.abc import Sequence

from shapeclf._text import printable, sentence
from shapeclf.recognition.recognition import Recognition

__all__ = ["markdown"]

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!$&])")


def markdown(answer: Recognition, read: str) -> str:
    """Return a report with the verdict, tables of probabilities and parameters, and remarks; see `report`."""
    blocks = [f"**{_plain(sentence(answer.summary))}**"]
    if read:
        blocks.append(f"Points: {_plain(read)}.")
    fit = answer.fit
    if fit is not None:
        unit = answer.axis_names.y_unit or ""
        residual = _plain(f"residual standard deviation {fit.residual_sd:.3g} {unit}".rstrip())
        blocks.append(f"{_code(answer.equation_named or '')}, {', '.join(map(_plain, fit.goodness))}, {residual}")
        for kind, values in itertools.groupby(answer.values(), key=lambda each: each.derived):
            rows = [(each.name, *_value_and_error(each.text), each.unit or "") for each in values]
            blocks.append(_table(("quantity" if kind else "parameter", "value", "standard error", "unit"), rows))
        blocks += [_plain(sentence(note)) for note in fit.residual_notes]
    probabilities = [(name, f"{p:.4f}") for name, p in answer.listed.items()]
    return "\n\n".join([*blocks, _table(("family", "probability"), probabilities)])


def _value_and_error(text: str) -> tuple[str, str]:
    """Return the value and the standard error of a printed number, each with the power of ten."""
    number, _, power = text.rpartition(")") if text.startswith("(") else (text, "", "")
    value, _, error = number.removeprefix("(").partition(" ± ")
    return value + power, error + power if error else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_plain(cell) if cell != '---' else cell for cell in line)} |" for line in lines)


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", printable(text))


def _code(text: str) -> str:
    """Return a text as code, between more backticks than it has in a row."""
    text = printable(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"
