"""A bank of curves k·f(x) + b with many shapes f, each of which is fitted to the points so far."""

import math
from collections.abc import Sequence
from typing import final

import torch

from shapeclf.training.moments import EXACT, TINY, Moments, numbers
from shapeclf.training.operations import Operations, V

__all__ = ["LADDER", "CurveBank"]

LADDER = (-3.0, -2.0, -1.4, -1.0, -0.7, -0.4, -0.2, 0.25, 0.4, 0.5, 0.7, 0.85, 1.3, 1.6, 2.0, 2.5, 3.2, 4.2)
"""The powers of x: a ladder of re-expressions (Tukey 1977, Exploratory Data Analysis). log x and x are also used."""

_OCTAVES = 15  # number of rates of exponentials of each sign; each is twice the one before
_SLOWEST = -12  # base-2 logarithm of the slowest rate, in 1 / (unit of u)
_WINDOW = 4  # number of rates of each sign that are used as features
_WINDOW_START = -1.13  # base-2 logarithm of the slowest of these, in 1 / (spread of u). It is not a round number, since
# the spread of a grid can be a power of two, and rounding must not decide which rates are used
_MAX_LOG = 60.0  # largest absolute value of log(x / unit), which x = 0 gets
_MAX_EXPONENT = 40.0  # largest absolute value of the exponents


@final
class CurveBank:
    """A bank of curves: x, its logarithm, its powers, and exponentials whose rates follow the spread of the points.

    The unit of x is its first nonzero absolute value. u and v are the differences of x and y to the first point, each
    divided by its first nonzero absolute value.

    Args:
        ladder: Powers of x, none of them 0.

    Attributes:
        width: Number of sums.
        seen: Number of curves that are used as features.
    """

    def __init__(self, ladder: Sequence[float] = LADDER) -> None:
        octaves = [2.0 ** (_SLOWEST + octave) for octave in range(_OCTAVES)]
        self._ladder = tuple(ladder)
        self._rates = (*(-rate for rate in octaves), *octaves)
        self._window = torch.tensor([sign * _OCTAVES + i for sign in (0, 1) for i in range(_WINDOW)]).reshape(-1, 1, 1)
        self._shapes = 2 + len(ladder)
        self._curves = self._shapes + 2 * _OCTAVES
        self.width = 5 * self._curves
        self.seen = self._shapes + 2 * _WINDOW

    def values(self, operations: Operations[V], x: V, u: V) -> V:
        """Return the values of the curves.

        The curves of u, which are u itself and the exponentials, are 0 at the first point. The curves of x, which are
        its logarithm and its powers, are 0 where x equals its unit.

        Args:
            operations: Array operations of torch or of an ONNX graph; see `Operations`.
            x: Absolute x over its unit, shape (1, batch, values).
            u: Difference of x to the first x, over its unit, shape (1, batch, values).

        Returns:
            Shape (curves, batch, values).
        """
        one = numbers(operations, 1.0)
        logarithm = operations.clip(operations.log(x + numbers(operations, TINY)), -_MAX_LOG, _MAX_LOG)
        ladder, rates = numbers(operations, *self._ladder), numbers(operations, *self._rates)
        slopes = numbers(operations, *(1.0 / power for power in self._ladder))
        powers = (operations.exp(logarithm * ladder) - one) * slopes  # of slope 1 where x is its unit
        exponentials = operations.exp(operations.clip(u * rates, -_MAX_EXPONENT, _MAX_EXPONENT)) - one
        return operations.concat([u, logarithm, powers, exponentials], axis=0)

    def sums(self, operations: Operations[V], f: V, v: V, df: V, dv: V) -> V:
        """Return what a point adds to the sums of f, f², f·v, df² and df·dv.

        Args:
            operations: Array operations of torch or of an ONNX graph; see `Operations`.
            f: Values of the curves at the point.
            v: Difference of y to the first y, over its unit, at the point.
            df: Changes of the curves since the previous point.
            dv: Change of v since the previous point.
        """
        return operations.concat([f, f * f, f * v, df * df, df * dv], axis=0)

    def fits(self, operations: Operations[V], sums: V, dv_dv: V, moments: Moments[V]) -> tuple[V, V]:
        """Return how well each curve fits.

        Args:
            operations: Array operations of torch or of an ONNX graph; see `Operations`.
            sums: Sums over the points so far, shape (width, batch, points).
            dv_dv: Sum of the squared changes of v.
            moments: Moments of u and v.

        Returns:
            The logarithms of two ratios, each of shape (seen, batch, points). The denominator of both is the sum of
            squares of v about its mean. The numerators are the sum of squared residuals, and the sum of the squared
            changes of the residuals from point to point.
        """
        curves, tiny, exact = self._curves, numbers(operations, TINY), numbers(operations, EXACT)
        f, ff, fv, df_df, df_dv = (sums[i * curves : (i + 1) * curves] for i in range(5))
        # The rounding error of the squares is added, so that a variance below it has no effect.
        ff = ff - f * f / moments.n + numbers(operations, 1e-15) * ff + tiny
        fv = fv - f * moments.mean_v
        k = fv / ff
        left = operations.clip(numbers(operations, 1.0) - k * fv / moments.vv, 0.0, 1.0) + exact
        rough = operations.abs(dv_dv - k * (df_dv + df_dv) + k * k * df_df) / moments.vv + exact
        indices = self._window_indices(operations, moments.spread_u)

        def log_of_seen(value: V) -> V:
            shapes = value[0 : self._shapes]
            window = operations.take_along_axis(value[self._shapes :], indices, axis=0)
            return operations.log(operations.astype(operations.concat([shapes, window], axis=0), torch.float32))

        return log_of_seen(left), log_of_seen(rough)

    def _window_indices(self, operations: Operations[V], spread: V) -> V:
        """Return the indices of the exponentials whose rates fit the spread of u."""
        octaves = operations.log(spread + numbers(operations, TINY)) * numbers(operations, 1.0 / math.log(2.0))
        first = numbers(operations, _WINDOW_START - _SLOWEST) - octaves
        first = operations.clip(first, 0.0, _OCTAVES - _WINDOW)
        indices: V = operations.astype(operations.floor(first), torch.int64) + operations.asarray(self._window)
        return indices
