"""The options that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click
from click.core import ParameterSource

from shapeclf._files import identity
from shapeclf._limits import LIMITS
from shapeclf.cli.values import INPUT_PATH, OUTPUT_FILE, Finite, Interval, PathName, PictureSize, PointCount, Whole
from shapeclf.errors import InputError

if TYPE_CHECKING:
    from shapeclf.datasets.experiments import AnySequences
    from shapeclf.datasets.families import Family

__all__ = [
    "changed_data",
    "check_not_read",
    "check_resumed",
    "data_options",
    "data_settings",
    "drawing_options",
    "family_option",
    "find_modules_in_current_folder",
    "given_parameters",
    "json_option",
    "load_user_families",
    "model_option",
    "picture_option",
    "plot_option",
    "quiet_option",
    "recognizer_options",
    "run_options",
    "seed_option",
    "together",
    "wave_model_option",
    "wave_noise_option",
    "x_change",
]

F = TypeVar("F", bound=Callable[..., Any])


def together(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Return a decorator that adds the options to a command, in this order."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def given_parameters(context: click.Context) -> list[click.Parameter]:
    """Return the parameters of a command that were given on the command line."""
    source = context.get_parameter_source
    return [each for each in context.command.params if source(each.name or "") is ParameterSource.COMMANDLINE]


def check_resumed(context: click.Context, allowed: Collection[str]) -> None:
    """Check that only some options were given to a run that is resumed.

    Args:
        context: The command.
        allowed: Names of the parameters that may be given.

    Raises:
        BadParameter: Another option was given.
    """
    for parameter in given_parameters(context):
        if parameter.name not in allowed:
            raise click.BadParameter("a resumed run keeps its own settings", ctx=context, param=parameter)


def check_not_read(sources: Iterable[str | Path | int], option: str, target: Path | None) -> None:
    """Check that an option does not write a file that is read.

    Args:
        sources: The files that are read, or their file descriptors.
        option: Name of the option.
        target: Value of the option.

    Raises:
        BadParameter: The option names a file that is read.
    """
    if target is not None and target.is_file() and identity(target) in set(map(identity, sources)):
        raise click.BadParameter(f"{target} is a file that is read; give another name", param_hint=f"'{option}'")


def _split_names(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Split names at commas; a callback of an option."""
    return None if value is None else tuple(name.strip() for name in value.split(","))


def model_option(default: str) -> Callable[[F], F]:
    """Return ``--model``.

    Args:
        default: Name of the default model, for the help.
    """
    return click.option(
        "--model",
        type=INPUT_PATH,
        metavar="FILE|RUN|NAME",
        help="Name of a shipped model, or path of a model file or a run (real is a name, ./real a path).  "
        f"[default: {default}]",
    )


family_option = click.option(
    "--family",
    "references",
    multiple=True,
    metavar="MODULE:NAME",
    help="Add a family of your own: a Family in a module (its code is run); repeatable.",
)
recognizer_options = together(
    model_option("real"),
    click.option(
        "--among", callback=_split_names, metavar="A,B,C", help="Consider only these families.  [default: all]"
    ),
    family_option,
)
wave_model_option = click.option(
    "--model",
    type=INPUT_PATH,
    metavar="RUN",
    help="The folder of a forecaster's run.  [default: the newest run in runs/wave/]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
quiet_option = click.option("--quiet", is_flag=True, help="Print no progress and no notes.")
seed_option = click.option(
    "--seed", type=Whole(*LIMITS["seed"]), default=0, show_default=True, help="Seed of the random draws."
)


def _checked_picture(context: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    """Check the suffix of a picture's name before the command does any work; a callback of an option."""
    if value is not None:
        from shapeclf.recognition.pictures import check_picture_name

        check_picture_name(value)
    return value


def plot_option(what: str) -> Callable[[F], F]:
    """Return ``--plot FILE`` and ``--size W:H``.

    Args:
        what: What the picture shows, for the help.
    """
    return together(
        click.option(
            "--plot",
            type=OUTPUT_FILE,
            callback=_checked_picture,
            is_eager=True,  # checked before the options that change the picture
            metavar="FILE",
            help=f"Draw {what} (.png, .svg, .pdf).",
        ),
        picture_option("--size", type=PictureSize(), help="Width and height of the picture in inches, such as 7:4."),
    )


def picture_option(name: str, **settings: Any) -> Callable[[F], F]:
    """Return an option that changes the picture of ``--plot``, and is refused without it."""

    def check(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        if value is not None and context.params.get("plot") is None:
            raise click.BadParameter("changes the picture: give --plot, too")
        return value

    return click.option(name, callback=check, **settings)


def drawing_options(default: str) -> Callable[[F], F]:
    """Return the options that change how sequences are drawn.

    Args:
        default: Source of the default settings, for the help: ``"the recipe's"``.
    """
    return together(
        click.option(
            "--parameters",
            type=click.Choice(["fixed", "fresh"]),
            help=f"Draw the families' parameters (k, b, ...) once, or for every sequence.  [default: {default}]",
        ),
        click.option(
            "--x",
            type=Interval(own=True),
            help=f"Range of x for all families, or own: each family's own range.  [default: {default}]",
        ),
        click.option(
            "--noise",
            type=Finite(0.0),
            metavar="SIGMA",
            help="Standard deviation of the noise on y; for real, relative to the range of the curve.  "
            f"[default: {default}]",
        ),
    )


def run_options(folder: str, resume: str) -> Callable[[F], F]:
    """Return ``--output`` and ``--resume`` of a training.

    Args:
        folder: The default folder of the runs.
        resume: The options that are allowed with ``--resume``, for the help.
    """
    return together(
        click.option(
            "--output",
            type=PathName(file_okay=False, path_type=Path),
            default=Path(folder),
            show_default=True,
            help="Folder in which the run's folder, version_N, is created.",
        ),
        click.option(
            "--resume",
            metavar="RUN",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help=f"Resume the run in this folder, with its settings; {resume}.",
        ),
    )


def wave_noise_option(text: str) -> Callable[[F], F]:
    """Return ``--noise`` of a forecaster.

    Args:
        text: The rest of the help.
    """
    help_text = f"Standard deviation of the noise on all inputs, relative to that of the series{text}"
    return click.option("--noise", type=Finite(0.0), metavar="SIGMA", help=help_text)


def x_change(x: tuple[float, float] | Literal["own"] | None) -> dict[str, Any]:
    """Return the change of a data set that ``--x`` asks for, if any."""
    from shapeclf.datasets.priors import Uniform

    return {} if x is None else {"x": None if x == "own" else Uniform(*x)}


def changed_data(data: AnySequences, changes: dict[str, Any]) -> AnySequences:
    """Return a model's data set with the changes that options ask for.

    None leaves a setting unchanged, except for x, where it means that each family has its own range.

    Raises:
        InputError: The data set has no such setting.
    """
    from dataclasses import fields, replace

    given = {name: value for name, value in changes.items() if value is not None or name == "x"}
    for name in given.keys() - {field.name for field in fields(data)}:
        raise InputError(f"--{name}: the data set of this model (experiments) has no {name} that can be changed")
    return replace(data, **given)


def data_options(function: F) -> F:
    """Add the options that change a recipe's data set; `data_settings` converts their values."""
    decorate: Callable[[F], F] = together(
        click.option(
            "--recipe",
            default="classic",
            show_default=True,
            metavar="NAME",
            help="Start from these settings: classic, fresh, real.",
        ),
        click.option(
            "--families", callback=_split_names, metavar="A,B,C", help="Families by name.  [default: the recipe's]"
        ),
        family_option,
        click.option("--points", type=PointCount(), help="Points of a sequence.  [default: the recipe's]"),
        drawing_options("the recipe's"),
    )
    return decorate(function)


def data_settings(
    recipe: str,
    families: tuple[str, ...] | None,
    references: tuple[str, ...],
    x: tuple[float, float] | Literal["own"] | None,
    **given: Any,
) -> dict[str, Any]:
    """Return the changes of a recipe's data set from the values of `data_options`, as arguments of `settings_of`."""
    from shapeclf.datasets.catalogue import find_families
    from shapeclf.training.recipes import settings_of

    user_families = load_user_families(references)
    changes = x_change(x) | {name: value for name, value in given.items() if value is not None}
    if families is not None or user_families:
        before = settings_of(recipe).families if families is None else ()
        names = [each.name for each in before] if families is None else families
        names = [*names, *(each.name for each in user_families if each.name not in names)]
        changes["families"] = find_families(names, (*before, *user_families))
    return changes


def load_user_families(references: Iterable[str]) -> tuple[Family, ...]:
    """Return the user's own families; modules are also looked for in the current folder."""
    references = tuple(references)
    if not references:
        return ()
    from shapeclf.datasets.catalogue import load_family

    find_modules_in_current_folder()
    return tuple(load_family(reference) for reference in references)


def find_modules_in_current_folder() -> None:
    """Let the user's own modules be found in the current folder."""
    if "" not in sys.path:
        sys.path.insert(0, "")  # an installed command has the folder of its script there instead
