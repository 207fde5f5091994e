"""What y is explained by, one term after the other: polynomials, and the integral forms of laws."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, final

import torch

from shapeclf.training.moments import EXACT, TINY, numbers
from shapeclf.training.operations import Operations, V

__all__ = ["REGRESSIONS", "TERMS", "Explained", "Regressions"]

TERMS = ("one", "m", "u", "uu", "uuu", "uuuu", "I", "II", "J", "v", "w", "q")
"""1; 1 from the third point on; powers of u; the integrals of v, of that, and of v²; v; and, from the third point on,
v a point back, and v two points back and here together."""

REGRESSIONS = (
    ("one", "u", "uu", "uuu", "uuuu", "v"),  # polynomials
    ("one", "u", "I", "II", "uu", "v"),  # v' = r v + c: exponentials; then what goes beyond
    ("one", "u", "uu", "II", "I", "v"),  # v'' = -w² v + c: sines; then with damping
    ("one", "u", "I", "J", "uu", "v"),  # v' = a + b v + c v²: logistic curves; then what goes beyond
    ("m", "w", "", "", "", "q"),  # each point's two neighbours by the point: on a grid, sines and exponentials
)
"""The last of each is explained by those before it, one after the other."""

_COLUMNS = 6
_COLLINEAR = 1e-11  # share of a term's own square that has to be left for it to say anything


@final
@dataclass(frozen=True)
class Explained(Generic[V]):
    """Each a list of steps, from the second term on; shapes (batch, points, regressions).

    Attributes:
        left: logarithm of the share of the variance that is left after the term.
        coefficient: of the term, given those before it.
        partial: the coefficient in units of both spreads: a correlation with what the terms before left of the term.
    """

    left: list[V]
    coefficient: list[V]
    partial: list[V]


@final
class Regressions:
    """All regressions at once, from the sums of products of their terms.

    Attributes:
        width: how many sums are kept.
    """

    width = len(TERMS) ** 2

    def __init__(self) -> None:
        place = {term: index for index, term in enumerate(TERMS)}
        pairs = [(a, b) for terms in REGRESSIONS for a in terms for b in terms]
        self._picked = [place.get(a, 0) * len(TERMS) + place.get(b, 0) for a, b in pairs]
        self._there = torch.tensor([float(a != "" and b != "") for a, b in pairs], dtype=torch.float64)
        self._steps = [[place.get(terms[step], 0) for terms in REGRESSIONS] for step in range(_COLUMNS - 1)]
        self._integrals = torch.zeros(3, len(TERMS), dtype=torch.float64)
        for row, term in enumerate(("I", "II", "J")):
            self._integrals[row, place[term]] = 1.0

    def sums(self, operations: Operations[V], terms: Sequence[V]) -> V:
        """What a point adds to the sums, from the terms in the order of `TERMS`, each (batch, points, 1)."""
        row = operations.join(terms)
        size = len(TERMS)
        products = operations.folded(row, size, 1) * operations.folded(row, 1, size)
        return operations.folded(products, size * size)

    def sum_of(self, operations: Operations[V], sums: V, a: str, b: str) -> V:
        """The sum of the products of two terms, shape (batch, points, 1)."""
        place = TERMS.index(a) * len(TERMS) + TERMS.index(b)
        return operations.part(sums, -1, place, place + 1)

    def explain(self, operations: Operations[V], sums: V) -> Explained[V]:
        """Gaussian elimination, term by term, of all regressions side by side.

        Args:
            operations: of the target.
            sums: over the points so far, shape (batch, points, width).
        """
        o, size = operations, len(REGRESSIONS)
        left = o.pick(sums, self._picked) * o.constant(self._there)
        left = o.folded(left, size, _COLUMNS, _COLUMNS)  # (batch, points, regressions, terms, terms)
        floors = self._floors(o, sums)
        explained = Explained[V]([], [], [])
        for step, places in enumerate(self._steps):
            # Of a term that those before it explain nothing may be made.
            pivot = o.block(left, (0, 1), (0, 1)) + o.folded(o.pick(floors, places), size, 1, 1)
            gains = o.block(left, (0, 1), (1, None)) / pivot
            left = o.block(left, (1, None), (1, None)) - o.block(left, (1, None), (0, 1)) * gains
            rest = o.block(left, (-1, None), (-1, None))
            if step == 0:
                total = o.size(rest) + numbers(o, TINY)
                continue
            coefficient = o.block(gains, (0, 1), (-1, None))
            share = o.within(o.folded(rest / total, size), 1.0, 0.0)
            explained.left.append(o.log(o.single(share + numbers(o, EXACT))))
            explained.coefficient.append(o.folded(coefficient, size))
            explained.partial.append(o.folded(coefficient * o.sqrt_of_size(pivot / total), size))
        return explained

    def _floors(self, o: Operations[V], sums: V) -> V:
        """What is added to the square of each term, shape (batch, points, terms).

        A share of that square; of an integral, whose values may all but cancel, a share of what it would be if they
        did not.
        """
        n, uu, vv = (self.sum_of(o, sums, term, term) for term in ("one", "u", "v"))
        once = uu * vv / n
        integrals = o.join([once, once * uu / n, once * vv / n]) @ o.constant(self._integrals)
        squares = o.pick(sums, [place * (len(TERMS) + 1) for place in range(len(TERMS))])
        return (squares + integrals) * numbers(o, _COLLINEAR) + numbers(o, TINY)
