"""The frame in which shape priors hold, and the way back to the units of the points."""

from typing import NamedTuple

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.families import Family
from shapeclf.datasets.laws import LOGISTIC, SINE
from shapeclf.recognition.fitting.solving import directions

__all__ = ["Frame", "frame_of", "one_way_to_write", "steps_of", "to_own_units"]

_FAR = 1e6  # x this many ranges from zero stays counted from its lowest
_ABSURD = 30.0  # logarithm of what counting x from zero may multiply k by
_SAME = 1e-6  # what two ways to write one curve may differ by
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
    """Shape parameters of the frame in the units of x.

    Args:
        family: whose they are.
        x: shape (points,).
        shape: in the frame, shape (shape parameters,).
        frame: of these x.

    Returns:
        The parameters and where x is counted from: 0 wherever the curve can be written so.
    """
    powers = _powers(family)
    near = shape * frame.size**powers
    if frame.origin == 0 or "x0" in family.shape:
        return near, frame.origin
    far = near + np.where(powers == 1, frame.origin, 0.0)
    curves = [_basis(family, x - frame.origin, near), _basis(family, x, far)]
    across = [float(np.ptp(curve)) for curve in curves]
    natural = (
        abs(frame.origin) <= _FAR * frame.size
        and _alike(*curves)
        and (across[0] == 0 or abs(np.log(across[1] / across[0])) <= _ABSURD)
    )
    return (far, 0.0) if natural else (near, frame.origin)


def steps_of(family: Family, x: FloatArray, shape: FloatArray) -> tuple[float, ...]:
    """A step in each shape parameter in which the curve changes little, whatever the units.

    Args:
        family: whose they are.
        x: counted from where the formula counts it, shape (points,).
        shape: in the units of x, shape (shape parameters,).
    """
    powers = _powers(family)
    units = np.where(powers > 0, np.ptp(x) or 1.0, np.abs(x).max() or 1.0)
    scales = np.where(powers == 0, np.where(shape == 0, 1.0, np.abs(shape)), units**powers)
    return tuple((_STEP * scales).tolist())


def one_way_to_write(family: Family, shape: FloatArray, k: float) -> FloatArray:
    """Of the parameters that give the same curve, those with w > 0, c in [0, period) and k > 0, or with r > 0.

    A sine's and a logistic's alone are changed.
    """
    if family.basis is LOGISTIC.basis:
        return np.array([abs(shape[0]), shape[1]])
    if family.basis is not SINE.basis or shape[0] == 0:
        return shape
    w, c = abs(shape[0]), shape[1]
    if (k < 0) != (shape[0] < 0):
        c += np.pi / w
    c %= 2 * np.pi / w
    return np.array([w, c if c < 2 * np.pi / w else 0.0])  # a tiny negative c rounds up to the period


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
