from typing import Any

import pytest
import torch

from shapeclf.errors import InputError
from shapeclf.training.waves.forecaster import Forecaster
from shapeclf.training.waves.recipes import OptimizerName, WaveRecipe

FORMS: dict[str, dict[str, Any]] = {
    "stream": {"hidden_sizes": (6, 4), "level": (0.5, -0.5), "spread": (2.0, 3.0)},
    "phase": {
        "window": 4,
        "scaling": "phase",
        "level": (0.5, -0.5),
        "spread": (2.0, 3.0),
        "window_spread": (0.2, 0.3),
    },
}
VALUES = torch.randn(3, 20, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def forecaster_of(**settings: Any) -> Forecaster:
    """Return a forecaster without a window, unless the settings say otherwise."""
    scale = {name: settings.pop(name) for name in ("level", "spread", "window_spread", "seed") if name in settings}
    plain = {"name": "test", "window": None, "scaling": "series", "crop_steps": 19, "schedule": "constant"}
    return Forecaster(WaveRecipe(**(plain | settings)), **scale)


@pytest.fixture(params=list(FORMS.values()), ids=list(FORMS))
def forecaster(request: pytest.FixtureRequest) -> Forecaster:
    return forecaster_of(**request.param).eval()


@torch.no_grad()
def test_step_by_step_equals_all_at_once_from_any_state(forecaster: Forecaster) -> None:
    whole, after = forecaster(VALUES)
    for first in (1, 2, 7):
        forecasts, state = forecaster(VALUES[:, :first])
        parts = [forecasts]
        for step in range(first, 20):
            forecasts, state = forecaster(VALUES[:, step : step + 1], state)
            parts.append(forecasts)
        torch.testing.assert_close(torch.cat(parts, dim=1), whole, rtol=0, atol=1e-5)
    if after.recent is not None:
        torch.testing.assert_close(state.recent, after.recent)


@torch.no_grad()
def test_drawing_is_forecasting_what_was_drawn(forecaster: Forecaster) -> None:
    drawn = forecaster.draw(VALUES, 5)
    again, _ = forecaster(torch.cat([VALUES, drawn], dim=1))
    torch.testing.assert_close(drawn, again[:, -6:-1], rtol=0, atol=1e-5)


@torch.no_grad()
def test_forecasts_follow_the_series_to_other_units() -> None:
    forecaster = forecaster_of(window=4, scaling="phase", window_spread=(0.2,))
    values = VALUES[..., :1]
    torch.testing.assert_close(forecaster(50 * values)[0], 50 * forecaster(values)[0])


@torch.no_grad()
def test_the_highway_without_the_lstm_is_an_autoregression() -> None:
    forecaster = forecaster_of(window=4, scaling="phase", window_spread=(0.2,), highway=True)
    assert forecaster.highway is not None
    for weight in forecaster.network.parameters():
        weight.zero_()
    weights = torch.tensor([0.1, -0.3, 0.5, 0.7])
    forecaster.highway[0, :, 0] = weights  # the second feature is the level
    windows = VALUES[:, :4, :1]
    last = windows[:, -1]
    expected = last + torch.einsum("bw,w->b", (windows - last[:, None])[..., 0], weights.double())[:, None]
    torch.testing.assert_close(forecaster.forecast_windows(windows), expected, rtol=0, atol=1e-6)


@torch.no_grad()
def test_the_loss_without_a_window_equals_the_hand_computation() -> None:
    forecaster = forecaster_of(level=(0.5,), spread=(2.0,), unscored=3, late_weight=1.0)
    inputs, targets = VALUES[:, :-1, :1], VALUES[:, 1:, :1]
    expected = ((forecaster(inputs)[0] - targets)[:, 3:] / 2.0).square().mean()
    torch.testing.assert_close(forecaster.loss((inputs, targets)).double(), expected, rtol=1e-5, atol=0)


@torch.no_grad()
def test_the_loss_of_a_window_is_that_of_its_last_forecast() -> None:
    forecaster = forecaster_of(window=4, scaling="phase", spread=(2.0,), window_spread=(0.5,))
    inputs, targets = VALUES[:, :4, :1], VALUES[:, 1:5, :1]
    errors = forecaster.forecast_windows(inputs) - targets[:, -1]
    expected = (errors / 0.5).square().mean()
    torch.testing.assert_close(forecaster.loss((inputs, targets)).double(), expected, rtol=1e-5, atol=0)


@torch.no_grad()
def test_free_running_scores_what_the_forecaster_draws() -> None:
    forecaster = forecaster_of(free_running=6, free_running_after=10, unscored=13)
    inputs, targets = VALUES[:, :-1, :1], VALUES[:, 1:, :1]
    drawn = forecaster.draw(inputs[:, :13], 7)
    expected = (drawn[:, 1:] - targets[:, 13:]).square().mean()
    torch.testing.assert_close(forecaster.loss((inputs, targets), 10).double(), expected, rtol=1e-5, atol=0)
    assert forecaster.loss((inputs, targets), 9) == forecaster.loss((inputs, targets))


@pytest.mark.parametrize(
    ("optimizer", "rate", "updates"), [("adam", 0.02, 60), ("adagrad", 0.1, 60), ("lbfgs", 0.5, 4)]
)
def test_one_batch_is_overfitted_by_each_optimizer(optimizer: OptimizerName, rate: float, updates: int) -> None:
    steps = torch.arange(40, dtype=torch.float64)
    wave = torch.sin(steps / 3 + torch.tensor([[0.0], [1.0]], dtype=torch.float64)).unsqueeze(-1)
    batch = (wave[:, :-1], wave[:, 1:])
    forecaster = forecaster_of(optimizer=optimizer, learning_rate=rate, unscored=2)
    tool = forecaster.configure_optimizers()
    before = forecaster.loss(batch, 0).item()

    def closure() -> torch.Tensor:
        tool.zero_grad()
        loss = forecaster.loss(batch, 0)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    for _ in range(updates):
        tool.step(closure)
    assert forecaster.loss(batch).item() < 0.1 * before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"window": 1}, "window must be from 2"),
        ({"scaling": "phase"}, "without a window"),
        ({"window": 5, "free_running": 2}, "free_running: a forecaster with a window does not"),
        ({"free_running": 19}, r"free_running: 19 was given; allowed are 0\.\.18"),
        ({"noise": -1.0}, "noise"),
        ({"hidden_sizes": ()}, "hidden_sizes must have 1 to 100 layers, and dense_sizes at most 100"),
        ({"hidden_sizes": (3, 0)}, "hidden_sizes must be from 1"),
        ({"hidden_sizes": 3}, "hidden_sizes must be a tuple of whole numbers, got 3"),
        ({"dropout": 1.0}, "dropout: 1.0 was given"),
        ({"highway": True}, "highway: it needs a window"),
        ({"optimizer": "sgd"}, "optimizer must be one of adagrad, adam, lbfgs; got 'sgd'"),
    ],
    ids=[
        "window",
        "scaling",
        "free running",
        "all free running",
        "noise",
        "layers",
        "width",
        "widths",
        "dropout",
        "highway",
        "optimizer",
    ],
)
def test_settings_are_checked(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        forecaster_of(**settings)


def test_drawing_needs_a_whole_window_and_a_step() -> None:
    forecaster = forecaster_of(window=4)
    with pytest.raises(InputError, match="warm_up: 3 values were given; at least 4"):
        forecaster.draw(VALUES[:, :3, :1], 5)
    with pytest.raises(InputError, match="steps: 0"):
        forecaster.draw(VALUES[..., :1], 0)
