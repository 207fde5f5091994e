"""Out-of-distribution curves, which are in no training data and which a recogniser should reject."""

from collections.abc import Callable, Sequence

import numpy as np

from shapeclf.datasets._streams import keyed_generator
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.designs import ANYWHERE, Designs, draw_designs
from shapeclf.datasets.disturbances import disturb
from shapeclf.datasets.experiment_curves import ExperimentCurves, between_zero_and_one
from shapeclf.datasets.families import Family
from shapeclf.datasets.law_distance import GRID, law_distances
from shapeclf.datasets.laws import CONSTANT

__all__ = ["OUT_OF_DISTRIBUTION", "deviating_points", "out_of_distribution_points"]

Curves = Callable[[np.random.Generator, FloatArray], FloatArray]
"""Function that draws curves at ascending positions t from 0 to 1, shape (batch, points)."""


def cubic(generator: np.random.Generator, t: FloatArray) -> FloatArray:
    """Draw cubics whose inflection lies in the middle half of the range; the slope there has any sign."""
    c = generator.uniform(0.25, 0.75, (len(t), 1))
    slope = generator.uniform(-0.3, 0.15, (len(t), 1))
    return (t - c) ** 3 + slope * (t - c)


def two_peaks(generator: np.random.Generator, t: FloatArray) -> FloatArray:
    """Draw two Gaussian peaks that do not overlap; the lower one has at least 0.4 of the height of the other."""
    width = generator.uniform(0.04, 0.09, (len(t), 2, 1))
    c = np.stack([generator.uniform(0.15, 0.4, (len(t), 1)), generator.uniform(0.6, 0.85, (len(t), 1))], axis=1)
    height = np.stack([np.ones((len(t), 1)), generator.uniform(0.4, 1.0, (len(t), 1))], axis=1)
    swapped = generator.random((len(t), 1, 1)) < 0.5
    height = np.where(swapped, height[:, ::-1], height)
    return np.asarray((height * np.exp(-0.5 * ((t[:, None] - c) / width) ** 2)).sum(axis=1))


def damped_oscillation(generator: np.random.Generator, t: FloatArray) -> FloatArray:
    """Draw sines of two to five periods whose amplitude falls to between 5 % and 35 %."""
    periods = generator.uniform(2.0, 5.0, (len(t), 1))
    left = generator.uniform(0.05, 0.35, (len(t), 1))
    phase = generator.uniform(0.0, 2.0 * np.pi, (len(t), 1))
    return np.asarray(left**t * np.sin(2.0 * np.pi * periods * t + phase))


def sawtooth(generator: np.random.Generator, t: FloatArray) -> FloatArray:
    """Draw two to five teeth, each with a steady rise and a sudden fall."""
    teeth = generator.uniform(2.0, 5.0, (len(t), 1))
    return (teeth * t + generator.random((len(t), 1))) % 1.0


def switching(generator: np.random.Generator, t: FloatArray) -> FloatArray:
    """Draw curves that change two to six times between two levels; the changes are at least 1/21 of the range apart."""
    changes = generator.integers(2, 6, size=(len(t), 1), endpoint=True)
    gaps = generator.uniform(0.3, 1.0, (len(t), 7)) * (np.arange(7) <= changes)
    positions = np.cumsum(gaps, axis=1) / gaps.sum(axis=1, keepdims=True)
    past = (t[:, None] >= positions[:, :, None]) & (np.arange(7) < changes)[:, :, None]
    return np.asarray(past.sum(axis=1) % 2, dtype=np.float64)


OUT_OF_DISTRIBUTION: dict[str, Curves] = {
    "cubic with an inflection": cubic,
    "two peaks": two_peaks,
    "damped oscillation": damped_oscillation,
    "sawtooth": sawtooth,
    "switching levels": switching,
}


_FAR = 0.05  # smallest distance from every law, as root mean square relative to the curve's range
_BISECTIONS = 14


def out_of_distribution_points(
    kind: str, count: int, families: Sequence[Family], points: int = 32, noise: float = 0.02, seed: int = 0
) -> FloatArray:
    """Return out-of-distribution sequences; the x are chosen as in experiments.

    Each curve is farther than 5 % of its range from every law; others are drawn again.

    Args:
        kind: A key of `OUT_OF_DISTRIBUTION`.
        count: Number of sequences.
        families: The laws.
        points: Points of each sequence, from 3 up.
        noise: Standard deviation of the noise in units of the curve's range.
        seed: Any whole number from 0.

    Returns:
        Shape (count, points, 2).

    Example:
        >>> from shapeclf.datasets import LINE
        >>> out_of_distribution_points("sawtooth", 2, [LINE], points=8).shape
        (2, 8, 2)
    """
    found: list[FloatArray] = []
    attempt = 0
    while sum(map(len, found)) < count:
        designs = _designs(count, points, f"{kind} x {attempt}", seed)
        t = (designs.x - designs.low) / designs.range
        curves = OUT_OF_DISTRIBUTION[kind](keyed_generator(seed, kind, "curve", attempt), t)
        far = _distances(families, curves, designs, _FAR) > _FAR
        found.append(_readings(curves, designs, noise, keyed_generator(seed, kind, "noise", attempt))[far])
        attempt += 1
    return np.concatenate(found)[:count]


def deviating_points(
    count: int,
    families: Sequence[Family],
    distance: float = 0.02,
    points: int = 32,
    noise: float = 0.005,
    seed: int = 0,
) -> FloatArray:
    """Return sequences whose curves have a given distance from the nearest law.

    Each curve is a mean of a law and an out-of-distribution curve, with weights that give this distance.

    Args:
        count: Number of sequences.
        families: The laws.
        distance: Root mean square distance from the nearest law, relative to the curve's range.
        points: Points of each sequence, from 3 up.
        noise: Standard deviation of the noise in units of the curve's range; also the third column.
        seed: Any whole number from 0.

    Returns:
        Shape (count, points, 3).
    """
    designs = _designs(count, points, "deviating x", seed)
    t = (designs.x - designs.low) / designs.range
    generator = keyed_generator(seed, "deviating curves")
    chosen = [law for law in families if law.basis is not CONSTANT.basis and law.domain[0] == -np.inf]
    law_of, kind_of = (
        generator.integers(len(chosen), size=count),
        generator.integers(len(OUT_OF_DISTRIBUTION), size=count),
    )
    laws, others = np.empty((2, *t.shape))
    draw = ExperimentCurves(families).draw
    for index, law in enumerate(chosen):
        laws[law_of == index], _ = draw(generator, law, designs, law_of == index)
    for index, curve in enumerate(OUT_OF_DISTRIBUTION.values()):
        others[kind_of == index] = between_zero_and_one(curve(generator, t[kind_of == index]))
    low, high = np.zeros((count, 1)), np.ones((count, 1))
    for _ in range(_BISECTIONS):
        share = 0.5 * (low + high)
        near = _distances(families, (1.0 - share) * laws + share * others, designs, distance)[:, None] < distance
        low, high = np.where(near, share, low), np.where(near, high, share)
    curves = (1.0 - high) * laws + high * others
    readings = _readings(curves, designs, noise, generator)
    return np.concatenate([readings, np.full((count, points, 1), noise)], axis=-1)


def _designs(count: int, points: int, key: str, seed: int) -> Designs:
    """Return designs whose x are followed by `GRID`."""
    return draw_designs(keyed_generator(seed, key), points, np.full(count, ANYWHERE)).with_grid(GRID)


def _distances(families: Sequence[Family], curves: FloatArray, designs: Designs, limit: float) -> FloatArray:
    """Return the distance of each curve from the nearest law, shape (batch,)."""
    on_grid = curves[:, designs.points :]
    limits = np.full(len(curves), limit)
    return np.asarray(law_distances(families, on_grid, designs.low, designs.range, limits).min(axis=1))


def _readings(curves: FloatArray, designs: Designs, noise: float, generator: np.random.Generator) -> FloatArray:
    """Return noisy readings of curves, scaled to a range of 1, in the order of measurement, (batch, points, 2)."""
    y = disturb(generator, between_zero_and_one(curves)[:, : designs.points], noise)
    xy = np.stack([designs.x[:, : designs.points], y], axis=-1)
    return np.take_along_axis(xy, designs.order[:, :, None], axis=1)
