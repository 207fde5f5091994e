"""Tallies against naive counting."""

import numpy as np
import pytest

from shapeclf.errors import InputError
from shapeclf.evaluation.tally import BINS, Tally


def _answers(count: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    scores = generator.normal(size=(count, 3, 4))
    log_probabilities = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return log_probabilities, generator.integers(4, size=count)


def test_batch_by_batch_equals_naive_counting() -> None:
    answers, labels = _answers(500)
    tally = Tally(3, 4)
    for part in (slice(0, 200), slice(200, 500)):
        tally.add(answers[part], labels[part])
    for points in range(3):
        right = [int(a[points].argmax()) == label for a, label in zip(answers, labels, strict=True)]
        assert tally.accuracy[points] == np.mean(right)
        np.testing.assert_allclose(
            tally.nll[points], -np.mean([a[points][k] for a, k in zip(answers, labels, strict=True)])
        )
        top = np.exp(answers[:, points].max(axis=-1))
        error = 0.0
        for low in range(BINS):
            inside = (top >= low / BINS) & (top < (low + 1) / BINS)
            if inside.any():
                error += inside.mean() * abs(np.mean(np.array(right)[inside]) - top[inside].mean())
        np.testing.assert_allclose(tally.calibration_error[points], error)
    assert tally.confusion.sum() == 500
    assert tally.confusion[2, 3] == sum(
        label == 2 and a[-1].argmax() == 3 for a, label in zip(answers, labels, strict=True)
    )


def test_a_probability_of_one_falls_into_the_last_bin() -> None:
    tally = Tally(1, 2)
    tally.add(np.array([[[0.0, -np.inf]]]), np.array([0]))
    assert tally.reliability[0, 0, -1] == 1
    assert tally.calibration_error[0] == 0


def test_a_probability_that_is_nan_is_refused() -> None:
    answers, labels = _answers(5)
    answers[3, 1, 2] = np.nan
    with pytest.raises(InputError, match=r"^no probabilities can be computed: .* too large or too small"):
        Tally(3, 4).add(answers, labels)
