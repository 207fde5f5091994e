"""The limits on settings of a training, for the command line, whose help imports no numpy, and the library."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["LIMITS", "MAX_INT"]

MAX_INT: Final = 2**31 - 1
LIMITS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "seed": (0, 2**63 - 1),  # the largest that torch takes
        "hidden_size": (1, MAX_INT),
        "layers": (1, 100),
        "embedding": (0, MAX_INT),
        "head": (0, MAX_INT),
        "batch_size": (1, MAX_INT),
        "max_updates": (1, MAX_INT),
        "min_updates": (0, MAX_INT),
        "round_updates": (1, MAX_INT),
        "test_points": (1, MAX_INT),
        "test_sequences": (1, MAX_INT),
        "threads": (0, 1024),
    }
)
"""The lowest and the highest value of each setting that is a whole number."""
