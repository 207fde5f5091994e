"""Errors that occur within a command are reported in one line, with their exit code."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from shapeclf.cli.commands import Commands

_ERRORS: dict[str, tuple[Exception, int, str]] = {
    "package": (
        ModuleNotFoundError("No module named 'torch'", name="torch"),
        2,
        "the package 'torch' is not installed: pip install torch",
    ),
    "submodule": (
        ModuleNotFoundError("No module named 'scipy.optimize'", name="scipy.optimize"),
        2,
        "the package 'scipy' is not installed: pip install scipy",
    ),
    "library": (ImportError("libcudart.so.12: cannot\nopen it"), 2, "libcudart.so.12: cannot open it"),
    "memory": (MemoryError("Unable to allocate 8.00 GiB"), 1, "not enough memory: Unable to allocate 8.00 GiB"),
    "memory-without-words": (MemoryError(), 1, "not enough memory"),
    "torch": (
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 68719476704 bytes."),
        1,
        "not enough memory: DefaultCPUAllocator: can't allocate memory: you tried to allocate 68719476704 bytes.",
    ),
    "overflow": (
        RuntimeError("Storage size calculation overflowed with sizes=[8589934588, 2147483647]"),
        1,
        "not enough memory: Storage size calculation overflowed with sizes=[8589934588, 2147483647]",
    ),
}


def _group(monkeypatch: pytest.MonkeyPatch, error: Exception) -> Commands:
    """A group of one command, ``work``, which raises."""

    @click.command("work")
    def command() -> None:
        raise error

    module = type(sys)("shapeclf.cli.working")
    module.command = command  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "shapeclf.cli.working", module)
    return Commands("group", modules={"work": ("working", "Work.")})


@pytest.mark.parametrize(("error", "code", "text"), _ERRORS.values(), ids=_ERRORS)
def test_an_error_in_a_command_is_one_line(
    error: Exception, code: int, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = CliRunner().invoke(_group(monkeypatch, error), ["work"], catch_exceptions=False)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", f"Error: {text}\n")


@pytest.mark.parametrize(
    "error",
    [ModuleNotFoundError("No module named 'shapeclf.nothing'", name="shapeclf.nothing"), RuntimeError("a fault")],
    ids=["import", "runtime"],
)
def test_a_bug_is_not_hidden(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(type(error)):
        CliRunner().invoke(_group(monkeypatch, error), ["work"], catch_exceptions=False)


_WITHOUT = """
import os, sys
from shapeclf.cli.main import main
for case in sys.argv[1:]:
    missing, *words = case.split()
    if os.fork() == 0:
        sys.modules[missing] = None
        os.dup2(1, 2)
        main(words, prog_name="shapeclf")
    os.wait()
"""
_NEEDING = {
    "torch": "train --max-updates 1",
    "onnx": "predict points.csv",
    "onnxruntime": "predict points.csv",
    "pyarrow": "predict points.csv --output a.parquet",
    "matplotlib": "predict points.csv --plot a.png",
    "numpy": "families",
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes to fork")
@pytest.mark.parametrize(
    "needing",
    [
        pytest.param(_NEEDING, id="quick"),
        pytest.param({"pytorch_lightning": "wave train --max-updates 1"}, id="torch", marks=pytest.mark.slow),
    ],
)
def test_a_missing_package_is_named(needing: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("x,y\n" + "".join(f"{x},{2 * x}\n" for x in range(1, 9)))
    cases = [f"{missing} {words}" for missing, words in needing.items()]
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, *cases], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
    )
    names = [missing.replace("_", "-") for missing in needing]
    assert done.stdout.splitlines() == [
        f"Error: the package {name!r} is not installed: pip install {name}" for name in names
    ]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--device", "tpu"], "device 'tpu': "),
        (["--device", "nonsense"], "device 'nonsense': "),
        (["--devices", "5x"], "device 'cpu': `devices` selected with `CPUAccelerator`"),
        (["--threads", "2147483647"], "1024 at most"),
    ],
    ids=["tpu", "nonsense", "5x", "threads"],
)
def test_devices_and_nodes_that_cannot_exist_are_refused(
    options: list[str], text: str, mistake: Callable[..., str]
) -> None:
    assert text in mistake("train", "--max-updates", 1, *options)
