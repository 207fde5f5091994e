"""Files and streams opened for reading, and how far the reading is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, final

from shapeclf.errors import InputError

__all__ = ["Progress", "is_parquet", "opened", "unreadable"]


@final
@dataclass
class Progress:
    """How far a table has been read, in bytes or rows.

    Example:
        >>> Progress(done=3, total=4).share
        0.75
    """

    done: int = 0
    total: int | None = None

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where the end is not known."""
        return None if self.total is None else min(1.0, self.done / max(1, self.total))


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file of a path, open for reading bytes. The block must do nothing but read it.

    Raises:
        InputError: there is no such file, it is a folder, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            yield file
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: a folder, not a file") from None
    except OSError as error:
        raise unreadable(str(path), error) from None


def unreadable(source: str, error: OSError) -> InputError:
    """Return the error for input that the system fails to read."""
    return InputError(f"{source}: cannot be read: {error.strerror or error}")


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet, by its name.

    Example:
        >>> is_parquet(Path("points.parquet"))
        True
    """
    return path.suffix.lower() == ".parquet"
