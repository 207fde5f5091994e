"""Predict y at any x: the median and intervals of the mixture of the laws, weighted by their probabilities.

Averaging predictions over models by their posterior: Hoeting, Madigan, Raftery and Volinsky 1999, Bayesian Model
Averaging: A Tutorial, Statistical Science 14.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike

from shapeclf._text import counted
from shapeclf.datasets._arguments import as_float_array, shown
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.recognition.fitting import Fit, finite
from shapeclf.recognition.fitting.equations import number_text
from shapeclf.recognition.fitting.fit_result import parameter_names
from shapeclf.recognition.fitting.predictive import Predictive, predictive
from shapeclf.recognition.verdicts import percent_text

__all__ = ["SMALLEST_SHARE", "LawPredictions", "Prediction"]

SMALLEST_SHARE = 1e-3  # laws with a smaller share of the probability of all laws are left out
_LEVEL = 0.95
_HALVINGS = 45  # steps of the bisection that finds a quantile
_GRID = np.linspace(-15.0, 15.0, 2**13)  # arcsinh of the deviates at which Student's distribution is tabulated
_ROUNDING = 1e-15  # smallest scale as a share of the location
_TINY = 1e-300
_LARGEST = 1e300


@final
@dataclass(frozen=True, eq=False)  # comparing arrays gives no single truth value
class Prediction:
    """Predicted y at some x, with 95 % intervals that include the uncertainty of the law.

    Attributes:
        x: Values of x, shape (points,); the arrays below have the same shape, and are NaN where no law is defined.
        y: Median of the mixture of the curves of the laws, weighted by their probabilities.
        low: Lower end of the interval of the curve.
        high: Upper end of the interval of the curve.
        reading_low: Lower end of the interval of a new reading.
        reading_high: Upper end of the interval of a new reading.
        shares: Share of each law in the prediction, by name. Where a law is left out, the shares of the others grow.
        none: Probability of ``none``, which is not part of the prediction.
        left_out: Names of the laws that are left out at each x: those that are not defined there, and those with at
            least as many parameters as there are points, or more than there are different x.
    """

    x: FloatArray
    y: FloatArray
    low: FloatArray
    high: FloatArray
    reading_low: FloatArray
    reading_high: FloatArray
    shares: dict[str, float]
    none: float
    left_out: tuple[tuple[str, ...], ...]

    def records(self) -> list[dict[str, Any]]:
        """Return the prediction at each x as a dictionary for JSON."""
        names = ("x", "y", "low", "high", "reading_low", "reading_high")
        rows = zip(*(getattr(self, name).tolist() for name in names), strict=True)
        numbers = (dict(zip(names, map(finite, row), strict=True)) for row in rows)
        return [row | {"left_out": list(laws)} for row, laws in zip(numbers, self.left_out, strict=True)]

    @property
    def notes(self) -> list[str]:
        """Notes on the shares of the laws and on what is left out, one sentence each."""
        shares = ", ".join(f"{name} {percent_text(share)}" for name, share in self.shares.items())
        notes = [f"the prediction mixes the laws by their probabilities ({shares})"]
        if self.none >= SMALLEST_SHARE:
            notes.append(f"left out: the class none (probability {percent_text(self.none)})")
        for left_out in sorted(set(self.left_out) - {()}):
            rows = [row for row, each in enumerate(self.left_out) if each == left_out]
            x = ", ".join(map(number_text, self.x[rows].tolist()))
            notes.append(f"left out at x = {x}: {', '.join(left_out)} (not defined there, or too few points)")
        return notes


@final
class LawPredictions:
    """The prediction of each law at some x, which `mixture` combines.

    Args:
        points: (x, y) of the readings, shape (points, 2).
        y_error: Standard deviation of each reading, shape (points,); None if it is not known.
        fits: Fit of each law, by name; None where it cannot be fitted.
        x: Values of x, shape (x,), or one number.

    Raises:
        InputError: x are not finite numbers.
    """

    def __init__(
        self, points: FloatArray, y_error: FloatArray | None, fits: Mapping[str, Fit | None], x: ArrayLike
    ) -> None:
        self.x = np.atleast_1d(as_float_array(x))
        if self.x.ndim != 1 or not np.isfinite(self.x).all():
            raise InputError(f"x must be finite numbers of the shape (points,), got {shown(self.x.tolist())}")
        self._points = len(points)
        self._laws = {name: _law(fit, points, y_error, self.x) for name, fit in fits.items()}

    def mixture(self, probabilities: Mapping[str, float], none: float = 0.0) -> Prediction:
        """Return the median and the intervals of the laws' mixture.

        Args:
            probabilities: Probability of each of these laws, by name.
            none: Probability of ``none``.

        Raises:
            InputError: The points determine none of these laws.
        """
        fitted = {name: law for name in probabilities if (law := self._laws[name]) is not None}
        total = sum(probabilities[name] for name in fitted)
        if not total:
            raise InputError(
                f"no y is predicted from {counted(self._points)}: they determine none of the probable laws"
            )
        shares = {name: probabilities[name] / total for name in fitted}
        laws = [*fitted.values()]
        defined = np.stack([np.isfinite(law.location).all(axis=0) for law in laws])  # (laws, x)
        weights = np.where(defined, np.array([*shares.values()])[:, None], 0.0)
        with np.errstate(invalid="ignore"):
            weights /= weights.sum(axis=0)  # NaN where no law is defined
        ends = ((1 - _LEVEL) / 2, (1 + _LEVEL) / 2)
        y, low, high = _quantiles(laws, weights, [np.zeros_like(law.noise) for law in laws], (0.5, *ends))
        reading_low, reading_high = _quantiles(laws, weights, [law.noise for law in laws], ends)
        included = dict(zip(fitted, defined, strict=True))
        left_out = [
            tuple(name for name in probabilities if name not in included or not included[name][i])
            for i in range(len(self.x))
        ]
        return Prediction(self.x, y, low, high, reading_low, reading_high, shares, none, tuple(left_out))


def _law(fit: Fit | None, points: FloatArray, y_error: FloatArray | None, x: FloatArray) -> Predictive | None:
    """Return the distribution of a law's curve at x, if the points determine it."""
    if fit is None or len(np.unique(points[:, 0])) < len(parameter_names(fit.law)):
        return None
    return predictive(fit.law, points[:, 0], points[:, 1], y_error, x, fit.optima)


@np.errstate(all="ignore")
def _quantiles(
    laws: Sequence[Predictive], weights: FloatArray, noise: Sequence[FloatArray], levels: Sequence[float]
) -> list[FloatArray]:
    """Return the quantiles of the mixture at each x, by bisection.

    Args:
        laws: The distribution of each law.
        weights: Weight of each law at each x, shape (laws, x); NaN where no law is defined.
        noise: Standard deviation that is added to the components of each law, shape (components,) each.
        levels: Probabilities of values below the quantiles.
    """
    from scipy.special import stdtrit

    parts = []
    for law, weight, added in zip(laws, weights, noise, strict=True):
        location = np.where(weight > 0, law.location, 0.0)  # (components, x)
        scale = np.maximum(np.hypot(law.scale, added[:, None]), _ROUNDING * np.abs(location) + _TINY)
        parts.append((law.degrees_of_freedom, np.where(weight > 0, weight, 0.0), law.weights, location, scale))

    def share_below(y: FloatArray) -> FloatArray:
        shares = np.zeros_like(y)
        for df, weight, component_weights, location, scale in parts:
            deviates = np.arcsinh((y - location) / scale)
            shares += weight * (component_weights @ np.interp(deviates, _GRID, _student(df)))
        return shares

    # The bisection is fine near the heaviest component, however far away a law of little weight is.
    top, centre, unit = np.zeros((3, weights.shape[1]))
    for _, weight, component_weights, location, scale in parts:
        heaviest = component_weights.argmax()
        new = weight * component_weights[heaviest] > top
        top = np.where(new, weight * component_weights[heaviest], top)
        centre, unit = np.where(new, location[heaviest], centre), np.where(new, scale[heaviest], unit)
    found = []
    for level in levels:
        low, high = np.full(weights.shape[1], np.inf), np.full(weights.shape[1], -np.inf)
        for df, weight, _, location, scale in parts:
            quantiles = location + scale * stdtrit(df, level)
            low = np.where(weight > 0, np.minimum(low, quantiles.min(axis=0)), low)
            high = np.where(weight > 0, np.maximum(high, quantiles.max(axis=0)), high)
        low, high = (np.arcsinh(np.clip((end - centre) / unit, -_LARGEST, _LARGEST)) for end in (low, high))
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            below = share_below(centre + unit * np.sinh(middle)) < level
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        found.append(np.where(np.isnan(weights).any(axis=0), np.nan, centre + unit * np.sinh(0.5 * (low + high))))
    return found


@lru_cache(maxsize=64)
def _student(degrees_of_freedom: float) -> FloatArray:
    """Return Student's distribution function at the deviates of the grid."""
    from scipy.special import stdtr

    return np.asarray(stdtr(degrees_of_freedom, np.sinh(_GRID)))
