"""Families that do not exist where there are points: they cannot hold, whatever a network says."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.families import Family

__all__ = ["Domains", "normalised"]


def normalised(log_probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-probabilities that sum to one over the families, which stand along the last axis; NaN where none is left."""
    with np.errstate(invalid="ignore"):
        less = log_probabilities - log_probabilities.max(axis=-1, keepdims=True)  # so that none need be 0 afterwards
        summed: NDArray[np.float32] = less - np.log(np.exp(less).sum(axis=-1, keepdims=True))
    return summed


@final
class Domains:
    """Where each of some families exists.

    A network learns this nearly, and a posterior knows it: √x has probability 0 once an x was below 0.

    Args:
        names: of the families, in the order of the answers.
        known: those whose formulas are known; any other exists everywhere.

    Example:
        >>> from shapeclf.datasets.families import LINE, SQRT
        >>> domains = Domains(["line", "sqrt"], {"line": LINE, "sqrt": SQRT})
        >>> domains.everywhere(0.0, 9.0), domains.everywhere(-1.0, 9.0)
        (True, False)
        >>> domains.existing(-1.0, 9.0)
        array([ True, False])
        >>> np.exp(domains.without_others(np.log([0.5, 0.5]), np.array(-1.0), np.array(9.0)))
        array([1., 0.])
    """

    def __init__(self, names: Sequence[str], known: Mapping[str, Family]) -> None:
        ends = [known[name].domain if name in known else (-math.inf, math.inf) for name in names]
        self._lows, self._highs = np.array(ends).T
        self._common = float(self._lows.max()), float(self._highs.min())

    def everywhere(self, low: float, high: float) -> bool:
        """Whether all families exist for x from ``low`` to ``high``."""
        return self._common[0] <= low and high <= self._common[1]

    def existing(self, low: float, high: float) -> NDArray[np.bool_]:
        """Which of the families exist for x from ``low`` to ``high``, shape (families,)."""
        there: NDArray[np.bool_] = (self._lows <= low) & (high <= self._highs)
        return there

    def without_others(self, log_probabilities: NDArray[Any], low: FloatArray, high: FloatArray) -> NDArray[Any]:
        """Log-probabilities over those families alone that exist for x from ``low`` to ``high``.

        Args:
            log_probabilities: shape (..., families).
            low: lowest x so far, shape (...).
            high: highest x so far, shape (...).

        Returns:
            shape (..., families); minus infinity for the others, NaN where no family is left.
        """
        outside = (low[..., None] < self._lows) | (high[..., None] > self._highs)
        rows = outside.any(axis=-1)
        if not rows.any():
            return log_probabilities
        left = log_probabilities.copy()
        left[rows] = normalised(np.where(outside[rows], -np.inf, left[rows]))
        return left
