"""A current folder without write permission: reading works; writing fails in one line that names the file."""

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

POINTS = "x,y\n" + "".join(f"{x},{2 * x * x}\n" for x in range(1, 9))
_VERSION = 0x20080522  # of the interface of capget and capset that takes the 64 capabilities in two halves
_OVERRIDE = 0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH


def _change_capabilities(change: Callable[[int], int]) -> None:
    """Change the effective capabilities of this thread."""
    libc = ctypes.CDLL(None, use_errno=True)
    head, data = (ctypes.c_uint32 * 2)(_VERSION, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(head, data) == 0
    data[0] = change(data[0])
    assert libc.capset(head, data) == 0, os.strerror(ctypes.get_errno())


@pytest.fixture
def as_ordinary_user() -> Iterator[None]:
    """Let permissions apply to root as to other users."""
    if os.geteuid() != 0:
        yield
        return
    if sys.platform != "linux":
        pytest.skip("root may write everywhere")
    _change_capabilities(lambda held: held & ~_OVERRIDE)
    try:
        yield
    finally:
        _change_capabilities(lambda held: held | _OVERRIDE)


@pytest.fixture
def folder(tmp_path: Path, as_ordinary_user: None) -> Iterator[Path]:
    (tmp_path / "points.csv").write_text(POINTS)
    tmp_path.chmod(0o555)
    yield tmp_path
    tmp_path.chmod(0o755)


@pytest.mark.parametrize(
    "words",
    [["predict", "points.csv", "--quiet"], ["eval", "--model", "fresh", "--sequences", "20"], ["families"]],
    ids=lambda words: words[0],
)
def test_commands_that_only_read_succeed(words: list[str], folder: Path, shapeclf: Callable[..., Result]) -> None:
    result = shapeclf(*words)
    assert (result.exit_code, result.stderr) == (0, "")
    assert [path.name for path in folder.iterdir()] == ["points.csv"]


_WRITING: dict[str, tuple[list[Any], str]] = {
    "answers": (["predict", "points.csv", "--group", "x", "--output", "out.csv"], "out.csv"),
    "picture": (["predict", "points.csv", "--plot", "a.svg"], "a.svg"),
    "sample": (["sample", "--sequences", 2, "--output", "out.csv"], "out.csv"),
    "train": (["train", "--max-updates", 1, "--test-sequences", 10, "--quiet"], "runs"),
    "wave": (["wave", "train", "--max-updates", 1, "--quiet"], "runs"),
}


@pytest.mark.parametrize(("words", "named"), _WRITING.values(), ids=_WRITING)
def test_a_path_that_cannot_be_written_is_named(
    words: list[Any], named: str, folder: Path, failure: Callable[..., str]
) -> None:
    assert failure(*words).startswith(f"{named}: Permission denied")
    assert [path.name for path in folder.iterdir()] == ["points.csv"]
