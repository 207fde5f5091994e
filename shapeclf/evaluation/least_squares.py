"""The classical reference: the family whose least-squares fit has the smallest residual."""

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.families import Family
from shapeclf.datasets.sequences import ShapeSequences
from shapeclf.errors import InputError
from shapeclf.evaluation._points import by_chunks, curve_inside, inside
from shapeclf.evaluation.moments import Box, profile, rounding, running_moments

__all__ = ["answer_shares", "known_residual", "least_squares"]

_ROUNDING = 16 * np.finfo(np.float64).eps  # largest relative error that counts as rounding


def least_squares(sequences: ShapeSequences, points: FloatArray, *, box: bool = False) -> FloatArray:
    """Return the smallest sum of squared residuals of each family after each point.

    A residual no larger than rounding is returned as 0. So after one point and (without a box) after two points, all
    families have 0, which `answer_shares` treats as a tie. Without noise, the right family always has 0. The density
    of x is not used, except that a family has no fit to points outside its domain.

    Args:
        sequences: The data set; only its families are used, and with ``box`` its parameters.
        points: (x, y), shape (batch, points, 2).
        box: Whether to restrict k and b to the support of their priors or, if they are fixed, to their values.

    Returns:
        Sums of squares in units of y², shape (batch, points, families); inf where a family has no fit.

    Raises:
        InputError: A family has shape parameters that are not fixed, its function is not finite at some x, or
            ``points`` has another shape or is not finite.
    """
    fixed = sequences.fixed_parameters if box else None
    for family in sequences.families:
        if fixed is None and family.shape:
            raise InputError(f"least squares: family {family.name!r} has shape parameters ({', '.join(family.shape)})")

    def of_family(family: Family, x: FloatArray, y: FloatArray) -> FloatArray:
        residual = (
            known_residual(family, x, y, fixed[family.name], family.domain)
            if fixed is not None
            else _fit_residual(family, x, y, boxed=box)
        )
        outside = np.logical_or.accumulate(~inside(x, family.domain), axis=1)
        return np.where(outside, np.inf, residual)

    def of_chunk(chunk: FloatArray) -> FloatArray:
        x, y = chunk[..., 0], chunk[..., 1]
        return np.stack([of_family(family, x, y) for family in sequences.families], axis=-1)

    return by_chunks(points, len(sequences.families), of_chunk)


def answer_shares(residuals: FloatArray) -> FloatArray:
    """Return each family's share of the answer: 1 for the smallest residual, equal shares for ties.

    Args:
        residuals: Shape (..., families).

    Returns:
        Shape (..., families), summing to 1; the true family's share, averaged, is the accuracy.

    Example:
        >>> answer_shares(np.array([[0.0, 0.0], [2.0, 1.0]]))
        array([[0.5, 0.5],
               [0. , 1. ]])
    """
    smallest = residuals == residuals.min(axis=-1, keepdims=True)
    shares: FloatArray = smallest / smallest.sum(axis=-1, keepdims=True)
    return shares


def _fit_residual(family: Family, x: FloatArray, y: FloatArray, *, boxed: bool) -> FloatArray:
    moments = running_moments(curve_inside(family, x, family.domain, k=1.0, b=0.0), y)
    residual = moments.residual
    if boxed:
        residual = residual + profile(moments, Box(family.k.support, family.b.support)).least
        least = rounding(moments, max(map(abs, family.k.support)))
    else:
        least = rounding(moments, np.abs(moments.slope))
    return np.where(residual <= least, 0.0, residual)


def known_residual(
    family: Family, x: FloatArray, y: FloatArray, parameters: dict[str, float], interval: tuple[float, float]
) -> FloatArray:
    """Return the running sum of squared residuals of a known function; 0 if it is no larger than rounding.

    Args:
        family: The family of the function.
        x: Shape (batch, points); the result is meaningless after an x outside ``interval``.
        y: Shape (batch, points).
        parameters: Values of k, b and each shape parameter.
        interval: Lowest and highest x of an interval on which the function is defined.

    Returns:
        In units of y², shape (batch, points).
    """
    expected = curve_inside(family, x, interval, **parameters)
    size = np.abs(expected - parameters["b"]) + abs(parameters["b"]) + np.abs(y)
    error = y - expected
    error[np.abs(error) <= _ROUNDING * size] = 0.0
    return np.cumsum(error**2, axis=1)
