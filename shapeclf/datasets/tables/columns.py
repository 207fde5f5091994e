"""Which columns of a table hold x, y and the group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from shapeclf._text import printable
from shapeclf.errors import InputError

__all__ = ["Columns", "find_column", "find_columns", "need_columns"]

_NAMES_SHOWN = 20
_DIGITS = 10  # Python refuses to read thousands of them


@final
@dataclass(frozen=True)
class Columns:
    """Places of columns, from 0."""

    x: int
    y: int
    group: int | None = None


def need_columns(where: str, count: int, group: str | None = None) -> None:
    """Refuses a table of too few columns.

    Args:
        where: what the message begins with.
        count: how many columns there are.
        group: the column of the group that was asked for.

    Raises:
        InputError: fewer than two, or fewer than three with a group.
    """
    if count >= (2 if group is None else 3):
        return
    needed = "two columns are needed, x and y" if group is None else "three columns are needed, x, y and the group"
    raise InputError(f"{where}: {needed}; there {'is one' if count == 1 else f'are {count}'}")


def find_columns(
    source: str, header: Sequence[str], count: int, *, x: str | None, y: str | None, group: str | None = None
) -> Columns:
    """The places of x, y and the group.

    x is by default the column named x, y that named y, if both are there; else the first and the second of the
    columns beside the group's, or the first that is free where the other axis was asked for there.

    Args:
        source: what the table comes from, for messages.
        header: names of all columns, or nothing.
        count: how many columns there are.
        x: name or number (from 1) of the column of x.
        y: likewise of y.
        group: likewise of the group; no default.

    Raises:
        InputError: there is no such column, or one column is asked for twice.

    Example:
        >>> find_columns("points.csv", ["run", "volt", "time"], 3, x="time", y=None, group="run")
        Columns(x=2, y=1, group=0)
    """
    taken: dict[str, int] = {}
    for axis, wanted in (("group", group), ("x", x), ("y", y)):
        if wanted is None:
            continue
        column = find_column(source, axis, wanted, header, count)
        for other, place in taken.items():
            if place == column:
                raise InputError(f"{source}: --{axis} {printable(wanted)!r} is the column of --{other} already")
        taken[axis] = column
    for axis, default in _named(header, taken).items():
        taken.setdefault(axis, default)
    beside = [column for column in range(count) if column != taken.get("group")]
    for place, axis in enumerate("xy"):
        if axis not in taken:
            free = [column for column in beside if column not in taken.values()]
            taken[axis] = beside[place] if beside[place] in free else free[0]
    return Columns(**taken)


def find_column(source: str, axis: str, wanted: str, header: Sequence[str], count: int) -> int:
    """The place, from 0, of the column with this name or number (from 1); names go first.

    Raises:
        InputError: there is none; the text names those that there are.

    Example:
        >>> find_column("points.csv", "x", "2", ["time", "volt"], 2)
        1
    """
    if wanted in header:
        return list(header).index(wanted)
    if wanted.isdecimal() and len(wanted) < _DIGITS and 1 <= int(wanted) <= count:
        return int(wanted) - 1
    there = ", ".join(map(printable, header[:_NAMES_SHOWN])) if header else "no header"
    more = ", ..." if len(header) > _NAMES_SHOWN else ""
    raise InputError(f"{source}: --{axis} {printable(wanted)!r} is no column: there are 1 to {count} ({there}{more})")


def _named(header: Sequence[str], taken: Mapping[str, int]) -> dict[str, int]:
    """The columns that are called x and y: both, or the one beside an axis that was asked for."""
    found = {axis: list(header).index(axis) for axis in "xy" if axis in header}
    free = {axis: column for axis, column in found.items() if column not in taken.values()}
    return {axis: column for axis, column in free.items() if len(found) == 2 or {"x", "y"} - {axis} <= set(taken)}
