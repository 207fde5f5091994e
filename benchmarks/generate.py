"""How long does a batch take, compared with drawing the random numbers that it needs?

The floor is one existing numpy generator (PCG64) that fills new arrays in double precision: two uniform numbers for
each point and, with noise, a normal number. Batches of 256 x 8 are drawn in two ways: in order, several at a time, as
`batches` draws them, and each on its own by its index, as training requests them.

Run: python -m benchmarks.generate
"""

from collections.abc import Callable

import numpy as np

from benchmarks.side_by_side import Compared, compare, show
from shapeclf.datasets import ShapeSequences
from shapeclf.datasets.sequences import Parameters

PARAMETERS: tuple[Parameters, ...] = ("fixed", "fresh")


def fill(sequences: int, points: int, *, noise: bool) -> Callable[[], object]:
    generator = np.random.Generator(np.random.PCG64(0))
    shape = (sequences, points)

    def filled() -> object:
        return generator.random((*shape, 2)), generator.standard_normal(shape) if noise else None

    return filled


def one_by_one(data: ShapeSequences) -> Callable[[], object]:
    """Draw each batch by its number."""
    numbers = iter(range(10**9))
    return lambda: data.batch(next(numbers))


def in_turn(data: ShapeSequences) -> Callable[[], object]:
    """Draw the same batches, several at a time."""
    coming = data.batches(10**9)
    return lambda: next(coming)


CASES = (  # sequences and points; what aims are, without noise and with it; how batches are drawn, in how many words
    (2048, 32, (3.0, 4.0), one_by_one, ""),
    (8192, 8, (3.0, 4.0), one_by_one, ""),
    (256, 8, (6.0, None), in_turn, ""),
    (256, 8, (None, None), one_by_one, ", each by itself"),
)


def rows() -> list[Compared]:
    found = []
    for sequences, points, aims, way, words in CASES:
        for parameters in PARAMETERS:
            for noise, aim in zip((0.0, 0.1), aims, strict=True):
                data = ShapeSequences(parameters=parameters, points=points, batch_size=sequences, noise=noise)
                what = f"{sequences} x {points}, {parameters}{', noise' if noise else ''}{words}; filling"
                floor = fill(sequences, points, noise=noise > 0)
                each = max(1, 32_768 // (sequences * points))
                found.append(compare("generate", what, way(data), floor, rounds=60, each=each, aim=aim))
    return found


if __name__ == "__main__":
    show(rows())
