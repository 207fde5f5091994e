"""Write the lock files of the tested versions: ``python -m tools.locks`` (needs the extra ``lock``).

``requirements.lock`` holds the versions of ``constraints.txt`` with the hashes of all their files on the Python Package
Index. ``requirements-cuda.lock`` holds the further packages that the Index's build of torch for Linux needs.
"""

import subprocess
import sys
from pathlib import Path

__all__ = ["CONSTRAINTS", "CUDA", "LOCK", "names_and_versions"]

ROOT = Path(__file__).parents[1]
CONSTRAINTS, LOCK, CUDA = (ROOT / name for name in ("constraints.txt", "requirements.lock", "requirements-cuda.lock"))
_COMPILE = [
    *(
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--no-config",
        "--universal",
        "--python-version",
        "3.11.5",
    ),
    *("--default-index", "https://pypi.org/simple", "--generate-hashes", "--no-header", "--no-annotate"),
]
_HEAD = "# Written by python -m tools.locks; {}\n"


def names_and_versions(file: Path) -> dict[str, str]:
    """Return the version of each package in a constraints or lock file, by its normalised name.

    Example:
        >>> names_and_versions(CONSTRAINTS)["torch"] == names_and_versions(LOCK)["torch"]
        True
    """
    lines = [line.partition("#")[0].partition(";")[0] for line in file.read_text(encoding="utf-8").splitlines()]
    pinned = [line.rstrip(" \\").split("==") for line in lines if "==" in line]
    return {name.strip().lower().replace("_", "-").replace(".", "-"): version.strip() for name, version in pinned}


def _write(lock: Path, what: str, *options: str, stdin: str | None = None) -> None:
    done = subprocess.run([*_COMPILE, *options], cwd=ROOT, input=stdin, stdout=subprocess.PIPE, text=True, check=True)
    lock.write_text(_HEAD.format(what) + done.stdout, encoding="utf-8")


def main() -> None:
    _write(LOCK, "the versions of constraints.txt with their hashes.", "--no-deps", CONSTRAINTS.name)
    pinned = names_and_versions(CONSTRAINTS)
    left_out = [word for name in pinned for word in ("--no-emit-package", name)]
    what = "what PyPI's torch for Linux needs besides requirements.lock."
    torch = f"torch=={pinned['torch']}"
    _write(CUDA, what, "--constraints", CONSTRAINTS.name, *left_out, "-", stdin=torch)


if __name__ == "__main__":
    main()
