"""Compare the times of two functions that alternate in one run, so that other work on the machine affects both.

Times are processor times of this process, so other work has an effect only through the shared caches.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import final

import numpy as np

__all__ = ["Compared", "compare", "peak_mib", "rows_of", "show", "table"]


def peak_mib() -> float:
    """Return the most memory that this process has used, in MiB (Linux).

    `resource.getrusage` is not used: its maximum includes the memory of the process which started this one.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:(.*)kB", status)[0]) / 1024


@final
@dataclass(frozen=True)
class Compared:
    """The result of a comparison.

    Attributes:
        question: Name of the benchmark.
        what: What is compared with what.
        ours: Median time of our function in microseconds.
        baseline: Median time of the function that it is compared with, in microseconds.
        ratio: Median over the rounds of ours / baseline; if ``speeds``, of baseline / ours.
        spread: The first and the third quartile of the ratio.
        aim: The ratio that must be met; None for no aim.
        speeds: Whether the ratio is one of speeds, which the aim bounds from below. Otherwise it is one of times, which
            the aim bounds from above.
    """

    question: str
    what: str
    ours: float
    baseline: float
    ratio: float
    spread: tuple[float, float]
    aim: float | None = None
    speeds: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None if there is none."""
        if self.aim is None:
            return None
        return self.ratio >= self.aim if self.speeds else self.ratio <= self.aim

    def cells(self) -> list[str]:
        """The cells of a row of the table."""
        sign = "" if self.aim is None else f"{'≥' if self.speeds else '≤'} {self.aim:g}"
        met = {True: "yes", False: "**no**", None: ""}[self.met]
        spread = f"{self.spread[0]:.2f} to {self.spread[1]:.2f}"
        times = [_time(self.ours), _time(self.baseline)]
        return [self.question, self.what, *times, f"{self.ratio:.2f}", spread, sign, met]


HEADER = ["question", "what, compared with what", "ours", "baseline", "ratio", "quartiles", "aim", "met"]


def _time(microseconds: float) -> str:
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= size:
            return f"{microseconds / size:.3g} {unit}"
    return f"{microseconds:.3g} µs"


def compare(
    question: str,
    what: str,
    ours: Callable[[], object],
    baseline: Callable[[], object],
    *,
    rounds: int = 30,
    each: int = 1,
    counts: tuple[float, float] = (1.0, 1.0),
    aim: float | None = None,
    speeds: bool = False,
    clock: Callable[[], float] = time.process_time,
) -> Compared:
    """Time two functions in turn.

    Args:
        question: See `Compared`.
        what: See `Compared`.
        ours: Function that is called first in each round.
        baseline: Function that is called next.
        rounds: Number of rounds; one more at the start does not count.
        each: Number of calls that are timed together, if one is too short.
        counts: Number of units of work in one call of each function; times are for one unit.
        aim: See `Compared`.
        speeds: See `Compared`.
        clock: Function that returns seconds.
    """
    seconds = np.empty((rounds + 1, 2))
    for row in seconds:
        for index, function in enumerate((ours, baseline)):
            begun = clock()
            for _ in range(each):
                function()
            row[index] = (clock() - begun) / each / counts[index]
    times = seconds[1:]
    ratios = times[:, 1] / times[:, 0] if speeds else times[:, 0] / times[:, 1]
    low, middle, high = np.quantile(ratios, (0.25, 0.5, 0.75)).tolist()
    first, second = (1e6 * np.median(times, axis=0)).tolist()
    return Compared(question, what, first, second, middle, (low, high), aim, speeds)


def table(rows: list[Compared]) -> str:
    """Return the rows as a table in Markdown."""
    cells = [HEADER, *(row.cells() for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADER))]
    lines = []
    for row in cells:
        lines.append("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def show(rows: list[Compared]) -> None:
    """Print the table."""
    print(table(rows), flush=True)


def rows_of(question: str) -> list[Compared]:
    """Return the rows of one benchmark."""
    rows: list[Compared] = import_module(f"benchmarks.{question}").rows()
    return rows
