"""Stepwise least-squares regressions of y: on polynomials, and on the integral forms of differential equations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, final

import numpy as np
import torch

from shapeclf.training.moments import EXACT, TINY, numbers
from shapeclf.training.operations import Operations, V

__all__ = ["REGRESSIONS", "TERMS", "RegressionResults", "Regressions"]

TERMS = ("one", "m", "u", "uu", "uuu", "uuuu", "I", "II", "J", "v", "w", "q")
"""The terms of a point, in this order.

1, a mask m, and powers of u; the integrals I of v, II of I, and J of v²; v, w and q. Here w is the v of the previous
point, and q is the sum of v and of the v two points back. The mask m is 1 from the third point on. Before it, m, w and
q are 0.
"""

REGRESSIONS = (
    ("one", "u", "uu", "uuu", "uuuu", "v"),  # polynomials
    ("one", "u", "I", "II", "uu", "v"),  # v' = r v + c: exponentials, which do not need II and uu
    ("one", "u", "uu", "II", "I", "v"),  # v'' = -w² v + c: sines; with I, damped ones, too
    ("one", "u", "I", "J", "uu", "v"),  # v' = a + b v + c v²: logistic curves, which do not need uu
    ("m", "w", "", "", "", "q"),  # a point's neighbours (their sum) against the point: sines, exponentials on a grid
)
"""The regressions. The last term of each is regressed on the terms before it, which are added one at a time.

The comments name the equation and the curves that satisfy it.
"""

_COLUMNS = 6
_COLLINEAR = 1e-11  # share of a term's square that must remain for it to be used


@final
@dataclass(frozen=True)
class RegressionResults(Generic[V]):
    """Results of the regressions: for each term from the second on, an array of shape (regressions, batch, points).

    Attributes:
        unexplained: Logarithm of the share of the last term's variance that is unexplained after the term is added.
        coefficient: Coefficient of the term when it is added to the terms before it.
        partial: Correlation of the last term with the part of the term that the terms before it do not explain.
    """

    unexplained: list[V]
    coefficient: list[V]
    partial: list[V]


@final
class Regressions:
    """All regressions, computed together from the sums of products of their terms.

    Attributes:
        width: Number of sums: one for each pair of terms that occurs in a regression.
    """

    def __init__(self) -> None:
        wanted = [(a, b) for terms in REGRESSIONS for a in terms for b in terms]
        pairs = sorted({tuple(sorted(pair)) for pair in [*wanted, *((term, term) for term in TERMS)] if all(pair)})
        self._index = {pair: index for index, pair in enumerate(pairs)} | {(b, a): i for i, (a, b) in enumerate(pairs)}
        self.width = len(pairs)
        self._factors = [np.array([TERMS.index(pair[side]) for pair in pairs]) for side in (0, 1)]
        # A regression with fewer terms is padded with a term that is always 0, which is stored after the sums.
        picked = np.array([self._index.get(pair, self.width) for pair in wanted])
        self._picked = picked.reshape(len(REGRESSIONS), _COLUMNS, _COLUMNS).transpose(1, 2, 0)
        self._squares = np.array([self._index[term, term] for term in TERMS])
        self._steps = [
            np.array([[[TERMS.index(terms[step]) if terms[step] else 0 for terms in REGRESSIONS]]])
            for step in range(_COLUMNS - 1)
        ]

    def sums(self, operations: Operations[V], terms: Sequence[V]) -> V:
        """Return what a point adds to the sums, given its terms in the order of `TERMS`, each (1, batch, points)."""
        rows = operations.concat(terms, axis=0)
        first, second = (operations.take(rows, indices, axis=0) for indices in self._factors)
        added: V = first * second
        return added

    def sum_of(self, operations: Operations[V], sums: V, a: str, b: str) -> V:
        """Return the sum of the products of two terms, shape (1, batch, points)."""
        index = self._index[a, b]
        row: V = sums[index : index + 1]
        return row

    def explain(self, operations: Operations[V], sums: V) -> RegressionResults[V]:
        """Compute all regressions by Gaussian elimination, term by term.

        Args:
            operations: Array operations of torch or of an ONNX graph; see `Operations`.
            sums: Sums over the points so far, shape (width, batch, points).
        """
        o = operations
        zero = sums[0:1] * numbers(o, 0.0)
        left = o.take(
            o.concat([sums, zero], axis=0), self._picked, axis=0
        )  # (terms, terms, regressions, batch, points)
        ridges = self._ridges(o, sums)
        results = RegressionResults[V]([], [], [])
        for step, indices in enumerate(self._steps):
            # The ridge in the denominator suppresses a term that the previous ones explain.
            pivot = left[0:1, 0:1] + o.take(ridges, indices, axis=0)
            gains = left[0:1, 1:] / pivot
            left = left[1:, 1:] - left[1:, 0:1] * gains
            rest = left[-1:, -1:]
            if step == 0:
                total = o.abs(rest) + numbers(o, TINY)
                continue
            coefficient = gains[0:1, -1:]
            share = o.clip(o.squeeze(rest / total, axis=(0, 1)), 0.0, 1.0)
            results.unexplained.append(o.log(o.astype(share + numbers(o, EXACT), torch.float32)))
            results.coefficient.append(o.squeeze(coefficient, axis=(0, 1)))
            results.partial.append(o.squeeze(coefficient * o.sqrt(o.abs(pivot / total)), axis=(0, 1)))
        return results

    def _ridges(self, o: Operations[V], sums: V) -> V:
        """Return what is added to the sum of squares of each term against collinearity, shape (terms, batch, points).

        It is a small share of that sum. The values of an integral can nearly cancel. So for an integral, the sum that
        would result without cancellation is added before the share is taken.
        """
        n, uu, vv = (self.sum_of(o, sums, term, term) for term in ("one", "u", "v"))
        once, none = uu * vv / n, numbers(o, 0.0) * n
        integrals = {"I": once, "II": once * uu / n, "J": once * vv / n}
        sizes = o.take(sums, self._squares, axis=0) + o.concat([integrals.get(term, none) for term in TERMS], axis=0)
        ridges: V = sizes * numbers(o, _COLLINEAR) + numbers(o, TINY)
        return ridges
