"""The whole program: help, version, exit codes, and the modules that it does not import."""

import inspect
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from click.testing import Result

from shapeclf.cli.main import main

GROUPS = ("wave",)
COMMANDS = ("train", "eval", "predict", "sample", "families", "wave train", "wave eval", "wave draw", "serve")
LISTED = tuple(dict.fromkeys(name.partition(" ")[0] for name in COMMANDS))
_LOADED = """
import sys
from shapeclf.cli.main import main
main(sys.argv[1:], standalone_mode=False)
print(*sys.modules, file=sys.stderr)
"""
EACH_COMMAND = pytest.mark.parametrize("name", COMMANDS)


def command(name: str) -> click.Command:
    found: click.Command | None = main
    for word in name.split():
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), word)
    assert found is not None
    return found


def test_the_commands_are_these() -> None:
    assert tuple(main.list_commands(click.Context(main))) == LISTED


def test_help_lists_every_command_with_its_sentence(shapeclf: Callable[..., Result]) -> None:
    result = shapeclf("--help")
    assert result.exit_code == 0
    listed = dict(line.split(maxsplit=1) for line in result.stdout.split("Commands:")[1].splitlines() if line.strip())
    assert tuple(listed) == LISTED
    assert all(len(sentence) > 20 for sentence in listed.values())


@pytest.mark.parametrize(
    ("words", "needed", "needless"),
    [
        (["--help"], "cli.commands", ["cli.train", "cli.evaluate", "cli.predict", "cli.options"]),
        (["predict", "POINTS"], "datasets.families", ["datasets.experiments", "datasets.records", "datasets.series"]),
    ],
    ids=["help", "predict"],
)
def test_a_command_starts_without_modules_that_it_does_not_need(
    words: list[str], needed: str, needless: list[str], tmp_path: Path
) -> None:
    points = tmp_path / "points.csv"
    points.write_text("x,y\n1,2\n2,4\n3,6\n", encoding="utf-8")
    words = [str(points) if word == "POINTS" else word for word in words]
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, *words], capture_output=True, text=True, check=True, timeout=60
    )
    imported = done.stderr.splitlines()[-1].split()
    assert f"shapeclf.{needed}" in imported
    assert not {f"shapeclf.{name}" for name in needless} & set(imported)


@pytest.mark.parametrize("flag", ["-h", "--help"])
@EACH_COMMAND
def test_every_command_has_help(name: str, flag: str, shapeclf: Callable[..., Result]) -> None:
    result = shapeclf(*name.split(), flag)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: shapeclf {name} [OPTIONS]")


@EACH_COMMAND
def test_help_is_a_sentence_that_ends_in_an_example_that_parses(name: str) -> None:
    found = command(name)
    assert found.help is not None
    sentence, *_, example = inspect.cleandoc(found.help).split("\n\n")
    assert sentence.endswith(".")
    assert example.startswith(f"Example: shapeclf {name} ")
    words = shlex.split(example.removeprefix("Example: "))[1 + len(name.split()) :]
    context = found.make_context(name, words)  # raises an error if an option or a value is not allowed
    assert context.params


@EACH_COMMAND
def test_every_option_has_a_help_text(name: str) -> None:
    options = [parameter for parameter in command(name).params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []


@EACH_COMMAND
def test_help_shows_every_option(name: str, shapeclf: Callable[..., Result]) -> None:
    shown = shapeclf(*name.split(), "--help").stdout
    for parameter in command(name).params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[-1] in shown


@pytest.mark.parametrize("name", GROUPS)
def test_a_groups_help_lists_its_commands(name: str, shapeclf: Callable[..., Result]) -> None:
    listed = shapeclf(name, "--help").stdout.split("Commands:")[1]
    mine = [found.partition(" ")[2] for found in COMMANDS if found.startswith(f"{name} ")]
    assert [line.split()[0] for line in listed.splitlines() if line.strip()] == mine


def test_version(shapeclf: Callable[..., Result]) -> None:
    result = shapeclf("--version")
    assert (result.exit_code, result.stdout) == (0, f"shapeclf {version('shapeclf')}\n")


def test_python_dash_m() -> None:
    command = [sys.executable, "-m", "shapeclf", "--version"]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout == f"shapeclf {version('shapeclf')}\n"


def test_an_unknown_command_is_a_mistake(mistake: Callable[..., str]) -> None:
    assert mistake("fly").startswith("No such command 'fly'.")


@EACH_COMMAND
def test_an_unknown_option_is_a_mistake(name: str, mistake: Callable[..., str]) -> None:
    assert "--colour" in mistake(*name.split(), "--colour", "red")


_WITHOUT_TORCH = {
    "help": ["--help"],
    "train-help": ["train", "--help"],
    "wave-train-help": ["wave", "train", "--help"],
    "wave-eval-help": ["wave", "eval", "--help"],
    "wave-draw-help": ["wave", "draw", "--help"],
    "no-wave-run": ["wave", "eval"],
    "no-series": ["wave", "train", "--csv", "nowhere.csv"],
    "families": ["families"],
    "sample": ["sample", "--sequences", "2"],
    "sample-model": ["sample", "--sequences", "2", "--model", "MODEL"],
    "eval": ["eval", "--sequences", "20", "--model", "MODEL"],
    "eval-plot": ["eval", "--sequences", "20", "--model", "MODEL", "--plot", "picture.svg"],
    "predict": ["predict", "POINTS", "--model", "MODEL"],
    "no-run": ["eval"],
    "unknown-family": ["train", "--families", "line,spiral"],
}
_MISTAKEN = ("no-wave-run", "no-series", "no-run", "unknown-family")
_CODE = """
import sys
from shapeclf.cli.main import main
try:
    main({arguments})
finally:
    print("IMPORTED", *{{"torch", "pytorch_lightning", "torchmetrics"}} & set(sys.modules), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def ended(
    tiny_model: Path, tmp_path_factory: pytest.TempPathFactory, run_fresh: Callable[..., list[tuple[int, str, str]]]
) -> dict[str, tuple[int, str, str]]:
    """Exit code and output of each command of `_WITHOUT_TORCH`."""
    folder = tmp_path_factory.mktemp("commands")
    (folder / "points.csv").write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    paths = {"MODEL": str(tiny_model), "POINTS": "points.csv"}
    commands = [[paths.get(word, word) for word in words] for words in _WITHOUT_TORCH.values()]
    pieces = [_CODE.format(arguments=words) for words in commands]
    before = "import shapeclf.cli.main, shapeclf.evaluation, shapeclf.evaluation.plots, matplotlib.backends.backend_svg"
    return dict(zip(_WITHOUT_TORCH, run_fresh(pieces, folder, before=before), strict=True))


@pytest.mark.parametrize("name", _WITHOUT_TORCH)
def test_torch_is_not_imported(name: str, ended: dict[str, tuple[int, str, str]]) -> None:
    exit_code, _, errors = ended[name]
    assert exit_code == (2 if name in _MISTAKEN else 0)
    assert errors.splitlines()[-1] == "IMPORTED"


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_do_not_import_numpy(argument: str) -> None:
    code = "import sys\nfrom shapeclf.cli.main import main\nmain(sys.argv[1:], standalone_mode=False)\n"
    code += "sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code, argument], check=False, timeout=60).returncode == 0


def test_a_closed_pipe_ends_the_command_quietly(tmp_path: Path) -> None:
    shapeclf = shlex.join([sys.executable, "-m", "shapeclf", "sample", "--sequences", "20000"])
    result = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {shapeclf} | head -1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.stdout == "sequence,family,x,y\n"
    assert result.stderr == ""
