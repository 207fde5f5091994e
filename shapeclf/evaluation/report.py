"""How good a model's answers are after each number of points, on its own data set or another."""

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
    """What the model is held against, on the same sequences; None where there is no such reference.

    Attributes:
        exact_accuracy: of the exact posterior, shape (points,).
        exact_nll: of the exact posterior in nats, shape (points,).
        excess_nll: mean of the model's NLL less the exact posterior's, shape (points,).
        standard_error: of the excess, shape (points,).
        least_squares_accuracy: of the family with the smallest residual, shape (points,); ties count in shares.
    """

    exact_accuracy: FloatArray | None = None
    exact_nll: FloatArray | None = None
    excess_nll: FloatArray | None = None
    standard_error: FloatArray | None = None
    least_squares_accuracy: FloatArray | None = None


@final
@dataclass(frozen=True)
class Report:
    """The figures of one evaluation.

    Attributes:
        model: where the model was read from.
        recipe: the recipe it was trained with.
        families: names, in the order of the confusion matrix.
        sequences: how many sequences were tested.
        accuracy: share of sequences answered right after each number of points, shape (points,).
        nll: mean negative log-likelihood of the true family in nats, shape (points,).
        confusion: how many sequences of each family (row) were given each answer (column) after the last point.
        calibration_error: expected calibration error, 15 bins, shape (points,).
        reliability: answers, right answers and summed top probability in each bin, shape (3, points, 15).
        leak: accuracy of the best answer from x alone, without y, shape (points,); None where it cannot be computed.
        reference: the exact posterior and least squares.
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
        """How many points the tested sequences had."""
        return len(self.accuracy)

    @property
    def mean_accuracy(self) -> float:
        """Accuracy averaged over the numbers of points."""
        return float(self.accuracy.mean())

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON can hold them."""
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


def training_sequences(recognizer: Recognizer, own: Iterable[Family] = ()) -> AnySequences:
    """The data set that a model was trained on, its test split.

    Args:
        recognizer: of the model.
        own: families of the user's that the model may know.

    Raises:
        InputError: the model does not say, or a family is not known here.
    """
    try:
        record = recognizer.model.record["settings"]["sequences"]
    except (KeyError, TypeError):
        raise InputError(f"{recognizer.model.source}: the model does not say what it was trained on") from None
    try:
        return sequences_from_record(record, own, batch_size=_BATCH)
    except InputError as error:
        raise InputError(
            f"{recognizer.model.source}: {error} (a family of your own is named with --family module:NAME)"
        ) from None


def evaluate(
    recognizer: Recognizer,
    data: AnySequences | None = None,
    *,
    points: int = 4,
    sequences: int = 10_000,
    seed: int = 0,
) -> Report:
    """Tests a model on sequences that neither training nor its tests have seen.

    Args:
        recognizer: of the model.
        data: what to test on; by default the model's own data set.
        points: points of each sequence, from 1 up; more than in training are fine.
        sequences: how many, from 1 up.
        seed: of the draws; fixed parameters stay the model's own.

    Raises:
        InputError: points or sequences are below 1, or the data set's families are not the model's.
    """
    whole_number("points", points, low=1)
    whole_number("sequences", sequences, low=1)
    data = training_sequences(recognizer) if data is None else data
    names = data.classes
    if names != recognizer.families:
        raise InputError(f"the model tells {', '.join(recognizer.families)} apart; the data are of {', '.join(names)}")
    data = data.test_split(points, min(_BATCH, sequences), seed)
    tally = Tally(points, len(names))
    against = _References(data, points)
    for batch in data.batches(sequences):
        nll = tally.add(recognizer.log_probabilities(batch.points).astype(np.float64), batch.labels)
        against.add(batch.points, batch.labels, nll)
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
        reference=against.reference(),
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
    """The references' figures, batch by batch."""

    def __init__(self, data: AnySequences, points: int) -> None:
        self._exact_posterior: Callable[[FloatArray], FloatArray] | None = None
        self._least_squares: Callable[[FloatArray], FloatArray] | None = None
        self._exact = Tally(points, len(data.classes))
        self._excess = np.zeros((2, points))  # summed, and summed squares
        self._fitted_right = np.zeros(points)
        self._sequences = 0
        if isinstance(data, ExperimentSequences):
            return
        # scipy takes longer to import than a small evaluation takes; what only recognises never comes here.
        from shapeclf.evaluation import exact, least_squares

        if exact.has_exact_reference(data):
            self._exact_posterior = partial(exact.exact_posterior, data)
        fitted = data.fixed_parameters is not None or not any(family.shape for family in data.families)
        if fitted:
            self._least_squares = lambda points: least_squares.smallest_shares(
                least_squares.least_squares(data, points)
            )

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
