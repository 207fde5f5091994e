"""Measure accuracy, NLL and calibration of answers to whole sequences, by length, noise, errors and drift."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from benchmarks.out_of_distribution import OUT_OF_DISTRIBUTION, deviating_points, out_of_distribution_points
from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.families import NONE
from shapeclf.evaluation.tally import Tally
from shapeclf.recognition.recognizer import Recognizer

__all__ = ["Figures", "Rejection", "figures", "rejection", "whole_sequences"]

_LENGTHS = {"3-8": (3, 8), "9-32": (9, 32), "33-256": (33, 256)}
_NOISES = {"below 1 %": (0.0, 0.01), "1-5 %": (0.01, 0.05), "above 5 %": (0.05, np.inf)}
_DRIFTS = {"up to 1 %": (0.0, 0.01), "above 1 %": (0.01, np.inf)}
_BATCH = 50  # sequences of one length


@final
@dataclass(frozen=True)
class Figures:
    """Figures of answers.

    Attributes:
        sequences: Number of sequences.
        accuracy: Share of right answers.
        nll: Mean negative log-likelihood in nats.
        calibration_error: Expected calibration error, in 15 bins of the top probability.
    """

    sequences: int
    accuracy: float
    nll: float
    calibration_error: float


def figures(probabilities: FloatArray, labels: IntArray) -> Figures:
    """Return the figures of answers.

    Args:
        probabilities: Shape (sequences, families).
        labels: Shape (sequences,).
    """
    tally = Tally(1, probabilities.shape[1])
    tally.add(np.log(np.maximum(probabilities, 1e-30))[:, None], labels)
    return Figures(len(labels), float(tally.accuracy[0]), float(tally.nll[0]), float(tally.calibration_error[0]))


def whole_sequences(
    recognizer: Recognizer, data: ExperimentSequences, *, sequences: int = 20_000
) -> Mapping[str, Figures]:
    """Return figures of the answers after the last point: of all sequences, by number of points, and by noise.

    The noise is in shares of the curve's range. There are also figures of sequences with and without error bars, if the
    data have any, and by drift.

    Args:
        recognizer: Recogniser of a model that distinguishes the classes of the data set.
        data: Data set, drawn in batches of fifty sequences of one length.
        sequences: Number of sequences.
    """
    data = replace(data, batch_size=_BATCH)
    answers, labels, lengths, noises, drifts, stated = [], [], [], [], [], []
    for index, batch in enumerate(data.batches(sequences)):
        count = len(batch.labels)
        answers.append(recognizer.set_posteriors(batch.points.reshape(-1, batch.points.shape[-1]), batch.lengths))
        labels.append(batch.labels)
        lengths.append(batch.lengths)
        noises.append(data.noise_sizes(index)[:count])
        drifts.append(data.drift_sizes(index)[:count])
        if data.error_bars:
            stated.append(batch.points[:, 0, 2] > 0)
    probabilities, truth = np.concatenate(answers), np.concatenate(labels)
    points, noise = np.concatenate(lengths), np.concatenate(noises)
    groups: dict[str, BoolArray] = {"all": np.ones(len(truth), dtype=np.bool_)}
    groups |= {f"{name} points": (points >= low) & (points <= high) for name, (low, high) in _LENGTHS.items()}
    groups |= {f"noise {name}": (noise >= low) & (noise < high) for name, (low, high) in _NOISES.items()}
    if stated:
        known = np.concatenate(stated)
        groups |= {"with error bars": known, "without error bars": ~known}
    drift = np.concatenate(drifts)
    groups |= {f"drift {name}": (drift > low) & (drift <= high) for name, (low, high) in _DRIFTS.items()}
    return {name: figures(probabilities[group], truth[group]) for name, group in groups.items() if group.any()}


@final
@dataclass(frozen=True)
class Rejection:
    """Shares of sequences classified as `none`.

    Attributes:
        out_of_distribution: Share for each kind of out-of-distribution curve.
        families: Share for each family.
        falsely: Share for the sequences of all families together.
        deviating: Share for curves whose nearest law is 2 % away, with noise of 0.5 %, with and without error bars.
    """

    out_of_distribution: Mapping[str, float]
    families: Mapping[str, float]
    falsely: float
    deviating: Mapping[str, float]

    def record(self) -> dict[str, Any]:
        """Return the figures as values that JSON can represent."""
        return {
            "out of distribution": dict(self.out_of_distribution),
            "families": dict(self.families),
            "falsely": self.falsely,
            "deviating": dict(self.deviating),
        }


def rejection(
    recognizer: Recognizer, data: ExperimentSequences, *, points: int = 32, noise: float = 0.02, sequences: int = 1000
) -> Rejection:
    """Return the shares of sequences that are classified as `none`, by kind of curve and by law.

    Args:
        recognizer: Recogniser of a model that distinguishes the classes of the data set.
        data: Data set whose families are drawn.
        points: Points of each sequence.
        noise: Standard deviation of the noise in units of the range.
        sequences: Number of sequences of each kind; five times as many are drawn from families.
    """
    none = recognizer.families.index(NONE)

    def is_rejected(curves: FloatArray) -> BoolArray:
        lengths = np.full(len(curves), points)
        columns = curves.shape[-1]
        return np.asarray(recognizer.set_posteriors(curves.reshape(-1, columns), lengths).argmax(axis=1) == none)

    out_of_distribution = {
        kind: float(is_rejected(out_of_distribution_points(kind, sequences, data.families, points, noise)).mean())
        for kind in OUT_OF_DISTRIBUTION
    }
    deviating = deviating_points(sequences, data.families)
    deviating_shares = {"without error bars": float(is_rejected(deviating[..., :2]).mean())}
    if data.error_bars:
        deviating_shares["with error bars"] = float(is_rejected(deviating).mean())
    drawn = replace(data, points=points, noise=noise, error_bars=0.0, batch_size=5 * sequences, split="test").batch(0)
    rejected = is_rejected(drawn.points)
    families = {
        family.name: float(rejected[drawn.labels == label].mean()) for label, family in enumerate(data.families)
    }
    return Rejection(
        out_of_distribution, families, float(rejected[drawn.labels < len(data.families)].mean()), deviating_shares
    )
