"""The built-in families, also called laws, other than line, parabola and square root."""

import math

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.families import Family
from shapeclf.datasets.priors import LogUniform, OneOf, Uniform
from shapeclf.datasets.quantities import Quantity

__all__ = [
    "CONSTANT",
    "EXPONENTIAL",
    "GAUSSIAN",
    "HYPERBOLA",
    "LOGARITHM",
    "LOGISTIC",
    "POWER",
    "QUADRATIC",
    "RECIPROCAL",
    "SINE",
]

_UNIT = Uniform(0.0, 1.0)
_ABOVE_ZERO = Uniform(0.05, 1.0)
_POSITIVE = (math.nextafter(0.0, 1.0), math.inf)
_MAX_EXPONENT = 700.0  # exp(709) is the largest in floating point; a logistic has reached its limits long before


def _zero(x: FloatArray) -> FloatArray:
    return np.zeros_like(x)


def _quadratic(x: FloatArray, c: FloatArray) -> FloatArray:
    return (x - c) ** 2


def _exponential(x: FloatArray, r: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):  # a fit may try any rate
        return np.exp(r * x)


def _logarithm(x: FloatArray) -> FloatArray:
    return np.log(x)


def _reciprocal(x: FloatArray) -> FloatArray:
    return 1.0 / x


def _power(x: FloatArray, p: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", over="ignore"):  # x may be 0, where a negative power is infinite
        return np.exp(p * np.log(x))


def _sine(x: FloatArray, w: FloatArray, c: FloatArray) -> FloatArray:
    return np.sin(w * (x - c))


def _logistic(x: FloatArray, r: FloatArray, c: FloatArray) -> FloatArray:
    return 1.0 / (1.0 + np.exp(np.clip(-r * (x - c), -_MAX_EXPONENT, _MAX_EXPONENT)))


def _hyperbola(x: FloatArray, c: FloatArray) -> FloatArray:
    distance = x + c  # from the pole, right of which the law holds
    with np.errstate(divide="ignore"):
        return np.where(distance > 0, 1.0 / distance, np.inf)


def _gaussian(x: FloatArray, c: FloatArray, s: FloatArray) -> FloatArray:
    with np.errstate(all="ignore"):  # a fit may try a width of 0
        return np.exp(-0.5 * ((x - c) / s) ** 2)


# Quantities. Each function takes the parameters that it needs, and returns NaN where the curve has no such quantity.


def _half_life(r: float, **_: float) -> float:
    return math.log(2) / -r if r < 0 else math.nan


def _doubling_time(r: float, **_: float) -> float:
    return math.log(2) / r if r > 0 else math.nan


def _time_constant(r: float, **_: float) -> float:
    return 1 / abs(r)


def _change_in_a_decade(k: float, **_: float) -> float:
    return k * math.log(10)


def _asymptote_of_a_power(p: float, b: float, **_: float) -> float:
    return b if p < 0 else math.nan


def _amplitude(k: float, **_: float) -> float:
    return abs(k)


def _period(w: float, **_: float) -> float:
    return 2 * math.pi / w


def _frequency(w: float, **_: float) -> float:
    return w / (2 * math.pi)


def _phase(k: float, w: float, c: float, **_: float) -> float:
    return -w * c if k > 0 else math.pi - w * c


def _steepest(k: float, r: float, **_: float) -> float:
    return k * r / 4


def _lower(k: float, b: float, **_: float) -> float:
    return min(b, b + k)


def _upper(k: float, b: float, **_: float) -> float:
    return max(b, b + k)


def _pole(c: float, **_: float) -> float:
    return -c


def _full_width(s: float, **_: float) -> float:
    return 2 * math.sqrt(2 * math.log(2)) * abs(s)


_ASYMPTOTE = Quantity("b", y=1)

# The answer if y does not depend on x.
CONSTANT = Family("constant", "y = b", _zero, x=_UNIT, shift_invariant=True, noun="a constant")
QUADRATIC = Family(
    "quadratic",
    "y = k·(x − c)² + b",
    _quadratic,
    x=_UNIT,
    # Half of the vertices lie in the range or close to it. The others are up to ten ranges away.
    shape={"c": OneOf((LogUniform(-10.0, -0.6), Uniform(-0.6, 0.5), Uniform(0.5, 1.6), LogUniform(1.6, 11.0)))},
    shift_invariant=True,
    units={"c": 1},
    noun="a quadratic",
    quantities={"vertex x": Quantity("c", x=1, position=True), "vertex y": Quantity("b", y=1)},
)
EXPONENTIAL = Family(
    "exponential",
    "y = k·exp(r·x) + b",
    _exponential,
    x=_UNIT,
    shape={"r": OneOf((LogUniform(-10.0, -0.3), LogUniform(0.3, 10.0)))},
    shift_invariant=True,
    units={"r": -1},
    noun="an exponential",
    quantities={
        "half-life": Quantity(_half_life, x=1),
        "doubling time": Quantity(_doubling_time, x=1),
        "time constant": Quantity(_time_constant, x=1),
        "asymptote": _ASYMPTOTE,
    },
)
LOGARITHM = Family(
    "logarithm",
    "y = k·ln x + b",
    _logarithm,
    x=_ABOVE_ZERO,
    domain=_POSITIVE,
    noun="a logarithm",
    quantities={"change per decade": Quantity(_change_in_a_decade, y=1)},
)
RECIPROCAL = Family(
    "reciprocal",
    "y = k/x + b",
    _reciprocal,
    x=_ABOVE_ZERO,
    domain=_POSITIVE,
    noun="a reciprocal",
    quantities={"asymptote": _ASYMPTOTE},
)
POWER = Family(
    "power",
    "y = k·x^p + b",
    _power,
    x=_ABOVE_ZERO,
    # Not close to the exponents of other families: -1, 0, 1/2, 1 and 2.
    shape={
        "p": OneOf(
            (
                Uniform(-3.2, -1.25),
                Uniform(-0.75, -0.2),
                Uniform(0.2, 0.4),
                Uniform(0.6, 0.85),
                Uniform(1.2, 1.8),
                Uniform(2.25, 4.5),
            )
        )
    },
    domain=(0.0, math.inf),
    noun="a power law",
    quantities={"exponent": Quantity("p"), "asymptote": Quantity(_asymptote_of_a_power, y=1)},
)
SINE = Family(
    "sine",
    "y = k·sin(w·(x − c)) + b",
    _sine,
    x=_UNIT,
    # The range of x holds half a period to 80 periods; half of the curves have at most four. A shift c of half a period
    # only changes the sign of k.
    shape={"w": OneOf((LogUniform(math.pi, 8 * math.pi), LogUniform(8 * math.pi, 160 * math.pi))), "c": _UNIT},
    shift_invariant=True,
    units={"w": -1, "c": 1},
    noun="a sine",
    quantities={
        "amplitude": Quantity(_amplitude, y=1),
        "period": Quantity(_period, x=1),
        "frequency": Quantity(_frequency, x=-1),
        "phase": Quantity(_phase, unit="rad", period=2 * math.pi),  # of amplitude·sin(2π·frequency·x + phase)
    },
)
LOGISTIC = Family(
    "logistic",
    "y = k/(1 + exp(−r·(x − c))) + b",
    _logistic,
    x=_UNIT,
    shape={"r": LogUniform(4.0, 40.0), "c": Uniform(-0.2, 1.2)},  # the rise alone, or the saturation alone, too
    shift_invariant=True,
    units={"r": -1, "c": 1},
    noun="a logistic curve",
    quantities={
        "midpoint": Quantity("c", x=1, position=True),
        "maximum slope": Quantity(_steepest, x=-1, y=1),
        "lower asymptote": Quantity(_lower, y=1),
        "upper asymptote": Quantity(_upper, y=1),
    },
)
HYPERBOLA = Family(
    "hyperbola",
    "y = k/(x + c) + b",
    _hyperbola,
    x=_UNIT,
    # The distance from the pole, at x = -c, to the lowest x. A reciprocal is the hyperbola whose pole is at x = 0. With
    # a pole at more than three ranges, the curve differs from an exponential by less than 0.06 % of its range,
    # as root mean square.
    shape={"c": LogUniform(0.03, 3.0)},
    shift_invariant=True,
    units={"c": 1},
    shifts={"c": -1},
    noun="a hyperbola",
    quantities={"pole": Quantity(_pole, x=1, position=True), "asymptote": _ASYMPTOTE},
)
GAUSSIAN = Family(
    "gaussian",
    "y = k·exp(−(x − c)²/(2·s²)) + b",
    _gaussian,
    x=_UNIT,
    # The peak lies in the range of x. A wider one in the middle differs from a sine by at most 0.65 % of its range, as
    # root mean square.
    shape={"c": Uniform(0.1, 0.9), "s": LogUniform(0.03, 0.25)},
    shift_invariant=True,
    units={"c": 1, "s": 1},
    shifts={"s": 0},
    noun="a Gaussian",
    quantities={
        "centre": Quantity("c", x=1, position=True),
        "full width at half maximum": Quantity(_full_width, x=1),
        "height": Quantity("k", y=1),
    },
)
