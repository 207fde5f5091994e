"""Coordinates from weighted sums over the points so far: how well curves, waves and differential equations fit them.

A point (x, y, y_error) has the weight w = (first error / its error)², or 1 where errors are not known. u and v are the
differences of x and y to the first point, each divided by the absolute value of the first of them that is not 0. So
nothing depends on units, and no sum exceeds the range of floating point. All fits follow from the sums
S(a, b) = Σ w·a·b, which `weighted_sums` lists:

- The mean of a is S(a, 1) / S(1, 1), so the sum of products of deviations from means is
  C(a, b) = S(a, b) − S(a, 1)·S(b, 1) / S(1, 1).
- The regression of v on 1 and a curve f has the slope k = C(f, v) / C(f, f), and leaves C(v, v) − k·C(f, v) of the sum
  of squares C(v, v). For v = 0, 1, 4 at u = 0, 1, 2, the curve u has C(u, v) = 9 − 3·5/3 = 4, C(u, u) = 2,
  C(v, v) = 17 − 25/3 = 26/3, so k = 2, and 26/3 − 8 = 2/3 is left: the share 1/13.
- A second term h only explains what the first one, g, leaves. So g is removed from h and v first, in the same way:
  C(h, h) − C(g, h)² / C(g, g), C(h, v) − C(g, h)·C(g, v) / C(g, g). Waves have g = cos, h = sin: the periodogram of
  unevenly spaced points (Lomb 1976; Scargle 1982), with a mean. In regressions on powers of u and on integrals, which
  stand for differential equations, 1 and u are removed first. Some of these regressions are repeated with u² removed,
  too. If u² explains a further part of v, an equation that does not contain it does not hold.
- S(Δv, Δv) / C(v, v), where Δ is the change between neighbours, is von Neumann's ratio (1941, Distribution of the
  ratio of the mean square successive difference to the variance): about 2 for independent readings, less for readings
  that follow a smooth curve.
- With steps d between neighbours on some scale of x, (n − 1)·Σ d² / (Σ d)² − 1 is the squared coefficient of variation
  of the steps. It is 0 where all steps are equal: evenly spaced x (u), a geometric progression (log x), or u
  proportional to 0, 1, 4, 9, ... (√|u|). (If the first x is 0, log x begins at a lower limit, and the value is large.)
- v is regressed on its value one, two, three or four points ago, and on those one and two points ago together. The
  latter is exact for sines and exponentials at evenly spaced x.
- Where errors are known, Σ w·r² / (first error)² is chi-squared.

The sums are exact enough in double precision; after the quotients, single precision suffices.
"""

import math
from collections.abc import Sequence
from typing import final

import numpy as np
import torch
from torch import nn

from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.training import weighted_sums as tables
from shapeclf.training.operations import Operations, V

__all__ = ["WeightedCoordinates"]

_MEMORY = (0, -4, -3, -2, -1)  # the points that are kept: the first one and the last four
_COLUMNS = 3  # columns of a point
_UNITS = 2 * _COLUMNS  # number of units: of x, y and error, and of their differences to the first point
_SCALES = 3  # scales of x whose steps are compared: u, log x and √|u|
_TRAPEZOIDS = slice(0, 3)  # rows that are integrated: u·v, v² and v
_OF_SCALES = slice(3, 3 + _SCALES)  # rows of the scales, of which u is the first
# Number of points, three integrals, three sums of their absolute changes, and a sum of squared steps for each scale
_INTEGRALS = 7 + _SCALES
_KEPT = _COLUMNS * len(_MEMORY)
_OF_EXPONENTS = np.repeat([4, 3], [len(tables.LADDER), len(tables.RATES)])  # rows of log x and u, as often as needed
_POINTS = 2  # the axis of the points
_MAX_LOG, _MAX_EXPONENT = 60.0, 100.0  # largest absolute values of log x and of the exponents
_SMALLEST, _LARGEST = 1e-300, 1e300
_TINY = 1e-36  # added to denominators, or their lower limit, to prevent 0 / 0. It must not be 0 in single precision
_EXACT = 1e-8  # lower limit of the share of a variance that a regression leaves


def _constants(o: Operations[V], *values: float, dtype: torch.dtype = torch.float64) -> V:
    """Return constants, shape (values, 1, 1)."""
    return o.asarray(torch.tensor(values, dtype=dtype).reshape(-1, 1, 1))


@final
class WeightedCoordinates(nn.Module):
    """Features of the points so far that do not change with the units of x, y and error, nor with the sign of y.

    No part of them is learned. They are

    - the logarithm of the sum of squares that each regression leaves (`weighted_sums`), and that of the squared changes
      of v between neighbours, both relative to the sum of squares of v about its mean;
    - log(1 + r) of each likelihood-ratio statistic r (twice the log-likelihood ratio), or 0 where r is negative. The
      ratios compare a regression with the best curve, a regression with the same one without its last term, and, if
      errors are known, chi-squared with its expectation;
    - the number of points; the variance of log x; how uneven the steps of x are on three scales; the slopes of v on its
      earlier values; the signs of x, repeated x and y, and the share of points whose errors are known.

    The state consists of the first point and the last four, the units, the integrals and all sums.
    """

    name = "weighted"
    columns = _COLUMNS
    # The last axis stands for the points, which the arrays of `compute` have there.
    state_shape: tuple[int, ...] = (_KEPT + _UNITS + _INTEGRALS + tables.ALL, 1)
    fitted = False
    regressions = tables.ON_ONE_TERM + 2 * tables.ON_TWO_TERMS
    width = 3 * regressions + 3 + _SCALES + len(tables.WITH_TERM) + tables.LAGS + len(tables.DESIGN)

    def fit(self, points: FloatArray) -> None:
        """Do nothing: no constant of these coordinates depends on the data set."""

    def compute(self, operations: Operations[V], points: V, state: V) -> tuple[V, V]:
        o = operations
        # With points as the last axis, operations run over contiguous memory.
        points = o.permute_dims(points, (2, 0, 1))
        state = o.permute_dims(state, (1, 0, 2))  # (rows, batch, 1)
        rows = [*(len(_MEMORY) * [_COLUMNS]), _UNITS, _INTEGRALS, tables.ALL]
        *memory, units, integrals, sums = o.split(state, rows, axis=0)
        # Copies of the first point stand in for those before it. They change no sum.
        before = o.where(o.equal(integrals[0:1], 0.0), points[:, :, 0:1], o.concat(memory, axis=_POINTS))
        points = o.concat([before, points], axis=_POINTS)
        kept = o.split(o.take(points, np.array(_MEMORY), axis=_POINTS), [1] * len(_MEMORY), axis=_POINTS)
        values, units, divisors = _in_units(o, points, units)
        terms, of_waves, n, uneven, integrals = _terms(o, values, integrals)
        first, second = (o.take(terms, factor, axis=0) for factor in tables.FACTORS)
        sums = o.cumulative_sum(o.concat([first * second, *of_waves], axis=0), axis=_POINTS) + sums
        features = o.permute_dims(self._features(o, sums, n, uneven, divisors), (1, 2, 0))
        state = o.concat([*kept, units, integrals[:, :, -1:], sums[:, :, -1:]], axis=0)
        return features, o.permute_dims(state, (1, 0, 2))

    def _features(self, o: Operations[V], sums: V, n: V, uneven: V, divisors: V) -> V:
        weight, used = _used_sums(o, sums)
        taken = *tables.CENTRED[1:], tables.SIZES, tables.CHANGES, tables.DESIGN
        *of_means, sizes, of_dv, design = _rows(o, used, *taken)
        centred = _eliminate(used[tables.UNCENTRED : tables.UNCENTRED + len(tables.CENTRED.products)], *of_means)
        products, first, second, variances = _rows(o, centred, *tables.AFTER_U[:3], tables.VARIANCES)
        of_v, uu, of_log_x = o.split(o.clip(variances, _TINY, _LARGEST), (1, 1, 1), axis=0)
        _, of_error, _, unit, _ = o.split(divisors, (2, 1, 1, 1, 1), axis=0)
        error = of_error / unit
        residuals, slopes = _residual_sums(o, sizes, centred, _eliminate(products, first, second, uu))
        left = o.concat([*residuals, of_dv], axis=0)
        values = [of_v / n / (error * error), left / of_v, of_log_x, n, uneven, n, slopes, design / weight]
        of_logs = 1, self.regressions, 3 + _SCALES
        # The last feature of the design is the share of points whose errors are known.
        parts = sum(of_logs), 1, tables.LAGS, len(tables.DESIGN) - 1, 1
        logs, count, slopes, design, known = o.split(o.astype(o.concat(values, axis=0), torch.float32), parts, axis=0)
        logs = o.log(o.clip(logs, _EXACT, 1e12, dtype=torch.float32))
        expected, shares, logs = o.split(logs, of_logs, axis=0)
        best = o.min(shares[0 : tables.CURVES], axis=0, keepdims=True)
        without_term, with_term = _rows(o, shares, tables.WITHOUT_TERM, tables.WITH_TERM)
        # shares + expected is the logarithm of chi-squared divided by its expectation, n.
        ratios = o.concat([shares - best, (shares + expected) * known, without_term - with_term], axis=0) * count
        one = _constants(o, 1.0, dtype=torch.float32)
        ratios = o.log(o.maximum(ratios + one, one))
        return o.concat([shares, logs, ratios, o.asinh(slopes), design, known], axis=0)


def _in_units(o: Operations[V], rows: V, units: V) -> tuple[V, V, V]:
    """Divide x, y, error, and their differences to the first point, each by its first absolute value that is not 0.

    Args:
        o: Array operations of torch or of an ONNX graph; see `Operations`.
        rows: x, y and error of the points, shape (3, batch, points). The first point of the sequence must come first.
        units: Absolute values of the first values that are not 0, from earlier points; 0 where there are none yet.
            Shape (6, batch, 1).

    Returns:
        The quotients, shape (6, batch, points), the units, and the divisors, which are the units but never 0.
    """
    rows = o.concat([rows, rows - rows[:, :, 0:1]], axis=0)
    sizes = o.concat([units, o.abs(rows)], axis=_POINTS)
    found = o.equal(o.cumulative_sum(o.sign(sizes), axis=_POINTS), 1.0)  # from the first that is not 0 to the second
    units = o.max(o.where(found, sizes, _constants(o, 0.0)), axis=_POINTS, keepdims=True)
    divisors = o.clip(units, _SMALLEST, _LARGEST)
    return rows / divisors, units, divisors


def _terms(o: Operations[V], rows: V, integrals: V) -> tuple[V, Sequence[V], V, V, V]:
    """Compute the terms of `weighted_sums.TERMS`, each times the root of the weight of its point, and waves.

    Args:
        o: Array operations of torch or of an ONNX graph; see `Operations`.
        rows: Rows of `_in_units` at the points that are kept and at the new ones.
        integrals: The integrals up to the point before, shape (10, batch, 1).

    Returns:
        The terms, shape (terms, batch, points); the waves times the weight, and those times v and the weight, each of
        shape (waves, batch, points); the number of points so far; the squared coefficients of variation of the steps of
        x on the three scales; and the integrals, whose first row is the number of points, too.
    """
    recent = rows[:, :, len(_MEMORY) - 1 :]  # the previous point and the new ones
    x, _, error, u, v, _ = o.split(recent, (1,) * _UNITS, axis=0)
    log_x = o.clip(o.log(o.abs(x)), -_MAX_LOG, _MAX_LOG)
    track = o.concat([recent[3:5] * v, v, u, log_x, o.sqrt(o.abs(u)), x, error], axis=0)
    now, before = track[:, :, 1:], track[:, :, 0:-1]
    _, v, u, _, x, error = o.split(now, (2, 1, 1, 2, 1, 1), axis=0)
    one = o.clip(u, 1.0, 1.0)  # ones of the shape of u
    exponents = o.take(now, _OF_EXPONENTS, axis=0) * _constants(o, *tables.LADDER, *tables.RATES)
    # These curves are 0 where x is its unit, or u is 0.
    curves = o.exp(o.clip(exponents, -_MAX_EXPONENT, _MAX_EXPONENT)) - one
    change = now - before
    _, dv, du, _ = o.split(change, (2, 1, 1, 4), axis=0)
    areas = (now + before)[_TRAPEZOIDS] * du  # twice the trapezoids
    scales, steps = now[_OF_SCALES], change[_OF_SCALES]
    increments = o.concat([one, areas, o.abs(areas), steps * steps], axis=0)
    integrals = o.cumulative_sum(increments, axis=_POINTS) + integrals
    n, of_uv, _, of_v, _, of_steps = o.split(integrals, (1, 1, 1, 1, 3, _SCALES), axis=0)
    uneven = of_steps * (n - one) / o.clip(scales * scales, _TINY, _LARGEST) - one
    double = u * of_v - of_uv  # ∫∫v du du = ∫(u − s)·v(s) ds
    lags = [rows[4:5, :, len(_MEMORY) - lag : -lag] for lag in range(1, len(_MEMORY))]
    uu = u * u
    signs = o.sign(o.concat([x, du, dv, error], axis=0))
    waves = o.sin(u * _constants(o, *tables.FREQUENCIES) + _constants(o, *tables.PHASES))
    terms = [one, now, curves, dv, uu, uu * u, uu * uu, integrals, double, *lags, signs]
    root = one / o.where(o.equal(error, 0.0), one, error)
    weight = root * root
    return o.concat(terms, axis=0) * root, (waves * weight, waves * (v * weight)), n, uneven, integrals


def _used_sums(o: Operations[V], sums: V) -> tuple[V, V]:
    """Return the sum of the weights, and the sums that are used; a bank's window depends on the spread of u."""
    parts = 1, tables.UNCENTRED - 1, 1, tables.FIXED - tables.UNCENTRED - 1, tables.ALL - tables.FIXED
    weight, uncentred, uu, fixed, banks = o.split(sums, parts, axis=0)
    octave = o.log(uu / weight) * _constants(o, -0.5 / math.log(2.0))
    # The conversion to an integer rounds down. The limits lie between integers, so rounding errors do not matter.
    octave = o.clip(octave, 0.5 - tables.START, tables.OCTAVES + 0.5 - tables.START)
    window = o.asarray(torch.from_numpy(tables.WINDOW + tables.START).reshape(-1, 1, 1))
    used = o.take_along_axis(banks, o.astype(octave + window, torch.int64), axis=0)
    used = used * _constants(o, *tables.SCALE) + weight * _constants(o, *tables.SHARE_OF_WEIGHT)
    return weight, o.concat([weight, uncentred, uu, fixed, used], axis=0)


def _rows(o: Operations[V], array: V, *indices: IntArray) -> Sequence[V]:
    """Return the rows of an array at each of several lists of indices, all of them by one operation."""
    return o.split(o.take(array, np.concatenate(indices), axis=0), [len(each) for each in indices], axis=0)


def _eliminate(products: V, first: V, second: V, squares: V) -> V:
    """Return sums of products of the residuals of two terms after their regression on a third (see `Elimination`)."""
    left: V = products - first * second / squares
    return left


def _residual_sums(o: Operations[V], sizes: V, centred: V, after_u: V) -> tuple[Sequence[V], V]:
    """Return residual sums of squares of v, and the slopes of v on its earlier values.

    The residual sums are first those of regressions on one term, then those of regressions on two terms after the first
    of them, then after both.
    """
    one, two = tables.ON_ONE_TERM, tables.ON_TWO_TERMS
    # Without the damping, a term that others explain would be divided by a sum of squares of rounding errors.
    damping = sizes * _constants(o, *tables.DAMPING) + _constants(o, _TINY)
    of_uu, damping, of_second = o.split(damping, (1, one + 3 * two, two), axis=0)
    products, first, second, uu = _rows(o, after_u, *tables.AFTER_UU)
    fitted = o.concat([centred, after_u, _eliminate(products, first, second, uu + of_uu)], axis=0)
    left, right, squares, total = _rows(o, fitted, tables.LEFT, tables.RIGHT, tables.SQUARES, tables.TOTAL)
    slopes = left / (squares + damping)
    hh, ht, on_one, on_first = o.split(total - slopes * right, (two, two, one, two), axis=0)
    on_both = on_first - ht * ht / (hh + of_second)
    _, of_lags, _ = o.split(slopes, (2 * two + tables.CURVES, tables.LAGS, two), axis=0)
    return (on_one, on_first, on_both), of_lags
