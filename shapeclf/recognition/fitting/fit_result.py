"""The result of fitting a family to the points of one sequence."""

import math
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from shapeclf.datasets._arguments import as_float_array, number
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.families import Family
from shapeclf.datasets.laws import CONSTANT
from shapeclf.errors import InputError
from shapeclf.recognition.fitting.equations import Printed, equation_text, number_text, parameter_text
from shapeclf.recognition.fitting.fitted_curve import FittedCurve, Spread
from shapeclf.recognition.fitting.quantities import FittedQuantity, fitted_quantities
from shapeclf.recognition.fitting.residuals import Residuals, examine_residuals
from shapeclf.recognition.fitting.rounding import Rounded, error_decimals

__all__ = ["Fit", "finite", "make_fit", "parameter_names"]

_MAX_NAMED = 5  # outliers that a note lists


def finite(value: float | None) -> float | None:
    """Return the number, or None if it is missing, NaN or infinite."""
    return value if value is not None and math.isfinite(value) else None


@final
@dataclass(frozen=True, slots=True)
class Fit:
    """The least-squares fit of a family to the points of one sequence.

    Attributes:
        family: Name of the family.
        equation: The formula with numbers in it, ``"y = 4.9·x² + 0.02"``. Evaluating it reproduces the curve at every
            point to within a tenth of the residual standard deviation.
        parameters: k, b, then the shape parameters. If ``x0`` is among them, the equation has x − x0 in place of x, as
            in ``y = 2.1·exp(0.3·(x − 1990)) + 5``, and positions on the x axis are relative to x0. It is used if x is
            farther from zero than a million times its range, or if without it k would be larger or smaller by a factor
            of more than 1e13.
        standard_errors: Standard error of each parameter, by name. It is None where the points do not determine the
            parameter: there are fewer different x than parameters; the search did not converge, or only to curves
            whose terms k·g and b almost cancel; a change of the parameter by its error raises chi-squared by far
            less or far more than 1; or its squared correlation with such a parameter is above 0.9. It is 0 for ``x0``,
            which is chosen, not fitted. With error bars the errors are absolute; otherwise they follow from the
            residuals.
        covariance: Covariance of the parameters, in the order of ``parameters``, shape (parameters, parameters); NaN
            where there is no standard error.
        r_squared: The share of the variance of y that the curve explains, weighted as the fit is; 1 where y is
            constant.
        residual_sd: √(sum of squared residuals / (points − parameters)).
        chi_squared: Sum of squared residuals, each over its error bar; None without error bars.
        degrees_of_freedom: Number of points minus number of parameters.
        optima: Shape parameters at each local optimum that was found, the best first, in the units of the family's
            `Frame` rather than of x.
    """

    family: str
    equation: str
    parameters: dict[str, float]
    standard_errors: dict[str, float | None]
    covariance: FloatArray = field(repr=False, compare=False)
    r_squared: float
    residual_sd: float
    chi_squared: float | None
    degrees_of_freedom: int
    _curve: FittedCurve = field(repr=False, compare=False)
    _spread: Spread | None = field(repr=False, compare=False)
    _printed: dict[str, tuple[float, int]] = field(repr=False, compare=False)  # value and decimals of each parameter
    _exact: bool = field(repr=False, compare=False)  # whether the residuals are no larger than rounding errors
    _points: tuple[FloatArray, FloatArray, FloatArray] = field(repr=False, compare=False)  # x, y, weights
    optima: tuple[FloatArray, ...] = field(default=(), repr=False, compare=False)

    @property
    def law(self) -> Family:
        """The family whose curve this is."""
        return self._curve.family

    @property
    def reduced_chi_squared(self) -> float | None:
        """Chi-squared per degree of freedom; None without error bars."""
        return None if self.chi_squared is None else self.chi_squared / self.degrees_of_freedom

    @property
    def p_value(self) -> float | None:
        """Probability of a chi-squared at least as large if the family and the error bars are right."""
        if self.chi_squared is None:
            return None
        from scipy.special import chdtrc

        return float(chdtrc(self.degrees_of_freedom, self.chi_squared))

    @property
    @np.errstate(all="ignore")
    def quantities(self) -> dict[str, FittedQuantity]:
        """Quantities that follow from the parameters, such as a half-life, with standard errors, by name.

        Where the residuals are no larger than rounding errors, they follow from the printed parameters. So the x
        intercept of a line with b = 0 is 0, not a rounding error.
        """
        curve = self._curve
        if self._exact:
            values = dict(zip(curve.family.priors, curve.parameters.tolist(), strict=True))
            values |= {name: value for name, (value, _) in self._printed.items()}
            curve = curve.with_parameters(np.array([*values.values()]))
        return fitted_quantities(curve, self._spread, self.standard_errors, self._points[0])

    @property
    def aic(self) -> float:
        """Akaike's information criterion (Akaike 1974), for n points and p parameters.

        It is n·ln(RSS/n) + 2p, where RSS is the sum of squared residuals; with error bars, chi-squared + 2p.
        """
        return self._misfit + 2 * self._count

    @property
    def bic(self) -> float:
        """Bayesian information criterion (Schwarz 1978), with p·ln n in place of the 2p of `aic`."""
        return self._misfit + self._count * math.log(self.degrees_of_freedom + self._count)

    @property
    def _count(self) -> int:
        """Number of fitted parameters."""
        return len(parameter_names(self.law))

    @property
    def _misfit(self) -> float:
        """Chi-squared or, without error bars, n·ln(RSS/n); minus infinity where all residuals are 0."""
        if self.chi_squared is not None:
            return self.chi_squared
        if not self.residual_sd > 0:
            return -math.inf
        points = self.degrees_of_freedom + self._count
        return points * (2 * math.log(self.residual_sd) + math.log(self.degrees_of_freedom / points))

    @np.errstate(all="ignore")
    def residuals(self) -> Residuals:
        """Test whether the residuals are random, and find outliers, unless the residuals are rounding errors."""
        if self._exact:
            return Residuals(None, ())
        x, y, weights = self._points
        jacobian = np.concatenate([np.ones((len(x), 1)), self._curve.jacobian(x)], axis=1)
        chi_squared = None if self.chi_squared is None or self.p_value is None else (self.chi_squared, self.p_value)
        return examine_residuals(x, y, y - self._curve.value(x), weights, jacobian, chi_squared)

    @property
    def goodness(self) -> list[str]:
        """How well the curve fits: R², and chi-squared with error bars."""
        texts = [f"R² {self.r_squared:.4f}"]
        if self.chi_squared is not None:
            reduced, p_value = self.reduced_chi_squared, self.p_value
            texts.append(f"chi-squared per degree of freedom {reduced:.3g}, p-value {p_value:.2g}")
        return texts

    @property
    def residual_notes(self) -> list[str]:
        """Notes on the residuals: one if they are not random, and one that lists the outliers, if there are any."""
        notes, (test, outliers), (x, _, _) = [], self.residuals(), self._points
        if test is not None and not test.random:
            p_value = "p < 1e−6" if test.p_value < 1e-6 else f"p = {_short(test.p_value, 2)}"
            name = test.name.replace("-W", "–W")
            shown = f"{name} {_short(test.statistic, 2)}, {p_value}"
            notes.append(
                f"the residuals are {_short((self.reduced_chi_squared or 0.0) ** 0.5, 2)} times as large as the error "
                f"bars say ({shown})"
                if test.systematic is None
                else f"the residuals are not random ({shown}); their systematic part is "
                f"{_short(100 * test.systematic, 2)} % of the range of y"
            )
        far = [f"point {index + 1} (x = {_short(x[index], 6)})" for index in outliers]
        if far:
            shown = ", ".join(far[:_MAX_NAMED]) + (f" and {len(far) - _MAX_NAMED} more" if far[_MAX_NAMED:] else "")
            notes.append(f"far from the curve through the other points: {shown}")
        return notes

    @property
    def parameter_texts(self) -> dict[str, str]:
        """Each parameter with its standard error as it is printed, ``"4.914 ± 0.023"``, by name.

        Where the residuals are no larger than rounding errors, a standard error is printed only with error bars.
        """
        return {name: parameter_text(*printed) for name, printed in self.printed_parameters.items()}

    @property
    def quantity_texts(self) -> dict[str, str]:
        """Each quantity with its standard error as it is printed, ``"3.47 ± 0.05"``, by name."""
        return {name: parameter_text(*printed) for name, printed in self.printed_quantities.items()}

    @property
    def printed_parameters(self) -> dict[str, Printed]:
        """The numbers that `parameter_texts` formats."""
        found = {}
        for name, value in self.parameters.items():
            value, decimals = self._printed.get(name, (value, None))
            error, digits = self._shown_error(self.standard_errors[name])
            found[name] = Printed(value, error, digits if self._exact and error else decimals, digits)
        return found

    @property
    def printed_quantities(self) -> dict[str, Printed]:
        """The numbers that `quantity_texts` formats."""
        found = {}
        for name, (value, standard_error, _) in self.quantities.items():
            error, digits = self._shown_error(standard_error)
            found[name] = Printed(value, error, digits, digits) if error else Printed(_rounded(value, 6), None, None, 0)
        return found

    def _shown_error(self, error: float | None) -> tuple[float | None, int]:
        """Return the error if it is printed, and its number of decimals."""
        if not error or (self._exact and self.chi_squared is None):
            return None, 0
        return error, int(error_decimals(np.array(error)))

    @np.errstate(all="ignore")
    def curve(self, x: ArrayLike) -> FloatArray:
        """Return y of the curve at each x, shape (points,); NaN outside the family's domain."""
        x = _one_dimensional(x)
        inside = np.clip(x, *self._curve.family.domain)  # a basis function need not be defined outside
        return np.where(x == inside, self._curve.value(inside), np.nan)

    @np.errstate(all="ignore")
    def band(self, x: ArrayLike, level: float = 0.95, noise: float = 0.0) -> tuple[FloatArray, FloatArray] | None:
        """Return the confidence band of the curve or, with noise, the prediction band of a further reading.

        It is computed from the covariance of the parameters by the delta method and Student's t distribution, or the
        normal distribution where there are error bars.

        Args:
            x: Values of x, shape (points,).
            level: Probability that the band covers the curve, or the reading, at any single x; between 0 and 1.
            noise: Standard deviation of a reading about the curve, such as `residual_sd`; 0 for the curve itself.

        Returns:
            Lower and upper ends, each of shape (points,); None where a parameter is not determined.

        Raises:
            InputError: ``level`` is not between 0 and 1, or x has another shape.
        """
        if not 0 < number("level", level) < 1:
            raise InputError(f"level must be between 0 and 1, got {level!r}")
        if self._spread is None or self._spread.undetermined.any():
            return None
        from scipy.special import ndtri, stdtrit

        known = self.chi_squared is not None
        probability = 0.5 + level / 2
        quantile = float(ndtri(probability) if known else stdtrit(self._spread.degrees_of_freedom, probability))
        curve, inside = self.curve(x), np.clip(_one_dimensional(x), *self._curve.family.domain)
        half = quantile * np.hypot(self._spread.curve_error(self._curve.jacobian(inside)), noise)
        return curve - half, curve + half


def _rounded(value: float, digits: int) -> float:
    """Return a number rounded to ``digits`` significant digits."""
    return float(f"{value:.{digits}g}")


def _short(value: float, digits: int) -> str:
    return number_text(_rounded(value, digits))


def _one_dimensional(x: ArrayLike) -> FloatArray:
    """Return x as an array of shape (points,)."""
    values = np.atleast_1d(as_float_array(x))
    if values.ndim != 1:
        raise InputError(f"x must have the shape (points,), got {values.shape}")
    return values


def parameter_names(family: Family) -> tuple[str, ...]:
    """Return the names of the fitted parameters, in the order of `Fit.parameters`."""
    return ("b",) if family.basis is CONSTANT.basis else ("k", "b", *family.shape)


def make_fit(
    curve: FittedCurve,
    spread: Spread | None,
    covariance: FloatArray,
    rounded: Rounded,
    row: int,
    r_squared: float,
    residual_sd: float,
    chi_squared: float | None,
    degrees_of_freedom: int,
    points: tuple[FloatArray, FloatArray, FloatArray],
) -> Fit | None:
    """Return a fit; None where a parameter is not finite.

    Args:
        curve: The fitted curve.
        spread: Its uncertainty; None where the points do not determine it.
        covariance: Covariance of the fitted parameters, shape (parameters, parameters).
        rounded: The printed parameters k, b and θ of many fits.
        row: Index of this fit in ``rounded``.
        r_squared: See `Fit`.
        residual_sd: See `Fit`.
        chi_squared: See `Fit`.
        degrees_of_freedom: See `Fit`.
        points: x, y and the weight of each reading, each of shape (points,).
    """
    names = parameter_names(curve.family)
    values = (curve.k, curve.b, *curve.shape)[-len(names) :]
    if not all(map(math.isfinite, values)):
        return None
    x0 = {"x0": curve.origin} if curve.origin else {}
    underflow = covariance.diagonal() < np.finfo(np.float64).tiny
    if underflow.any() and (residual_sd > 0 or chi_squared is not None):  # the variance of an exact fit may be 0
        spread, covariance = None, np.where(underflow | underflow[:, None], np.nan, covariance)
    errors = (math.sqrt(variance) if 0 <= variance < math.inf else None for variance in covariance.diagonal().tolist())
    rounded_values, decimals = (array[row, -len(names) :].tolist() for array in (rounded.values, rounded.decimals))
    printed = dict(zip(names, zip(rounded_values, decimals, strict=True), strict=True))
    return Fit(
        family=curve.family.name,
        equation=equation_text(curve.family.formula, printed, curve.origin),
        parameters=dict(zip(names, values, strict=True)) | x0,
        standard_errors=dict(zip(names, errors, strict=True)) | dict.fromkeys(x0, 0.0),
        covariance=np.pad(covariance, (0, 1)) if x0 else covariance,
        r_squared=r_squared,
        residual_sd=residual_sd,
        chi_squared=chi_squared,
        degrees_of_freedom=degrees_of_freedom,
        _curve=curve,
        _spread=spread,
        _printed=printed,
        _exact=bool(rounded.exact[row]),
        _points=points,
    )
