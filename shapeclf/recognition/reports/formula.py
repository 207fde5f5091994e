"""Translate the formula of a fit to an expression of Python, from which code and LaTeX are written."""

import ast
import keyword
import re
from collections.abc import Mapping

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.recognition.fitting import Fit
from shapeclf.recognition.fitting.equations import LETTER
from shapeclf.recognition.recognition import Recognition

__all__ = ["expression_of", "fit_of"]

_TOKEN = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)|(?P<power>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(?P<sign>\*\*|[-+*/^()−·×])"
    rf"|(?P<name>{LETTER}(?:{LETTER}|[0-9])*|√)|\s+"
)
_SIGNS = {"−": "-", "·": "*", "×": "*", "^": "**"}
_POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_NUMPY = "exp log10 log2 sqrt abs sin cos tan arcsin arccos arctan sinh cosh tanh"
_FUNCTIONS = {name: name for name in _NUMPY.split()}
_FUNCTIONS |= {"√": "sqrt", "ln": "log", "asin": "arcsin", "acos": "arccos", "atan": "arctan"}
_CONSTANTS = {"π": "np.pi", "pi": "np.pi", "e": "np.e"}
_TAKEN = {"np", "x", "y"}  # names that parameters in code cannot have
_SAME = 1e-9  # largest difference from the curve, relative to its largest value


def expression_of(fit: Fit, x: FloatArray) -> ast.expr:
    """Return the right-hand side of a fit's formula as an expression in ``x``, the parameters and functions of ``np``.

    Args:
        fit: The fit. If it has an origin, the expression has ``x - x0`` in place of ``x``.
        x: Values of x at which the expression is compared with the curve, shape (points,).

    Raises:
        InputError: The formula cannot be written as such an expression, or its values are not those of the curve.
    """
    source = f"family {fit.family!r}: its formula, {fit.law.formula!r},"
    for name in fit.parameters:
        if name in _TAKEN or not name.isidentifier() or keyword.iskeyword(name):
            raise InputError(f"{source} cannot be written as code: a parameter has the name {name!r}")
    try:
        expression = ast.parse(_translated(fit.law.formula, fit.parameters), mode="eval").body
    except SyntaxError:
        raise InputError(f"{source} is not an expression such as 'y = k·x^p + b'") from None
    except ValueError as error:
        raise InputError(f"{source} cannot be written as code: {error}") from None
    values, curve = _values(expression, x, fit.parameters), fit.curve(x)
    if not np.abs(values - curve).max() <= _SAME * np.abs(curve).max():
        raise InputError(f"{source} does not give the values of its basis function")
    return expression


@np.errstate(all="ignore")
def _values(expression: ast.expr, x: FloatArray, parameters: Mapping[str, float]) -> FloatArray:
    code = compile(ast.Expression(expression), "<formula>", "eval")
    try:  # it is safe: the expression consists of known names and operators
        values: FloatArray = eval(code, {"__builtins__": {}, "np": np, **parameters, "x": x})
    except ArithmeticError:  # in a term without x
        return np.full_like(x, np.nan)
    return np.broadcast_to(values, x.shape)


def _translated(formula: str, parameters: Mapping[str, float]) -> str:
    """Return the right-hand side of a formula in Python; raise ValueError if a token of it is not known."""
    right = formula.partition("=")[2].strip()
    translated, end, is_argument = [], 0, False
    while end < len(right):
        match = _TOKEN.match(right, end)
        if match is None:
            raise ValueError(f"{right[end]!r} is not understood")
        end, kind, token = match.end(), match.lastgroup, match[0]
        if kind is None:  # blanks
            continue
        if token in _FUNCTIONS and token not in parameters:
            is_argument = not right[end:].lstrip().startswith("(")  # √x, ln x
            translated.append(f"np.{_FUNCTIONS[token]}" + "(" * is_argument)
            continue
        translated.append(_translated_token(kind, token, parameters) + ")" * is_argument)
        is_argument = False
    return " ".join(translated)


def _translated_token(kind: str, token: str, parameters: Mapping[str, float]) -> str:
    if kind == "power":
        return f"**({token.translate(_POWERS)})"
    if token == "x":
        return "(x - x0)" if "x0" in parameters else "x"
    if kind == "name" and token not in parameters:
        if token not in _CONSTANTS:
            raise ValueError(f"{token!r} is neither a parameter nor a known function")
        return _CONSTANTS[token]
    return _SIGNS.get(token, token)


def fit_of(answer: Recognition) -> Fit:
    """Return the fit of an answer.

    Raises:
        InputError: It has none.
    """
    if answer.fit is None:
        raise InputError(f"there is no equation to write: {answer.summary}; name families that have one with --among")
    return answer.fit
