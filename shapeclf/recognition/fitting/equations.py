"""Format equations and parameters as text."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

__all__ = ["LETTER", "Printed", "equation_text", "number_text", "parameter_text", "siunitx_text"]

LETTER = r"[A-Za-z_\u00c0-\u024f\u0370-\u03ff]"
"""Regular expression of a letter in the names of a formula; ``\\w`` would also match the ² of x²."""

_PLAIN = range(-4, 6)  # exponents of numbers that are written without a power of ten
_MAX_DIGITS = 17  # significant digits of a double
_LONE_X = re.compile(r"(?<!\w)\(x\)")  # (x − c) with c = 0


class Printed(NamedTuple):
    """A number as it is printed; the arguments of `parameter_text` and `siunitx_text`.

    Attributes:
        value: A finite number.
        error: Its standard error; None or 0 if it has none.
        decimals: Number of decimals of the value; None for as many as reproduce it.
        error_decimals: Number of decimals of the error.
    """

    value: float
    error: float | None
    decimals: int | None
    error_decimals: int


def equation_text(formula: str, parameters: Mapping[str, tuple[float, int]], origin: float = 0.0) -> str:
    """Return the formula with the parameters' values in place of their names; ``+ −0.3`` becomes ``− 0.3``.

    Args:
        formula: Formula of the family, ``"y = k·x² + b"``. A parameter that it does not name is appended to it.
        parameters: A finite value and its number of decimals, by name.
        origin: Origin of x; unless it is 0, x is replaced by (x − origin).

    Example:
        >>> equation_text("y = k·x² + b", {"k": (4.9031, 2), "b": (-0.3, 2)})
        'y = 4.9·x² − 0.3'
    """
    slots, end, missing = _slots_of(formula, tuple(parameters))
    texts = {name: number_text(*value) for name, value in parameters.items()}
    texts["x"] = f"(x{_signed('+', number_text(-origin))})" if origin else "x"
    text = "".join(slot.text + _filled(slot, texts[slot.name]) for slot in slots) + end
    text = _LONE_X.sub("x", text)
    return ", ".join([text, *(f"{name} = {texts[name]}" for name in missing)])


def number_text(value: float, decimals: int | None = None) -> str:
    """Return a number rounded to a number of decimals, without trailing zeros.

    Args:
        value: A finite number.
        decimals: Number of decimals, below 0 for tens, hundreds, ...; by default as many as reproduce the number.

    Example:
        >>> [number_text(value, 3) for value in (0.5, -12345.6789)], number_text(3.0001e-9, 12)
        (['0.5', '−12345.679'], '3e−9')
    """
    number = _rounded(value, decimals)
    exponent = number.adjusted() if number else 0
    scale = 0 if exponent in _PLAIN or 0 <= exponent < len(number.as_tuple().digits) else exponent
    text = f"{number.scaleb(-scale):f}"
    return _with_power(text.rstrip("0").rstrip(".") if "." in text else text, scale)


def parameter_text(value: float, error: float | None, decimals: int | None, error_decimals: int) -> str:
    """Return a parameter with its standard error, if it has one.

    The arguments are those of `Printed`.

    Example:
        >>> parameter_text(4.91432, 0.0231, 3, 3), parameter_text(-1.5e-7, 2.04e-9, 10, 10)
        ('4.914 ± 0.023', '(−1.500 ± 0.020)e−7')
    """
    if not error or decimals is None:
        return number_text(value, decimals)
    numbers = _rounded(value, decimals), _rounded(error, error_decimals)
    scale = _common_scale(*numbers, decimals=decimals)
    text = " ± ".join(_signed_text(f"{number.scaleb(-scale):f}") for number in numbers)
    return _with_power(f"({text})" if scale else text, scale)


def siunitx_text(value: float, error: float | None, decimals: int | None, error_decimals: int) -> str:
    """Return a number as LaTeX's siunitx reads it, with its standard error in units of the last digit in brackets.

    The arguments are those of `Printed`.

    Example:
        >>> siunitx_text(4.91432, 0.0231, 3, 3), siunitx_text(-1.5e-7, 2.04e-9, 10, 10), siunitx_text(-0.5, None, 3, 0)
        ('4.914(23)', '-1.500(20)e-7', '-0.5')
    """
    if not error or decimals is None:
        return number_text(value, decimals).replace("−", "-")
    numbers = _rounded(value, decimals), _rounded(error, error_decimals)
    scale = _common_scale(*numbers, decimals=decimals)
    number, uncertainty = (each.scaleb(-scale) for each in numbers)
    places = max(0, *(-int(each.as_tuple().exponent) for each in (number, uncertainty)))
    text = f"{number:.{places}f}({int(uncertainty.scaleb(places))})"
    return text + (f"e{scale}" if scale else "")


def _common_scale(number: Decimal, error: Decimal, decimals: int) -> int:
    """Return the power of ten that a number and its error are written with; 0 for none."""
    exponent = max(each.adjusted() for each in (number, error) if each)
    return 0 if exponent in _PLAIN or (exponent > 0 and decimals >= 0) else exponent


def _rounded(value: float, decimals: int | None) -> Decimal:
    number = Decimal(repr(value))
    if decimals is None:
        return number
    return round(number, min(decimals, _MAX_DIGITS - 1 - number.adjusted()) if number else max(decimals, 0))


def _signed_text(text: str) -> str:
    return text.replace("-", "−") if text.strip("-0.") else text.removeprefix("-")


def _with_power(text: str, power: int) -> str:
    return _signed_text(text) + (f"e{power}".replace("-", "−") if power else "")


class _Slot(NamedTuple):
    """The position of a parameter, or of x, in a formula.

    Attributes:
        text: The text between the previous slot and this one.
        sign: The sign in front of the name, with the blanks after it; empty if there is none.
        name: The parameter, or ``x``.
        first: Whether no other term precedes the name, so that a sign in front of it is not an operator.
        summand: Whether the name alone is a later term of a sum, which is omitted if its value is 0.
        powered: Whether the name is raised to a power.
    """

    text: str
    sign: str
    name: str
    first: bool
    summand: bool
    powered: bool


@lru_cache(maxsize=64)
def _slots_of(formula: str, parameters: tuple[str, ...]) -> tuple[tuple[_Slot, ...], str, tuple[str, ...]]:
    """Return the slots of a formula, the text after the last of them, and the parameters without a slot."""
    names = "|".join(map(re.escape, sorted((*parameters, "x"), key=len, reverse=True)))
    slots, end = [], 0
    for match in re.finditer(rf"(?P<sign>[+−-]\s*)?(?<!{LETTER})(?P<name>{names})(?!{LETTER}|[0-9])", formula):
        before, after = formula[: match.start()].rstrip(), formula[match.end() :].lstrip()
        sign = match["sign"] or ""
        first = not before or before[-1] in ("(=,·*/^" if sign else "(=,")
        summand = bool(sign) and not first and (not after or after[0] in "),+−-")
        powered = after.startswith(("^", "²", "³", "**"))
        text = formula[end : match.start()]
        slots.append(_Slot(text.rstrip() if sign and not first else text, sign, match["name"], first, summand, powered))
        end = match.end()
    named = {slot.name for slot in slots}
    return tuple(slots), formula[end:], tuple(name for name in parameters if name not in named)


def _filled(slot: _Slot, text: str) -> str:
    """Return the sign and the number of a slot as one text; ``+ −0.3`` becomes ``− 0.3``."""
    negative = text.startswith("−")
    if slot.name == "x" or (slot.sign and slot.powered and negative):
        sign = slot.sign if slot.first or not slot.sign else f" {slot.sign}"
        return sign + (f"({text})" if negative else text)
    if not slot.sign:  # a negative number is in brackets where its sign would be misread
        return f"({text})" if negative and (slot.powered or not slot.first) else text
    if slot.first:
        return text.removeprefix("−") if negative else slot.sign.strip() + text
    return "" if slot.summand and text == "0" else _signed(slot.sign.strip(), text)


def _signed(sign: str, text: str) -> str:
    """Return a number that is added or subtracted, its sign merged with the operator."""
    minus = (sign != "+") != text.startswith("−")
    return f" {'−' if minus else '+'} {text.removeprefix('−')}"
