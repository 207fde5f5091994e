from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from shapeclf.datasets import experiments
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.disturbances import NOISE
from shapeclf.datasets.error_bars import ErrorBars, draw_error_bars
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.families import LINE, PARABOLA, SQRT, Family
from shapeclf.errors import InputError

_P = 1e-3
CLASSES = [family.name for family in BUILT_IN]
CURVES = np.tile(np.linspace(0.0, 1.0, 24), (4000, 1))


@pytest.fixture(scope="module")
def drawn() -> ErrorBars:
    return draw_error_bars(np.random.default_rng(0), CURVES, 0.4)


def test_the_stated_share_of_sequences_has_error_bars_and_every_reading_of_them_has_one(drawn: ErrorBars) -> None:
    known = drawn.stated > 0
    assert (known.all(axis=1) | ~known.any(axis=1)).all()
    assert stats.binomtest(int(known[:, 0].sum()), len(known), 0.4).pvalue > _P
    assert not drawn.noise[~known].any()


def test_noise_is_gaussian_with_the_true_errors_and_chi_squared_is_one_where_they_are_stated(drawn: ErrorBars) -> None:
    right = (drawn.stated > 0).all(axis=1) & np.isclose(drawn.stated, drawn.true).all(axis=1)
    scaled = drawn.noise[right] / drawn.stated[right]
    assert stats.kstest(scaled.ravel(), "norm").pvalue > _P
    chi_squared = (scaled**2).sum(axis=1)
    assert stats.kstest(chi_squared, "chi2", args=(24,)).pvalue > _P
    assert chi_squared.mean() / 24 == pytest.approx(1.0, abs=4 * np.sqrt(2 / 24 / right.sum()))


def test_a_tenth_of_the_errors_is_misstated_by_at_most_a_factor_of_one_and_a_half(drawn: ErrorBars) -> None:
    known = drawn.stated[:, 0] > 0
    factor = drawn.stated[known] / drawn.true[known]
    assert np.allclose(factor, factor[:, :1])
    wrong = factor[~np.isclose(factor[:, 0], 1.0), 0]
    assert stats.binomtest(len(wrong), int(known.sum()), 0.1).pvalue > _P
    assert stats.kstest(np.log(wrong) / np.log(1.5), "uniform", args=(-1, 2)).pvalue > _P


def test_errors_are_constant_or_grow_with_y_or_differ_for_each_reading(drawn: ErrorBars) -> None:
    true = drawn.true[drawn.true[:, 0] > 0]
    constant = np.ptp(true, axis=1) == 0
    growing = (np.diff(true, axis=1) >= 0).all(axis=1) & ~constant
    counts = [int(constant.sum()), int(growing.sum()), int((~constant & ~growing).sum())]
    assert stats.chisquare(counts, np.array([0.4, 0.35, 0.25]) * len(true)).pvalue > _P
    largest = true[constant | growing].max(axis=1)
    low, high = np.log(NOISE.support)
    assert stats.kstest(np.log(largest), "uniform", args=(low, high - low)).pvalue > _P
    assert ((true[growing].min(axis=1) / true[growing].max(axis=1)) >= 0.02).all()


def test_error_bars_state_the_noise_of_the_settings() -> None:
    data = ExperimentSequences([LINE], points=16, noise=0.05, error_bars=1.0, batch_size=200, seed=2)
    bare = ExperimentSequences([LINE], points=16, noise=0.05, batch_size=200, seed=2).batch(0)
    quiet = ExperimentSequences([LINE], points=16, noise=0.0, batch_size=200, seed=2).batch(0)
    batch = data.batch(0)
    lines = batch.labels == 0  # curves of `none` differ, as their distance from the laws depends on the error
    assert np.array_equal(batch.points[lines, :, :2], bare.points[lines])
    spread = np.ptp(quiet.points[..., 1], axis=1, keepdims=True)
    assert np.allclose(batch.points[..., 2], 0.05 * spread)
    scaled = (batch.points[..., 1] - quiet.points[..., 1]) / batch.points[..., 2]
    assert stats.kstest(scaled[batch.labels == 0].ravel(), "norm").pvalue > _P


def test_lines_in_random_units_fit_within_their_error_bars() -> None:
    data = ExperimentSequences([LINE], points=32, error_bars=0.5, batch_size=2000, seed=3)
    batch = data.batch(0)
    chosen = batch.points[(batch.labels == 0) & (batch.points[:, 0, 2] > 0)]
    chi_squared = []
    for x, y, error in chosen.transpose(0, 2, 1):
        u = (x - x.mean()) / np.ptp(x)
        residuals = y - np.polyval(np.polyfit(u, y, 1, w=1 / error), u)
        chi_squared.append(((residuals / error) ** 2).sum() / 30)
    assert np.median(chi_squared) == pytest.approx(stats.chi2(30).median() / 30, abs=0.05)


def test_laws_that_replace_negative_examples_are_as_frequent_as_laws() -> None:
    # With errors this large, most negative examples stay too near to a law.
    data = ExperimentSequences(BUILT_IN, points=12, noise=0.2, error_bars=1.0, batch_size=6000, seed=2)
    labels = data.batch(0).labels
    assert (labels == len(BUILT_IN)).mean() < 0.1 < data.shares[-1]
    anywhere = np.flatnonzero([family.domain[0] == -np.inf for family in BUILT_IN])  # laws that are defined at any x
    counts = np.bincount(labels, minlength=len(data.classes))[anywhere]
    shares = data.shares[anywhere] / data.shares[anywhere].sum()
    assert stats.chisquare(counts, counts.sum() * shares).pvalue > 1e-4


def test_negative_examples_that_stay_too_near_are_replaced_by_curves_of_laws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        experiments, "law_distances", lambda families, curves, *_: np.zeros((len(curves), len(families)))
    )
    data = ExperimentSequences(BUILT_IN, points=12, noise=0.0, batch_size=12_000, seed=2)
    points, _, labels = data.batch(0)
    replaced = data._labels(0) == len(BUILT_IN)
    assert stats.binomtest(int(replaced.sum()), len(labels), data.shares[-1]).pvalue > _P
    points, labels = points[replaced], labels[replaced]
    lowest = points[..., 0].min(axis=1)
    for name, least in {"logarithm": 1e-300, "reciprocal": 1e-300, "power": 0.0, "sqrt": 0.0}.items():
        assert lowest[labels == CLASSES.index(name)].min() >= least
    for name in ("line", "parabola", "sqrt", "logarithm", "reciprocal"):
        family = BUILT_IN[CLASSES.index(name)]
        chosen = points[labels == CLASSES.index(name)]
        assert len(chosen) > 20
        for x, y in chosen.transpose(0, 2, 1):
            terms = np.stack([np.ones(12), family.basis_at(x[None] / np.abs(x).max())[0]], axis=1)
            left = y - terms @ np.linalg.lstsq(terms, y, rcond=None)[0]
            assert np.abs(left).max() < 1e-9 * np.ptp(y)
    assert not np.ptp(points[labels == CLASSES.index("constant"), :, 1], axis=1).any()
    # Above zero every law is defined. There and below, those that are defined have their frequencies among the laws.
    anywhere = np.array([family.domain[0] == -np.inf for family in BUILT_IN])
    for rows, laws in ((lowest > 0, np.ones(len(BUILT_IN), np.bool)), (lowest < 0, anywhere)):
        counts = np.bincount(labels[rows], minlength=len(BUILT_IN))
        assert not counts[~laws].any()
        shares = data.shares[:-1][laws] / data.shares[:-1][laws].sum()
        assert stats.chisquare(counts[laws], counts.sum() * shares).pvalue > _P


@pytest.mark.parametrize("families", [[LINE, PARABOLA, SQRT], BUILT_IN], ids=["three", "all"])
def test_sequences_without_error_bars_are_those_of_a_data_set_without_any(families: Sequence[Family]) -> None:
    mixed = ExperimentSequences(families, points=12, error_bars=0.4, batch_size=100, seed=1)
    bare = ExperimentSequences(families, points=12, batch_size=100, seed=1)
    found, expected = mixed.batch(3), bare.batch(3)
    without = found.points[:, 0, 2] == 0
    assert 0.4 < without.mean() < 0.8
    laws = without & (found.labels < len(families))  # a curve of `none` is drawn again more or less often
    if not any(family.shape for family in families):  # their values depend on earlier sequences with the same law
        assert np.array_equal(found.points[laws, :, :2], expected.points[laws])
    assert not found.points[without, :, 2].any()
    assert np.array_equal(found.points[without, :, 0], expected.points[without, :, 0])
    assert np.array_equal(found.labels[laws], expected.labels[laws])
    sizes = mixed.noise_sizes(3)
    assert np.array_equal(sizes[without], bare.noise_sizes(3)[without])
    assert (sizes[~without] >= NOISE.support[0]).all()


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(InputError, match=r"^error_bars must be a finite number from 0 to 1, got"):
        ExperimentSequences([LINE], error_bars=share)
