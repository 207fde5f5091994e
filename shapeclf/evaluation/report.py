"""How good a model's answers are after each number of points, on its own data set or another."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.families import Family
from shapeclf.datasets.records import sequences_from_record
from shapeclf.datasets.sequences import ShapeSequences
from shapeclf.errors import InputError
from shapeclf.recognition.recognizer import Recognizer

__all__ = ["Report", "evaluate", "own_sequences"]

_BATCH = 1000  # sequences


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
    """

    model: str
    recipe: str
    families: tuple[str, ...]
    sequences: int
    accuracy: FloatArray
    nll: FloatArray
    confusion: IntArray

    @property
    def points(self) -> int:
        """How many points the tested sequences had."""
        return len(self.accuracy)

    @property
    def mean_accuracy(self) -> float:
        """Accuracy averaged over the numbers of points."""
        return float(self.accuracy.mean())

    def to_json(self) -> dict[str, Any]:
        """The figures as JSON can hold them."""
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
        }


def own_sequences(recognizer: Recognizer, own: Iterable[Family] = ()) -> ShapeSequences:
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
    data: ShapeSequences | None = None,
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
    if points < 1:
        raise InputError(f"points must be from 1 up, got {points!r}")
    if sequences < 1:
        raise InputError(f"sequences must be from 1 up, got {sequences!r}")
    data = own_sequences(recognizer) if data is None else data
    names = tuple(family.name for family in data.families)
    if names != recognizer.families:
        raise InputError(f"the model tells {', '.join(recognizer.families)} apart; the data are of {', '.join(names)}")
    data = replace(
        data,
        parameters=data.fixed_parameters or "fresh",  # so that the seed draws the points alone
        points=points,
        batch_size=min(_BATCH, sequences),
        seed=seed,
        split="test",
    )
    right = np.zeros(points)
    nll = np.zeros(points)
    confusion = np.zeros((len(names), len(names)), dtype=np.int64)
    for index in range(-(-sequences // data.batch_size)):
        batch = data.batch(index)
        kept = min(data.batch_size, sequences - index * data.batch_size)
        labels = batch.labels[:kept]
        answers = recognizer.log_probabilities(batch.points[:kept]).astype(np.float64)  # (batch, points, families)
        best = answers.argmax(axis=-1)  # (batch, points)
        right += (best == labels[:, None]).sum(axis=0)
        nll -= np.take_along_axis(answers, labels[:, None, None], axis=-1).sum(axis=(0, 2))
        np.add.at(confusion, (labels, best[:, -1]), 1)
    recipe = str(recognizer.model.record.get("settings", {}).get("recipe", ""))
    return Report(recognizer.model.source, recipe, names, sequences, right / sequences, nll / sequences, confusion)
