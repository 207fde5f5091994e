"""Sequences like those of experiments: any design and units, with noise; the curve follows a law or none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Self, final

import numpy as np

from shapeclf.datasets._arguments import check_overflow, finite_number, points_range, whole_number
from shapeclf.datasets._streams import keyed_generator
from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.designs import ABOVE_ZERO, ANYWHERE, FROM_ZERO, Designs, draw_designs
from shapeclf.datasets.disturbances import disturb, noise_sizes
from shapeclf.datasets.error_bars import draw_error_bars, error_sizes
from shapeclf.datasets.families import LINE, PARABOLA, Family, check_classes
from shapeclf.datasets.laws import QUADRATIC
from shapeclf.datasets.negative_examples import NEGATIVE_EXAMPLES, NEGATIVE_WEIGHTS
from shapeclf.datasets.priors import LogUniform
from shapeclf.datasets.sequences import Batch, ShapeSequences, Split, check_draws
from shapeclf.errors import InputError

__all__ = ["NONE", "AnySequences", "ExperimentSequences", "plain_sequences"]

NONE = "none"
"""The class of curves that follow none of the families."""

_NONE_SHARE = 0.2
_WEIGHTS = {"line": 2.0, "parabola": 1.3, "sqrt": 1.3}  # any other law: 1
_UNITS = LogUniform(1e-3, 1e3)
_SHORTEST = 3  # fewest points of a sequence; any two points lie on a curve of every family
# Largest product of a rate and the mean distance of neighbouring points. Points cannot show a rate above the Nyquist
# limit, where this product is pi.
FASTEST = 0.9 * np.pi
_REDRAWS = 30  # most times that a rate above the fastest, or a curve beyond `ENDLESS`, is drawn again
ENDLESS = 1e100  # absolute value from which a basis curve counts as infinite
_ANOTHER = 3.0  # weight, in the class `none`, of the built-in laws that are not among the families
_POLYNOMIALS = {LINE.name, PARABOLA.name, QUADRATIC.name}  # the sum of any two is a quadratic


@final
@dataclass(frozen=True)
class ExperimentSequences:
    """Sequences as experiments give them, drawn on the fly.

    The x begin at 0, above it, far from it, or lie on both sides of it. They are in any unit and in any order, on
    grids, at random, or repeated. The y are a family's curve in any unit, with any shift and either sign. Noise is up
    to a fifth of the curve's range, constant or growing with y; some readings are rounded. The last class is ``none``:
    curves that follow none of the laws (`NEGATIVE_EXAMPLES`).

    All sequences of a batch have the same number of points; its logarithm is uniform between the lowest and the
    highest. Batch ``i`` is a pure function of (seed, split, i).

    Args:
        families: The families, also called laws. Labels are indices into `classes`, whose frequencies are `shares`.
        points: Number of points of a sequence, or (lowest, highest), from 3 up.
        noise: Standard deviation of constant Gaussian noise, relative to the curve's range, without drift or rounding;
            None to draw noise, drift and rounding at random for each sequence.
        error_bars: Share of sequences that state the standard deviation of each reading, from 0 to 1. These have
            neither drift nor rounding. If it is above 0, points have a third column, y_error, which is 0 in the other
            sequences.
        batch_size: Number of sequences in a batch.
        seed: Seed, any whole number from 0.
        split: ``"train"``, ``"validation"`` or ``"test"``; splits share no sequences.

    Raises:
        InputError: An argument is out of its range.

    Example:
        >>> from shapeclf.datasets.families import LINE, PARABOLA, SQRT
        >>> sequences = ExperimentSequences((LINE, PARABOLA, SQRT), points=12, batch_size=4)
        >>> sequences.classes, sequences.batch(0).points.shape
        (('line', 'parabola', 'sqrt', 'none'), (4, 12, 2))
    """

    families: Sequence[Family]
    points: int | tuple[int, int] = (3, 256)
    noise: float | None = None
    error_bars: float = 0.0
    batch_size: int = 256
    seed: int = 0
    split: Split = "train"

    def __post_init__(self) -> None:
        object.__setattr__(self, "families", check_classes(self.families, none=NONE))
        points_range(self.points, low=_SHORTEST)
        if self.noise is not None:
            finite_number("noise", self.noise, low=0)
        finite_number("error_bars", self.error_bars, low=0, high=1)
        check_draws(self.batch_size, self.seed, self.split)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the families, then ``none``."""
        return (*(family.name for family in self.families), NONE)

    @cached_property
    def shares(self) -> FloatArray:
        """Probability of each class, shape (classes,); the simplest laws are more frequent than the others."""
        weights = np.array([_WEIGHTS.get(family.name, 1.0) for family in self.families])
        return np.append(weights / weights.sum() * (1.0 - _NONE_SHARE), _NONE_SHARE)

    @property
    def points_range(self) -> tuple[int, int]:
        """The lowest and the highest number of points of a sequence."""
        return points_range(self.points, low=_SHORTEST)

    @cached_property
    def _laws(self) -> tuple[Family, ...]:
        """The families, then the built-in ones that are not among them, whose class is ``none``."""
        names = {family.name for family in self.families}
        return (*self.families, *(family for family in BUILT_IN if family.name not in names))

    @cached_property
    def lowest_x(self) -> IntArray:
        """The lowest x allowed for each law, as a code of `draw_designs`; the last is that of the class ``none``."""
        lowest = [family.domain[0] for family in self._laws]
        codes = [ABOVE_ZERO if low > 0 else FROM_ZERO if low > -np.inf else ANYWHERE for low in lowest]
        return np.array([*codes, ANYWHERE])

    @np.errstate(over="ignore", invalid="ignore")  # values that overflow are reported
    def batch(self, index: int) -> Batch:
        """Return the batch of an index, from 0 up.

        Raises:
            InputError: A family's function gave a value that is not finite, or the noise overflows.
        """
        index = whole_number("index", index, low=0)
        size, points = self.batch_size, self._length(index)
        labels = self._labels(index)
        designs = self.designs(index)
        curves = np.empty((size, points))
        generator = self._stream(index, "parameters")
        for label, family in enumerate(self.families):  # over families, not sequences
            rows = labels == label
            curves[rows] = self._law(generator, family, designs, rows)
        rows = labels == len(self.families)
        curves[rows] = self._negative_examples(self._stream(index, "none"), designs, rows)
        curves = between_zero_and_one(curves)
        y = disturb(self._stream(index, "noise"), curves, self.noise)
        columns = [designs.x, y]
        if self.error_bars:
            errors = draw_error_bars(self._stream(index, "errors"), curves, self.error_bars, self.noise)
            if self.noise is None:
                columns[1] = np.where(errors.true > 0, curves + errors.noise, y)
            columns.append(errors.stated)
        xy = np.stack(columns, axis=-1)  # (batch, points, 2 or 3)
        xy = np.take_along_axis(xy, designs.order[:, :, None], axis=1)
        xy = self._in_units(index, xy)
        check_overflow(xy, self.noise)
        return Batch(xy, np.full(size, points, dtype=np.int64), labels)

    def designs(self, index: int) -> Designs:
        """Return the designs of a batch: x before its unit is changed, and the order of the points."""
        lowest_x = np.append(self.lowest_x[: len(self.families)], ANYWHERE)
        return draw_designs(self._stream(index, "x"), self._length(index), lowest_x[self._labels(index)])

    def noise_sizes(self, index: int) -> FloatArray:
        """Return the standard deviation of the noise, relative to the curve's range, in a batch, shape (batch,)."""
        if self.noise is not None:
            return np.full(self.batch_size, self.noise)
        sizes = noise_sizes(self._stream(index, "noise"), self.batch_size, self._length(index))
        errors = error_sizes(self._stream(index, "errors"), self.batch_size, self.error_bars)
        return np.where(errors > 0, errors, sizes)

    def batches(self, count: int) -> Iterator[Batch]:
        """Yield the first ``count`` sequences in batches; the last batch holds those that are left."""
        for first in range(0, count, self.batch_size):
            batch = self.batch(first // self.batch_size)
            part = slice(count - first)
            yield Batch(batch.points[part], batch.lengths[part], batch.labels[part])

    def test_split(self, points: int, batch_size: int, seed: int) -> Self:
        """Return the test split of the same data set, with another seed."""
        return replace(self, points=points, batch_size=batch_size, seed=seed, split="test")

    def _length(self, index: int) -> int:
        low, high = self.points_range
        u = self._stream(index, "lengths").random()
        return min(high, int(low * ((high + 1) / low) ** u))

    def _labels(self, index: int) -> IntArray:
        u = self._stream(index, "families").random(self.batch_size)
        return np.searchsorted(np.cumsum(self.shares)[:-1], u, side="right")

    def _law(
        self, generator: np.random.Generator, family: Family, designs: Designs, rows: BoolArray | IntArray
    ) -> FloatArray:
        """Draw curves of a family at the x of some designs, each between 0 and 1."""
        x, low, width = designs.x[rows], designs.low[rows], designs.range[rows]
        # Convert x and the highest rate to the units of the family's priors.
        positions = (x - low) / width if family.slides else x
        fastest = np.broadcast_to(FASTEST * (x.shape[1] - 1) / (1.0 if family.slides else width), (len(x), 1))
        shape = {name: prior.quantile(generator.random((len(x), 1))) for name, prior in family.shape.items()}
        for name, prior in family.shape.items():
            if family.units.get(name) != -1:
                continue
            for _ in range(_REDRAWS):
                again = np.abs(shape[name]) > fastest
                if not again.any():
                    break
                shape[name][again] = prior.quantile(generator.random(int(again.sum())))
            shape[name] = np.clip(shape[name], -fastest, fastest)
        curves = family.basis_at(positions, **shape)
        for _ in range(_REDRAWS if shape else 0):
            again = ~(np.abs(curves).max(axis=1) < ENDLESS)  # such as a power below 0 where x is 0
            if not again.any():
                break
            for name, prior in family.shape.items():
                shape[name][again] = prior.quantile(generator.random((int(again.sum()), 1)))
            curves = curves.copy()  # a basis function may return its argument, which is read-only
            curves[again] = family.basis_at(positions[again], **{name: value[again] for name, value in shape.items()})
        if not np.isfinite(curves).all():
            raise InputError(f"family {family.name!r}: y is not finite everywhere; look at its priors and domain")
        return between_zero_and_one(curves)

    def _negative_examples(self, generator: np.random.Generator, designs: Designs, rows: BoolArray) -> FloatArray:
        """Draw curves that follow no law at the x of some designs."""
        others = _ANOTHER if len(self._laws) > len(self.families) else 0.0
        weights = np.cumsum([*NEGATIVE_WEIGHTS.values(), others])
        kinds = np.searchsorted(weights, weights[-1] * generator.random(int(rows.sum())), side="right")
        indices = np.flatnonzero(rows)
        curves = np.empty((len(indices), designs.x.shape[1]))
        for kind, negative in enumerate(NEGATIVE_EXAMPLES.values()):  # over kinds, not sequences
            of_kind = indices[kinds == kind]
            t = (designs.x[of_kind] - designs.low[of_kind]) / designs.range[of_kind]
            curves[kinds == kind] = negative(generator, t, partial(self._two_laws, designs, of_kind))
        other = kinds >= len(NEGATIVE_EXAMPLES)
        if other.any():
            curves[other] = self._two_laws(designs, indices[other], generator, another=True)[0]
        return curves

    def _two_laws(
        self, designs: Designs, rows: IntArray, generator: np.random.Generator, another: bool = False
    ) -> tuple[FloatArray, FloatArray]:
        """Draw the curves of two laws whose sum is no law; with ``another``, the first is not one of the families."""
        first, second = np.empty((2, len(rows), designs.x.shape[1]))
        negative = designs.x[rows].min(axis=1) <= 0
        chosen = np.empty((len(rows), 2), dtype=np.int64)
        u = generator.random(len(rows))
        for below in (False, True):
            pairs = self._pairs[below, another]
            chosen[negative == below] = pairs[(u[negative == below] * len(pairs)).astype(np.int64)]
        for curves, labels in ((first, chosen[:, 0]), (second, chosen[:, 1])):
            for label, family in enumerate(self._laws):
                mask = labels == label
                curves[mask] = self._law(generator, family, designs, rows[mask])
        return first, second

    @cached_property
    def _pairs(self) -> dict[tuple[bool, bool], IntArray]:
        """Pairs of different laws whose sum is no law, as indices into ``_laws``, shape (pairs, 2).

        The key holds two flags: whether the lowest x is at most 0, and whether the first law of each pair is not one of
        the families.
        """
        names = [family.name for family in self._laws]
        different = [
            (i, j)
            for i in range(len(names))
            for j in range(len(names))
            if i != j and not {names[i], names[j]} <= _POLYNOMIALS
        ]
        pairs = {}
        for below in (False, True):
            there = [(i, j) for i, j in different if not below or max(self.lowest_x[i], self.lowest_x[j]) == ANYWHERE]
            others = [(i, j) for i, j in there if i >= len(self.families)]
            pairs[below, False] = np.array(there)
            pairs[below, True] = np.array(others or there)
        return pairs

    def _in_units(self, index: int, points: FloatArray) -> FloatArray:
        """Return the points in random units, with a random sign and shift of y."""
        size = len(points)
        u = self._stream(index, "units").random((4, size, 1))
        sign = np.where(u[2] < 0.5, -1.0, 1.0)
        shift = np.where(u[3] < 0.5, 0.0, 8.0 * (u[3] - 0.75))
        points[:, :, 1] = points[:, :, 1] * sign + shift
        points[:, :, 0] *= _UNITS.quantile(u[0])
        points[:, :, 1:] *= _UNITS.quantile(u[1])[:, :, None]
        return points

    def _stream(self, index: int, name: str) -> np.random.Generator:
        return keyed_generator(self.seed, self.split, index, name)


AnySequences = ShapeSequences | ExperimentSequences
"""A data set that draws labelled sequences."""


def plain_sequences(sequences: AnySequences) -> ShapeSequences:
    """Return the sequences if they are `ShapeSequences`.

    Raises:
        InputError: They are experiments.
    """
    if isinstance(sequences, ExperimentSequences):
        raise InputError("experiments draw their own parameters, x and units")
    return sequences


def between_zero_and_one(curves: FloatArray) -> FloatArray:
    """Scale each curve to the range from 0 to 1; a constant becomes 0."""
    lowest = curves.min(axis=1, keepdims=True)
    spread = curves.max(axis=1, keepdims=True) - lowest
    return np.asarray((curves - lowest) / np.where(spread > 0, spread, 1.0))
