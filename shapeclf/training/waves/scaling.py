"""Scaling of the inputs and outputs of the forecaster's network."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from shapeclf.errors import InputError
from shapeclf.training.waves.recipes import ScalingName

__all__ = ["Scaled", "Scaling"]


class Scaled(NamedTuple):
    """Scaled sequences. Level and size undo the scaling: value = level + size * scaled value."""

    features: Tensor  # (batch, steps, features), the input of the network
    values: Tensor  # (batch, steps, channels)
    level: Tensor  # (batch or 1, 1, channels)
    size: Tensor  # (batch or 1, 1, channels)


class Scaling(nn.Module):
    """Scales sequences to a common range, in double precision, since neighbouring values agree in most digits.

    - ``series``: The mean of the series becomes 0, its standard deviation 1.
    - ``phase``: The last value is subtracted from each sequence, and the differences are divided by the size of the
      sequence, √(s² + l²). Here s is the standard deviation of the sequence, and l is the last value minus the mean of
      the series, times ``window_spread / spread``. The features therefore do not depend on the amplitude. Each value
      minus the mean of the series, times the same ratio, divided by the size, is a second feature of each channel. For
      a sine, the point (l, s) moves nearly on a circle, so the size hardly changes.

    Args:
        name: ``series`` or ``phase``.
        level: Mean of the training part, for each channel.
        spread: Standard deviation of the training part, for each channel, above 0.
        window_spread: Standard deviation within windows (root mean square over the training part), for each
            channel, above 0, which brings l and s to one scale in ``phase``; ``series`` does not need it.

    Raises:
        InputError: The arguments have different numbers of channels, or a spread is not above 0.
    """

    level: Tensor
    spread: Tensor
    share: Tensor

    def __init__(
        self,
        name: ScalingName,
        level: tuple[float, ...],
        spread: tuple[float, ...],
        window_spread: tuple[float, ...] | None = None,
    ) -> None:
        super().__init__()
        within = spread if window_spread is None and name == "series" else window_spread
        if within is None or not len(level) == len(spread) == len(within) or min(*spread, *within) <= 0:
            raise InputError("level, spread and window_spread need a number for each channel, the spreads above 0")
        self.name = name
        self.features = len(level) * (2 if name == "phase" else 1)
        self.register_buffer("level", torch.tensor(level, dtype=torch.float64))
        self.register_buffer("spread", torch.tensor(spread, dtype=torch.float64))
        self.register_buffer("share", torch.tensor(within, dtype=torch.float64) / self.spread)

    @property
    def unit(self) -> Tensor:
        """The typical size of a sequence, for each channel: the standard deviation of the series, or within windows."""
        return self.spread if self.name == "series" else self.share * self.spread

    def forward(self, values: Tensor) -> Scaled:
        """Scale sequences of shape (batch, steps, channels), float64."""
        if self.name == "series":
            scaled = (values - self.level) / self.spread
            return Scaled(scaled, scaled, self.level[None, None], self.spread[None, None])
        last = values[:, -1:]
        size = values.std(dim=1, keepdim=True, correction=0)
        size = torch.hypot(size, self.share * (last - self.level))
        size = size.where(size > 0, self.unit)
        scaled = (values - last) / size
        levels = self.share * (values - self.level) / size
        return Scaled(torch.cat([scaled, levels], dim=-1), scaled, last, size)
