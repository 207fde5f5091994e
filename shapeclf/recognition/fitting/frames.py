"""Convert x and shape parameters between the units of the points and the frame in which shape priors hold.

Priors of shape parameters hold for x whose largest absolute value is 1 (see `Family`). So the search for shape
parameters uses u = (x − origin) / size. Its result is converted back to the units of x: the parameters change, the
curve does not.

A family is shift-invariant if a shift of x gives another of its curves, as for an exponential (see
`Family.shift_invariant`).
"""

import math
from typing import NamedTuple

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.directions import directions
from shapeclf.datasets.families import Family
from shapeclf.datasets.laws import GAUSSIAN, LOGISTIC, SINE

__all__ = ["Frame", "canonical_shape", "derivative_steps", "frame_of", "in_units_of_x", "origin_of", "round_origin"]

_DISTANT = 1e6  # if x is farther from zero than this multiple of its range, the origin is near the lowest x
_MAX_LOG_FACTOR = 30.0  # logarithm of the largest factor by which the origin 0 may change k
_SAME = 1e-6  # curves are the same if their correlation differs from 1 by less
_LARGEST_ROUNDED = 1e300  # near the largest double, rounding overflows
_STEP = 1e-6  # in units of a parameter's scale


class Frame(NamedTuple):
    """The conversion u = (x − origin) / size."""

    origin: float
    size: float


def frame_of(family: Family, x: FloatArray) -> Frame:
    """Return the frame in which the priors of a family hold, for x of shape (points,).

    The origin is the lowest x if the family is shift-invariant, otherwise 0; the size is the largest absolute value of
    x − origin.

    This frame is used only if the family's curves scale with x as `Family.units` declares. Otherwise, for instance if
    no units are declared, the priors hold in the units of x: the origin is 0 and the size is 1.
    """
    origin = float(x.min()) if family.shift_invariant else 0.0
    size = float(np.abs(x - origin).max()) or 1.0
    shape = np.array([float(prior.quantile(np.array(0.4))) for prior in family.shape.values()])
    curve = _basis(family, x - origin, shape * size ** _powers(family))
    return Frame(origin, size) if _alike(_basis(family, (x - origin) / size, shape), curve) else Frame(0.0, 1.0)


def in_units_of_x(family: Family, x: FloatArray, shape: FloatArray, frame: Frame) -> tuple[FloatArray, float]:
    """Convert shape parameters from the frame to the units of x.

    Args:
        family: The family of the parameters.
        x: Values of x, shape (points,).
        shape: Parameters in the frame, shape (shape parameters,).
        frame: The frame of these x.

    Returns:
        The parameters, and the origin of x. It is 0 if the curve can be written in x itself.
    """
    powers = _powers(family)
    changes = np.array([family.shifts.get(name, 0) for name in family.shape], dtype=np.float64)
    near = shape * frame.size**powers
    if frame.origin == 0 or "x0" in family.shape:
        return near, frame.origin

    curve = _basis(family, x - frame.origin, near)
    for origin in (origin_of(family, x), round_origin(x)):
        moved = near + changes * (frame.origin - origin)
        moved_curve = _basis(family, x - origin, moved)
        factor = float(np.ptp(moved_curve)) / (float(np.ptp(curve)) or 1.0)
        if _alike(curve, moved_curve) and (factor == 0 or abs(np.log(factor)) <= _MAX_LOG_FACTOR):
            return moved, origin
    return near, frame.origin


def origin_of(family: Family, x: FloatArray) -> float:
    """Return the origin for x of shape (points,): 0, or a number near x if x is too far from zero."""
    far = family.shift_invariant and float(np.abs(x).max()) > _DISTANT * (float(np.ptp(x)) or 1.0)
    return round_origin(x) if far else 0.0


def round_origin(x: FloatArray) -> float:
    """Return the lowest x, rounded to the digits of the range of x, so that few digits print it exactly."""
    lowest, x_range = float(x.min()), float(np.ptp(x)) or 1.0
    if max(abs(lowest), x_range) > _LARGEST_ROUNDED:
        return lowest
    return round(lowest, -math.floor(math.log10(x_range)))


def derivative_steps(family: Family, x: FloatArray, shape: FloatArray) -> tuple[float, ...]:
    """Return steps of the shape parameters for finite differences, small in any units.

    Args:
        family: The family of the parameters.
        x: Values of x minus the origin, shape (points,).
        shape: Parameters in the units of x, shape (shape parameters,).
    """
    powers = _powers(family)
    x_range = np.ptp(x) or 1.0
    # The origin of a shift-invariant family may lie in the data, so only the range of x is a scale.
    rates = x_range if family.shift_invariant else np.abs(x).max() or 1.0
    units = np.where(powers > 0, x_range, rates)
    scales = np.where(powers == 0, np.where(shape == 0, 1.0, np.abs(shape)), units**powers)
    return tuple((_STEP * scales).tolist())


def canonical_shape(family: Family, x: FloatArray, shape: FloatArray, k: float) -> FloatArray:
    """Return the canonical shape parameters of a curve that several sets of parameters describe, with other k and b.

    A logistic curve gets r > 0, and a Gaussian s > 0. A sine gets w > 0, and c becomes the x nearest to the middle of
    the data where the curve rises through its mean. If it does so nowhere in the data, c is where the curve falls
    through its mean, with k < 0. Parameters of other curves are not changed.

    Args:
        family: The family of the parameters.
        x: Values of x minus the origin, shape (points,).
        shape: Shape parameters, shape (shape parameters,).
        k: The scale of the curve.
    """
    if family.basis is LOGISTIC.basis:
        return np.array([abs(shape[0]), shape[1]])
    if family.basis is GAUSSIAN.basis:
        return np.array([shape[0], abs(shape[1])])
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
    """Return whether one curve is k times the other plus b, for some k and b."""
    (first,), (second,) = directions(one[None]), directions(other[None])
    return not first.any() or abs(float(first @ second)) > 1 - _SAME


def _basis(family: Family, x: FloatArray, shape: FloatArray) -> FloatArray:
    parameters = {name: shape[i : i + 1, None] for i, name in enumerate(family.shape)}
    values: FloatArray = family.basis_at(x[None], **parameters)[0]
    return values
