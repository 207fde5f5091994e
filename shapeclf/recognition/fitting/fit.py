"""Fit the curves of a family to the points of one sequence or of many."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.datasets.families import Family
from shapeclf.errors import InputError
from shapeclf.recognition.checking import check_array, error_bars_of, points_of
from shapeclf.recognition.fitting.fit_result import Fit, parameter_names
from shapeclf.recognition.fitting.linear import fit_linear
from shapeclf.recognition.fitting.nonlinear import fit_nonlinear

__all__ = ["fit_family", "fit_many"]


def fit_family(family: Family, x: ArrayLike, y: ArrayLike, y_error: ArrayLike | None = None) -> Fit | None:
    """Fit a family's curve to points by least squares.

    k and b are solved for in closed form. Shape parameters are searched for with `scipy.optimize.curve_fit`, from a
    grid of starts over their priors; SciPy is imported only for such families. x and y may be in any units. Where the
    points do not determine all parameters (if all x are equal, say), one of the best curves is returned.

    Args:
        family: Family to fit.
        x: Values of x, shape (points,).
        y: Values of y, shape (points,).
        y_error: Standard deviation of each reading, shape (points,), or one number for all. It weights the fit.

    Returns:
        The fit, or None where an x lies outside the family's domain, no finite parameters fit, or there are no more
        points than parameters.

    Raises:
        InputError: x and y are not finite numbers, of equal length, at least one each; a y_error is not a finite number
            above 0; or the family's basis function does not meet the requirements of `Family`.

    Example:
        >>> from shapeclf.datasets import PARABOLA
        >>> fit = fit_family(PARABOLA, [0.0, 1.0, 2.0, 3.0], [0.1, 5.0, 19.5, 44.3])
        >>> fit.equation, fit.parameter_texts["k"], round(fit.r_squared, 5)
        ('y = 4.909·x² + 0.04', '4.909 ± 0.021', 0.99996)
    """
    points = points_of(x, y)
    error_bars = None if y_error is None else error_bars_of(y_error, len(points))[None]
    (fit,) = fit_many(family, points[None], np.array([len(points)]), error_bars)
    return fit


@np.errstate(all="ignore")
def fit_many(
    family: Family, points: FloatArray, lengths: IntArray, y_error: FloatArray | None = None
) -> list[Fit | None]:
    """Fit many sequences as `fit_family` does: together if there are no shape parameters, otherwise one by one.

    Args:
        family: Family to fit.
        points: (x, y) of each point, shape (batch, points, 2). Points beyond a sequence's length are not used.
        lengths: Points of each sequence, at least 1, shape (batch,).
        y_error: Standard deviation of each reading, shape (batch, points). It weights the fits.

    Returns:
        The fit of each sequence, or None where `fit_family` returns None.

    Raises:
        InputError: The arrays have other shapes; a length is not between 1 and the number of points; a value within
            the length is not finite; a y_error within it is not a finite number above 0; or the family's basis function
            does not meet the requirements of `Family`.

    Example:
        >>> from shapeclf.datasets import LINE
        >>> points = np.array([[[1.0, 5.0], [2.0, 7.0], [3.0, 9.0]], [[1.0, 4.0], [3.0, 3.0], [0.0, 0.0]]])
        >>> [fit and fit.equation for fit in fit_many(LINE, points, np.array([3, 2]))]
        ['y = 2·x + 3', None]
    """
    batch = _checked_batch(points, lengths, y_error)
    x = batch.points[..., 0]
    low, high = family.domain
    inside_domain = (x.min(axis=1, initial=high) >= low) & (x.max(axis=1, initial=low) <= high)
    rows = np.flatnonzero(inside_domain & (lengths > len(parameter_names(family))))
    fits: list[Fit | None] = [None] * len(points)
    if family.shape:
        for row in rows.tolist():  # curve_fit takes one sequence at a time
            fits[row] = fit_nonlinear(family, *batch.sequence(row))
    elif rows.size:
        noise = None if batch.noise is None else batch.noise[rows]
        fitted = fit_linear(family, batch.points[rows], batch.weights[rows], lengths[rows], noise)
        for row, fit in zip(rows.tolist(), fitted, strict=True):
            fits[row] = fit
    return fits


class _Batch(NamedTuple):
    """Checked sequences, padded with their first points.

    Attributes:
        points: (x, y), shape (batch, points, 2).
        inside: Which points belong to their sequence, shape (batch, points).
        weights: Weight of each reading, 1 for the most precise, 0 for padding; shape (batch, points).
        noise: Standard deviation of a reading whose weight is 1, shape (batch,); None if it is not known.
    """

    points: FloatArray
    inside: BoolArray
    weights: FloatArray
    noise: FloatArray | None

    def sequence(self, row: int) -> tuple[FloatArray, FloatArray, FloatArray, float | None]:
        """Return x, y and weights of one sequence without its padding, and its noise."""
        inside = self.inside[row]
        x, y = self.points[row][inside].T.copy()
        return x, y, self.weights[row][inside], None if self.noise is None else float(self.noise[row])


def _checked_batch(points: FloatArray, lengths: IntArray, y_error: FloatArray | None) -> _Batch:
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
    if y_error is None:
        return _Batch(points, inside, inside.astype(np.float64), None)
    check_array("y_error", y_error)
    if y_error.shape != inside.shape:
        raise InputError(f"y_error must have the shape (batch, points), {inside.shape}, got {y_error.shape}")
    if not (np.isfinite(y_error) & (y_error > 0))[inside].all():
        raise InputError("y_error must be finite numbers above 0")
    smallest = y_error.min(axis=1, where=inside, initial=np.inf)
    return _Batch(points, inside, np.where(inside, (smallest[:, None] / y_error) ** 2, 0.0), smallest)
