import pytest
import torch

from shapeclf.training.waves.network import ForecasterNetwork

VALUES = torch.randn(3, 9, 2, generator=torch.Generator().manual_seed(0))


def _network(seed: int = 0, dropout: float = 0.0) -> ForecasterNetwork:
    return ForecasterNetwork(
        features=2,
        channels=1,
        hidden_sizes=(5, 3),
        dense_sizes=(4,),
        dropout=dropout,
        generator=torch.Generator().manual_seed(seed),
    )


@pytest.mark.parametrize("gradients", [True, False])  # without them a step goes through the cell alone
def test_step_by_step_equals_all_at_once_from_a_state(gradients: bool) -> None:
    network = _network()
    parts = []
    with torch.set_grad_enabled(gradients):
        _, state = network(VALUES)
        whole, after = network(VALUES, state)
        for step in range(9):
            output, state = network(VALUES[:, step : step + 1], state)
            parts.append(output)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole)
    for one, other in zip(state, after, strict=True):
        torch.testing.assert_close(one, other)
    assert [state[0][0].shape, state[1][1].shape] == [(3, 5), (3, 3)]


def test_only_the_seed_determines_the_weights() -> None:
    torch.manual_seed(1)
    first = _network(4).state_dict()
    torch.manual_seed(2)
    again = _network(4).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["output.weight"], _network(5).state_dict()["output.weight"])


def test_dropout_is_used_in_training_only_and_depends_on_its_generator() -> None:
    network = _network(dropout=0.5)

    def output(seed: int | None) -> torch.Tensor:
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        outputs: torch.Tensor = network(VALUES, None, generator)[0]
        return outputs

    torch.testing.assert_close(output(1), output(1))
    assert not torch.allclose(output(1), output(2))
    network.eval()
    torch.testing.assert_close(output(1), output(None))


def test_dropout_keeps_the_mean() -> None:
    network = _network(dropout=0.25)
    ones = torch.ones(1, 1, 100_000)
    dropped = network._dropout(ones, torch.Generator().manual_seed(0))
    assert abs(dropped.mean() - 1) < 0.01
    assert dropped.unique().tolist() == pytest.approx([0.0, 4 / 3])  # type: ignore[no-untyped-call]
