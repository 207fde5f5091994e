"""Designs of experiments: which x are measured, and in which order."""

from typing import NamedTuple, final

import numpy as np

from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.datasets.priors import LogUniform, OneOf, Uniform, pick

__all__ = [
    "ABOVE_ZERO",
    "ANYWHERE",
    "FROM_ZERO",
    "LOWEST_MASK",
    "RARELY_FAR",
    "X_IS_SET",
    "X_IS_TIME",
    "Designs",
    "draw_designs",
]

ANYWHERE, FROM_ZERO, ABOVE_ZERO = 0, 1, 2
"""Codes for the lowest x that a design may have: any, 0, or above 0."""
RARELY_FAR, X_IS_TIME, X_IS_SET, LOWEST_MASK = 4, 8, 16, 3
"""Flags that may be added to one of these codes: `RARELY_FAR` if few designs are far from zero, `X_IS_TIME` if x is
mostly a time, `X_IS_SET` if x is set separately for each reading, like a concentration or a distance.
``code & LOWEST_MASK`` is the code without flags."""

# About half of the evenly spaced x of real tables are 1, 2, 3 and so on, in some unit.
_LAYOUTS = {"from zero": 0.15, "from one step": 0.25, "above zero": 0.38, "far": 0.1, "both signs": 0.12}
# For laws that are not shift-invariant, such as free fall from x = 0: few experiments measure only its late part.
_RARELY_FAR_LAYOUTS = {"from zero": 0.17, "from one step": 0.25, "above zero": 0.43, "far": 0.02, "both signs": 0.13}
# The clock starts with the process; the first reading often follows within a step.
_X_IS_TIME_LAYOUTS = {
    "from zero": 0.23,
    "from one step": 0.24,
    "above zero": 0.17,
    "far": 0.1,
    "both signs": 0.09,
    "just after zero": 0.17,
}
_X_IS_SET_LAYOUTS = {"from zero": 0.1, "from one step": 0.2, "above zero": 0.61, "far": 0.02, "both signs": 0.07}
# The shares below are in the order of these names. "by factors" is a geometric progression, and in "squares" the x are
# proportional to 0, 1, 4, 9, ...
_NAMES = ("grid", "anywhere", "jittered grid", "by factors", "squares", "repeated")
_SPACINGS = dict(zip(_NAMES, (0.4, 0.15, 0.1, 0.12, 0.07, 0.16), strict=True))
_X_IS_TIME_SPACINGS = dict(zip(_NAMES, (0.44, 0.12, 0.16, 0.08, 0.04, 0.16), strict=True))
_X_IS_SET_SPACINGS = dict(zip(_NAMES, (0.2, 0.12, 0.02, 0.4, 0.1, 0.16), strict=True))
_EVEN = [_NAMES.index("grid"), _NAMES.index("jittered grid")]
_ORDERS = {"ascending": 0.8, "descending": 0.05, "any": 0.15}
_ROUNDED = 0.15  # share of designs whose x are rounded
_MIRRORED = (0.5, 0.04)  # share of mirrored designs: among those with x on both sides of 0, and among others
_RATIO = LogUniform(1.2, 400.0)  # ratio of the highest to the lowest x, if x begins above zero
_FAR = LogUniform(0.002, 0.2)  # ratio of the range to the highest x, if x is far from zero
_JITTER = LogUniform(0.03, 0.5)  # standard deviation of the jitter of x, in steps of the grid
_LOWEST = OneOf((Uniform(-1.0000001, -1.0), Uniform(-1.0, -0.05)))  # lowest x below 0; half of the ranges are symmetric
_READINGS = (2, 6)  # lowest and highest number of readings at a repeated x


@final
class Designs(NamedTuple):
    """The designs of a batch of experiments.

    Attributes:
        x: Values of x, ascending, at most 1 in absolute value; shape (batch, points).
        low: Lower end of the range of x, shape (batch, 1).
        range: Width of the range of x, shape (batch, 1).
        order: Index in ``x`` of each reading, in the order of measurement, shape (batch, points).
    """

    x: FloatArray
    low: FloatArray
    range: FloatArray
    order: IntArray

    @property
    def points(self) -> int:
        """The number of points of each design."""
        return int(self.order.shape[1])

    def with_grid(self, positions: FloatArray) -> "Designs":
        """Return the designs with further x, given as positions from 0 to 1 in their ranges, after their own."""
        return self._replace(x=np.concatenate([self.x, self.low + self.range * positions], axis=1))


def draw_designs(generator: np.random.Generator, points: int, lowest: IntArray) -> Designs:
    """Draw the designs of a batch of experiments.

    Args:
        generator: A generator at the start of its own stream.
        points: Number of points of each design, from 2 up.
        lowest: The lowest x allowed: `ANYWHERE`, `FROM_ZERO` or `ABOVE_ZERO`, with or without the flags
            `RARELY_FAR`, `X_IS_TIME` and `X_IS_SET`; shape (batch,).
    """
    batch = len(lowest)
    layout, spacing, order, size, rounding, mirroring = generator.random((6, batch, 1))
    kinds = [(lowest[:, None] & flag) > 0 for flag in (X_IS_TIME, X_IS_SET, RARELY_FAR)]
    lowest = lowest[:, None] & LOWEST_MASK
    layouts_of = [_X_IS_TIME_LAYOUTS, _X_IS_SET_LAYOUTS, _RARELY_FAR_LAYOUTS]
    spacings_of = [_X_IS_TIME_SPACINGS, _X_IS_SET_SPACINGS, _SPACINGS]
    layouts = np.select(kinds, [pick(shares, layout) for shares in layouts_of], pick(_LAYOUTS, layout))
    spacings = np.select(kinds, [pick(shares, spacing) for shares in spacings_of], pick(_SPACINGS, spacing))
    orders = pick(_ORDERS, order)
    is_even = np.isin(spacings, _EVEN)
    readings = generator.integers(_READINGS[0], _READINGS[1], size=(batch, 1), endpoint=True)
    levels = np.maximum(2, -(-points // readings))  # different x of a design with repeated x
    first_step = np.select([is_even, spacings == _NAMES.index("repeated")], [1.0 / points, 1.0 / levels], np.nan)
    low, high = _ends(layouts, size, lowest, points, first_step, kinds[1] & is_even)
    jitter = _JITTER.quantile(generator.random((batch, 1)))
    u = _positions(generator, spacings, low, high, points, jitter, levels)
    x = low + (high - low) * u
    digits = 10.0 ** np.ceil(np.log10((high - low) / 30.0))  # 3 to 30 steps in the range
    rounded = np.round(x / digits) * digits
    is_rounded = (rounding < _ROUNDED) & ~((lowest == ABOVE_ZERO) & (rounded[:, :1] <= 0))
    x = np.where(is_rounded, rounded, x)
    mirrored = (lowest == ANYWHERE) & (mirroring < np.where(low < 0, *_MIRRORED))
    x, low, high = np.where(mirrored, -x[:, ::-1], x), np.where(mirrored, -high, low), np.where(mirrored, -low, high)
    return Designs(x, low, high - low, _orders(generator, orders, points))


def _ends(
    layout: IntArray, u: FloatArray, lowest: IntArray, points: int, first_step: FloatArray, steps_from_zero: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and the highest x.

    With ``steps_from_zero``, a lowest x above zero is at least about half a step. ``first_step`` is the lowest x of a
    grid that begins one step from zero, such as 1, 2, 3; it is NaN if the x have no equal steps, and then the lowest x
    is drawn as in the layout "above zero".
    """
    ratio = 1.0 / np.where(steps_from_zero, LogUniform(1.2, 2.0 * points).quantile(u), _RATIO.quantile(u))
    first_step = np.where(np.isnan(first_step), ratio, first_step)
    low = np.choose(
        layout,
        [
            np.where(lowest == ABOVE_ZERO, first_step, 0.0),
            first_step,
            ratio,
            1.0 - _FAR.quantile(u),
            np.where(lowest == ANYWHERE, _LOWEST.quantile(u), ratio),
            u / points,
        ],
    )
    return low, np.ones_like(low)


def _positions(
    generator: np.random.Generator,
    spacing: IntArray,
    low: FloatArray,
    high: FloatArray,
    points: int,
    jitter_size: FloatArray,
    levels: IntArray,
) -> FloatArray:
    """Return the positions of x in its range, from 0 to 1, ascending, shape (batch, points)."""
    batch = len(spacing)
    grid = np.linspace(0.0, 1.0, points)[None]
    anywhere = np.sort(generator.random((batch, points)), axis=1)
    jitter = np.sort(
        np.clip(grid + jitter_size / points * generator.standard_normal((batch, points)), 0.0, 1.0), axis=1
    )
    start = np.where(low > 0, low, (high - low) / 100.0)
    factors = ((start + high - low) / start) ** grid
    by_factors = (factors - 1.0) / (factors[:, -1:] - 1.0)
    repeated = np.floor(np.arange(points)[None] * levels / points) / (levels - 1)
    return np.choose(
        spacing, np.broadcast_arrays(grid, anywhere, jitter, by_factors, grid**2, repeated)
    )  # (batch, points)


def _orders(generator: np.random.Generator, order: IntArray, points: int) -> IntArray:
    ascending = np.arange(points)[None]
    any_order = np.argsort(generator.random((len(order), points)), axis=1)
    return np.choose(order, np.broadcast_arrays(ascending, ascending[:, ::-1], any_order))
