"""The frame in which shape priors hold, and the way back to the units of the points."""

import math
from typing import NamedTuple

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.families import Family
from shapeclf.datasets.laws import LOGISTIC, SINE
from shapeclf.recognition.fitting.solving import directions

__all__ = ["Frame", "frame_of", "one_way_to_write", "origin_of", "round_place", "steps_of", "to_own_units"]

_FAR = 1e6  # x this many ranges from zero is counted from near its lowest
_ABSURD = 30.0  # logarithm of what counting x from zero may multiply k by
_SAME = 1e-6  # what two ways to write one curve may differ by
_ROUNDABLE = 1e300  # near the end of floating point, rounding overflows
_STEP = 1e-6  # in units of a parameter's scale


class Frame(NamedTuple):
    """X less ``origin``, in units of ``size``."""

    origin: float
    size: float


def frame_of(family: Family, x: FloatArray) -> Frame:
    """The frame that `Family` speaks of under ``units``, for x of shape (points,).

    A family whose parameters have units that it does not tell has its priors in the units of x.
    """
    origin = float(x.min()) if family.slides else 0.0
    size = float(np.abs(x - origin).max()) or 1.0
    shape = np.array([float(prior.quantile(np.array(0.4))) for prior in family.shape.values()])
    there = _basis(family, x - origin, shape * size ** _powers(family))
    return Frame(origin, size) if _alike(_basis(family, (x - origin) / size, shape), there) else Frame(0.0, 1.0)


def to_own_units(family: Family, x: FloatArray, shape: FloatArray, frame: Frame) -> tuple[FloatArray, float]:
    """Return shape parameters of the frame in the units of x.

    Args:
        family: Whose they are.
        x: Shape (points,).
        shape: In the frame, shape (shape parameters,).
        frame: Of these x.

    Returns:
        The parameters and where x is counted from: 0 wherever the curve can be written so.
    """
    powers = _powers(family)
    near = shape * frame.size**powers
    if frame.origin == 0 or "x0" in family.shape:
        return near, frame.origin

    there = _basis(family, x - frame.origin, near)
    for origin in (origin_of(family, x), round_place(x)):
        moved = near + np.where(powers == 1, frame.origin - origin, 0.0)
        here = _basis(family, x - origin, moved)
        factor = float(np.ptp(here)) / (float(np.ptp(there)) or 1.0)
        if _alike(there, here) and (factor == 0 or abs(np.log(factor)) <= _ABSURD):
            return moved, origin
    return near, frame.origin


def origin_of(family: Family, x: FloatArray) -> float:
    """Where x is counted from, for x of shape (points,): 0, or near x where that is too far from zero."""
    far = family.slides and float(np.abs(x).max()) > _FAR * (float(np.ptp(x)) or 1.0)
    return round_place(x) if far else 0.0


def round_place(x: FloatArray) -> float:
    """The lowest x to as many digits as its range has, so that it is printed as it is."""
    lowest, across = float(x.min()), float(np.ptp(x)) or 1.0
    if max(abs(lowest), across) > _ROUNDABLE:
        return lowest
    return round(lowest, -math.floor(math.log10(across)))


def steps_of(family: Family, x: FloatArray, shape: FloatArray) -> tuple[float, ...]:
    """A step in each shape parameter in which the curve changes little, whatever the units.

    Args:
        family: Whose they are.
        x: Counted from where the formula counts it, shape (points,).
        shape: In the units of x, shape (shape parameters,).
    """
    powers = _powers(family)
    across = np.ptp(x) or 1.0
    rates = across if family.slides else np.abs(x).max() or 1.0  # a formula that slides has its places inside the data
    units = np.where(powers > 0, across, rates)
    scales = np.where(powers == 0, np.where(shape == 0, 1.0, np.abs(shape)), units**powers)
    return tuple((_STEP * scales).tolist())


def one_way_to_write(family: Family, x: FloatArray, shape: FloatArray, k: float) -> FloatArray:
    """Of the parameters that give the same curve, those with w > 0 and c inside the data, or with r > 0.

    A sine's c is the place nearest to the middle of the data where the curve passes its mean: on its way up, or on its
    way down with k < 0 where it does not go up in the data. Only a sine's and a logistic's parameters are changed.

    Args:
        family: Whose they are.
        x: Counted from where the formula counts it, shape (points,).
        shape: Shape (shape parameters,).
        k: The scale that goes with them.
    """
    if family.basis is LOGISTIC.basis:
        return np.array([abs(shape[0]), shape[1]])
    if family.basis is not SINE.basis or shape[0] == 0:
        return shape
    w, c = abs(shape[0]), shape[1]
    middle, half = (x.max() + x.min()) / 2, np.pi / w
    up = c + half * ((k < 0) != (shape[0] < 0))
    up += 2 * half * np.round((middle - up) / (2 * half))
    down = up - half * np.sign(up - middle)
    return np.array([w, up if x.min() <= up <= x.max() or not x.min() <= down <= x.max() else down])


def _powers(family: Family) -> FloatArray:
    return np.array([family.units.get(name, 0) for name in family.shape], dtype=np.float64)


def _alike(one: FloatArray, other: FloatArray) -> bool:
    """Whether one curve is k times the other, plus b."""
    (here,), (there,) = directions(one[None]), directions(other[None])
    return not here.any() or abs(float(here @ there)) > 1 - _SAME


def _basis(family: Family, x: FloatArray, shape: FloatArray) -> FloatArray:
    parameters = {name: shape[i : i + 1, None] for i, name in enumerate(family.shape)}
    heights: FloatArray = family.basis_at(x[None], **parameters)[0]
    return heights
