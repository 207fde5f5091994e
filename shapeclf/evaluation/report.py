"""Evaluate a model after each number of points, on the data set that it was trained on or on another one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import numpy as np

from shapeclf.datasets._arguments import whole_number
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.experiments import AnySequences, ExperimentSequences
from shapeclf.datasets.families import Family
from shapeclf.datasets.records import sequences_from_record
from shapeclf.errors import InputError
from shapeclf.evaluation.leak import leak
from shapeclf.evaluation.tally import Tally
from shapeclf.recognition.recognizer import Recognizer

__all__ = ["Reference", "Report", "evaluate", "training_sequences"]

_LONGEST_NAME = 100  # of a recipe, in a record that may be untrusted
_BATCH = 1000  # sequences


@final
@dataclass(frozen=True)
class Reference:
    """Figures of the references on the same sequences. A figure is None if its reference does not exist.

    Attributes:
        exact_accuracy: Accuracy of the exact posterior, shape (points,).
        exact_nll: Mean NLL of the exact posterior in nats, shape (points,).
        excess_nll: Mean NLL of the model minus that of the exact posterior, shape (points,).
        standard_error: Standard error of the excess, shape (points,).
        least_squares_accuracy: Accuracy of the family with the smallest residual, shape (points,). In a tie, each
            family counts with an equal share.
    """

    exact_accuracy: FloatArray | None = None
    exact_nll: FloatArray | None = None
    excess_nll: FloatArray | None = None
    standard_error: FloatArray | None = None
    least_squares_accuracy: FloatArray | None = None


@final
@dataclass(frozen=True)
class Report:
    """The results of one evaluation.

    Attributes:
        model: Source of the model.
        recipe: Name of the recipe that the model was trained with.
        families: Names of the families, in the order of the confusion matrix.
        sequences: Number of sequences tested.
        accuracy: Share of sequences answered right after each number of points, shape (points,).
        nll: Mean negative log-likelihood of the true family in nats, shape (points,).
        confusion: Number of sequences of each family (row) with each answer (column) after the last point.
        calibration_error: Expected calibration error, 15 bins, shape (points,).
        reliability: Numbers of answers and of right answers, and sum of the top probability, in each bin of the top
            probability; shape (3, points, 15).
        leak: Highest accuracy from x without y, shape (points,); None if it cannot be computed.
        reference: Figures of the exact posterior and of least squares.
    """

    model: str
    recipe: str
    families: tuple[str, ...]
    sequences: int
    accuracy: FloatArray
    nll: FloatArray
    confusion: IntArray
    calibration_error: FloatArray
    reliability: FloatArray
    leak: FloatArray | None
    reference: Reference

    @property
    def points(self) -> int:
        """The number of points of the tested sequences."""
        return len(self.accuracy)

    @property
    def mean_accuracy(self) -> float:
        """The mean of the accuracy over all numbers of points."""
        return float(self.accuracy.mean())

    def to_json(self) -> dict[str, Any]:
        """Return the figures as values that JSON can represent."""
        reference = self.reference
        exact = {"accuracy": _listed(reference.exact_accuracy), "nll": _listed(reference.exact_nll)}
        least_squares = {"accuracy": _listed(reference.least_squares_accuracy)}
        return {
            "model": self.model,
            "recipe": self.recipe,
            "families": list(self.families),
            "points": self.points,
            "sequences": self.sequences,
            "accuracy": self.accuracy.tolist(),
            "nll": self.nll.tolist(),
            "mean_accuracy": self.mean_accuracy,
            "confusion": self.confusion.tolist(),
            "calibration_error": self.calibration_error.tolist(),
            "reference": {
                "exact": exact if exact["accuracy"] else None,
                "least_squares": least_squares if least_squares["accuracy"] else None,
            },
            "excess_nll": _listed(reference.excess_nll),
            "excess_nll_standard_error": _listed(reference.standard_error),
            "leak": _listed(self.leak),
        }


def _listed(values: FloatArray | None) -> list[float] | None:
    return None if values is None else [float(value) for value in values]


def training_sequences(recognizer: Recognizer, user_families: Iterable[Family] = ()) -> AnySequences:
    """Return the test split of the data set that a model was trained on.

    Args:
        recognizer: The recogniser of the model.
        user_families: User-defined families that the model may know.

    Raises:
        InputError: The model has no record of its data set, or a family is not known here.
    """
    try:
        record = recognizer.model.record["settings"]["sequences"]
    except (KeyError, TypeError):
        raise InputError(f"{recognizer.model.source}: the model has no record of its training data") from None
    try:
        return sequences_from_record(record, user_families, batch_size=_BATCH)
    except InputError as error:
        hint = " (give a family of your own with --family module:NAME)" if "unknown family" in str(error) else ""
        raise InputError(f"{recognizer.model.source}: {error}{hint}") from None


def evaluate(
    recognizer: Recognizer,
    data: AnySequences | None = None,
    *,
    points: int = 4,
    sequences: int = 10_000,
    seed: int = 0,
) -> Report:
    """Test a model on sequences that were not used in its training or validation.

    Args:
        recognizer: The recogniser of the model.
        data: The data set to test on; by default the one the model was trained on.
        points: Number of points of each sequence, from 1 up; it may be larger than in training.
        sequences: Number of sequences, from 1 up.
        seed: Seed of the sequences; fixed parameters stay as in training.

    Raises:
        InputError: ``points`` or ``sequences`` is below 1, the families of the data set are not those of the model, or
            ``data`` is not given and the model has no record of its data set.
    """
    whole_number("points", points, low=1)
    whole_number("sequences", sequences, low=1)
    data = training_sequences(recognizer) if data is None else data
    names = data.classes
    if names != recognizer.families:
        known = ", ".join(recognizer.families)
        raise InputError(f"the model distinguishes {known}; the data set has {', '.join(names)}")
    data = data.test_split(points, min(_BATCH, sequences), seed)
    tally = Tally(points, len(names))
    references = _References(data, points)
    for batch in data.batches(sequences):
        nll = tally.add(recognizer.log_probabilities(batch.points).astype(np.float64), batch.labels)
        references.add(batch.points, batch.labels, nll)
    settings = recognizer.model.record.get("settings")
    return Report(
        model=recognizer.model.source,
        recipe=str(settings.get("recipe", ""))[:_LONGEST_NAME] if isinstance(settings, dict) else "",
        families=names,
        sequences=sequences,
        accuracy=tally.accuracy,
        nll=tally.nll,
        confusion=tally.confusion,
        calibration_error=tally.calibration_error,
        reliability=tally.reliability,
        leak=_leak(data, points),
        reference=references.reference(),
    )


def _leak(data: AnySequences, points: int) -> FloatArray | None:
    if isinstance(data, ExperimentSequences):
        return None
    try:
        return leak(data, points)
    except InputError:  # a prior of x whose density is not known
        return None


@final
class _References:
    """Accumulates the figures of the references, batch by batch."""

    def __init__(self, data: AnySequences, points: int) -> None:
        self._exact_posterior: Callable[[FloatArray], FloatArray] | None = None
        self._least_squares: Callable[[FloatArray], FloatArray] | None = None
        self._exact = Tally(points, len(data.classes))
        self._excess = np.zeros((2, points))  # sums, and sums of squares
        self._fitted_right = np.zeros(points)
        self._sequences = 0
        if isinstance(data, ExperimentSequences):
            return
        # Imported here because importing SciPy takes longer than a small evaluation.
        from shapeclf.evaluation import exact, least_squares

        if exact.has_exact_reference(data):
            self._exact_posterior = partial(exact.exact_posterior, data)
        has_fits = data.fixed_parameters is not None or not any(family.shape for family in data.families)
        if has_fits:
            self._least_squares = lambda points: least_squares.answer_shares(least_squares.least_squares(data, points))

    def add(self, points: FloatArray, labels: IntArray, nll: FloatArray) -> None:
        self._sequences += len(labels)
        if self._exact_posterior is not None:
            excess = nll - self._exact.add(self._exact_posterior(points), labels)
            self._excess += (excess.sum(axis=0), (excess * excess).sum(axis=0))
        if self._least_squares is not None:
            shares = self._least_squares(points)
            self._fitted_right += np.take_along_axis(shares, labels[:, None, None], axis=-1)[..., 0].sum(axis=0)

    def reference(self) -> Reference:
        fitted = None if self._least_squares is None else self._fitted_right / self._sequences
        if self._exact_posterior is None:
            return Reference(least_squares_accuracy=fitted)
        mean, square = self._excess / self._sequences
        error = np.sqrt(np.maximum(square - mean * mean, 0.0) / self._sequences)
        return Reference(self._exact.accuracy, self._exact.nll, mean, error, fitted)
