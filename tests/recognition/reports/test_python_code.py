"""The Python function of an answer."""

import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from shapeclf.datasets import EXPONENTIAL, LINE, LOGISTIC, QUADRATIC, SINE, Family
from shapeclf.datasets._types import FloatArray
from shapeclf.recognition.naming import Names
from shapeclf.recognition.reports import report

from .cases import ODD, answer_of, by_name


def _function(source: str) -> Callable[[Any], FloatArray]:
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    assert set(namespace) == {"__builtins__", "np", "y"}
    function: Callable[[Any], FloatArray] = namespace["y"]
    return function


@by_name
def test_it_reproduces_the_curve(family: Family) -> None:
    answer = answer_of(family, noise=0.03)
    assert answer.fit is not None
    y = _function(report(answer, "python"))
    x = np.linspace(0.5, 10.0, 997)
    curve = answer.fit.curve(x)
    np.testing.assert_allclose(y(x), curve, rtol=0, atol=1e-12 * max(np.ptp(curve), np.abs(curve).max()))
    np.testing.assert_array_equal(y(x.tolist()), y(x))  # a list will do
    assert y(2).shape == ()
    assert y(2) == y([2, 3])[0]


@pytest.mark.parametrize("family", [LINE, QUADRATIC, EXPONENTIAL, SINE, LOGISTIC], ids=lambda family: family.name)
def test_it_reproduces_the_curve_far_from_zero(family: Family) -> None:
    answer = answer_of(family, shift=2e9)
    assert answer.fit is not None
    assert "x0" in answer.fit.parameters
    x = answer.points[:, 0]
    curve = answer.fit.curve(x)
    np.testing.assert_allclose(_function(report(answer, "python"))(x), curve, rtol=0, atol=1e-12 * np.ptp(curve))


def test_names_units_and_what_was_read_are_in_its_text() -> None:
    answer = answer_of(EXPONENTIAL, Names("t", "U", "s", "mV"))
    source = report(answer, "python", "a.csv: 40 points")
    assert _function(source).__doc__ == (
        f"Return U (mV) at t (s): {answer.equation_named}.\n\n"
        f"    Very probably an exponential (96 %), after 40 points. R² {answer.r_squared:.4f}.\n"
        "    Points: a.csv: 40 points.\n    "
    )
    lines = [line for line in source.splitlines() if line.startswith("    r = ")]
    assert len(lines) == 1
    assert lines[0].endswith(" 1/s")
    assert "  # ± 0.0" in lines[0]


def test_errors_have_the_power_of_ten_of_their_parameter() -> None:
    answer = answer_of(LINE, Names("t", "q", "s", "C"))
    points = answer.points * 1e-29
    lines = report(replace(answer, points=points), "python").splitlines()
    (line,) = (line for line in lines if line.startswith("    b = "))
    assert re.fullmatch(r"    b = -6\.\d+e-29  # ± 0\.\d+e−29 C", line)


def test_names_cannot_become_code() -> None:
    for read in ("", '"""', '\\"""\\', 'a""""b\n"""\nimport os'):
        function = _function(report(answer_of(LINE, ODD), "python", read))
        assert "\\nimport os #" in inspect.cleandoc(function.__doc__ or "")
    assert function(3.0).shape == ()
