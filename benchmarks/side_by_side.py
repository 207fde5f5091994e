"""Two ways of doing the same, in turn in one run, so that whatever else the machine does meets both.

Time is processor time of this process: work of others on the machine counts for nobody (but that it takes the caches).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import final

import numpy as np

__all__ = ["Compared", "compare", "rows_of", "show", "table"]


@final
@dataclass(frozen=True)
class Compared:
    """What was found.

    Attributes:
        question: What is asked, a word or two.
        what: Is compared, with what.
        ours: Microseconds of ours, the median.
        floor: Microseconds of what it is compared with.
        ratio: Ours over floor, the median over the rounds; of speeds, floor over ours.
        spread: The first and the third quartile of the ratio.
        aim: The ratio that is asked for; None: none is.
        speeds: Whether the ratio is one of speeds, which the aim is the lowest of; else of times, the highest.
    """

    question: str
    what: str
    ours: float
    floor: float
    ratio: float
    spread: tuple[float, float]
    aim: float | None = None
    speeds: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None where there is none."""
        if self.aim is None:
            return None
        return self.ratio >= self.aim if self.speeds else self.ratio <= self.aim

    def cells(self) -> list[str]:
        """A row of the table."""
        sign = "" if self.aim is None else f"{'≥' if self.speeds else '≤'} {self.aim:g}"
        met = {True: "yes", False: "**no**", None: ""}[self.met]
        spread = f"{self.spread[0]:.2f} to {self.spread[1]:.2f}"
        return [self.question, self.what, _time(self.ours), _time(self.floor), f"{self.ratio:.2f}", spread, sign, met]


HEADER = ["question", "what, beside what", "ours", "beside", "ratio", "half of all", "aim", "met"]


def _time(microseconds: float) -> str:
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= size:
            return f"{microseconds / size:.3g} {unit}"
    return f"{microseconds:.3g} µs"


def compare(
    question: str,
    what: str,
    ours: Callable[[], object],
    floor: Callable[[], object],
    *,
    rounds: int = 30,
    each: int = 1,
    counts: tuple[float, float] = (1.0, 1.0),
    aim: float | None = None,
    speeds: bool = False,
    clock: Callable[[], float] = time.process_time,
) -> Compared:
    """Times two functions in turn.

    Args:
        question: See `Compared`.
        what: Likewise.
        ours: Called first in each round.
        floor: Called next.
        rounds: How often; a first one that is not counted warms up.
        each: Calls in a row, timed together, where one alone is too short.
        counts: How much work one call does, of each; times are for one piece of it.
        aim: See `Compared`.
        speeds: Likewise.
        clock: Seconds.
    """
    seconds = np.empty((rounds + 1, 2))
    for row in seconds:
        for place, function in enumerate((ours, floor)):
            begun = clock()
            for _ in range(each):
                function()
            row[place] = (clock() - begun) / each / counts[place]
    times = seconds[1:]
    ratios = times[:, 1] / times[:, 0] if speeds else times[:, 0] / times[:, 1]
    low, middle, high = np.quantile(ratios, (0.25, 0.5, 0.75)).tolist()
    first, second = (1e6 * np.median(times, axis=0)).tolist()
    return Compared(question, what, first, second, middle, (low, high), aim, speeds)


def table(rows: list[Compared]) -> str:
    """The rows as a table in Markdown."""
    cells = [HEADER, *(row.cells() for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADER))]
    lines = []
    for row in cells:
        lines.append("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def show(rows: list[Compared]) -> None:
    """Prints the table."""
    print(table(rows), flush=True)


def rows_of(question: str) -> list[Compared]:
    """The rows of one file."""
    rows: list[Compared] = import_module(f"benchmarks.{question}").rows()
    return rows
