"""Escaping of text for terminals, JSON and spreadsheets."""

import json
import math
import re
from typing import Any, TextIO, final

__all__ = ["CsvLines", "counted", "json_text", "one_line", "printable", "sentence", "spreadsheet_text"]

# The beginning of a formula (OWASP, "CSV Injection"), or the apostrophe itself; also after a semicolon or a tab, at
# which some spreadsheets end a cell.
_FORMULA = re.compile(r"""(^|[;\t])(?="*['=+\-@\t\r\uff1d\uff0b\uff0d\uff20])""")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def printable(text: str) -> str:
    r"""Return the text with every character escaped that controls a terminal, reorders text or breaks the line.

    Example:
        >>> printable("α\tβ")
        'α\\tβ'
    """
    if text.isprintable():
        return text
    # Surrogates represent bytes of a file name that are not UTF-8.
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def one_line(text: str) -> str:
    r"""Return the text as one printable line; line breaks become spaces.

    Example:
        >>> one_line("first\n  second\x1b[2J")
        'first second\\x1b[2J'
    """
    return printable(re.sub(r"[ \t]*[\r\n]+[ \t]*", " ", text.strip()))


def counted(number: int, noun: str = "point") -> str:
    """Return a number and a noun, in the plural unless the number is 1.

    Example:
        >>> counted(1), counted(4), counted(0, "row")
        ('1 point', '4 points', '0 rows')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def sentence(text: str) -> str:
    """Return a text as a sentence, with a capital and a full stop.

    Example:
        >>> sentence("probably a line (71 %)")
        'Probably a line (71 %).'
    """
    return f"{text[:1].upper()}{text[1:]}."


def json_text(value: Any, *, ascii_only: bool = False) -> str:
    r"""Return a value as one printable line of JSON; a number that is not finite becomes null.

    Args:
        value: A value that `json.dumps` accepts.
        ascii_only: Whether every character beyond ASCII is escaped.

    Example:
        >>> print(json_text({"name": "a\u202eb", "mse": float("inf")}))
        {"name": "a\u202eb", "mse": null}
    """
    try:
        text = json.dumps(value, ensure_ascii=ascii_only, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=ascii_only, allow_nan=False)
    return text if text.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@final
class CsvLines:
    """A file for `csv.writer` that ends lines with LF.

    The writer must keep its default line terminator, CR LF: it quotes a cell with a CR or LF only if that character
    is in the line terminator.

    Args:
        file: The text file.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, line: str) -> int:
        """Write one row."""
        return self._file.write(line.removesuffix("\r\n") + "\n")


def spreadsheet_text(text: str) -> str:
    """Return the text of a CSV cell with an apostrophe before each part that a spreadsheet would run as a formula.

    A new part begins after each semicolon and tab, since spreadsheets of some countries end a cell there. A number
    stays as it is. A part that begins with an apostrophe gets another one, so that different texts stay different.

    Example:
        >>> [spreadsheet_text(text) for text in ("=1+1", "'=1+1", "@SUM(A1)", "-3.5", "run;=1")]
        ["'=1+1", "''=1+1", "'@SUM(A1)", '-3.5', "run;'=1"]
    """
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub(r"\1'", text)
