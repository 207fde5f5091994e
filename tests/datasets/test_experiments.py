import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from benchmarks.plain import plain_sequences
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.families import LINE, NONE, PARABOLA, SQRT
from shapeclf.datasets.laws import LOGARITHM, QUADRATIC, RECIPROCAL
from shapeclf.datasets.records import sequences_from_record, sequences_record
from shapeclf.datasets.sequences import Split
from shapeclf.errors import InputError

_P = 1e-3
_KEYS: list[tuple[int, Split, int]] = [(0, "train", 0), (1, "train", 0), (0, "test", 0), (0, "train", 1)]


def test_a_batch_is_a_function_of_seed_split_and_number() -> None:
    sequences = ExperimentSequences(BUILT_IN, points=(3, 20), batch_size=30, seed=4)
    later, earlier = sequences.batch(7), sequences.batch(2)
    assert np.array_equal(ExperimentSequences(BUILT_IN, points=(3, 20), batch_size=30, seed=4).batch(2)[0], earlier[0])
    assert np.array_equal(sequences.batch(7).points, later.points)
    others = [
        ExperimentSequences(BUILT_IN, points=12, batch_size=30, seed=seed, split=split).batch(index).points
        for seed, split, index in _KEYS
    ]
    assert len({points.tobytes() for points in others}) == 4


def test_batches_of_shorter_sequences_are_larger() -> None:
    scaled = ExperimentSequences(BUILT_IN, points=(3, 48), batch_size=10, batch_scaling=0.5)
    for index in range(12):
        batch = scaled.batch(index)
        count, points = batch.points.shape[:2]
        assert count == round(10 * (12 / points) ** 0.5)
        assert scaled.noise_sizes(index).shape == scaled.drift_sizes(index).shape == batch.labels.shape == (count,)
        alone = replace(scaled, batch_size=count, batch_scaling=0.0).batch(index)
        assert np.array_equal(alone.points, batch.points)
    drawn = list(scaled.batches(50))
    assert sum(len(batch.labels) for batch in drawn) == 50
    assert [len(batch.labels) for batch in drawn[:-1]] == [len(scaled.batch(i).labels) for i in range(len(drawn) - 1)]


@pytest.mark.parametrize(
    ("family", "powers"),
    [
        (LINE, lambda x: [x]),
        (PARABOLA, lambda x: [x * x]),
        (SQRT, lambda x: [np.sqrt(x)]),
        (QUADRATIC, lambda x: [x, x * x]),
        (LOGARITHM, lambda x: [np.log(x)]),
        (RECIPROCAL, lambda x: [1 / x]),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_points_without_noise_satisfy_their_equation(family, powers) -> None:  # type: ignore[no-untyped-def]
    batch = ExperimentSequences([family], points=9, noise=0.0, batch_size=200).batch(0)
    for points in batch.points[batch.labels == 0]:
        x, y = points[:, 0] / np.abs(points[:, 0]).max(), points[:, 1]
        columns = np.stack([*powers(x), np.ones_like(x)], axis=1)
        columns /= np.abs(columns).max(axis=0)
        left = y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
        assert np.abs(left).max() <= 1e-7 * max(np.ptp(y), 1e-6 * np.abs(y).max())


def test_class_frequencies_are_the_declared_shares() -> None:
    sequences = ExperimentSequences(BUILT_IN, points=3, batch_size=20_000)
    counts = np.bincount(sequences.batch(0).labels, minlength=len(sequences.classes))
    assert stats.chisquare(counts, 20_000 * sequences.shares).pvalue > _P
    assert sequences.shares.sum() == pytest.approx(1)
    assert sequences.classes[-1] == NONE


@pytest.mark.slow  # every batch has one length, so there must be many
def test_every_factor_of_the_number_of_points_is_equally_likely() -> None:
    sequences = ExperimentSequences([LINE], points=(3, 256), batch_size=1)
    lengths = np.array([sequences.batch(index).lengths[0] for index in range(800)])
    assert (lengths.min() >= 3, lengths.max() <= 256) == (True, True)
    expected = [np.log((b + 1) / a) / np.log(257 / 3) * 800 for a, b in ((3, 8), (9, 32), (33, 256))]
    found = [((lengths >= a) & (lengths <= b)).sum() for a, b in ((3, 8), (9, 32), (33, 256))]
    assert stats.chisquare(found, np.array(expected) * 800 / sum(expected)).pvalue > _P


def test_noise_has_the_requested_standard_deviation() -> None:
    quiet = ExperimentSequences([LINE], points=40, noise=0.0, batch_size=300, seed=2).batch(0)
    noisy = ExperimentSequences([LINE], points=40, noise=0.05, batch_size=300, seed=2).batch(0)
    lines = quiet.labels == 0
    spread = np.ptp(quiet.points[lines, :, 1], axis=1, keepdims=True)
    noise = (noisy.points[lines, :, 1] - quiet.points[lines, :, 1]) / spread
    assert stats.kstest(noise.ravel() / 0.05, "norm").pvalue > _P


def test_x_stays_in_the_domain_of_the_law_and_may_be_zero_for_roots() -> None:
    sequences = ExperimentSequences(BUILT_IN, points=12, batch_size=3000)
    batch = sequences.batch(0)
    lowest = {
        name: batch.points[batch.labels == label, :, 0].min(axis=1) for label, name in enumerate(sequences.classes)
    }
    assert all((lowest[name] > 0).all() for name in ("logarithm", "reciprocal"))
    for name in ("sqrt", "power"):  # lengths, distances and concentrations are mostly above 0
        zero = lowest[name] == 0
        assert (lowest[name] >= 0).all()
        assert stats.binomtest(int(zero.sum()), len(zero), 0.1).pvalue > _P
    for name in ("line", "parabola", "exponential", "sine", NONE):
        assert 0.05 < (lowest[name] < 0).mean() < 0.4
    assert np.isfinite(batch.points).all()


@pytest.mark.parametrize("points", [3, 4, 32, 256])
def test_all_points_are_finite(points: int) -> None:
    for index in range(5):
        assert np.isfinite(ExperimentSequences(BUILT_IN, points=points, batch_size=300).batch(index).points).all()


def test_laws_that_are_not_among_the_families_are_none() -> None:
    sequences = ExperimentSequences((LINE, PARABOLA), points=20, noise=0.0, batch_size=5000)
    batch = sequences.batch(0)
    none = batch.points[batch.labels == 2]
    x, y = none[..., 0], none[..., 1]
    roots = [
        np.abs(y_ - np.polyval(np.polyfit(np.sqrt(x_), y_, 1), np.sqrt(x_))).max() < 1e-9 * np.ptp(y_)
        for x_, y_ in zip(x, y, strict=True)
        if x_.min() >= 0 and np.ptp(y_) > 0
    ]
    assert sum(roots) > 0


def test_a_data_set_comes_back_from_json() -> None:
    sequences = ExperimentSequences(
        BUILT_IN, points=(4, 9), noise=None, error_bars=0.4, batch_size=5, seed=3, split="test"
    )
    record = json.loads(json.dumps(sequences_record(sequences)))
    assert sequences_from_record(record, batch_size=5, seed=3) == sequences


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points": 2}, r"^points must be from 3 up"),
        ({"noise": -0.1}, r"^noise must be a finite number from 0 up"),
        ({"families": ()}, r"^families must be at least one"),
        ({"batch_size": 0}, r"^batch_size must be from 1 up"),
        ({"split": "other"}, r"^split must be one of"),
    ],
    ids=["points", "noise", "families", "batch-size", "split"],
)
def test_arguments_out_of_range_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ExperimentSequences(**({"families": [LINE]} | arguments))  # type: ignore[arg-type]


def test_noise_that_overflows_is_refused() -> None:
    with pytest.raises(InputError, match=r"^noise 1e\+308 makes y too large for floating point; choose a smaller one$"):
        ExperimentSequences([LINE], noise=1e308).batch(0)


def test_experiments_are_refused_as_plain_sequences() -> None:
    with pytest.raises(InputError, match=r"^experiments draw their own"):
        plain_sequences(ExperimentSequences([LINE]))


def test_the_noise_that_is_reported_is_that_of_the_readings() -> None:
    data = ExperimentSequences([LINE], points=(50, 60), batch_size=300, seed=6)
    batch, sizes = data.batch(0), data.noise_sizes(0)
    for points, label, size in zip(batch.points, batch.labels, sizes, strict=True):
        u = (points[:, 0] - points[:, 0].min()) / np.ptp(points[:, 0])
        slope, shift = np.polyfit(u, points[:, 1], 1)
        if label == 0 and size > 0.08:  # larger than drift and rounding; noise that grows with y is smaller on average
            assert 0.3 < (points[:, 1] - slope * u - shift).std() / (size * abs(slope)) < 2.5
        elif label == 0 and size < 1e-3:
            assert (points[:, 1] - slope * u - shift).std() < 0.06 * abs(slope)
