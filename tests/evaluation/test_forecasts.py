import numpy as np
import pytest

from shapeclf.datasets.windows import windows_of
from shapeclf.evaluation.forecasts import (
    TRIVIAL_FORECASTS,
    autoregressive_forecast,
    mean_squared_error,
    skill,
    trivial_errors,
)

STEPS = np.arange(500.0)


def test_a_line_has_no_linear_error_and_a_known_one_of_no_change() -> None:
    pair = windows_of(np.stack([3 * STEPS - 7, -2 * STEPS], axis=-1), 4)
    errors = trivial_errors(pair, pair)
    assert errors["linear"] == pytest.approx(0, abs=1e-18)
    assert errors["no_change"] == pytest.approx((9 + 4) / 2)


def test_the_autoregression_is_exact_on_a_noiseless_sine_away_from_zero() -> None:
    series = 100 + np.sin(STEPS / 20)[:, np.newaxis]
    windows, targets = windows_of(series, 5)
    forecasts = autoregressive_forecast((windows[:300], targets[:300]), windows[300:])
    assert mean_squared_error(forecasts, targets[300:]) < 1e-20


def test_the_autoregression_finds_the_weights_of_a_noisy_process() -> None:
    generator = np.random.default_rng(0)
    weights = generator.normal(size=(3, 2, 2))
    windows = generator.normal(size=(20_000, 3, 2))
    targets = np.einsum("nwi,wio->no", windows, weights) + [1.0, -2.0] + 0.1 * generator.normal(size=(20_000, 2))
    basis = np.concatenate([np.zeros((1, 3, 2)), np.eye(6).reshape(6, 3, 2)])
    constant, *columns = autoregressive_forecast((windows, targets), basis)
    np.testing.assert_allclose(columns - constant, weights.reshape(6, 2), atol=0.005)
    np.testing.assert_allclose(constant, [1.0, -2.0], atol=0.005)


def test_the_published_numbers_of_no_change() -> None:
    x = np.linspace(0, 100, 10_000)
    errors = {}
    for name, series in (("sin", np.sin(x)), ("x-sin", x * np.sin(x))):
        pair = windows_of(series[9000:, np.newaxis], 3)
        errors[name] = trivial_errors(pair, pair)
    assert list(errors["sin"]) == list(TRIVIAL_FORECASTS)
    assert errors["sin"]["no_change"] == pytest.approx(0.0000498, rel=0.01)
    assert errors["x-sin"]["no_change"] == pytest.approx(0.446, rel=0.01)
    assert errors["sin"]["linear"] == pytest.approx(5e-9, rel=0.01)


def test_skill() -> None:
    assert (skill(0.0, 2.0), skill(2.0, 2.0), skill(4.0, 2.0)) == (1.0, 0.0, -1.0)
    assert skill(0.5, 0.0) is None  # values that do not change
