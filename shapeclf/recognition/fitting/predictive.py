"""The distribution of a law's curve at any x, given readings.

For given shape parameters the curve is a straight line in g, so its value at x has Student's t distribution with n − 2
degrees of freedom, or a normal one if the noise is known (Box and Tiao 1973, Bayesian Inference in Statistical
Analysis, section 2.7). The shape parameters are integrated out by importance sampling, so that intervals are right
where the curve is far from linear in them, or where they have several optima. The samples, called nodes, come from the
priors and from Student's t around each optimum of least squares. The weight of a node is its posterior density divided
by the density of the mixture of all these distributions (the balance heuristic: Veach and Guibas 1995, Optimally
combining sampling techniques for Monte Carlo rendering).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.families import Family
from shapeclf.datasets.laws import CONSTANT
from shapeclf.datasets.priors import Prior
from shapeclf.recognition.fitting.fitted_curve import FittedCurve, spread_of
from shapeclf.recognition.fitting.frames import derivative_steps, frame_of
from shapeclf.recognition.fitting.shape_search import curves_of, highest_frequency
from shapeclf.recognition.fitting.solving import Solution, solve

__all__ = ["Predictive", "predictive"]

_NODES = (64, 512)  # fewest and most nodes from the priors; around each optimum there are a quarter as many
_VALUES = 2**20  # values of curves that are computed together; it also limits the number of nodes from the priors
_WIDER = 1.3  # scale of Student's t around an optimum, in standard errors
_DF = 4  # degrees of freedom of this distribution
# Weight of a wide uniform density that is added to the priors, since a user's curve may lie outside them.
_WIDE_WEIGHT = 0.1
_TABLE = 2000  # quantiles that describe the density of a prior
_KEPT_WEIGHT = 0.999  # nodes with the largest weights are kept until they add up to this share of all weights
_ROUNDING = 1e-13  # smallest residuals, as a share of the standard deviation of y


class Predictive(NamedTuple):
    """A mixture of Student's t distributions of the curve at each x, all with the same degrees of freedom.

    Attributes:
        weights: Weight of each component, adding up to 1, shape (components,).
        location: Centre of each component at each x, shape (components, x); NaN where the law is not defined.
        scale: Scale of each component at each x, shape (components, x).
        noise: Standard deviation of a new reading about the curve, shape (components,).
        degrees_of_freedom: Infinite, which makes the distributions normal, if the noise is known.
    """

    weights: FloatArray
    location: FloatArray
    scale: FloatArray
    noise: FloatArray
    degrees_of_freedom: float


@np.errstate(all="ignore")
def predictive(
    family: Family,
    x: FloatArray,
    y: FloatArray,
    y_error: FloatArray | None,
    at: FloatArray,
    optima: Sequence[FloatArray],
) -> Predictive | None:
    """Return the distribution of a law's curve at other x; None if no curve is finite there.

    Args:
        family: The law.
        x: Values of x within its domain, shape (points,): more points than the law has parameters, and at least as
            many different x.
        y: Readings, shape (points,).
        y_error: Standard deviation of each reading, shape (points,); None if it is not known. The standard deviation
            of a new reading is their median.
        at: Values of x of the result, shape (x,).
        optima: Shape parameters in the family's frame at each local optimum of least squares.
    """
    frame = frame_of(family, x)
    u = (x - frame.origin) / frame.size
    noise = None if y_error is None else float(y_error.min())
    weights = np.ones_like(x) if noise is None or y_error is None else (noise / y_error) ** 2
    linear = 1 if family.basis is CONSTANT.basis else 2  # number of linear parameters: b, or k and b
    found = list(_factors(family, optima, u, y, weights, noise))
    shapes, log_weights = _nodes(family, u, found)
    inside = (at >= family.domain[0]) & (at <= family.domain[1])
    new = np.where(inside, (at - frame.origin) / frame.size, u[0])
    known = None if noise is None else np.array([noise])
    parts = []
    for rows in np.array_split(np.arange(len(shapes)), max(1, len(shapes) * len(u) // _VALUES)):
        solution = solve(curves_of(family, u, shapes[rows]), y[None], weights[None], linear, known)
        centred = curves_of(family, new, shapes[rows]) - solution.centre[:, None]
        slope_error = np.zeros(1) if linear == 1 else solution.k_error
        location = solution.k[:, None] * centred + (solution.b + solution.k * solution.centre)[:, None]
        scale = np.hypot(solution.mean_error[:, None], slope_error[:, None] * centred)
        parts.append((_log_likelihood(solution, len(x), linear, noise), location, scale, solution.residual_sd))
    likelihood, location, scale, sd = map(np.concatenate, zip(*parts, strict=True))
    log_weights = log_weights + (likelihood if family.shape else 0.0)
    finite = np.isfinite(location) & np.isfinite(scale)
    usable = np.isfinite(log_weights) & (finite.any(axis=1) | ~inside.any())
    if not usable.any():
        return None
    # Without the x where the most probable curve is infinite, as a negative power is at x = 0.
    inside &= finite[np.where(usable, log_weights, -np.inf).argmax()]
    usable &= (finite | ~inside).all(axis=1)
    mass = np.where(usable, np.exp(log_weights - log_weights[usable].max()), 0.0)
    order = np.argsort(-mass)
    kept = order[: 1 + int(np.searchsorted(np.cumsum(mass[order]), _KEPT_WEIGHT * mass.sum()))]
    return Predictive(
        weights=mass[kept] / mass[kept].sum(),
        location=np.where(inside, location[kept], np.nan),
        scale=scale[kept],
        noise=sd[kept] if y_error is None else np.full(len(kept), np.median(y_error)),
        degrees_of_freedom=len(x) - linear if noise is None else np.inf,
    )


def _log_likelihood(solution: Solution, points: int, linear: int, noise: float | None) -> FloatArray:
    """Return the logarithm of the marginal likelihood of each node, up to a constant.

    The prior of the noise is uniform in its logarithm, and so is that of k, which multiplies the likelihood by 1/√R².
    """
    sd = np.maximum(solution.residual_sd, _ROUNDING * solution.y_sd)
    df = points - linear
    misfit = df * np.log(sd) if noise is None else 0.5 * df * (sd / noise) ** 2
    return np.asarray(-misfit - 0.5 * np.log(np.maximum(solution.r_squared, 1.0 / points)))


def _nodes(
    family: Family, u: FloatArray, optima: Sequence[tuple[FloatArray, FloatArray]]
) -> tuple[FloatArray, FloatArray]:
    """Return nodes of the shape parameters, shape (nodes, shape parameters), and the logarithms of their weights.

    Args:
        family: The law.
        u: Values of x in the family's frame, shape (points,).
        optima: Result of `_factors`.
    """
    count = len(family.shape)
    if not count:
        return np.zeros((1, 0)), np.zeros(1)
    priors = list(family.shape.values())
    number = int(np.clip(_VALUES // len(u), *_NODES))
    uniform = _quasirandom(number, count)
    sets = [np.stack([prior.quantile(uniform[:, i]) for i, prior in enumerate(priors)], axis=1)]
    sets += [_nodes_around(optimum, factor, number // 4) for optimum, factor in optima]
    shapes = np.concatenate(sets)
    log_prior, log_target = np.zeros(len(shapes)), np.zeros(len(shapes))
    distinct = np.array(len(np.unique(u)))
    fastest = float(highest_frequency(distinct)) / (np.ptp(u) or 1.0)
    for i, (name, prior) in enumerate(family.shape.items()):
        density = _density(prior, shapes[:, i])
        # A rate (in 1/x) beyond the frequencies that the points resolve keeps only the wide density.
        resolved = (np.abs(shapes[:, i]) <= fastest) | (family.units.get(name) != -1)
        log_prior += np.log(density)
        log_target += np.log(
            np.where(resolved, density, 0.0) + _WIDE_WEIGHT * _wide_density(prior, shapes[:, i], optima, i)
        )
    proposals = [np.log(number) + log_prior]
    proposals += [np.log(number // 4) + _log_t(shapes, optimum, factor) for optimum, factor in optima]
    return shapes, log_target - np.logaddexp.reduce(proposals, axis=0)


def _factors(
    family: Family,
    optima: Sequence[FloatArray],
    u: FloatArray,
    y: FloatArray,
    weights: FloatArray,
    noise: float | None,
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield the local optima that the points determine, each with `_WIDER` times a factor F of its covariance F·F′."""
    for shape in optima:
        curve = FittedCurve(family, 0.0, 0.0, tuple(shape.tolist()), derivative_steps(family, u, shape))
        curve, solution = curve.refitted(u, y, weights, noise)
        sd = float(solution.residual_sd[0])
        spread = spread_of(curve, u, y, weights, sd if noise is None else noise, sd)
        if spread is None:
            continue
        try:
            factor = np.asarray(_WIDER * np.linalg.cholesky(spread.covariance[1:, 1:]))
        except np.linalg.LinAlgError:  # the points do not determine it, even to first order
            continue
        if np.isfinite(factor).all():
            yield shape, factor


def _nodes_around(optimum: FloatArray, factor: FloatArray, number: int) -> FloatArray:
    """Return nodes that follow Student's t around an optimum, shape (number, shape parameters)."""
    from scipy.special import chdtri, ndtri

    uniform = _quasirandom(number, len(optimum) + 1)
    deviates = ndtri(uniform[:, 1:]) / np.sqrt(chdtri(_DF, uniform[:, :1]) / _DF)
    return np.asarray(optimum + deviates @ factor.T)


def _log_t(shapes: FloatArray, optimum: FloatArray, factor: FloatArray) -> FloatArray:
    """Return the logarithm of the density of `_nodes_around`, shape (nodes,)."""
    from scipy.special import gammaln

    count = len(optimum)
    squares = (np.linalg.solve(factor, (shapes - optimum).T) ** 2).sum(axis=0)
    constant = gammaln((_DF + count) / 2) - gammaln(_DF / 2) - 0.5 * count * np.log(_DF * np.pi)
    volume = np.log(np.diag(factor)).sum()
    return np.asarray(constant - volume - 0.5 * (_DF + count) * np.log1p(squares / _DF))


def _density(prior: Prior, values: FloatArray) -> FloatArray:
    """Return the density of a prior, from its quantiles."""
    table = np.sort(prior.quantile((np.arange(_TABLE + 1) / _TABLE).clip(0.0, np.nextafter(1.0, 0.0))))
    cell = np.clip(np.searchsorted(table, values), 1, _TABLE)
    return np.where((values < table[0]) | (values > table[-1]), 0.0, 1.0 / _TABLE / (table[cell] - table[cell - 1]))


def _wide_density(
    prior: Prior, values: FloatArray, optima: Sequence[tuple[FloatArray, FloatArray]], index: int
) -> FloatArray:
    """Return a uniform density over a wide interval.

    The interval covers the support of the prior and the optima of its parameter, and extends beyond them by the width
    of the support on both sides.
    """
    low, high = prior.support
    ends = [low, high, *(float(optimum[index]) for optimum, _ in optima)]
    lowest, highest = min(ends) - (high - low), max(ends) + (high - low)
    return np.asarray(((lowest <= values) & (values <= highest)) / (highest - lowest))


def _quasirandom(number: int, dimensions: int) -> FloatArray:
    """Return points that fill the unit cube evenly, shape (number, dimensions).

    They are multiples of powers of the root of z^(d+1) = z + 1 (Roberts 2018, The unreasonable effectiveness of
    quasirandom sequences).
    """
    root = 2.0
    for _ in range(30):
        root = (1 + root) ** (1 / (dimensions + 1))
    steps = root ** -np.arange(1.0, dimensions + 1)
    return np.asarray((0.5 + np.arange(1, number + 1)[:, None] * steps) % 1.0)
