"""Every command and code block of README and documentation runs as written, page by page, in order.

Exceptions are the two set-up commands of README, which ``.ci/run`` runs, and blocks below ``<!-- not run: why -->``.
The tests of pages that need torch or start many programs are slow.
Text right below commands is their output.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"(?:<!-- ([^\n]+) -->\n)?```(console|python)\n(.*?)```", re.DOTALL)
PRINTED = re.compile(r"```console\n[^`]*```\n\n```text\n(.*?)```", re.DOTALL)
NUMBER = re.compile(r"\d+(?:\.\d+)?")
TORCH = re.compile(r"shapeclf train|shapeclf wave|\btrain\(|train_wave|DataModule")
NOT_RUN = re.compile(r"not run: \w.+|set-up: \w+")


def _blocks(page: Path) -> list[tuple[str, str]]:
    """Languages and texts of a page's blocks that are run."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [(language, code) for mark, language, code in found if not NOT_RUN.fullmatch(mark)]


PAGES = {
    str(page.relative_to(ROOT)): blocks
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if (blocks := _blocks(page))
}


def _parts(line: str) -> tuple[str, list[float]]:
    """A line's words, with a mark for each number, and its numbers."""
    return NUMBER.sub("#", " ".join(line.split())), [float(number) for number in NUMBER.findall(line)]


MANY_PROGRAMS = ("docs/how-to/predict.md", "docs/how-to/eval.md", "docs/how-to/serve.md")


def _is_slow(page: str) -> bool:
    return page in MANY_PROGRAMS or any(TORCH.search(code) for _, code in PAGES[page])


@pytest.fixture(scope="session")
def programs(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder with ``python`` and ``shapeclf``, that start at once: with torch imported, where a page needs it."""
    modules = ["shapeclf.recognition"]
    if any("slow" in item.keywords for item in request.session.items):
        modules += ["matplotlib.backends.backend_agg", "scipy.optimize", "shapeclf.evaluation.plots"]
        modules += ["shapeclf.training.runs", "shapeclf.training.waves.runs"]
    with tempfile.TemporaryDirectory(prefix="shapeclf") as folder:  # a socket's path must be short
        program = str(Path(__file__).with_name("warm_python.py"))
        command = [sys.executable, program, f"{folder}/socket", folder, *modules]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == b"ready\n"
            yield Path(folder)
            server.terminate()


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=pytest.mark.slow if _is_slow(page) else (), id=page) for page in PAGES]
)
def test_every_block_runs_in_order(tmp_path: Path, programs: Path, page: str) -> None:
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    script = ["set -euo pipefail"]
    for language, code in PAGES[page]:
        script.append(code if language == "console" else f"python - <<'END_OF_BLOCK'\n{code}END_OF_BLOCK")
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    shown = [_parts(line) for line in done.stdout.splitlines()]
    for text in PRINTED.findall((ROOT / page).read_text(encoding="utf-8")):
        for words, numbers in map(_parts, text.splitlines()):
            close = pytest.approx(numbers, rel=0.02, abs=0.002)  # another processor may round otherwise
            assert any(words == said and close == given for said, given in shown), text


def test_the_pages_with_blocks_are_found() -> None:
    assert {"README.md", "docs/tutorial.md", "docs/how-to/predict.md"} <= set(PAGES)
    assert len(PAGES["README.md"]) >= 5
    assert sum(len(blocks) for blocks in PAGES.values()) >= 40


def test_both_set_up_commands_are_marked() -> None:
    marks = [mark for mark, _, _ in BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))]
    assert [mark for mark in marks if mark.startswith("set-up")] == ["set-up: run", "set-up: test"]
