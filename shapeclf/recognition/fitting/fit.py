"""The equation of a family, fitted to points."""

import math
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.datasets.families import Family
from shapeclf.errors import InputError
from shapeclf.recognition.checking import check_array, errors_of, points_of
from shapeclf.recognition.fitting.equations import equation_text
from shapeclf.recognition.fitting.fits import Fit, Fits
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

__all__ = ["fit_family", "fit_many"]

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
    if len(places) <= len(_names(family)) or not _within(family, places):
        return None
    return (_shaped if family.shape else _straight)(family, points)


@np.errstate(all="ignore")
def fit_many(family: Family, points: FloatArray, lengths: IntArray) -> Fits:
    """Do what `fit_family` does for many sequences: in one solve without shape parameters, else one by one.

    Args:
        family: What to fit.
        points: (x, y), shape (batch, points, 2); what lies beyond a sequence's length does not count.
        lengths: At least 1 each, shape (batch,).

    Raises:
        InputError: the shapes are others, a length is not between 1 and the points there are, or a value within it
            is not finite, or the family's basis function does not do what `Family` asks of it.

    Example:
        >>> from shapeclf.datasets import LINE
        >>> points = np.array([[[1.0, 5.0], [2.0, 7.0], [3.0, 9.0]], [[1.0, 4.0], [3.0, 3.0], [0.0, 0.0]]])
        >>> fit_many(LINE, points, np.array([3, 2])).equations()
        ['y = 2·x + 3', None]
    """
    for name, array in (("points", points), ("lengths", lengths)):
        check_array(name, array)
    if points.ndim != 3 or points.shape[2] != 2 or lengths.shape != points.shape[:1]:
        raise InputError(
            "points and lengths must have the shapes (batch, points, 2) and (batch,), "
            f"got {points.shape} and {lengths.shape}"
        )
    if lengths.size and not (lengths.min() >= 1 and lengths.max() <= points.shape[1]):
        raise InputError(f"lengths must be from 1 to {points.shape[1]}, got {lengths.min()} to {lengths.max()}")
    inside = np.arange(points.shape[1]) < lengths[:, None]
    points = np.where(inside[..., None], points, points[:, :1])  # (batch, points, 2)
    if not np.isfinite(points).all():
        raise InputError("points must be finite numbers")
    if family.shape:
        return _one_by_one(family, points, lengths)
    return _all_at_once(family, points[..., 0], points[..., 1], inside)


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


def _within(family: Family, x: FloatArray) -> BoolArray:
    """Whether all x lie in the domain, shape (batch,) for x of shape (batch, points)."""
    low, high = family.domain
    within: BoolArray = (x.min(axis=-1) >= low) & (x.max(axis=-1) <= high)
    return within


def _names(family: Family) -> tuple[str, ...]:
    return ("k", "b", *family.shape)


class _Straight(NamedTuple):
    """Fits of a family without shape parameters to many sequences."""

    solution: Solution
    rounded: Rounded
    origins: FloatArray  # where x is counted from, shape (batch,)


def _solved(
    family: Family, x: FloatArray, y: FloatArray, weights: FloatArray, noise: FloatArray | None = None
) -> _Straight:
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
) -> _Straight:
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
    return _Straight(solution, rounded, origins)


def _all_at_once(family: Family, x: FloatArray, y: FloatArray, inside: BoolArray) -> Fits:
    names = _names(family)
    solution, rounded, origins = _solved(family, x, y, inside.astype(np.float64))
    parameters = np.stack([solution.k, solution.b], axis=-1)
    errors = np.stack([solution.k_error, solution.b_error], axis=-1)
    both = -solution.centre * solution.k_error**2
    covariance = np.stack([errors[:, 0] ** 2, both, both, errors[:, 1] ** 2], axis=-1).reshape(-1, 2, 2)
    none = ~(_within(family, x) & np.isfinite(parameters).all(axis=-1) & (inside.sum(axis=1) > len(names)))
    for array in (parameters, errors, covariance, solution.r_squared, solution.residual_sd):
        array[none] = np.nan
    return Fits(
        family=family.name,
        names=names,
        parameters=parameters,
        standard_errors=errors,
        covariance=covariance,
        r_squared=solution.r_squared,
        residual_sd=solution.residual_sd,
        origins=np.where(none, 0.0, origins),
        _write=partial(_equations, family.formula, names, rounded, origins, ~none),
    )


def _equations(
    formula: str, names: tuple[str, ...], rounded: Rounded, origins: FloatArray, there: BoolArray
) -> list[str | None]:
    """The equation of each sequence, None where there is none."""
    return [
        equation_text(formula, dict(zip(names, values, strict=True)), dict(zip(names, decimals, strict=True)), origin)
        if is_there
        else None
        for values, decimals, origin, is_there in zip(
            rounded.values.tolist(), rounded.decimals.tolist(), origins.tolist(), there.tolist(), strict=True
        )
    ]


def _one_by_one(family: Family, points: FloatArray, lengths: IntArray) -> Fits:
    names = _names(family)
    count = len(names)
    rows = np.full((len(points), 2 * count + 3), np.nan)
    covariance = np.full((len(points), count, count), np.nan)
    rows[:, -1] = 0.0
    texts: list[str | None] = []
    for i, (sequence, length) in enumerate(zip(points, lengths, strict=True)):  # curve_fit takes one at a time
        fit = fit_family(family, sequence[:length, 0], sequence[:length, 1])
        texts.append(fit.equation if fit else None)
        if fit:
            errors = [fit.standard_errors[name] for name in names]
            origin = fit.parameters.get("x0", 0.0)
            # None becomes NaN here.
            rows[i] = [*(fit.parameters[name] for name in names), *errors, fit.r_squared, fit.residual_sd, origin]
            covariance[i] = fit.covariance[:count, :count]
    return Fits(
        family=family.name,
        names=names,
        parameters=rows[:, :count],
        standard_errors=rows[:, count:-3],
        covariance=covariance,
        r_squared=rows[:, -3],
        residual_sd=rows[:, -2],
        origins=rows[:, -1],
        _write=partial(list, texts),
    )


def _straight(family: Family, points: _Points) -> Fit | None:
    """The fit where k and b are all there is."""
    x, y, weights, noise = points
    known = None if noise is None else np.array([noise])
    solution, rounded, origins = _solved(family, x[None], y[None], weights[None], known)
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
        _errors_of(spread, len(curve.shape) + 2)[None],
        (np.abs(slopes) * root[:, None]).max(axis=0)[None],
        solution,
        np.abs(values).max(keepdims=True),
        moved,
        stationary=spread is not None and not spread.open.any(),
    )
    return _fit(curve, spread, solution, rounded, points)


def _errors_of(spread: Spread | None, count: int) -> FloatArray:
    """Standard errors of k, b and θ, NaN where there is none, shape (parameters,)."""
    return np.full(count, np.nan) if spread is None else np.sqrt(np.diag(spread.of_parameters))


def _fit(
    curve: FittedCurve, spread: Spread | None, solution: Solution, rounded: Rounded, points: _Points
) -> Fit | None:
    if not np.isfinite(curve.parameters).all():
        return None
    names = _names(curve.family)
    x0 = {"x0": curve.origin} if curve.origin else {}
    errors = _errors_of(spread, len(names)).tolist()
    covariance = np.full((len(names), len(names)), np.nan) if spread is None else spread.of_parameters
    shown, decimals = (dict(zip(names, rows[0].tolist(), strict=True)) for rows in (rounded.values, rounded.decimals))
    freedom = len(points.x) - len(names)
    left = points.y - curve.value(points.x)
    chi_squared = None if points.noise is None else float(points.weights @ (left / points.noise) ** 2)
    return Fit(
        family=curve.family.name,
        equation=equation_text(curve.family.formula, shown, decimals, curve.origin),
        parameters=dict(zip(names, curve.parameters.tolist(), strict=True)) | x0,
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
