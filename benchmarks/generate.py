"""What does a batch cost beside filling an array with the random numbers that it takes?

Beside: one numpy generator (PCG64) that is there already, filling fresh arrays in double precision: two uniform numbers
a point, with noise a normal one too.

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


def drawing(data: ShapeSequences) -> Callable[[], object]:
    """Batches with numbers that go on."""
    numbers = iter(range(10**9))
    return lambda: data.batch(next(numbers))


def rows() -> list[Compared]:
    found = []
    for sequences, points, aims in ((2048, 32, (3.0, 4.0)), (8192, 8, (3.0, 4.0)), (256, 8, (6.0, None))):
        for parameters in PARAMETERS:
            for noise, aim in zip((0.0, 0.1), aims, strict=True):
                data = ShapeSequences(parameters=parameters, points=points, batch_size=sequences, noise=noise)
                what = f"{sequences} x {points}, {parameters}{', noise' if noise else ''}; filling"
                floor = fill(sequences, points, noise=noise > 0)
                each = max(1, 16_384 // (sequences * points))
                found.append(compare("generate", what, drawing(data), floor, rounds=60, each=each, aim=aim))
    return found


if __name__ == "__main__":
    show(rows())
