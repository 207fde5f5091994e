"""Write a fitted curve in LaTeX: its equation, and a table of its parameters in the form of siunitx."""

import re

from shapeclf._text import printable
from shapeclf.recognition.fitting.equations import siunitx_text
from shapeclf.recognition.naming import PrintedValue
from shapeclf.recognition.recognition import Recognition
from shapeclf.recognition.reports.formula import expression_of, fit_of
from shapeclf.recognition.reports.latex_math import latex_expression, scripts, symbol, tex_text

__all__ = ["latex"]

_PACKAGES = r"% \usepackage{amsmath, booktabs, siunitx}"
_LITERAL = re.compile(r"(√?[A-Za-z]+⁻?[¹²³⁴⁵⁶⁷⁸⁹]?|\)[²³]|[0-9]+|[/().·])+")  # units that siunitx sets as they are


def latex(answer: Recognition, source: str) -> str:
    """Return the equation and the table; see `report`."""
    fit, values, names = fit_of(answer), answer.values(), answer.axis_names
    expression = expression_of(fit, answer.points[:, 0])
    axes = {axis: symbol(name.strip('"')) for axis, name in names.symbols(fit).items()}
    symbols = {name: symbol(name) for name in fit.parameters}
    numbers = {each.name: _plain_number(each) for each in values if not each.derived}
    remarks = [source, answer.summary, f"{names.label('x')}, {names.label('y')}"]
    lines = [
        *(f"% {printable(remark)}" for remark in remarks if remark),
        _PACKAGES,
        r"\begin{align*}",
        rf"  {axes['y']} &= {latex_expression(expression, symbols | {'x': axes['x']})} \\",
        rf"  &= {latex_expression(expression, numbers | {'x': axes['x']})}",
        r"\end{align*}",
        r"\begin{tabular}{ll}",
        r"  \toprule",
        *(
            f"  {tex_text(each.name) if each.derived else f'${symbols[each.name]}$'} & {_cell(each)} \\\\"
            for each in values
        ),
        r"  \bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines)


def _plain_number(value: PrintedValue) -> str:
    """Return a parameter without its error for the equation; ``0`` is left out of sums."""
    text = siunitx_text(*value.printed._replace(error=None))
    sign = "-" if text.startswith("-") else ""
    return text if text == "0" else rf"{sign}\num{{{text.removeprefix('-')}}}"


def _cell(value: PrintedValue) -> str:
    number = siunitx_text(*value.printed)
    if value.unit is None:
        return rf"\num{{{number}}}"
    unit = value.unit
    if _LITERAL.fullmatch(unit):
        unit = re.sub("√([A-Za-z]+)", r"\\sqrt{\1}", scripts(unit.replace("·", ".")))
    else:
        unit = rf"\text{{{tex_text(unit)}}}"
    return rf"\qty{{{number}}}{{{unit}}}"
