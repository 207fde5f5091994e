"""Write a fitted curve as a Python function."""

import ast

from shapeclf._text import printable, sentence
from shapeclf.recognition.naming import PrintedValue
from shapeclf.recognition.recognition import Recognition
from shapeclf.recognition.reports.formula import expression_of, fit_of

__all__ = ["python_code"]


def python_code(answer: Recognition, source: str) -> str:
    """Return the source of a function ``y(x)`` with the parameters in full precision; see `report`."""
    fit = fit_of(answer)
    expression = expression_of(fit, answer.points[:, 0])
    value = ast.unparse(expression).replace(" ** ", "**")
    if not any(isinstance(node, ast.Name) and node.id == "x" for node in ast.walk(expression)):
        value = f"np.full_like(x, {value})"
    sentences = [f"{sentence(answer.summary)} {', '.join(fit.goodness)}.", f"Points: {source}." if source else ""]
    parameters = [f"{each.name} = {each.number!r}{_comment(each)}" for each in answer.values() if not each.derived]
    names, equation = answer.axis_names, answer.equation_named or ""
    lines = [
        f'"""Return {_quoted(names.label("y"))} at {_quoted(names.label("x"))}: {_quoted(equation)}.',
        "",
        *(_quoted(each) for each in sentences if each),
        '"""',
        *parameters,
        "x = np.asarray(x, dtype=float)",
        f"return {value}",
    ]
    body = "\n".join(f"    {line}".rstrip() for line in lines)
    return f"import numpy as np\n\n\ndef y(x):\n{body}"


def _comment(value: PrintedValue) -> str:
    _, error = value.value_and_error
    parts = [f"± {error}"] if error else []
    parts += [printable(value.unit)] if value.unit else []
    return f"  # {' '.join(parts)}" if parts else ""


def _quoted(text: str) -> str:
    """Return a text for a docstring."""
    return printable(text).replace("\\", "\\\\").replace('"""', '\\"' * 3)
