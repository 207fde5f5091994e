from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from shapeclf.datasets import LINE, PARABOLA, SQRT, Family, LogUniform, ShapeSequences, Uniform
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.sequences import Parameters
from shapeclf.errors import InputError
from shapeclf.evaluation.exact import attainable_accuracy, exact_posterior, has_exact_reference

# The range of x is the same for all families, so that x alone reveals nothing about the family.
SAME_X = ShapeSequences(parameters="fresh", x=Uniform(5, 15), noise=0.1, points=32, batch_size=2000, split="test")


class Scores(NamedTuple):
    """One number for each sequence and number of points, each of shape (batch, points)."""

    right: FloatArray
    nll: FloatArray
    top: FloatArray
    entropy: FloatArray


@cache
def batch_scores(sequences: ShapeSequences, index: int) -> Scores:
    batch = sequences.batch(index)
    answers = exact_posterior(sequences, batch.points)
    shares = np.exp(answers)
    true = np.take_along_axis(answers, batch.labels[:, None, None], axis=-1)[..., 0]
    entropy = -np.where(shares > 0, shares * np.maximum(answers, -1e9), 0.0).sum(axis=-1)
    right = (answers.argmax(axis=-1) == batch.labels[:, None]).astype(np.float64)
    return Scores(right, -true, shares.max(axis=-1), entropy)


def scores(sequences: ShapeSequences, batches: int) -> Scores:
    parts = [batch_scores(sequences, index) for index in range(batches)]
    return Scores(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def assert_within_sampling_error(values: FloatArray, expected: list[float], drawn: float = np.inf) -> None:
    """Check that means over the batch differ from ``expected`` by less than four standard errors plus rounding.

    Args:
        values: Shape (batch, numbers).
        expected: Their means, rounded to three decimals.
        drawn: Number of sequences from which ``expected`` was estimated; infinite if it is exact.
    """
    error = values.std(axis=0) * np.sqrt(1 / len(values) + 1 / drawn)
    assert (np.abs(values.mean(axis=0) - expected) < 4 * error + 0.0006).all(), values.mean(axis=0)


@pytest.mark.parametrize(
    ("sequences", "points", "accuracy", "nll"),
    [
        pytest.param(
            SAME_X,
            [1, 2, 3, 4, 8, 16, 32],
            [0.784, 0.893, 0.920, 0.929, 0.940, 0.947, 0.951],
            [0.478, 0.271, 0.218, 0.196, 0.168, 0.149, 0.132],
            id="noise 0.1, the same x for all",
        ),
        pytest.param(
            replace(SAME_X, noise=0.0, points=4),
            [1, 2, 3, 4],
            [0.785, 0.945, 1.0, 1.0],
            [0.475, 0.173, 0.0, 0.0],
            id="no noise, the same x for all",
        ),
        pytest.param(
            replace(SAME_X, x=None, noise=0.0, points=4),
            [1, 2, 3, 4],
            [0.846, 0.977, 1.0, 1.0],
            [0.391, 0.0945, 0.0, 0.0],
            id="no noise, the default ranges",
        ),
    ],
)
def test_measured_limits(sequences: ShapeSequences, points: list[int], accuracy: list[float], nll: list[float]) -> None:
    found = scores(sequences, 6)
    at = np.array(points) - 1
    assert_within_sampling_error(found.right[:, at], accuracy, 20_000)
    assert_within_sampling_error(found.nll[:, at], nll, 20_000)


@pytest.mark.parametrize(
    "sequences",
    [
        pytest.param(SAME_X, id="noise 0.1"),
        pytest.param(replace(SAME_X, x=None), id="the default ranges"),
        pytest.param(replace(SAME_X, noise=0.0, points=3), id="no noise"),
        pytest.param(replace(SAME_X, noise=1e-4, points=256, batch_size=200), id="noise 1e-4, 256 points"),
        pytest.param(
            replace(SAME_X, noise=10.0, points=256, batch_size=200), id="noise 10, 256 points", marks=pytest.mark.slow
        ),
        pytest.param(replace(SAME_X, parameters="fixed", noise=2.0, seed=3, points=8), id="fixed parameters"),
    ],
)
def test_probabilities_are_calibrated(sequences: ShapeSequences) -> None:
    found = scores(sequences, 2)
    assert_within_sampling_error(found.right - found.top, [0.0] * found.top.shape[1])
    assert_within_sampling_error(found.nll - found.entropy, [0.0] * found.top.shape[1])


@pytest.mark.parametrize("noise", [0.0, 1e-4, 0.1, 10.0])
@pytest.mark.parametrize("x", [None, Uniform(5, 15)], ids=["own x", "same x"])
def test_log_probabilities_normalise(x: Uniform | None, noise: float) -> None:
    sequences = replace(SAME_X, x=x, noise=noise, batch_size=100)
    answers = exact_posterior(sequences, sequences.batch(0).points)
    assert answers.shape == (100, 32, 3)
    np.testing.assert_allclose(np.exp(answers).sum(axis=-1), 1, rtol=1e-12)


@pytest.mark.parametrize("noise", [1e-4, 0.1, 10.0])
@pytest.mark.parametrize("parameters", ["fixed", "fresh"])
def test_order_of_points_does_not_change_the_last_answer(parameters: Parameters, noise: float) -> None:
    sequences = replace(SAME_X, parameters=parameters, x=None, noise=noise, batch_size=200)
    points = sequences.batch(0).points
    order = np.random.default_rng(0).permutation(points.shape[1])
    forward, shuffled = exact_posterior(sequences, points), exact_posterior(sequences, points[:, order])
    np.testing.assert_allclose(np.exp(forward[:, -1]), np.exp(shuffled[:, -1]), atol=1e-6)


def test_an_answer_depends_on_its_prefix_alone_and_on_no_other_sequence() -> None:
    sequences = replace(SAME_X, batch_size=700)
    points = sequences.batch(0).points
    answers = exact_posterior(sequences, points)
    np.testing.assert_allclose(exact_posterior(sequences, points[:, :5]), answers[:, :5], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(exact_posterior(sequences, points[650:651]), answers[650:651], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("points", [3, 4, 64], ids="{} points".format)
def test_exact_points_always_decide_for_the_true_family(points: int) -> None:
    sequences = replace(SAME_X, noise=0.0, points=points, batch_size=40_000 // points)
    found = scores(sequences, 4)
    assert (found.nll[:, 2:] == 0).all()


@pytest.mark.slow
def test_exact_points_decide_in_a_million_sequences() -> None:
    sequences = replace(SAME_X, x=None, noise=0.0, points=4, batch_size=10_000)
    for index in range(100):
        batch = sequences.batch(index)
        answers = exact_posterior(sequences, batch.points)[:, 2:]
        assert (np.take_along_axis(answers, batch.labels[:, None, None], axis=-1) == 0).all()


def test_the_limit_of_small_noise_is_no_noise() -> None:
    sequences = replace(SAME_X, noise=0.0, points=2)
    points = sequences.batch(0).points
    without, small = (np.exp(exact_posterior(replace(sequences, noise=noise), points)) for noise in (0.0, 1e-9))
    assert np.quantile(np.abs(without - small), 0.99) < 1e-5


@pytest.mark.parametrize("seed", range(8))
def test_one_point_decides_for_fixed_parameters(seed: int) -> None:
    found = scores(ShapeSequences(parameters="fixed", points=8, seed=seed, split="test"), 2)
    assert (found.nll == 0).all()


def test_fixed_parameters_with_noise_have_the_normal_likelihood() -> None:
    values = {"line": {"k": 0.5, "b": 1.0}, "sqrt": {"k": 2.0, "b": 0.5}}
    sequences = ShapeSequences((LINE, SQRT), parameters=values, noise=0.7)
    points = np.array([[[9.0, 6.0], [6.0, 4.6], [12.0, 7.1]]])
    x, y = points[0].T
    # The densities of x: 1/10 and 1/5, and 0 for a root beyond 10.
    line = np.cumsum(np.log(0.1) - (y - 0.5 * x - 1) ** 2 / (2 * 0.49))
    root = np.cumsum(np.log(0.2) - (y - 2 * np.sqrt(x) - 0.5) ** 2 / (2 * 0.49))
    root[2] = -np.inf
    expected = np.stack([line, root], axis=-1) - np.logaddexp(line, root)[:, None]
    np.testing.assert_allclose(exact_posterior(sequences, points)[0], expected, atol=1e-12)


def test_fixed_shape_parameters_are_known_too() -> None:
    power = Family("power", "y = k·x^a + b", lambda x, a: x**a, shape={"a": Uniform(1.5, 3.0)})
    sequences = ShapeSequences((LINE, power), parameters="fixed", noise=0.1)
    assert has_exact_reference(sequences)
    assert np.isfinite(exact_posterior(sequences, sequences.batch(0).points)).any(axis=-1).all()


@pytest.mark.parametrize("noise", [0.0, 0.1])
@pytest.mark.parametrize("parameters", ["fixed", "fresh"])
def test_x_outside_a_family_s_range_excludes_it_from_there_on(parameters: Parameters, noise: float) -> None:
    sequences = replace(SAME_X, parameters=parameters, x=None, noise=noise, families=(PARABOLA, SQRT), points=3)
    x = np.array([7.0, 12.0, 8.0])
    values = (sequences.fixed_parameters or {"parabola": {"k": 0.04, "b": 1.0}})["parabola"]
    answers = exact_posterior(sequences, np.stack([x, PARABOLA.curve(x, **values)], axis=-1)[None])
    assert np.isneginf(answers[0, 1:, 1]).all()
    assert (answers[0, 1:, 0] == 0).all()


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_points_that_no_family_can_produce_have_no_posterior(noise: float) -> None:
    sequences = replace(SAME_X, noise=noise)
    answers = exact_posterior(sequences, np.array([[[7.0, 3.0], [-4.0, 3.0], [8.0, 3.5]]]))
    assert np.isfinite(answers[0, 0]).all()
    assert np.isnan(answers[0, 1:]).all()


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_a_wider_prior_of_the_same_curve_has_the_smaller_evidence(noise: float) -> None:
    wide = Family("wide", "y = k·x + b", LINE.basis, k=Uniform(-1, 1), b=Uniform(-10, 10))
    sequences = replace(SAME_X, families=(LINE, wide), noise=noise, points=8)
    x = np.array([6.0, 8.0, 9.0, 14.0])
    answers = exact_posterior(sequences, np.stack([x, 0.5 * x + 2.5], axis=-1)[None])
    np.testing.assert_allclose(np.exp(answers[0, -1]), [8 / 9, 1 / 9], rtol=1e-9)


def test_a_point_that_one_family_predicts_exactly_decides() -> None:
    sequences = ShapeSequences((LINE, PARABOLA), parameters="fresh", x=Uniform(-10, 10))
    answers = exact_posterior(sequences, np.array([[[3.0, 4.0], [-3.0, 4.0]]]))
    assert np.isfinite(answers[0, 0]).all()
    assert answers[0, 1].tolist() == [-np.inf, 0.0]


def test_a_repeated_point_changes_nothing() -> None:
    sequences = replace(SAME_X, noise=0.0)
    answers = exact_posterior(sequences, np.array([[[6.0, 4.0], [6.0, 4.0], [6.0, 4.0]]]))
    np.testing.assert_allclose(answers[0, 1:], answers[0, :1].repeat(2, axis=0), rtol=1e-12)


@pytest.mark.parametrize(
    ("sequences", "message"),
    [
        pytest.param(
            replace(
                SAME_X,
                families=(LINE, Family("power", "y = k·x^a + b", lambda x, a: x**a, shape={"a": Uniform(2, 3)})),
            ),
            r"no exact reference exists for these sequences: family 'power' has shape parameters \(a\)",
            id="shape parameters",
        ),
        pytest.param(
            replace(SAME_X, families=(LINE, Family("any", "y = k·x² + b", PARABOLA.basis, k=LogUniform(0.1, 10)))),
            r"no exact reference exists .* family 'any' has a prior of k that is not uniform, LogU\(0.1, 10\)",
            id="k not uniform",
        ),
        pytest.param(
            replace(SAME_X, families=(LINE, Family("any", "y = k·x² + b", PARABOLA.basis, b=LogUniform(0.1, 10)))),
            r"family 'any' has a prior of b that is not uniform",
            id="b not uniform",
        ),
    ],
)
def test_no_approximation_is_called_exact(sequences: ShapeSequences, message: str) -> None:
    assert not has_exact_reference(sequences)
    with pytest.raises(InputError, match=message):
        exact_posterior(sequences, np.ones((1, 2, 2)))


def test_a_prior_of_x_without_known_density_has_no_exact_reference() -> None:
    class Triangle:
        support = (5.0, 6.0)

        def quantile(self, u: FloatArray) -> FloatArray:
            return 5 + np.sqrt(u)

        def record(self) -> dict[str, list[float]]:
            return {"triangle": [5.0, 6.0]}

    sequences = replace(SAME_X, x=Triangle())
    with pytest.raises(InputError, match=r"family 'line' has a prior of x whose density is not known"):
        exact_posterior(sequences, sequences.batch(0).points)


@pytest.mark.parametrize("noise", [0.0, 0.1])
@pytest.mark.parametrize(
    ("points", "message"),
    [
        pytest.param(
            np.ones((3, 2)), r"points must have the shape \(batch, points, 2\).*got \(3, 2\)", id="one axis less"
        ),
        pytest.param(np.ones((1, 0, 2)), r"got \(1, 0, 2\)", id="no point"),
        pytest.param(np.ones((1, 4, 3)), r"got \(1, 4, 3\)", id="three numbers a point"),
        pytest.param(np.full((1, 4, 2), np.nan), "points must be finite numbers", id="not a number"),
    ],
)
def test_bad_points_are_refused(points: FloatArray, message: str, noise: float) -> None:
    with pytest.raises(InputError, match=message):
        exact_posterior(replace(SAME_X, noise=noise), points)


def test_a_function_that_is_not_finite_is_refused() -> None:
    pole = Family("pole", "y = k/(x - 7) + b", lambda x: np.divide(1, x - 7, out=np.full_like(x, np.inf), where=x != 7))
    with pytest.raises(InputError, match="family 'pole': its function is not finite"):
        exact_posterior(replace(SAME_X, families=(LINE, pole)), np.array([[[7.0, 3.0]]]))


def test_no_sequences_give_no_answers() -> None:
    assert exact_posterior(SAME_X, np.empty((0, 4, 2))).shape == (0, 4, 3)


def test_with_fixed_parameters_one_point_attains_everything() -> None:
    assert attainable_accuracy(ShapeSequences(seed=3), 3, count=500).tolist() == [1, 1, 1]


def test_the_attainable_accuracy_of_fresh_parameters() -> None:
    fresh = ShapeSequences(parameters="fresh", x=Uniform(5, 15), noise=0.1)
    found = attainable_accuracy(fresh, 4, count=20_000)
    # Four standard errors of 20,000 sequences.
    np.testing.assert_allclose(found, [0.785, 0.895, 0.920, 0.929], atol=0.012)


def test_an_odd_count_is_drawn_exactly() -> None:
    fresh = ShapeSequences(parameters="fresh", noise=0.1)
    found = attainable_accuracy(fresh, 1, count=1001)
    assert found[0] * 1001 == pytest.approx(round(found[0] * 1001))


def test_there_is_no_attainable_accuracy_without_an_exact_reference() -> None:
    bent = Family("bent", "y = k·x^a + b", lambda x, a: x**a, shape={"a": Uniform(1, 2)})
    with pytest.raises(InputError, match="no exact reference exists"):
        attainable_accuracy(ShapeSequences([bent], parameters="fresh"), 2, count=10)
