"""The on-the-fly data set: batches of labelled (x, y) sequences, drawn when asked for."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Literal, NamedTuple, Self, final, get_args

import numpy as np
from numpy.typing import NDArray

from shapeclf.datasets._streams import keyed_generator
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.families import LINE, PARABOLA, SQRT, Family
from shapeclf.datasets.priors import Prior
from shapeclf.errors import InputError

__all__ = ["Batch", "Lengths", "Parameters", "ShapeSequences", "Split"]

Split = Literal["train", "validation", "test"]
Lengths = Literal["each", "batch"]
Parameters = Literal["fixed", "fresh"] | Mapping[str, Mapping[str, float]]

_BLOCK_POINTS = 8192


class Batch(NamedTuple):
    """Sequences and their families.

    Attributes:
        points: (x, y) of each point, shape (batch, points, 2); zeros after a sequence's last point.
        lengths: number of points of each sequence, shape (batch,).
        labels: index of each sequence's family, shape (batch,).
    """

    points: FloatArray
    lengths: IntArray
    labels: IntArray


@final
@dataclass(frozen=True)
class ShapeSequences:
    """Sequences of points of functions, one family each, drawn on the fly.

    Batch ``i`` is a pure function of (seed, split, i): the same on every machine and in any order of
    asking. Families, parameters, x, noise and lengths have a random stream each, so one can be
    changed and the others stay.

    Args:
        families: the families that sequences are drawn from, equally likely; labels are indices into it.
        parameters: ``"fixed"``: k, b and shape parameters are drawn once, from the seed alone, and
            every family and every sequence of every split uses the same draw; ``"fresh"``: drawn anew for
            every sequence; or the fixed values by family, ``{"line": {"k": 0.5, "b": 2.0}, ...}``.
        points: how many points a sequence has, or (lowest, highest) to draw it for each sequence.
        x: prior of x for all families; by default each family's own.
        noise: standard deviation of the Gaussian noise added to y, in units of y.
        lengths: where the number of points is drawn: ``"each"`` sequence has its own, ``"batch"``: all of a batch have
            the same (the array is then that long, and nothing of it is padding).
        batch_size: sequences in a batch.
        seed: any whole number from 0.
        split: ``"train"``, ``"validation"`` or ``"test"``; splits share nothing but fixed parameters.

    Raises:
        InputError: an argument is out of its range; the text says which and what is allowed.

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
        object.__setattr__(self, "families", tuple(self.families))
        names = [family.name for family in self.families]
        if not names:
            raise InputError("families must be at least one Family")
        if len(set(names)) != len(names):
            raise InputError(f"families must have different names, got {', '.join(names)}")
        low, high = self.points_range
        if not 1 <= low <= high:
            raise InputError(f"points must be from 1 up, the lowest first; got {self.points!r}")
        if not (math.isfinite(self.noise) and self.noise >= 0):
            raise InputError(f"noise must be a finite number from 0 up, got {self.noise!r}")
        if self.lengths not in get_args(Lengths):
            raise InputError(f"lengths must be one of {', '.join(get_args(Lengths))}; got {self.lengths!r}")
        if self.batch_size < 1:
            raise InputError(f"batch_size must be from 1 up, got {self.batch_size!r}")
        if self.seed < 0:
            raise InputError(f"seed must be from 0 up, got {self.seed!r}")
        if self.split not in get_args(Split):
            raise InputError(f"split must be one of {', '.join(get_args(Split))}; got {self.split!r}")
        if self.x is not None:
            for family in self.families:
                family.check_x(self.x)
        self._check_parameters()

    def _check_parameters(self) -> None:
        if isinstance(self.parameters, str):
            if self.parameters not in ("fixed", "fresh"):
                raise InputError(f"parameters must be 'fixed', 'fresh' or values by family, got {self.parameters!r}")
            return
        for family in self.families:
            given = self.parameters.get(family.name, {})
            if set(given) != set(family.priors):
                raise InputError(
                    f"parameters of family {family.name!r} must be {', '.join(family.priors)}; got {dict(given)!r}"
                )

    @property
    def classes(self) -> tuple[str, ...]:
        """What labels are indices into: the families' names."""
        return tuple(family.name for family in self.families)

    @property
    def points_range(self) -> tuple[int, int]:
        """The lowest and the highest number of points of a sequence."""
        return (self.points, self.points) if isinstance(self.points, int) else (self.points[0], self.points[1])

    @cached_property
    def fixed_parameters(self) -> dict[str, dict[str, float]] | None:
        """The fixed parameters by family and name, or None where they are fresh.

        All families share one draw: families with the same prior get the same value.
        """
        if self.parameters == "fresh":
            return None
        if not isinstance(self.parameters, str):
            return {family.name: dict(self.parameters[family.name]) for family in self.families}
        # A stream for each parameter: k and b stay what they are when a family with more joins.
        shares = {name: keyed_generator(self.seed, "parameters", name).random(1) for name in self._parameter_names}
        return {
            family.name: {name: float(prior.quantile(shares[name])[0]) for name, prior in family.priors.items()}
            for family in self.families
        }

    def batch(self, index: int) -> Batch:
        """Batch number ``index``, from 0 up.

        Raises:
            InputError: a family's function gave a value that is not finite.
        """
        labels = self._stream(index, "families").integers(len(self.families), size=self.batch_size)
        lengths, high = self._lengths(index)
        shares = self._shares(index, high)
        noise = self._stream(index, "noise").standard_normal((self.batch_size, high)) if self.noise > 0 else None
        points = np.empty((self.batch_size, high, 2))
        # Shares are used up family by family. Of short integers a stable sort takes a fourth of the time.
        ordered = labels.astype(np.int16).argsort(kind="stable")
        ends = list(accumulate(np.bincount(labels, minlength=len(self.families)).tolist()))
        at_once = max(1, _BLOCK_POINTS // high)
        for start in range(0, self.batch_size, at_once):
            rows = slice(start, start + at_once)
            part = self._curves({name: array[rows] for name, array in shares.items()}, start, ends)
            places = ordered[rows]
            if noise is not None:
                part[..., 1] += noise[places] * self.noise
            _whole_rows(points)[places] = _whole_rows(part)
        if self.points_range[0] < high:
            points[np.arange(high) >= lengths[:, None]] = 0.0
        return Batch(points, lengths, labels)

    def batches(self, count: int) -> Iterator[Batch]:
        """The first ``count`` sequences, batch by batch; of the last batch no more than are left.

        Example:
            >>> [len(batch.labels) for batch in ShapeSequences(batch_size=4).batches(10)]
            [4, 4, 2]
        """
        for first in range(0, count, self.batch_size):
            batch = self.batch(first // self.batch_size)
            kept = slice(count - first)
            yield Batch(batch.points[kept], batch.lengths[kept], batch.labels[kept])

    def tested(self, points: int, batch_size: int, seed: int) -> Self:
        """The same data set's test split, drawn by another seed, which leaves fixed parameters as they are."""
        parameters: Parameters = self.fixed_parameters or "fresh"
        return replace(self, parameters=parameters, points=points, batch_size=batch_size, seed=seed, split="test")

    def _lengths(self, index: int) -> tuple[IntArray, int]:
        """The number of points of each sequence, and of the batch's array."""
        low, high = self.points_range
        if low == high:
            return np.full(self.batch_size, high, dtype=np.int64), high
        size = self.batch_size if self.lengths == "each" else 1
        lengths = self._stream(index, "lengths").integers(low, high, size=size, endpoint=True)
        if self.lengths == "each":
            return lengths, high
        return np.repeat(lengths, self.batch_size), int(lengths[0])

    def _shares(self, index: int, points: int) -> dict[str, FloatArray]:
        """Of x, (batch, points), and of fresh parameters, (batch, 1): the shares of their priors that lie below.

        A stream for each parameter's name: parameters of one name are drawn alike in all families.
        """
        shares = {"x": self._stream(index, "x").random((self.batch_size, points))}
        if self.fixed_parameters is None:
            for name in self._parameter_names:
                shares[name] = self._stream(index, "parameters", name).random((self.batch_size, 1))
        return shares

    def _curves(self, shares: dict[str, FloatArray], first: int, ends: list[int]) -> FloatArray:
        """Points without noise, (rows, points, 2), of rows from ``first`` on; family f has those below ``ends[f]``."""
        points = np.empty((*shares["x"].shape, 2))
        fixed = self.fixed_parameters
        start, size = 0, len(points)
        for family, end in zip(self.families, ends, strict=True):  # over families, not sequences
            rows = slice(start, min(end - first, size))
            if rows.start >= rows.stop:
                continue
            start = rows.stop
            x = (self.x or family.x).quantile(shares["x"][rows])
            if fixed is None:
                fresh = {name: prior.quantile(shares[name][rows]) for name, prior in family.priors.items()}
                y = family.curve(x, **fresh)
            else:
                y = family.curve(x, **fixed[family.name])
            points[rows, :, 0] = x
            points[rows, :, 1] = y
            if not math.isfinite(np.add.reduce(y, axis=None)):
                raise InputError(f"family {family.name!r}: y is not finite everywhere; look at its priors and domain")
        return points

    @cached_property
    def _parameter_names(self) -> list[str]:
        return sorted({name for family in self.families for name in family.priors})

    def _stream(self, index: int, *name: str) -> np.random.Generator:
        return keyed_generator(self.seed, self.split, index, *name)


def _whole_rows(points: FloatArray) -> NDArray[np.void]:
    """The same memory, a sequence an item: numpy then moves it at once, and not number by number."""
    rows = points.reshape(len(points), -1)
    items: NDArray[np.void] = rows.view(np.dtype((np.void, rows.strides[0])))[:, 0]
    return items
