"""Every command and every option is documented, and the how-tos name every command."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from shapeclf.cli.main import main as shapeclf

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")


def _commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for part in group.list_commands(context):
        command = group.get_command(context, part)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, f"{name} {part}")
        else:
            yield f"{name} {part}", command


COMMANDS = dict(_commands(shapeclf, "shapeclf"))


def test_each_command_has_a_section_with_each_option() -> None:
    for name, command in COMMANDS.items():
        section = REFERENCE.split(f"## `{name}`\n", 1)[1].split("\n## ", 1)[0]
        options = [
            option for parameter in command.params if isinstance(parameter, click.Option) for option in parameter.opts
        ]
        assert options
        assert [option for option in options if option not in section] == []


def test_the_reference_is_what_the_commands_say() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.commands", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_each_command_is_used_beside_its_reference() -> None:
    pages = [page for page in (ROOT / "docs").rglob("*.md") if page.name != "commands.md"]
    texts = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert [name for name in COMMANDS if not re.search(rf"{name}\b", texts)] == []
