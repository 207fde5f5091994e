"""Settings of sequences: what each changes and does not change, and which values are refused."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from shapeclf.datasets import LINE, SQRT, Batch, Family, ShapeSequences, Uniform
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError

from .bent import FOUR


def same(one: Batch, other: Batch) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


# One change leaves the rest.


@pytest.mark.parametrize("parameters", ["fixed", "fresh"])
def test_noise_changes_y_only(parameters: Any) -> None:
    quiet = ShapeSequences(FOUR, parameters, (2, 9), batch_size=100, seed=6)
    one, two, four = (replace(quiet, noise=noise).batch(3) for noise in (0.0, 0.5, 1.0))
    for other in (two, four):
        assert np.array_equal(one.labels, other.labels)
        assert np.array_equal(one.lengths, other.lengths)
        assert np.array_equal(one.points[..., 0], other.points[..., 0])
    np.testing.assert_allclose(
        four.points[..., 1] - one.points[..., 1], 2 * (two.points[..., 1] - one.points[..., 1]), atol=1e-11
    )


def test_a_range_of_points_does_not_change_what_is_drawn() -> None:
    fixed = ShapeSequences(parameters="fresh", points=7, noise=0.1, batch_size=50)
    whole, cut = fixed.batch(0), replace(fixed, points=(2, 7)).batch(0)
    assert np.array_equal(whole.labels, cut.labels)
    real = np.arange(7) < cut.lengths[:, None]
    assert np.array_equal(whole.points[real], cut.points[real])


@pytest.mark.parametrize("noise", [0.0, 1.0], ids=["quiet", "noisy"])
def test_padding_is_zero_and_nothing_else_is(noise: float) -> None:
    batch = ShapeSequences(parameters="fresh", points=(1, 6), noise=noise, batch_size=300).batch(0)
    real = np.arange(6) < batch.lengths[:, None]  # (batch, points)
    assert set(batch.lengths.tolist()) == {1, 2, 3, 4, 5, 6}
    assert np.all(batch.points[~real] == 0)
    assert np.all(batch.points[real] != 0)


@pytest.mark.parametrize("points", [4, (4, 4)], ids=repr)
def test_one_number_of_points(points: int | tuple[int, int]) -> None:
    sequences = ShapeSequences(points=points, batch_size=5)
    assert sequences.points_range == (4, 4)
    assert sequences.batch(0).lengths.tolist() == [4] * 5


def test_all_of_a_batch_may_have_the_same_number_of_points() -> None:
    sequences = ShapeSequences(FOUR, "fresh", (3, 7), noise=0.1, lengths="batch", batch_size=6, seed=1)
    batches = [sequences.batch(index) for index in range(500)]
    for batch in batches[:50]:
        assert batch.lengths.tolist() == [batch.points.shape[1]] * 6
        assert np.all(batch.points != 0)
    assert stats.chisquare(np.bincount([batch.points.shape[1] - 3 for batch in batches])).pvalue > 1e-3
    assert same(replace(sequences).batch(17), batches[17])
    each = replace(sequences, lengths="each").batch(0)
    assert np.array_equal(each.labels, batches[0].labels)


@pytest.mark.parametrize("batch_size", [1, 2], ids=repr)
def test_batches_too_small_for_every_family(batch_size: int) -> None:
    batches = [ShapeSequences(FOUR, "fresh", batch_size=batch_size).batch(index) for index in range(20)]
    assert {len(batch.labels) for batch in batches} == {batch_size}
    assert {int(label) for batch in batches for label in batch.labels} == {0, 1, 2, 3}


@pytest.mark.parametrize("noise", [0.0, 0.5], ids=["quiet", "noisy"])
@pytest.mark.parametrize("points", [1, 6, (2, 6), 9000], ids=repr)
@pytest.mark.parametrize("parameters", ["fixed", "fresh"])
def test_batches_drawn_together_are_those_drawn_one_by_one(parameters: Any, points: Any, noise: float) -> None:
    sequences = ShapeSequences(FOUR, parameters, points, noise=noise, batch_size=7)
    numbers = [3, 0, 11, 4]
    together = sequences.several(numbers)
    assert all(same(batch, replace(sequences).batch(index)) for index, batch in zip(numbers, together, strict=True))
    in_turn = list(sequences.batches(7 * 4 + 2))
    assert [len(batch.labels) for batch in in_turn] == [7, 7, 7, 7, 2]
    assert all(same(batch, sequences.batch(index)) for index, batch in enumerate(in_turn[:4]))


def test_batches_of_different_lengths_drawn_together() -> None:
    sequences = ShapeSequences(FOUR, "fresh", (3, 7), lengths="batch", batch_size=6)
    together = sequences.several(range(9))
    assert len({batch.points.shape for batch in together}) > 2
    assert all(same(batch, sequences.batch(index)) for index, batch in enumerate(together))


def _huge(x: FloatArray) -> FloatArray:
    return np.full_like(x, 1e308)


def test_values_may_be_so_large_that_their_sum_overflows() -> None:
    huge = Family("huge", "y = k·1e308 + b", _huge, k=Uniform(0.5, 1.0))
    batch = ShapeSequences((huge,), "fresh", batch_size=64).batch(0)
    assert np.isfinite(batch.points).all()
    assert batch.points[..., 1].min() > 1e307


# What is refused.


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=repr)
@pytest.mark.parametrize("parameters", ["fixed", "fresh"])
def test_values_that_are_not_finite_are_refused(value: float, parameters: Any) -> None:
    def spoilt(x: FloatArray) -> FloatArray:
        y = x.copy()
        y[-1:, -1:] = value
        return y

    sequences = ShapeSequences((LINE, Family("spoilt", "y = ?", spoilt)), parameters, batch_size=64)
    message = "^family 'spoilt': y is not finite everywhere; look at its priors and domain$"
    with pytest.raises(InputError, match=message):
        sequences.batch(0)


NO_SQRT: Mapping[str, Mapping[str, float]] = {"line": {"k": 1, "b": 1}, "parabola": {"k": 1, "b": 1}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"families": ()}, "^families must be at least one, of different names; got no family$", id="no family"
        ),
        pytest.param(
            {"families": (LINE, SQRT, LINE)},
            "^families must be at least one, of different names; got line, sqrt, line$",
            id="a family twice",
        ),
        pytest.param({"points": 0}, "^points must be from 1 up, the lowest first; got 0$", id="no points"),
        pytest.param({"points": (0, 4)}, r"^points must be from 1 up.* got \(0, 4\)$", id="points from 0"),
        pytest.param({"points": (5, 4)}, r"^points must be .* the lowest first; got \(5, 4\)$", id="points backwards"),
        pytest.param({"noise": -0.1}, "^noise must be a finite number from 0 up, got -0.1$", id="negative noise"),
        pytest.param({"noise": math.nan}, "^noise must be a finite number from 0 up, got nan$", id="NaN noise"),
        pytest.param({"noise": math.inf}, "^noise must be a finite number from 0 up, got inf$", id="infinite noise"),
        pytest.param({"lengths": "all"}, "^lengths must be one of each, batch; got 'all'$", id="other lengths"),
        pytest.param({"batch_size": 0}, "^batch_size must be from 1 up, got 0$", id="empty batch"),
        pytest.param({"seed": -1}, "^seed must be from 0 up, got -1$", id="negative seed"),
        pytest.param({"split": "dev"}, "^split must be one of train, validation, test; got 'dev'$", id="unknown split"),
        pytest.param(
            {"x": Uniform(-1, 1)},
            r"^family 'sqrt' is defined for x from 0 to inf; x was to be drawn from U\(-1, 1\)$",
            id="x outside a domain",
        ),
        pytest.param(
            {"parameters": "both"},
            "^parameters must be 'fixed', 'fresh' or values by family, got 'both'$",
            id="unknown parameters",
        ),
        pytest.param(
            {"parameters": NO_SQRT},
            "^parameters of family 'sqrt' must be k, b; got {}$",
            id="a family's values missing",
        ),
        pytest.param(
            {"parameters": {**NO_SQRT, "sqrt": {"k": 1.0, "c": 2.0}}},
            "^parameters of family 'sqrt' must be k, b; got {'c': 2.0, 'k': 1.0}$",
            id="other values",
        ),
    ],
)
def test_invalid_arguments_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ShapeSequences(**changes)


def test_noise_that_overflows_is_refused() -> None:
    with pytest.raises(InputError, match=r"^noise 1e\+308 makes y too large for floating point; choose a smaller one$"):
        ShapeSequences(noise=1e308).batch(0)
