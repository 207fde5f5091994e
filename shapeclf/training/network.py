"""The network: points and state in, log-probabilities after every point and state out."""

from typing import NamedTuple, final

import torch
from torch import Tensor, nn

from shapeclf.training.coordinates import ScaledCoordinates

__all__ = ["ShapeNetwork", "State"]


class State(NamedTuple):
    """All that the network keeps of the points before.

    Attributes:
        coordinates: shape (batch, state_width), float64.
        hidden: shape (layers, batch, hidden), float32.
        cell: shape (layers, batch, hidden), float32.
    """

    coordinates: Tensor
    hidden: Tensor
    cell: Tensor


@final
class ShapeNetwork(nn.Module):
    """Coordinates, an LSTM, a linear layer and a log-softmax, after every point.

    Args:
        families: number of families.
        coordinates: what the LSTM sees of the points.
        hidden_size: width of the LSTM.
        layers: LSTM layers on top of each other.

    Example:
        >>> network = ShapeNetwork(families=3)
        >>> log_probabilities, state = network(torch.rand(5, 8, 2, dtype=torch.float64))
        >>> log_probabilities.shape
        torch.Size([5, 8, 3])
    """

    def __init__(
        self, families: int, coordinates: ScaledCoordinates | None = None, hidden_size: int = 100, layers: int = 1
    ) -> None:
        super().__init__()
        self.coordinates = ScaledCoordinates() if coordinates is None else coordinates
        self.lstm = nn.LSTM(self.coordinates.width, hidden_size, layers, batch_first=True)
        self.head = nn.Linear(hidden_size, families)

    def initial_state(self, batch: int) -> State:
        """The state before the first point: zeros."""
        weight = self.head.weight
        recurrent = weight.new_zeros(self.lstm.num_layers, batch, self.lstm.hidden_size)
        return State(weight.new_zeros(batch, self.coordinates.state_width, dtype=torch.float64), recurrent, recurrent)

    def forward(self, points: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Log-probabilities of the families after every point.

        Args:
            points: shape (batch, points, 2), float64.
            state: what an earlier call returned, to go on from there; by default the start.

        Returns:
            log-probabilities, shape (batch, points, families), and the state after the last point.
        """
        coordinates, hidden, cell = self.initial_state(points.shape[0]) if state is None else state
        features, coordinates = self.coordinates(points, coordinates)  # (batch, points, width)
        outputs, (hidden, cell) = self.lstm(features, (hidden, cell))  # (batch, points, hidden)
        return torch.log_softmax(self.head(outputs), dim=-1), State(coordinates, hidden, cell)
