"""Coordinates that do not depend on the units of x and y, computed from the points so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, final

import torch
from torch import nn

from shapeclf.datasets._types import FloatArray
from shapeclf.training.curve_bank import LADDER, CurveBank
from shapeclf.training.moments import TINY, Moments, numbers
from shapeclf.training.operations import Operations, V
from shapeclf.training.regressions import REGRESSIONS, Regressions

__all__ = ["UnitlessCoordinates"]

_ALONG = 2  # the axis of the points
_LAGS = 16  # highest lag of the autocorrelation
_CHANGES = 8  # number of sums: 4 of changes from point to point, 4 counts of points (x < 0, du = 0, dv = 0, x = 0)
_MAX_FEATURE = 1e30  # limit of features, below the largest number in single precision, 3e38
_APART = 1e9  # limit of positions in units of the spread; beyond it, too few digits of x remain

# The state: number of points, first point, units, last points, integrals, then all sums.
_FIRST, _UNITS, _LAST = 1, 3, 6
_INTEGRALS = _LAST + 2 * _LAGS
_SUMS = _INTEGRALS + 3


@final
class UnitlessCoordinates(nn.Module):
    """Features of the points so far that do not change with the units of x and y.

    They are invariant to scaling x, and to scaling, shifting and flipping y. They are computed in double precision
    from running sums of u and v. These are the differences of x and y to the first point, each divided by its first
    nonzero value. The features are

    - for curves of many shapes (`CurveBank`): the share of the variance of v that each curve leaves unexplained, this
      share relative to that of the best curve, and the serial correlation of the residuals, as the ratio of Durbin and
      Watson (1950);
    - for polynomials and the integral forms of laws (`Regressions`): what each term explains in addition to the terms
      before it;
    - the autocorrelation of v;
    - the position of the point relative to the mean and the spread so far, and the design: how the x were chosen.

    No part of the coordinates is learned.

    Args:
        ladder: Powers of x, none of them 0.
    """

    name: Final = "unitless"
    columns = 2

    def __init__(self, ladder: Sequence[float] = LADDER) -> None:
        super().__init__()
        self._bank = CurveBank(ladder)
        self._regressions = Regressions()
        self._widths = (self._bank.width, self._regressions.width, _CHANGES, 3 * _LAGS)
        self.state_width = _SUMS + sum(self._widths)
        self.width = 3 * self._bank.seen + 1 + 8 * len(REGRESSIONS) + 3 * 4 + 3 + _LAGS + 15

    def fit(self, points: FloatArray) -> None:
        """Do nothing: no constant of these coordinates depends on the data set."""

    def compute(self, operations: Operations[V], points: V, state: V) -> tuple[V, V]:
        o = operations
        # With points as the last axis, operations run over contiguous memory.
        points = o.permute_dims(points, (2, 0, 1))  # (2, batch, points)
        state = o.permute_dims(o.expand_dims(state, axis=1), (2, 0, 1))  # (state_width, batch, 1)

        def state_rows(start: int, stop: int) -> V:
            rows: V = state[start:stop]
            return rows

        rows = _Rows.of(
            o,
            points,
            state_rows(0, 1),
            state_rows(_FIRST, _UNITS),
            state_rows(_UNITS, _LAST),
            state_rows(_LAST, _INTEGRALS),
        )
        u, v = rows.u, rows.v
        du, dv = rows.change(u), rows.change(v)
        n = o.cumulative_sum(o.ones_like(du), axis=_ALONG) + state_rows(0, 1)  # (1, batch, points)
        areas = (rows.now(v) + rows.back(1, v)) * du * numbers(o, 0.5)
        squares = (rows.now(v) * rows.now(v) + rows.back(1, v) * rows.back(1, v)) * du * numbers(o, 0.5)
        integral = o.cumulative_sum(areas, axis=_ALONG) + state_rows(_INTEGRALS, _INTEGRALS + 1)
        steps = (integral - areas * numbers(o, 0.5)) * du
        double = o.cumulative_sum(steps, axis=_ALONG) + state_rows(_INTEGRALS + 1, _INTEGRALS + 2)
        of_square = o.cumulative_sum(squares, axis=_ALONG) + state_rows(_INTEGRALS + 2, _SUMS)
        added = [
            self._of_curves(o, rows, dv),
            self._of_terms(o, rows, n, [integral, double, of_square]),
            self._of_changes(o, rows, n, du, dv),
            _of_lags(o, rows, n),
        ]
        stops = [_SUMS + sum(self._widths[: i + 1]) for i in range(len(self._widths))]
        sums = [
            o.cumulative_sum(value, axis=_ALONG) + state_rows(stop - width, stop)
            for value, stop, width in zip(added, stops, self._widths, strict=True)
        ]
        features = self._features(o, rows, n, du, dv, sums)
        ends = [value[:, :, -1:] for value in (n, integral, double, of_square, *sums)]
        state = o.concat([ends[0], rows.first, rows.units, *rows.lasts(), *ends[1:]], axis=0)  # (state_width, batch, 1)
        # In two steps, the second of which onnxruntime fuses with the matrix product that follows.
        features = o.permute_dims(o.permute_dims(features, (1, 0, 2)), (0, 2, 1))  # (batch, points, width)
        return features, o.squeeze(o.permute_dims(state, (1, 2, 0)), axis=(1,))

    def _of_curves(self, o: Operations[V], rows: "_Rows[V]", dv: V) -> V:
        """Return what each point adds to the sums of the curve bank."""
        curves = self._bank.values(o, rows.from_before(rows.x), rows.from_before(rows.u))
        now, before = curves[:, :, 1:], curves[:, :, 0:-1]
        added: V = self._bank.sums(o, now, rows.now(rows.v), now - before, dv)
        return added

    def _of_terms(self, o: Operations[V], rows: "_Rows[V]", n: V, integrals: list[V]) -> V:
        """Return what each point adds to the sums of the regressions."""
        u, v = rows.now(rows.u), rows.now(rows.v)
        third = o.clip(n - numbers(o, 2.0), 0.0, 1.0)  # 1 from the third point on
        one = o.ones_like(u)
        neighbours = third * (v + rows.back(2, rows.v))
        terms = [
            one,
            third,
            u,
            u * u,
            u * u * u,
            u * u * u * u,
            *integrals,
            v,
            third * rows.back(1, rows.v),
            neighbours,
        ]
        added: V = self._regressions.sums(o, terms)
        return added

    def _of_changes(self, o: Operations[V], rows: "_Rows[V]", n: V, du: V, dv: V) -> V:
        """Return what each point adds to the sums of squared changes and to the counts of points."""
        one, none = numbers(o, 1.0), numbers(o, 0.0)
        third = o.clip(n - numbers(o, 2.0), 0.0, 1.0)
        bend = dv - rows.back(1, rows.v) + rows.back(2, rows.v)
        x = rows.now(rows.signed_x)
        below = o.clip(o.sign(x), -1.0, 0.0)
        special = [below, *(o.where(o.equal(value, 0.0), one, none) for value in (du, dv, x))]
        return o.concat([dv * dv, third * bend * bend, du * du, o.abs(du), *special], axis=0)

    def _features(self, o: Operations[V], rows: "_Rows[V]", n: V, du: V, dv: V, sums: list[V]) -> V:
        of_curves, of_terms, of_changes, of_lags = sums

        def sum_of(a: str, b: str) -> V:
            return self._regressions.sum_of(o, of_terms, a, b)

        def single(*values: float) -> V:
            return o.asarray(torch.tensor(values, dtype=torch.float32).reshape(-1, 1, 1))

        moments = Moments.of(o, n, sum_of("one", "u"), sum_of("one", "v"), sum_of("u", "u"), sum_of("v", "v"))
        left, rough = self._bank.fits(o, of_curves, of_changes[0:1], moments)
        best = o.min(left, axis=0, keepdims=True)
        results = self._regressions.explain(o, of_terms)
        half = o.astype(n * numbers(o, 0.5), torch.float32)  # times a log variance ratio: a log-likelihood ratio
        gains = [after - before for before, after in zip(results.unexplained, results.unexplained[1:], strict=False)]
        polynomial = [value[0:1] for value in results.partial]
        # Features that change sign with y are multiplied by the sign of its slope or, if that is 0, of its curvature.
        sign = o.sign(polynomial[0] + numbers(o, 1e-5) * polynomial[1] + numbers(o, 1e-10) * polynomial[2])
        bends = o.astype(sign * o.concat(polynomial, axis=0), torch.float32)
        spread = moments.spread_u
        rates = [  # rates of the exponential and of the sine, and the sum of each point's neighbours over the point
            results.coefficient[1][1:2] * spread,
            results.coefficient[2][2:3] * spread * spread,
            results.coefficient[0][4:5],
        ]
        return o.concat(
            [
                left * single(0.3),
                (rough - left) * single(0.3),
                o.asinh(half * (left - best)),
                best * single(0.3),
                *(o.asinh(bends * single(scale)) for scale in (1.0, 10.0, 100.0)),
                *(value * single(0.3) for value in results.unexplained),
                *(o.asinh(half * gain) for gain in gains),
                _autocorrelation(o, of_lags, moments),
                o.asinh(half * (results.unexplained[1] - best)),
                o.asinh(o.astype(o.clip(o.concat(rates, axis=0), -_MAX_FEATURE, _MAX_FEATURE), torch.float32)),
                *_of_design(o, rows, moments, of_changes, sign, du, dv),
            ],
            axis=0,
        )


def _of_lags(o: Operations[V], rows: "_Rows[V]", n: V) -> V:
    """Return what a point adds to the sums for the autocorrelation.

    For each lag these are the product of v and the v that many points earlier, v itself, and the earlier v.
    """
    v = rows.now(rows.v)
    has_lag = o.clip(n - numbers(o, *range(1, _LAGS + 1)), 0.0, 1.0)  # 1 if there is a point so far back
    lagged = o.concat([rows.back(lag, rows.v) for lag in range(1, _LAGS + 1)], axis=0)  # (lags, batch, points)
    return o.concat([lagged * v, has_lag * v, has_lag * lagged], axis=0)


def _autocorrelation(o: Operations[V], sums: V, moments: Moments[V]) -> V:
    products, heads, tails = (sums[i * _LAGS : (i + 1) * _LAGS] for i in range(3))
    pairs = o.clip(moments.n - numbers(o, *range(1, _LAGS + 1)), 0.0, _MAX_FEATURE)
    mean = moments.mean_v
    return o.astype((products - mean * (heads + tails) + pairs * mean * mean) / moments.vv, torch.float32)


def _of_design(o: Operations[V], rows: "_Rows[V]", moments: Moments[V], changes: V, sign: V, du: V, dv: V) -> list[V]:
    """Return features of the point itself, the roughness of v, the design of x and the number of points."""
    tiny, one = numbers(o, TINY), numbers(o, 1.0)
    spread_u, spread_v = moments.spread_u + tiny, moments.spread_v + tiny
    change = [changes[i : i + 1] for i in range(_CHANGES)]
    middle = rows.first_x + moments.mean_u
    positions = [
        (rows.now(rows.u) - moments.mean_u) / spread_u,
        sign * (rows.now(rows.v) - moments.mean_v) / spread_v,
        du / spread_u,
        sign * dv / spread_v,
    ]
    far, near = o.sign(middle) * numbers(o, _APART), middle / spread_u
    positions.append(o.where(o.equal(change[2], 0.0), far, near))  # the limit if all x are equal
    lengths = o.sqrt(o.abs(moments.uu * moments.n))
    shares = [change[0] / moments.vv, change[1] / moments.vv, change[2] / moments.uu, change[3] / lengths]
    special = [value / moments.n for value in change[4:]]
    least, third = o.astype(numbers(o, 1e-9), torch.float32), o.astype(numbers(o, 0.3), torch.float32)
    return [
        o.asinh(o.astype(o.clip(o.concat(positions, axis=0), -_APART, _APART), torch.float32)),
        o.log(o.astype(o.clip(o.concat(shares, axis=0), 0.0, 1e12), torch.float32) + least) * third,
        o.astype(o.concat(special, axis=0), torch.float32),
        o.log(o.astype(moments.n, torch.float32)),
        o.astype(one / moments.n, torch.float32),
    ]


@final
@dataclass(frozen=True)
class _Rows(Generic[V]):
    """The points, preceded by the earlier points that features may depend on.

    Attributes:
        operations: Array operations of torch or of an ONNX graph; see `Operations`.
        first: The first point, shape (2, batch, 1).
        units: Absolute values of the first nonzero x, and of the first nonzero differences of x and y to the first
            point; 0 where there is none yet. Shape (3, batch, 1).
        first_x: The first x in units of u, shape (1, batch, 1).
        points: The points and the earlier ones, shape (2, batch, lags + points). The attributes below have the same
            shape with a first axis of 1.
        signed_x: x with its sign.
        x: Absolute x over its unit.
        u: Difference of x to the first x, over its unit.
        v: Difference of y to the first y, over its unit.
    """

    operations: Operations[V]
    first: V
    units: V
    first_x: V
    points: V
    signed_x: V
    x: V
    u: V
    v: V

    @classmethod
    def of(cls, o: Operations[V], points: V, count: V, first: V, units: V, last: V) -> "_Rows[V]":
        one, none = numbers(o, 1.0), numbers(o, 0.0)
        first_point = points[:, :, 0:1]
        first = o.where(o.equal(count, 0.0), first_point, first)
        sizes = o.abs(o.concat([points[0:1], points - first], axis=0))  # (3, batch, points)
        some = o.where(o.equal(sizes, 0.0), none, one)
        earlier = o.cumulative_sum(some, axis=_ALONG) - some
        leading = o.where(o.equal(earlier, 0.0), sizes, none)  # 0 except for the first value that is not 0
        new_units = o.cumulative_sum(leading, axis=_ALONG)[:, :, -1:]
        units = o.where(o.equal(units, 0.0), new_units, units)
        # Copies of the first point stand in for the points before it. They change no feature.
        repeated = o.concat([first_point] * _LAGS, axis=0)
        last = o.where(o.equal(count, 0.0), repeated, last)
        before = [last[2 * i : 2 * i + 2] for i in range(_LAGS)]
        rows = o.concat([*before, points], axis=_ALONG)  # (2, batch, lags + points)
        x_unit, u_unit, v_unit = (
            unit + o.where(o.equal(unit, 0.0), one, none) for unit in (units[i : i + 1] for i in range(3))
        )
        x, y = rows[0:1], rows[1:2]
        first_x, first_y = first[0:1], first[1:2]
        u, v = (x - first_x) / u_unit, (y - first_y) / v_unit
        return cls(o, first, units, first_x / u_unit, rows, x, o.abs(x) / x_unit, u, v)

    def now(self, value: V) -> V:
        """Return the values at the points themselves, shape (1, batch, points)."""
        part: V = value[:, :, _LAGS:]
        return part

    def back(self, lag: int, value: V) -> V:
        """Return the values a number of points earlier."""
        part: V = value[:, :, _LAGS - lag : -lag]
        return part

    def change(self, value: V) -> V:
        """Return the change since the previous point."""
        change: V = self.now(value) - self.back(1, value)
        return change

    def from_before(self, value: V) -> V:
        """Return the values at the points and the one before the first of them."""
        part: V = value[:, :, _LAGS - 1 :]
        return part

    def lasts(self) -> list[V]:
        """Return the last points, the oldest first, each (2, batch, 1)."""
        tail = self.points[:, :, -_LAGS:]
        return [tail[:, :, i : i + 1] for i in range(_LAGS)]
