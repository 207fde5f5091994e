import numpy as np
import pytest

from benchmarks.contenders import flattened, summaries
from benchmarks.early import POINTS, Result, accuracy_at, by_limit, by_threshold, features, series_of, without_rule

CERTAIN = [[0.6, 0.4]] + [[0.9, 0.1]] * (POINTS - 1)
UNDECIDED = [[0.45, 0.55]] * POINTS


def test_streams_stop_at_the_first_probable_family_or_are_answered_after_the_last_point() -> None:
    found = {result.setting: result for result in by_threshold(np.array([CERTAIN, UNDECIDED]), np.array([0, 1]))}
    assert found[0.5] == Result(0.5, 1.0, 1.0, 1.0)
    assert found[0.6] == Result(0.6, (1 + POINTS) / 2, 1.0, 0.5)
    assert found[0.8] == Result(0.8, (2 + POINTS) / 2, 1.0, 0.5)
    assert found[0.99] == Result(0.99, POINTS, 1.0, 0.0)


def test_streams_stop_at_the_limit_if_no_family_is_certain_before() -> None:
    found = by_limit(np.array([CERTAIN, [[0.995, 0.005]] * POINTS]), np.array([0, 1]))
    assert found[0] == Result(1, 1.0, 0.5, 1.0)
    assert found[7] == Result(8, 4.5, 0.5, 1.0)
    assert found[-1] == Result(POINTS, (1 + POINTS) / 2, 0.5, 0.5)


def test_without_a_rule_every_stream_stops_after_the_same_number_of_points() -> None:
    right_from_the_second = np.array([[[0.4, 0.6]] + [[0.6, 0.4]] * (POINTS - 1)])
    found = without_rule(right_from_the_second, np.array([0]))
    assert [result.points for result in found] == list(range(1, POINTS + 1))
    assert [result.accuracy for result in found] == [0.0] + [1.0] * (POINTS - 1)


@pytest.mark.parametrize(("points", "accuracy"), [(1, None), (2, 0.8), (3, 0.85), (4, 0.9), (5, None)])
def test_accuracy_is_interpolated_between_settings_only(points: float, accuracy: float | None) -> None:
    found = accuracy_at([Result(0.9, 4.0, 0.9), Result(0.5, 2.0, 0.8)], points)
    assert found == (None if accuracy is None else pytest.approx(accuracy))


@pytest.mark.parametrize("length", [1, 2, 3, 8])
def test_boosted_trees_see_the_points_that_the_series_were_made_of(length: int) -> None:
    points = np.random.default_rng(0).uniform(5, 15, (4, length, 2))
    expected = summaries(points) if length >= 3 else flattened(points)
    np.testing.assert_allclose(features(series_of(points)), expected, rtol=1e-6, atol=1e-6)
