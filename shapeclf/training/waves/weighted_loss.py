"""The squared error of a sequence with a weight for each step."""

import torch
from torch import Tensor

from shapeclf.errors import InputError

__all__ = ["step_weights", "weighted_squared_error"]


def step_weights(steps: int, unscored: int = 0, late_weight: float = 1.0) -> Tensor:
    """Return weights that are linear from the first scored step to the last, with sum 1.

    Args:
        steps: Steps of the sequence.
        unscored: Steps at its start that have weight 0, from 0 to steps - 1.
        late_weight: Weight of the last step relative to the first scored one, at least 0; 1 for equal weights.

    Returns:
        Shape (steps,).

    Raises:
        InputError: No step would be scored, or a weight is negative.

    Example:
        >>> step_weights(4, unscored=1, late_weight=0.0).tolist()
        [0.0, 0.6666666865348816, 0.3333333432674408, 0.0]
    """
    if not 0 <= unscored < steps:
        raise InputError(f"unscored: {unscored} was given for sequences of {steps} steps; allowed are 0..{steps - 1}")
    if late_weight < 0:
        raise InputError(f"late_weight: {late_weight} was given; at least 0 is needed")
    scored = torch.linspace(1.0, late_weight, steps - unscored, dtype=torch.float64)
    return torch.cat([scored.new_zeros(unscored), scored / scored.sum()]).float()


def weighted_squared_error(forecasts: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Return the mean over batch and channels of the weighted sum over steps of the squared error.

    Args:
        forecasts: Shape (batch, steps, channels).
        targets: Shape (batch, steps, channels).
        weights: Shape (steps,), with sum 1.

    Returns:
        A scalar.
    """
    errors = (forecasts - targets).square().mean(dim=(0, 2))  # (steps,)
    return errors @ weights
