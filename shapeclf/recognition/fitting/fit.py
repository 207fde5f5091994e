"""The equation of a family, fitted to points."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.datasets.families import Family
from shapeclf.errors import InputError
from shapeclf.recognition.checking import check_array, points_of
from shapeclf.recognition.fitting.equations import Printed, equation_text, equation_texts, printed
from shapeclf.recognition.fitting.fits import Fit, Fits
from shapeclf.recognition.fitting.fitted_curve import FittedCurve, Spread, spread_of
from shapeclf.recognition.fitting.frames import Frame, frame_of, one_way_to_write, steps_of, to_own_units
from shapeclf.recognition.fitting.shape_search import find_shape
from shapeclf.recognition.fitting.solving import Solution, solve

__all__ = ["fit_family", "fit_many"]

# An optimum at infinity (a logistic through points of an exponential) is no equation to hand to anyone:
_CANCELLED = 1e4  # k·g and b may be this many times larger than the curve's range, which is what they leave
_KEPT = 1e-6  # and R² may change by this in the units of x


@np.errstate(all="ignore")
def fit_family(family: Family, x: ArrayLike, y: ArrayLike) -> Fit | None:
    """The family's curve of least squares through points.

    k and b are solved for in closed form; shape parameters are searched for with `scipy.optimize.curve_fit`,
    imported only then, from a grid of starts over their priors. x and y may be in any units. Where the points
    leave parameters open (all at one x, say), one of the curves that fit them is given.

    Args:
        family: what to fit.
        x: shape (points,).
        y: shape (points,).

    Returns:
        The fit, or None where an x lies outside the family's domain, or no finite parameters fit.

    Raises:
        InputError: x and y are not finite numbers of one length, at least one each, or the family's basis function
            does not do what `Family` asks of it.

    Example:
        >>> from shapeclf.datasets import PARABOLA
        >>> fit = fit_family(PARABOLA, [0.0, 1.0, 2.0, 3.0], [0.1, 5.0, 19.5, 44.3])
        >>> fit.equation, round(fit.r_squared, 5)
        ('y = 4.909·x² + 0.04286', 0.99996)
    """
    places, heights = points_of(x, y).T.copy()
    if not _within(family, places):
        return None
    return (_shaped if family.shape else _straight)(family, places, heights)


@np.errstate(all="ignore")
def fit_many(family: Family, points: FloatArray, lengths: IntArray) -> Fits:
    """`fit_family` of many sequences: in one solve for families without shape parameters, else one by one.

    Args:
        family: what to fit.
        points: (x, y), shape (batch, points, 2); what lies beyond a sequence's length does not count.
        lengths: at least 1 each, shape (batch,).

    Raises:
        InputError: the shapes are others, a length is not between 1 and the points there are, or a value within it
            is not finite, or the family's basis function does not do what `Family` asks of it.

    Example:
        >>> from shapeclf.datasets import LINE
        >>> points = np.array([[[1.0, 5.0], [2.0, 7.0], [3.0, 9.0]], [[1.0, 4.0], [3.0, 3.0], [0.0, 0.0]]])
        >>> fit_many(LINE, points, np.array([3, 2])).equations()
        ['y = 2·x + 3', 'y = −0.5·x + 4.5']
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


def _within(family: Family, x: FloatArray) -> BoolArray:
    """Whether all x lie in the domain, shape (batch,) for x of shape (batch, points)."""
    low, high = family.domain
    within: BoolArray = (x.min(axis=-1) >= low) & (x.max(axis=-1) <= high)
    return within


def _names(family: Family) -> tuple[str, ...]:
    return ("k", "b", *family.shape)


def _solved(family: Family, x: FloatArray, y: FloatArray, inside: BoolArray) -> tuple[Solution, Printed]:
    """Many sequences of a family without shape parameters, and k and b as they are printed: (batch, 2)."""
    x = np.clip(x, *family.domain)  # a basis function need not be defined outside
    g = family.basis_at(x)  # (batch, points)
    if np.isnan(g).any():
        raise InputError(f"family {family.name!r}: its basis function gives NaN at x = {x[np.isnan(g)][0]:g}")
    solution = solve(g, y, inside)
    size = np.abs(solution.k)
    weights = np.stack([size * np.abs(g).max(axis=1), np.abs(solution.b)], axis=-1)
    return solution, printed(np.stack([solution.k, solution.b], axis=-1), weights, size * np.ptp(g, axis=1))


def _all_at_once(family: Family, x: FloatArray, y: FloatArray, inside: BoolArray) -> Fits:
    names = _names(family)
    solution, as_printed = _solved(family, x, y, inside)
    parameters = np.stack([solution.k, solution.b], axis=-1)
    errors = np.stack([solution.k_error, solution.b_error], axis=-1)
    none = ~(_within(family, x) & np.isfinite(parameters).all(axis=-1))
    for array in (parameters, errors, solution.r_squared, solution.residual_sd, as_printed.values):
        array[none] = np.nan
    return Fits(
        family=family.name,
        names=names,
        parameters=parameters,
        standard_errors=errors,
        r_squared=solution.r_squared,
        residual_sd=solution.residual_sd,
        origins=np.zeros(len(x)),
        _write=partial(equation_texts, family.formula, names, as_printed),
    )


def _one_by_one(family: Family, points: FloatArray, lengths: IntArray) -> Fits:
    names = _names(family)
    rows = np.full((len(points), 2 * len(names) + 3), np.nan)
    texts: list[str | None] = []
    for row, sequence, length in zip(rows, points, lengths, strict=True):  # curve_fit takes one at a time
        fit = fit_family(family, sequence[:length, 0], sequence[:length, 1])
        texts.append(fit.equation if fit else None)
        if fit:
            errors = [fit.standard_errors[name] for name in names]
            origin = fit.parameters.get("x0", 0.0)
            # None becomes NaN here.
            row[:] = [*(fit.parameters[name] for name in names), *errors, fit.r_squared, fit.residual_sd, origin]
    return Fits(
        family=family.name,
        names=names,
        parameters=rows[:, : len(names)],
        standard_errors=rows[:, len(names) : -3],
        r_squared=rows[:, -3],
        residual_sd=rows[:, -2],
        origins=rows[:, -1],
        _write=partial(list, texts),
    )


def _straight(family: Family, x: FloatArray, y: FloatArray) -> Fit | None:
    """The fit where k and b are all there is."""
    solution, as_printed = _solved(family, x[None], y[None], np.ones((1, len(x)), dtype=np.bool_))
    k, b, centre, k_error, _, sd, r_squared = (float(column[0]) for column in solution)
    spread = None
    if math.isfinite(k_error):
        spread = Spread(np.array([[k_error * k_error]]), np.array([centre]), sd * sd / len(x), len(x) - 2)
    return _fit(FittedCurve(family, k, b), spread, r_squared, sd, as_printed)


def _shaped(family: Family, x: FloatArray, y: FloatArray) -> Fit | None:
    """The fit where shape parameters have to be found: the best that can be written in the units of x."""
    frame = frame_of(family, x)
    fit = None
    for found in find_shape(family, (x - frame.origin) / frame.size, y):
        curve, solution = _in_own_units(family, x, y, found.shape, frame)
        fit = _of_shape(curve, solution, x, settled=found.settled)
        kept = abs(float(solution.r_squared[0]) - found.r_squared) < _KEPT
        if kept and np.abs(curve.k * curve.basis(x)).max() <= _CANCELLED * np.ptp(curve.value(x)):
            break
    return fit


def _in_own_units(
    family: Family, x: FloatArray, y: FloatArray, shape: FloatArray, frame: Frame
) -> tuple[FittedCurve, Solution]:
    shape, origin = to_own_units(family, x, shape, frame)
    curve, _ = _through(FittedCurve(family, 0.0, 0.0, tuple(shape.tolist()), origin=origin), x, y)
    shape = one_way_to_write(family, shape, curve.k)
    steps = steps_of(family, x - origin, shape)
    return _through(FittedCurve(family, 0.0, 0.0, tuple(shape.tolist()), steps, origin), x, y)


def _of_shape(curve: FittedCurve, solution: Solution, x: FloatArray, *, settled: bool) -> Fit | None:
    slopes = curve.slopes(x)  # (points, 1 + shape parameters)
    sd = float(solution.residual_sd[0])
    values = np.array([curve.k, curve.b, *curve.shape])
    of_k, *of_shape = np.abs(slopes).max(axis=0)
    weights = np.abs(values * [of_k, 1.0, *of_shape])
    as_printed = printed(values[None], weights[None], np.ptp(curve.k * slopes[:, 0], keepdims=True))
    return _fit(curve, spread_of(slopes, sd) if settled else None, float(solution.r_squared[0]), sd, as_printed)


def _through(curve: FittedCurve, x: FloatArray, y: FloatArray) -> tuple[FittedCurve, Solution]:
    """The curve with the k and b of least squares, its shape as it is."""
    inside = np.ones((1, len(x)), dtype=np.bool_)
    solution = solve(curve.basis(x)[None], y[None], inside, 2 + len(curve.shape))
    return replace(curve, k=float(solution.k[0]), b=float(solution.b[0])), solution


def _fit(
    curve: FittedCurve, spread: Spread | None, r_squared: float, residual_sd: float, as_printed: Printed
) -> Fit | None:
    names = _names(curve.family)
    values = (curve.k, curve.b, *curve.shape)
    if not all(map(math.isfinite, values)):
        return None
    errors = [e if math.isfinite(e) else None for e in spread.errors.tolist()] if spread else [None] * len(names)
    chosen = {"x0": curve.origin} if curve.origin else {}
    shown, digits = (dict(zip(names, rows[0].tolist(), strict=True)) for rows in as_printed)
    return Fit(
        family=curve.family.name,
        equation=equation_text(curve.family.formula, shown, digits, curve.origin),
        parameters=dict(zip(names, values, strict=True)) | chosen,
        standard_errors=dict(zip(names, errors, strict=True)) | dict.fromkeys(chosen, 0.0),
        r_squared=r_squared,
        residual_sd=residual_sd if math.isfinite(residual_sd) else None,
        _curve=curve,
        _spread=spread,
    )
