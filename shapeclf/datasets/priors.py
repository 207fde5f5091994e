"""Priors: the distributions that parameters, x and noise levels are drawn from."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, final, runtime_checkable

import numpy as np

from shapeclf.datasets._arguments import number, shown
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.errors import InputError

__all__ = ["LogUniform", "OneOf", "Prior", "Uniform", "pick", "prior_from_record"]

_MAX_PRIORS = 32  # in a `OneOf`, including itself and nested priors: the limit of numpy.choose


@runtime_checkable
class Prior(Protocol):
    """A distribution on an interval, described by its quantile function.

    Every value is drawn as ``quantile(u)`` with u uniform on [0, 1). So each draw takes exactly one number from its
    random stream, whatever the distribution.
    """

    @property
    def support(self) -> tuple[float, float]:
        """The smallest and the largest value that can be drawn."""
        ...

    def quantile(self, u: FloatArray) -> FloatArray:
        """Return the quantiles of the probabilities ``u``, in the shape of ``u``."""
        ...

    def record(self) -> dict[str, Any]:
        """Return the prior as values that JSON can represent; `prior_from_record` reads it."""
        ...


def _check_ends(kind: str, low: float, high: float) -> None:
    if not -math.inf < number(f"{kind}: low", low) < number(f"{kind}: high", high) < math.inf:
        raise InputError(f"{kind}: low and high must be finite with low < high, got {shown(low)} and {shown(high)}")


def _check_width(kind: str, low: float, high: float, width: float) -> None:
    if not math.isfinite(width):
        raise InputError(f"{kind}: low and high are too far apart for floating point, got {low!r} and {high!r}")


@final
@dataclass(frozen=True, slots=True)
class Uniform:
    """The uniform distribution on [low, high).

    Example:
        >>> Uniform(5, 15).quantile(np.array([0.0, 0.5]))
        array([ 5., 10.])
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _check_ends("Uniform", self.low, self.high)
        _check_width("Uniform", self.low, self.high, self.high - self.low)

    @property
    def support(self) -> tuple[float, float]:
        return (self.low, self.high)

    def quantile(self, u: FloatArray) -> FloatArray:
        values: FloatArray = u * (self.high - self.low)
        if self.low:
            values += self.low
        return values

    def record(self) -> dict[str, list[float]]:
        return {"uniform": [self.low, self.high]}

    def __str__(self) -> str:
        return f"U({self.low:g}, {self.high:g})"


@final
@dataclass(frozen=True, slots=True)
class LogUniform:
    """The distribution on [low, high) of a number whose logarithm is uniform: every decade is equally likely.

    Both ends must be above 0, or both below 0, where the logarithm of the absolute value is uniform.

    Example:
        >>> LogUniform(0.01, 100).quantile(np.array([0.5])).round(12)
        array([1.])
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _check_ends("LogUniform", self.low, self.high)
        if not (self.low > 0 or self.high < 0):
            raise InputError(f"LogUniform: low must be above 0, or high below 0; got {self.low!r} and {self.high!r}")
        _check_width("LogUniform", self.low, self.high, max(self.high / self.low, self.low / self.high))

    @property
    def support(self) -> tuple[float, float]:
        return (self.low, self.high)

    def quantile(self, u: FloatArray) -> FloatArray:
        logs: FloatArray = np.exp(u * math.log(self.high / self.low))
        return logs * self.low

    def record(self) -> dict[str, list[float]]:
        return {"loguniform": [self.low, self.high]}

    def __str__(self) -> str:
        return f"LogU({self.low:g}, {self.high:g})"


@final
@dataclass(frozen=True, slots=True)
class OneOf:
    """A mixture of priors with equal weights, in ascending order and without overlap.

    Args:
        parts: Priors, at most 31 including those within a nested `OneOf`.

    Example:
        >>> OneOf((LogUniform(-8, -1), LogUniform(1, 8))).quantile(np.array([0.0, 0.5]))
        array([-8.,  1.])
    """

    parts: Sequence[Prior]
    support: tuple[float, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.parts))
        if not self.parts or not all(isinstance(part, Prior) for part in self.parts):
            raise InputError(f"OneOf: parts must be priors, at least one, got {shown(self.parts)}")
        count = _count(self)
        if count > _MAX_PRIORS:
            raise InputError(f"OneOf: at most {_MAX_PRIORS - 1} priors, those of nested ones included, got {count - 1}")
        # Computed once: a property that reads its parts takes twice as long with each level of nesting.
        object.__setattr__(self, "support", (self.parts[0].support[0], self.parts[-1].support[1]))
        for left, right in zip(self.parts, self.parts[1:], strict=False):
            if left.support[1] > right.support[0]:
                raise InputError(f"OneOf: parts must lie from left to right without overlap, got {left} before {right}")

    def quantile(self, u: FloatArray) -> FloatArray:
        position = u * len(self.parts)
        part = np.minimum(position.astype(np.int64), len(self.parts) - 1)
        return np.choose(part, [prior.quantile(position - part) for prior in self.parts])

    def record(self) -> dict[str, list[dict[str, Any]]]:
        return {"one of": [prior.record() for prior in self.parts]}

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))


def _count(prior: Prior) -> int:
    """Return the number of priors, counting this one and those of nested ones."""
    return 1 + sum(map(_count, prior.parts)) if isinstance(prior, OneOf) else 1


def pick(shares: Mapping[str, float], u: FloatArray) -> IntArray:
    """Return the index of the kind that each uniform random number ``u`` selects; the shares of the kinds sum to 1."""
    return np.searchsorted(np.cumsum(list(shares.values()))[:-1], u, side="right")


def prior_from_record(record: object) -> Prior:
    """Return the prior that ``Prior.record`` recorded.

    Raises:
        InputError: ``record`` is not such a record.

    Example:
        >>> prior_from_record({"uniform": [5, 15]})
        Uniform(low=5.0, high=15.0)
    """
    kinds: dict[str, type[Uniform] | type[LogUniform]] = {"uniform": Uniform, "loguniform": LogUniform}
    try:
        if "one of" in record:  # type: ignore[operator]  # anything else is caught below
            return OneOf([prior_from_record(part) for part in record["one of"]])  # type: ignore[index]
        ((kind, (low, high)),) = record.items()  # type: ignore[attr-defined]  # anything else is caught below
        return kinds[kind](float(low), float(high))
    except InputError:
        raise
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
        raise InputError(
            f"a prior's record is {{kind: [low, high]}}, kind one of {', '.join(kinds)}, or {{'one of': [records]}}; "
            f"got {shown(record)}"
        ) from None
