"""How long does a batch take, compared with drawing the random numbers that it needs?

The baseline is one existing numpy generator (PCG64) that fills new arrays in double precision: two uniform numbers for
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


CASES = (  # sequences and points; aims without noise and with it; how batches are drawn; text for the table
    (2048, 32, (3.0, 4.0), one_by_one, ""),
    (8192, 8, (3.0, 4.0), one_by_one, ""),
    (256, 8, (6.0, None), in_turn, ""),
    (256, 8, (None, None), one_by_one, ", one batch a call"),
)


def rows() -> list[Compared]:
    compared = []
    for sequences, points, aims, way, suffix in CASES:
        for parameters in PARAMETERS:
            for noise, aim in zip((0.0, 0.1), aims, strict=True):
                data = ShapeSequences(parameters=parameters, points=points, batch_size=sequences, noise=noise)
                what = f"{sequences} x {points}, {parameters}{', noise' if noise else ''}{suffix}; filling arrays"
                baseline = fill(sequences, points, noise=noise > 0)
                each = max(1, 32_768 // (sequences * points))
                compared.append(compare("generate", what, way(data), baseline, rounds=60, each=each, aim=aim))
    return compared


if __name__ == "__main__":
    show(rows())
