"""The translation of formulas into expressions."""

import ast
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from shapeclf.datasets import LINE, POWER, Family, Uniform
from shapeclf.errors import InputError
from shapeclf.recognition.fitting import Fit, fit_family
from shapeclf.recognition.reports.formula import expression_of

X = np.linspace(0.5, 3.0, 12)


def _fit(family: Family, **shape: float) -> Fit:
    fit = fit_family(family, X, family.curve(X[None], k=2.0, b=0.5, **shape)[0])
    assert fit is not None
    return fit


@pytest.mark.parametrize(
    ("formula", "basis", "expected"),
    [
        ("y = k·√x + b", np.sqrt, "k * np.sqrt(x) + b"),
        ("y = k·√(x) + b", np.sqrt, "k * np.sqrt(x) + b"),
        ("y = b + k × ln x", np.log, "b + k * np.log(x)"),
        ("y = k·x⁻² + b", lambda x: x**-2.0, "k * x ** (-2) + b"),
        ("y = −k·(−x)³ + b", lambda x: x**3, "-k * (-x) ** 3 + b"),
        ("y = k·2.5e0^x·1.0 + b", lambda x: 2.5**x, "k * 2.5 ** x * 1.0 + b"),
        ("y = k·sin(2·π·x) + b", lambda x: np.sin(2 * np.pi * x), "k * np.sin(2 * np.pi * x) + b"),
        ("y = k·e**x + b", np.exp, "k * np.e ** x + b"),
        ("f(x) = k·atan(tanh(abs(x))) + b", lambda x: np.arctan(np.tanh(x)), "k * np.arctan(np.tanh(np.abs(x))) + b"),
    ],
)
def test_formulas_as_people_write_them(formula: str, basis: Any, expected: str) -> None:
    fit = _fit(Family("own", formula, basis, x=Uniform(0.5, 3.0)))
    assert ast.unparse(expression_of(fit, X)) == expected


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("y = k·erf(x) + b", " cannot be written as code: 'erf' is neither a parameter nor a known function"),
        ("y = k·x + b (mine)", " cannot be written as code: 'mine' is neither a parameter nor a known function"),
        ("y = k x + b", " is not an expression such as 'y = k·x^p + b'"),
        ("y = k·x +", " is not an expression such as 'y = k·x^p + b'"),
        ("y", " is not an expression such as 'y = k·x^p + b'"),
        ("y = k·x + b; 1", " cannot be written as code: ';' is not understood"),
        ("y = k·x.real + b", " cannot be written as code: '.' is not understood"),
        ("y = k·x² + b", " does not give the values of its basis function"),
        ("y = k·(1 − 1)^−1·x + b", " does not give the values of its basis function"),
    ],
    ids=["unknown", "a remark", "no operator", "half", "no right-hand side", "two", "attribute", "another", "infinite"],
)
def test_other_formulas_are_refused(formula: str, reason: str) -> None:
    fit = _fit(replace(LINE, name="own", formula=formula))
    with pytest.raises(
        InputError, match=f"^family 'own': its formula, {re.escape(repr(formula))},{re.escape(reason)}$"
    ):
        expression_of(fit, X)


def _power(x: Any, **shape: Any) -> Any:
    return x ** next(iter(shape.values()))


@pytest.mark.parametrize("name", ["lambda", "np", "y", "p-q"])
def test_parameters_that_code_cannot_have_are_refused(name: str) -> None:
    own = replace(
        POWER, name="own", formula=f"y = k·x^{name} + b", basis=_power, shape={name: Uniform(0.5, 2.0)}, quantities={}
    )
    fit = _fit(own, **{name: 1.5})
    with pytest.raises(InputError, match=f"cannot be written as code: a parameter has the name '{name}'$"):
        expression_of(fit, X)
