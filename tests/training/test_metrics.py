"""Accuracy and NLL by number of points against loops over sequences and points."""

import math
from typing import NamedTuple

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from shapeclf.training.metrics import AccuracyByPoints, MeanNLLByPoints, nll_of_points, real_points

POINTS = 6


class Answers(NamedTuple):
    log_probabilities: Tensor
    labels: Tensor
    lengths: Tensor


def answers_of(batch: int, seed: int, shortest: int = 1) -> Answers:
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(batch, POINTS, 3, generator=generator)
    labels = torch.randint(3, (batch,), generator=generator)
    lengths = torch.randint(shortest, POINTS + 1, (batch,), generator=generator)
    return Answers(torch.log_softmax(scores, -1), labels, lengths)


def naive(answers: Answers) -> tuple[list[float], list[float]]:
    """Return accuracy and mean NLL after each number of points."""
    accuracy, nll = [], []
    for point in range(POINTS):
        right, total, count = 0, 0.0, 0
        for logs, label, length in zip(*(values.tolist() for values in answers), strict=True):
            if point < length:
                count += 1
                right += max(range(3), key=logs[point].__getitem__) == label
                total -= logs[point][label]
        accuracy.append(right / count if count else math.nan)
        nll.append(total / count if count else math.nan)
    return accuracy, nll


def test_real_points_are_those_before_the_length() -> None:
    assert real_points(torch.tensor([1, 3]), 3).tolist() == [[True, False, False], [True, True, True]]


def test_nll_is_minus_the_log_probability_of_the_label() -> None:
    logs = torch.tensor([[[0.7, 0.2, 0.1], [0.5, 0.25, 0.25]]]).log()
    expected = torch.tensor([[-math.log(0.2), -math.log(0.25)]])
    torch.testing.assert_close(nll_of_points(logs, torch.tensor([1])), expected)


@given(batch=st.integers(1, 40), seed=st.integers(0, 10_000))
def test_both_metrics_equal_naive_loops(batch: int, seed: int) -> None:
    answers = answers_of(batch, seed)
    accuracy, nll = AccuracyByPoints(POINTS), MeanNLLByPoints(POINTS)
    accuracy.update(*answers)
    nll.update(*answers)
    expected_accuracy, expected_nll = naive(answers)
    assert accuracy.compute().tolist() == pytest.approx(expected_accuracy, nan_ok=True)
    assert nll.compute().tolist() == pytest.approx(expected_nll, rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("kind", [AccuracyByPoints, MeanNLLByPoints], ids=["accuracy", "nll"])
def test_two_batches_count_as_their_concatenation(kind: type[AccuracyByPoints] | type[MeanNLLByPoints]) -> None:
    parts = [answers_of(batch, seed) for seed, batch in enumerate((7, 1, 50))]
    merged, whole = kind(POINTS), kind(POINTS)
    for part in parts:
        merged.update(*part)
    whole.update(*(torch.cat(columns) for columns in zip(*parts, strict=True)))
    torch.testing.assert_close(merged.compute(), whole.compute(), rtol=1e-12, atol=0.0)

    ranks = [kind(POINTS) for _ in parts]
    for rank, part in zip(ranks, parts, strict=True):
        rank.update(*part)
    first, *others = ranks
    for other in others:
        first.merge_state(other)
    torch.testing.assert_close(first.compute(), whole.compute(), rtol=1e-12, atol=0.0)


@pytest.mark.parametrize("kind", [AccuracyByPoints, MeanNLLByPoints], ids=["accuracy", "nll"])
@pytest.mark.parametrize("junk", [math.nan, math.inf, -1e30], ids=["nan", "inf", "large"])
def test_padding_does_not_count(kind: type[AccuracyByPoints] | type[MeanNLLByPoints], junk: float) -> None:
    answers = answers_of(20, seed=3)
    padded = answers.log_probabilities.clone()
    padded[~real_points(answers.lengths, POINTS)] = junk
    clean, dirty = kind(POINTS), kind(POINTS)
    clean.update(*answers)
    dirty.update(padded, answers.labels, answers.lengths)
    torch.testing.assert_close(clean.compute(), dirty.compute(), rtol=0.0, atol=0.0)


def test_the_figure_is_nan_after_a_number_of_points_that_no_sequence_had() -> None:
    metric = AccuracyByPoints(POINTS)
    answers = answers_of(5, seed=4)
    metric.update(answers.log_probabilities, answers.labels, torch.full((5,), 2))
    assert metric.compute().isnan().tolist() == [False] * 2 + [True] * 4


def test_a_long_sum_loses_nothing_to_single_precision() -> None:
    metric = MeanNLLByPoints(1)
    logs = torch.full((1000, 1, 1), -0.1)
    for _ in range(200):
        metric.update(logs, torch.zeros(1000, dtype=torch.int64), torch.ones(1000, dtype=torch.int64))
    assert metric.compute().item() == pytest.approx(torch.tensor(0.1).double().item(), rel=1e-12)
