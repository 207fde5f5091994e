"""The network. It maps points and a state to log-probabilities after every point and the next state."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple, final

import torch
from torch import Tensor, nn

from shapeclf.datasets._types import FloatArray
from shapeclf.training.coordinates import Coordinates, ScaledCoordinates
from shapeclf.training.operations import TorchOperations
from shapeclf.training.recipes import CoordinatesName
from shapeclf.training.running_coordinates import RunningCoordinates
from shapeclf.training.weighted_coordinates import WeightedCoordinates
from shapeclf.training.whitening import WhitenedLinear

__all__ = ["COORDINATES", "ShapeNetwork", "State", "coordinates_of"]

COORDINATES: Mapping[CoordinatesName, Callable[[], Coordinates]] = MappingProxyType(
    {"scaled": ScaledCoordinates, "running": RunningCoordinates, "weighted": WeightedCoordinates}
)

_POINTS_AT_ONCE = 512  # few enough for the working arrays, about 1,000 numbers per point, to fit the cache


class State(NamedTuple):
    """The state of the network after the previous points.

    Attributes:
        coordinates: Shape (batch, *state_shape of the coordinates), float64.
        hidden: Shape (1, batch, hidden), float32.
        cell: Shape (1, batch, hidden), float32.
    """

    coordinates: Tensor
    hidden: Tensor
    cell: Tensor


def coordinates_of(coordinates: Coordinates, points: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Compute coordinates for few sequences at a time, so that working arrays fit the cache.

    Args:
        coordinates: The coordinates.
        points: (x, y) or (x, y, y_error) of each point, shape (batch, points, 2 or 3), float64. An error of 0 means
            that it is unknown. Coordinates without errors ignore it.
        state: State after the previous points, shape (batch, *state_shape), float64; by default that before the first
            point.

    Returns:
        Coordinates, shape (batch, points, width), and the state after the last point.
    """
    if state is None:
        state = points.new_zeros(len(points), *coordinates.state_shape, dtype=torch.float64)
    points = nn.functional.pad(points, (0, coordinates.columns - points.shape[-1]))  # missing errors become 0
    rows = max(1, _POINTS_AT_ONCE // points.shape[1])
    with torch.no_grad():  # nothing in them is learned
        parts = [
            coordinates.compute(TorchOperations(points.device), part, before)
            for part, before in zip(torch.split(points, rows), torch.split(state, rows), strict=True)
        ]
    features, states = zip(*parts, strict=True)
    return torch.cat(features), torch.cat(states)


@final
class ShapeNetwork(nn.Module):
    """Coordinates, an LSTM and a linear layer, then a log-softmax, after every point.

    Args:
        families: Number of classes: the families, and ``none`` if the data set has it.
        coordinates: Input coordinates: ``"scaled"``, ``"running"`` or ``"weighted"``.
        hidden_size: Width of the LSTM.
        embedding: Width of a layer before the LSTM, whose output is also an input of the layers after it; 0 for none.
        head: Width of a layer between the LSTM and the answer; 0 for none.
        final_answers: Whether the network also gives an answer for a sequence that ends at the point. This answer
            differs from that of a stream that may continue, because the x of an experiment are chosen together.

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
        embedding: int = 0,
        head: int = 0,
        final_answers: bool = False,
    ) -> None:
        super().__init__()
        self.coordinates = COORDINATES[coordinates]()
        width = self.coordinates.width
        # The recipe `fresh`, with other coordinates, must reproduce its shipped model, which has no whitening.
        kind = WhitenedLinear if coordinates == "weighted" else nn.Linear
        self.embedding = kind(width, embedding) if embedding else None
        self.lstm = nn.LSTM(embedding or width, hidden_size, batch_first=True)
        self.hidden_layer = nn.Linear(embedding + hidden_size, head) if head else None
        # Saved weights name the output layer `head`; the argument `head` is the width of `hidden_layer`.
        self.head = nn.Linear(head or embedding + hidden_size, families)
        self.final_head = nn.Linear(head or embedding + hidden_size, families) if final_answers else None

    def fit(self, points: FloatArray) -> None:
        """Fit the scale of the inputs to points of the data set.

        Call it before training only. It fits the coordinates, and then the embedding, if there is one. A
        `WhitenedLinear` embedding fits its whitening. The initial weights of any other embedding are scaled as if its
        inputs had mean 0 and variance 1.

        Args:
            points: Shape (batch, points, 2 or 3), without padding.
        """
        self.coordinates.fit(points[..., : self.coordinates.columns])
        if self.embedding is None:
            return
        with torch.no_grad():
            features = coordinates_of(self.coordinates, torch.from_numpy(points))[0]
            if isinstance(self.embedding, WhitenedLinear):
                self.embedding.fit(features)
                return
            features = features.flatten(0, 1)
            spread = features.std(0) + 1e-3  # a feature that hardly varies must not be amplified
            self.embedding.weight.div_(spread)
            self.embedding.bias.sub_(self.embedding.weight @ features.mean(0))

    def initial_state(self, batch: int) -> State:
        """Return the state before the first point: zeros."""
        weight = self.head.weight
        recurrent = weight.new_zeros(1, batch, self.lstm.hidden_size)
        return State(weight.new_zeros(batch, *self.coordinates.state_shape, dtype=torch.float64), recurrent, recurrent)

    def forward(self, points: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return the log-probabilities of the families after every point.

        Args:
            points: (x, y) or (x, y, y_error) of each point, shape (batch, points, 2 or 3), float64. An error of 0
                means that it is unknown. Coordinates without errors ignore it.
            state: State that an earlier call returned; by default the state before the first point.

        Returns:
            Log-probabilities, shape (batch, points, families), and the state after the last point.
        """
        so_far, _, state = self.answers(points, state)
        return so_far, state

    def answers(self, points: Tensor, state: State | None = None) -> tuple[Tensor, Tensor | None, State]:
        """Return the log-probabilities of `forward`, the final answers, and the state.

        The final answers are the log-probabilities for a sequence that ends at the point, in the same shape; None if
        the network has no final answers. Arguments are those of `forward`.
        """
        coordinates, hidden, cell = self.initial_state(points.shape[0]) if state is None else state
        inputs, coordinates = coordinates_of(self.coordinates, points, coordinates)
        so_far, final, (hidden, cell) = self.answers_from(inputs, (hidden, cell))
        return so_far, final, State(coordinates, hidden, cell)

    def answers_from(
        self, inputs: Tensor, recurrent: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor | None, tuple[Tensor, Tensor]]:
        """Return the answers of `answers` from coordinates that have already been computed.

        Args:
            inputs: Coordinates of each point, shape (batch, points, width).
            recurrent: Hidden and cell state of the LSTM, as in `State`; by default zeros.

        Returns:
            Log-probabilities, final answers or None, and the hidden and cell state after the last point.
        """
        if self.embedding is not None:
            inputs = nn.functional.silu(self.embedding(inputs))  # (batch, points, embedding)
        outputs, recurrent = self.lstm(inputs, recurrent)  # (batch, points, hidden)
        if self.embedding is not None:
            outputs = torch.cat((inputs, outputs), dim=-1)
        if self.hidden_layer is not None:
            outputs = nn.functional.silu(self.hidden_layer(outputs))
        final = None if self.final_head is None else torch.log_softmax(self.final_head(outputs), dim=-1)
        return torch.log_softmax(self.head(outputs), dim=-1), final, recurrent
