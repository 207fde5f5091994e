from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from shapeclf.datasets import LINE, PARABOLA, SQRT, Batch, Family, LogUniform, Prior, ShapeSequences, Uniform
from shapeclf.datasets import sequences as sequences_module
from shapeclf.datasets._streams import keyed_generator, keyed_integers
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.sequences import Split

from .bent import BENT, DEFAULT, FOUR

_P = 1e-3  # smallest p-value of a test of draws against their distribution; seeds are fixed
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def parameters_of(family: Family, points: FloatArray) -> FloatArray:
    """k, b and shape parameters of noise-free sequences by their first points: (parameters, sequences)."""
    x, y = points[..., 0], points[..., 1]
    if family is BENT:
        first, linear, square = np.array(
            [np.linalg.solve(np.vander(xs, 3, increasing=True), ys) for xs, ys in zip(x[:, :3], y[:, :3], strict=True)]
        ).T
        return np.stack([linear, first, square / linear])
    g = family.basis(x)
    # The two points that lie furthest apart lose the fewest digits.
    rows, low, high = np.arange(len(g)), g.argmin(axis=1), g.argmax(axis=1)
    k = (y[rows, high] - y[rows, low]) / (g[rows, high] - g[rows, low])
    return np.stack([k, y[rows, low] - k * g[rows, low]])


def rows_of(batch: Batch, family: int) -> FloatArray:
    """Return the points of one family, shape (sequences, points, 2)."""
    points: FloatArray = batch.points[batch.labels == family]
    return points


def same(one: Batch, other: Batch) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


# Seed, split and index determine what is drawn.


@pytest.mark.parametrize("parameters", ["fixed", "fresh"])
def test_the_same_seed_draws_the_same_in_any_order(parameters: Any) -> None:
    def make() -> ShapeSequences:
        return ShapeSequences(FOUR, parameters, (2, 9), noise=0.5, batch_size=16, seed=3)

    forwards, backwards = make(), make()
    batches = [forwards.batch(index) for index in range(4)]
    for index in (3, 1, 0, 2, 2):
        assert same(backwards.batch(index), batches[index])
        assert same(make().batch(index), batches[index])


@pytest.mark.parametrize("parameters", ["fixed", "fresh"])
@pytest.mark.parametrize(
    "other",
    [
        pytest.param(({"seed": 1}, 0), id="seed"),
        pytest.param(({"split": "validation"}, 0), id="validation"),
        pytest.param(({"split": "test"}, 0), id="test"),
        pytest.param(({}, 1), id="batch"),
        pytest.param(({"seed": 2**70}, 10**12), id="large numbers"),
    ],
)
def test_another_seed_split_or_number_draws_others(parameters: Any, other: tuple[dict[str, Any], int]) -> None:
    changes, index = other
    sequences = ShapeSequences(FOUR, parameters, (2, 9), batch_size=64)
    one, two = sequences.batch(0), replace(sequences, **changes).batch(index)
    assert not np.array_equal(one.labels, two.labels)
    assert not np.array_equal(one.lengths, two.lengths)
    x, other_x = (set(batch.points[:, :2, 0].ravel().tolist()) for batch in (one, two))
    assert not x & other_x


def test_splits_and_batches_share_no_sequence() -> None:
    sequences = ShapeSequences(parameters="fresh", points=4, batch_size=100)
    x = [replace(sequences, split=split).batch(index).points[..., 0].ravel() for split in SPLITS for index in range(5)]
    assert len(np.unique(np.concatenate(x))) == 3 * 5 * 100 * 4


@pytest.mark.parametrize("points", [5, (3, 5)], ids=repr)
def test_shapes_and_types_of_a_batch(points: int | tuple[int, int]) -> None:
    batch = ShapeSequences(points=points, batch_size=40).batch(0)
    assert [array.shape for array in batch] == [(40, 5, 2), (40,), (40,)]
    assert [array.dtype for array in batch] == [np.float64, np.int64, np.int64]
    assert batch.points.flags.c_contiguous
    assert batch.points.flags.writeable


# The equations.


@pytest.mark.parametrize("x", [None, Uniform(1, 3)], ids=["own x", "one x for all"])
def test_fixed_sequences_satisfy_their_equation(x: Prior | None) -> None:
    sequences = ShapeSequences(FOUR, points=6, x=x, batch_size=200, seed=5)
    batch = sequences.batch(0)
    assert sequences.fixed_parameters is not None
    for label, family in enumerate(FOUR):
        points = rows_of(batch, label)
        assert len(points) > 20
        values = sequences.fixed_parameters[family.name]
        np.testing.assert_allclose(points[..., 1], family.curve(points[..., 0], **values), rtol=1e-14)
        assert all(prior.support[0] <= values[name] <= prior.support[1] for name, prior in family.priors.items())


@pytest.mark.parametrize("family", FOUR, ids=lambda family: family.name)
def test_every_fresh_sequence_satisfies_its_equation(family: Family) -> None:
    batch = ShapeSequences(FOUR, "fresh", points=8, batch_size=400, seed=5).batch(2)
    points = rows_of(batch, FOUR.index(family))
    found = parameters_of(family, points)
    assert len(points) > 60
    curve = family.curve(points[..., 0], **dict(zip(family.priors, found[..., None], strict=True)))
    np.testing.assert_allclose(points[..., 1], curve, rtol=1e-7, atol=1e-7)
    for values, prior in zip(found, family.priors.values(), strict=True):
        low, high = prior.support
        assert np.all((low - 1e-6 <= values) & (values <= high + 1e-6))
        assert len(np.unique(values.round(9))) == len(points)  # anew for every sequence


# Fixed parameters.


def test_fixed_parameters_are_shared_and_depend_on_the_seed_only() -> None:
    sequences = ShapeSequences(seed=11)
    fixed = sequences.fixed_parameters
    assert fixed is not None
    assert fixed["line"] == fixed["parabola"] == fixed["sqrt"]
    others = [
        replace(sequences, split="validation"),
        replace(sequences, split="test", batch_size=3),
        replace(sequences, points=(1, 99), noise=2.0),
        replace(sequences, x=Uniform(1, 2)),
        replace(sequences, families=(SQRT, PARABOLA, LINE)),
    ]
    assert all(other.fixed_parameters == fixed for other in others)
    assert ShapeSequences((LINE,), seed=11).fixed_parameters == {"line": fixed["line"]}
    assert replace(sequences, seed=12).fixed_parameters != fixed
    assert ShapeSequences(parameters="fresh").fixed_parameters is None


def test_a_family_with_more_parameters_does_not_change_those_of_the_others() -> None:
    three, four = (
        ShapeSequences(DEFAULT, seed=4).fixed_parameters,
        ShapeSequences((BENT, *DEFAULT), seed=4).fixed_parameters,
    )
    assert three is not None
    assert four is not None
    assert {name: four[name] for name in three} == three
    assert set(four["bent"]) == {"k", "b", "bend"}
    # A family with priors of its own has the same quantiles of them. For the line, k is this quantile's probability.
    share = three["line"]["k"]
    assert four["bent"]["k"] == pytest.approx(float(BENT.k.quantile(np.array([share]))[0]), rel=1e-15)


def test_a_shape_parameter_does_not_change_fresh_k_and_b_of_the_others() -> None:
    straight = Family("other", "y = k·√x + b", SQRT.basis, x=Uniform(1, 2))
    pairs = [ShapeSequences((LINE, other), "fresh", batch_size=64).batch(0) for other in (straight, BENT)]
    assert np.array_equal(pairs[0].labels, pairs[1].labels)
    assert np.array_equal(rows_of(pairs[0], 0), rows_of(pairs[1], 0))


def test_fixed_parameters_can_be_given() -> None:
    values = {"line": {"k": 2.0, "b": -1.0}, "sqrt": {"b": 0.5, "k": 0.0}}
    sequences = ShapeSequences((LINE, SQRT), values, batch_size=32)
    assert sequences.fixed_parameters == values
    batch = sequences.batch(0)
    line, root = rows_of(batch, 0), rows_of(batch, 1)
    np.testing.assert_allclose(line[..., 1], 2 * line[..., 0] - 1, rtol=1e-15)
    assert np.all(root[..., 1] == 0.5)


def test_the_fixed_parameters_of_a_seed_draw_the_same_sequences() -> None:
    sequences = ShapeSequences(FOUR, seed=8, noise=0.3)
    assert sequences.fixed_parameters is not None
    assert same(sequences.batch(1), replace(sequences, parameters=sequences.fixed_parameters).batch(1))


# The laws.


@pytest.mark.parametrize("name", ["k", "b"])
@pytest.mark.parametrize("family", [LINE, BENT], ids=lambda family: family.name)
def test_fixed_parameters_over_seeds_follow_their_prior(family: Family, name: str) -> None:
    draws = [ShapeSequences((LINE, BENT), seed=seed).fixed_parameters for seed in range(2000)]
    values = np.array([fixed[family.name][name] for fixed in draws if fixed is not None])
    assert len(values) == 2000
    assert stats.kstest(values, _law(family.priors[name])).pvalue > _P


@pytest.mark.parametrize("family", FOUR, ids=lambda family: family.name)
def test_fresh_parameters_follow_their_priors_and_are_independent(family: Family) -> None:
    batch = ShapeSequences(FOUR, "fresh", points=8, batch_size=12_000, seed=1).batch(0)
    points = rows_of(batch, FOUR.index(family))
    found = parameters_of(family, points)
    for values, prior in zip(found, family.priors.values(), strict=True):
        assert stats.kstest(values, _law(prior)).pvalue > _P
    correlations = np.corrcoef(np.vstack([stats.rankdata(found, axis=1), stats.rankdata(points[:, 0, 0])]))
    assert np.abs(correlations - np.eye(len(correlations))).max() < 4 / np.sqrt(len(points))


@pytest.mark.parametrize("x", [None, LogUniform(0.5, 50)], ids=["own x", "one x for all"])
@pytest.mark.parametrize("family", FOUR, ids=lambda family: family.name)
def test_x_follows_its_prior(family: Family, x: Prior | None) -> None:
    batch = ShapeSequences(FOUR, points=8, x=x, batch_size=4000, seed=2).batch(0)
    points = rows_of(batch, FOUR.index(family))
    assert stats.kstest(points[..., 0].ravel(), _law(x or family.x)).pvalue > _P
    correlations = np.corrcoef(points[..., 0].T) - np.eye(8)  # each point has an x of its own
    assert np.abs(correlations).max() < 5 / np.sqrt(len(points))


@pytest.mark.parametrize("families", [DEFAULT, FOUR, (SQRT, LINE)], ids=["three", "four", "two"])
@pytest.mark.parametrize("parameters", ["fixed", "fresh"])
def test_families_are_equally_likely(families: Sequence[Family], parameters: Any) -> None:
    sequences = ShapeSequences(families, parameters, points=1, batch_size=500)
    labels = np.concatenate([sequences.batch(index).labels for index in range(40)])
    assert stats.chisquare(np.bincount(labels, minlength=len(families))).pvalue > _P
    after = np.histogram2d(labels[:-1], labels[1:], bins=len(families))[0]  # no family follows another
    assert stats.chi2_contingency(after).pvalue > _P


@pytest.mark.parametrize(("low", "high"), [(1, 2), (3, 12)], ids=["1:2", "3:12"])
def test_lengths_are_equally_likely_whatever_the_family(low: int, high: int) -> None:
    batch = ShapeSequences(points=(low, high), batch_size=10_000).batch(0)
    counts = np.bincount(batch.lengths - low)
    assert len(counts) == high - low + 1
    assert stats.chisquare(counts).pvalue > _P
    table = np.histogram2d(batch.labels, batch.lengths - low, bins=(3, high - low + 1))[0]
    assert stats.chi2_contingency(table).pvalue > _P


@pytest.mark.parametrize("parameters", ["fixed", "fresh"])
def test_noise_is_gaussian_with_the_requested_standard_deviation(parameters: Any) -> None:
    quiet = ShapeSequences(parameters=parameters, points=4, batch_size=5000)
    loud = replace(quiet, noise=3.0)
    noise = loud.batch(0).points[..., 1] - quiet.batch(0).points[..., 1]
    assert stats.kstest(noise.ravel(), stats.norm(0, 3).cdf).pvalue > _P
    assert np.abs(np.corrcoef(noise.T) - np.eye(4)).max() < 4 / np.sqrt(len(noise))
    labels = quiet.batch(0).labels
    assert stats.kruskal(*(noise[labels == label].ravel() for label in range(3))).pvalue > _P


def _law(prior: Prior) -> Any:
    low, high = prior.support
    return (stats.uniform(low, high - low) if isinstance(prior, Uniform) else stats.loguniform(low, high)).cdf


def test_every_quantity_has_a_stream_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    # Two quantities of one stream can follow their distributions and still be correlated.
    keys: list[tuple[int | str, ...]] = []

    def listen(*key: int | str) -> np.random.Generator:
        keys.append(key)
        return keyed_generator(*key)

    def listen_to_many(of: Sequence[tuple[int | str, ...]], below: int, size: int) -> IntArray:
        keys.extend(of)
        return keyed_integers(of, below, size)

    monkeypatch.setattr(sequences_module, "keyed_generator", listen)
    monkeypatch.setattr(sequences_module, "keyed_integers", listen_to_many)
    for split in SPLITS:
        for index in (0, 1):
            ShapeSequences(FOUR, "fresh", (2, 5), noise=0.1, split=split).batch(index)
    assert len(keys) == len(set(keys)) == 2 * 3 * 7  # families, lengths, x, noise, k, b and bend
    keys.clear()
    assert ShapeSequences(FOUR).fixed_parameters is not None
    assert len(keys) == len(set(keys)) == 3


def test_the_prior_of_x_does_not_change_families_lengths_and_parameters() -> None:
    own = ShapeSequences(DEFAULT, "fresh", (5, 9), batch_size=100)
    one, two = own.batch(0), replace(own, x=Uniform(20, 40)).batch(0)
    assert np.array_equal(one.labels, two.labels)
    assert np.array_equal(one.lengths, two.lengths)
    for label, family in enumerate(DEFAULT):
        before, after = (parameters_of(family, rows_of(batch, label)[:, :5]) for batch in (one, two))
        np.testing.assert_allclose(before, after, atol=1e-6)
