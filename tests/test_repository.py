"""The files that hosts and tools read from the repository agree with the project."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("key", ["version", "license"])
def test_the_citation_agrees_with_the_project(key: str) -> None:
    assert f"{key}: {PROJECT[key]}" in (ROOT / "CITATION.cff").read_text().splitlines()


def test_the_workflow_runs_what_must_pass_before_a_change_lands() -> None:
    workflow = (ROOT / ".github/workflows/ci.yml").read_text()
    assert [line.strip() for line in workflow.splitlines() if "run:" in line] == ["- run: bash .ci/run"]


@pytest.mark.parametrize("tool", ["ruff check", "ruff format", "mypy"])
def test_every_linter_of_ci_is_a_pre_commit_hook(tool: str) -> None:
    assert f"entry: {tool}" in (ROOT / ".pre-commit-config.yaml").read_text()
    assert f".venv/bin/{tool}" in (ROOT / ".ci/run").read_text()
