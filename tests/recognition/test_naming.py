"""Names and units of x and y in the texts and the picture of an answer."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from shapeclf.datasets import Family
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.laws import CONSTANT
from shapeclf.recognition import Recognition
from shapeclf.recognition.answer_pictures import recognition_figure
from shapeclf.recognition.fitting import Fit, fit_family
from shapeclf.recognition.naming import Names

KNOWN = {family.name: family for family in (*BUILT_IN, CONSTANT)}
X = np.linspace(1.0, 3.0, 12)
_SHAPES: dict[str, dict[str, float]] = {
    "quadratic": {"c": 1.5},
    "exponential": {"r": 0.8},
    "power": {"p": 3.0},
    "sine": {"w": 3.0, "c": 1.2},
    "logistic": {"r": 5.0, "c": 2.0},
}


@cache
def _fit(family: str) -> Fit:
    known = KNOWN[family]
    y = known.curve(X[None], k=2.0, b=0.5, **_SHAPES.get(family, {}))[0]
    fit = fit_family(known, X, y)
    assert fit is not None
    return fit


@pytest.mark.parametrize(
    ("names", "family", "expected"),
    [
        pytest.param(Names("t", "s"), "parabola", "s = 2·t² + 0.5", id="identifiers"),
        pytest.param(Names("größe", "σ_y"), "line", "σ_y = 2·größe + 0.5", id="identifiers of other alphabets"),
        pytest.param(Names("t", None), "line", "y = 2·t + 0.5", id="no name of y"),
        pytest.param(Names("time of day", "T1"), "line", 'T1 = 2·"time of day" + 0.5', id="quoted"),
        pytest.param(Names("y", "x"), "line", "x = 2·y + 0.5", id="exchanged"),
        pytest.param(Names("k", "s"), "line", "y = 2·x + 0.5", id="a parameter"),
        pytest.param(Names("t", "b"), "line", "y = 2·x + 0.5", id="another parameter"),
        pytest.param(Names("r", "s"), "line", "s = 2·r + 0.5", id="the parameter of another family"),
        pytest.param(Names("t", "exp"), "line", "y = 2·x + 0.5", id="a function"),
        pytest.param(Names("t", "t"), "line", "y = 2·x + 0.5", id="one name"),
        pytest.param(Names("y", None), "line", "y = 2·x + 0.5", id="x called y"),
        pytest.param(Names('5" pipe', "s"), "line", "s = 2·x + 0.5", id="a quotation mark"),
        pytest.param(Names("a" * 50, "\x1b[31m"), "line", "y = 2·x + 0.5", id="long, and not printable"),
    ],
)
def test_the_equation_has_the_names_where_they_can_be_read(names: Names, family: str, expected: str) -> None:
    assert names.equation(_fit(family)) == expected


def test_x_and_y_within_words_are_not_replaced() -> None:
    fit = _fit("exponential")
    assert Names("t", "exponent").equation(fit) == fit.equation.replace("·x)", "·t)").replace("y =", "exponent =")


@pytest.mark.parametrize(
    ("family", "units"),
    [
        ("constant", {"b": "m"}),
        ("line", {"k": "m/s", "b": "m"}),
        ("parabola", {"k": "m/s²", "b": "m"}),
        ("quadratic", {"k": "m/s²", "b": "m", "c": "s"}),
        ("sqrt", {"k": "m/√s", "b": "m"}),
        ("reciprocal", {"k": "m·s", "b": "m"}),
        ("logarithm", {"k": "m", "b": "m"}),
        ("exponential", {"k": "m", "b": "m", "r": "1/s"}),
        ("sine", {"k": "m", "b": "m", "w": "1/s", "c": "s"}),
        ("logistic", {"k": "m", "b": "m", "r": "1/s", "c": "s"}),
    ],
)
def test_units_of_parameters_follow_from_those_of_x_and_y(family: str, units: dict[str, str]) -> None:
    found = Names(x_unit="s", y_unit="m").units(_fit(family))
    assert {name: found[name] for name in _fit(family).parameters if name in found} == units


@pytest.mark.parametrize(
    ("family", "x_unit", "y_unit", "unit"),
    [
        pytest.param("parabola", "mm²", "m", "m/(mm²)²", id="a square squared"),
        pytest.param("parabola", "m²", "m·s^-1", "(m·s^-1)/(m²)²", id="compounds of powers"),
        pytest.param("sqrt", "mm²", "m", "m/√(mm²)", id="the root of a square"),
        pytest.param("parabola", "°C", "%", "%/°C²", id="signs that are as simple as letters"),
        pytest.param("parabola", "%", "µΩ", "µΩ/%²", id="a sign alone"),
        pytest.param("line", "mm²", "N", "N/mm²", id="a square that is not raised"),
        pytest.param("reciprocal", "mM", "µM/s", "(µM/s)·mM", id="the product of a quotient"),
        pytest.param("reciprocal", "1/s", "m/s", "(m/s)·(1/s)", id="the product of two quotients"),
        pytest.param("reciprocal", "s", "m²", "m²·s", id="the product of a square"),
    ],
)
def test_compound_units_are_in_brackets(family: str, x_unit: str, y_unit: str, unit: str) -> None:
    assert Names(x_unit=x_unit, y_unit=y_unit).units(_fit(family))["k"] == unit


def test_units_that_are_not_simple_are_not_given() -> None:
    line, half = _fit("line"), Family("half", "y = k·x^2.3 + b", lambda x: x**2.3)
    fit = fit_family(half, X, 2 * X**2.3 + 0.5)
    assert fit is not None
    assert Names(x_unit="s", y_unit="m").units(fit) == {"b": "m"}
    assert Names().units(line) == {}
    assert Names(y_unit="m").units(line) == {"b": "m"}
    assert Names(x_unit="km/h", y_unit="m/s").units(line) == {"k": "(m/s)/(km/h)", "b": "m/s"}


def test_names_are_in_json_the_picture_and_the_repr() -> None:
    points = np.column_stack([X, 2 * X + 0.5])
    answer = Recognition(("line", "sqrt"), np.tile([0.9, 0.1], (len(X), 1)), points, KNOWN)
    assert "equation_named" not in answer.to_dict()
    answer = replace(answer, names=Names("t $\\", "s", "s", "m"))
    reported = answer.to_dict()
    assert (reported["equation"], reported["equation_named"]) == ("y = 2·x + 0.5", 's = 2·"t $\\" + 0.5')
    assert reported["parameter_units"] == {"k": "m/s", "b": "m"}
    assert answer.first(5).names == answer.names
    assert 's = 2·"t $\\" + 0.5' in repr(answer)
    axes = {ax.get_label(): ax for ax in recognition_figure(answer).axes}
    assert (axes["residuals"].get_xlabel(), axes["points"].get_ylabel()) == ("t $\\ (s)", "s (m)")
    assert 's = 2·"t $\\" + 0.5' in axes["points"].texts[0].get_text()


def test_the_axis_of_dates_has_their_origin() -> None:
    names = Names("when", "T", "s", None, "2024-03-01T09:00:00")
    assert (names.label("x"), names.label("y")) == ("when (s since 2024-03-01T09:00:00)", "T")
    assert len(Names("n" * 90).label("x")) == 60
