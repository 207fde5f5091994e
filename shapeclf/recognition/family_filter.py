"""Restriction of answers to the families that the caller chose, and to those that are defined at the points."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from shapeclf.datasets._arguments import shown
from shapeclf.datasets._types import BoolArray, FloatArray
from shapeclf.datasets.families import LINE, Family
from shapeclf.datasets.laws import CONSTANT
from shapeclf.errors import InputError

__all__ = ["TOO_LARGE", "FamilyFilter", "chosen_families", "normalised", "probabilities"]

TOO_LARGE = "the numbers are too large, or their differences differ too much in size, for the model to compute with"


def normalised(log_evidence: NDArray[Any]) -> NDArray[Any]:
    """Return log-probabilities that sum to one over the last axis; NaN where all are minus infinity."""
    with np.errstate(invalid="ignore"):
        relative = log_evidence - log_evidence.max(axis=-1, keepdims=True)  # so that not all of them underflow
        result: NDArray[Any] = relative - np.log(np.exp(relative).sum(axis=-1, keepdims=True))
    return result


def probabilities(log_probabilities: NDArray[np.float32]) -> FloatArray:
    """Return probabilities that sum to one over the last axis in double precision."""
    # A single row is computed in plain Python, which makes a step of one stream a tenth faster.
    if log_probabilities.ndim == 2 and len(log_probabilities) == 1:
        (row,) = log_probabilities.tolist()
        highest = max(row)
        weights = [math.exp(value - highest) for value in row]
        total = sum(weights)
        return np.array([[weight / total for weight in weights]])
    return np.asarray(np.exp(normalised(log_probabilities.astype(np.float64))))


def chosen_families(families: Sequence[str], among: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the families to consider.

    Args:
        families: Names of all families of the model.
        among: One of these names, or several.

    Raises:
        InputError: A name is not in ``families`` or is repeated, or there is no name.
    """
    if not isinstance(among, Iterable):
        raise InputError(f"among must be names of families, got {shown(among)}")
    names = (among,) if isinstance(among, str) else tuple(among)
    unknown = [name for name in names if not isinstance(name, str) or name not in families]
    if unknown or not names or len(set(names)) != len(names):
        raise InputError(
            f"among must be different families of the model ({', '.join(families)}); "
            f"got {', '.join(name if isinstance(name, str) else shown(name) for name in names) or 'no name'}"
        )
    return names


@final
class FamilyFilter:
    """Restricts a model's answers to some of its families, and to those that are defined at the x of the points.

    A family is defined at the x in its domain. After an x below 0, the probability of √x is exactly 0. A network
    alone would learn this only approximately. A constant is a line with k = 0: if the line is considered and the
    constant is not, the probability of the constant counts as the line's.

    Args:
        model_families: Names of all families, in the order of the model's answers.
        families: Names of the considered families, in the order of the restricted answers.
        known: Families whose formulas are known, by name; any other family is defined everywhere.

    Example:
        >>> from shapeclf.datasets.families import LINE, SQRT
        >>> both = FamilyFilter(["line", "sqrt"], ["line", "sqrt"], {"line": LINE, "sqrt": SQRT})
        >>> both.all_defined(0.0, 9.0), both.all_defined(-1.0, 9.0)
        (True, False)
        >>> excluded = both.excluded(np.array([-1.0]), np.array([9.0]))
        >>> excluded
        array([[False,  True]])
        >>> np.exp(both.log_probabilities(np.log([[0.5, 0.5]]), excluded))
        array([[1., 0.]])
    """

    def __init__(self, model_families: Sequence[str], families: Sequence[str], known: Mapping[str, Family]) -> None:
        self.families = tuple(families)
        unrestricted = self.families == tuple(model_families)
        self._columns = None if unrestricted else [model_families.index(name) for name in families]
        self._constant = model_families.index(CONSTANT.name) if CONSTANT.name in model_families else None
        self._line = self.families.index(LINE.name) if LINE.name in self.families else None
        ends = [known[name].domain if name in known else (-math.inf, math.inf) for name in families]
        self._lows, self._highs = np.array(ends).T
        self._common_domain = float(self._lows.max()), float(self._highs.min())

    def all_defined(self, low: float, high: float) -> bool:
        """Return whether all considered families are defined for x from ``low`` to ``high``."""
        return self._common_domain[0] <= low and high <= self._common_domain[1]

    def excluded(self, low: FloatArray, high: FloatArray) -> BoolArray:
        """Return which considered families are not defined for x from ``low`` to ``high``.

        Args:
            low: Lowest x, shape (...).
            high: Highest x, shape (...).

        Returns:
            Shape (..., families).
        """
        outside: BoolArray = (low[..., None] < self._lows) | (high[..., None] > self._highs)
        return outside

    def log_probabilities(self, answers: NDArray[Any], excluded: BoolArray | None = None) -> NDArray[Any]:
        """Return the log-probabilities of the considered families.

        Args:
            answers: Log-probabilities of all the model's families, shape (..., model families).
            excluded: Families that are impossible, or that a stream does not consider, shape (..., families); None if
                there are none.

        Returns:
            Shape (..., families); minus infinity for excluded families, NaN where all are excluded.
        """
        left = answers if self._columns is None else normalised(self._chosen(answers))
        rows = None if excluded is None else excluded.any(axis=-1)
        if excluded is None or rows is None or not rows.any():
            return left
        if left is answers:
            left = answers.copy()
        considered, out = left[rows], excluded[rows]
        if CONSTANT.name in self.families:
            # Where a stream considers the line and not the constant; see `Streams.reset`.
            constant = self.families.index(CONSTANT.name)
            self._add_to_line(considered, np.where(out[:, constant], considered[:, constant], -np.inf))
        left[rows] = normalised(np.where(out, -np.inf, considered))
        return left

    def _chosen(self, answers: NDArray[Any]) -> NDArray[Any]:
        """Return the answers for the chosen families, and add the constant to the line if it is not chosen itself."""
        chosen: NDArray[Any] = answers[..., self._columns]
        if self._constant is not None and CONSTANT.name not in self.families:
            self._add_to_line(chosen, answers[..., self._constant])
        return chosen

    def _add_to_line(self, values: NDArray[Any], constant: NDArray[Any]) -> None:
        """Add the probability of the constant, given as a logarithm, to that of the line, if the line is considered."""
        if self._line is not None:
            with np.errstate(invalid="ignore"):  # NaN, where the model has no answer, stays NaN
                values[..., self._line] = np.logaddexp(values[..., self._line], constant)
