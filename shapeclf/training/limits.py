"""The limits on settings of a training, for the command line and the library; nothing here imports torch or numpy at once."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from shapeclf.errors import InputError

__all__ = ["LIMITS", "MOST", "check_positive"]

MOST: Final = 2**31 - 1
_LARGEST: Final = 1e37  # what an optimiser makes of a rate must fit in single precision
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


def check_positive(name: str, value: object) -> None:
    """Raise InputError unless the value is a number above 0 that is small enough for single precision."""
    from shapeclf.datasets._arguments import number, shown  # they import numpy, which the command's help does not need

    if not 0 < number(name, value) <= _LARGEST:
        raise InputError(f"{name} must be a number above 0 and at most {_LARGEST:g}, got {shown(value)}")
