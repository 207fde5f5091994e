"""The answer of a recogniser for one sequence: probabilities, text, equation, picture."""

import io
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike

from shapeclf._text import counted
from shapeclf.datasets._arguments import number, whole_number
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.families import NONE, Family
from shapeclf.errors import InputError
from shapeclf.recognition.fit_records import fit_columns, fit_record
from shapeclf.recognition.fitting import Fit, finite, fit_family
from shapeclf.recognition.fitting.quantities import FittedQuantity
from shapeclf.recognition.naming import Names, PrintedValue
from shapeclf.recognition.prediction import SMALLEST_SHARE, LawPredictions, Prediction
from shapeclf.recognition.verdicts import TOO_FEW, verdict

__all__ = ["Recognition"]

_CRITERIA = ("residual_sd", "r_squared", "aic", "bic", "chi_squared")  # of the fits that are compared
_LISTED = 0.001  # lowest probability that is listed
_DOTS_PER_INCH = 80  # of the picture in a notebook
_EQUAL_BIC = 2.0  # difference of BIC below which no law is preferred
_FITTED_POINTS = 10_000  # largest number of points to which other laws are fitted without a request; 200,000 take 19 s


@final
@dataclass(frozen=True, eq=False)  # comparing arrays gives no single truth value
class Recognition:
    """The answer of a recogniser for one sequence.

    Attributes:
        families: Names of the families, in the order of the posterior's columns.
        posterior: Probability of each family after every point in the given order, shape (points, families). The last
            row is for a sequence that ends there; the others are for a stream that may continue.
        points: (x, y) of each point, shape (points, 2).
        y_error: Standard deviation of each y, shape (points,), which weights the fit; None if it is not known.
        answer: Probability of each family, by name, for the finished set of points, whatever the order of its rows.
            ``probabilities``, ``family`` and ``probability`` are from it. By default the last row of ``posterior``.
        names: Names and units of x and y, which the picture, ``equation_named`` and JSON show; None if there are none.
    """

    families: tuple[str, ...]
    posterior: FloatArray
    points: FloatArray
    _known: Mapping[str, Family] = field(repr=False, compare=False)
    y_error: FloatArray | None = None
    answer: Mapping[str, float] | None = None
    names: Names | None = None

    @property
    def _by_name(self) -> Mapping[str, float]:
        if self.answer is not None:
            return self.answer
        return dict(zip(self.families, self.posterior[-1].tolist(), strict=True))

    @property
    def probabilities(self) -> dict[str, float]:
        """Probability of each family for the set of points, the most probable first."""
        return dict(sorted(self._by_name.items(), key=lambda item: -item[1]))

    @property
    def family(self) -> str:
        """The most probable family for the set of points."""
        return next(iter(self.probabilities))

    @property
    def probability(self) -> float:
        """Probability of the most probable family."""
        return max(self._by_name.values())

    @property
    def verdict(self) -> str:
        """The answer as text; see the function `verdict`."""
        return verdict(self.probabilities, len(self.points), self._known)

    @cached_property
    def fit(self) -> Fit | None:
        """The least-squares fit of the family; None if it is ``none``, has no known formula, or cannot be fitted."""
        return self._fit_to(self.family)

    def _fit_to(self, name: str) -> Fit | None:
        """Return the fit to a family, which is computed once; None where it cannot be fitted."""
        if name not in self._fitted:
            family = self._known.get(name)
            x, y = self.points.T
            self._fitted[name] = None if family is None else fit_family(family, x, y, self.y_error)
        return self._fitted[name]

    @cached_property
    def _fitted(self) -> dict[str, Fit | None]:
        return {}

    @property
    def fits(self) -> dict[str, Fit]:
        """The fit to each family that can be fitted, by name, the most probable family first."""
        fits = {name: self._fit_to(name) for name in self.probabilities}
        return {name: fit for name, fit in fits.items() if fit is not None}

    @property
    def closest(self) -> Fit | None:
        """The fit with the lowest BIC of all families if the answer is ``none``; otherwise None.

        BIC grows with the residuals and with the number of parameters; see `Fit.bic`. There is no closest law where
        there are too few points to tell.
        """
        if self.family != NONE or self.verdict == TOO_FEW:
            return None
        return min(self.fits.values(), key=lambda fit: fit.bic, default=None)

    @property
    def better_laws(self) -> list[Fit]:
        """The fits of other laws that describe the readings to within the noise, if the fit of the answer does not.

        They are sought only if the residuals of the answer's fit are not random and there are at most 10,000 points. Of
        the fits with random residuals, the one with the lowest BIC is returned, with all others whose BIC is less than
        2 higher (Kass and Raftery 1995, Bayes factors: "not worth more than a bare mention").
        """
        if self.fit is None or not _residuals_are(self.fit, random=False) or len(self.points) > _FITTED_POINTS:
            return []
        fits = sorted((fit for fit in self.fits.values() if _residuals_are(fit, random=True)), key=lambda fit: fit.bic)
        return [fit for fit in fits if fit.bic < fits[0].bic + _EQUAL_BIC]

    @property
    def better_law_notes(self) -> list[str]:
        """The sentence that names the `better_laws`, in a list; an empty list if there are none."""
        laws = " or ".join(fit.law.in_words for fit in self.better_laws)
        return [f"{laws} describes the readings to within the noise"] if laws else []

    @property
    def comparison(self) -> list[dict[str, Any]]:
        """A row for each family that can be fitted, the most probable first: probability, fit and criteria."""
        rows, probabilities = [], self.probabilities
        for name, fit in self.fits.items():
            row = {"family": name, "probability": probabilities[name], "equation": fit.equation}
            if self.names is not None:
                row["equation_named"] = self.names.equation(fit)
            rows.append(row | {"parameters": fit.parameters} | {key: finite(getattr(fit, key)) for key in _CRITERIA})
        return rows

    def predict_y(self, x: ArrayLike) -> Prediction:
        """Return y at other x from all laws, weighted by their probabilities, with 95 % intervals.

        y is the median of the mixture of the laws. The intervals are between its quantiles, so they are wide where the
        laws diverge. The class ``none`` is left out. Without error bars, the noise is estimated from the residuals.

        Args:
            x: Values of x, shape (points,).

        Raises:
            InputError: x are not finite numbers, or the points determine none of the probable laws.

        Example:
            >>> from shapeclf.datasets import LINE
            >>> points = np.array([[1.0, 1.0], [2.0, 2.1], [3.0, 2.9]])
            >>> seen = Recognition(("line",), np.ones((3, 1)), points, {"line": LINE})
            >>> predicted = seen.predict_y([4.0])
            >>> predicted.y.round(6), predicted.low.round(2), predicted.high.round(2)
            (array([3.9]), array([1.52]), array([6.28]))
        """
        laws = {name: p for name, p in self.probabilities.items() if name in self._known and p > 0}
        total = sum(laws.values())
        laws = {name: p / total for name, p in laws.items() if p >= SMALLEST_SHARE * total}
        fits = {name: self._fit_to(name) for name in laws}
        return LawPredictions(self.points, self.y_error, fits, x).mixture(laws, self.probabilities.get(NONE, 0.0))

    @property
    def equation(self) -> str | None:
        """The fitted curve as text, ``"y = 4.9·x² + 0.02"``; None where there is no fit."""
        return None if self.fit is None else self.fit.equation

    @property
    def equation_named(self) -> str | None:
        """The equation with the names of x and y, ``"s = 4.9·t² + 0.02"``; None where there is no fit."""
        return None if self.fit is None else self.axis_names.equation(self.fit)

    def values(self) -> list[PrintedValue]:
        """Return the parameters and the quantities as they are printed; an empty list without a fit."""
        return [] if self.fit is None else self.axis_names.values(self.fit)

    @property
    def axis_names(self) -> Names:
        """The attribute ``names``, or `Names` without any name if that is None."""
        return self.names or Names()

    @property
    def summary(self) -> str:
        """The verdict, and the number of points."""
        return f"{self.verdict}, after {counted(len(self.points))}"

    @property
    def listed(self) -> dict[str, float]:
        """The probabilities that are listed, those of at least 0.001, the highest first."""
        return {name: p for name, p in self.probabilities.items() if p >= _LISTED}

    @property
    def parameters(self) -> dict[str, float]:
        """The fit's parameters by name; empty where there is no fit."""
        return {} if self.fit is None else self.fit.parameters

    @property
    def standard_errors(self) -> dict[str, float | None]:
        """Standard error of each parameter by name, None if the points do not determine it."""
        return {} if self.fit is None else self.fit.standard_errors

    @property
    def covariance(self) -> FloatArray | None:
        """Covariance of the parameters in their order, NaN if the points do not determine it; None without a fit."""
        return None if self.fit is None else self.fit.covariance

    @property
    def quantities(self) -> dict[str, FittedQuantity]:
        """Quantities that follow from the parameters, such as a half-life, by name; empty where there is no fit."""
        return {} if self.fit is None else self.axis_names.quantities(self.fit)

    @property
    def r_squared(self) -> float | None:
        """Share of the variance of y that the fit explains; None if there is no fit."""
        return None if self.fit is None else self.fit.r_squared

    def first(self, points: int) -> "Recognition":
        """Return the answer after the first points, as for a stream.

        Args:
            points: Number of points, from 1 to the length of the sequence.

        Raises:
            InputError: The number is out of range.
        """
        points = whole_number("points", points, low=1, high=len(self.points))
        y_error = None if self.y_error is None else self.y_error[:points]
        return replace(
            self, posterior=self.posterior[:points], points=self.points[:points], y_error=y_error, answer=None
        )

    def decided(self, probability: float) -> int | None:
        """Return the number of points after which a family first had at least this probability; None if none had.

        Raises:
            InputError: The probability is not above 0 and at most 1.
        """
        if not 0 < number("probability", probability) <= 1:
            raise InputError(f"probability must be above 0 and at most 1, got {probability!r}")
        reached = np.flatnonzero(self.posterior.max(axis=1) >= probability)
        return int(reached[0]) + 1 if reached.size else None

    def to_dict(self, *, fit: bool = True, comparison: bool = False, at: ArrayLike | None = None) -> dict[str, Any]:
        """Return the answer as a dictionary for JSON.

        Args:
            fit: Whether to add the fit, which takes time.
            comparison: Whether to add the fits of all families, ``comparison``.
            at: Values of x at which y is predicted, for the field ``at``; None for no prediction.

        Example:
            >>> points, posterior = np.array([[1.0, 2.0]]), np.array([[0.75, 0.25]])
            >>> Recognition(("line", "none"), posterior, points, {}).to_dict(fit=False)
            {'family': 'line', 'probability': 0.75, 'posterior': {'line': 0.75, 'none': 0.25}, 'points': 1}
        """
        answer: dict[str, Any] = {
            "family": self.family,
            "probability": self.probability,
            "posterior": dict(self._by_name),
            "points": len(self.points),
        }
        if fit:
            answer |= self._fit_record()
        if comparison:
            answer["comparison"] = self.comparison
        if at is not None:
            answer["at"] = self.predict_y(at).records()
        return answer

    def _fit_record(self) -> dict[str, Any]:
        record = fit_record(self.fit, names=self.names)
        if self.family == NONE:
            closest = self.closest
            record["closest"] = closest and {"family": closest.family} | fit_record(closest, names=self.names)
        return record

    def columns(self, *, fit: bool = True, each_point: bool = False) -> dict[str, Any]:
        """Return the answer as the columns of a table.

        Args:
            fit: Whether to add the columns of the fit, in which parameters and their errors are JSON.
            each_point: Whether to return a row for each point, without a fit, instead of one for the set.
        """
        names = list(self.families if each_point else self._by_name)
        posterior = self.posterior if each_point else np.array([list(self._by_name.values())])
        count = len(self.points)
        table: dict[str, Any] = {
            "points": np.arange(1, count + 1) if each_point else np.array([count]),
            "family": [names[index] for index in posterior.argmax(axis=1).tolist()],
            "probability": posterior.max(axis=1),
        }
        table |= {f"p_{name}": posterior[:, column] for column, name in enumerate(names)}
        if fit and not each_point:
            table |= fit_columns([self._fit_record()])
        return table

    def __repr__(self) -> str:
        shown = [self.verdict]
        if self.fit is not None:
            shown += [str(self.equation_named), f"R² {self.fit.r_squared:.4f}"]
        return f"<{counted(len(self.points))}: {'; '.join(shown)}>"

    def _repr_html_(self) -> str:
        """Return the answer and its picture as HTML, for notebooks."""
        from shapeclf.recognition.answer_pictures import recognition_figure

        picture = io.BytesIO()
        recognition_figure(self).savefig(picture, format="png", dpi=_DOTS_PER_INCH)
        text = escape(repr(self)[1:-1], quote=True)
        data = b64encode(picture.getvalue()).decode()
        # In an image, the content of the picture cannot affect the page.
        return f'<p>{text}</p><img alt="{text}" src="data:image/png;base64,{data}">'


def _residuals_are(fit: Fit, *, random: bool) -> bool:
    """Return whether the residuals of a fit were tested and found to be random, or not random."""
    test = fit.residuals().test
    return test is not None and test.random == random
