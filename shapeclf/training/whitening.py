"""A linear layer whose inputs are whitened: made uncorrelated, with variance 1."""

from typing import final

import torch
from torch import Tensor, nn

__all__ = ["WhitenedLinear"]

_LEAST_SPREAD = 1e-3  # added to the standard deviation of an input: one that hardly varies must not be amplified
_LEAST_VARIANCE = 0.01  # added to the variances of the principal components, whose mean is about 1


@final
class WhitenedLinear(nn.Linear):
    """A linear layer of whitened inputs, W·T·(x − m) + b, where only W and b are trained.

    Gradient descent is slow where inputs are strongly correlated (LeCun, Bottou, Orr and Müller 1998, Efficient
    BackProp). m is the mean of the inputs, T = C^(−1/2)·S^(−1) with their standard deviations S and correlations C.
    Since T does not change, W·T is the weight of an equivalent linear layer, `folded`.

    Example:
        >>> layer = WhitenedLinear(2, 5)
        >>> inputs = torch.randn(3, 100, 2).cumsum(-1)  # (batch, points, inputs)
        >>> layer.fit(inputs)
        >>> torch.allclose(layer(inputs), layer.folded()(inputs))
        True
    """

    mean: Tensor
    whitening: Tensor

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__(in_features, out_features)
        self.register_buffer("mean", torch.zeros(in_features))
        self.register_buffer("whitening", torch.eye(in_features))

    def fit(self, inputs: Tensor) -> None:
        """Fit the whitening to inputs after each point of sequences.

        Point n of a sequence has the weight 1/n, since the logarithms of the lengths of sequences are uniform.

        Args:
            inputs: Shape (batch, points, inputs).
        """
        number = torch.arange(1, inputs.shape[1] + 1, dtype=torch.float64)
        weights = (1.0 / number).expand(len(inputs), -1).flatten()
        weights = (weights / weights.sum())[:, None]
        rows = inputs.flatten(0, 1).double()
        mean = (weights * rows).sum(0)
        spread = (weights * (rows - mean) ** 2).sum(0).sqrt() + _LEAST_SPREAD
        rows = (rows - mean) / spread
        variances, directions = torch.linalg.eigh(rows.T @ (weights * rows))
        scales = (variances.clip(min=0.0) + _LEAST_VARIANCE).rsqrt()
        self.mean.copy_(mean)
        self.whitening.copy_((directions * scales) @ directions.T / spread)

    def folded(self) -> nn.Linear:
        """Return the equivalent linear layer of inputs that are not whitened."""
        layer = nn.Linear(self.in_features, self.out_features)
        weight, bias = self._folded()
        with torch.no_grad():
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
        return layer

    def forward(self, inputs: Tensor) -> Tensor:
        return nn.functional.linear(inputs, *self._folded())

    def _folded(self) -> tuple[Tensor, Tensor]:
        weight = self.weight @ self.whitening
        return weight, self.bias - weight @ self.mean
