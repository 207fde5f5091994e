"""The network point by point against the network all at once."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from shapeclf.training.network import ShapeNetwork, State


def network_of(seed: int = 0) -> ShapeNetwork:
    torch.manual_seed(seed)
    network = ShapeNetwork(families=3, hidden_size=12)
    network.coordinates.fit(points_of(50, 8).numpy())
    return network.requires_grad_(False)


def points_of(batch: int, points: int, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    unit = torch.rand(batch, points, 2, generator=generator, dtype=torch.float64)
    return unit * torch.tensor([10.0, 200.0]) + 5.0


def random_state(network: ShapeNetwork, batch: int) -> State:
    shape = (1, batch, network.lstm.hidden_size)
    generator = torch.Generator().manual_seed(2)
    hidden, cell = (torch.randn(shape, generator=generator) for _ in range(2))
    return State(torch.zeros(batch, 0, dtype=torch.float64), torch.tanh(hidden), cell)


def assert_states_close(one: State, other: State) -> None:
    for left, right in zip(one, other, strict=True):
        torch.testing.assert_close(left, right, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("start", ["zero", "non-zero"])
def test_step_by_step_equals_all_at_once(start: str) -> None:
    network = network_of()
    points = points_of(5, 9)
    state = network.initial_state(5) if start == "zero" else random_state(network, 5)
    expected, expected_end = network(points, state)
    answers = []
    for step in range(points.shape[1]):
        answer, state = network(points[:, step : step + 1], state)
        answers.append(answer)
    torch.testing.assert_close(torch.cat(answers, dim=1), expected, rtol=1e-5, atol=1e-6)
    assert_states_close(state, expected_end)


@given(length=st.integers(2, 70), share=st.floats(0.0, 1.0))
def test_cut_anywhere_it_answers_the_same(length: int, share: float) -> None:
    network = network_of()
    points = points_of(2, length)
    cut = 1 + int(share * (length - 2))
    expected, _ = network(points)
    first, state = network(points[:, :cut])
    second, _ = network(points[:, cut:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("length", [1, 2, 8, 300], ids="{}-points".format)
def test_any_length_gives_a_distribution_after_every_point(length: int) -> None:
    log_probabilities, state = network_of()(points_of(3, length))
    assert log_probabilities.shape == (3, length, 3)
    assert log_probabilities.dtype == torch.float32
    torch.testing.assert_close(log_probabilities.exp().sum(-1), torch.ones(3, length))
    assert state.hidden.shape == state.cell.shape == (1, 3, 12)


def test_no_state_is_the_zero_state() -> None:
    network, points = network_of(1), points_of(4, 3)
    torch.testing.assert_close(network(points)[0], network(points, network.initial_state(4))[0], rtol=0.0, atol=0.0)


def test_a_later_point_changes_no_earlier_answer() -> None:
    network, points = network_of(2), points_of(4, 6)
    changed = points.clone()
    changed[:, 4:] += 100.0
    before, after = network(points)[0], network(changed)[0]
    torch.testing.assert_close(before[:, :4], after[:, :4], rtol=0.0, atol=0.0)
    assert not torch.allclose(before[:, 4:], after[:, 4:])


def test_an_input_state_is_not_changed() -> None:
    network = network_of(1)
    state = random_state(network, 2)
    copies = State(*(tensor.clone() for tensor in state))
    network(points_of(2, 5), state)
    for tensor, copy in zip(state, copies, strict=True):
        torch.testing.assert_close(tensor, copy, rtol=0.0, atol=0.0)


def test_sequences_of_a_batch_are_independent() -> None:
    network, points = network_of(2), points_of(6, 5)
    together = network(points)[0]
    separate = torch.cat([network(sequence[None])[0] for sequence in points])
    torch.testing.assert_close(together, separate, rtol=1e-5, atol=1e-6)
