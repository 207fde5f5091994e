"""The process of a command: standard streams, their encoding, and signals."""

import codecs
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from types import FrameType, ModuleType
from typing import IO, final

__all__ = ["prepare_process", "sigterm_as_ctrl_c", "stdout_is_unicode", "without_library_output"]

_ANY_TEXT = "shapeclf.any-text"


def _any_text(error: UnicodeError) -> tuple[str | bytes, int]:
    """Encode surrogates as the bytes that they stand for, and characters that the encoding lacks as escapes."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


def prepare_process() -> None:
    """Prepare the standard streams and the libraries of a command.

    Closed standard streams are opened, and all of them take any text whatever the encoding. Otherwise the first file
    that is opened would get the descriptor of a closed stream. Writing to a closed standard output fails, output to a
    closed standard error is discarded, and a closed standard input is empty. Matplotlib prints no warnings, opens no
    windows and reads no settings in the current folder. OpenBLAS, which computes numpy's matrix products, has one
    thread.
    """
    # Products are small here. A second thread gains nothing, and occupies a processor while it waits for the next one.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported
    os.environ["MPLBACKEND"] = "agg"  # before it is imported; the backend of a notebook may not be installed here
    if not any(isinstance(finder, _MatplotlibFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _MatplotlibFinder())
    codecs.register_error(_ANY_TEXT, _any_text)
    # A new file gets the lowest free descriptor, so in this order each stream gets its own: 0, 1 and 2.
    if sys.stdin is None:
        sys.stdin = open(os.open(os.devnull, os.O_RDONLY))  # noqa: PTH123, SIM115  # for the program's life
    if sys.stdout is None:
        # Without a buffer, which would be written again when the program ends.
        unwritable = io.FileIO(os.open(os.devnull, os.O_RDONLY), "w")
        sys.stdout = io.TextIOWrapper(unwritable, encoding="utf-8", write_through=True)
    if sys.stderr is None:
        sys.stderr = open(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        _accept_any_text(stream)


def _accept_any_text(stream: IO[str]) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:  # a caller may have replaced the stream
        reconfigure(errors=_ANY_TEXT)


@final
class _MatplotlibFinder:
    """Finds matplotlib so that it is imported without the settings in the current folder.

    A file ``matplotlibrc`` there may have come with somebody else's data, and can make matplotlib run LaTeX.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path) if fullname == "matplotlib" else None
        if spec is not None and spec.loader is not None and spec.origin is not None:
            folder, execute = os.path.dirname(spec.origin), spec.loader.exec_module  # noqa: PTH120
            spec.loader.exec_module = lambda module: _in_folder(folder, execute, module)  # type: ignore[method-assign]
        return spec


def _in_folder(folder: str, execute: Callable[[ModuleType], None], module: ModuleType) -> None:
    import logging  # nothing else needs it for the help of the command line

    # matplotlib would report that it cannot write its cache of fonts.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        before = os.getcwd()  # noqa: PTH109
    except OSError:  # it was deleted
        execute(module)
        return
    os.chdir(folder)
    try:
        execute(module)
    finally:
        os.chdir(before)


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """Handle SIGTERM like Ctrl-C while the block runs, so that half-written files are removed."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def stdout_is_unicode() -> bool:
    """Return whether standard output can encode every character; if not, JSON must be written in ASCII."""
    return (sys.stdout.encoding or "utf-8").lower().startswith("utf")


@contextmanager
def without_library_output() -> Iterator[None]:
    """Discard what compiled libraries write to standard error while the block runs."""
    original = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        sys.stderr.flush()
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(original, 2)
        os.close(original)
        os.close(nowhere)
