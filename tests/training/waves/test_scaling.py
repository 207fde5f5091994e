from typing import Any, get_args

import pytest
import torch

from shapeclf.errors import InputError
from shapeclf.training.waves.recipes import ScalingName
from shapeclf.training.waves.scaling import Scaling

VALUES = torch.randn(4, 6, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def _scaling(name: ScalingName, level: tuple[float, float] = (0.5, -1.0)) -> Scaling:
    return Scaling(name, level, (2.0, 3.0), (0.2, 0.3))


@pytest.mark.parametrize("name", get_args(ScalingName))
def test_scaling_can_be_undone(name: ScalingName) -> None:
    scaled = _scaling(name)(VALUES)
    torch.testing.assert_close(scaled.level + scaled.size * scaled.values, VALUES)
    assert scaled.features.shape[-1] == _scaling(name).features


def test_the_phase_does_not_show_the_factor_but_the_level() -> None:
    scaling = _scaling("phase", level=(0.0, 0.0))
    torch.testing.assert_close(scaling(50 * VALUES).features, scaling(VALUES).features)
    assert not torch.allclose(scaling(1 + VALUES).features, scaling(VALUES).features)


def test_the_size_of_a_sine_hardly_changes_in_the_phase_plane() -> None:
    steps = torch.arange(1000, dtype=torch.float64) / 100
    windows = torch.sin(steps).unfold(0, 10, 1).unsqueeze(-1)
    within = windows.var(dim=1, correction=0).mean().sqrt().item()
    size = Scaling("phase", (0.0,), (0.7071,), (within,))(windows).size
    assert size.max() / size.min() < 1.1


def test_a_constant_window_scales_to_zeros() -> None:
    scaled = _scaling("phase")(torch.ones(1, 4, 2, dtype=torch.float64))
    assert scaled.values.abs().max() == 0
    assert scaled.size.isfinite().all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (("series", (0.0,), (0.0,), None), "spreads above 0"),
        (("series", (0.0, 0.0), (1.0,), None), "a number for each channel"),
        (("phase", (0.0,), (1.0,), None), "window_spread need a number"),
    ],
    ids=["no spread", "channels", "phase"],
)
def test_settings_are_checked(settings: tuple[Any, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Scaling(*settings)
