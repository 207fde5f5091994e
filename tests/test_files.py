import errno
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeclf._files import locked, remove_unfinished, temporary_prefix, write_json, write_whole, write_whole_with

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_a_new_file_is_written(tmp_path: Path) -> None:
    write_whole(tmp_path / "new.bin", b"\x00content\n")
    assert (tmp_path / "new.bin").read_bytes() == b"\x00content\n"
    assert list(tmp_path.iterdir()) == [tmp_path / "new.bin"]


def test_the_old_file_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"old, and longer")

    def write(temporary: Path) -> None:
        temporary.write_bytes(b"new")
        assert path.read_bytes() == b"old, and longer"
        assert (temporary.parent, temporary.suffix) == (path.parent, path.suffix)
        assert temporary != path

    write_whole_with(path, write)
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("existed", [True, False], ids=["over an old file", "a new file"])
def test_a_failed_write_changes_nothing(tmp_path: Path, error: type[BaseException], existed: bool) -> None:
    path = tmp_path / "model.onnx"
    if existed:
        path.write_bytes(b"old")

    def write(temporary: Path) -> None:
        temporary.write_bytes(b"half of i")
        raise error("no more")

    with pytest.raises(error, match="no more"):
        write_whole_with(path, write)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == ([("model.onnx", b"old")] if existed else [])


def test_errors_of_the_system_name_the_requested_file(tmp_path: Path) -> None:
    def write(temporary: Path) -> None:
        # without a file name, as a failed write to an open file raises it
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space") as caught:
        write_whole_with(tmp_path / "model.onnx", write)
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(tmp_path / "model.onnx"))


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    process = os.fork() if hasattr(os, "fork") else None
    if process is None:
        pytest.skip("no processes to fork")
    if process == 0:
        write_whole_with(tmp_path / "a[b].csv", lambda temporary: os._exit(0))
    os.waitpid(process, 0)
    kept = {"a[b].csv", ".a[b].csv", ".a[b]-20260101.csv", ".other-12345678.csv", "a[b]-12345678.csv"}
    for name in kept:
        (tmp_path / name).write_text("mine")
    assert len(list(tmp_path.iterdir())) == len(kept) + 1
    write_whole(tmp_path / "a[b].csv", b"new")
    assert {path.name for path in tmp_path.iterdir()} == kept


def test_what_was_left_beside_the_file_of_a_link_is_removed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.csv").write_text("old")
    (tmp_path / "a.csv").symlink_to(tmp_path / "elsewhere" / "b.csv")
    (tmp_path / "elsewhere" / f"{temporary_prefix(Path('a.csv'))}12345678.csv").write_text("half of i")
    write_whole(tmp_path / "a.csv", b"new")
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "elsewhere").iterdir()] == [("b.csv", b"new")]


def test_folders_links_and_pipes_are_never_removed(tmp_path: Path) -> None:
    """A folder, link or pipe with the name of a temporary file stays. Opening the pipe would block."""
    begin = temporary_prefix(Path("a.csv"))
    names = {f"{begin}1234567{kind}.csv" for kind in "fpl"}
    folder, link, pipe = sorted(names)
    (tmp_path / folder).mkdir()
    (tmp_path / link).symlink_to(tmp_path / "mine")
    (tmp_path / "mine").write_text("mine")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / pipe)
    before = {path.name for path in tmp_path.iterdir()}
    write_whole(tmp_path / "a.csv", b"new")
    assert {path.name for path in tmp_path.iterdir()} == before | {"a.csv"}


def test_a_name_of_the_greatest_length_is_written(tmp_path: Path) -> None:
    path = tmp_path / f"{'a' * 251}.csv"
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


def test_what_another_process_is_writing_stays(tmp_path: Path) -> None:
    def write(temporary: Path) -> None:
        # a lock belongs to an open file, so this process is refused as another would be
        remove_unfinished(tmp_path / "a.csv")
        assert temporary.exists()
        temporary.write_text("whole")

    write_whole_with(tmp_path / "a.csv", write)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["whole"]


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with pytest.raises(OSError, match="run"):
        write_whole(tmp_path / "run", b"new")
    assert list(tmp_path.iterdir()) == [tmp_path / "run"]


def test_a_missing_folder_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write_whole(tmp_path / "nowhere" / "file", b"new")


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX knows them")
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002], ids=oct)
def test_permissions_are_those_of_any_new_file(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "file", b"new")
        left = os.umask(umask)
    finally:
        os.umask(before)
    assert left == umask
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o666 & ~umask


@given(value=_JSON)
def test_json_comes_back(tmp_path: Path, value: object) -> None:
    write_json(tmp_path / "value.json", value)
    assert json.loads((tmp_path / "value.json").read_text(encoding="utf-8")) == value


def test_json_is_indented_and_not_escaped(tmp_path: Path) -> None:
    write_json(tmp_path / "value.json", {"formula": "y = k·√x + b"})
    assert (tmp_path / "value.json").read_text(encoding="utf-8") == '{\n  "formula": "y = k·√x + b"\n}\n'


def test_a_symbolic_link_stays_one_and_its_file_is_replaced(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "real.dat"
    real.parent.mkdir()
    real.write_bytes(b"old")
    real.chmod(0o640)
    link = tmp_path / "link.csv"
    link.symlink_to("elsewhere/real.dat")
    write_whole_with(link, lambda temporary: temporary.write_bytes(temporary.suffix.encode()))
    assert (link.readlink(), real.read_bytes()) == (Path("elsewhere/real.dat"), b".csv")
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert {*real.parent.iterdir(), *tmp_path.iterdir()} == {real, real.parent, link}


def test_a_link_to_nothing_makes_its_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "new")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "new").read_bytes() == b"new"


def test_links_in_a_circle_are_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "a")
    with pytest.raises(OSError, match="symbolic links") as caught:
        write_whole(tmp_path / "a", b"new")
    assert caught.value.filename == str(tmp_path / "a")
    assert (tmp_path / "a").is_symlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes as POSIX knows them")
def test_a_pipe_and_a_device_are_written_to_and_stay(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, b"through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    (tmp_path / "null").symlink_to("/dev/null")
    write_whole(tmp_path / "null", b"gone")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no /dev/stdout")
def test_writing_to_standard_output_appends(tmp_path: Path) -> None:
    """A file that standard output was redirected to is neither replaced nor cut."""
    program = "import os, pathlib; from shapeclf._files import write_whole; os.write(1, b'before,'); "
    program += "write_whole(pathlib.Path('/dev/stdout'), b'content,'); os.write(1, b'after')"
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", program], stdout=out, check=True, timeout=60)
    assert (tmp_path / "out").read_bytes() == b"before,content,after"


_HOLD = """
import sys, time
from pathlib import Path
from shapeclf._files import locked
with locked(Path(sys.argv[1])) as free:
    print(free, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such lock there")
def test_one_process_locks_a_folder_until_it_is_done_or_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        with locked(tmp_path) as free:
            assert not free
        process.kill()
        process.wait()
    with locked(tmp_path) as free:
        assert free
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError), locked(tmp_path / "nowhere"):
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_process_does_not_hold_the_lock_of_the_process_that_is_killed(tmp_path: Path) -> None:
    script = """
import os, sys, time
from pathlib import Path
from shapeclf._files import locked
with locked(Path(sys.argv[1])) as free:
    assert free
    if not os.fork():
        print(os.getpid(), flush=True)
    time.sleep(60)
"""
    holder = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    child = int(holder.stdout.readline())
    try:
        holder.kill()
        assert holder.wait() == -signal.SIGKILL
        with locked(tmp_path) as free:
            assert free
    finally:
        os.kill(child, signal.SIGKILL)
        holder.stdout.close()
