"""Atomic writing of files: the old file stays until the new one is complete."""

import errno
import hashlib
import json
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

if sys.platform != "win32":
    import fcntl

__all__ = [
    "identity",
    "locked",
    "remove_unfinished",
    "sync_folder",
    "temporary_prefix",
    "write_json",
    "write_whole",
    "write_whole_with",
]


def write_whole_with(path: Path, write: Callable[[Path], object]) -> None:
    """Replace a file by the temporary file that ``write`` writes.

    The temporary file is in the same folder, with the same suffix. It is flushed to the disk and then renamed to
    ``path``. If anything fails, it is removed and ``path`` is unchanged. A killed process leaves its temporary file,
    which the next write of ``path`` removes; a lock protects the file while it is being written.

    If ``path`` is a symbolic link, the file that it points at is replaced. The permissions of a file stay. A device, a
    pipe or standard output is written to when the content is complete.

    Args:
        path: The file.
        write: Called with the path of the temporary file.

    Raises:
        OSError: The file could not be written; the error names ``path``.
    """
    with _errors_with_path(path):
        before = _status(path)
        if before is not None and (not stat.S_ISREG(before.st_mode) or _is_standard_output(before)):
            _write_to_stream(path, write)
            return
        folder = _folder(path)
        remove_unfinished(path)
        # mkstemp would leave its file behind if a signal ended the program before it returns.
        temporary = folder / f"{temporary_prefix(path)}{secrets.token_hex(4)}{path.suffix}"
        descriptor = None
        try:
            descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            _lock(descriptor)
            if os.name != "posix":  # an open file cannot be renamed there
                os.close(descriptor)
            write(temporary)
            temporary.chmod(_new_file_mode() if before is None else stat.S_IMODE(before.st_mode))
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(os.path.realpath(path))
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        finally:
            if os.name == "posix" and descriptor is not None:
                os.close(descriptor)
        sync_folder(folder)


def identity(path: str | Path | int) -> tuple[int, int] | None:
    """Return numbers that identify a file, whatever its name; None if there is no such file.

    Args:
        path: Path of the file, whose links are followed, or an open file descriptor.
    """
    try:
        found = os.stat(path)  # noqa: PTH116  # path or descriptor
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _folder(path: Path) -> Path:
    """Return the folder of a file, or of the file that a symbolic link points at."""
    return Path(os.path.realpath(path)).parent if path.is_symlink() else path.parent


def temporary_prefix(path: Path) -> str:
    """Return the prefix of the names of a file's temporary files; it is short even if the file's name is long."""
    return f".shapeclf-{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]}-"


def _status(path: Path) -> os.stat_result | None:
    """Return the status of a file, following links; None if there is no such file.

    Raises:
        OSError: The file cannot be replaced: it is a folder, may not be written, or is a loop of symbolic links.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if stat.S_ISREG(found.st_mode):
        os.close(os.open(path, os.O_WRONLY))  # raises an error with the reason if it may not be written
    elif not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return found


def _is_standard_output(status: os.stat_result) -> bool:
    try:
        return os.path.samestat(status, os.fstat(1))
    except OSError:  # it is closed
        return False


def _write_to_stream(path: Path, write: Callable[[Path], object]) -> None:
    """Write to standard output, after its earlier output, or to a device or a pipe."""
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder, f"written{path.suffix}")
        write(temporary)
        opened = os.dup(1) if _is_standard_output(path.stat()) else path
        with temporary.open("rb") as content, open(opened, "wb") as stream:  # noqa: PTH123  # path or descriptor
            shutil.copyfileobj(content, stream)


def _new_file_mode() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


@contextmanager
def _errors_with_path(path: Path) -> Iterator[None]:
    """Raise errors of the operating system with this path instead of that of a temporary file."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from None


def sync_folder(folder: Path) -> None:
    """Flush a folder to the disk, and with it the names of new files."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_unfinished(path: Path) -> None:
    """Remove the temporary files of killed processes that were writing a file.

    The temporary file of a process that is still writing stays, and so do files that are not regular.
    """
    for unfinished in _folder(path).glob(f"{temporary_prefix(path)}*"):
        try:
            if not stat.S_ISREG(unfinished.lstat().st_mode):
                continue
            with locked(unfinished) as unused:
                if unused:
                    unfinished.unlink(missing_ok=True)
        except OSError:  # its writer has finished, or it is another user's
            continue


_LOCKS: set[int] = set()  # descriptors of the files and folders that this process has locked


def _close_locks() -> None:
    """Close the locked files in a forked process, which would otherwise hold the locks after this one is killed."""
    while _LOCKS:
        os.close(_LOCKS.pop())


if os.name == "posix":
    os.register_at_fork(after_in_child=_close_locks)


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Lock a file or folder while the block runs, without creating a file; the lock ends when the process is killed.

    Yields:
        False if another process holds the lock. True also where the system has no such locks.
    """
    if os.name != "posix":  # a folder cannot be opened there
        yield True
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    _LOCKS.add(descriptor)
    try:
        yield _lock(descriptor)
    finally:
        if descriptor in _LOCKS:  # not in a forked process
            _LOCKS.remove(descriptor)
            os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Lock an open file until it is closed.

    Returns:
        False if another process holds the lock. True also where the system has no such locks.
    """
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network file systems have no locks
        return True
    return True


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file by one with this content; see `write_whole_with`."""
    write_whole_with(path, lambda temporary: temporary.write_bytes(content))


def write_json(path: Path, value: Any) -> None:
    """Replace a file by a value as indented JSON; see `write_whole_with`."""
    write_whole(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())
