import numpy as np
import pytest

from shapeclf.datasets.wave_data import series_data, shifted_sine_data


def test_sines_go_on_where_the_given_steps_end() -> None:
    data = shifted_sine_data(seed=1)
    assert [part.shape for part in (data.train, data.validation, data.test)] == [
        (94, 1000, 1),
        (3, 1999, 1),
        (3, 1000, 1),
    ]
    assert (data.history.shape, data.truth.shape) == ((3, 999, 1), (3, 1000, 1))
    np.testing.assert_array_equal(data.test[:, -1], data.truth[:, 0])
    whole = np.concatenate([data.history, data.truth], axis=1)[..., 0]
    # A sine on a grid obeys x[t+1] = 2 cos(1/20) x[t] - x[t-1].
    np.testing.assert_allclose(whole[:, 2:], 2 * np.cos(1 / 20) * whole[:, 1:-1] - whole[:, :-2], atol=1e-12)


def test_the_shifts_depend_on_the_seed() -> None:
    np.testing.assert_array_equal(shifted_sine_data(2).train, shifted_sine_data(2).train)
    assert not np.array_equal(shifted_sine_data(2).train, shifted_sine_data(3).train)


def test_a_series_is_drawn_over_its_test_part() -> None:
    series = np.sin(np.arange(200.0))[:, np.newaxis]
    data = series_data(series, 5)
    np.testing.assert_array_equal(np.concatenate([data.history[0], data.truth[0]]), series)
    np.testing.assert_array_equal(data.truth, data.test)


def test_the_scales_are_those_of_the_training_part() -> None:
    series = np.arange(100.0)[:, np.newaxis]
    data = series_data(series, 4)
    assert data.level == pytest.approx((40.0,))
    assert data.spread == pytest.approx((np.arange(81).std(),))
    assert data.window_spread(4) == pytest.approx((np.arange(4).std(),))
    noisy = data.window_spread(4, noise=0.1)
    assert noisy == pytest.approx((np.hypot(np.arange(4).std(), 0.1 * np.arange(81).std()),))
