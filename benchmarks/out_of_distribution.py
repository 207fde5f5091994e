"""Out-of-distribution curves, which are in no training data and which a recogniser should reject."""

from collections.abc import Callable

import numpy as np

from shapeclf.datasets._streams import keyed_generator
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.designs import ANYWHERE, draw_designs
from shapeclf.datasets.disturbances import disturb

__all__ = ["OUT_OF_DISTRIBUTION", "out_of_distribution_points"]

Curves = Callable[[np.random.Generator, FloatArray], FloatArray]
"""Function that draws curves at ascending positions t from 0 to 1, shape (batch, points)."""


def cubic(generator: np.random.Generator, t: FloatArray) -> FloatArray:
    """Draw cubics whose inflection lies in the middle half of the range; the slope there has any sign."""
    c = generator.uniform(0.25, 0.75, (len(t), 1))
    slope = generator.uniform(-0.3, 0.15, (len(t), 1))
    return (t - c) ** 3 + slope * (t - c)


def peak(generator: np.random.Generator, t: FloatArray) -> FloatArray:
    """Draw Gaussian peaks that lie entirely within the range."""
    width = generator.uniform(0.06, 0.15, (len(t), 1))
    c = generator.uniform(0.3, 0.7, (len(t), 1))
    return np.asarray(np.exp(-0.5 * ((t - c) / width) ** 2))


def damped_oscillation(generator: np.random.Generator, t: FloatArray) -> FloatArray:
    """Draw sines of two to five turns whose amplitude falls to between 5 % and 35 %."""
    turns = generator.uniform(2.0, 5.0, (len(t), 1))
    left = generator.uniform(0.05, 0.35, (len(t), 1))
    phase = generator.uniform(0.0, 2.0 * np.pi, (len(t), 1))
    return np.asarray(left**t * np.sin(2.0 * np.pi * turns * t + phase))


def sawtooth(generator: np.random.Generator, t: FloatArray) -> FloatArray:
    """Draw two to five teeth, each with a steady rise and a sudden fall."""
    teeth = generator.uniform(2.0, 5.0, (len(t), 1))
    return (teeth * t + generator.random((len(t), 1))) % 1.0


def switching(generator: np.random.Generator, t: FloatArray) -> FloatArray:
    """Draw two levels with two to six changes between them, at least a twentieth of the range apart."""
    changes = generator.integers(2, 6, size=(len(t), 1), endpoint=True)
    gaps = generator.uniform(0.3, 1.0, (len(t), 7)) * (np.arange(7) <= changes)
    positions = np.cumsum(gaps, axis=1) / gaps.sum(axis=1, keepdims=True)
    past = (t[:, None] >= positions[:, :, None]) & (np.arange(7) < changes)[:, :, None]
    return np.asarray(past.sum(axis=1) % 2, dtype=np.float64)


OUT_OF_DISTRIBUTION: dict[str, Curves] = {
    "cubic with an inflection": cubic,
    "Gaussian peak": peak,
    "damped oscillation": damped_oscillation,
    "sawtooth": sawtooth,
    "switching levels": switching,
}


def out_of_distribution_points(
    kind: str, count: int, points: int = 32, noise: float = 0.02, seed: int = 0
) -> FloatArray:
    """Return out-of-distribution sequences with the designs of x that experiments have.

    Args:
        kind: A key of `OUT_OF_DISTRIBUTION`.
        count: Number of sequences.
        points: Points of each sequence, from 3 up.
        noise: Standard deviation of the noise in units of the curve's range.
        seed: Any whole number from 0.

    Returns:
        Shape (count, points, 2).

    Example:
        >>> out_of_distribution_points("sawtooth", 2, points=8).shape
        (2, 8, 2)
    """
    designs = draw_designs(keyed_generator(seed, "strangers", kind, "x"), points, np.full(count, ANYWHERE))
    curves = OUT_OF_DISTRIBUTION[kind](
        keyed_generator(seed, "strangers", kind, "curve"), (designs.x - designs.low) / designs.range
    )
    lowest, highest = curves.min(axis=1, keepdims=True), curves.max(axis=1, keepdims=True)
    curves = (curves - lowest) / np.where(highest > lowest, highest - lowest, 1.0)
    y = disturb(keyed_generator(seed, "strangers", kind, "noise"), curves, noise)
    return np.take_along_axis(np.stack([designs.x, y], axis=-1), designs.order[:, :, None], axis=1)
