"""Requests that schemathesis generates from the OpenAPI description, valid and invalid."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not there: the extra browser has it"
    ),
]
EXAMPLES = 60  # of each kind and route


def test_every_answer_is_as_described(served: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{served}openapi.json", "--no-color"]
    # Points may be valid JSON and beyond what a model can compute with, and any bytes may be a table: both get 422.
    (tmp_path / "schemathesis.toml").write_text(
        "".join(
            f'[[operations]]\ninclude-name = "POST /{path}"\n'
            'checks.positive_data_acceptance.expected-statuses = ["2xx", "422"]\n'
            for path in ("recognize", "read")
        ),
        encoding="utf-8",
    )
    done = subprocess.run(
        [*command, "--max-examples", str(EXAMPLES), "--seed", "1", "--request-timeout", "120"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
