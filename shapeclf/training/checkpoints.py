"""Read and write checkpoints. Each is written completely or not at all, and reading one runs no code."""

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

import torch
from lightning_fabric.plugins import CheckpointIO

from shapeclf._files import write_whole
from shapeclf.errors import InputError

__all__ = ["AtomicCheckpoints", "check_finite", "read_checkpoint", "report_mismatch", "write_checkpoint"]

# Keys of the weights: two of Lightning (the average, if weights are averaged, and the current weights), and one of a
# forecaster.
_WEIGHTS = ("state_dict", "current_model_state", "weights")
_DIGEST = hashlib.sha256().digest_size


def check_finite(tensors: Mapping[str, Any], where: str) -> None:
    """Check that all weights are finite.

    Raises:
        InputError: A weight is not finite; the text begins with ``where``.
    """
    for name, value in tensors.items():
        if isinstance(value, torch.Tensor) and not bool(torch.isfinite(value).all()):
            raise InputError(f"{where}: the weights {name} are not finite numbers")


@contextmanager
def report_mismatch(path: Path, kind: str, *, unless: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Turn the errors that torch and Lightning raise for unsuitable values into an InputError of one line.

    Args:
        path: The checkpoint that holds the values.
        kind: The expected kind of checkpoint.
        unless: Function that returns whether an error has another cause; if so, the error is raised unchanged.

    Raises:
        InputError: The checkpoint is not of that kind.
    """
    try:
        yield
    except (OSError, MemoryError):
        raise
    except Exception as error:  # libraries raise errors of many types for unsuitable values
        if unless():
            raise
        if isinstance(error, InputError):
            raise InputError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None
        raise InputError(f"{path}: not {kind} ({type(error).__name__})") from None


def write_checkpoint(path: Path, value: dict[str, Any]) -> None:
    """Replace ``path`` by a checkpoint of plain values and tensors, followed by the SHA-256 digest of its bytes.

    Raises:
        OSError: The checkpoint could not be written; ``path`` is unchanged.
    """
    content = io.BytesIO()  # torch reports a full disk as an error of its own
    torch.save(value, content)
    write_whole(path, content.getvalue() + hashlib.sha256(content.getvalue()).digest())


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return the values of a checkpoint, with tensors on the CPU.

    No code in it is run, since it may hold only plain values and tensors.

    Raises:
        InputError: The file is not a checkpoint of shapeclf, its digest does not match, or a weight is not finite.
        OSError: The file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "some.ckpt"
        >>> write_checkpoint(path, {"updates": 3})
        >>> read_checkpoint(path)
        {'updates': 3}
    """
    content = path.read_bytes()
    content, digest = content[:-_DIGEST], content[-_DIGEST:]
    if hashlib.sha256(content).digest() != digest:
        raise InputError(f"{path}: not a checkpoint, or damaged or changed since it was written")
    with report_mismatch(path, "a checkpoint"):
        value: dict[str, Any] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        for weights in _WEIGHTS:
            if isinstance(value.get(weights), dict):
                check_finite(value[weights], str(path))
    return value


@final
class AtomicCheckpoints(CheckpointIO):
    """Reads and writes the checkpoints of a Lightning Trainer; each is written completely or not at all."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None) -> None:
        write_checkpoint(Path(path), checkpoint)

    def load_checkpoint(
        self, path: str | Path, map_location: Any | None = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        return read_checkpoint(Path(path))

    def remove_checkpoint(self, path: str | Path) -> None:
        Path(path).unlink(missing_ok=True)
