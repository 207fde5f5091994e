"""Fuzz targets of the command line: arguments in any order, and each command's options with any values."""

import shlex
import shutil
import signal
import tempfile
from collections.abc import Callable
from contextlib import chdir
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
from click.testing import CliRunner
from hypothesis import strategies as st

from shapeclf.cli.main import main as shapeclf
from shapeclf.cli.values import Finite, Interval, Whole

from .checks import check_one_line
from .drawn import any_bytes, odd

__all__ = ["TARGETS"]

# Written as on a command line, since a list with one argument a line would be hard to read.
_ARGUMENTS = shlex.split("""
    predict eval sample families wave draw serve points.csv nowhere.csv - -- --json --x --y --group --wide --model fresh
    real --among line,sqrt --family no:NAME --no-fit --each-point --decide 0.5 2 --output out.csv out.xyz
    --plot out.svg --quiet --seed --points 3 2:4 --noise --sequences 10 --help --version -1 nan x 1: é \udcff
""")
_VALUES = shlex.split("""
    0 1 2 3 7 -1 0.5 1e308 1e-308 nan inf 2:4 5:15 15:5 : 1:1e308 4,3 line line,sqrt sqrt,none real fresh classic
    points.csv series.csv runs/version_0 runs/wave/version_0 runs/wave/version_1 runs . nowhere/at/all no:NAME
    numpy:sin numpy:abs numpy:zeros_like numpy:pi math:sin out.csv out.png out.svg 99999999999999999999 é \udcff
""")
_FITTING: dict[type[click.ParamType[Any]], list[str]] = {
    Whole: ["1", "2", "3"],
    Finite: ["0", "0.01", "0.5", "2"],
    Interval: ["5:15", "0:1e9"],
}
# Options that make a command short. They come last, since the last value of an option counts.
_SHORT = {
    ("train",): ["--max-updates", "1", "--test-sequences", "20", "--threads", "1"],
    ("wave", "train"): ["--max-updates", "1", "--values", "100"],
    ("wave", "eval"): [],
    ("wave", "draw"): ["--steps", "3"],
    ("eval",): ["--sequences", "10"],
    ("sample",): ["--sequences", "10"],
    ("serve",): [],
}
_TYPED = st.text(st.characters(exclude_characters="\0"), max_size=3)  # no system passes an argument with a NUL in it
_LEFT_OUT = {"devices", "num_nodes", "strategy"}  # they start further processes of this command


@cache
def _home() -> Path:
    """Return a folder with points, a series, a run, and two runs of forecasters, the second of them interrupted."""
    from shapeclf.training import settings_of, train
    from shapeclf.training.progress import ProgressBar
    from shapeclf.training.waves.recipes import shortened, wave_recipe
    from shapeclf.training.waves.runs import train_wave

    home = Path("home").absolute()
    home.mkdir()
    (home / "points.csv").write_bytes(b"x,y\n1,2\n2,4\n3,6\n")
    (home / "series.csv").write_text("a,b\n" + "".join(f"{i % 7},{i % 5}\n" for i in range(90)))
    train(settings_of("classic", max_updates=1, test_sequences=20), output=home / "runs", quiet=True)
    recipe = shortened(wave_recipe("sin"), 4)
    train_wave(recipe, output=home / "runs" / "wave", quiet=True)
    with patch.object(ProgressBar, "report", lambda progress, row: signal.raise_signal(signal.SIGINT)):
        train_wave(recipe, output=home / "runs" / "wave", quiet=True)
    return home


def command_line(arguments: list[str], stdin: bytes = b"") -> None:
    home = _home()
    service = patch("shapeclf.service.running.run_app", return_value=False)  # ended without a pending answer
    with tempfile.TemporaryDirectory() as folder, chdir(folder), service:
        shutil.copytree(home, folder, dirs_exist_ok=True)
        result = CliRunner().invoke(shapeclf, arguments, input=stdin, prog_name="shapeclf")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in (0, 1, 2)
    assert "Traceback" not in result.stderr
    if result.exit_code:
        check_one_line(result.stderr.splitlines()[-1])


def option_values(arguments: list[str]) -> None:
    command_line(arguments)


def _command(names: tuple[str, ...]) -> click.Command:
    command: click.Command = shapeclf
    for name in names:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    return command


def _options_of(names: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """Return a command with some of its options and their values, sometimes with one argument too many."""
    value = st.sampled_from(_VALUES) | odd.map(str).filter(lambda text: "\0" not in text) | _TYPED
    options: list[st.SearchStrategy[list[str]]] = []
    for option in _command(names).params:
        if option.name in _LEFT_OUT:
            continue
        name, choices = option.opts[0], getattr(option.type, "choices", None) or _FITTING.get(type(option.type))
        if getattr(option, "is_flag", False):
            options.append(st.just([name]))
        else:
            choices = list(choices or ())
            fitting = st.sampled_from(choices) | value if choices else value
            options.append(fitting.map(lambda drawn, name=name: [name, str(drawn)]))  # type: ignore[misc]
    some = st.lists(st.one_of(options), max_size=4)
    return st.builds(
        lambda options, more: [
            *names,
            *(each for option in options for each in option),
            *more,
            *_SHORT[names],
        ],
        some,
        st.just([]) | st.just([]) | st.lists(value, max_size=1),
    )


TARGETS: dict[Callable[..., None], tuple[st.SearchStrategy[Any], ...]] = {
    command_line: (st.lists(st.sampled_from(_ARGUMENTS) | _TYPED, max_size=7), any_bytes),
    option_values: (st.sampled_from(list(_SHORT)).flatmap(_options_of),),
}
