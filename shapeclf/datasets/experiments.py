"""Sequences like those of experiments: any design and units, with noise; the curve follows a law or none."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self, final

import numpy as np

from shapeclf.datasets._arguments import check_overflow, finite_number, points_range, whole_number
from shapeclf.datasets._streams import keyed_generator
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.designs import LOWEST_MASK, X_IS_SET, Designs, draw_designs
from shapeclf.datasets.disturbances import disturb, draw_drifts, falling_rates, noise_sizes
from shapeclf.datasets.error_bars import ErrorBars, draw_error_bars, error_sizes
from shapeclf.datasets.experiment_curves import ExperimentCurves, between_zero_and_one
from shapeclf.datasets.families import NONE, Family, check_classes
from shapeclf.datasets.law_distance import NEAR, law_distances
from shapeclf.datasets.laws import EXPONENTIAL
from shapeclf.datasets.priors import LogUniform
from shapeclf.datasets.sequences import Batch, ShapeSequences, Split, check_draws

__all__ = ["AnySequences", "ExperimentSequences"]

# Share of `none` among sequences without and with error bars. Who states errors often does so to test a law.
_NONE_SHARE, _NONE_SHARE_WITH_ERROR_BARS = 0.17, 0.22
# Cumulative probability at which the noise of negative examples is truncated: at 0.15 of the range of the curve. Larger
# noise would hide that they follow no law.
_LARGEST_NOISE_OF_NONE = 0.838
_ATTEMPTS = 6  # most times that a negative example is drawn, until it is far enough from every law
# Relative frequencies of laws; that of any other law is 1. Lines are by far the commonest, and often y does
# not depend on x. Decay, cooling and charging are everywhere; saturation and growth to a limit mostly in biology.
_WEIGHTS = {
    "line": 5.0,
    "constant": 3.0,
    "exponential": 2.2,
    "parabola": 1.3,
    "sqrt": 1.3,
    "logistic": 0.7,
    "logarithm": 0.7,
    "hyperbola": 0.45,
}
_UNITS = LogUniform(1e-3, 1e3)
_DIGITS = 12  # most decimals of a curve in units of its range
_SHORTEST = 3  # fewest points of a sequence; any two points lie on a curve of every family but the constant


@final
@dataclass(frozen=True)
class ExperimentSequences:
    """Sequences as experiments give them, drawn on the fly.

    The x begin at 0, above it, far from it, or lie on both sides of it. They are in any unit and in any order, on
    grids, at random, or repeated. The y are a family's curve in any unit, with any shift and either sign. The standard
    deviation of the noise is up to half of the curve's range, constant or growing with y. Many sequences have a drift
    and rounded readings (`disturbances`). The last class is ``none``: curves that follow none of the laws
    (`NEGATIVE_EXAMPLES`), with noise of up to 15 % of their range.

    A curve of ``none`` is at least 3 % of its range away from every law, as root mean square over 200 evenly spaced x
    (`law_distances`). If readings state their errors, the smallest distance is the size of these errors instead.

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
    batch_scaling: float = 0.0
    seed: int = 0
    split: Split = "train"

    def __post_init__(self) -> None:
        object.__setattr__(self, "families", check_classes(self.families, none=NONE))
        points_range(self.points, low=_SHORTEST)
        if self.noise is not None:
            finite_number("noise", self.noise, low=0)
        finite_number("error_bars", self.error_bars, low=0, high=1)
        finite_number("batch_scaling", self.batch_scaling, low=0, high=1)
        check_draws(self.batch_size, self.seed, self.split)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the families, then ``none``."""
        return (*(family.name for family in self.families), NONE)

    @cached_property
    def shares(self) -> FloatArray:
        """Probability of each class, shape (classes,); the simplest laws are more frequent than the others.

        The share of ``none`` includes the few negative examples that stay too near to a law and become curves of laws.
        """
        none = _NONE_SHARE + self.error_bars * (_NONE_SHARE_WITH_ERROR_BARS - _NONE_SHARE)
        return np.append(self._law_shares * (1.0 - none), none)

    @cached_property
    def _law_shares(self) -> FloatArray:
        """Probability of each law among the laws, shape (laws,)."""
        weights = np.array([_WEIGHTS.get(family.name, 1.0) for family in self.families])
        return np.asarray(weights / weights.sum())

    @property
    def points_range(self) -> tuple[int, int]:
        """The lowest and the highest number of points of a sequence."""
        return points_range(self.points, low=_SHORTEST)

    @property
    def lowest_x(self) -> IntArray:
        """The lowest x allowed for each class, as a code of `draw_designs`."""
        codes = self._curves.lowest_x
        return np.append(codes[: len(self.families)], codes[-1])

    @cached_property
    def _curves(self) -> ExperimentCurves:
        return ExperimentCurves(self.families)

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")  # values that overflow are reported
    def batch(self, index: int) -> Batch:
        """Return the batch of an index, from 0 up.

        Raises:
            InputError: A family's function gave a value that is not finite, or the noise overflows.
        """
        index = whole_number("index", index, low=0)
        size, points = self._size(index), self._length(index)
        labels = self._labels(index)
        designs = self.designs(index)
        curves = np.empty((size, points))
        generator = self._stream(index, "parameters")
        of_rates = self._draw_laws(generator, designs, labels, np.arange(size), curves)
        self._draw_none(index, designs, curves, labels)
        varies = np.ptp(curves, axis=1, keepdims=True) > 0
        # Round values such as 1e-160 in the tail of a Gaussian, which no instrument resolves. A constant becomes 1,
        # since noise proportional to y would be 0 for y = 0.
        curves = np.where(varies, np.round(curves, _DIGITS), 1.0)
        drifts = np.where(varies, self._drifts(index, curves, of_rates), 0.0)  # relative to the range
        highest = self._highest_noise(index)
        y = disturb(self._stream(index, "noise"), curves, self.noise, drifts, highest)
        columns = [designs.x, y]
        if self.error_bars:
            errors = self._errors(index, curves)
            if self.noise is None:
                columns[1] = np.where(errors.true > 0, curves + errors.noise, y)
            columns.append(errors.stated)
        xy = np.stack(columns, axis=-1)  # (batch, points, 2 or 3)
        xy = np.take_along_axis(xy, designs.order[:, :, None], axis=1)
        xy = self._in_units(index, xy)
        check_overflow(xy, self.noise)
        return Batch(xy, np.full(size, points, dtype=np.int64), labels)

    def _drifts(self, index: int, curves: FloatArray | None = None, of_rates: FloatArray | None = None) -> FloatArray:
        points, size = self._length(index), self._size(index)
        is_set = (self.lowest_x[self._labels(index)] & X_IS_SET)[:, None] > 0
        return draw_drifts(self._stream(index, "drift"), points, size, curves, is_set, of_rates)

    def _highest_noise(self, index: int) -> FloatArray:
        """Return the cumulative probability at which the noise of each sequence is truncated, shape (batch, 1)."""
        return np.where(self._labels(index) == len(self.families), _LARGEST_NOISE_OF_NONE, 1.0)[:, None]

    def _errors(self, index: int, curves: FloatArray) -> ErrorBars:
        highest = self._highest_noise(index)
        return draw_error_bars(self._stream(index, "errors"), curves, self.error_bars, self.noise, highest)

    def _error_sizes(self, index: int) -> FloatArray:
        """Return the sizes of the errors in a batch, 0 without error bars; shape (batch,)."""
        highest = self._highest_noise(index)
        return error_sizes(self._stream(index, "errors"), len(highest), self.error_bars, self.noise, highest)

    def _draw_laws(
        self, generator: np.random.Generator, designs: Designs, labels: IntArray, rows: IntArray, curves: FloatArray
    ) -> FloatArray:
        """Draw a curve of its law for each of the rows whose label is a law.

        Returns:
            The `falling_rates` of exponentials, 0 in all other rows; shape (batch, points).
        """
        of_rates = np.zeros(curves.shape)
        for label, family in enumerate(self.families):  # over families, not sequences
            chosen = rows[labels[rows] == label]
            curves[chosen], shape = self._curves.draw(generator, family, designs, chosen)
            if family.name == EXPONENTIAL.name:
                progress = (designs.x - designs.low)[chosen] / designs.range[chosen]
                of_rates[chosen] = falling_rates(progress, shape["r"])
        return of_rates

    def _draw_none(self, index: int, designs: Designs, curves: FloatArray, labels: IntArray) -> None:
        """Write negative examples to the rows of ``curves`` whose label is ``none``.

        Those that come too near to a law are drawn again, and so is their kind. The few that are still too near after
        `_ATTEMPTS` attempts are replaced by curves of a law that is defined at their x, if any, and get its label. They
        keep the x, the limit of the noise and the drift that were drawn for ``none``.
        """
        points = designs.points
        pending = np.flatnonzero(labels == len(self.families))
        sizes = self._error_sizes(index)
        bends = np.where(sizes > 0, sizes, NEAR)[:, None]  # curves with smaller deviations would be drawn again
        for attempt in range(_ATTEMPTS):
            if not pending.size:
                return
            drawn = self._curves.draw_negative(self._stream(index, f"none {attempt}"), designs, pending, bends[pending])
            readings, on_grid = drawn[:, :points], drawn[:, points:]
            curves[pending] = between_zero_and_one(readings)
            limits = np.full(len(pending), NEAR)
            if self.error_bars:
                stated = self._errors(index, curves).stated[pending]
                size = np.mean(np.where(stated > 0, stated, 1.0) ** -2.0, axis=1) ** -0.5
                curve_range = np.ptp(on_grid, axis=1)
                reading_range = np.ptp(readings, axis=1)  # the errors are relative to this range
                limits = np.where(
                    stated[:, 0] > 0, size * np.where(reading_range > 0, reading_range, curve_range) / curve_range, NEAR
                )
            distances = law_distances(self.families, on_grid, designs.low[pending], designs.range[pending], limits)
            pending = pending[distances.min(axis=1) <= limits]
        highest_code = np.sign(designs.x[pending, :1]) + 1  # of laws that may begin at the lowest x: 0, 1 or 2
        is_defined = self.lowest_x[:-1] & LOWEST_MASK <= highest_code  # (pending, laws)
        shares = np.cumsum(np.where(is_defined, self._law_shares, 0.0), axis=1)
        generator = self._stream(index, "replacements")
        u = generator.random((len(pending), 1))
        labels[pending] = (shares <= u * shares[:, -1:]).sum(axis=1)
        self._draw_laws(generator, designs, labels, pending, curves)

    def designs(self, index: int) -> Designs:
        """Return the designs of a batch: x before its unit is changed, and the order of the points."""
        # `_length` and `_labels` set the generator of this thread, so they are called before the stream of x begins.
        points, lowest = self._length(index), self.lowest_x[self._labels(index)]
        return draw_designs(self._stream(index, "x"), points, lowest)

    def noise_sizes(self, index: int) -> FloatArray:
        """Return the standard deviation of the noise, relative to the curve's range, in a batch, shape (batch,)."""
        if self.noise is not None:
            return np.full(self._size(index), self.noise)
        # These set the generator of this thread, so they must be called before the stream of the noise begins.
        points, highest, errors = self._length(index), self._highest_noise(index), self._error_sizes(index)
        return np.where(errors > 0, errors, noise_sizes(self._stream(index, "noise"), points, highest))

    def drift_sizes(self, index: int) -> FloatArray:
        """Return the root mean square of the drift, relative to the curve's range, in a batch.

        Returns:
            Shape (batch,). Constants have no range and therefore no drift; their value here has no meaning.
        """
        sizes = np.sqrt((self._drifts(index) ** 2).mean(axis=1))
        return np.where((self._error_sizes(index) > 0) | (self.noise is not None), 0.0, sizes)

    def batches(self, count: int) -> Iterator[Batch]:
        """Yield the first ``count`` sequences in batches; the last batch holds those that are left."""
        for index in itertools.count():
            if count <= 0:
                return
            points, lengths, labels = self.batch(index)
            yield Batch(points[:count], lengths[:count], labels[:count])
            count -= len(labels)

    def test_split(self, points: int, batch_size: int, seed: int) -> Self:
        """Return the test split of the same data set, with another seed."""
        return replace(self, points=points, batch_size=batch_size, seed=seed, split="test")

    def _length(self, index: int) -> int:
        low, high = self.points_range
        u = self._stream(index, "lengths").random()
        return min(high, int(low * ((high + 1) / low) ** u))

    def _size(self, index: int) -> int:
        """Return the number of sequences in a batch."""
        low, high = self.points_range
        scale: float = (math.sqrt(low * high) / self._length(index)) ** self.batch_scaling
        return max(1, round(self.batch_size * scale))

    def _labels(self, index: int) -> IntArray:
        size = self._size(index)  # it sets the generator of this thread, like `_length`
        stated = error_sizes(self._stream(index, "errors"), size, self.error_bars) > 0
        u, which = self._stream(index, "families").random((2, size))
        laws = np.searchsorted(np.cumsum(self._law_shares)[:-1], which, side="right")
        return np.where(u < np.where(stated, _NONE_SHARE_WITH_ERROR_BARS, _NONE_SHARE), len(self.families), laws)

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
