"""Does PyTorch's published sine drawer (``time_sequence_prediction``) diverge, and what decides it?

Its network, two cells of 51 in double precision, its waves, its first weights and its optimiser, L-BFGS at rate 0.8
on the whole batch. The same sums can be done in two ways, which differ in rounding alone: one ``LSTMCell`` after
another step by step, as published, or ``LSTM`` along the whole wave with the very same weights. And the first weights
can be moved by a hair: ``--jitter 1e-14`` multiplies each by 1 + 1e-14 z, z standard normal.

    python -m benchmarks.official_example [--by cells|layers] [--jitter 0] [--jitter-seed 0] [--steps 15]

A line a step: the losses of its (at most) 20 evaluations, first, last and largest, and the root mean squared error of
1000 self-drawn values of the three test waves. About 30 s a step on one core.
"""

import argparse
import time

import torch
from torch import Tensor, nn
from torch.func import functional_call

from shapeclf.datasets.wave_data import official_sine_data

_WIDTH = 51
_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class Drawer(nn.Module):
    """Two LSTM cells and a linear layer, made in the published order from torch's global generator."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = nn.ModuleList([nn.LSTMCell(1, _WIDTH), nn.LSTMCell(_WIDTH, _WIDTH)])
        self.linear = nn.Linear(_WIDTH, 1)
        self.double()

    def by_cells(self, given: Tensor, future: int = 0) -> Tensor:
        """Forecasts (waves, given + future) after each of the given values (waves, given), then by itself."""
        states: list[tuple[Tensor, Tensor] | None] = [None, None]
        forecasts: list[Tensor] = []
        for step in range(given.shape[1] + future):
            values = given[:, step : step + 1] if step < given.shape[1] else forecasts[-1]
            for depth, cell in enumerate(self.cells):
                states[depth] = after = cell(values, states[depth])
                values = after[0]
            forecasts.append(self.linear(values))
        return torch.cat(forecasts, dim=1)

    def by_layers(self, given: Tensor) -> Tensor:
        """The same forecasts (waves, given), each cell taken along the whole wave at once."""
        values = given.unsqueeze(-1)
        for cell in self.cells:
            layer = nn.LSTM(values.shape[-1], _WIDTH, batch_first=True, device="meta")
            weights = {f"{name}_l0": getattr(cell, name) for name in _WEIGHTS}
            values = functional_call(layer, weights, (values,))[0]  # (waves, given, width)
        forecasts: Tensor = self.linear(values).squeeze(-1)
        return forecasts


def main() -> None:
    """Train as published and print a line a step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--by", choices=("cells", "layers"), default="cells")
    parser.add_argument("--jitter", type=float, default=0.0)
    parser.add_argument("--jitter-seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=15)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    drawer = Drawer()
    noise = torch.Generator().manual_seed(options.jitter_seed)
    with torch.no_grad():
        for weight in drawer.parameters():
            weight.mul_(1 + options.jitter * torch.randn(weight.shape, generator=noise, dtype=weight.dtype))
    data = official_sine_data()
    train, given, truth = (torch.tensor(part[..., 0]) for part in (data.train, data.given, data.truth))
    forecast = drawer.by_cells if options.by == "cells" else drawer.by_layers
    optimizer = torch.optim.LBFGS(drawer.parameters(), lr=0.8)
    start = time.perf_counter()
    for step in range(1, options.steps + 1):
        losses: list[float] = []

        def closure(losses: list[float] = losses) -> Tensor:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(forecast(train[:, :-1]), train[:, 1:])
            loss.backward()  # type: ignore[no-untyped-call]
            losses.append(loss.item())
            return loss

        optimizer.step(closure)  # type: ignore[no-untyped-call]
        with torch.no_grad():
            drawn = drawer.by_cells(given, future=truth.shape[1] - 1)[:, given.shape[1] - 1 :]
        print(
            f"step {step}: loss {losses[0]:.3g} to {losses[-1]:.3g}, at most {max(losses):.3g}; "
            f"drawn error {(drawn - truth).square().mean().sqrt():.4g} ({time.perf_counter() - start:.0f} s)",
            flush=True,
        )


if __name__ == "__main__":
    main()
