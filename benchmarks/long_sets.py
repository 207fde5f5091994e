"""Compare means of neighbours with a subset for long sets of points: ``python -m benchmarks.long_sets [SETS]``.

Each family but the constant is recognised from 256 points and from larger sets. Larger sets are reduced in two ways: to
means of neighbouring points, as the recogniser does, and to a subset that is spread evenly over the sorted points.
"""

import sys

import numpy as np

from shapeclf import Recognizer
from shapeclf.datasets import CONSTANT, Family
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN

LAWS = tuple(family for family in BUILT_IN if family is not CONSTANT)  # a constant has no range, the unit of noise
NUMBERS = (256, 1_000, 20_000, 200_000)
NOISES = (0.01, 0.1)  # of the curve's range
_PERIODS = (0.6, 30.0)  # of a sine in the range of x


def draw(rng: np.random.Generator, family: Family, points: int, noise: float) -> FloatArray:
    """Return one set, on a grid or anywhere, shape (points, 2)."""
    x = np.linspace(0.02, 1, points) if rng.random() < 0.5 else np.sort(rng.uniform(0.02, 1, points))
    shape = {name: float(prior.quantile(rng.random(1))[0]) for name, prior in family.shape.items()}
    if family.name == "sine":
        shape["w"] = 2 * np.pi * float(np.exp(rng.uniform(*np.log(_PERIODS))))
    y = family.curve(x[None], k=1.0, b=0.0, **shape)[0]
    y = (y - y.min()) / np.ptp(y)
    return np.stack([x, y + noise * rng.standard_normal(points)], axis=-1)


def main() -> None:
    """Print the share of sets that are recognised."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    recognizer = Recognizer.load()
    longest = recognizer.longest or NUMBERS[0]
    print(f"| noise | points | reduced by | {' | '.join(family.name for family in LAWS)} | all |")
    print("|---|---|---|" + "---|" * (len(LAWS) + 1))
    for noise in NOISES:
        for points in NUMBERS:
            shares: dict[str, list[float]] = {"means": [], "subset": []}
            for number, family in enumerate(LAWS):
                rng = np.random.default_rng([points, number])
                right = dict.fromkeys(shares, 0)
                for _ in range(count):
                    drawn = draw(rng, family, points, noise)
                    some = drawn[np.linspace(0, points - 1, min(points, longest)).round().astype(np.int64)]
                    means, subset = recognizer.predict([drawn, some])
                    right["means"] += means == family.name
                    right["subset"] += subset == family.name
                for how, found in right.items():
                    shares[how].append(found / count)
            for how, row in shares.items():
                texts = " | ".join(f"{share:.2f}" for share in [*row, float(np.mean(row))])
                print(f"| {noise:g} | {points} | {how} | {texts} |", flush=True)


if __name__ == "__main__":
    main()
