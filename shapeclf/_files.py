"""Writing files whole: at no moment is there neither the old file nor the new one."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["write_json", "write_whole", "write_whole_with"]


def write_whole_with(path: Path, write: Callable[[Path], object]) -> None:
    """Replaces ``path`` by what ``write`` puts into the temporary file that it is given.

    The temporary file stands beside ``path`` (with the same ending), is flushed to the disk, and takes
    its name at once. If anything fails, it is removed and ``path`` is what it was.

    Raises:
        OSError: it could not be written.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    except OSError as error:  # it names a file that nobody asked for
        raise OSError(error.errno, error.strerror, str(path)) from None
    os.close(descriptor)
    temporary = Path(name)
    try:
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
    if os.name == "posix":  # the new name is on the disk once the folder is
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_whole(path: Path, content: bytes) -> None:
    """Replaces ``path`` by a file with this content; see `write_whole_with`."""
    write_whole_with(path, lambda temporary: temporary.write_bytes(content))


def write_json(path: Path, value: Any) -> None:
    """Replaces ``path`` by the value as indented JSON; see `write_whole_with`."""
    write_whole(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())
