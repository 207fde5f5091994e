"""Settings of libraries in the current folder, which may come with somebody else's files, are not read."""

import os
from collections.abc import Callable
from pathlib import Path

_CODE = """
from shapeclf.cli.process import prepare_process
prepare_process()
import matplotlib, os
print(matplotlib.rcParams["text.usetex"], os.getcwd())
"""


def test_matplotlib_does_not_read_the_current_folder(
    tmp_path: Path, run_fresh: Callable[..., list[tuple[int, str, str]]]
) -> None:
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\n", encoding="utf-8")
    assert run_fresh([_CODE], tmp_path) == [(0, f"False {os.path.realpath(tmp_path)}\n", "")]
    (tmp_path / "matplotlibrc").write_bytes(b"\xff\xfe\n")
    assert run_fresh([_CODE], tmp_path) == [(0, f"False {os.path.realpath(tmp_path)}\n", "")]
