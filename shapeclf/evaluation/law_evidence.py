"""The evidence of laws with shape parameters, for sequences that are drawn as `ExperimentSequences` draws them.

A sequence is y = unit·(±h + shift + s·ε), where h is the curve of a law at the points, scaled to the range from 0 to 1,
ε is standard normal, and s is the noise in units of the curve's range. An answer that depends neither on the unit and
the sign of y nor on its offset can use only the maximal invariant of the points. The density of this invariant is
the integral of the density of u·y + c over du·u^(n-2) and dc (Haar measure; Eaton 1989, Group Invariance Applications
in Statistics). The integral over c is that of a Gaussian. The remaining integral over u is, up to a constant factor,

    Syy^(-(n-1)/2) · exp(-Shh/(2s²)) · [J(z) + J(-z)],   J(z) = ∫ t^(n-2) exp(-t²/2 + z·t) dt from 0 to infinity,

where Syy, Syh and Shh are centred sums over the n points, and z = Syh/(s·√Syy). The rest is quadrature: over the
logarithm of s, and over the shape parameters by cells that are divided where the likelihood is high and changes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.interpolate import RectBivariateSpline
from scipy.special import logsumexp

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.disturbances import NOISE
from shapeclf.datasets.experiment_curves import INFINITE, between_zero_and_one, shape_limits
from shapeclf.datasets.families import Family
from shapeclf.datasets.laws import SINE
from shapeclf.datasets.priors import OneOf, Prior

__all__ = ["law_evidence"]

Limits = Mapping[str, tuple[float, float]]
"""The lowest and the highest absolute value of rates and widths, by name."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_INNER_NODES, _INNER_WEIGHTS = np.polynomial.legendre.leggauss(3)
_CELLS = 24  # initial number of cells, along each shape parameter and in each part of its prior
_TURN_CELLS = 4  # initial number of cells in half a turn of a sine's phase
_DEPTH = 14.0  # nats; a cell whose share of the integral is at most e^-14 is not divided
_CHANGE = 2.0  # nats; a cell in which the log-likelihood changes by less is not divided
_MIN_MISFIT = 1e-10  # in squared units of h; a smaller misfit has no effect even with the smallest noise
_FINE = 30.0  # the grid of Syh/√Syy has equal steps below 1/30, and equal factors above
_ROUNDS = 15  # rounds of division; the last cells are 1/16,000 as wide as the first


class _Sums(NamedTuple):
    """Centred sums of a curve h and of y over the points, each of shape (nodes,): Shh, and Syh over √Syy."""

    hh: FloatArray
    yh: FloatArray


def law_evidence(
    families: Sequence[Family],
    x: FloatArray,
    y: FloatArray,
    y_error: FloatArray | None = None,
    *,
    ends: tuple[float, float] | None = None,
) -> FloatArray:
    """Return the logarithm of the evidence of each law, up to a constant that is the same for all laws.

    The shape parameters have the law's priors for x scaled as in `ExperimentSequences`. Without error bars, s is
    log-uniform (`NOISE`). With error bars, the ratio of the error to the curve's range has that same prior, so its
    inverse k is log-uniform. (If the errors differ, the root of the harmonic mean of their squares is used.)

    Args:
        families: The laws.
        x: Shape (points,), for three points or more; not all x are equal.
        y: Shape (points,).
        y_error: Standard deviation of each y, above zero, shape (points,); None if it is not known.
        ends: Ends of the design, between which x was chosen; by default the lowest and the highest x.

    Returns:
        Log evidence in nats, shape (families,); -inf if the law is not defined at some x. For a law that is far less
        probable than another one, the value is only approximate.
    """
    error = np.ones_like(x) if y_error is None else y_error
    unit = np.mean(error**-2.0) ** -0.5  # one reading with a large error bar does not change it
    weights = (unit / error) ** 2
    centred = y - np.average(y, weights=weights)
    size = np.sqrt(np.sum(weights * centred**2))
    scaled = weights * centred / (size if size > 0 else 1.0)
    log_likelihood = _free_scale(len(x)) if y_error is None else _known_errors(size / unit)

    def likelihood(h: FloatArray) -> FloatArray:  # (nodes, points) -> (nodes,)
        h = between_zero_and_one(h)
        h -= (h @ weights / weights.sum())[:, None]
        return log_likelihood(_Sums((h * h) @ weights, h @ scaled))

    evidence = np.full(len(families), -np.inf)
    for index in sorted(range(len(families)), key=lambda index: len(families[index].shape)):
        family = families[index]
        if family.domain[0] <= x.min() and x.max() <= family.domain[1]:
            evidence[index] = _mean(_space(family, x, ends or (x.min(), x.max())), likelihood, evidence.max())
    return evidence


def _free_scale(points: int) -> Callable[[_Sums], FloatArray]:
    """Return the likelihood for unknown noise, integrated over s and the unit of y, without the power of Syy."""
    spline = _scale_spline(points)

    def log_likelihood(sums: _Sums) -> FloatArray:
        misfit = np.maximum(sums.hh - sums.yh**2, _MIN_MISFIT)
        return np.asarray(spline.ev(np.log(misfit), np.arcsinh(_FINE * np.abs(sums.yh))))

    return log_likelihood


@lru_cache(maxsize=8)
def _scale_spline(points: int) -> RectBivariateSpline:
    """Return a spline of the likelihood that `_free_scale` returns.

    Its variables are the logarithm of the misfit Shh - Syh²/Syy and the asinh of `_FINE` times Syh/√Syy.
    """
    s, weights = _noise_nodes(points)
    z, integral = _scale_integral(points)
    log_misfit = np.linspace(np.log(_MIN_MISFIT), np.log(points), 400)
    across = np.linspace(0.0, np.arcsinh(_FINE * 0.5 * np.sqrt(points)), 200)
    fitted = np.interp((np.sinh(across) / _FINE)[:, None] / s, z, integral)  # (across, values of s)
    misfit = np.exp(log_misfit)[:, None, None] / (2 * s**2)
    fitted += np.log(weights)
    table = np.concatenate([logsumexp(fitted - rows, axis=2) for rows in np.split(misfit, 40)])
    return RectBivariateSpline(log_misfit, across, table)


def _known_errors(size: float) -> Callable[[_Sums], FloatArray]:
    """Return the likelihood for known error bars, integrated over k, without the factor that depends only on Syy.

    Args:
        size: √Syy with weights, in units of the error.
    """
    lowest, highest = 1.0 / NOISE.support[1], 1.0 / NOISE.support[0]  # the curve's range in units of the error

    def one_sign(slope: FloatArray, hh: FloatArray) -> FloatArray:
        width = 1.0 / np.sqrt(np.maximum(hh, 1e-12))
        mode = slope * width**2
        low = np.clip(mode - 9 * width, lowest, highest)
        high = np.clip(np.maximum(mode, lowest) + 9 * width, lowest, highest)
        half = 0.5 * (high - low)[:, None]
        k = low[:, None] + half * (1 + _NODES)  # (nodes, values of k)
        exponent = k * slope[:, None] - 0.5 * k**2 * hh[:, None] - np.log(k)
        with np.errstate(divide="ignore"):  # log(0) where the likelihood lies above the highest k
            result: FloatArray = logsumexp(exponent, b=_WEIGHTS * half, axis=1)
        return result

    def log_likelihood(sums: _Sums) -> FloatArray:
        slope = sums.yh * size
        total = np.logaddexp(one_sign(slope, sums.hh), one_sign(-slope, sums.hh))
        return np.asarray(total - np.log(np.log(highest / lowest)))

    return log_likelihood


def _noise_nodes(points: int) -> tuple[FloatArray, FloatArray]:
    """Return quadrature nodes of s and their weights. Their spacing is smaller than the width of the likelihood."""
    low, high = NOISE.support
    nodes, weights = np.polynomial.legendre.leggauss(32 + int(1.5 * np.log(high / low) * np.sqrt(2 * points)))
    return np.asarray(NOISE.quantile((nodes + 1) / 2)), weights / 2


@lru_cache(maxsize=8)
def _scale_integral(points: int) -> tuple[FloatArray, FloatArray]:
    """Return z from 0 to the highest possible value, and log(J(z) + J(-z)) - z²/2 at these z, for interpolation."""
    power = points - 2
    highest = 0.5 * np.sqrt(points) / NOISE.support[0]
    z = np.sinh(np.linspace(0.0, np.arcsinh(highest), 20_000))

    def one_sign(z: FloatArray) -> FloatArray:
        root = np.sqrt(z * z + 4 * power)
        mode = np.where(z > 0, 0.5 * (z + root), 2 * power / (root - z))
        width = 1 / np.sqrt(1 + power / mode**2)
        low, high = np.maximum(mode - 12 * width, 0.0), mode + 14 * width
        half = 0.5 * (high - low)
        t = low[:, None] + half[:, None] * (1 + _NODES)
        exponent = power * np.log(t) - 0.5 * (t - z[:, None]) ** 2
        result: FloatArray = logsumexp(exponent, b=_WEIGHTS * half[:, None], axis=1)
        return result

    return z, np.logaddexp(one_sign(z), one_sign(-z))


class _Space(NamedTuple):
    """The space over which the shape parameters of a law are integrated, divided into cells.

    Attributes:
        low: Lower ends of the initial cells, shape (cells, dimensions).
        size: Sizes of the initial cells, shape (cells, dimensions).
        curves: Function of positions, shape (nodes, dimensions), that returns curves, shape (nodes, points).
        log_density: Function of positions that returns the logarithm of the prior density, shape (nodes,).
    """

    low: FloatArray
    size: FloatArray
    curves: Callable[[FloatArray], FloatArray]
    log_density: Callable[[FloatArray], FloatArray]


def _mean(space: _Space, likelihood: Callable[[FloatArray], FloatArray], best: float) -> float:
    """Return the logarithm of the mean of a likelihood over the shape parameters.

    Args:
        space: The shape parameters.
        likelihood: Function of curves, shape (nodes, points), that returns log-likelihoods, shape (nodes,).
        best: Logarithm of the largest mean of the laws so far; a mean far below it is only approximate.
    """
    dimensions = space.low.shape[1]
    if not dimensions:
        return float(likelihood(space.curves(space.low))[0])
    nodes, weights = _inner(dimensions)
    low, size = space.low, space.size
    done: list[float] = []
    mass = 0.0
    for index in range(_ROUNDS):
        u = (low[:, None] + size[:, None] * nodes).reshape(-1, dimensions)  # (cells * inner nodes, dimensions)
        curves = space.curves(u)
        is_finite = np.isfinite(curves).all(axis=1) & (np.abs(curves).max(axis=1) < INFINITE)
        values = np.full(len(u), -np.inf)
        values[is_finite] = likelihood(curves[is_finite])
        of_cells = values.reshape(len(low), -1)  # (cells, inner nodes)
        weighted = np.log(weights * size.prod(axis=1)[:, None]) + space.log_density(u).reshape(of_cells.shape)
        if not mass:
            mass = float(np.exp(weighted[is_finite.reshape(of_cells.shape)]).sum())
        total = max(best, float(logsumexp([logsumexp(of_cells + weighted), *done])))
        top = of_cells.max(axis=1)
        with np.errstate(invalid="ignore"):  # a cell in which the law is not defined
            change = top - of_cells.min(axis=1)
            divided = (change > _CHANGE) & (top + 0.4 * change + logsumexp(weighted, axis=1) > total - _DEPTH)
        divided &= index < _ROUNDS - 1
        done.append(float(np.logaddexp.reduce((of_cells + weighted)[~divided], axis=None)))
        if not divided.any():
            break
        low, size = _halves(low[divided], size[divided])
    return float(logsumexp(done) - np.log(mass))


def _space(family: Family, x: FloatArray, ends: tuple[float, float]) -> _Space:
    """Return the space of a law's shape parameters, given x and the ends of their design."""
    low, high = ends
    largest = max(abs(low), abs(high))
    scaled_x = (x - low) / (high - low) if family.shift_invariant else x / largest
    limits = shape_limits(family, len(x), 1.0 if family.shift_invariant else (high - low) / largest)
    return (_sine_space if family.basis is SINE.basis else _shape_space)(family, scaled_x, limits)


def _shape_space(family: Family, scaled_x: FloatArray, limits: Limits) -> _Space:
    """Return the space of a law's shape parameters, whose coordinates are quantiles of their priors."""
    cells = [_cells(prior, limits.get(name, (0.0, np.inf)), _CELLS) for name, prior in family.shape.items()]

    def curves(u: FloatArray) -> FloatArray:
        shape = {name: prior.quantile(u[:, [column]]) for column, (name, prior) in enumerate(family.shape.items())}
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # where the law is not defined
            return family.basis_at(np.broadcast_to(scaled_x, (len(u), len(scaled_x))), **shape)

    low, size = _product([low for low, _ in cells]), _product([size for _, size in cells])
    return _Space(low, size, curves, lambda u: np.zeros(len(u)))


def _sine_space(family: Family, scaled_x: FloatArray, limits: Limits) -> _Space:
    """Return the space of a sine, whose coordinates are the quantile of w and the phase w·c within half a turn.

    Since k has either sign, phases half a turn apart are the same sine. c is uniform from 0 to 1, so the density of a
    phase is proportional to the number of c that give it.
    """
    prior = family.shape["w"]
    w_low, w_size = _cells(prior, limits["w"], 4, width=1.5)
    phases = np.pi * np.arange(_TURN_CELLS) / _TURN_CELLS

    def curves(u: FloatArray) -> FloatArray:
        return np.asarray(np.sin(prior.quantile(u[:, :1]) * scaled_x - u[:, 1:]))

    def log_density(u: FloatArray) -> FloatArray:
        w = prior.quantile(u[:, 0])
        return np.asarray(np.log((np.floor((w - u[:, 1]) / np.pi) + 1) / w))

    size = _product([w_size, np.full(_TURN_CELLS, np.pi / _TURN_CELLS)])
    return _Space(_product([w_low, phases]), size, curves, log_density)


def _parts(prior: Prior, low: float = 0.0, high: float = 1.0) -> Iterator[tuple[float, float]]:
    """Yield the ends of each component of a mixture (`OneOf`), as probabilities; for any other prior, low and high."""
    if not isinstance(prior, OneOf):
        yield low, high
        return
    for index, part in enumerate(prior.parts):
        step = (high - low) / len(prior.parts)
        yield from _parts(part, low + index * step, low + (index + 1) * step)


def _cells(
    prior: Prior, limits: tuple[float, float], number: int, width: float = np.inf
) -> tuple[FloatArray, FloatArray]:
    """Return lower ends and sizes of cells, as quantiles of a prior.

    Args:
        prior: The prior of a shape parameter.
        limits: The lowest and the highest absolute value of the parameter.
        number: The smallest number of cells in each part of the prior.
        width: The largest width of a cell, in units of the parameter.
    """
    lows, sizes = [], []
    for low, high in _parts(prior):
        shares = np.linspace(low, np.nextafter(high, low), 10_001)
        values = prior.quantile(shares)
        inside = np.flatnonzero((np.abs(values) >= limits[0]) & (np.abs(values) <= limits[1]))
        if len(inside) < 2:
            continue
        first, last = inside[0], inside[-1]
        cells = max(number, int(np.ceil(abs(values[last] - values[first]) / width)))
        if np.isfinite(width):  # of equal width in the parameter
            edges = np.interp(np.linspace(values[first], values[last], cells + 1), values, shares)
        else:
            edges = np.linspace(shares[first], shares[last], cells + 1)
        lows.append(edges[:-1])
        sizes.append(np.diff(edges))
    return np.concatenate(lows), np.concatenate(sizes)


def _product(columns: list[FloatArray]) -> FloatArray:
    """Return every combination of the columns' values, shape (combinations, columns)."""
    if not columns:
        return np.empty((1, 0))
    return np.stack([grid.ravel() for grid in np.meshgrid(*columns, indexing="ij")], axis=1)


def _inner(dimensions: int) -> tuple[FloatArray, FloatArray]:
    """Return Gauss-Legendre nodes in a cell of size 1, shape (nodes, dimensions), and their weights."""
    weights = _product([_INNER_WEIGHTS / 2] * dimensions).prod(axis=1)
    return _product([(_INNER_NODES + 1) / 2] * dimensions), weights


def _halves(low: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the cells that result from halving cells along every dimension."""
    corners = _product([np.array([0.0, 0.5])] * low.shape[1])
    halves = low[:, None] + corners * size[:, None]
    return halves.reshape(-1, low.shape[1]), np.repeat(size / 2, len(corners), axis=0)
