"""Every command and code block of the README runs as written, but for the two set-up commands that .ci/run runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"(<!-- set-up: \w+ -->\n)?```(console|python)\n(.*?)```", re.DOTALL)


def test_every_block_runs_in_order(tmp_path: Path) -> None:
    blocks = [(language, code) for set_up, language, code in BLOCK.findall(README.read_text()) if not set_up]
    assert len(blocks) > 8
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
    assert [mark for mark, _, _ in BLOCK.findall(README.read_text()) if mark] == [
        "<!-- set-up: run -->\n",
        "<!-- set-up: test -->\n",
    ]
