"""Compute the points of many sequences of several families at once."""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.families import Family
from shapeclf.datasets.priors import Prior
from shapeclf.errors import InputError

__all__ = ["Curves", "Order", "family_by_family", "whole_rows"]

T = TypeVar("T")
Run = tuple[T, int, int]


def _runs(values: Sequence[T]) -> list[Run[T]]:
    """Return runs of equal neighbours: the value, its first index, and the index after its last.

    Example:
        >>> _runs([1.5, 1.5, 0.5])
        [(1.5, 0, 2), (0.5, 2, 3)]
    """
    runs: list[Run[T]] = []
    for index, value in enumerate(values):
        same = bool(runs) and runs[-1][0] == value
        first = runs.pop()[1] if same else index
        runs.append((value, first, index + 1))
    return runs


def whole_rows(values: FloatArray) -> NDArray[np.void]:
    """Return a view of shape (rows,) with each row as one item, which NumPy copies faster than separate numbers."""
    items: NDArray[np.void] = values.reshape(-1).view(np.dtype((np.void, values.strides[0])))
    return items


class Order(NamedTuple):
    """The order in which the sequences of one or several batches are drawn: as rows, sorted by family.

    Attributes:
        bounds: First row of each family, then the number of rows.
        sequences: Index of each row's sequence, counted over all batches, shape (rows,).
        drawn: Index of the random numbers from which each row is drawn, counted over all batches, shape (rows,). None
            for one batch, where row i takes the i-th of them.
    """

    bounds: list[int]
    sequences: IntArray
    drawn: IntArray | None


def family_by_family(labels: IntArray, families: int) -> Order:
    """Return the order of drawing for labels of shape (batches, batch)."""
    flat = labels.reshape(-1).astype(np.int16)  # a stable sort of short integers takes a fourth of the time
    ends = accumulate(np.bincount(flat, minlength=families).tolist())
    drawn = None
    if len(labels) > 1:
        drawn = np.sort(flat.reshape(labels.shape), axis=1).reshape(-1).argsort(kind="stable")
    return Order([0, *ends], flat.argsort(kind="stable"), drawn)


@final
class Curves:
    """The noise-free curves of some families.

    Families that share a prior or a value are computed in one call: on short arrays numpy's calls cost more than the
    numbers.

    Args:
        families: The families, in the order of their rows.
        x: Prior of x for all families; None for each family's own.
        fixed: Parameters by family and name; None if they are drawn for each row.
    """

    def __init__(
        self, families: Sequence[Family], x: Prior | None, fixed: Mapping[str, Mapping[str, float]] | None
    ) -> None:
        self._families = families
        self._fixed = None if fixed is None else [dict(fixed[family.name]) for family in families]
        self._x = _runs([x or family.x for family in families])
        self._b = None if self._fixed is None else _runs([values["b"] for values in self._fixed])
        names = sorted({name for family in families for name in family.priors})
        self._priors = {name: _runs([family.priors.get(name) for family in families]) for name in names}

    def draw_parameter(self, name: str, u: FloatArray, bounds: Sequence[int]) -> FloatArray:
        """Draw a parameter for every row.

        Args:
            name: Name of the parameter.
            u: Random numbers from 0 to 1, shape (rows, 1). The quantile function of the prior turns them into values.
            bounds: First row of each family, as in `Order`.

        Returns:
            Shape (rows, 1); not initialised in the rows of families without the parameter.
        """
        values = np.empty(u.shape)
        for prior, first, last in self._priors[name]:
            rows = slice(bounds[first], bounds[last])
            if prior is not None:
                values[rows] = prior.quantile(u[rows])
        return values

    def points(
        self, u: FloatArray, first: int, bounds: Sequence[int], parameters: Mapping[str, FloatArray]
    ) -> FloatArray:
        """Return the points of consecutive rows, shape (rows, points, 2).

        Args:
            u: Random numbers from 0 to 1, shape (rows, points). The quantile functions of the priors of x turn them
                into values.
            first: Index of the first row.
            bounds: First row of each family, as in `Order`.
            parameters: The values from `draw_parameter` by name, unless they are fixed.

        Raises:
            InputError: A family's function gave a value that is not finite.
        """
        size = len(u)
        at = [min(max(bound - first, 0), size) for bound in bounds]
        block = {name: values[first : first + size] for name, values in parameters.items()}
        points = np.empty((*u.shape, 2))
        scaled = np.empty(u.shape)  # k·g(x; θ)
        for prior, one, end in self._x:
            start, stop = at[one], at[end]
            if start == stop:
                continue
            x = prior.quantile(u[start:stop])
            points[start:stop, :, 0] = x
            for index in range(one, end):
                rows = slice(at[index], at[index + 1])
                if rows.start < rows.stop:
                    self._scale(index, x[rows.start - start : rows.stop - start], rows, block, scaled[rows])
        if self._b is None:
            scaled += block["b"]
        else:
            for b, one, end in self._b:
                scaled[at[one] : at[end]] += b
        points[..., 1] = scaled  # adding right into a strided array takes longer
        flat = scaled.reshape(-1)
        with np.errstate(over="ignore", invalid="ignore"):
            squares = flat.dot(flat)  # the fastest test: it is not finite if one of them is not
        if not math.isfinite(squares):
            self._raise_not_finite(points[..., 1], at)
        return points

    def _scale(
        self, index: int, x: FloatArray, rows: slice, parameters: Mapping[str, FloatArray], out: FloatArray
    ) -> None:
        """Write k·g(x; θ) of a family's rows to ``out``."""
        family = self._families[index]
        values: Mapping[str, FloatArray | float] = (
            {name: parameters[name][rows] for name in family.priors} if self._fixed is None else self._fixed[index]
        )
        np.multiply(values["k"], family.basis_at(x, **{name: values[name] for name in family.shape}), out=out)

    def _raise_not_finite(self, y: FloatArray, at: Sequence[int]) -> None:
        """Raise InputError for the family whose y is not finite."""
        for family, start, stop in zip(self._families, at, at[1:], strict=False):
            if not np.isfinite(y[start:stop]).all():
                raise InputError(f"family {family.name!r}: y is not finite everywhere; look at its priors and domain")
