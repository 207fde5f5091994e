"""Compare a model of `ExperimentSequences` with the exact posterior among its laws."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, final

import numpy as np

from shapeclf.datasets._arguments import whole_number
from shapeclf.datasets._streams import keyed_generator
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.designs import draw_designs
from shapeclf.datasets.disturbances import NOISE
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.sequences import Batch
from shapeclf.errors import InputError
from shapeclf.evaluation.law_evidence import law_evidence
from shapeclf.recognition.family_filter import normalised
from shapeclf.recognition.recognizer import Recognizer

__all__ = ["LawComparison", "compare_with_limit", "law_posterior"]

_DESIGNS = 20_000  # designs drawn to estimate the probability of each kind of design
_RATIOS = np.array([1 / 400, 1 / 200, 1 / 100, 1 / 50, 1 / 20, 0.1, 0.2, 0.35, 0.5, 0.7, 0.83, 0.9, 0.97])
_BATCH = 250  # sequences
_LOWEST_LOG = -30.0  # laws with a lower logarithm of the exact posterior add nothing to the divergence


@final
@dataclass(frozen=True)
class LawComparison:
    """A model and the exact posterior on the same sequences of laws, without drift or rounding.

    Attributes:
        model: Source of the model.
        noise: Standard deviation of the noise in units of the curve's range.
        sequences: Number of sequences of laws that were tested, the smallest over the numbers of points.
        points: Numbers of points, shape (rows,); the attributes below have the same shape.
        accuracy: Accuracy of the model among the laws.
        exact_accuracy: Accuracy of the exact posterior.
        nll: Mean negative log-likelihood of the true law by the model, among the laws, in nats.
        exact_nll: Mean negative log-likelihood of the true law by the exact posterior, in nats.
        excess_nll: Mean of ``nll`` minus that of ``exact_nll``.
        standard_error: Standard error of the excess.
        divergence: Mean Kullback-Leibler divergence of the model from the exact posterior, in nats. It is the mean
            excess that is expected for these points, so it varies less than the excess for the laws that drew them.
        divergence_error: Standard error of the divergence.
    """

    model: str
    noise: float
    sequences: int
    points: IntArray
    accuracy: FloatArray
    exact_accuracy: FloatArray
    nll: FloatArray
    exact_nll: FloatArray
    excess_nll: FloatArray
    standard_error: FloatArray
    divergence: FloatArray
    divergence_error: FloatArray

    def to_json(self) -> dict[str, Any]:
        """Return the figures as values that JSON can represent."""
        return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(self).items()}


def law_posterior(
    data: ExperimentSequences,
    points: FloatArray,
    y_error: FloatArray | None = None,
    *,
    ends: FloatArray | None = None,
) -> FloatArray:
    """Return the exact posterior of the laws of a data set, given that there is neither drift nor rounding.

    The noise is Gaussian. Its standard deviation is not known unless there are error bars; see `law_evidence`. The
    prior of the laws is that of the data set without ``none``. The density of x is also that of the data set, and it
    differs between laws: a law that is defined only above zero is measured only there, and decays are mostly measured
    at evenly spaced times. (The density is estimated by kinds of designs, which differ in the ratio of the lowest x to
    the highest and in their spacing.)

    Args:
        data: The data set; its families and their shares are used.
        points: (x, y), shape (batch, points, 2), for three points or more.
        y_error: Standard deviation of each y, shape (batch, points); 0 in sequences without error bars.
        ends: Ends of each design, between which x was chosen, shape (batch, 2); by default the outermost x.

    Returns:
        Log-probabilities in nats, shape (batch, families).

    Raises:
        InputError: All x of a sequence are equal.
    """
    if (np.ptp(points[..., 0], axis=1) <= 0).any():
        raise InputError("the x of each sequence must not all be equal")
    density = np.empty((len(points), len(data.families)))
    for row, (x, y) in enumerate(points.transpose(0, 2, 1)):  # the cells that are divided differ between sequences
        error = None if y_error is None or not y_error[row].all() else y_error[row]
        between = None if ends is None else (float(ends[row, 0]), float(ends[row, 1]))
        density[row] = law_evidence(data.families, x, y, error, ends=between)
    lowest_x = data.lowest_x[: len(data.families)]
    shares = np.stack([_design_log_shares(int(code), points.shape[1]) for code in lowest_x])  # (families, kinds)
    design = shares[:, _design_kind(points[..., 0])]  # (families, batch)
    return normalised(density + design.T + np.log(data.shares[:-1]))


def compare_with_limit(
    recognizer: Recognizer, data: ExperimentSequences, points: Sequence[int], *, sequences: int = 1000, seed: int = 0
) -> LawComparison:
    """Compare a model's answers for finished sequences with the exact posterior among the laws.

    The exact posterior knows the ends of each design, which the model can only guess where x is scattered between them.
    So the excess is an upper limit.

    Args:
        recognizer: The recogniser of the model.
        data: The data set, with a fixed standard deviation of the noise.
        points: Numbers of points, from 3 up.
        sequences: Number of sequences for each number of points, including those of ``none``, which are discarded.
        seed: Seed of the sequences.

    Raises:
        InputError: The noise is not given or outside `NOISE`, an argument is out of range, or no sequence of a law was
            drawn.
    """
    low, high = NOISE.support
    if data.noise is None or not low <= data.noise <= high:
        raise InputError(f"the exact posterior of experiments needs a noise from {low:g} to {high:g}, got {data.noise}")
    whole_number("sequences", sequences, low=1)
    names = [family.name for family in data.families]
    restricted = recognizer.restricted(names)
    figures = []
    for number in points:
        drawn = data.test_split(number, min(_BATCH, sequences), seed)
        figures.append(
            np.concatenate(
                [
                    _figures(restricted, drawn, batch, _ends(drawn, index, batch))
                    for index, batch in enumerate(drawn.batches(sequences))
                ],
                axis=1,
            )
        )
    # Without a sequence of a law there is no mean.
    counts = [rows.shape[1] for rows in figures]
    if not all(counts):
        raise InputError("no sequence of a law was drawn; take more sequences")
    right, exact_right, nll, exact_nll, divergence = np.stack([rows.mean(axis=1) for rows in figures], axis=1)
    errors = [np.std([rows[2] - rows[3], rows[4]], axis=1) / np.sqrt(rows.shape[1]) for rows in figures]
    excess_error, divergence_error = np.stack(errors, axis=1)
    return LawComparison(
        model=recognizer.model.source,
        noise=data.noise,
        sequences=min(counts),
        points=np.array(points),
        accuracy=right,
        exact_accuracy=exact_right,
        nll=nll,
        exact_nll=exact_nll,
        excess_nll=nll - exact_nll,
        standard_error=excess_error,
        divergence=divergence,
        divergence_error=divergence_error,
    )


def _ends(data: ExperimentSequences, index: int, batch: Batch) -> FloatArray:
    """Return the ends of a batch's designs in the units of its points, shape (batch, 2)."""
    designs = data.designs(index)
    ends = np.concatenate([designs.low, designs.low + designs.range], axis=1)[: len(batch.points)]
    drawn = np.abs(designs.x[: len(batch.points)]).max(axis=1)
    return np.asarray(ends * (np.abs(batch.points[..., 0]).max(axis=1) / drawn)[:, None])


def _figures(restricted: Recognizer, data: ExperimentSequences, batch: Batch, ends: FloatArray) -> FloatArray:
    """Return figures of the sequences of laws, shape (5, sequences of laws).

    Whether the model is right, whether the exact posterior is, their NLLs, and the divergence of the model.
    """
    of_law = batch.labels < len(data.families)
    points, labels = batch.points[of_law], batch.labels[of_law]
    if not len(labels):
        return np.empty((5, 0))
    with np.errstate(divide="ignore"):  # log(0) for a law that the model rules out
        answers = np.log(restricted.predict_proba(list(points)))
    exact = law_posterior(data, points[..., :2], points[..., 2] if data.error_bars else None, ends=ends[of_law])
    rows = np.arange(len(labels))
    right = [posterior.argmax(axis=1) == labels for posterior in (answers, exact)]
    differences = np.subtract(exact, answers, out=np.zeros_like(exact), where=exact > _LOWEST_LOG)
    divergence = (np.exp(exact) * differences).sum(axis=1)
    return np.array([*right, -answers[rows, labels], -exact[rows, labels], divergence])


def _design_kind(x: FloatArray) -> IntArray:
    """Return the kind of design of each row of x, shape (batch,).

    In kind 0 some x are negative, kind 1 begins at zero, and kind 2 is a grid from zero without its first point. The
    other kinds differ in the ratio of the lowest x to the highest. Each kind is subdivided by the spacing.
    """
    low, high = x.min(axis=1), np.abs(x).max(axis=1)
    ratio = low / high
    kind = 3 + np.digitize(ratio, _RATIOS)
    kind = np.where(np.abs(ratio * x.shape[1] - 1) < 1e-9, 2, kind)  # a grid from zero without its zero
    return np.where(low < 0, 0, np.where(low == 0, 1, kind)) + (4 + len(_RATIOS)) * _spacing_kind(np.sort(x, axis=1))


def _spacing_kind(x: FloatArray) -> IntArray:
    """Return 0 for even spacing, 1 for nearly even, 2 for geometric, 3 for squares, 4 for repeated x, 5 for any other.

    Args:
        x: Ascending, shape (batch, points).
    """
    points = x.shape[1]
    x = x / np.abs(x).max(axis=1, keepdims=True)
    width = np.maximum(np.ptp(x, axis=1, keepdims=True), 1e-12)  # few rounded x may all be equal
    digits = 10.0 ** np.ceil(np.log10(width / 30.0) - 1e-9)  # rounded x are multiples of this
    is_rounded = (np.abs(x / digits - np.round(x / digits)) < 1e-6).all(axis=1, keepdims=True)
    tolerance = np.where(is_rounded, 1.01 * digits / width, 1e-6)
    grid = np.linspace(0.0, 1.0, points)[None]
    kinds = np.full(len(x), 5)
    for ascending in (x, -x[:, ::-1]):  # some designs are mirrored
        low = ascending[:, :1]
        u = (ascending - low) / width
        start = np.where(low > 0, low, width / 100.0)
        by_factors = ((1.0 + width / start) ** grid - 1.0) * start / width
        for kind, spacing in ((3, grid**2), (2, by_factors)):
            kinds = np.where((np.abs(u - spacing) <= tolerance).all(axis=1), kind, kinds)
    kinds = np.where((np.diff(x, axis=1) == 0).any(axis=1) & ~is_rounded[:, 0], 4, kinds)
    deviation = np.abs((x - x[:, :1]) / width - grid).max(axis=1)
    kinds = np.where((kinds == 5) & (deviation * points < 0.5), 1, kinds)
    return np.where(deviation <= tolerance[:, 0], 0, kinds)


@lru_cache(maxsize=16)
def _design_log_shares(lowest_x: int, points: int) -> FloatArray:
    """Return the logarithm of the share of each kind of design among those drawn with a code of the lowest x.

    The codes are those of `draw_designs`.
    """
    designs = draw_designs(
        keyed_generator(0, "design shares", points, str(lowest_x)), points, np.full(_DESIGNS, lowest_x)
    )
    counts = np.bincount(_design_kind(designs.x), minlength=6 * (4 + len(_RATIOS)))
    return np.asarray(np.log((counts + 1e-3) / _DESIGNS))
