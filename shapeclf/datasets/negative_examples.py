"""Negative examples: generators of curves that follow no law (belong to no family), for the class ``none``."""

from collections.abc import Callable
from typing import NamedTuple, final

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.priors import LogUniform, Uniform

__all__ = ["NEGATIVE_EXAMPLES", "OF_READINGS", "GeneratorInputs", "NegativeExample"]


@final
class GeneratorInputs(NamedTuple):
    """The curves and the limits that the generators of negative examples use.

    Attributes:
        laws: The curves of two different laws, each between 0 and 1 and of shape (batch, points).
        points: Number of readings, which limits the frequencies.
        bends: Smallest deviation of a bent law, relative to its range, shape (batch, 1).
    """

    laws: tuple[FloatArray, FloatArray]
    points: int
    bends: FloatArray


NegativeExample = Callable[[np.random.Generator, FloatArray, GeneratorInputs], FloatArray]
"""Draws curves, shape (batch, positions), at positions t from 0 to 1 of the same shape.

The values of the kinds in `OF_READINGS` are not functions of t: they also depend on the number of positions. The
positions of a sequence must ascend.
"""

_WAVES = 24  # number of cosines in the sum that approximates a Gaussian process
_LARGEST_BEND = 0.6


def random_walk(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw random walks whose independent steps are Gaussian, uniform, or 1 up or down."""
    kind = generator.integers(3, size=(len(t), 1))
    normal = generator.standard_normal(t.shape)
    uniform = generator.uniform(-1.0, 1.0, t.shape)
    return np.cumsum(np.choose(kind, [normal, uniform, np.sign(uniform)]), axis=1)


def white_noise(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw white noise, Gaussian or uniform."""
    kind = generator.integers(2, size=(len(t), 1))
    return np.choose(kind, [generator.standard_normal(t.shape), generator.uniform(-1.7, 1.7, t.shape)])


def autocorrelated_noise(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw autoregressive noise of first order; neighbours have a correlation of 0.6 to 0.95."""
    correlation = generator.uniform(0.6, 0.95, (len(t), 1))
    steps = generator.standard_normal(t.shape)
    values = np.empty_like(t)
    values[:, 0] = steps[:, 0] / np.sqrt(1.0 - correlation[:, 0] ** 2)
    for index in range(1, t.shape[1]):  # each value needs the one before
        values[:, index] = correlation[:, 0] * values[:, index - 1] + steps[:, index]
    return values


def smooth_curve(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw Gaussian processes with a squared-exponential kernel of length 0.06 to 1.2."""
    return _gaussian_process(generator, t, LogUniform(0.06, 1.2))


def bent_law(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw laws plus a Gaussian process whose standard deviation is from ``inputs.bends`` to 0.6, log-uniformly."""
    size = np.exp(generator.random((len(t), 1)) * np.log(_LARGEST_BEND / inputs.bends)) * inputs.bends
    return inputs.laws[0] + size * _gaussian_process(generator, t, LogUniform(0.15, 0.7))


def other_law(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw stretched or double exponentials, rises and falls, and saturations.

    A saturation is a hyperbola; where this is one of the families, it is drawn again.
    """
    kind = generator.integers(4, size=(len(t), 1))
    position = np.maximum(np.where(generator.random((len(t), 1)) < 0.75, t, 1.0 - t), 0.0)
    first, second, third = generator.random((3, len(t), 1))
    half = LogUniform(0.05, 1.0).quantile(first)
    saturation = position / (half + position)
    steepness = np.where(
        second < 0.5, Uniform(0.4, 0.75).quantile(2 * second), Uniform(1.3, 1.7).quantile(2 * second - 1)
    )
    stretched = np.exp(-((position / LogUniform(0.1, 1.2).quantile(first)) ** steepness))
    slow = LogUniform(0.7, 6.0).quantile(first)
    double = np.exp(-slow * position) + _signs(generator, (len(t), 1)) * Uniform(0.4, 1.0).quantile(third) * np.exp(
        -slow * LogUniform(4.0, 20.0).quantile(second) * position
    )
    rise_and_fall = position ** Uniform(0.4, 2.0).quantile(second) * np.exp(
        -LogUniform(2.0, 10.0).quantile(first) * position
    )
    return np.choose(kind, [saturation, stretched, double, rise_and_fall])


def single_step(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw curves that jump once from one level to another."""
    return (t > generator.uniform(0.1, 0.9, (len(t), 1))).astype(np.float64)


def piecewise_line(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw two to five straight lines, joined."""
    pieces = generator.integers(2, 5, size=(len(t), 1), endpoint=True)
    corners = np.sort(generator.random((len(t), 4)), axis=1)
    slopes = generator.standard_normal((len(t), 5)) + np.where(np.arange(5) % 2, 1.0, -1.0)
    changes = np.where(np.arange(4) < pieces - 1, np.diff(slopes, axis=1), 0.0)
    kinks = np.maximum(t[:, None] - corners[:, :, None], 0.0)  # (batch, corners, points)
    return np.asarray(slopes[:, :1] * t + (changes[:, :, None] * kinks).sum(axis=1))


def periodic(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw sums of four sines: a fundamental and its harmonics, or unrelated frequencies."""
    periods = LogUniform(0.7, max(1.0, inputs.points / 10)).quantile(generator.random((len(t), 1, 1)))
    multiples = np.where(
        generator.random((len(t), 1, 1)) < 0.5,
        np.arange(1, 5)[None, :, None],
        np.cumsum(generator.uniform(0.3, 1.5, (len(t), 4, 1)), axis=1),
    )
    amplitudes = generator.standard_normal((len(t), 4, 1)) / np.array([1.0, 1.2, 1.6, 2.4])[None, :, None]
    phases = generator.uniform(0.0, 2.0 * np.pi, (len(t), 4, 1))
    return np.asarray((amplitudes * np.sin(2.0 * np.pi * periods * multiples * t[:, None] + phases)).sum(axis=1))


def wandering_oscillation(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw oscillations about one frequency with random changes of amplitude and phase."""
    rate = 2.0 * np.pi * LogUniform(1.5, max(2.0, inputs.points / 5)).quantile(generator.random((len(t), 1, 1)))
    width = generator.uniform(1.5, 6.0, (len(t), 1, 1))
    rates = rate + width * generator.standard_normal((len(t), _WAVES, 1))
    phases = generator.uniform(0.0, 2.0 * np.pi, (len(t), _WAVES, 1))
    waves: FloatArray = np.cos(rates * t[:, None] + phases)
    return np.asarray(waves.sum(axis=1))


def chirp(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw sines whose frequency rises or falls by a factor of 1.5 to 4 along the range."""
    periods = LogUniform(1.0, max(1.5, inputs.points / 10)).quantile(generator.random((len(t), 1)))
    change = LogUniform(1.5, 4.0).quantile(generator.random((len(t), 1)))
    position = np.where(generator.random((len(t), 1)) < 0.5, t, 1.0 - t)
    phase = generator.uniform(0.0, 2.0 * np.pi, (len(t), 1))
    return np.asarray(np.sin(2.0 * np.pi * periods * position * (1.0 + 0.5 * (change - 1.0) * position) + phase))


def sum_of_two(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw the sum or the difference of two laws."""
    first, second = inputs.laws
    share = generator.uniform(0.25, 0.75, (len(t), 1))
    return share * first + _signs(generator, (len(t), 1)) * (1.0 - share) * second


def spliced(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw one law up to some position and another after it, with or without a jump."""
    position = generator.uniform(0.2, 0.8, (len(t), 1))
    first, second = inputs.laws
    second = _signs(generator, (len(t), 1)) * second
    joint = np.where(t > position, t, np.inf).argmin(axis=1, keepdims=True)  # the first position of the second law
    gap = np.take_along_axis(first, joint, axis=1) - np.take_along_axis(second, joint, axis=1)
    joined = generator.random((len(t), 1)) < 0.6
    return np.where(t <= position, first, second + np.where(joined, gap, 0.0))


def mixed(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw each reading from one of two laws, at random."""
    first, second = inputs.laws
    from_first = generator.random(t.shape) < generator.uniform(0.3, 0.7, (len(t), 1))
    return np.where(from_first, first, _signs(generator, (len(t), 1)) * second)


def outliers(generator: np.random.Generator, t: FloatArray, inputs: GeneratorInputs) -> FloatArray:
    """Draw laws with a tenth to a third of the readings far from the curve."""
    away = generator.random(t.shape) < generator.uniform(0.1, 0.33, (len(t), 1))
    size = LogUniform(0.3, 3.0).quantile(generator.random(t.shape)) * _signs(generator, t.shape)
    return inputs.laws[0] + np.where(away, size, 0.0)


def _gaussian_process(generator: np.random.Generator, t: FloatArray, lengths: LogUniform) -> FloatArray:
    """Draw Gaussian processes of variance 1 with a squared-exponential kernel, as sums of cosines.

    Random Fourier features: Rahimi and Recht 2007, Random features for large-scale kernel machines.
    """
    length = lengths.quantile(generator.random((len(t), 1, 1)))
    rates = generator.standard_normal((len(t), _WAVES, 1)) / length
    phases = generator.uniform(0.0, 2.0 * np.pi, (len(t), _WAVES, 1))
    waves: FloatArray = np.cos(rates * t[:, None] + phases)  # (batch, waves, points)
    return np.asarray(waves.sum(axis=1) * np.sqrt(2.0 / _WAVES))


def _signs(generator: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    return np.where(generator.random(shape) < 0.5, -1.0, 1.0)


NEGATIVE_EXAMPLES: dict[str, NegativeExample] = {
    "random walk": random_walk,
    "white noise": white_noise,
    "autocorrelated noise": autocorrelated_noise,
    "smooth curve": smooth_curve,
    "bent law": bent_law,
    "other law": other_law,
    "single step": single_step,
    "piecewise line": piecewise_line,
    "periodic": periodic,
    "wandering oscillation": wandering_oscillation,
    "chirp": chirp,
    "sum of two laws": sum_of_two,
    "spliced laws": spliced,
    "mixed laws": mixed,
    "outliers": outliers,
}
"""The generators by name."""

OF_READINGS = {"random walk", "white noise", "autocorrelated noise", "mixed laws", "outliers"}
"""The kinds that have values at the readings only. Between the readings, their curve is interpolated linearly."""
