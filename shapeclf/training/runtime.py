"""The runtime of a training: versions of packages, threads of torch, and messages of Lightning."""

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
    """Return the versions of Python and of installed packages."""
    return {"python": platform.python_version()} | {name: version(name) for name in packages}


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Set the number of torch's processor threads while the block runs; 0 does not change it."""
    before = torch.get_num_threads()
    torch.set_num_threads(number or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Silence Lightning's messages about the machine and its advice while the block runs."""
    loggers = [logging.getLogger(name) for name in _LIGHTNING]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    with warnings.catch_warnings():
        # The number of workers is a setting. Only large batches with many coordinates take long to prepare.
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*suggested max number of worker.*")
        # The device is a setting and need not be the fastest one of the machine.
        warnings.filterwarnings("ignore", message=".*available but not used.*")
        # Lightning 2.6 uses a name that torch 2.13 has deprecated; users cannot change that.
        warnings.filterwarnings("ignore", message=".*LeafSpec.*is deprecated.*")
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
