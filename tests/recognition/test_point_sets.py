"""The answer to a finished set of points does not depend on the order of its rows."""

from typing import Any

import numpy as np
import pytest

from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.recognition import Recognizer
from shapeclf.recognition.point_sets import set_posteriors, sort_sets, trained_points


@pytest.fixture(scope="module")
def real() -> Recognizer:
    return Recognizer.load()


def _two_runs(noise: float = 0.05) -> FloatArray:
    """Return an exponential measured twice at the same x, one run after the other."""
    rng = np.random.default_rng(3)
    x = np.tile(0.8 * np.arange(16), 2)
    return np.stack([x, 5 * np.exp(-0.33 * x) + 1 + noise * rng.standard_normal(32)], axis=-1)


def test_the_order_of_rows_does_not_matter(real: Recognizer) -> None:
    points = _two_runs(0.15)
    rng = np.random.default_rng(0)
    expected = real.predict_proba([points])[0]
    assert real.classes_[expected.argmax()] == "exponential"
    for _ in range(5):
        shuffled = points[rng.permutation(32)]
        assert real.predict_proba([shuffled])[0].tolist() == expected.tolist()
        seen = real.recognize(*shuffled.T)
        assert seen.probabilities == pytest.approx(dict(zip(real.families, expected, strict=True)), abs=1e-6)


def _sets_with_ties(count: int) -> list[FloatArray]:
    """Return sets in which points share an x: with noise, with few different y, and with symmetric y."""
    rng = np.random.default_rng(5)
    sets = []
    for index in range(count):
        x = rng.integers(1, 5, int(rng.integers(4, 15))).astype(np.float64)
        y = x + rng.standard_normal(len(x)) if index % 2 else np.floor(4 * rng.random(len(x)))
        x, y = (x, y) if index % 3 else (np.tile(x, 2), np.concatenate([y, -y]))
        sets.append(np.stack([x, y], axis=-1))
    return sets


@pytest.mark.parametrize(
    ("factors", "offset"),
    [
        pytest.param([1.0, 1.0], 0.0, id="order of rows"),
        pytest.param([1.0, -1.0], 0.0, id="sign of y"),
        pytest.param([1.0, -1.0], 7000.0, id="sign and offset of y"),
        pytest.param([3.7e-3, -1.9e5], 0.0, id="units and sign"),
    ],
)
def test_readings_at_equal_x_are_answered_alike_in_any_order_unit_and_sign(
    real: Recognizer, factors: list[float], offset: float
) -> None:
    sets, rng = _sets_with_ties(60), np.random.default_rng(0)
    changed = [rng.permutation(points) * factors + [0.0, offset] for points in sets]
    np.testing.assert_allclose(real.predict_proba(changed), real.predict_proba(sets), atol=1e-5)


def test_equal_x_are_treated_alike_under_a_change_of_sign(real: Recognizer) -> None:
    points = _two_runs(0.3)
    there, back = real.predict_proba([points, points * [1.0, -1.0]])
    np.testing.assert_allclose(there, back, atol=1e-5)


def test_the_posterior_after_each_point_is_that_of_the_given_order(real: Recognizer) -> None:
    points = _two_runs()[::-1]
    seen = real.recognize(*points.T)
    np.testing.assert_allclose(seen.posterior[-1], real.posteriors(points, np.array([32]))[0], atol=1e-6)
    stream = real.stream()
    for after, point in zip(seen.posterior[:-1], points, strict=False):
        np.testing.assert_allclose(after, stream.update(*point), atol=1e-4)
    assert seen.probability == max(seen.probabilities.values())
    assert seen.probabilities[seen.family] == seen.probability
    assert seen.to_dict()["posterior"] == {name: seen.probabilities[name] for name in real.families}
    assert seen.first(32).probability == seen.posterior[-1].max()  # as after these points


def test_answers_to_many_sets_equal_single_answers(real: Recognizer) -> None:
    rng = np.random.default_rng(1)
    sets = [
        _two_runs(),
        rng.random((7, 2)),
        np.repeat(rng.random((5, 2)), 3, axis=0),
        _two_runs(0.2),
        rng.random((400, 2)),
    ]
    together = real.predict_proba(sets)
    for answer, points in zip(together, sets, strict=True):
        np.testing.assert_allclose(answer, real.predict_proba([points])[0], atol=1e-6)


def _recording(calls: list[tuple[FloatArray, IntArray]]) -> Any:
    def posteriors(points: FloatArray, lengths: IntArray) -> FloatArray:
        calls.append((points, lengths))
        return np.full((len(lengths), 2), 0.5)

    return posteriors


def test_only_symmetric_sets_with_ties_are_answered_twice() -> None:
    calls: list[tuple[FloatArray, IntArray]] = []
    untied = [[2.0, 1.0], [1.0, 5.0], [1.0, 5.0]]
    symmetric = [[3.0, 0.0], [3.0, 4.0], [2.0, 2.0]]
    skewed = [[3.0, 0.0], [3.0, 4.0], [2.0, 1.0]]
    points = np.array([*untied, *symmetric, *skewed])
    answers = set_posteriors(_recording(calls), *sort_sets(points, np.array([3, 3, 3]), None))
    assert answers.shape == (3, 2)
    assert [lengths.tolist() for _, lengths in calls] == [[3, 3, 3], [3]]
    assert calls[0][0][:3].tolist() == [[1.0, 5.0], [1.0, 5.0], [2.0, 1.0]]
    orders = calls[0][0][3:6].tolist(), calls[1][0].tolist()
    assert all(order[0] == [2.0, 2.0] for order in orders)
    assert orders[0][1:] == orders[1][:0:-1]
    set_posteriors(_recording(calls), *sort_sets(points[:3], np.array([3]), None))
    assert len(calls) == 3


@pytest.mark.parametrize(
    "y",
    [
        pytest.param([0.0, 1e-320, 0.0, 3.0], id="subnormal"),
        pytest.param([1.7e308, -1.7e308, 1.7e308, 0.0], id="large"),
        pytest.param([1.0, np.nextafter(1.0, 2.0), 1.0, 1.0], id="neighbours"),
        pytest.param([0.0, 5e-324, 0.0, 0.0], id="smallest"),
    ],
)
def test_the_sign_of_extreme_values_is_found_without_a_warning(y: list[float]) -> None:
    calls: list[tuple[FloatArray, IntArray]] = []
    points = np.stack([[1.0, 1.0, 2.0, 3.0], y], axis=-1)
    for sign in (1.0, -1.0):
        set_posteriors(_recording(calls), *sort_sets(points * [1.0, sign], np.array([4]), None))
    there, back = np.split(np.array([order for order, _ in calls]), 2)  # each has one order, or two if y is symmetric
    assert sorted((there * [1.0, -1.0]).tolist()) == sorted(back.tolist())


def test_neighbours_of_a_long_set_are_averaged() -> None:
    x = np.arange(10.0)[::-1] + 1e9
    long = np.stack([x, x % 2], axis=-1)
    short = np.array([[5.0, 1.0], [4.0, 2.0]])
    points, lengths = sort_sets(np.concatenate([long, short]), np.array([10, 2]), 4)
    assert lengths.tolist() == [4, 2]
    assert points[:4, 0].tolist() == [1e9 + 0.5, 1e9 + 3, 1e9 + 5.5, 1e9 + 8]
    assert points[:4, 1].tolist() == pytest.approx([0.5, 1 / 3, 0.5, 2 / 3])
    assert points[4:].tolist() == [[4.0, 2.0], [5.0, 1.0]]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param({"settings": {"sequences": {"points": [3, 256]}}}, 256, id="range"),
        pytest.param({"settings": {"sequences": {"points": 32}}}, 32, id="one"),
        pytest.param({"settings": {"sequences": {"points": "many"}}}, None, id="text"),
        pytest.param({"settings": {"sequences": {"points": [3, 1e9]}}}, None, id="no whole number"),
        pytest.param({"settings": {"sequences": {"points": []}}}, None, id="empty"),
        pytest.param({"settings": [1]}, None, id="list"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_trained_points(record: object, expected: int | None) -> None:
    assert trained_points(record) == expected


def test_values_too_small_for_the_coordinates_count_as_the_first_one(real: Recognizer) -> None:
    """The tail of an exact Gaussian: differences of 1e-183 beside a peak of 1."""
    x = np.linspace(-30.0, 30.0, 61)
    y = np.exp(-0.5 * x**2)
    rounded = np.where(y < 1e-12, 0.0, np.round(y, 12))
    exact, shorter = np.stack([x, y], axis=1), np.stack([x, rounded], axis=1)
    assert 0 < np.abs(np.diff(y)).min() < 1e-180
    np.testing.assert_allclose(real.predict_proba([exact]), real.predict_proba([shorter]), atol=1e-6)
    np.testing.assert_allclose(real.recognize(x, y).posterior, real.recognize(x, rounded).posterior, atol=1e-6)
