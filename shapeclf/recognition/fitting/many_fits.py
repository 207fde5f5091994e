"""The equations of a family, fitted to many sequences."""

from functools import partial

import numpy as np

from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.datasets.families import Family
from shapeclf.datasets.laws import CONSTANT
from shapeclf.errors import InputError
from shapeclf.recognition.checking import check_array
from shapeclf.recognition.fitting.equations import equation_text
from shapeclf.recognition.fitting.fit import fit_family, names_of, solve_straight, within
from shapeclf.recognition.fitting.fits import Fits
from shapeclf.recognition.fitting.rounding import Rounded

__all__ = ["fit_many"]


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
    if family.shape or family.basis is CONSTANT.basis:
        return _one_by_one(family, points, lengths)
    return _all_at_once(family, points[..., 0], points[..., 1], inside)


def _all_at_once(family: Family, x: FloatArray, y: FloatArray, inside: BoolArray) -> Fits:
    names = names_of(family)
    solution, rounded, origins = solve_straight(family, x, y, inside.astype(np.float64))
    parameters = np.stack([solution.k, solution.b], axis=-1)
    errors = np.stack([solution.k_error, solution.b_error], axis=-1)
    both = -solution.centre * solution.k_error**2
    covariance = np.stack([errors[:, 0] ** 2, both, both, errors[:, 1] ** 2], axis=-1).reshape(-1, 2, 2)
    none = ~(within(family, x) & np.isfinite(parameters).all(axis=-1) & (inside.sum(axis=1) > len(names)))
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
    names = names_of(family)
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
