import numpy as np
import pytest

from shapeclf.datasets.windows import split_series, windows_of
from shapeclf.errors import InputError


@pytest.mark.parametrize(("length", "parts"), [(10_000, (8100, 900, 1000)), (1000, (810, 90, 100)), (37, (30, 3, 4))])
def test_the_split_keeps_the_order_and_every_value(length: int, parts: tuple[int, int, int]) -> None:
    series = np.arange(float(length))[:, np.newaxis]
    split = split_series(series)
    assert (len(split.train), len(split.validation), len(split.test)) == parts
    np.testing.assert_array_equal(np.concatenate([split.train, split.validation, split.test]), series)


def test_the_split_copies_nothing() -> None:
    series = np.arange(100.0)[:, np.newaxis]
    split = split_series(series)
    assert all(np.shares_memory(part, series) for part in (split.train, split.validation, split.test))


@pytest.mark.parametrize("shape", [(30, 2), (4, 30, 1)], ids=["one series", "several"])
def test_windows_equal_naive_slices_and_share_memory(shape: tuple[int, ...]) -> None:
    series = np.random.default_rng(0).normal(size=shape)
    windows, targets = windows_of(series, 5)
    assert windows.shape == (*shape[:-2], 25, 5, shape[-1])
    for start in range(25):
        np.testing.assert_array_equal(windows[..., start, :, :], series[..., start : start + 5, :])
        np.testing.assert_array_equal(targets[..., start, :], series[..., start + 5, :])
    assert np.shares_memory(windows, series)
    assert np.shares_memory(targets, series)


@pytest.mark.parametrize("window", [0, 4, 5])
def test_a_window_that_does_not_fit_is_refused(window: int) -> None:
    with pytest.raises(InputError, match=rf"window: {window} was given for a series of 4 values; allowed are 1\.\.3"):
        windows_of(np.arange(4.0)[:, np.newaxis], window)


def test_a_series_too_short_for_its_windows_is_refused() -> None:
    with pytest.raises(InputError, match=r"40 values are too few for windows of 10: .* each needs at least 11"):
        split_series(np.arange(40.0)[:, np.newaxis], 10)


def test_a_series_constant_in_its_training_part_is_refused() -> None:
    with pytest.raises(InputError, match="constant in its training part"):
        split_series(np.r_[np.zeros(90), 1.0:11.0][:, np.newaxis])
