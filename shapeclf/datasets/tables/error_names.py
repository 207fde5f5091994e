"""Names of columns that hold the errors of another column, such as ``y_err`` or ``σ``."""

import re
from collections import Counter

from shapeclf.datasets.tables.units import name_and_unit

__all__ = ["owner_of_errors"]

_ERROR = r"(?:err(?:or)?s?|std(?:\.? ?dev|dev|ev|\.? ?error)?|stddev|stdev|sd|sem|se|sigma|\u03c3|unc(?:ert(?:ainty)?)?"
_ERROR += r"|uncertainty|delta|\u03b4|\u0394|\u00b1|fehler|unsicherheit|erreur|incertitude)"
_SUFFIXED = re.compile(rf"(?P<base>.*?\S)[ _.\-]*(?P<kind>{_ERROR})", re.IGNORECASE)
_PREFIXED = re.compile(
    rf"(?P<kind>{_ERROR})(?:[ _.\-]+|(?=\())(?:of |in |on )?\(?(?P<base>[^()]*\S)\)?|(?P<short>[dsu\u03c3\u0394\u03b4])"
    r"(?:_|(?=\())?\(?(?P<of>[^()]+)\)?",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"[+]?/?{_ERROR}|\+/?-", re.IGNORECASE)
_UNMATCHED = re.compile(rf".+[_.]{_ERROR}", re.IGNORECASE)  # named like y_err, but no column is named y


def owner_of_errors(name: str, names: Counter[str], before: str | None) -> tuple[str, bool] | None:
    """Return the name of the column to which errors belong, and whether the column of errors is named after it.

    ``y_err`` is named after ``y``. A column that is only named ``error`` belongs to the column before it. The result is
    None if a column of this name holds no errors.

    Args:
        name: Name of the column that may hold errors.
        names: Names of all columns, in lower case, and how often each occurs.
        before: Name of the last column before it that holds no error.
    """
    own, name = name.casefold(), name.strip()
    match = _SUFFIXED.fullmatch(name) or _PREFIXED.fullmatch(name)
    if match is not None:
        base = (match.groupdict().get("base") or match.groupdict().get("of") or "").casefold()
        for each in (base, name_and_unit(base)[0]):
            if each in ("x", "y") or names[each] > (each == own):
                return each, True
        if "\u00b1" in name:
            return base, True
    if _ALONE.fullmatch(name) or _UNMATCHED.fullmatch(name):
        return None if before is None else (before, False)
    return None
