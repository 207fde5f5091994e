"""The equation of a family, fitted to points."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from shapeclf.datasets._types import BoolArray, FloatArray
from shapeclf.datasets.families import Family
from shapeclf.datasets.laws import CONSTANT
from shapeclf.errors import InputError
from shapeclf.recognition.checking import errors_of, points_of
from shapeclf.recognition.fitting.equations import equation_text
from shapeclf.recognition.fitting.fits import Fit
from shapeclf.recognition.fitting.fitted_curve import FittedCurve, Spread, spread_of
from shapeclf.recognition.fitting.frames import (
    Frame,
    frame_of,
    one_way_to_write,
    origin_of,
    round_place,
    steps_of,
    to_own_units,
)
from shapeclf.recognition.fitting.rounding import Rounded, round_parameters
from shapeclf.recognition.fitting.shape_search import find_shape
from shapeclf.recognition.fitting.solving import Solution, solve

__all__ = ["StraightFits", "fit_family", "names_of", "solve_straight", "within"]

# An optimum at infinity (a logistic through points of an exponential) is no equation to hand to anyone:
_CANCELLED = 1e4  # k·g and b may be this many times larger than the curve's range, which is what they leave
_KEPT = 1e-6  # and R² may change by this in the units of x


@np.errstate(all="ignore")
def fit_family(family: Family, x: ArrayLike, y: ArrayLike, y_error: ArrayLike | None = None) -> Fit | None:
    """Return the family's curve of least squares through points.

    k and b are solved for in closed form; shape parameters are searched for with `scipy.optimize.curve_fit`,
    imported only then, from a grid of starts over their priors. x and y may be in any units. Where the points
    leave parameters open (all at one x, say), one of the curves that fit them is given.

    Args:
        family: What to fit.
        x: Shape (points,).
        y: Shape (points,).
        y_error: Standard deviation of each reading, shape (points,), or one number for all. It weights the fit.

    Returns:
        The fit, or None where an x lies outside the family's domain, no finite parameters fit, or there are no more
        points than parameters.

    Raises:
        InputError: x and y are not finite numbers of one length, at least one each, an error is not above 0, or the
            family's basis function does not do what `Family` asks of it.

    Example:
        >>> from shapeclf.datasets import PARABOLA
        >>> fit = fit_family(PARABOLA, [0.0, 1.0, 2.0, 3.0], [0.1, 5.0, 19.5, 44.3])
        >>> fit.equation, fit.parameter_texts["k"], round(fit.r_squared, 5)
        ('y = 4.909·x² + 0.04', '4.909 ± 0.021', 0.99996)
    """
    places, heights = points_of(x, y).T.copy()
    points = _Points(places, heights, *_weights_of(y_error, len(places)))
    if len(places) <= len(names_of(family)) or not within(family, places):
        return None
    if family.basis is CONSTANT.basis:
        return _constant(points)
    return (_shaped if family.shape else _straight)(family, points)


class _Points(NamedTuple):
    """The points of one sequence, each array of shape (points,).

    ``noise`` is the standard deviation of a reading whose weight is 1, where it is known.
    """

    x: FloatArray
    y: FloatArray
    weights: FloatArray
    noise: float | None


def _weights_of(y_error: ArrayLike | None, count: int) -> tuple[FloatArray, float | None]:
    """The weight of each reading, 1 for the most precise of them, and the error of that one."""
    if y_error is None:
        return np.ones(count), None
    errors = errors_of(y_error, count)
    smallest = float(errors.min())
    return (smallest / errors) ** 2, smallest


def within(family: Family, x: FloatArray) -> BoolArray:
    """Whether all x lie in the domain, shape (batch,) for x of shape (batch, points)."""
    low, high = family.domain
    within: BoolArray = (x.min(axis=-1) >= low) & (x.max(axis=-1) <= high)
    return within


def names_of(family: Family) -> tuple[str, ...]:
    """Return the names of the parameters that are fitted, in the order of all answers."""
    return ("b",) if family.basis is CONSTANT.basis else ("k", "b", *family.shape)


class StraightFits(NamedTuple):
    """Fits of a family without shape parameters to many sequences."""

    solution: Solution
    rounded: Rounded
    origins: FloatArray  # where x is counted from, shape (batch,)


def solve_straight(
    family: Family, x: FloatArray, y: FloatArray, weights: FloatArray, noise: FloatArray | None = None
) -> StraightFits:
    """Fit a family without shape parameters to many sequences.

    Args:
        family: What to fit.
        x: Shape (batch, points).
        y: Shape (batch, points).
        weights: Of each reading, 0 beyond the end of a sequence, shape (batch, points).
        noise: Standard deviation of a reading whose weight is 1, where it is known, shape (batch,).
    """
    origins = np.zeros(len(x))
    if family.slides:
        origins[:] = [origin_of(family, row) for row in x]
    solved = _solved_from(family, x, y, weights, noise, origins)
    if family.slides and not solved.rounded.faithful.all():  # so far from zero that no digits are enough
        rows = ~solved.rounded.faithful & (origins == 0) & np.isfinite(x).all(axis=1)
        origins[rows] = [round_place(row) for row in x[rows]]
        solved = _solved_from(family, x, y, weights, noise, origins)
    return solved


def _solved_from(
    family: Family, x: FloatArray, y: FloatArray, weights: FloatArray, noise: FloatArray | None, origins: FloatArray
) -> StraightFits:
    x = np.clip(x, *family.domain)  # a basis function need not be defined outside
    g = family.basis_at(x - origins[:, None])  # (batch, points)
    if np.isnan(g).any():
        raise InputError(f"family {family.name!r}: its basis function gives NaN at x = {x[np.isnan(g)][0]:g}")
    solution = solve(g, y, weights, noise=noise)
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
    return StraightFits(solution, rounded, origins)


def _constant(points: _Points) -> Fit | None:
    """The weighted mean."""
    x, y, weights, noise = points
    known = None if noise is None else np.array([noise])
    solution = solve(np.zeros((1, len(x))), y[None], weights[None], 1, known)
    curve = FittedCurve(CONSTANT, 0.0, float(solution.b[0]))
    error, height = solution.height_error, np.abs(solution.b)
    rounded = round_parameters(
        solution.b[None], error[None], np.ones((1, 1)), solution, height, lambda others: np.abs(others[:, 0] - curve.b)
    )
    spread = Spread(np.zeros((1, 1)), np.zeros(1), float(error[0] ** 2), len(x) - 1, np.array([False]))
    return _fit(curve, spread, solution, rounded, points)


def _straight(family: Family, points: _Points) -> Fit | None:
    """The fit where k and b are all there is."""
    x, y, weights, noise = points
    known = None if noise is None else np.array([noise])
    solution, rounded, origins = solve_straight(family, x[None], y[None], weights[None], known)
    curve = FittedCurve(family, float(solution.k[0]), float(solution.b[0]), origin=float(origins[0]))
    spread = None
    if math.isfinite(solution.k_error[0]):
        variances = solution.k_error**2, solution.height_error**2
        spread = Spread(variances[0][None], solution.centre, float(variances[1][0]), len(x) - 2, np.array([False]))
    return _fit(curve, spread, solution, rounded, points)


def _shaped(family: Family, points: _Points) -> Fit | None:
    """The fit where shape parameters have to be found: the best that can be written in the units of x."""
    x, y, weights, _ = points
    frame = frame_of(family, x)
    fit = None
    for found in find_shape(family, (x - frame.origin) / frame.size, y, weights):
        curve, solution = _in_own_units(family, points, found.shape, frame)
        fit = _of_shape(curve, solution, points, settled=found.settled)
        kept = abs(float(solution.r_squared[0]) - found.r_squared) < _KEPT
        if kept and np.abs(curve.k * curve.basis(x)).max() <= _CANCELLED * np.ptp(curve.value(x)):
            break
    return fit


def _in_own_units(family: Family, points: _Points, shape: FloatArray, frame: Frame) -> tuple[FittedCurve, Solution]:
    x = points.x
    shape, origin = to_own_units(family, x, shape, frame)
    curve, _ = FittedCurve(family, 0.0, 0.0, tuple(shape.tolist()), origin=origin).through(*points)
    shape = one_way_to_write(family, x - origin, shape, curve.k)
    steps = steps_of(family, x - origin, shape)
    return replace(curve, shape=tuple(shape.tolist()), steps=steps).through(*points)


def _of_shape(curve: FittedCurve, solution: Solution, points: _Points, *, settled: bool) -> Fit | None:
    x, y, weights, noise = points
    sd = float(solution.residual_sd[0])
    spread = spread_of(curve, x, y, weights, sd if noise is None else noise, sd) if settled else None
    values, root = curve.value(x), np.sqrt(weights)
    slopes = np.insert(curve.slopes(x), 1, 1.0, axis=1)  # by k, b and θ: (points, parameters)

    def moved(others: FloatArray) -> FloatArray:
        return np.array([(np.abs(curve.with_parameters(other).value(x) - values) * root).max() for other in others])

    rounded = round_parameters(
        curve.parameters[None],
        np.full((1, slopes.shape[1]), np.nan) if spread is None else np.sqrt(np.diag(spread.of_parameters))[None],
        (np.abs(slopes) * root[:, None]).max(axis=0)[None],
        solution,
        np.abs(values).max(keepdims=True),
        moved,
        stationary=spread is not None and not spread.open.any(),
    )
    return _fit(curve, spread, solution, rounded, points)


def _fit(
    curve: FittedCurve, spread: Spread | None, solution: Solution, rounded: Rounded, points: _Points
) -> Fit | None:
    if not np.isfinite(curve.parameters).all():
        return None
    names = names_of(curve.family)
    x0 = {"x0": curve.origin} if curve.origin else {}
    count = len(names)  # of a constant, b alone
    values = curve.parameters[-count:].tolist()
    covariance = np.full((count, count), np.nan) if spread is None else spread.of_parameters[-count:, -count:]
    errors = np.sqrt(np.diag(covariance)).tolist()
    shown, decimals = (dict(zip(names, rows[0].tolist(), strict=True)) for rows in (rounded.values, rounded.decimals))
    freedom = len(points.x) - count
    left = points.y - curve.value(points.x)
    chi_squared = None if points.noise is None else float(points.weights @ (left / points.noise) ** 2)
    return Fit(
        family=curve.family.name,
        equation=equation_text(curve.family.formula, shown, decimals, curve.origin),
        parameters=dict(zip(names, values, strict=True)) | x0,
        standard_errors={name: e if math.isfinite(e) else None for name, e in zip(names, errors, strict=True)}
        | dict.fromkeys(x0, 0.0),
        covariance=np.pad(covariance, (0, len(x0))),
        r_squared=float(solution.r_squared[0]),
        residual_sd=float(solution.residual_sd[0]) if points.noise is None else math.sqrt(left @ left / freedom),
        chi_squared=chi_squared,
        freedom=freedom,
        _curve=curve,
        _spread=spread,
        _decimals=decimals,
    )
