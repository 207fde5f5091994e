"""Scatter that does not depend on x is a constant, and a law is not."""

import math

import numpy as np
import pytest
from scipy import stats

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.recognition import Recognizer, recognize_groups
from shapeclf.recognition.constancy import constant_sets
from shapeclf.recognition.verdicts import verdict


@pytest.fixture(scope="module")
def real() -> Recognizer:
    return Recognizer.load()


def is_constant(points: FloatArray) -> bool:
    return bool(constant_sets(points, np.array([len(points)]))[0])


def _scatter(points: int, seed: int) -> FloatArray:
    rng = np.random.default_rng([points, seed])
    x = np.arange(points) if seed % 2 else np.sort(rng.random(points))
    return np.stack([x, 5 + 0.05 * rng.standard_normal(points)], axis=-1)


@pytest.mark.parametrize("points", [8, 12, 20, 60])
def test_noise_is_classified_as_a_law_at_the_significance_level(points: int) -> None:
    laws = sum(not is_constant(_scatter(points, seed)) for seed in range(300))
    most: float = stats.binom.ppf(0.999, 300, 0.01)  # 3 are expected; more than this occur once in a thousand times
    assert laws <= most


def test_noise_with_unequal_error_bars_is_classified_as_a_law_at_the_significance_level() -> None:
    rng = np.random.default_rng(7)
    errors = np.exp(rng.uniform(-2, 2, (300, 20)))
    y = 5 + errors * rng.standard_normal((300, 20))
    sets = np.stack([np.broadcast_to(np.arange(20.0), y.shape), y, errors], axis=-1)
    most: float = stats.binom.ppf(0.999, 300, 0.02)  # the simulated level is for equal errors
    assert np.sum(~constant_sets(sets.reshape(-1, 3), np.full(300, 20))) <= most


def test_error_bars_decide_which_readings_count() -> None:
    rng = np.random.default_rng(1)
    x, errors = np.arange(24.0), np.where(np.arange(24) % 4, 0.01, 10.0)
    y = 0.01 * x + errors * rng.standard_normal(24)
    assert is_constant(np.stack([x, y], axis=-1))
    assert is_constant(np.stack([x, y, np.where(x == 3, 0.0, errors)], axis=-1))  # one is not known
    assert not is_constant(np.stack([x, y, errors], axis=-1))
    assert not is_constant(np.stack([x, y, 1e200 * errors], axis=-1))


@pytest.mark.parametrize("points", [20, 60])
def test_laws_are_not_classified_as_constant(real: Recognizer, points: int) -> None:
    batch = ExperimentSequences(BUILT_IN, points=points, batch_size=200, seed=4).batch(0)
    answers = real.set_posteriors(batch.points.reshape(-1, 2), batch.lengths)
    constant = answers[:, -1] == 1
    assert constant[batch.labels < len(BUILT_IN)].mean() < 0.02


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        pytest.param([5.0] * 10, True, id="equal"),
        pytest.param([0.3] * 3, True, id="three equal"),
        pytest.param([0.3] * 2, False, id="two equal"),
        pytest.param([1e300] * 4, True, id="large"),
        pytest.param([0.0] * 4, True, id="zero"),
        pytest.param([1.0, 2.1, 2.9, 4.2], False, id="few"),
        pytest.param([2.0 * x + 1 for x in range(10)], False, id="line"),
        pytest.param([math.sin(x) for x in range(30)], False, id="sine"),
    ],
)
def test_constant_and_other_readings(y: list[float], expected: bool) -> None:
    assert is_constant(np.stack([np.arange(len(y)), y], axis=-1)) is expected


def test_one_x_has_no_information() -> None:
    rng = np.random.default_rng(0)
    assert not is_constant(np.stack([np.full(12, 2.0), rng.standard_normal(12)], axis=-1))


def test_a_million_readings_are_tested_on_their_means() -> None:
    assert is_constant(_scatter(1_000_000, 0))
    assert not is_constant(_scatter(1_000_000, 1) + np.linspace(0, [0, 0.01], 1_000_000))


def test_a_constant_is_answered_with_its_mean(real: Recognizer) -> None:
    points = _scatter(20, 3)
    seen = real.recognize(*points.T)
    assert (seen.family, seen.probability, seen.verdict) == ("constant", 1.0, "constant: y does not depend on x")
    assert seen.parameters == {"b": pytest.approx(points[:, 1].mean(), rel=1e-12)}
    error = float(points[:, 1].std(ddof=1) / math.sqrt(20))
    assert seen.standard_errors == {"b": pytest.approx(error, rel=1e-12)}
    assert seen.covariance is not None
    assert seen.covariance.tolist() == [[pytest.approx(error**2)]]
    assert seen.equation is not None
    assert abs(float(seen.equation.removeprefix("y = ")) - seen.parameters["b"]) < 0.005
    assert seen.to_dict()["posterior"] == {name: float(name == "constant") for name in real.classes}
    assert seen.fit is not None
    band = seen.fit.band([0.5])
    assert band is not None
    assert (band[1] - band[0])[0] == pytest.approx(2 * stats.t.ppf(0.975, 19) * error)
    assert real.predict([points]).tolist() == ["constant"]


def test_a_constant_among_groups(real: Recognizer) -> None:
    from shapeclf.datasets.groups import GroupChunk

    points = [_scatter(20, 3), _scatter(20, 5) * [1, 0], np.stack([np.arange(9.0), np.arange(9.0)], axis=-1)]
    (answers,) = recognize_groups(real, [GroupChunk(list("abc"), np.concatenate(points), np.array([20, 20, 9]))])
    rows = list(answers.rows())
    assert [row["family"] for row in rows] == ["constant", "constant", "line"]
    assert rows[0]["parameters"] == real.recognize(*points[0].T).parameters
    assert rows[1]["equation"] == "y = 0"
    assert answers.columns()["p_constant"].tolist() == [1, 1, 0]


def test_a_weighted_constant(real: Recognizer) -> None:
    points = _scatter(20, 3)
    errors = np.linspace(0.03, 0.09, 20)
    fit = real.recognize(points[:, 0], points[:, 1], errors).fit
    assert fit is not None
    assert fit.parameters["b"] == pytest.approx(np.average(points[:, 1], weights=errors**-2))
    assert fit.standard_errors["b"] == pytest.approx(np.sum(errors**-2) ** -0.5)
    assert fit.chi_squared == pytest.approx(np.sum(((points[:, 1] - fit.parameters["b"]) / errors) ** 2))


def test_constant_is_a_class_only_if_all_families_are_considered(real: Recognizer) -> None:
    assert real.classes == (*real.families, "constant")
    assert real.classes_.tolist() == list(real.classes)
    fewer = real.restricted(["line", "none"])
    assert fewer.classes == fewer.families == ("line", "none")
    assert fewer.recognize(*_scatter(20, 3).T).family == "none"
    assert Recognizer.load("fresh").classes == ("line", "parabola", "sqrt")


def test_too_few_points_to_tell(real: Recognizer) -> None:
    seen = real.recognize([1, 2, 3], [2.1, 3.9, 6.1])
    assert (seen.verdict, seen.equation) == ("too few points to tell", None)
    assert verdict({"line": 0.51, "none": 0.49}, points=4).startswith("unsure: a line")
    assert verdict({"line": 0.5, "none": 0.3, "sine": 0.2}, points=4) == "too few points to tell"
    assert verdict({"line": 0.5, "none": 0.3, "sine": 0.2}, points=5).startswith("probably a line")
