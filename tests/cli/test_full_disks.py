"""A full disk: one line, exit code 1, and every earlier file is unchanged."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shapeclf.cli.main import main

resource = pytest.importorskip("resource", reason="limits as POSIX knows them")

_COMMANDS = {
    "train": ["train", "--quiet", "--max-updates", "10", "--hidden-size", "8", "--test-sequences", "100"],
    "wave-train": ["wave", "train", "--recipe", "sin", "--max-updates", "2", "--quiet"],
    "sample-csv": ["sample", "--sequences", "300", "--output", "old.csv"],
    "sample-parquet": ["sample", "--sequences", "300", "--output", "old.parquet"],
    "sample-npz": ["sample", "--sequences", "300", "--output", "old.npz"],
    "predict-picture": ["predict", "points.csv", "--plot", "old.png", "--quiet"],
    "predict-pdf": ["predict", "points.csv", "--plot", "old.pdf", "--quiet"],
    "predict-table": ["predict", "groups.csv", "--group", "g", "--output", "old.csv", "--no-fit"],
    "predict-parquet": ["predict", "groups.csv", "--group", "g", "--output", "old.parquet", "--no-fit"],
}
_OLD = ("old.csv", "old.parquet", "old.npz", "old.png", "old.pdf", "runs/version_0/last.ckpt")


def _run(arguments: list[str], folder: Path, largest: int | None = None) -> Result:
    """Run a command in a folder, with a limit on the size of files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with contextlib.chdir(folder):
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft if largest is None else largest, hard))
        try:
            return CliRunner().invoke(main, arguments, prog_name="shapeclf", catch_exceptions=False)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _fill(folder: Path) -> None:
    (folder / "runs" / "version_0").mkdir(parents=True)
    for name in _OLD:
        (folder / name).write_bytes(b"old")
    (folder / "points.csv").write_text("".join(f"{x},{2 * x}\n" for x in range(1, 9)))
    (folder / "groups.csv").write_text("g,x,y\n" + "".join(f"{g},{x},{2 * x}\n" for g in range(300) for x in (1, 2)))


def _check(result: Result, folder: Path) -> None:
    reported = [line for line in result.stderr.splitlines() if not line.startswith("note: ")]
    assert len(reported) == 1, result.stderr
    assert reported[0].startswith("Error: ")
    assert result.exit_code == 1
    assert all((folder / name).read_bytes() == b"old" for name in _OLD)
    assert [path.name for path in folder.rglob(".*")] == []


@pytest.mark.usefixtures("one_picture")
@pytest.mark.parametrize("arguments", _COMMANDS.values(), ids=_COMMANDS.keys())
def test_a_limit_on_the_size_of_files(arguments: list[str], tmp_path: Path) -> None:
    _fill(tmp_path)
    result = _run(arguments, tmp_path, 4000)
    _check(result, tmp_path)
    assert "File too large" in result.stderr


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB, half of which is used."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    try:
        subprocess.run(made, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no right to make a disk")
    _fill(disk)
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("name", ["train", "wave-train", "sample-csv", "predict-picture"])
def test_a_full_disk(name: str, tiny_disk: Path) -> None:
    with (tiny_disk / "filling").open("wb", buffering=0) as file:
        try:
            while file.write(bytes(1000)):
                pass
        except OSError:
            pass
    result = _run(_COMMANDS[name], tiny_disk)
    _check(result, tiny_disk)
    assert "No space left on device" in result.stderr


@pytest.mark.parametrize("name", ["train", "wave-train", "sample-csv", "predict-picture"])
def test_a_folder_that_may_not_be_written_in(name: str, tiny_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    result = _run(_COMMANDS[name], tiny_disk)
    _check(result, tiny_disk)
    assert "Read-only file system" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [["families"], ["--help"], pytest.param(["predict", "points.csv"], marks=pytest.mark.slow)],
    ids=lambda words: words[0],
)
def test_a_full_standard_output(arguments: list[str], tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no device that is full")
    _fill(tmp_path)
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "shapeclf", *arguments],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    *notes, error = result.stderr.splitlines()
    assert (result.returncode, error) == (1, "Error: No space left on device")
    assert all(note.startswith("note: ") for note in notes)
