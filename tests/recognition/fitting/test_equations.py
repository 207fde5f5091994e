import math
import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shapeclf.datasets import Family
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.recognition.fitting import fit_family
from shapeclf.recognition.fitting.equations import equation_text, number_text, printed


@pytest.mark.parametrize(
    ("formula", "values", "origin", "expected"),
    [
        pytest.param("y = k·x² + b", {"k": 4.9, "b": 0.02}, 0, "y = 4.9·x² + 0.02", id="plus"),
        pytest.param("y = k·x² + b", {"k": 4.9, "b": -0.3}, 0, "y = 4.9·x² − 0.3", id="minus"),
        pytest.param("y = k·x² + b", {"k": -4.9, "b": 0.0}, 0, "y = −4.9·x²", id="no shift"),
        pytest.param("y = k·x + b", {"k": 0.0, "b": 0.0}, 0, "y = 0·x", id="nothing"),
        pytest.param("y = k/x + b", {"k": -2.0, "b": 1.0}, 0, "y = −2/x + 1", id="negative scale"),
        pytest.param("y = k·exp(r·x) + b", {"k": 2, "b": 1, "r": -0.5}, 0, "y = 2·exp(−0.5·x) + 1", id="rate"),
        pytest.param(
            "y = k·exp(r·x) + b", {"k": 2, "b": 1, "r": 0.3}, 1990, "y = 2·exp(0.3·(x − 1990)) + 1", id="origin"
        ),
        pytest.param(
            "y = k·exp(r·x) + b", {"k": 2, "b": 1, "r": 0.3}, -0.1, "y = 2·exp(0.3·(x + 0.1)) + 1", id="origin below 0"
        ),
        pytest.param("y = k·(x − c)² + b", {"k": 2, "b": -1, "c": -3.0}, 0, "y = 2·(x + 3)² − 1", id="place"),
        pytest.param("y = k·(x − c)² + b", {"k": 2, "b": -1, "c": 0.0}, 0, "y = 2·x² − 1", id="place at zero"),
        pytest.param(
            "y = k·f(x − c) + b", {"k": 2, "b": 1, "c": 0.0}, 0, "y = 2·f(x) + 1", id="a function keeps its brackets"
        ),
        pytest.param(
            "y = k·(x − c)² + b", {"k": 2, "b": 0, "c": 5.0}, 7, "y = 2·((x − 7) − 5)²", id="place from an origin"
        ),
        pytest.param("y = k·x^p + b", {"k": 2, "b": 1, "p": -1.5}, 0, "y = 2·x^(−1.5) + 1", id="negative exponent"),
        pytest.param(
            "y = k/(1 + exp(−r·(x − c))) + b",
            {"k": 7, "b": 0, "r": 0.2, "c": 3},
            0,
            "y = 7/(1 + exp(−0.2·(x − 3)))",
            id="minus of its own",
        ),
        pytest.param(
            "y = k/(1 + exp(−r·(x − c))) + b",
            {"k": 7, "b": 1, "r": -0.2, "c": 3},
            0,
            "y = 7/(1 + exp(0.2·(x − 3))) + 1",
            id="minus minus",
        ),
        pytest.param("y = b - k*x", {"k": -2.0, "b": 3.0}, 0, "y = 3 + 2*x", id="hyphens"),
        pytest.param("y = b + k*x", {"k": 0.0, "b": 3.0}, 0, "y = 3 + 0*x", id="a zero that something follows"),
        pytest.param("y = p^x·k + b", {"k": 2, "b": 1, "p": -3}, 0, "y = (−3)^x·2 + 1", id="negative base"),
        pytest.param(
            "y = k·x + b^2 − c³", {"k": 2, "b": -1, "c": -3}, 0, "y = 2·x + (−1)^2 − (−3)³", id="powers of signed terms"
        ),
        pytest.param("y = -k·x + b", {"k": -2, "b": 1}, 0, "y = 2·x + 1", id="minus minus at the start"),
        pytest.param("y = -k·x + b", {"k": 2, "b": 1}, 0, "y = -2·x + 1", id="the formula's own minus"),
        pytest.param("y = b + k·exp(−x)", {"k": 2, "b": 1}, 5, "y = 1 + 2·exp(−(x − 5))", id="minus x"),
        pytest.param(
            "y = k·bump(x; omega) + b", {"k": 2, "b": 1, "omega": 3}, 0, "y = 2·bump(x; 3) + 1", id="a long name"
        ),
        pytest.param("y = k·ω_0x + kx + b", {"k": 2, "b": 1}, 0, "y = 2·ω_0x + kx + 1", id="names within names"),
        pytest.param("a bump", {"k": 2, "b": -1, "p": 3}, 0, "a bump, k = 2, b = −1, p = 3", id="none of the names"),
    ],
)
def test_numbers_in_a_formula(formula: str, values: dict[str, float], origin: float, expected: str) -> None:
    assert equation_text(formula, values, dict.fromkeys(values, 4), origin) == expected


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.0, 4, "0"),
        (-0.0, 4, "0"),
        (1.0, 4, "1"),
        (-2.50001, 4, "−2.5"),
        (9.99996, 4, "10"),
        (123456.7, 4, "123457"),
        (999999.9, 4, "1e6"),
        (1234567.0, 4, "1.235e6"),
        (1234567.0, 8, "1234567"),
        (0.000123456, 4, "0.0001235"),
        (-0.0000123456, 4, "−1.235e-5"),
        (1e300, 4, "1e300"),
        (100.0, 4, "100"),
    ],
)
def test_numbers(value: float, digits: int, expected: str) -> None:
    assert number_text(value, digits) == expected


@given(value=st.floats(allow_nan=False, allow_infinity=False), digits=st.integers(4, 15))
def test_a_number_is_rounded_to_its_digits(value: float, digits: int) -> None:
    assume(value == 0 or 1e-300 < abs(value) < 1e300)
    read = float(number_text(value, digits).replace("−", "-"))
    assert read == pytest.approx(value, rel=0.5000001 * 10.0 ** (1 - digits), abs=0)


def test_digits_are_as_many_as_the_curve_needs() -> None:
    shown = printed(
        np.array([[3.0, -5970.0], [2.0, 4e-16]]), np.array([[6000.0, 5970.0], [20.0, 4e-16]]), np.array([90.0, 20.0])
    )
    assert shown.digits.tolist() == [[6, 6], [4, 4]]
    assert shown.values.tolist() == [[3.0, -5970.0], [2.0, 0.0]]


def _read(equation: str, x: FloatArray) -> FloatArray:
    """The heights that an equation says, for someone who has nothing else."""
    text = equation.removeprefix("y = ").replace("−", "-").replace("·", "*").replace("^", "**").replace("²", "**2")
    text = text.replace("√x", "sqrt(x)").replace("ln x", "log(x)")
    names = {"x": x, "exp": np.exp, "sin": np.sin, "log": np.log, "sqrt": np.sqrt, "__builtins__": {}}
    heights: FloatArray = eval(text, names)
    return heights


@pytest.mark.parametrize("family", BUILT_IN, ids=lambda family: family.name)
@given(
    seed=st.integers(0, 2**32),
    unit=st.floats(-6, 6),
    share=st.floats(-100, 100),
    k=st.floats(-6, 6),
    b=st.floats(-1e3, 1e3),
)
def test_the_curve_can_be_drawn_from_its_equation(
    family: Family, seed: int, unit: float, share: float, k: float, b: float
) -> None:
    rng = np.random.default_rng(seed)
    x = family.x.quantile(rng.random(20))
    shape = {name: float(prior.quantile(rng.random(1))[0]) for name, prior in family.shape.items()}
    y = (family.curve(x[None], k=1.0, b=b, **shape)[0] + 0.01 * rng.standard_normal(20)) * 10.0**k
    x = (x + (share if family.slides else 0)) * 10.0**unit
    fit = fit_family(family, x, y)
    assert fit is not None
    curve = fit.curve(x)
    assume(math.isfinite(np.ptp(curve)))
    assert np.abs(_read(fit.equation, x) - curve).max() <= 2.5e-3 * np.ptp(curve)
    assert not re.search(r"[+−] [+−]|[+−][+−]|nan|inf", fit.equation)
