import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeclf.datasets import EXPONENTIAL, LOGISTIC, POWER, QUADRATIC, SINE
from shapeclf.datasets._types import FloatArray
from shapeclf.recognition.fitting.frames import Frame, canonical_shape, derivative_steps, frame_of, in_units_of_x

X = np.array([7.0, 5.0, 25.0, 10.0])


@pytest.fixture(autouse=True)
def _ignore_overflow() -> Iterator[None]:
    """Ignore floating-point errors, as the callers in the package do."""
    with np.errstate(all="ignore"):
        yield


def test_the_frame_of_a_shift_invariant_family_begins_at_the_lowest_x() -> None:
    assert frame_of(QUADRATIC, X) == Frame(5.0, 20.0)
    assert frame_of(QUADRATIC, -X) == Frame(-25.0, 20.0)
    assert frame_of(QUADRATIC, np.array([3.0, 3.0])) == Frame(3.0, 1.0)


def test_the_frame_of_other_families_begins_at_zero() -> None:
    assert frame_of(POWER, X) == Frame(0.0, 25.0)
    assert frame_of(POWER, np.zeros(2)) == Frame(0.0, 1.0)


def test_rates_and_positions_of_the_frame_in_the_units_of_x() -> None:
    shape, origin = in_units_of_x(LOGISTIC, X, np.array([8.0, 0.25]), Frame(5.0, 20.0))
    assert (shape.tolist(), origin) == ([0.4, 10.0], 0.0)


@pytest.mark.parametrize(
    ("far", "expected"),
    [
        pytest.param(96.0, 0.0, id="exp(29)"),
        pytest.param(104.0, 100.0, id="exp(31), from a round number"),
        pytest.param(1e5, 1e5, id="beyond floating point"),
    ],
)
def test_k_changes_by_a_factor_of_at_most_ten_trillion(far: float, expected: float) -> None:
    shape, origin = in_units_of_x(EXPONENTIAL, np.array([far, far + 1, far + 10]), np.array([3.0]), Frame(far, 10.0))
    assert shape.tolist() == pytest.approx([0.3], rel=1e-15)
    assert origin == expected


def _sine(x: FloatArray, k: float, w: float, c: float) -> FloatArray:
    return k * np.sin(w * (x - c))


@given(
    k=st.sampled_from([-1.0, 1.0]),
    w=st.floats(0.1, 10).flatmap(lambda size: st.sampled_from([size, -size])),
    c=st.floats(-20, 20),
)
def test_a_sine_of_any_signs_has_a_positive_frequency_and_a_position_in_the_data(k: float, w: float, c: float) -> None:
    x = np.linspace(-2, 2, 30) + 40
    found = canonical_shape(SINE, x, np.array([w, c]), k)
    assert found[0] == abs(w)
    inside = 38 <= found[1] <= 42
    assert inside or found[0] < math.pi / 4  # less than half a period over the data
    assert abs(found[1] - 40) <= 2 * math.pi / found[0]
    either = [np.abs(sign * _sine(x, 1.0, *found) - _sine(x, k, w, c)).max() for sign in (1, -1)]
    assert min(either) < 1e-9
    if found[0] >= math.pi / 2:  # a whole period rises somewhere
        assert either[0] < 1e-9


def test_an_exponential_is_canonical_and_a_logistic_gets_a_positive_rate() -> None:
    shape = np.array([-3.0])
    assert canonical_shape(EXPONENTIAL, X, shape, -1.0) is shape
    assert canonical_shape(LOGISTIC, X, np.array([-3.0, 0.4]), 1.0).tolist() == [3.0, 0.4]


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_steps_follow_the_units(unit: float) -> None:
    steps = derivative_steps(LOGISTIC, X * unit, np.array([0.4 / unit, 10.0 * unit]))
    assert steps == pytest.approx((1e-6 / 20 / unit, 1e-6 * 20 * unit))
    assert derivative_steps(POWER, X * unit, np.array([-3.0])) == pytest.approx((3e-6,))
