"""The printed equation reproduces the fit, for any data."""

import re
from collections.abc import Callable

import numpy as np
import pytest

from shapeclf.datasets import EXPONENTIAL, LINE, PARABOLA, POWER, QUADRATIC, Family
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.recognition.fitting import fit_family
from shapeclf.recognition.fitting.fit_result import Fit


def read(equation: str, x: FloatArray) -> FloatArray:
    """Return y that the printed equation gives at x."""
    text = equation.removeprefix("y = ").replace("−", "-").replace("·", "*").replace("^", "**").replace("²", "**2")
    text = text.replace("√(x", "sqrt((x").replace("√x", "sqrt(x)").replace("ln x", "log(x)")
    names = {"x": x, "exp": np.exp, "sin": np.sin, "log": np.log, "sqrt": np.sqrt, "__builtins__": {}}
    with np.errstate(all="ignore"):
        heights: FloatArray = np.asarray(eval(text, names), dtype=np.float64)
    y: FloatArray = np.broadcast_to(heights, x.shape)
    return y


def _law(rng: np.random.Generator, family: Family, x: FloatArray) -> FloatArray:
    shape = {name: float(prior.quantile(rng.random(1))[0]) for name, prior in family.shape.items()}
    y: FloatArray = family.curve(x[None], k=1.0, b=float(rng.normal()), **shape)[0]
    return y


def _same_family(rng: np.random.Generator, family: Family, x: FloatArray) -> FloatArray:
    y = _law(rng, family, x)
    noise = float(10.0 ** rng.uniform(-4, -0.5)) * (float(np.ptp(y)) or 1.0)
    return y + noise * rng.standard_normal(len(x))


def _other_family(rng: np.random.Generator, family: Family, x: FloatArray) -> FloatArray:
    other = BUILT_IN[int(rng.integers(len(BUILT_IN)))]
    return _same_family(rng, other, x)


def _outlier(rng: np.random.Generator, family: Family, x: FloatArray) -> FloatArray:
    y = 5 + 0.05 * rng.standard_normal(len(x))
    y[rng.integers(len(x))] += 5
    return y


def _step(rng: np.random.Generator, family: Family, x: FloatArray) -> FloatArray:
    y: FloatArray = np.where(x < rng.choice(x), 0.2, 5.1) + 0.02 * rng.standard_normal(len(x))
    return y


def _first_high(rng: np.random.Generator, family: Family, x: FloatArray) -> FloatArray:
    y = 0.2 + 0.1 * rng.standard_normal(len(x))
    y[x.argmin()] = 5.2
    return y


def _walk(rng: np.random.Generator, family: Family, x: FloatArray) -> FloatArray:
    y: FloatArray = np.cumsum(rng.standard_normal(len(x)))
    return y


def _white_noise(rng: np.random.Generator, family: Family, x: FloatArray) -> FloatArray:
    return rng.standard_normal(len(x))


def _exact(rng: np.random.Generator, family: Family, x: FloatArray) -> FloatArray:
    return _law(rng, family, x)


DATA: list[Callable[[np.random.Generator, Family, FloatArray], FloatArray]] = [
    *(_same_family, _other_family, _outlier, _step, _first_high, _walk, _white_noise, _exact)
]


def cases(family: Family, kind: int, count: int) -> list[tuple[FloatArray, FloatArray, Fit]]:
    found = []
    for seed in range(count):
        rng = np.random.default_rng([seed, kind])
        x = np.sort(family.x.quantile(rng.random(int(rng.integers(6, 40)))))
        y = DATA[kind](rng, family, x) * 10.0 ** rng.uniform(-6, 6)
        if seed % 3 == 1 and family.domain[0] == 0.0:
            x[0] = 0.0
        if family.shift_invariant:
            x = x + float(rng.choice([0.0, 0.0, 1.0, -30.0, 1e3, 2e5, 1e8]))
        x = x * 10.0 ** rng.uniform(-6, 6)
        fit = fit_family(family, x, y)
        if fit is not None:
            found.append((x, y, fit))
    return found


def check(x: FloatArray, y: FloatArray, fit: Fit) -> None:
    curve, heights = fit.curve(x), read(fit.equation, x)
    # If the points are exact, rounding errors of x^p or exp(p·ln x) decide the last digits.
    allowed = max(0.1 * fit.residual_sd, 1e-13 * float(np.abs(curve).max()))
    assert np.abs(heights - curve).max() <= 1.001 * allowed, fit.equation
    if np.ptp(y) > 1e-12 * np.abs(y).max():  # otherwise y has too few digits for three digits of R²
        residuals = y - heights
        r_squared = max(0.0, 1 - float(residuals @ residuals) / float(np.sum((y - y.mean()) ** 2)))
        assert r_squared == pytest.approx(fit.r_squared, abs=1e-3), fit.equation
    assert not re.search(r"[+−] [+−]|[+−][+−]|nan|inf|-", fit.equation)


@pytest.mark.parametrize("kind", range(len(DATA)), ids=lambda kind: DATA[kind].__name__[1:])
@pytest.mark.parametrize("family", BUILT_IN, ids=lambda family: family.name)
def test_the_printed_equation_reproduces_the_fit(family: Family, kind: int) -> None:
    for x, y, fit in cases(family, kind, 6):
        check(x, y, fit)


@pytest.mark.slow
@pytest.mark.parametrize("kind", range(len(DATA)), ids=lambda kind: DATA[kind].__name__[1:])
@pytest.mark.parametrize("family", BUILT_IN, ids=lambda family: family.name)
def test_many_printed_equations_reproduce_their_fits(family: Family, kind: int) -> None:
    for x, y, fit in cases(family, kind, 90):
        check(x, y, fit)


@pytest.mark.parametrize("family", BUILT_IN, ids=lambda family: family.name)
def test_parameters_are_rounded_to_the_second_digit_of_their_errors(family: Family) -> None:
    """Here x is near zero, so that the curve needs no more digits."""
    for _, _, fit in cases(family, 0, 10):
        for name, text in fit.parameter_texts.items():
            error = fit.standard_errors[name]
            if not error or "±" not in text:
                continue
            numbers = re.fullmatch(r"\(?(−?[0-9.]+) ± ([0-9.]+)\)?(?:e(−?[0-9]+))?", text)
            assert numbers, text
            scale = 10.0 ** int((numbers[3] or "0").replace("−", "-"))
            value, shown = float(numbers[1].replace("−", "-")) * scale, float(numbers[2]) * scale
            assert shown == pytest.approx(error, rel=0.051)
            assert len(numbers[2].replace(".", "").strip("0")) <= 2
            assert abs(value - fit.parameters[name]) <= 0.0501 * error
            decimals = [len(number.partition(".")[2]) for number in (numbers[1], numbers[2])]
            assert decimals[0] >= decimals[1]


X = np.arange(1.0, 9.0)
EXACT = {
    "parabola": (PARABOLA, X, 4.9 * X**2, "y = 4.9·x²", ["4.9", "0"]),
    "line": (LINE, X, 0.1 * X + 0.2, "y = 0.1·x + 0.2", ["0.1", "0.2"]),
    "years": (LINE, 1990 + X, 0.3 * (1990 + X) - 20, "y = 0.3·x − 20", ["0.3", "−20"]),
    "exponential": (EXPONENTIAL, X, 3 * np.exp(-0.5 * X) + 1, "y = 3·exp(−0.5·x) + 1", ["3", "1", "−0.5"]),
    "power": (POWER, X, 2.5 * X**1.5 - 3, "y = 2.5·x^1.5 − 3", ["2.5", "−3", "1.5"]),
    "quadratic": (QUADRATIC, X, 2 * (X - 3.2) ** 2 + 1.1, "y = 2·(x − 3.2)² + 1.1", ["2", "1.1", "3.2"]),
    "tiny": (LINE, X, 1e-12 * X, "y = 1e−12·x", ["1e−12", "0"]),
    "a third": (LINE, X, X / 3 + 1, "y = 0.333333333333333·x + 1", ["0.333333333333333", "1"]),
}


@pytest.mark.parametrize(("family", "x", "y", "equation", "texts"), EXACT.values(), ids=EXACT)
def test_exact_points_print_the_shortest_numbers_that_reproduce_the_curve(
    family: Family, x: FloatArray, y: FloatArray, equation: str, texts: list[str]
) -> None:
    fit = fit_family(family, x, y)
    assert fit is not None
    assert (fit.equation, list(fit.parameter_texts.values())) == (equation, texts)
    assert np.abs(read(fit.equation, x) - y).max() <= 1e-13 * np.abs(y).max()


def test_exact_points_with_error_bars_print_these_errors() -> None:
    fit = fit_family(PARABOLA, X, 4.9 * X**2, 0.1)
    assert fit is not None
    assert fit.equation == "y = 4.9·x²"
    assert fit.parameter_texts == {"k": "4.9000 ± 0.0017", "b": "0.000 ± 0.055"}
