from typing import Any

import pytest
import torch

from shapeclf.errors import InputError
from shapeclf.training.waves.weighted_loss import step_weights, weighted_squared_error


def test_the_loss_equals_the_hand_computation() -> None:
    forecasts = torch.tensor([[[1.0], [2.0], [3.0]], [[0.0], [0.0], [1.0]]])
    targets = torch.zeros(2, 3, 1)
    weights = step_weights(3, unscored=1, late_weight=0.5)
    # Weights 0, 2/3, 1/3; squared errors 1 4 9 and 0 0 1: (4 * 2/3 + 9/3 + 1/3) / 2 = 3.
    assert weighted_squared_error(forecasts, targets, weights).item() == pytest.approx(3.0)


def test_equal_weights_give_the_mean_squared_error() -> None:
    forecasts, targets = torch.randn(2, 4, 7, 3, generator=torch.Generator().manual_seed(0))
    loss = weighted_squared_error(forecasts, targets, step_weights(7))
    torch.testing.assert_close(loss, torch.nn.functional.mse_loss(forecasts, targets))


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"unscored": 5}, "unscored: 5 .* allowed are 0..4"), ({"late_weight": -1.0}, "late_weight: -1.0")],
    ids=["unscored", "late weight"],
)
def test_settings_are_checked(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        step_weights(5, **settings)
