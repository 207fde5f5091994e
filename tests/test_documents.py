"""Every command and code block of these pages runs as written, but for the two set-up commands that .ci/run runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = {"README.md": 8, "docs/tutorial.md": 6, "docs/predict.md": 5, "docs/waves.md": 2, "docs/how-to/serve.md": 3}
"""And how many blocks they have at least."""
BLOCK = re.compile(r"(<!-- set-up: \w+ -->\n)?```(console|python)\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=list(PAGES))
def test_every_block_runs_in_order(tmp_path: Path, page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = [(language, code) for set_up, language, code in BLOCK.findall(text) if not set_up]
    assert len(blocks) >= PAGES[page]
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    script = ["set -euo pipefail"]
    for language, code in blocks:
        script.append(code if language == "console" else f"python - <<'END_OF_BLOCK'\n{code}END_OF_BLOCK")
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_both_set_up_commands_are_marked() -> None:
    marks = [mark for mark, _, _ in BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8")) if mark]
    assert marks == ["<!-- set-up: run -->\n", "<!-- set-up: test -->\n"]
