"""What a training has around itself: the versions, torch's threads, and what Lightning says unasked."""

import logging
import platform
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

import torch

__all__ = ["quiet_lightning", "threads", "versions"]

_LIGHTNING = ("pytorch_lightning", "lightning_fabric")


def versions(*packages: str) -> dict[str, str]:
    """The versions of Python and of these installed packages."""
    return {"python": platform.python_version()} | {name: version(name) for name in packages}


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Torch uses so many processor threads while the block runs; 0 leaves its own choice."""
    before = torch.get_num_threads()
    torch.set_num_threads(number or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Lightning's notes about the machine and its advice, off while the block runs."""
    loggers = [logging.getLogger(name) for name in _LIGHTNING]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    with warnings.catch_warnings():
        # Drawing a batch takes a tenth of an update: workers would slow it down, and the advice to add them misleads.
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        # The device is a setting; on a machine with a better one that is left as chosen.
        warnings.filterwarnings("ignore", message=".*available but not used.*")
        # Lightning 2.6 calls a part of torch that torch 2.13 has renamed; nothing that a user could mend.
        warnings.filterwarnings("ignore", message=".*LeafSpec.*is deprecated.*")
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
