"""The wheel holds the package as it stands in the tree, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "shapeclf"
_KINDS = (".css", ".html", ".js", ".onnx", ".py", ".svg")


def test_wheel_has_the_modules_of_the_tree(tmp_path: Path) -> None:
    source = tmp_path / "source"  # setuptools leaves its traces beside the sources
    subprocess.run(["git", "clone", "-q", str(ROOT), str(source)], check=True)
    for path in subprocess.check_output(["git", "ls-files", "-cmo", "--exclude-standard"], cwd=ROOT, text=True).split():
        if (ROOT / path).is_file() and not (ROOT / path).is_symlink():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_bytes((ROOT / path).read_bytes())
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
