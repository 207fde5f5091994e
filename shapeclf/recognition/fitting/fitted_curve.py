"""A family's curve with its parameters, and how uncertain it is."""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.families import Family

__all__ = ["FittedCurve", "Spread", "spread_of"]

_STEP = 1e-6  # of a central difference, in units of the parameter's scale
_SINGULAR = 1e-8  # ratio of singular values below which the points leave a parameter open


@final
@dataclass(frozen=True, slots=True)
class FittedCurve:
    """y = k·g(x − origin; θ) + b.

    Args:
        family: whose basis is g.
        k: scale.
        b: shift.
        shape: θ, in the family's order.
        steps: a step in each θ in which the curve changes little.
        origin: where x is counted from.
    """

    family: Family
    k: float
    b: float
    shape: tuple[float, ...] = ()
    steps: tuple[float, ...] = ()
    origin: float = 0.0

    def basis(self, x: FloatArray, shape: tuple[float, ...] | None = None) -> FloatArray:
        """G at ``x``, shape (points,), with these or with other shape parameters."""
        values = self.shape if shape is None else shape
        parameters = {name: np.array([[v]]) for name, v in zip(self.family.shape, values, strict=True)}
        heights: FloatArray = self.family.basis_at((x - self.origin)[None], **parameters)[0]
        return heights

    def value(self, x: FloatArray) -> FloatArray:
        """Y at ``x``, both of shape (points,)."""
        return self.k * self.basis(x) + self.b

    def slopes(self, x: FloatArray) -> FloatArray:
        """Derivatives by k and by each θ at ``x``, shape (points, 1 + shape parameters)."""
        columns = [self.basis(x)]
        for i, (value, step) in enumerate(zip(self.shape, self.steps, strict=True)):
            above, below = value + step, value - step
            ends = [self.basis(x, (*self.shape[:i], end, *self.shape[i + 1 :])) for end in (above, below)]
            columns.append(self.k * (ends[0] - ends[1]) / (above - below))  # rounding has changed the step
        return np.stack(columns, axis=-1)


class Spread(NamedTuple):
    """The errors of a fit, in parameters that do not cancel: k, θ and the height at the points' centre.

    Args:
        covariance: of k and θ, shape (1 + shape parameters,) twice.
        centre: means of the slopes over the points, shape (1 + shape parameters,).
        height: variance of the curve's mean height over the points, independent of the others.
        freedom: points less parameters.
    """

    covariance: FloatArray
    centre: FloatArray
    height: float
    freedom: int

    @property
    def errors(self) -> FloatArray:
        """Standard errors of k, b and θ, shape (2 + shape parameters,)."""
        of_k, *of_shape = np.sqrt(np.diag(self.covariance))
        of_b = np.sqrt(self.height + self.centre @ self.covariance @ self.centre)
        return np.array([of_k, of_b, *of_shape])

    def of_curve(self, slopes: FloatArray) -> FloatArray:
        """Standard error of the curve's height where it has these slopes, shape (points,)."""
        away = slopes - self.centre
        variances: FloatArray = self.height + np.einsum("pi,ij,pj->p", away, self.covariance, away)
        return np.sqrt(variances)


def spread_of(slopes: FloatArray, residual_sd: float) -> Spread | None:
    """The errors that least squares leaves, to first order; None where the points leave a parameter open.

    Args:
        slopes: derivatives by k and θ at the points, shape (points, 1 + shape parameters).
        residual_sd: NaN where there are no more points than parameters.
    """
    points, count = slopes.shape
    centre = slopes.mean(axis=0)
    columns = slopes - centre
    sizes = np.sqrt((columns * columns).sum(axis=0))
    if not (np.isfinite(residual_sd) and np.isfinite(sizes).all() and sizes.all()):
        return None
    _, singular, axes = np.linalg.svd(columns / sizes, full_matrices=False)
    if singular[-1] < _SINGULAR * singular[0]:
        return None
    half = residual_sd * axes.T / singular / sizes[:, None]
    return Spread(half @ half.T, centre, residual_sd * residual_sd / points, points - count - 1)
