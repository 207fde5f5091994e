"""Tables of the sums behind `WeightedCoordinates`: the terms of a point, and the pairs of terms that are summed.

Every fit of the coordinates is linear in a few functions of a point: 1, u, a power of x, v, ... They are called terms
here. A least-squares fit needs only the sums S(a, b) of w·a·b over the points, for pairs (a, b) of its terms. This file
lists the terms, the sums, and the sums that each fit needs. It computes nothing; `weighted_coordinates` does.

A name such as ``"log x"`` is a term, and a pair of names is a sum. ``"I|u"`` is the residual of the term I after its
regression on 1 and u, and ``"I|uu"`` is its residual after the regression on 1, u and u².
"""

import math
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final, NamedTuple, final

import numpy as np

from shapeclf.datasets._types import IntArray

__all__ = [
    "AFTER_U", "AFTER_UU", "ALL", "CENTRED", "CHANGES", "CURVES", "DAMPING", "DESIGN", "FACTORS", "FIXED",
    "FREQUENCIES", "LADDER", "LAGS", "LEFT", "OCTAVES", "ON_ONE_TERM", "ON_TWO_TERMS", "PHASES", "RATES",
    "RIGHT", "SCALE", "SHARE_OF_WEIGHT", "SIZES", "SQUARES", "START", "TERMS", "TOTAL", "UNCENTRED", "VARIANCES",
    "WINDOW", "WITHOUT_TERM", "WITH_TERM", "Elimination",
]  # fmt: skip

Pair = tuple[str, str]

LADDER: Final = (-3.0, -2.0, -1.4, -1.0, -0.7, -0.4, -0.2, 0.25, 0.4, 0.5, 0.7, 0.85, 1.3, 1.6, 2.0, 2.5, 3.2, 4.2)
"""The powers of x: a ladder of re-expressions (Tukey 1977, Exploratory Data Analysis), to which x and log x belong."""

# Exponentials and waves have a scale along x. So there is a bank of each, a list with members for every octave (factor
# of two) of the spread of u. Only the few members that suit the present spread are used; they are called the window.
# The waves of a window have 1, 2, ..., 32 times its lowest frequency. For evenly spaced x, this has a quarter to half a
# period in the range of x, depending on where the spread lies in its octave. So neighbours in the window differ by at
# most half a period, and the fastest wave has 8 to 16 periods.
OCTAVES: Final = 9
_SLOWEST, _LOWEST = 2.0**-10, 2.25 * 2.0**-10  # the slowest rate and the lowest frequency, in 1 / unit of u
# The octave of the spread, relative to the unit of u, at which the window begins with the slowest rate. It is not a
# round number, since the spread of a grid can be a power of two, and rounding must not decide which window is used.
START: Final = 9.67
_RATES_USED = 4  # rates of each sign that are used at a time
_MULTIPLES = 32  # frequencies that are used at a time
_RATES = OCTAVES + _RATES_USED
# The bank in units of the lowest frequency. Each odd number is followed by its products with 2, 4, 8, ... In the next
# octave all frequencies are doubled, so the index of each is one higher. The last of each odd number is needed only for
# the products of two waves of half that frequency.
_BANK = [
    odd << doubling
    for odd in range(1, _MULTIPLES, 2)
    for doubling in range(OCTAVES + (2 * _MULTIPLES // odd).bit_length())
]
_WAVES = len(_BANK)

RATES: Final = tuple(sign * _SLOWEST * 2.0**i for sign in (-1, 1) for i in range(_RATES))
"""Rates of the exponentials."""
FREQUENCIES: Final = 2 * tuple(multiple * _LOWEST for multiple in _BANK)
"""Angular frequencies of the cosines, then those of the sines, which are the same."""
PHASES: Final = (math.pi / 2,) * _WAVES + (0.0,) * _WAVES
"""Added to the angles before the sine is taken: a cosine is a sine with another phase."""

_LAGS = ("w1", "w2", "w3", "w4")
_POWERS = [f"x^{power:g}" for power in LADDER]
_SHAPES = ["u", "log x", *_POWERS]
_EXPONENTIALS = [f"exp {i}" for i in range(len(RATES))]
TERMS: Final = [
    *("one", "uv", "vv", "v", "u", "log x", "√|u|", "x", "error", *_POWERS, *_EXPONENTIALS, "dv", "uu", "uuu", "uuuu"),
    *("n", "M", "J", "I", "|M|", "|J|", "|I|", "∑ du²", "∑ (d log x)²", "∑ (d √|u|)²", "II"),
    *(*_LAGS, "sign x", "sign du", "sign dv", "sign error"),
]
"""The terms of a point except the waves, in the order in which `WeightedCoordinates` computes them.

Some are in no sum. They are listed because they lie between others in an array. n is the number of points, and the rows
that begin with ∑ are sums of squared steps of x on its three scales.

du and dv are the changes of u and v since the previous point. The integrals along the points are I = ∫v du,
M = ∫u·v du, J = ∫v² du and II = ∫I du, each computed as twice its value. |I|, |M| and |J| are the sums of the absolute
changes of I, M and J. uv and vv are u·v and v². w1 to w4 are v one to four points ago, 0 before the first point.
"""


def _pairs(kinds: Iterable[Pair], names: Iterable[object]) -> list[Pair]:
    """Return pairs of terms: of each kind, one for each name, which replaces the ``{}`` in it."""
    return [(a.format(name), b.format(name)) for a, b in kinds for name in names]


def _once(pairs: Iterable[Pair]) -> list[Pair]:
    """Return pairs without repetitions; the order in a pair does not matter."""
    return list({frozenset(pair): pair for pair in pairs}.values())


_OF_CURVE: list[Pair] = [("{}", "one"), ("{}", "{}"), ("{}", "v")]
_OF_WAVE: list[Pair] = [("cos {}", "one"), ("sin {}", "one"), ("cos {}", "v"), ("sin {}", "v")]
# These follow from the waves of twice the frequency: 2·cos² = 1 + cos 2, 2·sin² = 1 − cos 2, 2·cos·sin = sin 2.
_OF_WAVE_PRODUCTS: list[Pair] = [("cos {}", "cos {}"), ("sin {}", "sin {}"), ("cos {}", "sin {}")]
# The members of each bank in the window, numbered from its beginning.
_RATES_NOW = [f"exp now {i}" for i in range(2 * _RATES_USED)]
_WAVES_NOW = [f"now {i}" for i in range(_MULTIPLES)]

_EQUATIONS = (
    *(("uu", "uuu"), ("I", "uu"), ("uu", "II"), ("I", "II"), ("I", "J"), ("uu", "J")),
    *(("I", "uuu"), ("II", "uuu"), ("II", "J"), ("uuu", "J"), ("uv", "I")),
)
"""Pairs of terms on which v is regressed in addition to 1 and u: powers of u, and integrals.

Integration turns the unknown constants of a differential equation into coefficients of a linear regression (Jacquelin
2009, Régressions et équations intégrales). An exponential satisfies v' = r·v + c, so v = r·I + c·u + d. A sine
satisfies v'' = −w²·v + c, so v = −w²·II + c·u²/2 + d·u + e. A logistic curve satisfies v' = a + b·v + c·v², so
v = a·u + b·I + c·J + d. A Gaussian satisfies v' = (a − u/s²)·(v − b), so v = −M/s² + a·I + c·u² + d·u + e. A hyperbola
satisfies (u + c)·(v − b) = k, so v = −u·v/c + d·u + e. A second term that the equation does not contain shows what the
equation leaves unexplained.
"""
_EQUATIONS_WITH_UU = (
    *(("uuu", "uuuu"), ("I", "II"), ("I", "J"), ("II", "J"), ("uuu", "I"), ("uuu", "II")),
    *(("M", "I"), ("M", "J")),
)
"""Pairs of terms on which v is regressed in addition to 1, u and u²."""
_INTEGRALS = tuple(dict.fromkeys(chain.from_iterable((*_EQUATIONS, *_EQUATIONS_WITH_UU))))
_OTHERS = [g for g in _INTEGRALS if g != "uu"]
_PRODUCTS = _once([*((g, g) for g in _INTEGRALS), *(("uu", g) for g in _OTHERS), *_EQUATIONS, *_EQUATIONS_WITH_UU])
_NEIGHBOURS = [*_pairs([("{}", "{}"), ("{}", "v")], _LAGS), ("w1", "w2")]
_DESIGN: list[Pair] = [
    *(("sign x", "one"), ("sign x", "sign x"), ("sign du", "one"), ("sign du", "sign du"), ("sign dv", "sign dv")),
    ("sign error", "one"),
]
_UNCENTRED = [
    *(("one", "one"), *((term, "one") for term in (*_SHAPES, "v", *_INTEGRALS, *_LAGS)), *_DESIGN),
    *(("|I|", "|I|"), ("|M|", "|M|"), ("|J|", "|J|"), ("dv", "dv")),
]
_FIXED = _once(
    [
        *(*_UNCENTRED, ("u", "u"), *_pairs(_OF_CURVE[1:], _SHAPES), ("v", "v"), *_NEIGHBOURS),
        *(*_pairs([("u", "{}"), ("{}", "v")], _INTEGRALS), *_PRODUCTS),
    ]
)
_NOT_OF_WAVE_PRODUCTS = [*_FIXED, *_pairs(_OF_CURVE, _EXPONENTIALS)]
# The sums that are used at a time: those before the banks, and those of the members in the window. Those from which
# the means are removed follow each other.
_CENTRED_NOW = [
    *_pairs(_OF_CURVE[1:], _RATES_NOW),
    *_pairs([*_OF_WAVE[2:], *_OF_WAVE_PRODUCTS], _WAVES_NOW),
]
_CENTRED = [*_FIXED[len(_UNCENTRED) :], *_CENTRED_NOW]
_USED = [*_FIXED, *_CENTRED_NOW, *_pairs(_OF_CURVE[:1], _RATES_NOW), *_pairs(_OF_WAVE[:2], _WAVES_NOW)]

FIXED: Final = len(_FIXED)
"""Number of the sums before the banks. The first is S(1, 1)."""
UNCENTRED: Final = len(_UNCENTRED)
"""Number of the sums from which no mean is removed. They come first, and S(u, u) follows them."""
ALL: Final = len(_NOT_OF_WAVE_PRODUCTS) + len(_OF_WAVE) * _WAVES
"""Number of all sums. The last are those of the waves: first without v, then with v."""


def _indices(pairs: Iterable[Pair], table: Sequence[Pair]) -> IntArray:
    """Return the indices of pairs in a table; the order in a pair does not matter."""
    found = {frozenset(pair): index for index, pair in enumerate(table)}
    return np.array([found[frozenset(pair)] for pair in pairs])


def _window() -> IntArray:
    """Return the indices of the sums that octave 0 uses, among those of the banks."""
    rates = [sign * _RATES + i for sign in (0, 1) for i in range(_RATES_USED)]
    waves = [_BANK.index(multiple) for multiple in range(1, _MULTIPLES + 1)]
    doubled = [index + 1 for index in waves]
    first = len(_OF_CURVE) * len(RATES)
    of_means, *of_rates = ([kind * len(RATES) + i for i in rates] for kind in range(len(_OF_CURVE)))
    of_cosines, of_sines, *of_waves = ([first + kind * _WAVES + i for i in waves] for kind in range(len(_OF_WAVE)))
    of_products = ([first + kind * _WAVES + i for i in doubled] for kind in (0, 0, 1))
    return np.concatenate([*of_rates, *of_waves, *of_products, of_means, of_cosines, of_sines])


@final
class Elimination(NamedTuple):
    """Indices of sums S(a, b), of S(a, c) and S(b, c), and of S(c, c), where c is a term that is to be removed.

    After the regression of a and b on c, the sum of the products of their residuals is
    S(a, b) − S(a, c)·S(b, c) / S(c, c).
    """

    products: IntArray
    first: IntArray
    second: IntArray
    squares: IntArray


FACTORS: Final = tuple(np.array([TERMS.index(pair[side]) for pair in _NOT_OF_WAVE_PRODUCTS]) for side in (0, 1))
"""The indices of the two terms of each sum, except the sums of waves."""
WINDOW: Final = _window()
"""Indices of the sums that octave 0 uses, among those of the banks; octave i uses those that are i further on. In place
of the products of two waves, they are those of waves of twice the frequency: cosines, cosines again, and sines."""
_OF_PRODUCTS = {"cos cos": (0.5, 0.5), "sin sin": (-0.5, 0.5), "cos sin": (0.5, 0.0)}
SCALE, SHARE_OF_WEIGHT = zip(
    *(_OF_PRODUCTS.get(f"{a[:3]} {b[:3]}", (1.0, 0.0)) for a, b in _USED[len(_FIXED) :]), strict=True
)
"""Each sum of the window is multiplied by SCALE, and the sum of the weights times SHARE_OF_WEIGHT is added. This gives
the products of two waves."""

_CURVES = _SHAPES + _RATES_NOW
CENTRED: Final = Elimination(
    _indices(_CENTRED, _USED),
    _indices([(a, "one") for a, _ in _CENTRED], _USED),
    _indices([(b, "one") for _, b in _CENTRED], _USED),
    _indices([("one", "one")], _USED),
)
"""Sums from which the means are removed: c is 1."""
_AFTER_U = [("v", "v"), *((g, "v") for g in _INTEGRALS), *_PRODUCTS]
AFTER_U: Final = Elimination(
    _indices(_AFTER_U, _CENTRED),
    _indices([("u", a) for a, _ in _AFTER_U], _CENTRED),
    _indices([("u", b) for _, b in _AFTER_U], _CENTRED),
    _indices([("u", "u")], _CENTRED),
)
"""Sums from which u is removed, too."""
_AFTER_UU = [("v", "v"), *((g, "v") for g in _OTHERS), *((g, g) for g in _OTHERS), *_EQUATIONS_WITH_UU]
AFTER_UU: Final = Elimination(
    _indices(_AFTER_UU, _AFTER_U),
    _indices([("uu", a) for a, _ in _AFTER_UU], _AFTER_U),
    _indices([("uu", b) for _, b in _AFTER_UU], _AFTER_U),
    _indices([("uu", "uu")], _AFTER_U),
)
"""Sums from which u² is removed, too."""
_FITTED = [
    *_CENTRED,
    *((f"{a}|u", f"{b}|u") for a, b in _AFTER_U),
    *((f"{a}|uu", f"{b}|uu") for a, b in _AFTER_UU),
]
VARIANCES: Final = _indices([("v", "v"), ("u", "u"), ("log x", "log x")], _CENTRED)
"""Sums of squares of v, u and log x about their means, from which their variances follow."""

# Regressions: of a target t on one term f, or on two terms g and h.
_ON_ONE = [(term, "v") for term in (*_CURVES, *_LAGS)]
_ON_TWO = [
    *((f"{g}|u", f"{h}|u", "v|u") for g, h in _EQUATIONS),
    *((f"{g}|uu", f"{h}|uu", "v|uu") for g, h in _EQUATIONS_WITH_UU),
    ("w1", "w2", "v"),
    *((f"cos {wave}", f"sin {wave}", "v") for wave in _WAVES_NOW),
]
CURVES: Final = len(_CURVES)
"""Number of the curves, which are the first of the regressions on one term."""
ON_ONE_TERM: Final = len(_ON_ONE)
"""Number of the regressions on one term."""
LAGS: Final = len(_LAGS)
"""Number of earlier values of v, which are the last of the regressions on one term."""
ON_TWO_TERMS: Final = len(_ON_TWO)
"""Number of the regressions on two terms."""
_GG, _GH, _GT = ([(regression[0], regression[i]) for regression in _ON_TWO] for i in range(3))
_HH, _HT = ([(regression[1], regression[i]) for regression in _ON_TWO] for i in (1, 2))
_SQUARES = [*_GG, *_GG, *((f, f) for f, _ in _ON_ONE), *_GG]
SQUARES: Final = _indices(_SQUARES, _FITTED)
LEFT: Final = _indices([*_GH, *_GH, *_ON_ONE, *_GT], _FITTED)
RIGHT: Final = _indices([*_GH, *_GT, *_ON_ONE, *_GT], _FITTED)
TOTAL: Final = _indices([*_HH, *_HT, *((t, t) for _, t in _ON_ONE), *((t, t) for _, _, t in _ON_TWO)], _FITTED)
"""TOTAL − LEFT·RIGHT / SQUARES: S(h, h), S(h, t) and S(t, t) of the residuals after regression on the first term."""

# Gains: (index of a regression, index of the same one with a further term). The regressions on one term are followed by
# those on two terms after the first, then by those after both.
_AFTER_BOTH = {pair: ON_ONE_TERM + ON_TWO_TERMS + i for i, pair in enumerate(_EQUATIONS)}
_WITH_UU = {pair: ON_ONE_TERM + ON_TWO_TERMS + len(_EQUATIONS) + i for i, pair in enumerate(_EQUATIONS_WITH_UU)}
_GAINS = [
    *((0, ON_ONE_TERM + i) for i in range(len(_EQUATIONS))),
    *((ON_ONE_TERM + i, ON_ONE_TERM + ON_TWO_TERMS + i) for i in range(ON_TWO_TERMS)),
    *((_AFTER_BOTH[pair], _WITH_UU[pair]) for pair in _EQUATIONS_WITH_UU if pair in _AFTER_BOTH),
    (_AFTER_BOTH["uu", "II"], _WITH_UU["I", "II"]),
]
WITHOUT_TERM: Final = np.array([without for without, _ in _GAINS])
WITH_TERM: Final = np.array([with_term for _, with_term in _GAINS])
"""Indices of regressions without a further term, and of the same regressions with it."""


def _size(term: str) -> Pair:
    """Return the sum of squares of a term; for an integral, of what it would be if its parts did not cancel."""
    name = term.partition("|")[0]
    name = {"I": "|I|", "II": "|M|", "J": "|J|", "M": "|M|"}.get(name, name)
    return name, name


_DAMPED = ["uu", *(term for term, _ in (*_SQUARES, *_HH))]
SIZES: Final = _indices([_size(term) for term in _DAMPED], _USED)
DAMPING: Final = tuple(1e-6 if term.startswith(("cos", "sin")) else 1e-11 for term in _DAMPED)
"""Shares of the sums `SIZES` that are added to sums of squares, so that a term which others explain has no effect. They
exceed what rounding leaves of such a term. Those of waves are larger, since some waves have less than a period."""
CHANGES: Final = _indices([("dv", "dv")], _USED)
"""The sum of the squared changes of v."""
DESIGN: Final = _indices(_DESIGN, _USED)
"""The means of these sums describe how many x are negative or 0, the order of x, how many x and y repeat, and for how
many points errors are known."""
