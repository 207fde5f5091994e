"""One training in a folder at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from shapeclf.errors import InputError
from shapeclf.training.alone import alone_in

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such lock there")

_HOLD = """
import sys, time
from pathlib import Path
from shapeclf.training.alone import alone_in
with alone_in(Path(sys.argv[1])):
    print("in", flush=True)
    time.sleep(60)
"""


def test_a_second_one_is_kept_out_until_the_first_is_done(tmp_path: Path) -> None:
    with alone_in(tmp_path):
        with pytest.raises(InputError, match=r": another training is at work in it$"), alone_in(tmp_path):
            pass
        assert list(tmp_path.iterdir()) == []
    with alone_in(tmp_path):
        pass


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        with pytest.raises(InputError, match="another training"), alone_in(tmp_path):
            pass
        process.kill()
        process.wait()
    with alone_in(tmp_path):
        pass


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), alone_in(tmp_path / "nowhere"):
        pass
