"""The types of the options' values, which are checked before a command begins."""

from __future__ import annotations

import errno
import math
import os
from pathlib import Path
from typing import Any, Literal, final

import click

from shapeclf._limits import MAX_INT

__all__ = [
    "INPUT_PATH",
    "OUTPUT_FILE",
    "Finite",
    "Interval",
    "PathName",
    "PictureSize",
    "PointCount",
    "TextList",
    "Whole",
    "WholeList",
]


@final
class PathName(click.Path):
    """A path that is not empty: an empty path would mean the current folder.

    The folder of a file to be written (``dir_okay=False``) must exist before the command begins.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not os.fspath(value):
            self.fail("the name is empty", param, ctx)
        path = super().convert(value, param, ctx)
        folder = os.path.dirname(os.path.realpath(path))  # noqa: PTH120  # of the file that a link points at
        if not self.dir_okay and not os.path.isdir(folder):  # noqa: PTH112  # a name that is too long is not a folder
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path))
        return path


INPUT_PATH = PathName(readable=False, path_type=str)
"""A path or a name; the command checks later whether it exists."""
OUTPUT_FILE = PathName(dir_okay=False, path_type=Path)


@final
class Finite(click.ParamType[float]):
    """A finite number that is at least a lowest value, or above it."""

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
    """A whole number from a lowest to a highest one; help shows the lowest only."""

    def __init__(self, low: int, high: int = MAX_INT) -> None:
        super().__init__(min=low)
        self.high = high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number: int = super().convert(value, param, ctx)
        if number > self.high:
            self.fail(f"a number of {len(str(number))} digits is too large: {self.high} at most", param, ctx)
        return number


@final
class WholeList(click.ParamType[tuple[int, ...]]):
    """Whole numbers from a lowest one up, separated by commas."""

    name = "A,B,..."

    def __init__(self, low: int) -> None:
        self.one = Whole(low)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        return tuple(self.one.convert(item.strip(), param, ctx) for item in str(value).split(","))


@final
class TextList(click.ParamType[tuple[str, ...]]):
    """Texts that are separated by commas, none of them empty."""

    name = "list of texts"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        texts = value if isinstance(value, tuple) else tuple(text.strip() for text in str(value).split(","))
        if not all(texts):
            self.fail(f"{value!r} has an empty item", param, ctx)
        return texts


@final
class Interval(click.ParamType[tuple[float, float] | Literal["own"]]):
    """An interval LO:HI of two finite numbers, the lower one first; where allowed, also ``own``, each family's own."""

    def __init__(self, *, own: bool = False) -> None:
        self.own = own
        self.name = "LO:HI|own" if own else "LO:HI"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float] | Literal["own"]:
        if isinstance(value, tuple):
            return value
        if self.own and value == "own":
            return "own"
        low, _, high = str(value).partition(":")
        try:
            ends = (float(low), float(high))
        except ValueError:
            also = ", nor the word own" if self.own else ""
            self.fail(f"{value!r} is not of the form LO:HI, as in 5:15{also}", param, ctx)
        if not -math.inf < ends[0] < ends[1] < math.inf:
            self.fail(f"{value!r}: both ends must be finite, the lower one first", param, ctx)
        return ends


@final
class PictureSize(click.ParamType[tuple[float, float]]):
    """Width and height W:H of a picture, in inches."""

    name = "W:H"
    _LOW, _HIGH = (3.0, 2.5), 50.0  # inches

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        if isinstance(value, tuple):
            return value
        width, _, height = str(value).partition(":")
        try:
            size = (float(width), float(height))
        except ValueError:
            self.fail(f"{value!r} is not of the form W:H, as in 7:4", param, ctx)
        if not all(low <= each <= self._HIGH for low, each in zip(self._LOW, size, strict=True)):
            low, high = self._LOW, f"{self._HIGH:g}"
            self.fail(
                f"{value!r}: a width from {low[0]:g} to {high} and a height from {low[1]:g} to {high} are allowed",
                param,
                ctx,
            )
        return size


@final
class PointCount(click.ParamType[int | tuple[int, int]]):
    """A number of points N, or LO:HI to draw the number for each sequence."""

    name = "N|LO:HI"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | tuple[int, int]:
        if isinstance(value, (int, tuple)):
            return value
        low, colon, high = str(value).partition(":")
        try:
            ends = (int(low), int(high) if colon else int(low))
        except ValueError:
            self.fail(f"{value!r} is not of the form N or LO:HI, as in 8 or 2:32", param, ctx)
        if not 1 <= ends[0] <= ends[1] <= MAX_INT:
            self.fail(f"{value!r}: the number of points is from 1 to {MAX_INT}, the lowest first", param, ctx)
        return ends if colon else ends[0]
