"""The network of the forecaster: LSTM layers of any widths, dense layers, one output for every input."""

import math

import torch
from torch import Tensor, nn

__all__ = ["ForecasterNetwork", "LayerStates"]

# For each LSTM layer its output and its cell state, each of shape (batch, width).
LayerStates = tuple[tuple[Tensor, Tensor], ...]


class ForecasterNetwork(nn.Module):
    """Stacked LSTM layers, then dense layers with tanh, then a linear layer whose outputs are the channels.

    Args:
        features: Number of inputs of a step, at least 1.
        channels: Number of outputs of a step, at least 1.
        hidden_sizes: Width of each LSTM layer; at least one layer.
        dense_sizes: Width of each dense layer after the last LSTM layer; may be empty.
        dropout: Share of a layer's outputs that dropout between layers sets to 0 in training, in [0, 1).
        generator: Random generator of the initial weights.
    """

    def __init__(
        self,
        *,
        features: int,
        channels: int,
        hidden_sizes: tuple[int, ...],
        dense_sizes: tuple[int, ...] = (),
        dropout: float = 0.0,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.dropout = dropout
        inputs = (features, *hidden_sizes[:-1])
        widths = (hidden_sizes[-1], *dense_sizes)
        with torch.random.fork_rng(devices=[]):  # torch draws weights too, which are overwritten below
            self.cells = nn.ModuleList(
                nn.LSTM(width_in, width, batch_first=True) for width_in, width in zip(inputs, hidden_sizes, strict=True)
            )
            self.dense = nn.ModuleList(
                nn.Linear(width_in, width) for width_in, width in zip(widths[:-1], dense_sizes, strict=True)
            )
            self.output = nn.Linear(widths[-1], channels)
        self._draw_weights(generator)

    def forward(
        self, values: Tensor, state: LayerStates | None = None, generator: torch.Generator | None = None
    ) -> tuple[Tensor, LayerStates]:
        """Run the network over the steps of sequences.

        Args:
            values: Shape (batch, steps, features).
            state: State that an earlier call returned; None at the start.
            generator: Random generator of dropout in training; None for no dropout.

        Returns:
            Outputs (batch, steps, channels) and the state after the last step.
        """
        states = []
        for depth, cell in enumerate(self.cells):
            if depth:
                values = self._dropout(values, generator)
            values, after = self._run(cell, values, None if state is None else state[depth])
            states.append(after)
        for layer in self.dense:
            values = torch.tanh(layer(self._dropout(values, generator)))
        outputs: Tensor = self.output(values)
        return outputs, tuple(states)

    @staticmethod
    def _run(
        layer: nn.Module, values: Tensor, state: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        if state is not None and values.shape[1] == 1 and not torch.is_grad_enabled():
            # Drawing takes a thousand single steps, and a cell computes one in a fraction of a layer's time.
            output, cell = torch.lstm_cell(values[:, 0], state, *layer.parameters())
            return output.unsqueeze(1), (output, cell)
        before = None if state is None else tuple(part.unsqueeze(0) for part in state)
        values, (output, cell) = layer(values, before)  # (batch, steps, width)
        return values, (output.squeeze(0), cell.squeeze(0))

    def _dropout(self, values: Tensor, generator: torch.Generator | None) -> Tensor:
        if generator is None or not self.training or self.dropout == 0:
            return values
        mask = torch.rand(values.shape, generator=generator, dtype=values.dtype) >= self.dropout
        return values * mask / (1 - self.dropout)

    @torch.no_grad()
    def _draw_weights(self, generator: torch.Generator) -> None:
        """Draw the weights as torch does, uniform within 1/sqrt(width), but from an explicit generator."""
        for module in self.modules():
            if isinstance(module, nn.LSTM | nn.Linear):
                width = module.hidden_size if isinstance(module, nn.LSTM) else module.in_features
                for weight in module.parameters():
                    weight.uniform_(-1 / math.sqrt(width), 1 / math.sqrt(width), generator=generator)
