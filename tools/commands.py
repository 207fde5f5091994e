"""Write ``docs/reference/commands.md`` from the help of the commands: ``python -m tools.commands``."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from shapeclf.cli.main import main as shapeclf
from shapeclf.cli.predict_options import MODES, NEEDED, NOT_ALLOWED

__all__ = ["page"]

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "commands.md"
_HEAD = """# Commands

Every command and every option, as `shapeclf COMMAND --help` shows them (written by `python -m tools.commands`).
For input and output, see [how to](../how-to/predict.md), [JSON](json.md), [exit codes](exit-codes.md).
"""


def _every_command(group: click.Group, above: click.Context | None = None) -> Iterator[click.Context]:
    """Yield the contexts of all commands except groups, in the order of the help."""
    context = click.Context(group, parent=above, info_name="shapeclf" if above is None else group.name)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _every_command(command, context)
        elif command is not None:
            yield click.Context(command, parent=context, info_name=name)


def page() -> str:
    """Return the whole page as Markdown."""
    return "\n".join([_HEAD, *map(_section, _every_command(shapeclf))])


def _section(context: click.Context) -> str:
    usage = " ".join(context.command.collect_usage_pieces(context))
    lines = [f"## `{context.command_path}`", "", f"`{context.command_path} {usage}`", ""]
    for paragraph in (context.command.help or "").split("\n\n"):
        lines += [" ".join(_escaped(paragraph).split()), ""]
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and "--help" not in parameter.opts:
            lines.append(f"- `{record[0]}`" + (f": {_escaped(record[1])}" if record[1] else ""))
    if context.command_path == "shapeclf predict":
        lines += ["", *_modes_of_predict()]
    return "\n".join([*lines, ""])


def _modes_of_predict() -> Iterator[str]:
    """Yield the lines about options of `predict` that only some kinds of input allow or require."""
    yield (
        "The table shows which options are allowed with which input. Options that are not in it are allowed with every "
        "input. The forms `markdown`, `latex` and `python` of `--format` are for files of one sequence. `--log`, "
        "`--extrapolate`, `--only` and `--size` change the picture, so they need `--plot`."
    )
    yield ""
    yield f"| | {' | '.join(MODES.values())} |"
    yield f"|---|{'---|' * len(MODES)}"
    for option, refused in NOT_ALLOWED.items():
        yield f"| `{option}` | {' | '.join('no' if mode in refused else 'yes' for mode in MODES)} |"
    for mode, needed in NEEDED.items():
        options = " and ".join(" or ".join(f"`{option}`" for option in alternatives) for alternatives in needed)
        yield ""
        yield f"Needed for {MODES[mode]}: {options}."


def _escaped(text: str) -> str:
    for mark in "\\<*_[":
        text = text.replace(mark, "\\" + mark)
    return text


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        if PAGE.read_text(encoding="utf-8") != page():
            sys.exit(f"{PAGE} does not agree with the help of the commands: run python -m tools.commands")
    else:
        PAGE.write_text(page(), encoding="utf-8")
