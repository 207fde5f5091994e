"""The options that several commands share."""

from __future__ import annotations

import errno
import math
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, final

import click

from shapeclf.errors import InputError

if TYPE_CHECKING:
    from shapeclf.datasets.experiments import AnySequences
    from shapeclf.datasets.families import Family

__all__ = [
    "INPUT_PATH",
    "OUTPUT_FILE",
    "SEEDS",
    "Ends",
    "Finite",
    "PathName",
    "Whole",
    "changed_data",
    "check_not_read",
    "data_options",
    "data_settings",
    "family_option",
    "json_option",
    "look_for_modules_here",
    "model_option",
    "names_of",
    "noise_option",
    "own_families",
    "parameters_option",
    "plot_option",
    "quiet_option",
    "recognizer_options",
    "seed_option",
    "wave_model_option",
    "x_change",
    "x_option",
]

F = TypeVar("F", bound=Callable[..., Any])

SEEDS = 2**63 - 1  # the largest that torch takes


@final
class PathName(click.Path):
    """A path that is not empty, which would be the current folder.

    A file that is to be written (``dir_okay=False``) needs its folder from the start, not after all is computed.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not os.fspath(value):
            self.fail("the name is empty", param, ctx)
        path = super().convert(value, param, ctx)
        folder = os.path.dirname(os.path.realpath(path))  # noqa: PTH120  # of the file that a link points at
        if not self.dir_okay and not os.path.isdir(folder):  # noqa: PTH112  # a name that is too long is no folder
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path))
        return path


INPUT_PATH = PathName(readable=False, path_type=str)
"""A path or a name that is looked for later."""
OUTPUT_FILE = PathName(dir_okay=False, path_type=Path)


def check_not_read(source: str | Path | int, option: str, target: Path | None) -> None:
    """Check that an option does not write the file that is read.

    Args:
        source: The file that is read, or a file descriptor.
        option: The option's name.
        target: Its value.

    Raises:
        BadParameter: It does.
    """
    try:
        same = target is not None and target.is_file() and os.path.samefile(source, target)  # noqa: PTH121  # or a descriptor
    except OSError:  # one of them does not exist, which is reported where it is opened
        return
    if same:
        raise click.BadParameter(f"{target} is the file that is read; give another name", param_hint=f"'{option}'")


@final
class Finite(click.ParamType[float]):
    """A finite number, above or from a lowest value."""

    name = "number"

    def __init__(self, low: float = -math.inf, *, above: bool = False) -> None:
        self.low = low
        self.above = above

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            number = float(value)
        except ValueError:
            self.fail(f"{value!r} is not a number", param, ctx)
        if not math.isfinite(number) or number < self.low or (self.above and number == self.low):
            end = f"above {self.low:g}" if self.above else f"from {self.low:g} up"
            self.fail(f"{value!r} is not a finite number{'' if self.low == -math.inf else ' ' + end}", param, ctx)
        return number


@final
class Whole(click.IntRange):
    """A whole number from a lowest one up, and none that no machine can count to."""

    def __init__(self, low: int, most: int = 2**31 - 1) -> None:
        super().__init__(min=low)
        self.most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number: int = super().convert(value, param, ctx)
        if number > self.most:
            self.fail(f"a number of {len(str(number))} digits is too large: {self.most} at most", param, ctx)
        return number


@final
class Ends(click.ParamType[tuple[float, float]]):
    """LO:HI, two finite numbers, the lower one first."""

    name = "LO:HI"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        return value if isinstance(value, tuple) else self.parse(str(value), "", param, ctx)

    def parse(
        self, value: str, otherwise: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        """The ends in a text; ``otherwise`` is what else may stand there."""
        low, _, high = value.partition(":")
        try:
            ends = (float(low), float(high))
        except ValueError:
            self.fail(f"{value!r} is not of the form LO:HI, as in 5:15{otherwise}", param, ctx)
        if not (math.isfinite(ends[0]) and math.isfinite(ends[1]) and ends[0] < ends[1]):
            self.fail(f"{value!r}: both ends must be finite, the lower one first", param, ctx)
        return ends


@final
class _Range(click.ParamType[tuple[float, float] | Literal["own"]]):
    """LO:HI; or ``own``, each family's own."""

    name = "LO:HI|own"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float] | Literal["own"]:
        if isinstance(value, tuple):
            return value
        return "own" if value == "own" else Ends().parse(str(value), ", nor own", param, ctx)


@final
class _Points(click.ParamType[int | tuple[int, int]]):
    """N, or LO:HI to draw the number of points for each sequence."""

    name = "N|LO:HI"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | tuple[int, int]:
        if isinstance(value, (int, tuple)):
            return value
        low, colon, high = str(value).partition(":")
        try:
            ends = (int(low), int(high) if colon else int(low))
        except ValueError:
            self.fail(f"{value!r} is not of the form N or LO:HI, as in 8 or 2:32", param, ctx)
        if not 1 <= ends[0] <= ends[1] < 2**31:
            self.fail(f"{value!r}: the number of points is from 1 up, the lowest first", param, ctx)
        return ends if colon else ends[0]


def names_of(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """A callback that takes names apart, which stand between commas."""
    return None if value is None else tuple(name.strip() for name in value.split(","))


def _together(*options: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


family_option = click.option(
    "--family",
    "own",
    multiple=True,
    metavar="MODULE:NAME",
    help="Add a family of your own: a Family in a module (its code is run); repeatable.",
)

recognizer_options = _together(
    click.option(
        "--model",
        type=INPUT_PATH,
        metavar="FILE|RUN|NAME",
        help="A shipped model by name, or the path of a model file or a run; a folder named real is ./real.  "
        "[default: real]",
    ),
    click.option("--among", callback=names_of, metavar="A,B,C", help="Consider only these families.  [default: all]"),
    family_option,
)
"""Who answers, and between which families."""
model_option = click.option(
    "--model",
    type=INPUT_PATH,
    metavar="FILE|RUN|NAME",
    help="A shipped model by name, or the path of a model file or a run; a folder named real is ./real.  "
    "[default: the newest run in runs/]",
)
wave_model_option = click.option(
    "--model",
    type=INPUT_PATH,
    metavar="RUN",
    help="The folder of a forecaster's run.  [default: the newest run in runs/wave/]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
quiet_option = click.option("--quiet", is_flag=True, help="No progress and no notes.")
seed_option = click.option("--seed", type=Whole(0, SEEDS), default=0, show_default=True, help="Of the random draws.")


def _picture(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Refuses a name that no picture can have, before any work is done for it."""
    if value is not None:
        from shapeclf.recognition.pictures import check_picture_name

        check_picture_name(value)
    return value


def plot_option(what: str) -> Callable[[F], F]:
    """``--plot FILE``; ``what`` says what the picture shows."""
    return click.option(
        "--plot", type=OUTPUT_FILE, callback=_picture, metavar="FILE", help=f"Draw {what} (.png, .svg, .pdf)."
    )


def parameters_option(default: str) -> Callable[[F], F]:
    """``--parameters``."""
    return click.option(
        "--parameters",
        type=click.Choice(["fixed", "fresh"]),
        help=f"k and b drawn once, or for every sequence.  [default: {default}]",
    )


def x_option(default: str) -> Callable[[F], F]:
    """``--x LO:HI``."""
    return click.option(
        "--x", type=_Range(), help=f"Draw x from here for all families, or from each one's own.  [default: {default}]"
    )


def x_change(x: tuple[float, float] | Literal["own"] | None) -> dict[str, Any]:
    """What ``--x`` changes of a data set: nothing, or its x."""
    from shapeclf.datasets.priors import Uniform

    return {} if x is None else {"x": None if x == "own" else Uniform(*x)}


def changed_data(data: AnySequences, changes: dict[str, Any]) -> AnySequences:
    """Return a model's data set with the changes that options ask for; None changes nothing, but of x.

    Raises:
        InputError: The data set has no such setting.
    """
    from dataclasses import fields, replace

    given = {name: value for name, value in changes.items() if value is not None or name == "x"}
    for name in given.keys() - {field.name for field in fields(data)}:
        raise InputError(f"--{name}: the sequences of this model have no {name} to change; experiments draw their own")
    return replace(data, **given)


def noise_option(default: str) -> Callable[[F], F]:
    """``--noise SIGMA``."""
    return click.option(
        "--noise",
        type=Finite(0.0),
        metavar="SIGMA",
        help=f"Standard deviation of the noise on y.  [default: {default}]",
    )


def data_options(function: F) -> F:
    """The options that change a recipe's data set; `data_settings` takes them."""
    decorate: Callable[[F], F] = _together(
        click.option(
            "--recipe",
            default="classic",
            show_default=True,
            metavar="NAME",
            help="Start from these settings: classic, fresh, real.",
        ),
        click.option(
            "--families", callback=names_of, metavar="A,B,C", help="Families by name.  [default: the recipe's]"
        ),
        family_option,
        parameters_option("the recipe's"),
        click.option("--points", type=_Points(), help="Points of a sequence.  [default: the recipe's]"),
        x_option("the recipe's"),
        noise_option("the recipe's"),
    )
    return decorate(function)


def own_families(references: Iterable[str]) -> tuple[Family, ...]:
    """The user's own families; modules are also looked for in the current folder."""
    references = tuple(references)
    if not references:
        return ()
    from shapeclf.datasets.catalogue import load_family

    look_for_modules_here()
    return tuple(load_family(reference) for reference in references)


def look_for_modules_here() -> None:
    """Lets the user's own modules be found in the current folder."""
    if "" not in sys.path:
        sys.path.insert(0, "")  # a console script's path has its own folder there instead


def data_settings(
    recipe: str,
    families: tuple[str, ...] | None,
    own: tuple[str, ...],
    parameters: str | None,
    points: int | tuple[int, int] | None,
    x: tuple[float, float] | Literal["own"] | None,
    noise: float | None,
) -> dict[str, Any]:
    """The changes to a recipe's data set that were asked for, as `settings_of` takes them."""
    from shapeclf.datasets.catalogue import find_families
    from shapeclf.training.recipes import settings_of

    added = own_families(own)
    changes: dict[str, Any] = {}
    if families is not None:
        changes["families"] = find_families((*families, *(f.name for f in added if f.name not in families)), added)
    elif added:
        before = settings_of(recipe).families
        names = [family.name for family in before]
        changes["families"] = find_families(
            (*names, *(f.name for f in added if f.name not in names)), (*before, *added)
        )
    given = {"parameters": parameters, "points": points, "noise": noise}
    return changes | x_change(x) | {name: value for name, value in given.items() if value is not None}
