"""Writing files whole: at no moment is there neither the old file nor the new one."""

import glob
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["remove_unfinished", "sync_folder", "write_json", "write_whole", "write_whole_with"]

_RANDOM = 8  # characters that `tempfile` puts into a name


def write_whole_with(path: Path, write: Callable[[Path], object]) -> None:
    """Replaces ``path`` by what ``write`` puts into the temporary file that it is given.

    The temporary file stands beside ``path`` (with the same ending), is flushed to the disk, and takes
    its name at once. If anything fails, it is removed and ``path`` is what it was. A process that is killed leaves it
    there, and the next one that writes ``path`` removes it. A lock protects it while it is being written.

    Raises:
        OSError: it could not be written; the error names ``path``.
    """
    with _errors_name(path):
        remove_unfinished(path)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
        temporary = Path(name)
        try:
            _lock(descriptor)
            if os.name != "posix":  # an open file cannot be renamed there
                os.close(descriptor)
            write(temporary)
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)  # mkstemp's files are for their owner alone
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        finally:
            if os.name == "posix":
                os.close(descriptor)
        sync_folder(path.parent)


@contextmanager
def _errors_name(path: Path) -> Iterator[None]:
    """The system's errors name a temporary file that nobody asked for, or none at all."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from None


def sync_folder(folder: Path) -> None:
    """A new name is on the disk once its folder is."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_unfinished(path: Path) -> None:
    """Removes what processes that were killed while they wrote ``path`` have left beside it.

    The temporary file of a process that is still writing stays.
    """
    for left in path.parent.glob(f".{glob.escape(path.stem)}-{_RANDOM * '?'}{glob.escape(path.suffix)}"):
        try:
            descriptor = os.open(left, os.O_RDONLY)
        except FileNotFoundError:  # its writer has finished
            continue
        try:
            unused = _lock(descriptor)
        finally:
            os.close(descriptor)
        if unused:
            left.unlink(missing_ok=True)


def _lock(descriptor: int) -> bool:
    """Lock an open file until it is closed.

    Returns:
        False if another process holds the lock. True also where the system has no such locks.
    """
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network file systems have no locks
        return True
    return True


def write_whole(path: Path, content: bytes) -> None:
    """Replaces ``path`` by a file with this content; see `write_whole_with`."""
    write_whole_with(path, lambda temporary: temporary.write_bytes(content))


def write_json(path: Path, value: Any) -> None:
    """Replaces ``path`` by the value as indented JSON; see `write_whole_with`."""
    write_whole(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())
