"""Write expressions, symbols and texts in LaTeX."""

import ast
import re
from collections.abc import Mapping
from typing import NamedTuple

from shapeclf._text import printable

__all__ = ["latex_expression", "scripts", "symbol", "tex_text"]

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "$-$",
    "√": r"$\surd$",
}
_SPECIAL |= {character: f"\\{character}" for character in "&%$#_{}"}
_SUPERSCRIPTS, _SUBSCRIPTS = "⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "₊₋₀₁₂₃₄₅₆₇₈₉"
_SCRIPTS = re.compile(f"([{_SUPERSCRIPTS}]+)|[{_SUBSCRIPTS}]+")
_PLAIN = str.maketrans(_SUPERSCRIPTS + _SUBSCRIPTS, 2 * "+-0123456789")
_LETTERS = "αβγδεζηθικλμνξοπρςστυφχψωΓΔΘΛΞΠΣΦΨΩ\u2126\u00b5"  # the last two are the signs of ohm and micro
_COMMANDS = (
    r"\alpha \beta \gamma \delta \epsilon \zeta \eta \theta \iota \kappa \lambda \mu \nu \xi o \pi \rho "
    r"\varsigma \sigma \tau \upsilon \phi \chi \psi \omega \Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Phi \Psi "
    r"\Omega \Omega \mu"
)
_GREEK = dict(zip(_LETTERS, _COMMANDS.split(), strict=True))
_FUNCTIONS = {"log": r"\ln", "log10": r"\log_{10}", "log2": r"\log_{2}"}
_SUM, _SIGN, _PRODUCT, _POWER, _ATOM = range(5)  # precedence


class _Latex(NamedTuple):
    """The LaTeX of a part of an expression, and the precedence of its outermost operator."""

    text: str
    precedence: int

    def within(self, precedence: int) -> str:
        """Return the text, in brackets if its operator has a lower precedence than the one around it."""
        return self.text if self.precedence >= precedence else rf"\left({self.text}\right)"


def tex_text(text: str) -> str:
    r"""Return a text as LaTeX shows it.

    Example:
        >>> print(tex_text("5 % of U_0 in µV"))
        5 \% of U\_0 in $\mu$V
        >>> print(tex_text("m·s⁻¹ of CO₂"))
        m·s$^{-1}$ of CO$_{2}$
    """
    text = "".join(_SPECIAL.get(c) or (f"${_GREEK[c]}$" if c in _GREEK else c) for c in printable(text))
    return scripts(text, "$")


def scripts(text: str, dollar: str = "") -> str:
    """Return a text with its superscripts and subscripts as those of LaTeX, between dollars outside of formulas.

    Example:
        >>> scripts("m/s²")
        'm/s^{2}'
    """
    return _SCRIPTS.sub(lambda run: f"{dollar}{'^' if run[1] else '_'}{{{run[0].translate(_PLAIN)}}}{dollar}", text)


def symbol(name: str) -> str:
    r"""Return a name as a symbol of a formula.

    Example:
        >>> print(*map(symbol, ("t", "θ", "x0", "rate", "drop height")))
        t \theta x_{0} \mathrm{rate} \text{drop height}
    """
    letter, digits = re.fullmatch(r"(.)([0-9]*)|.*", name, re.DOTALL).groups()  # type: ignore[union-attr]
    if letter is not None and (letter in _GREEK or (letter.isascii() and letter.isalpha())):
        return _GREEK.get(letter, letter) + (f"_{{{digits}}}" if digits else "")
    return rf"\mathrm{{{name}}}" if name.isascii() and name.isalpha() else rf"\text{{{tex_text(name)}}}"


def latex_expression(expression: ast.expr, names: Mapping[str, str]) -> str:
    r"""Return the LaTeX of an expression that `expression_of` returns.

    Args:
        expression: The expression.
        names: LaTeX of each name: a symbol, or a number, which may have a sign. A summand ``0`` is left out.

    Example:
        >>> expression = ast.parse("k*np.exp(-r*(x - c)**2)/2 + b", mode="eval").body
        >>> print(latex_expression(expression, {"k": "3", "r": "-4", "c": "-5", "b": "-6", "x": "t"}))
        \frac{3\,\exp\left(4\,\left(t + 5\right)^{2}\right)}{2} - 6
    """
    return _latex_of(expression, names).text


def _latex_of(node: ast.expr, names: Mapping[str, str]) -> _Latex:
    match node:
        case ast.Name(id=name):
            return _Latex(names[name], _SIGN if names[name].startswith("-") else _ATOM)
        case ast.Constant(value=value):
            return _Latex(str(value), _ATOM)
        case ast.Attribute(attr=name):  # a constant
            return _Latex(r"\pi" if name == "pi" else r"\mathrm{e}", _ATOM)
        case ast.UnaryOp(op=sign, operand=operand):
            inner = _latex_of(operand, names)
            return inner if isinstance(sign, ast.UAdd) else _negative(inner)
        case ast.Call(func=ast.Attribute(attr=function), args=[argument]):
            return _call(function, _latex_of(argument, names))
        case ast.BinOp(left=left, op=operator, right=right):
            return _operation(operator, _latex_of(left, names), _latex_of(right, names))
    raise AssertionError(ast.dump(node))


def _negative(inner: _Latex) -> _Latex:
    if inner.text.startswith("-") and inner.precedence != _SUM:
        return _Latex(inner.text[1:], _PRODUCT)
    return _Latex(f"-{inner.within(_PRODUCT)}", _SIGN)


def _call(function: str, argument: _Latex) -> _Latex:
    if function == "sqrt":
        return _Latex(rf"\sqrt{{{argument.text}}}", _ATOM)
    if function == "abs":
        return _Latex(rf"\left|{argument.text}\right|", _ATOM)
    name = _FUNCTIONS.get(function, f"\\{function}")
    return _Latex(rf"{name}\left({argument.text}\right)", _POWER)


def _operation(operator: ast.operator, left: _Latex, right: _Latex) -> _Latex:
    match operator:
        case ast.Add() | ast.Sub():
            if right.text == "0":
                return left
            if isinstance(operator, ast.Sub) and right.precedence == _SUM:
                right = _Latex(right.within(_ATOM), _ATOM)
            minus = isinstance(operator, ast.Sub) != right.text.startswith("-")
            return _Latex(f"{left.text} {'-' if minus else '+'} {right.text.removeprefix('-')}", _SUM)
        case ast.Pow():
            return _Latex(f"{left.within(_ATOM)}^{{{right.text}}}", _POWER)
        case ast.Div():
            sign = "-" if left.text.startswith("-") and left.precedence != _SUM else ""
            return _Latex(
                rf"{sign}\frac{{{left.text.removeprefix(sign)}}}{{{right.text}}}", _SIGN if sign else _PRODUCT
            )
    between = r" \cdot " if re.match(r"[0-9]|\\num", right.text) else r"\,"
    first = left.text if left.precedence == _SIGN else left.within(_PRODUCT)
    return _Latex(f"{first}{between}{right.within(_PRODUCT)}", _SIGN if first.startswith("-") else _PRODUCT)
