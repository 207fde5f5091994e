from typing import Any

import numpy as np
import pytest
from scipy import stats

from shapeclf.datasets.crops import CropBatches
from shapeclf.errors import InputError

SERIES = np.arange(60.0).reshape(2, 30, 1)


def test_targets_are_the_inputs_one_step_later() -> None:
    inputs, targets = CropBatches(SERIES, 5, 64).batch(0)
    assert inputs.shape == targets.shape == (64, 5, 1)
    np.testing.assert_array_equal(targets, inputs + 1)
    assert not np.any(np.diff(inputs // 30, axis=1))  # no crop runs from one wave into the next


def test_every_crop_is_equally_likely() -> None:
    first = CropBatches(SERIES, 5, 20_000).batch(0)[0][:, 0, 0].astype(int)
    indices = np.r_[0:25, 30:55]
    counts = np.bincount(first, minlength=60)
    assert counts.sum() == counts[indices].sum()
    assert stats.chisquare(counts[indices]).pvalue > 0.01


def test_without_a_batch_size_a_batch_is_all_crops_in_order() -> None:
    inputs, _ = CropBatches(SERIES, 28, None).batch(7)
    assert inputs[:, 0, 0].tolist() == [0, 1, 30, 31]


def test_a_batch_depends_on_seed_and_index_only() -> None:
    batches = CropBatches(SERIES, 5, 8, noise=0.1, seed=3)
    fifth = batches.batch(5)
    batches.batch(1)
    again = CropBatches(SERIES, 5, 8, noise=0.1, seed=3).batch(5)
    np.testing.assert_array_equal(fifth[0], again[0])
    assert not np.array_equal(fifth[0], batches.batch(6)[0])
    assert not np.array_equal(fifth[0], CropBatches(SERIES, 5, 8, noise=0.1, seed=4).batch(5)[0])


def test_noise_is_added_to_the_inputs_only_and_changes_no_crop() -> None:
    clean, targets = CropBatches(SERIES, 5, 4000, seed=1).batch(2)
    noisy, same = CropBatches(SERIES, 5, 4000, noise=0.1, seed=1).batch(2)
    np.testing.assert_array_equal(targets, same)
    noise = (noisy - clean).ravel()
    assert stats.kstest(noise, stats.norm(0, 0.1 * SERIES.std()).cdf).pvalue > 0.01


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 30}, "steps must be from 1 to 29, got 30"),
        ({"batch_size": 0}, "batch_size must be from 1 up, got 0"),
        ({"noise": -1.0}, "noise must be a finite number from 0 up, got -1.0"),
        ({"seed": -1}, "seed must be from 0 up, got -1"),
    ],
    ids=["steps", "batch size", "noise", "seed"],
)
def test_settings_are_checked(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CropBatches(SERIES, **({"steps": 5, "batch_size": 4} | settings))
