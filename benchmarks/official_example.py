"""Does PyTorch's published sine drawer (``time_sequence_prediction``) diverge, and what decides it?

The network (two LSTM cells of width 51, in double precision), the waves, the initial weights and the optimiser (L-BFGS
with rate 0.8 on the whole batch) are those of the example. ``--by cells`` runs one ``LSTMCell`` after another step by
step, as published. ``--by layers`` runs ``LSTM`` along the whole wave with the same weights, which differs only in
rounding. ``--jitter 1e-14`` multiplies each initial weight by 1 + 1e-14 z, z standard normal.

    python -m benchmarks.official_example [--by cells|layers] [--jitter 0] [--jitter-seed 0] [--steps 15]

For each step of the optimiser it prints a line: the first, last and largest loss of its (at most) 20 evaluations, and
the root mean squared error of 1000 drawn values of the three test waves. A step takes about 30 s on one core.
"""

import argparse
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from shapeclf.datasets.wave_data import DRAWN_STEPS, HISTORY_STEPS
from shapeclf.datasets.waves import SHIFT_RANGE, shifted_sines

_WIDTH = 51
_SEED = 2  # the published one, of numpy's old generator
_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class Drawer(nn.Module):
    """Two LSTM cells and a linear layer, made in the published order from torch's global generator."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = nn.ModuleList([nn.LSTMCell(1, _WIDTH), nn.LSTMCell(_WIDTH, _WIDTH)])
        self.linear = nn.Linear(_WIDTH, 1)
        self.double()

    def by_cells(self, given: Tensor, future: int = 0) -> Tensor:
        """Return forecasts (waves, given + future): from given values (waves, given), then from its own forecasts."""
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
        """Return the same forecasts (waves, given), each cell run along the whole wave at once."""
        values = given.unsqueeze(-1)
        for cell in self.cells:
            layer = nn.LSTM(values.shape[-1], _WIDTH, batch_first=True, device="meta")
            weights = {f"{name}_l0": getattr(cell, name) for name in _WEIGHTS}
            values = functional_call(layer, weights, (values,))[0]  # (waves, given, width)
        forecasts: Tensor = self.linear(values).squeeze(-1)
        return forecasts


class Step(NamedTuple):
    """The results of a step of the optimiser.

    Attributes:
        losses: Loss at each of its evaluations.
        drawn_rmse: The root mean squared error of the 1000 self-drawn values.
    """

    losses: list[float]
    drawn_rmse: float


def waves() -> tuple[Tensor, Tensor]:
    """Return the hundred sines of 1999 steps in double precision: three to draw, 97 to learn from."""
    shifts = np.random.RandomState(_SEED).randint(*SHIFT_RANGE, 100)
    long = torch.tensor(shifted_sines(shifts, HISTORY_STEPS + DRAWN_STEPS)[..., 0])
    return long[:3], long[3:, : HISTORY_STEPS + 1]


def trained(by: str, steps: int, jitter: float = 0.0, jitter_seed: int = 0) -> Iterator[Step]:
    """Train as published, ``by`` cells or layers; a step is about 30 s on one core."""
    torch.manual_seed(0)
    drawer = Drawer()
    noise = torch.Generator().manual_seed(jitter_seed)
    with torch.no_grad():
        for weight in drawer.parameters():
            weight.mul_(1 + jitter * torch.randn(weight.shape, generator=noise, dtype=weight.dtype))
    drawn_from, train = waves()
    history, truth = drawn_from[:, :HISTORY_STEPS], drawn_from[:, HISTORY_STEPS:]
    forecast = drawer.by_cells if by == "cells" else drawer.by_layers
    optimizer = torch.optim.LBFGS(drawer.parameters(), lr=0.8)
    for _ in range(steps):
        losses: list[float] = []

        def closure(losses: list[float] = losses) -> Tensor:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(forecast(train[:, :-1]), train[:, 1:])
            loss.backward()  # type: ignore[no-untyped-call]
            losses.append(loss.item())
            return loss

        optimizer.step(closure)  # type: ignore[no-untyped-call]
        with torch.no_grad():
            drawn = drawer.by_cells(history, future=DRAWN_STEPS - 1)[:, HISTORY_STEPS - 1 :]
        yield Step(losses, float((drawn - truth).square().mean().sqrt()))


def main() -> None:
    """Train as published and print a line a step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--by", choices=("cells", "layers"), default="cells")
    parser.add_argument("--jitter", type=float, default=0.0)
    parser.add_argument("--jitter-seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=15)
    options = parser.parse_args()
    torch.set_num_threads(1)
    start = time.perf_counter()
    steps = trained(options.by, options.steps, options.jitter, options.jitter_seed)
    for number, (losses, drawn_rmse) in enumerate(steps, start=1):
        print(
            f"step {number}: loss {losses[0]:.3g} to {losses[-1]:.3g}, at most {max(losses):.3g}; "
            f"RMSE of drawn waves {drawn_rmse:.4g} ({time.perf_counter() - start:.0f} s)",
            flush=True,
        )


if __name__ == "__main__":
    main()
