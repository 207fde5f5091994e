"""The data set: batches of labelled (x, y) sequences, drawn on demand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple, Self, final, get_args

import numpy as np

from shapeclf.datasets._arguments import check_overflow, finite_number, points_range, shown, whole_number
from shapeclf.datasets._streams import keyed_generator, keyed_integers
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.drawing import Curves, Order, family_by_family, whole_rows
from shapeclf.datasets.families import LINE, PARABOLA, SQRT, Family, check_classes
from shapeclf.datasets.priors import Prior
from shapeclf.errors import InputError

__all__ = ["Batch", "Lengths", "Parameters", "ShapeSequences", "Split", "check_draws"]

Split = Literal["train", "validation", "test"]
Lengths = Literal["each", "batch"]
Parameters = Literal["fixed", "fresh"] | Mapping[str, Mapping[str, float]]

_BLOCK_POINTS = 8192


def check_draws(batch_size: object, seed: object, split: object) -> None:
    """Raise InputError if the batch size, the seed or the split is out of its range."""
    whole_number("batch_size", batch_size, low=1)
    whole_number("seed", seed, low=0)
    if split not in get_args(Split):
        raise InputError(f"split must be one of {', '.join(get_args(Split))}; got {split!r}")


class Batch(NamedTuple):
    """A batch of sequences and their families.

    Attributes:
        points: (x, y) of each point, shape (batch, points, 2), or (x, y, y_error), shape (batch, points, 3), with 0
            where y_error is not known; zeros after a sequence's last point.
        lengths: Number of points of each sequence, shape (batch,).
        labels: Index of each sequence's family, shape (batch,).
    """

    points: FloatArray
    lengths: IntArray
    labels: IntArray


@final
@dataclass(frozen=True)
class ShapeSequences:
    """Sequences of points of functions, one family each, drawn on the fly.

    Batch ``i`` is a pure function of (seed, split, i): the same on every machine, whatever was drawn before. Families,
    parameters, x, noise and lengths have a random stream each, so that changing one leaves the others unchanged.

    Args:
        families: The families that sequences are drawn from, with equal probability; labels are indices into it.
        parameters: ``"fixed"`` to draw k, b and shape parameters once, from the seed, for all families, sequences and
            splits; ``"fresh"`` to draw them for every sequence; or the values by family and name, as in
            ``{"line": {"k": 0.5, "b": 2.0}, ...}``.
        points: Number of points of a sequence, or (lowest, highest) to draw it.
        x: Prior of x for all families; by default each family's own.
        noise: Standard deviation of the Gaussian noise added to y, in units of y.
        lengths: ``"each"`` to draw the number of points for each sequence; ``"batch"`` to draw it once for all of a
            batch, whose array is then without padding.
        batch_size: Number of sequences in a batch.
        seed: Seed, any whole number from 0.
        split: ``"train"``, ``"validation"`` or ``"test"``; splits share only fixed parameters.

    Raises:
        InputError: An argument is out of its range.

    Example:
        One call gives a batch of numpy arrays:

        >>> sequences = ShapeSequences((LINE, PARABOLA, SQRT), points=8, batch_size=4, seed=1)
        >>> batch = sequences.batch(0)
        >>> batch.points.shape, batch.lengths.tolist(), batch.labels.dtype
        ((4, 8, 2), [8, 8, 8, 8], dtype('int64'))
    """

    families: Sequence[Family] = (LINE, PARABOLA, SQRT)
    parameters: Parameters = "fixed"
    points: int | tuple[int, int] = 8
    x: Prior | None = None
    noise: float = 0.0
    lengths: Lengths = "each"
    batch_size: int = 256
    seed: int = 0
    split: Split = "train"

    def __post_init__(self) -> None:
        object.__setattr__(self, "families", check_classes(self.families))
        points_range(self.points, low=1)
        finite_number("noise", self.noise, low=0)
        if self.lengths not in get_args(Lengths):
            raise InputError(f"lengths must be one of {', '.join(get_args(Lengths))}; got {self.lengths!r}")
        check_draws(self.batch_size, self.seed, self.split)
        if self.x is not None:
            for family in self.families:
                family.check_x(self.x)
        self._check_parameters()

    def _check_parameters(self) -> None:
        if isinstance(self.parameters, str):
            if self.parameters not in ("fixed", "fresh"):
                raise InputError(f"parameters must be 'fixed', 'fresh' or values by family, got {self.parameters!r}")
            return
        if not isinstance(self.parameters, Mapping):
            raise InputError(f"parameters must be 'fixed', 'fresh' or values by family, got {shown(self.parameters)}")
        for family in self.families:
            values = self.parameters.get(family.name, {})
            if not isinstance(values, Mapping) or set(values) != set(family.priors):
                raise InputError(
                    f"parameters of family {family.name!r} must be {', '.join(family.priors)}; got {shown(values)}"
                )
            for name, value in values.items():
                finite_number(f"parameter {name} of family {family.name!r}", value)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the families, into which labels are indices."""
        return tuple(family.name for family in self.families)

    @property
    def points_range(self) -> tuple[int, int]:
        """The lowest and the highest number of points of a sequence."""
        return points_range(self.points, low=1)

    @cached_property
    def fixed_parameters(self) -> dict[str, dict[str, float]] | None:
        """The fixed parameters by family and name; None if they are fresh.

        All families share one draw: families with the same prior have the same value.
        """
        if self.parameters == "fresh":
            return None
        if not isinstance(self.parameters, str):
            return {family.name: dict(self.parameters[family.name]) for family in self.families}
        # A stream for each parameter, so that k and b do not depend on which other parameters a family has.
        u = {name: keyed_generator(self.seed, "parameters", name).random(1) for name in self._parameter_names}
        return {
            family.name: {name: float(prior.quantile(u[name])[0]) for name, prior in family.priors.items()}
            for family in self.families
        }

    def batch(self, index: int) -> Batch:
        """Return the batch of an index, from 0 up.

        Raises:
            InputError: A family's function gave a value that is not finite, or the noise overflows.
        """
        return self.several([whole_number("index", index, low=0)])[0]

    def several(self, indices: Sequence[int]) -> list[Batch]:
        """Return the batches of several indices, drawn together, which takes half the time for small batches.

        Raises:
            InputError: A family's function gave a value that is not finite, or the noise overflows.

        Example:
            >>> sequences = ShapeSequences(batch_size=4)
            >>> one, other = sequences.several([7, 3])
            >>> bool((other.points == sequences.batch(3).points).all())
            True
        """
        indices = [whole_number("index", index, low=0) for index in indices]
        if not indices:
            return []
        low, high = self.points_range
        if low < high and self.lengths == "batch" and len(indices) > 1:  # their arrays are not of one size
            return [self.batch(index) for index in indices]
        size = self.batch_size
        keys = [(self.seed, self.split, index, "families") for index in indices]
        labels = keyed_integers(keys, len(self.families), size)  # (batches, batch)
        lengths, high = self._lengths(indices)
        order = family_by_family(labels, len(self.families))
        points = self._points(indices, order, high)
        for first, index in zip(range(0, len(points), size), indices, strict=True):
            if self.noise > 0:
                self._add_noise(index, points[first : first + size, :, 1])
        if self.points_range[0] < high:
            points[np.arange(high) >= lengths.reshape(-1, 1)] = 0.0
        by_batch = points.reshape(len(indices), size, high, 2)
        return [Batch(*batch) for batch in zip(by_batch, lengths, labels, strict=True)]

    def batches(self, count: int) -> Iterator[Batch]:
        """Yield the first ``count`` sequences in batches; the last batch holds those that are left.

        Example:
            >>> [len(batch.labels) for batch in ShapeSequences(batch_size=4).batches(10)]
            [4, 4, 2]
        """
        size = self.batch_size
        numbers = range(-(-count // size))
        at_once = max(1, 4 * _BLOCK_POINTS // (size * self.points_range[1]))  # more would not stay in the cache
        for start in range(0, len(numbers), at_once):
            some = numbers[start : start + at_once]
            for index, batch in zip(some, self.several(some), strict=True):
                part = slice(count - index * size)
                yield Batch(batch.points[part], batch.lengths[part], batch.labels[part])

    def test_split(self, points: int, batch_size: int, seed: int) -> Self:
        """Return the test split of the same data set, with another seed but the same fixed parameters."""
        parameters: Parameters = self.fixed_parameters or "fresh"
        return replace(self, parameters=parameters, points=points, batch_size=batch_size, seed=seed, split="test")

    def _lengths(self, indices: Sequence[int]) -> tuple[IntArray, int]:
        """Return the lengths of the sequences, shape (batches, batch), and the number of points of a batch's array."""
        low, high = self.points_range
        lengths = np.full((len(indices), self.batch_size), high, dtype=np.int64)
        if low < high:
            size = self.batch_size if self.lengths == "each" else 1
            for row, index in zip(lengths, indices, strict=True):
                row[:] = self._stream(index, "lengths").integers(low, high, size=size, endpoint=True)
        return lengths, high if self.lengths == "each" else int(lengths[0, 0])

    @cached_property
    def _curves(self) -> Curves:
        return Curves(self.families, self.x, self.fixed_parameters)

    def _points(self, indices: Sequence[int], order: Order, points: int) -> FloatArray:
        """Return the points without noise, shape (batches * batch, points, 2)."""
        parameters = {}
        if self.fixed_parameters is None:
            for name in self._parameter_names:
                # A stream for each name: parameters of one name are drawn alike in all families.
                u = self._uniform(indices, 1, "parameters", name)
                drawn = u if order.drawn is None else u[order.drawn]
                parameters[name] = self._curves.draw_parameter(name, drawn, order.bounds)
        all_points = np.empty((len(order.sequences), points, 2))
        first = 0
        for u in self._blocks_of_x(indices, order, points):
            rows = order.sequences[first : first + len(u)]
            part = self._curves.points(u, first, order.bounds, parameters)
            whole_rows(all_points)[rows] = whole_rows(part)
            first += len(u)
        return all_points

    def _blocks_of_x(self, indices: Sequence[int], order: Order, points: int) -> Iterator[FloatArray]:
        """Yield the random numbers of x, family by family, for as many rows at once as stay in the cache."""
        at_once = max(1, _BLOCK_POINTS // points)
        starts = range(0, len(order.sequences), at_once)
        if order.drawn is None:
            for start in starts:
                # Set the thread's generator again for each block, since a user's basis function may have used it.
                generator = self._stream(indices[0], "x")
                if start:
                    generator.bit_generator.advance(start * points)  # type: ignore[attr-defined]  # PCG64DXSM's
                yield generator.random((min(at_once, self.batch_size - start), points))
        else:
            drawn = whole_rows(self._uniform(indices, points, "x"))
            for start in starts:
                yield drawn[order.drawn[start : start + at_once]].view(np.float64).reshape(-1, points)

    def _uniform(self, indices: Sequence[int], points: int, *name: str) -> FloatArray:
        """Draw the random numbers from 0 to 1 of a quantity, shape (batches * batch, points)."""
        u = np.empty((len(indices), self.batch_size, points))
        for part, index in zip(u, indices, strict=True):
            self._stream(index, *name).random(out=part)
        return u.reshape(-1, points)

    def _add_noise(self, index: int, y: FloatArray) -> None:
        """Add noise to the y of a batch, shape (batch, points)."""
        generator = self._stream(index, "noise")
        at_once = max(1, _BLOCK_POINTS // y.shape[1])
        for first in range(0, len(y), at_once):
            part = y[first : first + at_once]
            noise = generator.standard_normal(part.shape)
            with np.errstate(over="ignore"):
                noise *= self.noise
                part += noise
        check_overflow(y, self.noise)

    @cached_property
    def _parameter_names(self) -> list[str]:
        return sorted({name for family in self.families for name in family.priors})

    def _stream(self, index: int, *name: str) -> np.random.Generator:
        return keyed_generator(self.seed, self.split, index, *name)
