"""What fitting answers: a curve for one sequence, or one for each of many."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from shapeclf.datasets._arguments import number
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.recognition.checking import numbers_of
from shapeclf.recognition.fitting.fitted_curve import FittedCurve, Spread

__all__ = ["Fit", "Fits"]


@final
@dataclass(frozen=True, slots=True)
class Fit:
    """A family's curve of least squares through the points of one sequence.

    Attributes:
        family: its name.
        equation: the formula with numbers in it, each with as many digits as it takes to draw the curve, four at
            least; ``"y = 4.9·x² + 0.02"``.
        parameters: k, b, then the shape parameters. Where ``x0`` is among them, x is counted from there, and so is
            every place: the equation reads ``y = 2.1·exp(0.3·(x − 1990)) + 5``. That is so where k would have
            changed by a factor of more than 1e13 otherwise, or x lies more than a million of its ranges from zero.
        standard_errors: of each parameter, by the same names; None where the points do not determine it (no more
            points than parameters, fewer different x than parameters, a search that did not converge or ran off to
            where the equation only cancels); 0 for ``x0``, which is chosen.
        r_squared: the share of the variance of y that the curve explains; 1 where y is constant.
        residual_sd: √(sum of squared residuals / (points − parameters)); None without more points than parameters.
    """

    family: str
    equation: str
    parameters: dict[str, float]
    standard_errors: dict[str, float | None]
    r_squared: float
    residual_sd: float | None
    _curve: FittedCurve = field(repr=False, compare=False)
    _spread: Spread | None = field(repr=False, compare=False)

    @np.errstate(all="ignore")
    def curve(self, x: ArrayLike) -> FloatArray:
        """The curve's height at each x, shape (points,); NaN outside the family's domain."""
        places = np.atleast_1d(numbers_of(x))
        inside = np.clip(places, *self._curve.family.domain)  # a basis function need not be defined outside
        return np.where(places == inside, self._curve.value(inside), np.nan)

    @np.errstate(all="ignore")
    def band(self, x: ArrayLike, level: float = 0.95) -> tuple[FloatArray, FloatArray] | None:
        """Confidence band of the curve: where the curve itself lies, not where further readings would.

        From the covariance of the parameters by the delta method, with Student's t (`scipy.special`, imported here).

        Args:
            x: shape (points,).
            level: the probability, at each x by itself, that the band covers the curve; between 0 and 1.

        Returns:
            Lower and upper ends, each of shape (points,); None where standard errors are None.

        Raises:
            InputError: ``level`` is not between 0 and 1.
        """
        if not 0 < number("level", level) < 1:
            raise InputError(f"level must be between 0 and 1, got {level!r}")
        if self._spread is None:
            return None
        from scipy.special import stdtrit

        places = np.atleast_1d(numbers_of(x))
        quantile = float(stdtrit(self._spread.freedom, 0.5 + level / 2))
        half = quantile * self._spread.of_curve(self._curve.slopes(np.clip(places, *self._curve.family.domain)))
        curve = self.curve(places)
        return curve - half, curve + half


@final
@dataclass(frozen=True, slots=True)
class Fits:
    """One family's curves of least squares through many sequences; NaN where there is none, or no error.

    Attributes:
        family: its name.
        names: of the parameters: k, b, then the shape parameters.
        parameters: shape (batch, names).
        standard_errors: shape (batch, names).
        r_squared: shape (batch,).
        residual_sd: shape (batch,).
        origins: where x is counted from, shape (batch,): 0, or the ``x0`` of `Fit`.
    """

    family: str
    names: tuple[str, ...]
    parameters: FloatArray
    standard_errors: FloatArray
    r_squared: FloatArray
    residual_sd: FloatArray
    origins: FloatArray
    _write: Callable[[], list[str | None]] = field(repr=False)

    def equations(self) -> list[str | None]:
        """The equation of each sequence, None where there is no fit."""
        return self._write()
