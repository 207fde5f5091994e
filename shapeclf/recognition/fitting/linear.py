"""Fit families without shape parameters, k·g(x) + b, to many sequences together."""

import numpy as np

from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.families import Family
from shapeclf.datasets.laws import CONSTANT
from shapeclf.errors import InputError
from shapeclf.recognition.fitting.fit_result import Fit, make_fit, parameter_names
from shapeclf.recognition.fitting.fitted_curve import FittedCurve, Spread
from shapeclf.recognition.fitting.frames import origin_of, round_origin
from shapeclf.recognition.fitting.rounding import Rounded, round_parameters
from shapeclf.recognition.fitting.solving import Solution, solve

__all__ = ["fit_linear"]

_ALL_DETERMINED = np.array([False])


def fit_linear(
    family: Family, points: FloatArray, weights: FloatArray, lengths: IntArray, noise: FloatArray | None
) -> list[Fit | None]:
    """Fit a family without shape parameters to many sequences.

    Args:
        family: Family to fit.
        points: (x, y) within the family's domain, padded with the first point, shape (batch, points, 2).
        weights: Weight of each reading, 0 for padding, shape (batch, points).
        lengths: Points of each sequence, more than the family has parameters, shape (batch,).
        noise: Standard deviation of a reading whose weight is 1, shape (batch,); None if it is not known.
    """
    x, y = points[..., 0], points[..., 1]
    origins = np.array([origin_of(family, row) if family.shift_invariant else 0.0 for row in x])
    solution, rounded, curves = _solve_from(family, x, y, weights, noise, origins)
    if family.shift_invariant and not rounded.faithful.all():  # x is so far from zero that 17 digits are too few
        far = ~rounded.faithful & (origins == 0)
        origins[far] = [round_origin(row) for row in x[far]]
        solution, rounded, curves = _solve_from(family, x, y, weights, noise, origins)
    count = len(parameter_names(family))
    dfs = lengths - count
    residuals = np.where(np.arange(x.shape[1]) < lengths[:, None], y - curves, 0.0)
    if noise is None:
        chi_squared, residual_sd = [None] * len(x), solution.residual_sd
    else:
        chi_squared = (weights * (residuals / noise[:, None]) ** 2).sum(axis=1).tolist()
        residual_sd = np.sqrt((residuals**2).sum(axis=1) / dfs)
    fits = []
    for row, (k, b, origin, spread, covariance, r_squared, sd, chi, df, length) in enumerate(
        zip(
            *(solution.k.tolist(), solution.b.tolist(), origins.tolist()),
            *(_spreads(solution, dfs), _covariances(solution)[:, -count:, -count:]),
            *(solution.r_squared.tolist(), residual_sd.tolist(), chi_squared, dfs.tolist(), lengths.tolist()),
            strict=True,
        )
    ):
        curve = FittedCurve(family, k, b, origin=origin)
        own_points = (x[row, :length], y[row, :length], weights[row, :length])
        fits.append(make_fit(curve, spread, covariance, rounded, row, r_squared, sd, chi, df, own_points))
    return fits


def _solve_from(
    family: Family, x: FloatArray, y: FloatArray, weights: FloatArray, noise: FloatArray | None, origins: FloatArray
) -> tuple[Solution, Rounded, FloatArray]:
    """Solve for k and b with x minus the origins; also return the curves at x, shape (batch, points)."""
    g = family.basis_at(x - origins[:, None])  # (batch, points)
    if np.isnan(g).any():
        raise InputError(f"family {family.name!r}: its basis function gives NaN at x = {x[np.isnan(g)][0]:g}")
    solution = solve(g, y, weights, len(parameter_names(family)), noise)
    if family.basis is CONSTANT.basis:
        solution = solution._replace(k_error=np.zeros(len(x)))  # there is no k, so it has no uncertainty
    root = np.sqrt(weights)

    def value(parameters: FloatArray) -> FloatArray:
        curves: FloatArray = parameters[:, :1] * g + parameters[:, 1:]
        return curves

    parameters = np.stack([solution.k, solution.b], axis=-1)
    curves = value(parameters)
    rounded = round_parameters(
        parameters,
        np.stack([solution.k_error, solution.b_error], axis=-1),
        np.stack([(np.abs(g) * root).max(axis=1), root.max(axis=1)], axis=-1),
        solution,
        np.abs(curves).max(axis=1),
        lambda others: (np.abs(value(others) - curves) * root).max(axis=1),
    )
    return solution, rounded, curves


def _covariances(solution: Solution) -> FloatArray:
    """Return the covariance of k and b, shape (batch, 2, 2)."""
    both = -solution.centre * solution.k_error**2
    columns = [solution.k_error**2, both, both, solution.b_error**2]
    return np.stack(columns, axis=-1).reshape(-1, 2, 2)


def _spreads(solution: Solution, dfs: IntArray) -> list[Spread | None]:
    return [
        Spread(variance[None, None], centre[None], mean, df, _ALL_DETERMINED) if np.isfinite(variance) else None
        for variance, centre, mean, df in zip(
            solution.k_error**2, solution.centre, (solution.mean_error**2).tolist(), dfs.tolist(), strict=True
        )
    ]
