"""The attainable accuracy agrees with known limits."""

import numpy as np
import pytest

from shapeclf.datasets import Family, ShapeSequences, Uniform
from shapeclf.errors import InputError
from shapeclf.evaluation.attainable import attainable_accuracy


def test_with_fixed_parameters_one_point_decides() -> None:
    assert attainable_accuracy(ShapeSequences(seed=3), 3, count=500).tolist() == [1, 1, 1]


def test_the_limit_of_fresh_parameters() -> None:
    fresh = ShapeSequences(parameters="fresh", x=Uniform(5, 15), noise=0.1)
    found = attainable_accuracy(fresh, 4, count=20_000)
    # Four standard errors of 20,000 sequences.
    np.testing.assert_allclose(found, [0.785, 0.895, 0.920, 0.929], atol=0.012)


def test_an_odd_count_is_drawn_exactly() -> None:
    fresh = ShapeSequences(parameters="fresh", noise=0.1)
    found = attainable_accuracy(fresh, 1, count=1001)
    assert found[0] * 1001 == pytest.approx(round(found[0] * 1001))


def test_a_missing_exact_reference_is_reported() -> None:
    bent = Family("bent", "y = k·x^a + b", lambda x, a: x**a, shape={"a": Uniform(1, 2)})
    with pytest.raises(InputError, match="no exact reference exists"):
        attainable_accuracy(ShapeSequences([bent], parameters="fresh"), 2, count=10)
