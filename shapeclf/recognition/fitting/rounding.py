"""Choose how many decimals of fitted parameters to print.

First, the printed equation reproduces the fitted curve at every point to within a tenth of the residual standard
deviation. Second, as far as that allows, a parameter is rounded to the second digit of its standard error. (The
rule of the Particle Data Group, Review of Particle Physics, section 5.3, keeps one or two digits.)

Where the residuals are no larger than rounding errors, standard errors mean nothing: each parameter is then the
shortest decimal that reproduces the curve.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.recognition.fitting.solving import Solution

__all__ = ["Rounded", "error_decimals", "round_parameters"]

_SHARE = 0.1  # share of the residual standard deviation by which rounding may move the curve
_SHARE_OF_Y = 0.02  # share of the standard deviation of y; keeps R² of a poor fit equal to that of the printed equation
# Differences that are a smaller share of the largest y are rounding errors of double precision.
_EXACT = 16 * float(np.finfo(np.float64).eps)
_NEGLIGIBLE = 1e-3  # share of the tolerance; a parameter that moves the curve by less is printed as 0
_MIN_DIGITS, _MAX_DIGITS = 4, 17  # significant digits of a parameter without an error, and of any parameter


class Rounded(NamedTuple):
    """Parameters as they are printed.

    Attributes:
        values: The parameters, with 0 for those that do not change the curve, shape (batch, parameters).
        decimals: Number of printed decimals of each, below 0 for tens, hundreds, ...; shape (batch, parameters).
        faithful: Whether the printed equation reproduces the curve, shape (batch,).
        exact: Whether the residuals are no larger than rounding errors, shape (batch,).
    """

    values: FloatArray
    decimals: IntArray
    faithful: BoolArray
    exact: BoolArray


def round_parameters(
    values: FloatArray,
    errors: FloatArray,
    effects: FloatArray,
    solution: Solution,
    largest: FloatArray,
    change: Callable[[FloatArray], FloatArray],
    *,
    stationary: bool = True,
) -> Rounded:
    """Choose how many decimals to print of each parameter.

    Args:
        values: Parameters, shape (batch, parameters).
        errors: Their standard errors, NaN where a parameter has none, shape (batch, parameters).
        effects: Largest change of the curve at a point when a parameter changes by 1, shape (batch, parameters).
        solution: The linear fit in k and b, for its standard deviations and centres, each of shape (batch,).
        largest: Largest absolute value of the curve at a point, shape (batch,).
        change: Function from other parameters, shape (batch, parameters), to the largest change of the curve at a
            point, shape (batch,).
        stationary: Whether the residuals are those of least squares in all parameters, so that a small move of the
            curve changes their sum of squares to second order only.
    """
    rounding_error = _EXACT * largest
    share = np.minimum(_SHARE * solution.residual_sd, (_SHARE_OF_Y if stationary else _SHARE_OF_Y**2) * solution.y_sd)
    tolerance = np.maximum(share, rounding_error)
    negligible = np.maximum(_NEGLIGIBLE * tolerance, rounding_error)
    values = values.copy()
    for i in range(values.shape[1]):
        without = values.copy()
        without[:, i] = 0.0
        values[(change(without) <= negligible) & ~_is_free(values, i), i] = 0.0
    exact = share <= rounding_error
    if exact.any():
        shortest, short_decimals = _shortest(values, solution.centre, tolerance, change)
        values[exact] = shortest[exact]
    magnitude = _magnitude(values)
    by_error = error_decimals(errors)
    unit = 2.0 * tolerance[:, None] / (values.shape[1] * effects)
    by_curve = np.nan_to_num(np.ceil(-np.log10(unit)), nan=0.0)
    most = _MAX_DIGITS - 1 - magnitude
    least = np.where(np.isnan(by_error), _MIN_DIGITS - 1, 0) - magnitude
    decimals = np.clip(np.where(np.isnan(by_error), by_curve, by_error), least, most)
    if exact.any():
        decimals[exact] = short_decimals[exact]
    wrong = change(_round(values, decimals)) > tolerance
    decimals = np.where((wrong & ~exact)[:, None], np.clip(by_curve, decimals, most), decimals)
    while True:
        wrong = ~(change(_round(values, decimals)) <= tolerance)
        more = wrong[:, None] & (decimals < most)
        if not more.any():
            return Rounded(values, decimals.astype(np.int64), ~wrong, exact)
        decimals = decimals + more


def _shortest(
    values: FloatArray, centre: FloatArray, tolerance: FloatArray, change: Callable[[FloatArray], FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Round the parameters one by one to the fewest digits that reproduce the curve; also return their decimals.

    When k is rounded, b is changed, unless it is 0, so that the mean of the curve over the points stays the same.
    """
    values, decimals = values.copy(), np.zeros(values.shape)
    count = values.shape[1]
    for step, i in enumerate([*range(2, count), 0, 1], start=1):  # shape parameters, k, b
        unfinished = np.ones(len(values), dtype=np.bool_)
        allowed = tolerance * (1 + step / count) / 2  # the rest is for the parameters that follow
        for digits in range(_MAX_DIGITS + 1):
            trial, rounded_to = values.copy(), digits - 1 - _magnitude(values[:, i])
            trial[:, i] = _round(values[:, i], rounded_to) if digits else 0.0
            if i == 0:
                trial[:, 1] += np.where(values[:, 1] == 0, 0.0, (values[:, 0] - trial[:, 0]) * centre)
            enough = (change(trial) <= allowed) & (~_is_free(values, i) | (digits >= _MIN_DIGITS))
            rounded = unfinished & (enough | (digits == _MAX_DIGITS))
            values[rounded], decimals[rounded, i] = trial[rounded], rounded_to[rounded]
            unfinished &= ~rounded
            if not unfinished.any():
                break
    return values, decimals


def _is_free(values: FloatArray, i: int) -> BoolArray:
    """Return where a parameter has no effect, shape (batch,): a shape parameter if k is 0. It keeps a few digits."""
    free: BoolArray = (values[:, 0] == 0) & (i >= 2)
    return free


def _magnitude(values: FloatArray) -> FloatArray:
    magnitude: FloatArray = np.floor(np.log10(np.where(values == 0, 1.0, np.abs(values))))
    return magnitude


def error_decimals(errors: FloatArray) -> FloatArray:
    """Return the number of decimals that shows two digits of each standard error; NaN if there is none or it is 0."""
    exponent = np.floor(np.log10(np.where(errors > 0, errors, np.nan)))
    return 1.0 - exponent - (errors * 10.0**-exponent >= 9.95)  # 0.0996 is 0.10


def _round(values: FloatArray, decimals: FloatArray) -> FloatArray:
    # Powers of ten with negative exponents are not exact.
    up, down = 10.0 ** np.maximum(decimals, 0.0), 10.0 ** np.maximum(-decimals, 0.0)
    rounded: FloatArray = np.rint(values * up / down) * down / up
    whole = decimals >= _MAX_DIGITS - 1 - _magnitude(values)  # has all significant digits of a double
    return np.where(np.isfinite(rounded) & ~whole, rounded, values)
