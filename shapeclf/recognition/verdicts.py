"""The answer in words."""

from collections.abc import Mapping
from types import MappingProxyType

from shapeclf.datasets._arguments import number, shown
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.families import NONE, Family
from shapeclf.errors import InputError

__all__ = ["TOO_FEW", "percent_text", "verdict"]

_CERTAIN = 0.99
_SURE = 0.9
_LIKELY = 0.5
_FEW = 5  # points
_TIE = 0.05  # largest difference of the two highest probabilities
TOO_FEW = "too few points to tell"
"""The verdict where no family stands out, and there are fewer than 5 points."""
_KNOWN = MappingProxyType({family.name: family for family in BUILT_IN})


def verdict(probabilities: Mapping[str, float], points: int | None = None, known: Mapping[str, Family] = _KNOWN) -> str:
    """Return the answer as text: the most probable family and, if its probability is below 0.9, the next one.

    Args:
        probabilities: Probability of each family by name.
        points: Number of points of a finished set. Fewer than 5 points are too few if no probability is above 0.5.
        known: Families by name; their ``in_words``, such as "a parabola", is used. By default the built-in ones.

    Raises:
        InputError: ``probabilities`` is not a mapping of at least one name to numbers.

    Example:
        >>> verdict({"line": 0.998, "sqrt": 0.002})
        'almost certainly a line (99.8 %)'
        >>> verdict({"parabola": 0.72, "power": 0.21, "none": 0.07})
        'probably a parabola (72 %); otherwise a power law (21 %)'
        >>> verdict({"line": 0.41, "sqrt": 0.39, "none": 0.2})
        'unsure: a line (41 %) or a square root (39 %)'
        >>> verdict({"line": 0.41, "sqrt": 0.39, "none": 0.2}, points=3)
        'too few points to tell'
    """
    if not isinstance(probabilities, Mapping) or not probabilities:
        raise InputError(f"probabilities must be a mapping of at least one family, got {shown(probabilities)}")
    for name, probability in probabilities.items():
        number(f"probability of {name}", probability)
    (name, top), *others = sorted(probabilities.items(), key=lambda item: -item[1])
    if points is not None and points < _FEW and top <= _LIKELY:
        return TOO_FEW
    first, *rest = (
        f"{_noun(name, known)} ({percent_text(probability)})" for name, probability in [(name, top), *others[:1]]
    )
    if top >= _SURE or not others:
        return f"{'almost certainly' if top >= _CERTAIN else 'very probably'} {first}"
    (second,) = rest
    if top < _LIKELY or top - others[0][1] <= _TIE:
        return f"unsure: {first} or {second}"
    return f"probably {first}; otherwise {second}"


def _noun(name: str, known: Mapping[str, Family]) -> str:
    if name == NONE:
        return "none of the known laws"
    return known[name].in_words if name in known else f"the family {name}"


def percent_text(probability: float) -> str:
    """Return a probability in percent, with a decimal from 99 % up, but neither 0 nor 100 %.

    Example:
        >>> [percent_text(probability) for probability in (0.001, 0.126, 0.9906, 0.9998)]
        ['under 1 %', '13 %', '99.1 %', 'over 99.9 %']
    """
    if probability >= _CERTAIN:
        return "over 99.9 %" if probability >= 0.9995 else f"{100 * probability:.1f} %"
    return f"{100 * probability:.0f} %" if probability >= 0.005 else "under 1 %"
