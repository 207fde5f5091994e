"""The answer of a recogniser for one sequence: probabilities, text, equation, picture."""

import io
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from types import MappingProxyType
from typing import Any, final

import numpy as np

from shapeclf._text import counted
from shapeclf.datasets._arguments import number, shown, whole_number
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import ALL_BUILT_IN
from shapeclf.datasets.experiments import NONE
from shapeclf.datasets.families import Family
from shapeclf.datasets.laws import CONSTANT
from shapeclf.errors import InputError
from shapeclf.recognition.fitting import Fit, fit_columns, fit_family, fit_record
from shapeclf.recognition.fitting.quantities import FittedQuantity
from shapeclf.recognition.naming import Names, Value

__all__ = ["Recognition", "verdict"]

_CERTAIN = 0.99
_SURE = 0.9
_LIKELY = 0.5
_LISTED = 0.001
_FEW = 5  # points
_TIE = 0.05  # largest difference of the two highest probabilities
_DOTS_PER_INCH = 80  # of the picture in a notebook
_KNOWN = MappingProxyType({family.name: family for family in ALL_BUILT_IN})


def verdict(probabilities: Mapping[str, float], points: int | None = None, known: Mapping[str, Family] = _KNOWN) -> str:
    """Return the answer as text: the family and, unless it is sure, the next one.

    Args:
        probabilities: Probability of each family by name.
        points: Number of points of a finished set. Fewer than 5 points are too few if no probability is above 0.5.
        known: Families by name, which state their nouns. By default the built-in ones.

    Example:
        >>> verdict({"line": 0.998, "sqrt": 0.002})
        'almost certainly a line (99.8 %)'
        >>> verdict({"parabola": 0.72, "power": 0.21, "none": 0.07})
        'probably a parabola (72 %); otherwise a power law (21 %)'
        >>> verdict({"line": 0.41, "sqrt": 0.39, "none": 0.2})
        'unsure: a line (41 %) or a square root (39 %)'
        >>> verdict({"line": 0.41, "sqrt": 0.39, "none": 0.2}, points=3)
        'too few points to tell'
    """
    if not isinstance(probabilities, Mapping) or not probabilities:
        raise InputError(f"probabilities must be a mapping of at least one family, got {shown(probabilities)}")
    for name, probability in probabilities.items():
        number(f"probability of {name}", probability)
    (name, top), *others = sorted(probabilities.items(), key=lambda item: -item[1])
    if points is not None and points < _FEW and top <= _LIKELY:
        return "too few points to tell"
    if name == CONSTANT.name and top == 1.0:  # found by a test, not a probability
        return "constant: y does not depend on x"
    first, *rest = (
        f"{_noun(name, known)} ({_percent(probability)})" for name, probability in [(name, top), *others[:1]]
    )
    if top >= _SURE or not others:
        return f"{'almost certainly' if top >= _CERTAIN else 'very probably'} {first}"
    (second,) = rest
    if top < _LIKELY or top - others[0][1] <= _TIE:
        return f"unsure: {first} or {second}"
    return f"probably {first}; otherwise {second}"


def _noun(name: str, known: Mapping[str, Family]) -> str:
    if name == NONE:
        return "none of the known laws"
    return (known[name].noun if name in known else "") or f"the family {name}"


def _percent(probability: float) -> str:
    """Return a probability in percent, with a decimal from 99 % up, but neither 0 nor 100 %."""
    if probability >= _CERTAIN:
        return "over 99.9 %" if probability >= 0.9995 else f"{100 * probability:.1f} %"
    return f"{100 * probability:.0f} %" if probability >= 0.005 else "under 1 %"


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
        """The least-squares fit of the family; None for the class ``none`` and if no formula is known."""
        family = self._known.get(self.family)
        return None if family is None else fit_family(family, self.points[:, 0], self.points[:, 1], self.y_error)

    @property
    def equation(self) -> str | None:
        """The fitted curve as text, ``"y = 4.9·x² + 0.02"``; None where there is no fit."""
        return None if self.fit is None else self.fit.equation

    @property
    def equation_named(self) -> str | None:
        """The equation with the names of x and y, ``"s = 4.9·t² + 0.02"``; None where there is no fit."""
        return None if self.fit is None else self.axis_names.equation(self.fit)

    def values(self) -> list[Value]:
        """Return the parameters and the quantities as they are printed; an empty list without a fit."""
        return [] if self.fit is None else self.axis_names.values(self.fit)

    @property
    def axis_names(self) -> Names:
        """Names and units of x and y, with no name where there is none."""
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
        """What follows from the parameters, such as a half-life, with error and unit; empty where there is no fit."""
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
        """Return the number of points after which a family first had this probability; None if none ever had.

        Raises:
            InputError: The probability is not above 0 and at most 1.
        """
        if not 0 < number("probability", probability) <= 1:
            raise InputError(f"probability must be above 0 and at most 1, got {probability!r}")
        reached = np.flatnonzero(self.posterior.max(axis=1) >= probability)
        return int(reached[0]) + 1 if reached.size else None

    def to_dict(self, *, fit: bool = True) -> dict[str, Any]:
        """Return the answer as a dictionary for JSON; ``fit=False`` omits the fit, which takes time.

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
        return answer | self._fit_record() if fit else answer

    def _fit_record(self) -> dict[str, Any]:
        return fit_record(self.fit, names=self.names)

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
        from shapeclf.recognition.pictures import recognition_figure

        picture = io.BytesIO()
        recognition_figure(self).savefig(picture, format="png", dpi=_DOTS_PER_INCH)
        text = escape(repr(self)[1:-1], quote=True)
        data = b64encode(picture.getvalue()).decode()
        # In an image, the content of the picture cannot affect the page.
        return f'<p>{text}</p><img alt="{text}" src="data:image/png;base64,{data}">'
