"""Does cost grow no faster than the work? Times over a range of sizes.

The figure is the growth of the time over the growth of the work, from the second largest size to the largest. It is 1
if time is proportional to work. Work is the number of points or, for the hidden size, its square. The number of
families does not change the number of points, so it does not change the work.

Run: python -m benchmarks.growth
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.side_by_side import Compared
from shapeclf import Recognizer
from shapeclf.datasets import ShapeSequences
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.training.network import ShapeNetwork
from shapeclf.training.runtime import threads

ALLOWED = 1.2  # the quotient of two noisy times
REPEATS = 9


@dataclass(frozen=True)
class Growth:
    """Times for each size."""

    what: str
    sizes: tuple[int, ...]
    work: tuple[float, ...]
    microseconds: tuple[float, ...]

    @property
    def relative(self) -> float:
        """The growth of the time over the growth of the work."""
        cost, work = self.microseconds, self.work
        return cost[-1] / cost[-2] / (work[-1] / work[-2])

    def row(self) -> Compared:
        """Return a row of the table: microseconds at the two largest sizes."""
        times = self.microseconds
        what = f"{self.what}: {self.sizes[-1]}; {self.sizes[-2]}"
        return Compared("growth", what, times[-1], times[-2], self.relative, (self.relative, self.relative), ALLOWED)


def grown(
    what: str, sizes: tuple[int, ...], work: Callable[[int], float], made: Callable[[int], Callable[[], object]]
) -> Growth:
    """Time the functions that ``made`` returns for each size, in turn; the shortest time of each counts."""
    functions = [made(size) for size in sizes]
    seconds = np.empty((REPEATS, len(sizes)))
    for row in seconds:
        for index, function in enumerate(functions):
            begun = time.process_time()
            function()
            row[index] = time.process_time() - begun
    return Growth(what, sizes, tuple(work(size) for size in sizes), tuple((1e6 * seconds.min(axis=0)).tolist()))


def drawing(**settings: object) -> Callable[[], object]:
    data = ShapeSequences(parameters="fresh", noise=0.1, **settings)  # type: ignore[arg-type]
    return lambda: data.batch(0)


def answering(recognizer: Recognizer, sequences: int, points: int) -> Callable[[], object]:
    batch = np.random.default_rng(0).uniform(5.0, 15.0, (sequences, points, 2))
    return lambda: recognizer.log_probabilities(batch)


def learning(hidden_size: int) -> Callable[[], object]:
    network = ShapeNetwork(3, hidden_size=hidden_size)
    points = torch.rand(64, 8, 2, dtype=torch.float64)

    def step() -> None:
        with threads(1):
            network(points)[0].mean().backward()

    return step


def growths() -> list[Growth]:
    fresh = Recognizer.load("fresh")
    return [
        grown("drawing, number of sequences of 32", (64, 512, 4096), float, lambda n: drawing(batch_size=n, points=32)),
        grown("drawing 64 sequences, points", (32, 256, 2048), float, lambda n: drawing(batch_size=64, points=n)),
        grown(
            "drawing 4096 x 32, families",
            (2, 5, 10),
            lambda n: 1.0,
            lambda n: drawing(batch_size=4096, points=32, families=BUILT_IN[:n]),
        ),
        grown("answering, number of sequences of 32", (64, 256, 1024), float, lambda n: answering(fresh, n, 32)),
        grown("answering 16 sequences, points", (64, 512, 4096), float, lambda n: answering(fresh, 16, n)),
        grown("a training step, hidden size", (64, 128, 256), lambda n: float(n * n), learning),
    ]


def rows() -> list[Compared]:
    return [growth.row() for growth in growths()]


if __name__ == "__main__":
    print(json.dumps([{**vars(growth), "relative growth": growth.relative} for growth in growths()], indent=2))
