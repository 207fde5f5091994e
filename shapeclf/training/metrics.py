"""Accuracy and negative log-likelihood after each number of points, as metrics of torchmetrics."""

from typing import Literal, final

import torch
from torch import Tensor
from torchmetrics import Metric

__all__ = ["AccuracyByPoints", "MeanNLLByPoints", "nll_of_points", "real_points"]


def real_points(lengths: Tensor, points: int) -> Tensor:
    """Return which points of padded sequences are real: shape (batch, points), bool."""
    return torch.arange(points, device=lengths.device) < lengths[:, None]


def nll_of_points(log_probabilities: Tensor, labels: Tensor) -> Tensor:
    """Return the negative log-likelihood of each sequence's family after each of its points.

    Args:
        log_probabilities: Shape (batch, points, families).
        labels: Shape (batch,).

    Returns:
        Natural logarithms, shape (batch, points).
    """
    index = labels[:, None, None].expand(-1, log_probabilities.shape[1], 1)
    return -log_probabilities.gather(2, index).squeeze(2)


class _MeanByPoints(Metric):
    """The mean over sequences of a value for each number of points."""

    full_state_update = False
    total: Tensor
    count: Tensor

    def __init__(self, points: int) -> None:
        super().__init__()
        self.points = points
        self.add_state("total", torch.zeros(points, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.zeros(points, dtype=torch.float64), dist_reduce_fx="sum")

    def add(self, values: Tensor, lengths: Tensor) -> None:
        """Add values of shape (batch, points)."""
        real = real_points(lengths, self.points)
        self.total += torch.where(real, values, 0.0).sum(0, dtype=torch.float64)
        self.count += real.sum(0)

    def compute(self) -> Tensor:
        """Return the means, shape (points,); NaN for numbers of points that no sequence has."""
        return self.total / self.count

    def over_all_points(self) -> Tensor:
        """Return the mean over all real points of this process, a scalar."""
        return self.total.sum() / self.count.sum()


@final
class AccuracyByPoints(_MeanByPoints):
    """The share of sequences whose most probable family is the true one, after each number of points.

    Args:
        points: The highest number of points.
    """

    higher_is_better: Literal[True] = True

    def update(self, log_probabilities: Tensor, labels: Tensor, lengths: Tensor) -> None:
        """Add a batch of shapes (batch, points, families), (batch,) and (batch,)."""
        self.add((log_probabilities.argmax(-1) == labels[:, None]).to(torch.float64), lengths)


@final
class MeanNLLByPoints(_MeanByPoints):
    """The mean negative log-likelihood of the true family in nats, after each number of points.

    Args:
        points: The highest number of points.
    """

    higher_is_better: Literal[False] = False

    def update(self, log_probabilities: Tensor, labels: Tensor, lengths: Tensor) -> None:
        """Add a batch of shapes (batch, points, families), (batch,) and (batch,)."""
        self.add(nll_of_points(log_probabilities, labels), lengths)
