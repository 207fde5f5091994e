"""The wheel holds exactly the files of the package, and is the same wherever it is built."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "shapeclf"
_KINDS = (".css", ".html", ".js", ".onnx", ".py", ".svg")


def _sources(folder: Path) -> Path:
    """Copy the working tree, with its uncommitted changes, into a folder of its own."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    for path in subprocess.check_output(["git", "ls-files", "-cmo", "--exclude-standard"], cwd=ROOT, text=True).split():
        if (ROOT / path).is_file() and not (ROOT / path).is_symlink():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes((ROOT / path).read_bytes())
    return folder


def test_wheel_has_the_modules_of_the_tree(tmp_path: Path) -> None:
    source = _sources(tmp_path / "source")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(source)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = {
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*")
        if path.is_file() and (path.suffix in _KINDS or path.name == "py.typed")
    }
    assert names == wanted


@pytest.mark.slow
def test_archives_are_the_same_wherever_and_whenever_they_are_built(tmp_path: Path) -> None:
    one = _sources(tmp_path / "one")
    other = shutil.copytree(one, tmp_path / "another place", symlinks=True)
    for path in other.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(0o600 if path.stat().st_mode & 0o100 == 0 else 0o700)
            os.utime(path, (1_000_000_000, 1_000_000_000))
    built = []
    for source, umask in ((one, 0o022), (other, 0o077)):
        command = [sys.executable, "-m", "build", "--no-isolation"]
        done = subprocess.run(command, cwd=source, umask=umask, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        built.append({path.name: path.read_bytes() for path in (source / "dist").iterdir()})
    assert sorted(name.rpartition(".")[2] for name in built[0]) == ["gz", "whl"]
    assert built[0] == built[1]


@pytest.mark.slow
def test_an_editable_installation_holds_shapeclf_alone_and_type_checkers_find_it(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = str(tmp_path / "venv" / "bin" / "python")
    find = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([python, "-c", find], text=True).strip())
    here = sysconfig.get_path("purelib")
    (packages / "tested.pth").write_text(f"import site; site.addsitedir({here!r})\n")  # what is installed here
    install = [python, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--ignore-installed", "-e"]
    subprocess.run([*install, str(_sources(tmp_path / "source"))], check=True)
    spec = "from importlib.util import find_spec; print([find_spec(name) for name in ('cli', 'tests', 'tools')])"
    assert subprocess.check_output([python, "-c", spec], cwd=tmp_path, text=True) == "[None, None, None]\n"
    (tmp_path / "program.py").write_text(
        "from shapeclf import Recognizer\n\nfamilies: list[int] = [Recognizer.load().families]\n"
    )
    check = [str(python), "-m", "mypy", "--strict", "program.py"]
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    # Only this error: mypy knows the types of the package.
    assert [line for line in done.stdout.splitlines() if ": error:" in line] == [
        'program.py:3: error: List item 0 has incompatible type "tuple[str, ...]"; expected "int"  [list-item]'
    ], done.stdout + done.stderr
