"""The network: points and state in, log-probabilities after every point and state out."""

from typing import NamedTuple, final

import torch
from torch import Tensor, nn

from shapeclf.datasets._types import FloatArray
from shapeclf.training.coordinates import ScaledCoordinates
from shapeclf.training.recipes import CoordinatesName
from shapeclf.training.running_coordinates import RunningCoordinates

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
    """Coordinates, an LSTM and a head, then a log-softmax, after every point.

    Args:
        families: number of families.
        coordinates: what the network sees of the points: ``"scaled"`` or ``"running"``.
        hidden_size: width of the LSTM.
        layers: LSTM layers on top of each other.
        embedding: width of a layer before the LSTM, which the head sees as well; 0 for none.
        head: width of a layer between LSTM and answer; 0 for none.

    Example:
        >>> network = ShapeNetwork(families=3)
        >>> log_probabilities, state = network(torch.rand(5, 8, 2, dtype=torch.float64))
        >>> log_probabilities.shape
        torch.Size([5, 8, 3])
    """

    def __init__(
        self,
        families: int,
        coordinates: CoordinatesName = "scaled",
        hidden_size: int = 100,
        layers: int = 1,
        embedding: int = 0,
        head: int = 0,
    ) -> None:
        super().__init__()
        self.coordinates = ScaledCoordinates() if coordinates == "scaled" else RunningCoordinates()
        width = self.coordinates.width
        self.embedding = nn.Linear(width, embedding) if embedding else None
        self.lstm = nn.LSTM(embedding or width, hidden_size, layers, batch_first=True)
        self.between = nn.Linear(embedding + hidden_size, head) if head else None
        self.head = nn.Linear(head or embedding + hidden_size, families)

    def fit(self, points: FloatArray) -> None:
        """Takes from points of the data set what the network has to know of their scale.

        Before training only: coordinates take their scale, and an embedding starts as one of
        coordinates with mean 0 and variance 1.

        Args:
            points: shape (batch, points, 2), no padding.
        """
        self.coordinates.fit(points)
        if self.embedding is None:
            return
        with torch.no_grad():
            start = self.initial_state(len(points)).coordinates
            features = self.coordinates(torch.from_numpy(points), start)[0].flatten(0, 1)
            spread = features.std(0) + 1e-3  # a feature that hardly varies must not be blown up
            self.embedding.weight.div_(spread)
            self.embedding.bias.sub_(self.embedding.weight @ features.mean(0))

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
        inputs, coordinates = self.coordinates(points, coordinates)  # (batch, points, width)
        if self.embedding is not None:
            inputs = nn.functional.silu(self.embedding(inputs))  # (batch, points, embedding)
        outputs, (hidden, cell) = self.lstm(inputs, (hidden, cell))  # (batch, points, hidden)
        if self.embedding is not None:
            outputs = torch.cat((inputs, outputs), dim=-1)
        if self.between is not None:
            outputs = nn.functional.silu(self.between(outputs))
        return torch.log_softmax(self.head(outputs), dim=-1), State(coordinates, hidden, cell)
