"""The report of an answer in Markdown."""

import re
from dataclasses import replace

import numpy as np
import pytest

from shapeclf._text import sentence
from shapeclf.datasets import EXPONENTIAL, LINE, Family
from shapeclf.errors import InputError
from shapeclf.recognition.naming import Names
from shapeclf.recognition.reports import report

from .cases import ODD, answer_of, by_name


def test_the_report_of_an_exponential() -> None:
    answer = answer_of(EXPONENTIAL, Names("t", "U", "s", "mV"))
    assert answer.fit is not None
    text = report(answer, "markdown", "a.csv: x = t (s), y = U (mV); 40 points")
    blocks = text.split("\n\n")
    assert blocks[:2] == [
        "**Very probably an exponential (96 %), after 40 points.**",
        "Points: a.csv: x = t (s), y = U (mV); 40 points.",
    ]
    residual = f"residual standard deviation {answer.fit.residual_sd:.3g} mV"
    assert blocks[2] == f"`{answer.equation_named}`, R² {answer.fit.r_squared:.4f}, {residual}"
    rows = {cells[0]: cells[1:] for cells in _rows(blocks[3]) + _rows(blocks[4])}
    assert list(rows) == ["k", "b", "r", "half-life", "time constant", "asymptote"]
    for value in answer.values():
        assert rows[value.name] == [*value.text.split(" ± "), value.unit]
    assert _rows(blocks[5]) == [["exponential", "0.9600"], ["none", "0.0400"]]
    assert len(blocks) == 6


def _rows(table: str) -> list[list[str]]:
    lines = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()]
    assert lines[1] == ["---"] * len(lines[0])
    assert {len(line) for line in lines} == {len(lines[0])}
    return lines[2:]


@by_name
def test_names_cannot_become_markup(family: Family) -> None:
    text = report(answer_of(family, ODD), "markdown", "a|b*c*<i>.csv")
    assert not re.search(r"(?<!\\)<", re.sub(r"`+ .*? `+", "", text))
    for block in text.split("\n\n"):
        if block.startswith("|"):
            _rows(block)


def test_numbers_with_a_power_of_ten_have_it_in_both_columns() -> None:
    answer = replace(answer_of(LINE), points=answer_of(LINE).points * [1.0, 1e-9])
    assert answer.fit is not None
    text = report(answer, "markdown")
    assert f"residual standard deviation {answer.fit.residual_sd:.3g}\n".replace("-", "−") in text
    (row,) = re.findall(r"\| k \| (\S+) \| (\S+) \|", text)
    assert [number[-3:] for number in row] == ["e−9", "e−9"]


def test_notes_on_the_residuals_are_sentences() -> None:
    x = np.linspace(0.0, 1.0, 40)
    answer = replace(answer_of(LINE), points=np.stack([x, x + x**2], axis=-1))
    assert re.search(r"\n\nThe residuals are not random .*\.\n\n", report(answer, "markdown"))


def test_the_comparison_and_predictions_are_tables() -> None:
    answer = answer_of(EXPONENTIAL, Names("t", "U"))
    blocks = report(answer, "markdown", compare=True, at=[11.0, 12.5]).split("\n\n")
    compared, predicted = [block for block in blocks if block.startswith("|")][-2:]
    (row,) = _rows(compared)
    assert row[:2] == ["exponential", "0.9600"]
    assert row[-1] == answer.equation_named
    expected = answer.predict_y([11.0, 12.5])
    assert [cells[0] for cells in _rows(predicted)] == ["11", "12.5"]
    np.testing.assert_allclose([float(cells[1].replace("−", "-")) for cells in _rows(predicted)], expected.y, atol=0.01)
    assert blocks[-1] == sentence(expected.notes[-1])
    with pytest.raises(InputError, match=r"^compare and at are for the form markdown, not latex$"):
        report(answer, "latex", at=[1.0])


def test_without_an_equation_only_markdown_is_written() -> None:
    none = replace(answer_of(LINE), posterior=np.tile([0.04, 0.96], (40, 1)))
    verdict, closest, equation, *_ = report(none, "markdown").split("\n\n")
    assert verdict == "**Very probably none of the known laws (96 %), after 40 points.**"
    assert closest == "The closest law is a line:"
    assert equation.startswith(f"`{answer_of(LINE).equation}`, R² ")
    for form in ("latex", "python"):
        with pytest.raises(InputError, match=r"^there is no equation to write: very probably none of the known laws"):
            report(none, form)
    with pytest.raises(InputError, match=r"^form must be one of markdown, latex, python, got 'html'$"):
        report(none, "html")
