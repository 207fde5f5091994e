import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmarks.stopping import first_reaching, stopping
from shapeclf.datasets import LINE, ShapeSequences, Uniform
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.errors import InputError
from shapeclf.evaluation.exact import exact_posterior

FRESH = ShapeSequences(parameters="fresh", points=(1, 24), x=Uniform(5, 15), noise=0.1, batch_size=200, split="test")


@given(
    shares=arrays(np.float64, (3, 5, 2), elements=st.floats(0.01, 1.0)),
    lengths=arrays(np.int64, 3, elements=st.integers(1, 5)),
    probability=st.floats(0.4, 1.0),
)
def test_the_first_probable_point_is_found(shares: np.ndarray, lengths: np.ndarray, probability: float) -> None:
    posterior = shares / shares.sum(axis=-1, keepdims=True)
    ends, points, family = first_reaching(posterior, lengths, probability)
    for row in range(3):
        naive = next((n for n in range(lengths[row]) if posterior[row, n].max() >= probability), None)
        assert ends[row] == (naive is not None)
        if naive is not None:
            assert points[row] == naive + 1
            assert family[row] == posterior[row, naive].argmax()


@pytest.mark.parametrize("probability", [0.8, pytest.param(0.95, marks=pytest.mark.slow), 0.99], ids=str)
def test_the_exact_posterior_errs_no_more_often_than_its_probabilities_say(probability: float) -> None:
    found = stopping(None, FRESH, probability, streams=2000)
    assert found.wrong <= 1 - probability + 4 * max(found.standard_error, 1e-3)
    assert 0 < found.decided[-1] <= 1
    assert np.all(np.diff(found.decided) >= 0)


def test_stopping_figures_are_those_of_a_naive_loop() -> None:
    found = stopping(None, FRESH, 0.9, streams=300)
    wrong, points = [], []
    for batch in FRESH.batches(300):
        posterior = np.exp(exact_posterior(FRESH, batch.points))
        for answers, length, label in zip(posterior, batch.lengths, batch.labels, strict=True):
            for n in range(length):
                if answers[n].max() >= 0.9:
                    wrong.append(answers[n].argmax() != label)
                    points.append(n + 1)
                    break
    assert found.wrong == pytest.approx(np.mean(wrong))
    assert found.mean_points == pytest.approx(np.mean(points))
    assert found.decided[-1] == pytest.approx(len(points) / 300)


def test_streams_that_never_end_have_no_mean() -> None:
    same_x = ShapeSequences(parameters="fresh", points=1, x=Uniform(5, 5.01), noise=100.0, batch_size=20)
    found = stopping(None, same_x, 0.99, streams=20)
    assert (found.decided[-1], found.wrong) == (0, 0)
    assert np.isnan(found.mean_points)


@pytest.mark.parametrize("probability", [0.0, 1.1], ids=["zero", "above-one"])
def test_an_invalid_probability_is_refused(probability: float) -> None:
    with pytest.raises(InputError, match=r"^probability must be above 0 and at most 1, got "):
        stopping(None, FRESH, probability)


def test_experiments_have_no_exact_posterior() -> None:
    with pytest.raises(InputError, match=r"^experiments have no exact posterior$"):
        stopping(None, ExperimentSequences([LINE], points=4), 0.9)
