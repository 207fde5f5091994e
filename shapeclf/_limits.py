"""The limits on settings of a training, for the command line, whose help imports no numpy, and the library."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["LIMITS", "MOST"]

MOST: Final = 2**31 - 1
LIMITS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "seed": (0, 2**63 - 1),  # the largest that torch takes
        "hidden_size": (1, MOST),
        "layers": (1, 100),
        "embedding": (0, MOST),
        "head": (0, MOST),
        "batch_size": (1, MOST),
        "max_updates": (1, MOST),
        "min_updates": (0, MOST),
        "round_updates": (1, MOST),
        "test_points": (1, MOST),
        "test_sequences": (1, MOST),
        "threads": (0, 1024),
    }
)
"""The lowest and the highest value of each setting that is a whole number."""
