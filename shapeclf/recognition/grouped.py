"""Many sequences of one file: answers and equations chunk by chunk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.groups import GroupChunk, GroupName
from shapeclf.recognition.fitting import Fits, fit_columns, fit_many, fit_record
from shapeclf.recognition.recognizer import Recognizer

__all__ = ["CHUNK_POINTS", "GroupAnswers", "recognize_groups"]

CHUNK_POINTS = 2**15  # fitting some groups takes seconds, and the progress should be seen to move


@final
@dataclass(frozen=True, eq=False)  # arrays have no one answer to whether they are equal
class GroupAnswers:
    """What a recogniser says of some sequences.

    Attributes:
        names: what the file calls each.
        points: how many points each has, shape (groups,).
        families: in the order of the posterior's columns.
        posterior: after the last point of each, shape (groups, families); NaN where there is no answer.
        fits: of each family that any of them are of, the places of those and their fits; None where none was asked for.
        errors: The reason why there is no answer, by the index of the group.
        unsigned: Whether the names are numbers of a column of unsigned integers.
    """

    names: list[GroupName]
    points: IntArray
    families: tuple[str, ...]
    posterior: FloatArray
    fits: list[tuple[IntArray, Fits]] | None
    errors: dict[int, str] = field(default_factory=dict)
    unsigned: bool = False

    def rows(self) -> Iterator[dict[str, Any]]:
        """Each answer as JSON can hold it, in the order of the file: `Recognition.to_dict` and the group."""
        best = self._best()
        fitted = self._fitted()
        for place, (name, family, posterior, points) in enumerate(
            zip(self.names, best, self.posterior.tolist(), self.points.tolist(), strict=True)
        ):
            probabilities = [None] * len(self.families) if family is None else posterior
            row: dict[str, Any] = {
                "group": name,
                "family": family,
                "probability": None if family is None else max(posterior),
                "posterior": dict(zip(self.families, probabilities, strict=True)),
                "points": points,
            }
            if self.fits is not None:
                row |= fitted.get(place) or fit_record(None)
            yield row | {"error": self.errors.get(place)}

    def columns(self) -> dict[str, Any]:
        """The answers as a table: names and columns of one length; parameters and their errors as JSON."""
        table: dict[str, Any] = {
            "group": np.array(self.names, dtype=np.uint64) if self.unsigned else self.names,
            "points": self.points,
            "family": self._best(),
            "probability": self.posterior.max(axis=1),
        }
        table |= {f"p_{name}": self.posterior[:, column] for column, name in enumerate(self.families)}
        if self.fits is not None:
            fitted = self._fitted()
            table |= fit_columns([fitted.get(place) or fit_record(None) for place in range(len(self.names))])
        return table | {"error": [self.errors.get(index) for index in range(len(self.names))]}

    def _best(self) -> list[str | None]:
        """The most probable family of each group; None where there is no answer."""
        best = self.posterior.argmax(axis=1).tolist()
        return [None if index in self.errors else self.families[family] for index, family in enumerate(best)]

    def _fitted(self) -> dict[int, dict[str, Any] | None]:
        """What is known of the equations, by the place of the group."""
        return {
            place: row
            for places, fits in self.fits or []
            for place, row in zip(places.tolist(), fits.records(), strict=True)
        }


def recognize_groups(
    recognizer: Recognizer, chunks: Iterable[GroupChunk], *, fit: bool = True
) -> Iterator[GroupAnswers]:
    """Answers for whole groups, in their order, as many at a time as a chunk holds.

    A group that has no answer does not end it: its row has no family and no probabilities, and the reason.

    Args:
        recognizer: whose answers.
        chunks: of groups, as `GroupReader` gives them.
        fit: whether equations are fitted; families with shape parameters are fitted one sequence at a time, which takes
            milliseconds each.

    Raises:
            InputError: what ``chunks`` raises.

    Example:
        >>> points = np.array([[1.0, 3.0], [2.0, 5.0], [3.0, 7.0], [4.0, 9.0], [5.0, 11.0], [6.0, 13.0]])
        >>> chunk = GroupChunk(["a"], points, np.array([6]))
        >>> (answers,) = recognize_groups(Recognizer.load(), [chunk])
        >>> [(row["group"], row["family"], row["equation"]) for row in answers.rows()]
        [('a', 'line', 'y = 2·x + 1')]
    """
    for chunk in chunks:
        posterior = recognizer.set_posteriors(chunk.points, chunk.lengths)
        errors = _errors(recognizer, chunk, posterior)
        best = posterior.argmax(axis=1)
        best[list(errors)] = -1
        fits = _fits(recognizer, chunk, best) if fit else None
        yield GroupAnswers(chunk.names, chunk.lengths, recognizer.classes, posterior, fits, errors, chunk.unsigned)


def _errors(recognizer: Recognizer, chunk: GroupChunk, posterior: FloatArray) -> dict[int, str]:
    """The reasons of the groups that have no answer, by their index."""
    ends = np.cumsum(chunk.lengths)
    starts = ends - chunk.lengths
    without = np.flatnonzero(np.isnan(posterior).any(axis=1)).tolist()
    return {index: recognizer.no_answer(chunk.points[starts[index] : ends[index]]) for index in without}


def _fits(recognizer: Recognizer, chunk: GroupChunk, best: IntArray) -> list[tuple[IntArray, Fits]]:
    found = []
    starts = np.cumsum(chunk.lengths) - chunk.lengths
    for column, name in enumerate(recognizer.classes):
        places = np.flatnonzero(best == column)
        family = recognizer.known.get(name)
        if family is None or not places.size:
            continue
        lengths = chunk.lengths[places]
        for part in _parts_of_like_lengths(lengths):
            rows = starts[places[part], None] + np.arange(lengths[part].max())
            padded = chunk.points[np.minimum(rows, len(chunk.points) - 1)]
            found.append((places[part], fit_many(family, padded, lengths[part])))
    return found


def _parts_of_like_lengths(lengths: IntArray) -> Iterator[IntArray]:
    """Places whose lengths differ by a factor of two at most: padded, they take no more than twice their room."""
    octaves = np.floor(np.log2(lengths)).astype(np.int64)
    for octave in np.unique(octaves):
        yield np.flatnonzero(octaves == octave)
