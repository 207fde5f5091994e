"""Fit a family with shape parameters, k·g(x; θ) + b, to one sequence."""

import math
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.families import Family
from shapeclf.recognition.fitting.fit_result import Fit, make_fit
from shapeclf.recognition.fitting.fitted_curve import FittedCurve, spread_of
from shapeclf.recognition.fitting.frames import Frame, canonical_shape, derivative_steps, frame_of, in_units_of_x
from shapeclf.recognition.fitting.rounding import round_parameters
from shapeclf.recognition.fitting.shape_search import find_shape
from shapeclf.recognition.fitting.solving import Solution

__all__ = ["fit_nonlinear"]

# An optimum at infinity gives no useful equation: a logistic curve, for instance, approaches an exponential as its
# parameters grow without limit. Such a curve is rejected if its terms k·g and b almost cancel, or if it cannot be
# written in the units of x.
_CANCELLED = 1e4  # largest ratio of k·g to the range of the curve
_SAME_R_SQUARED = 1e-6  # largest change of R² by the conversion to the units of x


class _Points(NamedTuple):
    """The points of one sequence, each array of shape (points,); ``noise`` is None where it is not known."""

    x: FloatArray
    y: FloatArray
    weights: FloatArray
    noise: float | None


def fit_nonlinear(family: Family, x: FloatArray, y: FloatArray, weights: FloatArray, noise: float | None) -> Fit | None:
    """Return the best fit that can be written in the units of x.

    Args:
        family: Family with shape parameters.
        x: Values of x within the family's domain, shape (points,).
        y: Values of y, shape (points,).
        weights: Weight of each reading, shape (points,).
        noise: Standard deviation of a reading whose weight is 1; None if it is not known.
    """
    points = _Points(x, y, weights, noise)
    frame = frame_of(family, x)
    fit = None
    optima, fallbacks = find_shape(family, (x - frame.origin) / frame.size, y, weights)
    for candidate in chain(optima, fallbacks):
        curve, solution = _curve_in_units_of_x(family, points, candidate.shape, frame)
        fit = _fit_of_curve(curve, solution, points, converged=candidate.converged)
        converted = abs(float(solution.r_squared[0]) - candidate.r_squared) < _SAME_R_SQUARED
        if converted and np.abs(curve.k * curve.basis(x)).max() <= _CANCELLED * np.ptp(curve.value(x)):
            break
    return None if fit is None else replace(fit, optima=tuple(optimum.shape for optimum in optima))


def _curve_in_units_of_x(
    family: Family, points: _Points, shape: FloatArray, frame: Frame
) -> tuple[FittedCurve, Solution]:
    x = points.x
    shape, origin = in_units_of_x(family, x, shape, frame)
    curve, _ = FittedCurve(family, 0.0, 0.0, tuple(shape.tolist()), origin=origin).refitted(*points)
    shape = canonical_shape(family, x - origin, shape, curve.k)
    steps = derivative_steps(family, x - origin, shape)
    return replace(curve, shape=tuple(shape.tolist()), steps=steps).refitted(*points)


def _fit_of_curve(curve: FittedCurve, solution: Solution, points: _Points, *, converged: bool) -> Fit | None:
    x, y, weights, noise = points
    sd = float(solution.residual_sd[0])
    spread = spread_of(curve, x, y, weights, sd if noise is None else noise, sd) if converged else None
    values, root = curve.value(x), np.sqrt(weights)
    # Derivatives with respect to k, b and θ, shape (points, parameters).
    jacobian = np.insert(curve.jacobian(x), 1, 1.0, axis=1)
    count = jacobian.shape[1]

    def change(others: FloatArray) -> FloatArray:
        return np.array([(np.abs(curve.with_parameters(other).value(x) - values) * root).max() for other in others])

    covariance = np.full((count, count), np.nan) if spread is None else spread.parameter_covariance
    rounded = round_parameters(
        curve.parameters[None],
        np.sqrt(np.diag(covariance))[None],
        (np.abs(jacobian) * root[:, None]).max(axis=0)[None],
        solution,
        np.abs(values).max(keepdims=True),
        change,
        stationary=spread is not None and not spread.undetermined.any(),
    )
    r_squared, df = float(solution.r_squared[0]), len(x) - count
    if noise is None:
        return make_fit(curve, spread, covariance, rounded, 0, r_squared, sd, None, df, points[:3])
    residuals = y - values
    chi_squared, residual_sd = float(weights @ (residuals / noise) ** 2), math.sqrt(residuals @ residuals / df)
    return make_fit(curve, spread, covariance, rounded, 0, r_squared, residual_sd, chi_squared, df, points[:3])
