"""Points of sequences of several families, many sequences at once."""

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
    """Equal values side by side as one: the value, its first place, and the place after its last.

    Example:
        >>> _runs([1.5, 1.5, 0.5])
        [(1.5, 0, 2), (0.5, 2, 3)]
    """
    runs: list[Run[T]] = []
    for place, value in enumerate(values):
        same = bool(runs) and runs[-1][0] == value
        first = runs.pop()[1] if same else place
        runs.append((value, first, place + 1))
    return runs


def whole_rows(values: FloatArray) -> NDArray[np.void]:
    """The same memory, (rows, ...), with a row an item: numpy then moves it at once, and not number by number."""
    items: NDArray[np.void] = values.reshape(-1).view(np.dtype((np.void, values.strides[0])))
    return items


class Order(NamedTuple):
    """How the sequences of one batch or several are drawn: family by family.

    Attributes:
        bounds: The row at which each family begins, and the number of rows.
        sequences: Of each row, its sequence, counted batch after batch.
        drawn: Of each row, which of the random numbers that the batches' sequences take it is made of. Each batch takes
            its own family by family, so of one batch they are the first, the second, ... (None).
    """

    bounds: list[int]
    sequences: IntArray
    drawn: IntArray | None


def family_by_family(labels: IntArray, families: int) -> Order:
    """The order for labels of shape (batches, batch)."""
    flat = labels.reshape(-1).astype(np.int16)  # a stable sort of short integers takes a fourth of the time
    ends = accumulate(np.bincount(flat, minlength=families).tolist())
    drawn = None
    if len(labels) > 1:
        drawn = np.sort(flat.reshape(labels.shape), axis=1).reshape(-1).argsort(kind="stable")
    return Order([0, *ends], flat.argsort(kind="stable"), drawn)


@final
class Curves:
    """The curves of some families, without noise.

    Each call of numpy on so few numbers costs as much as a hundred of them, so what neighbours have in common is done
    for them together.

    Args:
        families: Their rows follow each other in this order, wherever rows are spoken of.
        x: Prior of x for all; None: each family's own.
        fixed: Parameters by family and name; None: they are drawn for each row.
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

    def fresh(self, name: str, shares: FloatArray, bounds: Sequence[int]) -> FloatArray:
        """A parameter of every row.

        Args:
            name: Of the parameter.
            shares: Of its prior, (rows, 1).
            bounds: The row at which each family begins, and the number of rows.

        Returns:
            Shape (rows, 1); anything in the rows of families without the parameter.
        """
        values = np.empty(shares.shape)
        for prior, first, last in self._priors[name]:
            rows = slice(bounds[first], bounds[last])
            if prior is not None:
                values[rows] = prior.quantile(shares[rows])
        return values

    def points(
        self, shares: FloatArray, first: int, bounds: Sequence[int], fresh: Mapping[str, FloatArray]
    ) -> FloatArray:
        """The points of some neighbouring rows, (rows, points, 2).

        Args:
            shares: Of the priors of x, (rows, points).
            first: Number of the first row.
            bounds: The row at which each family begins, and the number of all rows.
            fresh: What `fresh` gave for every parameter, if they are not fixed.

        Raises:
            InputError: A family's function gave a value that is not finite.
        """
        size = len(shares)
        at = [min(max(bound - first, 0), size) for bound in bounds]
        here = {name: values[first : first + size] for name, values in fresh.items()}
        points = np.empty((*shares.shape, 2))
        scaled = np.empty(shares.shape)  # k·g(x; θ)
        for prior, one, end in self._x:
            start, stop = at[one], at[end]
            if start == stop:
                continue
            x = prior.quantile(shares[start:stop])
            points[start:stop, :, 0] = x
            for place in range(one, end):
                rows = slice(at[place], at[place + 1])
                if rows.start < rows.stop:
                    self._scale(place, x[rows.start - start : rows.stop - start], rows, here, scaled[rows])
        if self._b is None:
            scaled += here["b"]
        else:
            for b, one, end in self._b:
                scaled[at[one] : at[end]] += b
        points[..., 1] = scaled  # adding right into every other place would take longer than adding and moving
        flat = scaled.reshape(-1)
        with np.errstate(over="ignore", invalid="ignore"):
            squares = flat.dot(flat)  # the quickest look at all of them: not finite if one is not
        if not math.isfinite(squares):
            self._find_not_finite(points[..., 1], at)
        return points

    def _scale(self, place: int, x: FloatArray, rows: slice, fresh: Mapping[str, FloatArray], into: FloatArray) -> None:
        """Puts k·g(x; θ) of a family's rows into their place."""
        family = self._families[place]
        values: Mapping[str, FloatArray | float] = (
            {name: fresh[name][rows] for name in family.priors} if self._fixed is None else self._fixed[place]
        )
        np.multiply(values["k"], family.basis_at(x, **{name: values[name] for name in family.shape}), out=into)

    def _find_not_finite(self, y: FloatArray, at: Sequence[int]) -> None:
        for family, start, stop in zip(self._families, at, at[1:], strict=False):
            if not np.isfinite(y[start:stop]).all():
                raise InputError(f"family {family.name!r}: y is not finite everywhere; look at its priors and domain")
