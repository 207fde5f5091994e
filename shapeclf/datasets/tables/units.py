"""Find units after the names of columns, or in a row of units."""

import re
from collections.abc import Sequence

__all__ = ["KNOWN_UNITS", "PREFIXED_UNITS", "is_unit", "is_unit_row", "name_and_unit", "unit_in"]

_PREFIXED = """
    s m g A V W Hz N J Pa F C H T S L l mol eV bar Ω Ohm ohm M Wb rad cal Gy Bq Sv Wh B
"""
_PREFIXES = {"": 1.0, "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "\u00b5": 1e-6, "\u03bc": 1e-6, "m": 1e-3}
_PREFIXES |= {"c": 1e-2, "d": 0.1, "h": 100.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
PREFIXED_UNITS = {prefix + unit: (unit, size) for unit in _PREFIXED.split() for prefix, size in _PREFIXES.items()}
"""The unit without its prefix, and the factor of the prefix, by the unit with its prefix."""

_OTHERS = """
    % ‰ K d h min a yr year years month months week weeks day days hour hours hr hrs minute minutes sec secs second
    seconds msec usec ms ° °C °F degC degF deg C F ℃ Celsius Kelvin Volt Volts volt volts Ampere Amperes Amp Amps
    amp amps Watt Watts meter meters metre metres Meter Newton Joule Pascal Hertz ppm ppb psu TS RN Deg DegC dB dBm
    dBV pH mmHg psi atm Torr torr rpm in ft lb mph kph inch feet lbs oz gal AU pc ly a.u. arb. counts count cps Vpp
    Vrms u px pixel pixels Grad Sekunde Sekunden Minuten Stunden Tage ml Å cd lm lx lux Gauss G Oe mAh Ah
"""
KNOWN_UNITS = frozenset([*PREFIXED_UNITS, *_OTHERS.split()])
"""Units that are recognised without brackets."""

_BRACKETED = re.compile(r"\(\s*([^()]*)\s*\)|\[\s*([^\[\]]*)\s*\]|\{\s*([^{}]*)\s*\}|<\s*([^<>]*)\s*>")
_NAMED = re.compile(
    r"(?P<name>.*?\S)\s*(?:\(\s*(?P<round>[^()]*(?:\([^()]*\)[^()]*)?)\s*\)|\[\s*(?P<square>[^\[\]]*)\s*\])"
)
_SLASHED = re.compile(r"(?P<name>.*?\S)(?:\s+/\s+(?P<spaced>.+)|/(?P<unit>\S+))")
_IN = re.compile(r"(?P<name>.*?\S)\s+in\s+(?P<unit>\S+)")
_WHOLE_UNITS = frozenset(("m/s", "km/h", "rad/s", "mol/L", "mol/l", "kg/m", "V/m", "N/m", "W/m"))
_LONG_UNIT = 16  # a longer text in brackets is a remark
_REMARK = re.compile(r":|\s#?[0-9]")  # so is "Run 1"
_NO_UNIT = frozenset(("-", "--", "1", "dimensionless", "none"))
_POWER = re.compile(r"(?:\^|\*\*)?\(?[-\u2212\u207b]?[0-9\u00b2\u00b3\u00b9]+\)?$")


def is_unit(text: str) -> bool:
    """Return whether a text is a known unit, or a product, quotient or power of known units.

    Example:
        >>> [is_unit(text) for text in ("s", "m/s^2", "kV", "volt", "x")]
        [True, True, True, True, False]
    """
    if text in KNOWN_UNITS:
        return True
    parts = [part for part in re.split(r"[/*\u00b7 .]", text) if part]
    return bool(parts) and all(part in KNOWN_UNITS or _POWER.sub("", part) in KNOWN_UNITS for part in parts)


def _bare(cell: str) -> str:
    match = _BRACKETED.fullmatch(cell)
    return cell if match is None else next(group for group in match.groups() if group is not None).strip()


def unit_in(cell: str) -> str | None:
    """Return the unit in a cell of a row of units; None if there is none.

    Example:
        >>> unit_in("[m]"), unit_in("-")
        ('m', None)
    """
    bare = _bare(cell)
    return None if not bare or bare.lower() in _NO_UNIT else bare


def is_unit_row(cells: Sequence[str]) -> bool:
    """Return whether every cell is bracketed, empty or a known unit, and there is a unit.

    Example:
        >>> is_unit_row(["s", "[foo]", ""]), is_unit_row(["time", "V"]), is_unit_row(["", ""])
        (True, False, False)
    """
    return any(map(unit_in, cells)) and all(
        not cell or _BRACKETED.fullmatch(cell) or cell in _NO_UNIT or is_unit(cell) for cell in cells
    )


def name_and_unit(text: str) -> tuple[str, str | None]:
    """Split the header of a column into its name and unit; the unit is None if there is none.

    Example:
        >>> name_and_unit("t (s)"), name_and_unit("F / N"), name_and_unit("u(y)"), name_and_unit("a/b")
        (('t', 's'), ('F', 'N'), ('u(y)', None), ('a/b', None))
    """
    if _BRACKETED.fullmatch(text):
        return "", unit_in(text)
    match = _NAMED.fullmatch(text)
    if match is not None:
        unit = (match["round"] if match["round"] is not None else match["square"]).strip()
        spaced = text[match.end("name")].isspace() or match["square"] is not None
        if unit and (is_unit(unit) or (spaced and len(unit) < _LONG_UNIT and not _REMARK.search(unit))):
            return match["name"].removesuffix("/").rstrip(), None if unit.lower() in _NO_UNIT else unit
        if not unit:
            return match["name"], None
    match = _IN.fullmatch(text)
    if match is not None and is_unit(match["unit"]):
        return match["name"], match["unit"]
    match = None if text in _WHOLE_UNITS else _SLASHED.fullmatch(text)
    if match is not None:
        unit = _bare(match["spaced"] or match["unit"])
        if match["spaced"] or (is_unit(unit) and (len(match["name"]) == 1 or not is_unit(match["name"]))):
            return match["name"], unit
    return text, None
