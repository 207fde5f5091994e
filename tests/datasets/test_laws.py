import math
import pickle
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shapeclf.datasets import (
    CONSTANT,
    EXPONENTIAL,
    GAUSSIAN,
    HYPERBOLA,
    LINE,
    LOGARITHM,
    LOGISTIC,
    PARABOLA,
    POWER,
    QUADRATIC,
    RECIPROCAL,
    SINE,
    SQRT,
    Family,
    Prior,
    Uniform,
)
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.errors import InputError

LAWS = (QUADRATIC, EXPONENTIAL, LOGARITHM, RECIPROCAL, POWER, SINE, LOGISTIC, CONSTANT, HYPERBOLA, GAUSSIAN)
named = pytest.mark.parametrize("family", BUILT_IN, ids=lambda family: family.name)

# Each law once more, one number at a time and in other words than the package's.
FORMULAS: dict[str, Callable[..., float]] = {
    "quadratic": lambda x, c: x * x - 2 * c * x + c * c,
    "exponential": lambda x, r: math.e ** (r * x),
    "logarithm": lambda x: math.log2(x) * math.log(2),
    "reciprocal": lambda x: x**-1,
    "power": lambda x, p: x**p,
    "sine": lambda x, w, c: math.sin(w * x) * math.cos(w * c) - math.cos(w * x) * math.sin(w * c),
    "logistic": lambda x, r, c: (1 + math.tanh(r * (x - c) / 2)) / 2,
    "constant": lambda x: 0.0,
    "hyperbola": lambda x, c: (x + c) ** -1,
    "gaussian": lambda x, c, s: math.sqrt(2 * math.pi) * s * NormalDist(c, s).pdf(x),
}


def _drawn(family: Family, rng: np.random.Generator, batch: int) -> dict[str, FloatArray]:
    return {name: prior.quantile(rng.random((batch, 1))) for name, prior in family.shape.items()}


@pytest.mark.parametrize("family", LAWS, ids=lambda family: family.name)
def test_points_satisfy_the_equation(family: Family) -> None:
    rng = np.random.default_rng(0)
    x = family.x.quantile(rng.random((50, 6)))
    parameters = {name: prior.quantile(rng.random((50, 1))) for name, prior in family.priors.items()}
    y = family.curve(x, **parameters)
    for row in range(50):
        k, b, *shape = (float(values[row, 0]) for values in parameters.values())
        expected = [k * FORMULAS[family.name](float(value), *shape) + b for value in x[row]]
        np.testing.assert_allclose(y[row], expected, rtol=1e-11, atol=1e-13)


def test_the_catalogue_holds_every_law() -> None:
    assert (LINE, PARABOLA, SQRT, *LAWS) == BUILT_IN
    assert set(FORMULAS) == {family.name for family in LAWS}


@pytest.mark.parametrize(
    ("family", "inside", "outside"),
    [
        pytest.param(LOGARITHM, 1e-300, 0.0, id="logarithm"),
        pytest.param(RECIPROCAL, 1e-300, 0.0, id="reciprocal"),
        pytest.param(POWER, 0.0, -1e-300, id="power"),
        pytest.param(SQRT, 0.0, -1e-300, id="sqrt"),
    ],
)
def test_laws_that_need_x_above_zero(family: Family, inside: float, outside: float) -> None:
    family.check_x(Uniform(inside, 1.0))
    with pytest.raises(InputError, match=rf"^family '{family.name}' is defined for x from "):
        family.check_x(Uniform(outside, 1.0))
    assert family.domain[1] == math.inf


@pytest.mark.parametrize("family", [family for family in BUILT_IN if family.domain[0] < 0], ids=lambda f: f.name)
def test_laws_that_hold_for_every_x(family: Family) -> None:
    assert family.domain == (-math.inf, math.inf)
    assert family.shift_invariant or family is PARABOLA


@named
def test_no_rate_or_exponent_is_undefined(family: Family) -> None:
    x = np.array([[1e-9, 1.0, 1e9]])
    for size in (-1e6, -1.0, 1.0, 1e6):  # past the end of floating point a curve is infinite, as its formula is
        assert not np.isnan(family.basis(x, **{name: np.array([[size]]) for name in family.shape})).any()


def test_a_power_below_zero_is_infinite_at_zero() -> None:
    x = np.array([[0.0, 2.0]])
    assert POWER.basis(x, p=np.array([[-2.0]])).tolist() == [[np.inf, 0.25]]
    assert POWER.basis(x, p=np.array([[2.0]])).tolist() == pytest.approx(np.array([[0.0, 4.0]]))


@named
@given(seed=st.integers(0, 2**32), decades=st.floats(-9, 9), share=st.floats(-5, 5))
def test_units_and_shifts_are_as_declared(family: Family, seed: int, decades: float, share: float) -> None:
    """The law in other units of x, counted from another origin, is the same law: only k and b change."""
    rng = np.random.default_rng(seed)
    x = family.x.quantile(rng.random((3, 12)))
    shape = _drawn(family, rng, 3)
    unit = 10.0**decades
    shift = share * unit if family.shift_invariant else 0.0
    scaled = {name: values * unit ** family.units.get(name, 0) for name, values in shape.items()}
    for name, change in family.shifts.items():  # a position on the x axis moves along
        scaled[name] = scaled[name] + change * shift
    here, there = family.basis(x, **shape), family.basis(x * unit + shift, **scaled)
    for before, after in zip(here, there, strict=True):
        size = np.ptp(after) or float(family is CONSTANT)
        assume(size > 0)
        columns = np.stack([before / (np.ptp(before) or 1.0), np.ones(12)], axis=1)
        left = after / size - columns @ np.linalg.lstsq(columns, after / size, rcond=None)[0]
        assert np.abs(left).max() < 1e-9


@pytest.mark.parametrize("family", [PARABOLA, SQRT, LOGARITHM, RECIPROCAL, POWER], ids=lambda family: family.name)
def test_laws_that_are_not_shift_invariant(family: Family) -> None:
    x = np.linspace(0.1, 1.0, 9)[None]
    shape = {name: np.array([[2.5]]) for name in family.shape}
    columns = np.stack([family.basis(x, **shape)[0], np.ones(9)], axis=1)
    shifted = family.basis(x + 0.5, **shape)[0]
    residual = shifted - columns @ np.linalg.lstsq(columns, shifted, rcond=None)[0]
    assert not family.shift_invariant
    assert np.abs(residual).max() > 1e-3 * np.ptp(shifted)


def test_a_hyperbola_holds_only_right_of_its_pole() -> None:
    x = np.array([[-1.0, 0.5, 1.0, 2.0]])
    assert HYPERBOLA.basis(x, c=np.array([[-0.5]])).tolist() == [[np.inf, np.inf, 2.0, 1 / 1.5]]


def test_exponents_are_not_close_to_those_of_other_families() -> None:
    exponents = POWER.shape["p"].quantile(np.linspace(0, 1, 10_001, endpoint=False))
    nearest = np.abs(exponents[:, None] - np.array([-1.0, 0.0, 0.5, 1.0, 2.0])).min(axis=0)
    assert (nearest >= [0.25 - 1e-12, 0.2 - 1e-12, 0.1 - 1e-12, 0.15 - 1e-12, 0.2 - 1e-12]).all()


@named
def test_a_law_is_a_value_with_its_units(family: Family) -> None:
    copy = pickle.loads(pickle.dumps(family))
    assert copy == family
    assert (copy.shift_invariant, copy.units, copy.shifts) == (family.shift_invariant, family.units, family.shifts)
    if family.units:
        with pytest.raises(TypeError, match="does not support item assignment"):
            copy.units["c"] = 2


def test_units_are_of_shape_parameters() -> None:
    shape: dict[str, Prior] = {"rate": Uniform(0, 1)}
    for name in ("units", "shifts"):
        with pytest.raises(InputError, match=rf"^Family 'odd': {name} must be of shape parameters, got \{{'k': 1\}}$"):
            Family("odd", "y", np.sin, shape=shape, **{name: {"k": 1}})  # type: ignore[arg-type]
