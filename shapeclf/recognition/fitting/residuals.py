"""Test whether the residuals of a fit are random, and find outliers.

The smallest p-value of these tests is reported, times the number of tests made (Bonferroni correction):

- Durbin and Watson 1950, 1951 (Testing for serial correlation in least squares regression, Biometrika 37 and 38): the
  sum of squared differences between neighbours over the sum of squares. It is about 2 for random residuals and small
  where the curve misses a slow change. Its distribution is approximated by a beta distribution with the exact mean and
  variance, which depend on the derivatives of the curve with respect to its parameters.
- Lack of fit, where x is repeated: the scatter of the means at each x about the curve against the scatter of the
  readings about these means (Fisher's F; Draper and Smith 1998, Applied Regression Analysis, section 2.1).
- Chi-squared, where there are error bars.
"""

import math
from typing import NamedTuple

import numpy as np

from shapeclf.datasets._types import BoolArray, FloatArray

__all__ = ["ResidualTest", "Residuals", "examine_residuals"]

_MIN_DF = 3  # with fewer degrees of freedom, the order of the residuals carries no information
# Standardised Durbin-Watson statistic above which the p-value of a normal distribution suffices, which needs no SciPy.
_SUSPECT = -1.2
_NOT_RANDOM = 0.01
_SINGULAR = 1e-10  # ratio of singular values below which the points do not determine a direction
_ROUNDING = 1e-20  # means are rounding errors if their sum of squares is a smaller share of that of all residuals
_TINY = float(np.finfo(np.float64).tiny)
_MAX_STUDENTISED = 4.0  # largest studentised residual of a reading that is not an outlier


class ResidualTest(NamedTuple):
    """A test of whether residuals are random.

    Attributes:
        name: ``"Durbin-Watson"``, ``"lack of fit"`` or ``"chi-squared"``.
        statistic: Durbin and Watson's d, Fisher's F, or chi-squared.
        p_value: Probability of a statistic at least as extreme if the residuals are random.
        systematic: Standard deviation of the systematic part of the residuals, relative to the range of y. Its variance
            is the variance of the residuals minus that of the noise. The noise is estimated from differences of
            neighbours (von Neumann 1941) or, if the lack of fit is more significant, from repeated readings. None where
            chi-squared alone is significant, which compares the residuals with the error bars.
        random: Whether the residuals may be random: the p-value is at least 0.01.
    """

    name: str
    statistic: float
    p_value: float
    systematic: float | None
    random: bool


class Residuals(NamedTuple):
    """The result of examining the residuals of a fit.

    Attributes:
        test: A test of whether they are random; None where there are too few different x, or where the residuals are
            only rounding errors.
        outliers: Indices of the readings that lie far from the curve through the others.
    """

    test: ResidualTest | None
    outliers: tuple[int, ...]


def examine_residuals(
    x: FloatArray,
    y: FloatArray,
    residuals: FloatArray,
    weights: FloatArray,
    jacobian: FloatArray,
    chi_squared: tuple[float, float] | None = None,
) -> Residuals:
    """Test whether the residuals of a fit are random, and find outliers.

    Args:
        x: Values of x, shape (points,).
        y: Values of y, shape (points,).
        residuals: Residuals, shape (points,).
        weights: Weight of each reading, shape (points,).
        jacobian: Derivatives of the curve with respect to the parameters, shape (points, parameters).
        chi_squared: Chi-squared and its p-value, where there are error bars.
    """
    unit, y_range = float(np.abs(residuals).max()), float(y.max() - y.min())
    jacobian = jacobian / np.maximum(np.abs(jacobian).max(axis=0), _TINY)  # squares neither overflow nor underflow
    if not (0 < unit < math.inf and y_range < math.inf and np.isfinite(jacobian).all()):
        return Residuals(None, ())
    order = np.argsort(x, kind="stable")
    x, weights, jacobian, residuals = x[order], weights[order], jacobian[order], residuals[order] / unit
    mass, root = weights, np.sqrt(weights)
    standard = residuals * root  # all have the same variance if the residuals are random
    basis = _basis(jacobian * root[:, None])
    outliers = tuple(sorted(order[_are_outliers(standard, basis)].tolist()))
    total, repeated = float(standard @ standard), 0  # sum of squares of all residuals
    new = x[1:] > x[:-1]
    if not new.all():  # readings at the same x are replaced by their mean
        starts = np.flatnonzero(np.append(True, new))
        repeated = len(x) - len(starts)
        mass = np.add.reduceat(weights, starts)
        standard = np.add.reduceat(weights * residuals, starts) / np.sqrt(mass)
        basis = _basis(np.add.reduceat(weights[:, None] * jacobian, starts) / np.sqrt(mass)[:, None])
    df, between = len(standard) - basis.shape[1], float(standard @ standard)  # sum of squares of the means
    if df < _MIN_DF or not between > _ROUNDING * total:
        return Residuals(None, outliers)
    tests = {"Durbin-Watson": _durbin_watson(standard, basis)}
    steps = standard[1:] - standard[:-1]
    noise = {"Durbin-Watson": float(steps @ steps) / (2 * len(steps))}
    if repeated and total > between:
        noise["lack of fit"] = (total - between) / repeated
        tests["lack of fit"] = _lack_of_fit(between / df, df, noise["lack of fit"], repeated)
    of_order = min(tests, key=lambda name: tests[name][1])
    if chi_squared is not None:
        tests["chi-squared"] = chi_squared
    name = min(tests, key=lambda name: tests[name][1])
    statistic, p_value = tests[name][0], min(1.0, tests[name][1] * len(tests))
    systematic = None
    if name == of_order or tests[of_order][1] * len(tests) < _NOT_RANDOM:
        # A systematic part of variance v adds v times this to the sum of squares of the means (Searle, Casella and
        # McCulloch 1992, Variance Components, section 3.6, for unequal numbers of readings).
        share = float(mass @ (1.0 - np.einsum("pi,pi->p", basis, basis)))
        variance = max(0.0, between - df * noise[of_order]) / share
        systematic = math.sqrt(variance) * (unit / y_range) if y_range else 0.0
    return Residuals(ResidualTest(name, statistic, p_value, systematic, p_value >= _NOT_RANDOM), outliers)


def _basis(columns: FloatArray) -> FloatArray:
    """Return an orthonormal basis of the columns, shape (points, at most columns)."""
    axes, singular, _ = np.linalg.svd(columns, full_matrices=False)
    basis: FloatArray = axes[:, singular > _SINGULAR * singular[0]]
    return basis


def _durbin_watson(residuals: FloatArray, basis: FloatArray) -> tuple[float, float]:
    """Return Durbin and Watson's d and the probability of a d that is at most as large.

    d = e'Ae / e'e, where A takes second differences. The mean and the variance of d are functions of the traces of MA
    and (MA)², where M projects onto the space of the residuals.
    """
    count, df = len(residuals), len(residuals) - basis.shape[1]
    steps = residuals[1:] - residuals[:-1]
    d = float(steps @ steps / (residuals @ residuals))
    differences = basis[1:] - basis[:-1]
    inner = differences.T @ differences
    second_differences = differences[1:] - differences[:-1]
    ends = differences[0] @ differences[0] + differences[-1] @ differences[-1]
    first = 2 * (count - 1) - float(np.trace(inner))
    squares = float(np.einsum("pi,pi", second_differences, second_differences) + ends)
    second = 6 * count - 8 - 2 * squares + float(np.sum(inner**2))
    mean = first / df
    variance = 2 * (df * second - first**2) / (df**2 * (df + 2))
    if not variance > 0:
        return d, 1.0
    away = (d - mean) / math.sqrt(variance)
    if away > _SUSPECT:
        return d, 0.5 * math.erfc(-away / math.sqrt(2))
    from scipy.special import betainc

    share = mean / 4  # d is between 0 and 4
    total = share * (1 - share) / (variance / 16) - 1  # sum of the two parameters of the beta distribution
    return d, float(betainc(share * total, (1 - share) * total, d / 4))


def _lack_of_fit(between: float, df: int, within: float, repeated: int) -> tuple[float, float]:
    """Return Fisher's F, the mean square between different x over that within equal x, and its p-value."""
    from scipy.special import fdtrc

    return between / within, float(fdtrc(df, repeated, between / within))


def _are_outliers(residuals: FloatArray, basis: FloatArray) -> BoolArray:
    """Return which readings are outliers.

    The externally studentised residual of an outlier is above 4: it differs from the curve fitted to the others by more
    than four of their residual standard deviations (Cook and Weisberg 1982, Residuals and Influence in Regression,
    section 2.2). For few points the limit is higher: Student's t exceeds it as rarely as a normal variable exceeds 4.

    Args:
        residuals: Residuals times the square roots of their weights, shape (points,).
        basis: Orthonormal basis of the weighted jacobian, shape (points, parameters).
    """
    df = len(residuals) - basis.shape[1] - 1
    complement = np.maximum(1.0 - np.einsum("pi,pi->p", basis, basis), _SINGULAR)  # one minus the leverage
    squares = residuals * residuals / complement
    others = np.maximum(residuals @ residuals - squares, 0.0)
    far: BoolArray = squares * df > _MAX_STUDENTISED**2 * others
    if not far.any():
        return far
    from scipy.special import stdtrit

    limit = float(stdtrit(max(df, 1), 1 - 0.5 * math.erfc(_MAX_STUDENTISED / math.sqrt(2))))
    return np.asarray(squares * df > limit**2 * others)
