"""The limits on the settings of a training. The help imports this module, so it must not import numpy."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["LIMITS", "MAX_INT"]

MAX_INT: Final = 2**31 - 1
LIMITS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "seed": (0, 2**63 - 1),  # the largest signed integer of 64 bits
        "hidden_size": (1, MAX_INT),
        "hidden_sizes": (1, MAX_INT),
        "dense_sizes": (1, MAX_INT),
        "embedding": (0, MAX_INT),
        "head": (0, MAX_INT),
        "batch_size": (1, MAX_INT),
        "max_updates": (1, MAX_INT),
        "min_updates": (0, MAX_INT),
        "round_updates": (1, MAX_INT),
        "test_points": (1, MAX_INT),
        "test_sequences": (1, MAX_INT),
        "threads": (0, 1024),
        "workers": (0, 1024),
        "window": (2, MAX_INT),
        "crop_steps": (0, MAX_INT),
        "unscored": (0, MAX_INT),
        "free_running": (0, MAX_INT),
        "free_running_after": (0, MAX_INT),
        "updates_per_epoch": (1, MAX_INT),
        "epochs": (1, MAX_INT),
        "patience": (1, MAX_INT),
    }
)
"""Lowest and highest value of each integer setting."""
