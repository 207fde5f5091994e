"""Whitened inputs of a linear layer."""

import torch

from shapeclf.training.whitening import WhitenedLinear


def correlated(batch: int = 40, points: int = 30) -> torch.Tensor:
    """Return inputs in different units, one almost the sum of two others, one constant; shape (batch, points, 5)."""
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn(batch, points, 4, generator=generator)
    total = drawn[..., :2].sum(-1, keepdim=True) + 0.2 * drawn[..., 3:]
    drawn = drawn[..., :3]
    return torch.cat([1e4 * drawn, total - 50.0, torch.full_like(total, 3.0)], dim=-1)


def test_whitened_inputs_are_uncorrelated_with_variance_one() -> None:
    inputs = correlated(points=1)
    layer = WhitenedLinear(5, 5)
    layer.fit(inputs)
    torch.nn.init.eye_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    white = layer(inputs).detach()[:, 0].double()
    covariance = white.T @ white / len(white)
    variances = torch.linalg.eigvalsh(covariance)
    assert white.mean(0).abs().max() < 1e-3
    # Beside the constant, only the direction of the small variance stays below 1, as the added variance prescribes.
    assert variances[0].abs() < 1e-6
    assert ((variances[2:] > 0.98) & (variances[2:] < 1.0)).all()
    assert 0.3 < variances[1] < 0.9


def test_early_points_count_more_since_every_length_is_as_likely_on_a_logarithmic_scale() -> None:
    inputs = torch.zeros(1, 4, 1)
    inputs[0, 0] = 1.0
    layer = WhitenedLinear(1, 1)
    layer.fit(inputs)
    assert torch.allclose(layer.mean, torch.tensor([1.0 / (1.0 + 1.0 / 2.0 + 1.0 / 3.0 + 1.0 / 4.0)]))


def test_the_folded_layer_is_the_same_function() -> None:
    inputs = correlated()
    layer = WhitenedLinear(5, 7)
    layer.fit(inputs)
    torch.testing.assert_close(layer.folded()(inputs), layer(inputs), atol=1e-4, rtol=1e-4)


def test_only_the_weights_after_the_whitening_are_trained() -> None:
    layer = WhitenedLinear(5, 7)
    layer.fit(correlated())
    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]
    assert set(layer.state_dict()) == {"weight", "bias", "mean", "whitening"}
