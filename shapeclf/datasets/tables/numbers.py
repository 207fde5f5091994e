"""Parse numbers with decimal marks, thousands separators, exponents, units and standard deviations in the cell."""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from shapeclf.datasets.tables.units import KNOWN_UNITS
from shapeclf.errors import InputError

__all__ = ["ParsedNumber", "clean", "decimal_mark", "is_missing", "parse_number", "to_float", "value_and_error"]

T = TypeVar("T")

_BLANKS = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f"), " ")
_MARKS = {ord("\u2212"): "-", ord("\u2013"): "-", ord("\u2019"): "'", ord("\u02d9"): "'"}
_CLEAN = str.maketrans({chr(k): v for k, v in (_BLANKS | _MARKS).items()})
_MISSING = frozenset(
    (
        *("", "nan", "+nan", "-nan", "nan(ind)", "-nan(ind)"),
        *("n/a", "#n/a", "#nv", "null", "none", ".", "-", "--", "---", "\u2014"),
    )
)
_UNDEFINED = re.compile(r"[+-]?1\.#(?i:[QS]?NAN|IND)0*")  # NaN, as programs for Windows write it
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DIGITS = r"(?:[0-9]{1,3}(?:[ '][0-9]{3})+(?:[.,][0-9]*)?|[0-9]+(?:[.,][0-9]+)*[.,]?|[.,][0-9]+)"
_EXPONENT = r"(?:[eEdD][+-]?[0-9]+)?"
_NUMBER = rf"[+-]?{_DIGITS}{_EXPONENT}"
_NUMBER_CELL = re.compile(
    rf"(?P<open>\(\s*)?(?P<value>[+-]?{_DIGITS})(?:\((?P<digits>[0-9]+(?:[.,][0-9]+)?)\))?(?P<exponent>{_EXPONENT})"
    rf"(?:\s*(?:\u00b1|\+/-|\+-)\s*(?P<error>{_DIGITS}{_EXPONENT}))?(?(open)\s*\)(?P<power>{_EXPONENT}))"
    r"(?P<gap>\s*)(?P<unit>(?:[^\W\d_]|[%\u2030\u00b0\u20ac$])[\w%\u00b0/*^.\u00b7\u207b\u00b9\u00b2\u00b3-]{0,11})?"
)
_POWER_OF_TEN = re.compile(
    r"(?<=[0-9.,)])\s*(?:[x\u00d7*\u00b7\u22c5]\s*10\^|\*\^)\{?(\()?([+-]?[0-9]{1,3})(?(1)\))\}?"
)
_BARE_POWER_OF_TEN = re.compile(r"([+-]?1)0\^\{?(\()?([+-]?[0-9]{1,3})(?(2)\))\}?")
_BLANK_BEFORE_EXPONENT = re.compile(r"(?<=[0-9.,])\s+(?=[eE][+-]?[0-9]+\b)")
_SUPERSCRIPTS = re.compile("(?<=10)[\u207a\u207b]?[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+")
_ASCII_DIGITS = str.maketrans(
    "\u207a\u207b\u2070\u00b9\u00b2\u00b3" + "".join(map(chr, range(0x2074, 0x207A))), "+-0123456789"
)
_BEGINNINGS = frozenset("+-.,(0123456789")
_CURRENCY = re.compile(r"([+-]?)([$\u20ac\u00a3\u00a5]|(?:CHF|EUR|USD|GBP)(?=\s))\s?(?=[0-9])")
_INFINITE = re.compile(r"[+-]?(?:inf|infinity|\u221e|1\.#inf0*)", re.IGNORECASE)
_GROUPED = {mark: re.compile(rf"[+-]?[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{3}})+(?![0-9])") for mark in ".,"}


class ParsedNumber(NamedTuple):
    """The parts of a cell that holds a number, as text, before its decimal mark is known.

    Attributes:
        value: The number.
        error: Its standard deviation; None where the cell gives none.
        digits: A standard deviation in the last digits of the number, as the 5 of ``1.234(5)``.
        unit: Unit after the number; None if there is none.
    """

    value: str
    error: str | None = None
    digits: str | None = None
    unit: str | None = None


def clean(cell: str) -> str:
    r"""Return the cell without blanks around it, with minus signs, blanks, apostrophes and powers of ten in ASCII.

    Example:
        >>> clean(" \u22122,5"), clean("2.0\u00d710\u00b3"), clean("3*10^-2"), clean("10^-6"), clean(r"1.0 \pm 0.1")
        ('-2,5', '2.0e3', '3e-2', '1e-6', '1.0 +- 0.1')
    """
    if not cell.isascii():
        cell = _SUPERSCRIPTS.sub(lambda match: "^" + match[0].translate(_ASCII_DIGITS), cell.translate(_CLEAN))
    if "^" in cell:
        bare = _BARE_POWER_OF_TEN.fullmatch(cell.strip())
        cell = _POWER_OF_TEN.sub(r"e\2", cell) if bare is None else f"{bare[1]}e{bare[3]}"
    if " E" in cell or " e" in cell:
        cell = _BLANK_BEFORE_EXPONENT.sub("", cell)
    return (cell.replace("\\pm", "+-") if "\\" in cell else cell).strip()


def is_missing(cell: str) -> bool:
    """Return whether a cleaned cell stands for a missing value.

    Example:
        >>> [is_missing(cell) for cell in ("", "NaN", "-1.#IND", "--", "NA", "Na", "0")]
        [True, True, True, True, True, False, False]
    """
    if "#" in cell and _UNDEFINED.fullmatch(cell):
        return True
    return not cell or cell in ("NA", "na") or (len(cell) < 10 and cell.lower() in _MISSING)


def parse_number(cell: str) -> ParsedNumber | None:
    """Return the parts of a cleaned cell; None if it holds no number with either decimal mark.

    Example:
        >>> parse_number("1.0 \u00b1 0.1"), parse_number("0,05 s").unit, parse_number("1.2.3")
        (ParsedNumber(value='1.0', error='0.1', digits=None, unit=None), 's', None)
    """
    if _PLAIN.fullmatch(cell):
        return ParsedNumber(cell)
    currency = _CURRENCY.match(cell)
    if currency is not None:
        cell = currency[1] + cell[currency.end() :]
    match = _NUMBER_CELL.fullmatch(cell) if cell[:1] in _BEGINNINGS else None
    if match is None:
        return ParsedNumber(cell) if _INFINITE.fullmatch(cell) else None
    unit = match["unit"] if currency is None else currency[2]
    if unit is not None and not match["gap"] and unit not in KNOWN_UNITS and currency is None:
        return None  # "4a" is a label, "4s" a time
    if match["open"] and match["error"] is None:
        return None  # (200) is -200 in accounts, and 200 elsewhere
    value, error = match["value"] + match["exponent"], match["error"]
    if match["power"]:
        value, error = value + match["power"], None if error is None else error + match["power"]
    if _marks(value) is None or (error is not None and _marks(error) is None):
        return None
    return ParsedNumber(value, error, match["digits"], unit)


def _marks(text: str) -> str | None:
    """Return the decimal mark that follows from how a number is written, ``"."`` or ``","``; ``""`` without any mark.

    ``"?."`` and ``"?,"`` mean that its point or comma is either the decimal mark or a thousands separator. None if the
    text is not a number.
    """
    points, commas = text.count("."), text.count(",")
    if not points and not commas:
        return ""
    if points and commas:
        last = "." if text.rfind(".") > text.rfind(",") else ","
        other = "," if last == "." else "."
        whole = text[: text.rfind(last)]
        return last if text.count(last) == 1 and _GROUPED[other].fullmatch(whole) else None
    mark = "." if points else ","
    grouped = _GROUPED[mark].match(text)
    if points + commas > 1:
        return ("," if points else ".") if grouped and mark not in text[grouped.end() :] else None
    unsure = grouped and grouped.end() == len(text) and not text.lstrip("+-").startswith("0") and " " not in text
    return f"?{mark}" if unsure else mark


def decimal_mark(
    numbers: Iterable[tuple[tuple[int, T], ParsedNumber]],
    location: Callable[[tuple[int, T]], str],
    requested: str | None = None,
) -> str:
    """Infer the decimal mark of a table; it is a point unless the numbers prove otherwise.

    Args:
        numbers: The numbers, each with its row and its column.
        location: Function that returns the text of a location, for messages.
        requested: Decimal mark that the user gives; None to infer it.

    Raises:
        InputError: The numbers contradict each other, or are ambiguous.

    Example:
        >>> decimal_mark([((1, "t"), ParsedNumber("1,5")), ((2, "t"), ParsedNumber("1.234"))], str)
        ','
        >>> decimal_mark([((1, "t"), ParsedNumber("60,000")), ((2, "t"), ParsedNumber("1,500,000"))], str)
        '.'
    """
    if requested is not None:
        return requested
    seen: dict[str, tuple[tuple[int, T], str]] = {}
    grouped: dict[T, tuple[tuple[int, T], str]] = {}  # 1.000 by its column
    whole = set[T]()  # columns with a number such as 500
    texts = defaultdict[T, list[str]](list)  # numbers by column
    for where, number in numbers:
        for text in (number.value, number.error):
            if text is None or ("," not in text and "." in seen):
                continue
            mark = _marks(text) or ""
            seen.setdefault(mark, (where, text))
            texts[where[1]].append(text)
            if mark == "?.":
                grouped.setdefault(where[1], (where, text))
            elif not mark and len(text) > 2 and text.lstrip("+-").isdecimal():
                whole.add(where[1])
    if "." in seen and "," in seen:
        raise InputError(
            f"{location(seen[','][0])}: {seen[','][1]!r} has a decimal comma, but {seen['.'][1]!r} elsewhere a "
            "decimal point; give --decimal , or --decimal ."
        )
    if "," in seen:
        return ","
    unsure = seen.get("?,") or next(
        (grouped[column] for column in grouped if column in whole and _may_be_thousands(texts[column])), None
    )
    if unsure is not None and "." not in seen:
        where, text = unsure
        mark, name, other = (",", "comma", ".") if "," in text else (".", "point", ",")
        raise InputError(
            f"{location(where)}: {text!r} may be {text.replace(mark, '.')} or {text.replace(mark, '')}; "
            f"give --decimal {mark} if the {name} is a decimal mark, or --decimal {other} if it separates thousands"
        )
    return "."


def _may_be_thousands(texts: Sequence[str]) -> bool:
    """Return whether the points in a column of 1.234 and 500 may separate thousands.

    Thousands have no points if 1500 has none. Otherwise the column must span fewer orders of magnitude with thousands,
    or only then ascend or descend.

    Example:
        >>> _may_be_thousands(["500", "1.000"]), _may_be_thousands(["10", "100", "1.000", "10.000"])
        (True, True)
        >>> _may_be_thousands(["1.125", "1500"]), _may_be_thousands(["999.703", "1000"])
        (False, False)
    """
    unsigned = [text.lstrip("+-") for text in texts]
    longest = max(len(text) for text in unsigned if text.isdecimal())
    if longest >= min(len(text) - text.count(".") for text in unsigned if "." in text):
        return False
    points, thousands = ([value for text in unsigned if (value := to_float(text, mark))] for mark in ".,")
    is_sorted, is_sorted_with_points = (
        values == sorted(values) or values == sorted(values, reverse=True) for values in (thousands, points)
    )
    return max(thousands) / min(thousands) < max(points) / min(points) or (is_sorted and not is_sorted_with_points)


def to_float(text: str, decimal: str) -> float | None:
    """Return the number in a text with this decimal mark, which may be infinite; None if there is no number.

    Example:
        >>> to_float("1.234,5", ","), to_float("1,5D3", ","), to_float("1 234.5", "."), to_float("1,5", ".")
        (1234.5, 1500.0, 1234.5, None)
    """
    if decimal == "." and _PLAIN.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    text = text.replace(" ", "").replace("'", "")
    other = "," if decimal == "." else "."
    if other in text:
        whole = text[: text.find(decimal)] if decimal in text else re.split("[eEdD]", text)[0]
        if _GROUPED[other].fullmatch(whole) is None or other in text[len(whole) :]:
            return None
        text = text.replace(other, "")
    try:
        return float(text.replace(decimal, ".").replace("D", "e").replace("d", "e"))
    except ValueError:
        return None


def value_and_error(number: ParsedNumber, decimal: str) -> tuple[float, float] | None:
    """Return the number of a cell and its standard deviation, NaN if it gives none; None if it is not a number.

    Example:
        >>> value_and_error(ParsedNumber("1.234", digits="5"), ".")
        (1.234, 0.005)
    """
    value = to_float(number.value, decimal)
    if value is None:
        return None
    if number.error is not None:
        error = to_float(number.error, decimal)
        return None if error is None else (value, error)
    if number.digits is None:
        return value, math.nan
    error = to_float(number.digits, decimal)
    if error is None:
        return None
    mantissa, _, exponent = number.value.lower().replace("d", "e").partition("e")
    decimals = 0 if decimal in number.digits else len(mantissa.partition(decimal)[2])
    return value, float(f"{error:g}e{int(exponent or 0) - decimals}")
