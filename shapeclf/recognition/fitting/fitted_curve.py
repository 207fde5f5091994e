"""The curve of a family with its parameters, and the uncertainty of both.

Errors are those of linearised least squares: the covariance is the noise's variance times the inverse of J'J, where J
is the Jacobian of the curve in its parameters (Bates and Watts 1988, Nonlinear Regression Analysis, section 2.3). They
are computed for k, θ and the mean of the curve rather than for k, θ and b, which far from x = 0 are so correlated that
all digits are lost.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple, Self, final

import numpy as np

from shapeclf.datasets._types import BoolArray, FloatArray
from shapeclf.datasets.families import Family
from shapeclf.recognition.fitting.solving import Solution, solve

__all__ = ["FittedCurve", "Spread", "spread_of"]

_SINGULAR = 1e-8  # ratio of singular values below which the points do not determine a parameter
_CHANGES = np.array([-1.0, -0.1, 0.1, 1.0])  # changes of a parameter, in units of its error
# Lowest and highest increase of chi-squared for which the linearisation holds, divided by the square of the change in
# units of the error. It is 1 if the curve is linear in the parameter.
_LINEAR = (0.1, 10.0)
_SHARED = 0.9  # squared correlation with an undetermined parameter above which a parameter is undetermined, too
_ROUNDING = 1e-11  # residuals smaller than this share of y are rounding errors; the linearisation is then not checked


@final
@dataclass(frozen=True, slots=True)
class FittedCurve:
    """y = k·g(x − origin; θ) + b.

    Attributes:
        family: Family with the basis g.
        k: Scale of the curve.
        b: Offset of the curve.
        shape: Shape parameters θ, in the order of the family.
        steps: Step of each θ for finite differences.
        origin: Origin of x in the formula.
    """

    family: Family
    k: float
    b: float
    shape: tuple[float, ...] = ()
    steps: tuple[float, ...] = ()
    origin: float = 0.0

    @property
    def parameters(self) -> FloatArray:
        """The values of k, b and θ, shape (2 + shape parameters,)."""
        return np.array([self.k, self.b, *self.shape])

    def with_parameters(self, parameters: FloatArray) -> Self:
        """Return the curve with other values of k, b and θ."""
        k, b, *shape = parameters.tolist()
        return replace(self, k=k, b=b, shape=tuple(shape))

    def refitted(
        self, x: FloatArray, y: FloatArray, weights: FloatArray, noise: float | None = None
    ) -> tuple[Self, Solution]:
        """Return the curve with k and b fitted by least squares and the same θ; arrays have the shape (points,)."""
        known = None if noise is None else np.array([noise])
        solution = solve(self.basis(x)[None], y[None], weights[None], 2 + len(self.shape), known)
        return replace(self, k=float(solution.k[0]), b=float(solution.b[0])), solution

    def basis(self, x: FloatArray, shape: tuple[float, ...] | None = None) -> FloatArray:
        """Return g at ``x``, shape (points,), with these or with other shape parameters."""
        values = self.shape if shape is None else shape
        parameters = {name: np.array([[v]]) for name, v in zip(self.family.shape, values, strict=True)}
        g: FloatArray = self.family.basis_at((x - self.origin)[None], **parameters)[0]
        return g

    def value(self, x: FloatArray) -> FloatArray:
        """Return y at ``x``, both of shape (points,)."""
        return self.k * self.basis(x) + self.b

    def jacobian(self, x: FloatArray) -> FloatArray:
        """Return the derivatives of y with respect to k and each θ at ``x``, shape (points, 1 + shape parameters)."""
        columns = [self.basis(x)]
        for i, (value, step) in enumerate(zip(self.shape, self.steps, strict=True)):
            above, below = value + step, value - step
            ends = [self.basis(x, (*self.shape[:i], end, *self.shape[i + 1 :])) for end in (above, below)]
            columns.append(self.k * (ends[0] - ends[1]) / (above - below))  # not 2 * step, because of rounding
        return np.stack(columns, axis=-1)


class Spread(NamedTuple):
    """The uncertainty of a fit in weakly correlated parameters: k, θ and the mean of the curve over the points.

    Attributes:
        covariance: Covariance of k and θ, shape (1 + shape parameters, 1 + shape parameters).
        centre: Weighted means over the points of the curve's derivatives with respect to k and θ, shape
            (1 + shape parameters,).
        mean_variance: Variance of the mean of the curve over the points, which is independent of k and θ.
        degrees_of_freedom: Number of points minus number of parameters.
        undetermined: Which of k and θ the points do not determine, shape (1 + shape parameters,).
    """

    covariance: FloatArray
    centre: FloatArray
    mean_variance: float
    degrees_of_freedom: int
    undetermined: BoolArray

    @property
    def parameter_covariance(self) -> FloatArray:
        """Covariance of k, b and θ, NaN where one is not determined, shape (parameters, parameters)."""
        b_covariance = -self.covariance @ self.centre
        b_variance = self.mean_variance + self.centre @ self.covariance @ self.centre
        whole = np.insert(
            np.insert(self.covariance, 1, b_covariance, axis=0), 1, np.insert(b_covariance, 1, b_variance), axis=1
        )
        variances = np.diag(whole)
        shared = whole**2 > _SHARED * np.outer(variances, variances)
        undetermined = np.insert(self.undetermined, 1, False)
        undetermined |= shared[:, undetermined].any(axis=1)
        whole[undetermined] = np.nan
        whole[:, undetermined] = np.nan
        return whole

    def curve_error(self, jacobian: FloatArray) -> FloatArray:
        """Return the standard error of the curve at the x of a `FittedCurve.jacobian`, shape (points,)."""
        away = jacobian - self.centre
        variances: FloatArray = self.mean_variance + np.einsum("pi,ij,pj->p", away, self.covariance, away)
        return np.sqrt(variances)


def spread_of(
    curve: FittedCurve, x: FloatArray, y: FloatArray, weights: FloatArray, noise: float, residual_sd: float
) -> Spread | None:
    """Return the uncertainty of a least-squares fit, to first order; None where the derivatives are collinear.

    A parameter is undetermined, and has no standard error, where the linearisation fails: a change by its error raises
    chi-squared by far less or far more than 1. (This compares the profile of chi-squared with its parabola:
    Bates and Watts 1988, section 6.1.) The errors of the other parameters take into account that this parameter is not
    known.

    Args:
        curve: The fitted curve.
        x: Values of x, shape (points,).
        y: Values of y, shape (points,).
        weights: Weight of each reading, shape (points,).
        noise: Standard deviation of a reading whose weight is 1; NaN where it is not known.
        residual_sd: Weighted standard deviation of the residuals.
    """
    jacobian = curve.jacobian(x)  # (points, 1 + shape parameters)
    centre = weights @ jacobian / weights.sum()
    columns = (jacobian - centre) * np.sqrt(weights)[:, None]
    sizes = np.sqrt((columns * columns).sum(axis=0))
    if not (np.isfinite(noise) and np.isfinite(sizes).all() and sizes[0]):
        return None
    undetermined = sizes == 0
    sizes[undetermined] = np.inf
    singular, axes = np.linalg.svd((columns / sizes)[:, ~undetermined], full_matrices=False)[1:]
    if singular[-1] < _SINGULAR * singular[0]:
        return None
    factor = np.zeros((len(sizes), len(singular)))
    factor[~undetermined] = noise * axes.T / singular / sizes[~undetermined, None]
    covariance = factor @ factor.T
    if residual_sd > _ROUNDING * np.abs(y).max():
        undetermined[1:] |= [
            _is_far_from_linear(curve, covariance, i, x, y, weights, noise) for i in range(1, len(sizes))
        ]
    return Spread(covariance, centre, noise * noise / weights.sum(), len(x) - len(sizes) - 1, undetermined)


def _is_far_from_linear(
    curve: FittedCurve,
    covariance: FloatArray,
    parameter: int,
    x: FloatArray,
    y: FloatArray,
    weights: FloatArray,
    noise: float,
) -> bool:
    """Return whether the profile of chi-squared along one θ is far from the parabola of its standard error."""
    if not covariance[parameter, parameter]:
        return True
    change = covariance[1:, parameter] / np.sqrt(covariance[parameter, parameter])
    chi_squared = []
    for shape in np.array(curve.shape) + np.append(0.0, _CHANGES)[:, None] * change:
        changed, _ = replace(curve, shape=tuple(shape.tolist())).refitted(x, y, weights)
        chi_squared.append(weights @ ((y - changed.value(x)) / noise) ** 2)
    added = (np.array(chi_squared[1:]) - chi_squared[0]) / _CHANGES**2
    return not bool(((added >= _LINEAR[0]) & (added <= _LINEAR[1])).all())
