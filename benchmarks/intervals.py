"""Measure the coverage of 95 % intervals of predicted y: ``python -m benchmarks.intervals [SEQUENCES]``.

Each sequence is drawn from a law, on a design and with shape parameters as those of `ExperimentSequences`: 5 to 100
points, with noise of 0.5 to 5 % of the range of the curve. y is predicted at a random x between the points, and at
x that lie 1.25 and 1.5 times the range of x above the lowest x. The table is in docs/benchmarks/fits.md.
"""

import sys
from typing import NamedTuple

import numpy as np

from shapeclf import Recognizer
from shapeclf.datasets import CONSTANT, Family
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.designs import draw_designs
from shapeclf.datasets.experiment_curves import INFINITE, ExperimentCurves, shape_limits
from shapeclf.datasets.priors import LogUniform
from shapeclf.recognition.fitting import fit_family
from shapeclf.recognition.prediction import SMALLEST_SHARE, LawPredictions, Prediction

POINTS, NOISE = LogUniform(5, 101), LogUniform(0.005, 0.05)
DISTANCES = (1.25, 1.5)
LAWS = tuple(family for family in BUILT_IN if family is not CONSTANT)  # a constant has no range, the unit of noise
_DEFAULT = 500  # sequences of each family
_LOWEST_X = ExperimentCurves(BUILT_IN).lowest_x


class Case(NamedTuple):
    """A drawn sequence, and the curve and a reading at the x where they are predicted.

    Attributes:
        points: (x, y), shape (points, 2).
        x: A random x between the points, and the x at `DISTANCES`, in ranges of x from the lowest x, shape (3,).
        curve: The true curve at these x, shape (3,).
        reading: A new reading at these x, shape (3,).
    """

    points: FloatArray
    x: FloatArray
    curve: FloatArray
    reading: FloatArray


def draw_case(family: Family, rng: np.random.Generator, points: int | None = None, noise: float | None = None) -> Case:
    """Draw a sequence of a family whose curve varies between its points and is finite at all x.

    Args:
        family: The law.
        rng: Generator of random numbers.
        points: Number of points; by default drawn from `POINTS`.
        noise: Standard deviation of the noise, relative to the range of the curve; by default drawn from `NOISE`.
    """
    points = int(POINTS.quantile(rng.random(1))[0]) if points is None else points
    noise = float(NOISE.quantile(rng.random(1))[0]) if noise is None else noise
    while True:
        design = draw_designs(rng, points, _LOWEST_X[[BUILT_IN.index(family)]])
        x, low, width = design.x[0], design.low[0, 0], design.range[0, 0]
        new = np.append(rng.uniform(x.min(), x.max()), x.min() + np.array(DISTANCES) * np.ptp(x))
        scaled_x = (np.append(x, new) - low) / width if family.shift_invariant else np.append(x, new)
        shape = {name: prior.quantile(rng.random((1, 1))) for name, prior in family.shape.items()}
        # Limits of rates follow from the number of distinct x, which is below that of points if x are repeated.
        limits = shape_limits(family, max(2, len(np.unique(x))), 1.0 if family.shift_invariant else float(width))
        resolved = all(least <= abs(shape[name].item()) <= most for name, (least, most) in limits.items())
        with np.errstate(all="ignore"):
            curve = family.basis_at(scaled_x[None], **shape)[0]
        size = np.ptp(curve[:points])
        if resolved and (np.abs(curve) < INFINITE).all() and size > 0:
            break
    curve = (curve - curve[:points].min()) / size
    y = curve + noise * rng.standard_normal(len(curve))
    return Case(np.stack([x, y[:points]], axis=1), new, curve[points:], y[points:])


def outcome(predicted: Prediction, case: Case) -> FloatArray:
    """Return whether the curve and the reading are covered, and the widths of the intervals, shape (4, 3)."""
    curve = (predicted.low <= case.curve) & (case.curve <= predicted.high)
    reading = (predicted.reading_low <= case.reading) & (case.reading <= predicted.reading_high)
    widths = predicted.high - predicted.low, predicted.reading_high - predicted.reading_low
    return np.array([curve, reading, *widths], dtype=np.float64)


def outcomes(recognizer: Recognizer, family: Family, count: int) -> FloatArray:
    """Return the outcomes of the average of the laws and of the most probable law alone, (2, sequences, 4, 3)."""
    rng = np.random.default_rng([0, BUILT_IN.index(family)])
    rows: list[list[FloatArray]] = [[], []]
    for _ in range(count):
        case = draw_case(family, rng)
        seen = recognizer.recognize(*case.points.T)
        laws = {name: p for name, p in seen.probabilities.items() if p >= SMALLEST_SHARE and name in recognizer.known}
        fits = {name: fit_family(recognizer.known[name], *case.points.T) for name in laws}
        predictions = LawPredictions(case.points, None, fits, case.x)
        average = predictions.mixture(laws)
        alone = predictions.mixture({next(iter(average.shares)): 1.0})
        for row, predicted in zip(rows, (average, alone), strict=True):
            row.append(outcome(predicted, case))
    return np.array(rows)


def show(name: str, found: FloatArray) -> None:
    """Print a row: coverage of the curve and of a reading and median width, for the average and for one law alone."""
    covered, widths = found[:, :, :2].mean(axis=1), np.median(found[:, :, 2], axis=1)
    cells = [name]
    for which in range(2):
        cells += [" ".join(f"{value:.3f}" for value in covered[which, kind]) for kind in range(2)]
        cells.append(" ".join(f"{value:.3f}" for value in widths[which]))
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Print a table with a row for each family and one for all.

    Each cell holds the figures between the points, at 1.25 and at 1.5 times the range.
    """
    count = int(sys.argv[1]) if len(sys.argv) > 1 else _DEFAULT
    recognizer = Recognizer.load()
    columns = ["curve", "reading", "width"]
    print(f"| family | {' | '.join(columns)} | {' | '.join(f'one law: {column}' for column in columns)} |")
    print("|---|---|---|---|---|---|---|")
    every = []
    for family in LAWS:
        every.append(outcomes(recognizer, family, count))
        show(family.name, every[-1])
    show("all", np.concatenate(every, axis=1))


if __name__ == "__main__":
    main()
