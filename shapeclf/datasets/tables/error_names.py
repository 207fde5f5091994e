"""Names of columns that hold the errors of another column, such as ``y_err`` or ``σ``."""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from shapeclf.datasets.tables.units import name_and_unit

__all__ = ["ErrorOwner", "NameIndex", "index_of_names", "owner_of_errors"]

NameIndex = dict[str, dict[str, dict[str, None]]]

_ERROR = r"(?:fehler|unsicherheit|standardabweichung|erreur|incertitude|err(?:or)?s?"
_ERROR += (
    r"|(?:std|standard)[. _\-]*(?:dev(?:iation)?|err(?:or)?|unc(?:ertainty)?)\.?|stdev|std|s\.?d\.?|s\.?e\.?(?:m\.?)?"
)
_ERROR += r"|sigma|\u03c3|unc(?:ert(?:ainty)?)?|delta|\u03b4|\u0394|\u00b1|\+/?-)"
_SUFFIXED = re.compile(rf"(?P<base>.*?\S)[ _.\-]*(?P<kind>{_ERROR})", re.IGNORECASE)
_PREFIXED = re.compile(
    rf"(?P<kind>{_ERROR})(?:[ _.\-]+|(?=\()|(?<=err))(?:of |in |on )?\(?(?P<base>[^()]*[^() ])\)?", re.IGNORECASE
)
_LETTER = re.compile(r"(?P<letter>[dsu\u03c3\u0394\u03b4])(?P<mark>_|(?=\())?\(?(?P<base>[^()]+)\)?")
_DIFFERENCE = re.compile(r"delta|\u03b4|\u0394", re.IGNORECASE)
_QUANTITY = re.compile(r"sigma|\u03c3|delta|\u03b4|\u0394|s\.?[de]\.?", re.IGNORECASE)  # a stress, an angle, ...
_SELENIUM = "Se"
_LONG_SYMBOL = 4  # a word of so many letters is no symbol, as in "std conc" beside "Fe conc"
_ALONE = re.compile(rf"[+]?/?{_ERROR}|.+[_.]{_ERROR}", re.IGNORECASE)  # also y_err, if no column is named y


class ErrorOwner(NamedTuple):
    """The column to which errors belong.

    Attributes:
        name: Name of that column, or ``"x"`` or ``"y"`` of the axis; empty if there is none.
        by: ``"word"`` if the errors are named after the column, as in ``y_err``; ``"letter"`` if this is by one letter,
            as in ``dT``, which may also be a difference; ``"position"`` if the column is the one before the errors.
    """

    name: str
    by: Literal["word", "letter", "position"]


def index_of_names(names: Iterable[str]) -> NameIndex:
    """Return the names of columns by themselves, in lower case, and by their last words."""
    index: NameIndex = {"same": {}, "lower": {}, "end": {}}
    for name in names:
        for key, text in (("same", name), ("lower", name.casefold()), ("end", name.rpartition(" ")[2])):
            index[key].setdefault(text, {})[name] = None
    return index


def _named(base: str, own: str, index: NameIndex, is_letter: bool) -> str | None:
    """Return the name of a column, its name in another case, or the one that ends in it, as in ``Voltage U``."""
    may_differ = not is_letter or len(base) > 1 or base in "xyXY"  # t and T are two quantities
    found = [*index["same"].get(base, ()), *(index["lower"].get(base.casefold(), ()) if may_differ else ())]
    found += [name for name in index["end"].get(base, ()) if name != own and len(base) < _LONG_SYMBOL]
    return next(iter(found), base.casefold() if base in ("x", "y", "X", "Y") else None)


def owner_of_errors(name: str, index: NameIndex, before: str | None) -> ErrorOwner | None:
    """Return the column to which errors belong; None if a column of this name holds no errors.

    ``y_err`` is named after ``y``. A column that is only named ``error`` belongs to the column before it.

    Args:
        name: Name of the column that may hold errors.
        index: Names of all columns.
        before: Name of the last column before it that holds no error.

    Example:
        >>> index = index_of_names(["t", "T", "dT", "dU"])
        >>> owner_of_errors("dT", index, "T"), owner_of_errors("dU", index, "T")
        (ErrorOwner(name='T', by='letter'), None)
    """
    name = name.strip()
    for pattern in (_SUFFIXED, _PREFIXED, _LETTER):
        match = pattern.fullmatch(name)
        parts = {} if match is None else match.groupdict()
        for base in dict.fromkeys((parts.get("base", ""), name_and_unit(parts.get("base", ""))[0])):
            owner = _named(base, name, index, "letter" in parts) if base else None
            if owner is not None:
                is_difference = _DIFFERENCE.fullmatch(parts.get("letter", parts.get("kind", ""))) is not None
                is_word = parts.get("letter", "\u03c3") == "\u03c3" or parts.get("mark") is not None
                return ErrorOwner(owner, "word" if is_word and not is_difference else "letter")
    if _ALONE.fullmatch(name) is None or name == _SELENIUM or (before is None and _QUANTITY.fullmatch(name)):
        return None
    return ErrorOwner(before or "", "position")
