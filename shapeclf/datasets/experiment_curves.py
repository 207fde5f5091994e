"""Curves of experiments, at the x of their designs: those of laws, and negative examples, which follow no law."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, final

import numpy as np

from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.designs import (
    ABOVE_ZERO,
    ANYWHERE,
    FROM_ZERO,
    LOWEST_MASK,
    RARELY_FAR,
    X_IS_SET,
    X_IS_TIME,
    Designs,
)
from shapeclf.datasets.families import LINE, PARABOLA, Family
from shapeclf.datasets.law_distance import GRID
from shapeclf.datasets.laws import CONSTANT, QUADRATIC
from shapeclf.datasets.negative_examples import NEGATIVE_EXAMPLES, OF_READINGS, GeneratorInputs
from shapeclf.errors import InputError

__all__ = ["INFINITE", "ExperimentCurves", "between_zero_and_one", "shape_limits"]

Width = TypeVar("Width", float, FloatArray)

# Largest product of a rate and the mean distance of neighbouring points. Points cannot show a rate above the Nyquist
# limit, where this product is pi.
_FASTEST = 0.9 * np.pi
_NARROWEST = 0.4  # smallest ratio of the width of a Gaussian to this distance
_REDRAWS = 30  # most times that a rate or width outside these limits, or a curve beyond `INFINITE`, is drawn again
INFINITE = 1e100  # absolute value from which a basis curve counts as infinite
_ABSENT_WEIGHT = 3.0  # weight, in the class `none`, of all built-in laws that are absent from the families
# Relative frequencies of the kinds of negative examples; any other kind has 1. Smooth curves and bent laws lie close to
# the limit between a law and `none`. Short sequences of the last three resemble white noise about a mean, which is far
# more common.
_NEGATIVE_WEIGHTS = {
    "smooth curve": 1.5,
    "bent law": 4.0,
    "autocorrelated noise": 0.5,
    "mixed laws": 0.5,
    "outliers": 0.5,
}
# How laws are measured: decays, oscillations and growth against time; saturation, inverse proportion and scaling
# against concentrations, volumes, distances or sizes. The square root is a scaling, too: the period of a pendulum
# against its length, the time of a fall or the speed of a jet against the height.
_MEASURED = dict.fromkeys(("exponential", "sine", "logistic"), X_IS_TIME)
_MEASURED |= dict.fromkeys(("hyperbola", "reciprocal", "power", "sqrt"), X_IS_SET)
_POLYNOMIALS = {LINE.name, PARABOLA.name, QUADRATIC.name}  # the sum of any two is a quadratic


@final
@dataclass(frozen=True)
class ExperimentCurves:
    """Draws the curves of a data set of experiments.

    Args:
        families: The families of the data set.
    """

    families: Sequence[Family]

    @cached_property
    def laws(self) -> tuple[Family, ...]:
        """The families, then the built-in ones that are not among them, whose class is ``none``."""
        names = {family.name for family in self.families}
        return (*self.families, *(family for family in BUILT_IN if family.name not in names))

    @cached_property
    def lowest_x(self) -> IntArray:
        """The lowest x allowed for each law, as a code of `draw_designs`; the last is that of the class ``none``."""
        lowest = [family.domain[0] for family in self.laws]
        codes = [ABOVE_ZERO if low > 0 else FROM_ZERO if low > -np.inf else ANYWHERE for low in lowest]
        codes = [
            code | (0 if law.shift_invariant else RARELY_FAR) | _MEASURED.get(law.name, 0)
            for code, law in zip(codes, self.laws, strict=True)
        ]
        return np.array([*codes, ANYWHERE])

    def draw(
        self, generator: np.random.Generator, family: Family, designs: Designs, rows: BoolArray | IntArray
    ) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Draw curves of a family at the x of some designs, each between 0 and 1, and return their shape parameters."""
        x, low, width = designs.x[rows], designs.low[rows], designs.range[rows]
        # Convert x and the limits of rates and widths to the units of the family's priors.
        positions = (x - low) / width if family.shift_invariant else x
        limits = shape_limits(family, designs.points, np.ones_like(width) if family.shift_invariant else width)
        shape = {name: prior.quantile(generator.random((len(x), 1))) for name, prior in family.shape.items()}
        for name, (least, most) in limits.items():
            for _ in range(_REDRAWS):
                again = (np.abs(shape[name]) > most) | (np.abs(shape[name]) < least)
                if not again.any():
                    break
                shape[name][again] = family.shape[name].quantile(generator.random(int(again.sum())))
            shape[name] = np.copysign(np.clip(np.abs(shape[name]), least, most), shape[name])
        curves = family.basis_at(positions, **shape)
        for _ in range(_REDRAWS if shape else 0):
            again = ~(np.abs(curves).max(axis=1) < INFINITE)  # such as a power below 0 where x is 0
            if not again.any():
                break
            for name, prior in family.shape.items():
                shape[name][again] = prior.quantile(generator.random((int(again.sum()), 1)))
            curves = curves.copy()  # a basis function may return its argument, which is read-only
            curves[again] = family.basis_at(positions[again], **{name: value[again] for name, value in shape.items()})
        if not np.isfinite(curves).all():
            raise InputError(f"family {family.name!r}: y is not finite everywhere; look at its priors and domain")
        return between_zero_and_one(curves), shape

    def draw_negative(
        self, generator: np.random.Generator, designs: Designs, rows: IntArray, bends: FloatArray | None = None
    ) -> FloatArray:
        """Draw negative examples at the x of some designs.

        Args:
            generator: A random generator.
            designs: The designs of a batch.
            rows: Indices of the designs.
            bends: Smallest deviation of a bent law for each of these designs, shape (rows, 1); 0.1 by default.

        Returns:
            Curves, then their values at `GRID`, shape (rows, points + 200).
        """
        absent = _ABSENT_WEIGHT if len(self.laws) > len(self.families) else 0.0
        weights = np.cumsum([*self._weights.values(), absent])
        kinds = np.searchsorted(weights, weights[-1] * generator.random(len(rows)), side="right")
        everywhere = designs.with_grid(GRID)
        curves = np.empty((len(rows), everywhere.x.shape[1]))
        bends = np.full((len(rows), 1), 0.1) if bends is None else bends
        # Drawing the laws of all kinds at once takes a fifth of the time.
        first, second = self._two_laws(everywhere, rows, generator)
        for kind, name in enumerate(self._weights):  # over kinds, not sequences
            mask = kinds == kind
            at = designs if name in OF_READINGS else everywhere
            t = (at.x[rows[mask]] - at.low[rows[mask]]) / at.range[rows[mask]]
            laws = first[mask, : t.shape[1]], second[mask, : t.shape[1]]
            inputs = GeneratorInputs(laws, designs.points, bends[mask])
            values = NEGATIVE_EXAMPLES[name](generator, t, inputs)
            if at is not everywhere:  # interp() takes one sequence at a time, of which there are few
                on_grid = [np.interp(GRID, *sequence) for sequence in zip(t, values, strict=True)]
                values = np.concatenate([values, np.reshape(on_grid, (-1, len(GRID)))], axis=1)
            curves[mask] = values
        is_absent = kinds >= len(self._weights)
        if is_absent.any():
            curves[is_absent] = self._two_laws(everywhere, rows[is_absent], generator, first_absent=True)[0]
        return curves

    @cached_property
    def _weights(self) -> dict[str, float]:
        """The relative frequency of each kind of negative examples."""
        weights = {name: _NEGATIVE_WEIGHTS.get(name, 1.0) for name in NEGATIVE_EXAMPLES}
        if CONSTANT.name in {family.name for family in self.families}:
            del weights["white noise"]  # noise about a constant
        return weights

    def _two_laws(
        self, designs: Designs, rows: IntArray, generator: np.random.Generator, first_absent: bool = False
    ) -> tuple[FloatArray, FloatArray]:
        """Draw the curves of two laws whose sum is no law.

        With ``first_absent``, the first law is not one of the families.
        """
        first, second = np.empty((2, len(rows), designs.x.shape[1]))
        negative = designs.x[rows].min(axis=1) <= 0
        chosen = np.empty((len(rows), 2), dtype=np.int64)
        u = generator.random(len(rows))
        for below in (False, True):
            pairs = self._pairs[below, first_absent]
            chosen[negative == below] = pairs[(u[negative == below] * len(pairs)).astype(np.int64)]
        for curves, labels in ((first, chosen[:, 0]), (second, chosen[:, 1])):
            for label, family in enumerate(self.laws):
                mask = labels == label
                curves[mask], _ = self.draw(generator, family, designs, rows[mask])
        return first, second

    @cached_property
    def _pairs(self) -> dict[tuple[bool, bool], IntArray]:
        """Pairs of different laws whose sum is no law, as indices into ``laws``, shape (pairs, 2).

        The key holds two flags: whether the lowest x is at most 0, and whether the first law of each pair is absent
        from the families.
        """
        names = [law.name for law in self.laws]
        varying = [i for i, law in enumerate(self.laws) if law.basis is not CONSTANT.basis]
        different = [(i, j) for i in varying for j in varying if i != j and not {names[i], names[j]} <= _POLYNOMIALS]
        lowest = self.lowest_x & LOWEST_MASK
        pairs = {}
        for below in (False, True):
            defined = [(i, j) for i, j in different if not below or max(lowest[i], lowest[j]) == ANYWHERE]
            absent = [(i, j) for i, j in defined if i >= len(self.families)]
            pairs[below, False] = np.array(defined)
            pairs[below, True] = np.array(absent or defined)
        return pairs


def shape_limits(family: Family, points: int, width: Width) -> dict[str, tuple[Width, Width]]:
    """Return the lowest and the highest absolute value of each rate and width that the points of a design can show.

    Args:
        family: The family.
        points: Number of points.
        width: Width of the range of x, in the units in which the family's priors hold.
    """
    step = width / (points - 1)
    rates = {name: (0.0 * step, _FASTEST / step) for name, power in family.units.items() if power == -1}
    widths = [name for name, power in family.units.items() if power == 1 and not family.shifts[name]]
    return rates | dict.fromkeys(widths, (_NARROWEST * step, np.inf * step))


def between_zero_and_one(curves: FloatArray) -> FloatArray:
    """Scale each curve to the range from 0 to 1; a constant becomes 0."""
    lowest = curves.min(axis=1, keepdims=True)
    spread = curves.max(axis=1, keepdims=True) - lowest
    return np.asarray((curves - lowest) / np.where(spread > 0, spread, 1.0))
