import numpy as np
import pytest
from scipy.integrate import quad

from shapeclf.datasets import LINE, PARABOLA, SQRT, Family, LogUniform, ShapeSequences, Uniform
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.sequences import Parameters
from shapeclf.errors import InputError
from shapeclf.evaluation.leak import leak, x_log_density, x_posterior


def test_the_default_ranges_of_x_leak() -> None:
    # A square root is always classified as one. A line or parabola is classified as a square root while all x are below
    # 10, and is otherwise a random guess.
    expected = [(1 + (1 - 0.5**n)) / 3 for n in range(1, 5)]
    np.testing.assert_allclose(leak(ShapeSequences(), 4), expected, atol=0.005)


@pytest.mark.parametrize("parameters", ["fixed", "fresh"])
def test_the_same_x_for_all_leaks_nothing(parameters: Parameters) -> None:
    sequences = ShapeSequences(parameters=parameters, x=Uniform(5, 15), noise=0.1)
    np.testing.assert_allclose(leak(sequences, 5, count=50), 1 / 3, rtol=1e-12)


def test_leakage_is_measured_for_families_without_exact_reference_too() -> None:
    power = Family("power", "y = k·x^a + b", lambda x, a: x**a, x=Uniform(20, 30), shape={"a": Uniform(0.5, 2)})
    assert leak(ShapeSequences((LINE, power), parameters="fresh"), 2, count=100).tolist() == [1.0, 1.0]


def test_posterior_from_x_by_hand() -> None:
    points = np.array([[[7.0, 1e9], [12.0, 0.0]]])
    answers = np.exp(x_posterior(ShapeSequences(), points))
    np.testing.assert_allclose(answers[0], [[0.25, 0.25, 0.5], [0.5, 0.5, 0.0]])


def test_x_of_no_family_have_no_posterior() -> None:
    assert np.isnan(x_posterior(ShapeSequences(), np.zeros((1, 1, 2)))).all()


@pytest.mark.parametrize("prior", [Uniform(-3, 4), LogUniform(0.2, 30), LogUniform(-30, -0.2)], ids=str)
def test_densities_integrate_to_one_over_their_support(prior: Uniform | LogUniform) -> None:
    low, high = prior.support
    mass, _ = quad(lambda x: float(np.exp(x_log_density(prior, np.array([x]))[0])), low, high)
    assert mass == pytest.approx(1, abs=1e-8)
    assert np.isneginf(x_log_density(prior, np.array([low - 0.001, high + 0.001]))).all()


@pytest.mark.parametrize(
    "prior", [Uniform(0.1, 0.7), Uniform(-1e6, 0.3), LogUniform(1e-3, 7), LogUniform(-7, -1e-3)], ids=str
)
def test_no_draw_lies_outside_its_support(prior: Uniform | LogUniform) -> None:
    ends: FloatArray = prior.quantile(np.array([0.0, 1 - 2**-53]))
    assert np.isfinite(x_log_density(prior, ends)).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"points": 0}, "points must be from 1 up, got 0"), ({"count": 0}, "count must be from 1 up, got 0")],
    ids=["points", "count"],
)
def test_numbers_below_one_are_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        leak(ShapeSequences((LINE, PARABOLA, SQRT)), **arguments)
