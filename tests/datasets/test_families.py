import dataclasses
import math
import pickle
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from shapeclf.datasets import LINE, PARABOLA, SQRT, Family, LogUniform, Prior, Quantity, Uniform
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError


def power(x: FloatArray, exponent: FloatArray) -> FloatArray:
    result: FloatArray = x**exponent
    return result


POWER = Family(
    "power",
    "y = k·x^exponent + b",
    power,
    shape={"exponent": LogUniform(0.2, 5.0)},
    domain=(0.0, math.inf),
)


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        pytest.param(LINE, [5.0, 9.0, 19.0], id="line"),
        pytest.param(PARABOLA, [5.0, 21.0, 131.0], id="parabola"),
        pytest.param(SQRT, [5.0, 3 + 2 * math.sqrt(3), 3 + 2 * math.sqrt(8)], id="sqrt"),
    ],
)
def test_the_default_families_and_their_formulas(family: Family, expected: list[float]) -> None:
    x = np.array([[1.0, 3.0, 8.0]])
    np.testing.assert_allclose(family.curve(x, k=2.0, b=3.0), [expected], rtol=1e-15)


@pytest.mark.parametrize(
    ("family", "x"),
    [
        pytest.param(LINE, Uniform(5, 15), id="line"),
        pytest.param(PARABOLA, Uniform(5, 15), id="parabola"),
        pytest.param(SQRT, Uniform(5, 10), id="sqrt"),
    ],
)
def test_the_default_ranges_of_k_b_and_x(family: Family, x: Prior) -> None:
    assert (family.k, family.b, family.x) == (Uniform(0, 1), Uniform(0, 5), x)
    assert family.priors == {"k": Uniform(0, 1), "b": Uniform(0, 5)}


@pytest.mark.parametrize("family", [LINE, PARABOLA, SQRT, POWER], ids=lambda family: family.name)
def test_a_curve_of_many_rows_is_the_curves_of_each(family: Family) -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(1, 9, (5, 7))
    parameters = {name: rng.uniform(0.5, 2, (5, 1)) for name in family.priors}
    together = family.curve(x, **parameters)
    for row in range(5):
        single = {name: float(values[row, 0]) for name, values in parameters.items()}
        np.testing.assert_allclose(together[row], family.curve(x[row : row + 1], **single)[0], rtol=1e-14)


@pytest.mark.parametrize("k", [2.0, np.full((1, 1), 2.0)], ids=["number", "array"])
def test_a_curve_does_not_change_x(k: FloatArray | float) -> None:
    x = np.array([[1.0, 2.0]])
    LINE.curve(x, k=k, b=5.0)
    assert x.tolist() == [[1.0, 2.0]]


def test_shape_parameters_follow_k_and_b() -> None:
    assert list(POWER.priors) == ["k", "b", "exponent"]
    assert POWER.priors["exponent"] == LogUniform(0.2, 5.0)


@pytest.mark.parametrize("name", ["", "3d", "-x", "a b", "a,b", "x=1", "größe", "a\n"], ids=repr)
def test_invalid_names_are_refused(name: str) -> None:
    with pytest.raises(
        InputError, match="Family: name must be at most 100 letters, digits, '-' and '_', a letter first; got"
    ):
        Family(name, "y", np.sin)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"noun": 3}, "noun must be a text such as 'a line', got 3"),
        ({"quantities": {"rate": "k"}}, "'rate' must be a Quantity, got 'k'"),
        ({"quantities": {1: Quantity("k")}}, "1 must be a Quantity, got "),
        ({"quantities": [Quantity("k")]}, "quantities must be a mapping, got "),
        (
            {"quantities": {"rate": Quantity("r")}},
            "quantity rate names the parameter 'r', which the family lacks; it has k, b",
        ),
    ],
    ids=["noun", "no quantity", "no name", "no mapping", "no parameter"],
)
def test_nouns_and_quantities_are_checked(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=rf"^Family 'odd': {re.escape(text)}"):
        Family("odd", "y", np.sin, **arguments)


@pytest.mark.parametrize("name", ["k", "b", "x"])
def test_shape_parameters_with_the_names_of_others_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=rf"^Family 'odd': shape parameters cannot be named {name}$"):
        Family("odd", "y", np.sin, shape={name: Uniform(0, 1), "rate": Uniform(0, 1)})


@pytest.mark.parametrize(
    ("x", "domain"),
    [
        pytest.param(Uniform(-1, 10), (0.0, math.inf), id="below"),
        pytest.param(Uniform(1, 10), (0.0, 9.0), id="above"),
    ],
)
def test_a_prior_of_x_outside_the_domain_is_refused(x: Prior, domain: tuple[float, float]) -> None:
    with pytest.raises(InputError, match=r"^family 'f' is defined for x from 0 to \S+; x was to be drawn from U\("):
        Family("f", "y", np.sqrt, x=x, domain=domain)


def test_the_ends_of_the_domain_belong_to_it() -> None:
    assert Family("f", "y", np.sqrt, x=Uniform(0, 9), domain=(0.0, 9.0)).x == Uniform(0, 9)


@pytest.mark.parametrize("family", [LINE, PARABOLA, SQRT, POWER], ids=lambda family: family.name)
def test_a_family_is_a_value(family: Family) -> None:
    copy = pickle.loads(pickle.dumps(family))
    assert copy == family
    assert hash(copy) == hash(family)
    assert {family: 1}[copy] == 1
    assert dataclasses.replace(family, b=Uniform(1, 2)) != family


def test_a_family_is_frozen() -> None:
    shape: dict[str, Prior] = {"rate": Uniform(1, 2)}
    family = Family("f", "y", np.exp, shape=shape)
    shape["other"] = Uniform(0, 1)
    assert list(family.shape) == ["rate"]
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'name'"):
        family.name = "g"  # type: ignore[misc]
    mapping: Mapping[str, Prior] = family.shape
    with pytest.raises(TypeError, match="does not support item assignment"):
        mapping["rate"] = Uniform(0, 1)  # type: ignore[index]
