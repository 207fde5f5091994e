"""Compare units of differences that may be spelled differently."""

import math
import re
from collections import Counter

from shapeclf.datasets.tables.units import PREFIXED_UNITS

__all__ = ["factor_between", "is_same_quantity"]

_SPELLINGS = """
    ° deg degree degrees grad, K kelvin celsius °c ℃ degc, °F degf fahrenheit, dB dbm dbv, ms msec, us usec,
    s sec secs second seconds sekunde sekunden, min minute minutes minuten, h hr hrs hour hours stunden,
    d day days tage, week weeks, month months, a yr year years, V volt volts, A amp amps ampere amperes,
    W watt watts, m meter meters metre metres, N newton, J joule, Pa pascal, Hz hertz, Ω ohm ohms,
    in inch, ft feet, lb lbs, Torr torr, G gauss, counts count, px pixel pixels, lx lux
"""
_SPELLED = {other: first for first, *others in map(str.split, _SPELLINGS.split(",")) for other in others}
_DEFINED: dict[str, tuple[float, dict[str, int]]] = {
    "min": (60, {"s": 1}),
    "h": (3600, {"s": 1}),
    "d": (86400, {"s": 1}),
    "Hz": (1, {"s": -1}),
    "L": (1e-3, {"m": 3}),
    "l": (1e-3, {"m": 3}),
    "M": (1e3, {"mol": 1, "m": -3}),
    "Pa": (1, {"N": 1, "m": -2}),
    "bar": (1e5, {"N": 1, "m": -2}),
    "kph": (1 / 3.6, {"m": 1, "s": -1}),
}
_NOT_CONVERTED = {
    "m": "in ft Å AU pc ly",
    "g": "lb oz u",
    "s": "min h d week month a",
    "K": "°F",
    "°": "rad",
    "Pa": "bar mmHg psi atm Torr",
    "J": "eV cal Wh",
    "Hz": "rpm",
    "T": "G",
    "L": "l gal",
    "kph": "mph",
    "%": "‰ ppm ppb",
}
_QUANTITIES = {unit: base for base, units in _NOT_CONVERTED.items() for unit in units.split()}
_TEMPERATURES = {"C": "°C", "F": "°F"}  # beside another temperature; else coulomb and farad
_SIGNS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻\u2212\u03bc", "0123456789--\u00b5")
_DEGREES = re.compile(r"(?:°|deg)\s*(?=[CF]\b)", re.IGNORECASE)
_FACTOR = re.compile(r"(/?)\s*([^\s/*\u00b7.()^0-9+-]+)(?:\^|\*\*)?\(?([+-]?[0-9]+)?")


def _without_prefix(unit: str) -> tuple[str, float]:
    spelled = _SPELLED.get(unit.casefold(), unit)
    name, size = PREFIXED_UNITS.get(spelled, (spelled, 1.0))
    return _SPELLED.get(name.casefold(), name), size


def _factors(unit: str) -> list[tuple[str, str, str]]:
    """Return a slash or nothing, the name and the power of each factor of a unit."""
    factors = _FACTOR.findall(_DEGREES.sub("°", unit).translate(_SIGNS))
    is_odd = any(len(power) > len("-9") for _, _, power in factors)  # its size may overflow
    return [("", unit, "")] if is_odd else factors


def _size_and_powers(unit: str) -> tuple[float, Counter[str]]:
    """Return the size of a unit in the units that it is made of, and their powers."""
    size, powers = 1.0, Counter[str]()
    for slash, factor, power in _factors(unit):
        exponent = int(power or 1) * (-1 if slash else 1)
        name, prefix = _without_prefix(factor)
        defined, bases = _DEFINED.get(name, (1.0, {name: 1}))
        size *= (prefix * defined) ** exponent
        for base, times in bases.items():
            powers[base] += times * exponent
    return size, powers


def factor_between(unit: str, other: str) -> float | None:
    """Return the factor that converts differences from a unit to another unit.

    It is 1 if both are spellings of one unit. It is None if it is not known.

    Example:
        >>> [factor_between(*pair) for pair in (("mm", "m"), ("m s^-1", "m/s"), ("cm/s", "m/s"), ("V", "m"))]
        [0.001, 1.0, 0.01, None]
    """
    for first, second in ((unit, other), (_TEMPERATURES.get(unit, unit), _TEMPERATURES.get(other, other))):
        (size, powers), (other_size, other_powers) = _size_and_powers(first), _size_and_powers(second)
        if powers == other_powers and other_size > 0:
            factor = size / other_size
            return 1.0 if math.isclose(factor, 1) else factor
    return None


def is_same_quantity(unit: str, other: str) -> bool:
    """Return whether two units without powers measure one quantity, such as a length.

    Example:
        >>> is_same_quantity("ft", "m"), is_same_quantity("V", "m"), is_same_quantity("ft/s", "m/s")
        (True, False, False)
    """
    quantities = []
    for factors in (_factors(_TEMPERATURES.get(each, each)) for each in (unit, other)):
        if len(factors) != 1 or factors[0][2]:
            return False
        name, _ = _without_prefix(factors[0][1])
        quantities.append(_QUANTITIES.get(name, name))
    return quantities[0] == quantities[1]
