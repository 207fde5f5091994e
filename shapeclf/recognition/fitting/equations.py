"""A formula with numbers in it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from shapeclf.datasets._types import FloatArray, IntArray

__all__ = ["Printed", "equation_text", "equation_texts", "number_text", "printed"]

_DIGITS = 4
_MOST_DIGITS = 15
_ACCURACY = 2e-3  # what rounding may move the printed curve by, in units of its range
_NOTHING = 1e-9  # a parameter that moves it by less is nothing but rounding

_PLAIN = range(-4, 6)  # powers of ten that are written out
_LONE_X = re.compile(r"(?<!\w)\(x\)")  # what is left of (x − c)


def equation_text(formula: str, parameters: Mapping[str, float], digits: Mapping[str, int], origin: float = 0.0) -> str:
    """The formula with the parameters' values in the places of their names, signs merged.

    Args:
        formula: an equation for people, ``"y = k·x² + b"``. A name that it does not hold is told behind it.
        parameters: finite values, by name.
        digits: significant digits of each, by name.
        origin: where x is counted from.

    Example:
        >>> equation_text("y = k·x² + b", {"k": 4.9031, "b": -0.3}, {"k": 3, "b": 3})
        'y = 4.9·x² − 0.3'
    """
    slots, end, missing = _slots_of(formula, tuple(parameters))
    texts = {name: number_text(value, digits[name]) for name, value in parameters.items()}
    texts["x"] = f"(x{_signed('+', number_text(-origin, _MOST_DIGITS))})" if origin else "x"
    text = "".join(slot.text + _filled(slot, texts[slot.name]) for slot in slots) + end
    text = _LONE_X.sub("x", text)
    return ", ".join([text, *(f"{name} = {texts[name]}" for name in missing)])


class Printed(NamedTuple):
    """What is printed of parameters, each array of shape (batch, parameters)."""

    values: FloatArray
    digits: IntArray


def printed(values: FloatArray, weights: FloatArray, span: FloatArray) -> Printed:
    """Parameters as they are printed, so that the curve can be drawn from what is printed.

    Args:
        values: shape (batch, parameters).
        weights: how far, at most, setting each to zero would move the curve, to first order: (batch, parameters).
        span: the range of the curve's heights, shape (batch,).

    Returns:
        The values, 0 in place of what is nothing but rounding, and how many significant digits to print of each.
    """
    share = weights / np.where(span > 0, span, np.inf)[:, None]
    digits = 1 + np.ceil(np.log10(np.maximum(0.5 * values.shape[1] * share / _ACCURACY, 1e-99)))
    digits = np.nan_to_num(np.clip(digits, _DIGITS, _MOST_DIGITS), nan=_DIGITS).astype(np.int64)
    return Printed(np.where((share < _NOTHING) & (span > 0)[:, None], 0.0, values), digits)


def equation_texts(formula: str, names: tuple[str, ...], as_printed: Printed) -> list[str | None]:
    """`equation_text` of many: None where k is NaN."""
    return [
        equation_text(formula, dict(zip(names, row, strict=True)), dict(zip(names, places, strict=True)))
        if row[0] == row[0]
        else None
        for row, places in zip(*(array.tolist() for array in as_printed), strict=True)
    ]


def number_text(value: float, digits: int) -> str:
    """A number rounded to so many significant digits, without zeros at its end.

    Example:
        >>> [number_text(value, 4) for value in (0.5, -12345.678, 3.0001e-9)]
        ['0.5', '−12346', '3e-9']
    """
    mantissa, power = f"{abs(value):.{digits - 1}e}".split("e")
    exponent = int(power)
    if exponent in _PLAIN or 0 <= exponent < digits:
        decimals = max(0, digits - 1 - exponent)
        mantissa, tail = f"{abs(value):.{decimals}f}", ""
    else:
        tail = f"e{exponent}"
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return ("−" if value < 0 and mantissa != "0" else "") + mantissa + tail


class _Slot(NamedTuple):
    """A name in a formula."""

    text: str  # what stands between the slot before and this one
    sign: str  # with the blanks behind it; none where something else precedes the name
    name: str
    first: bool  # nothing in front that its number could be taken from or added to
    alone: bool  # a summand by itself
    powered: bool


@lru_cache(maxsize=64)
def _slots_of(formula: str, parameters: tuple[str, ...]) -> tuple[tuple[_Slot, ...], str, tuple[str, ...]]:
    """The formula's slots, what follows the last of them, and the parameters that have none."""
    names = "|".join(map(re.escape, sorted((*parameters, "x"), key=len, reverse=True)))
    # Letters are told by their alphabets: \w would take the 2 of x² for one.
    letter = r"[A-Za-z_\u00c0-\u024f\u0370-\u03ff]"
    slots, end = [], 0
    for match in re.finditer(rf"(?P<sign>[+−-]\s*)?(?<!{letter})(?P<name>{names})(?!{letter}|[0-9])", formula):
        before, after = formula[: match.start()].rstrip(), formula[match.end() :].lstrip()
        sign = match["sign"] or ""
        first = not before or before[-1] in ("(=,·*/^" if sign else "(=,")
        alone = bool(sign) and not first and (not after or after[0] in "),+−-")
        powered = after.startswith(("^", "²", "³", "**"))
        text = formula[end : match.start()]
        slots.append(_Slot(text.rstrip() if sign and not first else text, sign, match["name"], first, alone, powered))
        end = match.end()
    found = {slot.name for slot in slots}
    return tuple(slots), formula[end:], tuple(name for name in parameters if name not in found)


def _filled(slot: _Slot, text: str) -> str:
    """What stands in a slot, its sign included."""
    negative = text.startswith("−")
    if slot.name == "x" or (slot.sign and slot.powered and negative):
        sign = slot.sign if slot.first or not slot.sign else f" {slot.sign}"
        return sign + (f"({text})" if negative else text)
    if not slot.sign:  # in brackets where the number's own sign would be misread
        return f"({text})" if negative and (slot.powered or not slot.first) else text
    if slot.first:
        return text.removeprefix("−") if negative else slot.sign.strip() + text
    return "" if slot.alone and text == "0" else _signed(slot.sign.strip(), text)


def _signed(sign: str, text: str) -> str:
    """A number that is added or taken away, the two signs made one."""
    minus = (sign != "+") != text.startswith("−")
    return f" {'−' if minus else '+'} {text.removeprefix('−')}"
