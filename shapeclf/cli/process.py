"""What a command line program owes its surroundings: streams that are there, any encoding, an end when told to."""

import codecs
import io
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import IO

__all__ = ["prepare_streams", "sigterm_as_ctrl_c", "stdout_is_unicode", "without_library_output"]

_ANY_TEXT = "shapeclf.any-text"


def _any_text(error: UnicodeError) -> tuple[str | bytes, int]:
    """Writes the bytes of a file name as they are, and what the encoding lacks as an escape."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


def prepare_streams() -> None:
    """Opens the standard streams that are closed, and lets any text be written whatever the locale's encoding.

    Else the first file that is opened would take a closed stream's place. What is written to a closed standard output
    fails, to a closed standard error it is lost, and a closed standard input is empty.
    """
    # It would tell where it cannot keep its list of fonts, of which nobody has asked.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    os.environ["MPLBACKEND"] = "agg"  # read at its import; a notebook's own backend need not be installed here
    codecs.register_error(_ANY_TEXT, _any_text)
    # Opened in this order, each gets the lowest number that is free, which is its own.
    if sys.stdin is None:
        sys.stdin = open(os.open(os.devnull, os.O_RDONLY))  # noqa: PTH123, SIM115  # for the program's life
    if sys.stdout is None:
        # Not buffered: what could not be written shall not be tried again at the program's end.
        unwritable = io.FileIO(os.open(os.devnull, os.O_RDONLY), "w")
        sys.stdout = io.TextIOWrapper(unwritable, encoding="utf-8", write_through=True)
    if sys.stderr is None:
        sys.stderr = open(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        _take_any_text(stream)


def _take_any_text(stream: IO[str]) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:  # a caller may have put something else there
        reconfigure(errors=_ANY_TEXT)


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """SIGTERM is as Ctrl-C while the block runs: half-written files are removed, and no other tool is left waiting."""

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
    """Whether standard output can show every character; JSON is to be written in ASCII where it cannot."""
    return (sys.stdout.encoding or "utf-8").lower().startswith("utf")


@contextmanager
def without_library_output() -> Iterator[None]:
    """Discard what libraries write to standard error from outside Python while the block runs."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        sys.stderr.flush()
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
