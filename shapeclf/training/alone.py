"""One training in a folder at a time."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shapeclf.errors import InputError

__all__ = ["alone_in"]


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keeps whoever asks for the same out of a folder while the block runs; a process that is killed lets go of it.

    The folder itself is locked, so nothing is left in it. Where the system knows no such lock, nobody is kept out.

    Raises:
        InputError: another is in it.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{folder}: another training is at work in it") from None
        except OSError:
            pass  # some network file systems cannot
        yield
    finally:
        os.close(descriptor)
