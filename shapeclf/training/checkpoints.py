"""Checkpoints: written whole, and read so that nothing in them is run."""

import io
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

import torch
from lightning_fabric.plugins import CheckpointIO

from shapeclf._files import write_whole
from shapeclf.errors import InputError

__all__ = ["WholeCheckpoints", "check_finite", "misfits_reported", "read_checkpoint", "write_checkpoint"]

_WEIGHTS = ("state_dict", "current_model_state", "weights")  # Lightning's, those beside averaged ones, a forecaster's


def check_finite(tensors: Mapping[str, Any], where: str) -> None:
    """Check that weights are finite.

    Raises:
        InputError: one is not; the text begins with ``where``.
    """
    for name, value in tensors.items():
        if isinstance(value, torch.Tensor) and not bool(torch.isfinite(value).all()):
            raise InputError(f"{where}: the weights {name} are not finite numbers")


@contextmanager
def misfits_reported(path: Path, kind: str, *, unless: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Turn what torch and Lightning raise of values that are another network's, or none, into one line.

    Args:
        path: The checkpoint that the values are from.
        kind: What it should have been.
        unless: Whether an error has another cause.

    Raises:
        InputError: The checkpoint is not of that kind.
    """
    try:
        yield
    except (InputError, OSError, MemoryError):
        raise
    except Exception as error:  # whatever a library says of values from a stranger
        if unless():
            raise
        raise InputError(f"{path}: not {kind} ({type(error).__name__})") from None


def write_checkpoint(path: Path, value: dict[str, Any]) -> None:
    """Replaces ``path`` by a checkpoint of plain values and tensors.

    Raises:
        OSError: it could not be written; ``path`` is what it was.
    """
    content = io.BytesIO()  # torch tells a full disk as an error of its own
    torch.save(value, content)
    write_whole(path, content.getvalue())


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The values of a checkpoint, on the CPU. Nothing in it is run: it may hold plain values and tensors alone.

    Raises:
        InputError: it is no checkpoint, a damaged one (the archive has checksums), holds something else, or weights
            that are not finite.
        OSError: it cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "some.ckpt"
        >>> write_checkpoint(path, {"updates": 3})
        >>> read_checkpoint(path)
        {'updates': 3}
    """
    content = io.BytesIO(path.read_bytes())  # from a damaged file torch raises the system's errors too
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about how a file of another kind was made
            with zipfile.ZipFile(content) as archive:
                parts = archive.infolist()
                stored = all(part.compress_type == zipfile.ZIP_STORED for part in parts)  # as torch writes them
                if not stored or sum(part.file_size for part in parts) > content.getbuffer().nbytes:
                    raise zipfile.BadZipFile
                damaged = archive.testzip()  # torch reads on where a checksum is wrong
            if damaged is not None:
                raise zipfile.BadZipFile
            content.seek(0)
            value = torch.load(content, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a parser says of bytes from a stranger
        raise InputError(f"{path}: not a checkpoint, or a damaged one ({type(error).__name__})") from None
    if not isinstance(value, dict):
        raise InputError(f"{path}: not a checkpoint (it holds a {type(value).__name__})")
    _check_plain(value, path)
    for weights in _WEIGHTS:
        if isinstance(value.get(weights), dict):
            check_finite(value[weights], str(path))
    return value


def _check_plain(value: dict[Any, Any], path: Path) -> None:
    """Check that there are plain values and dense tensors alone, none larger than what the file holds of it."""
    rest, seen = [value], set[int]()  # a value may be in several others, or in itself
    while rest:
        part: Any = rest.pop()
        if isinstance(part, dict | list | tuple):
            if id(part) not in seen:
                seen.add(id(part))
                rest += [*part, *part.values()] if isinstance(part, dict) else part
        elif isinstance(part, torch.Tensor):
            dense = part.layout == torch.strided and part.device.type == "cpu" and not part.is_quantized
            if not dense or part.numel() * part.element_size() > part.untyped_storage().nbytes():
                raise InputError(f"{path}: not a checkpoint (it holds a tensor that is not dense)")
        elif part is not None and type(part) not in (bool, int, float, str):
            raise InputError(f"{path}: not a checkpoint (it holds a {type(part).__name__})")


@final
class WholeCheckpoints(CheckpointIO):
    """How a Lightning trainer writes and reads its checkpoints here."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None) -> None:
        write_checkpoint(Path(path), checkpoint)

    def load_checkpoint(
        self, path: str | Path, map_location: Any | None = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        return read_checkpoint(Path(path))

    def remove_checkpoint(self, path: str | Path) -> None:
        Path(path).unlink(missing_ok=True)
