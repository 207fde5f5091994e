"""Answer the many sequences of one file, with their equations, chunk by chunk."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from shapeclf.datasets._types import BoolArray, FloatArray, IntArray
from shapeclf.datasets.families import Family
from shapeclf.datasets.groups import GroupChunk
from shapeclf.recognition.fit_records import fit_columns, fit_record
from shapeclf.recognition.fitting import Fit, fit_many
from shapeclf.recognition.naming import Names
from shapeclf.recognition.recognizer import Recognizer

__all__ = ["CHUNK_POINTS", "GroupAnswers", "recognize_groups"]

CHUNK_POINTS = 2**15  # small, so that the progress bar moves: fits of some groups take seconds


@final
@dataclass(frozen=True, eq=False)  # comparing arrays gives no single truth value
class GroupAnswers:
    """The answers of a recogniser for the groups of one chunk.

    Attributes:
        chunk: The groups, with the record of what was read.
        families: Names of the classes, in the order of the posterior's columns.
        posterior: Posterior of each group as a finished set of points, shape (groups, families); NaN where there is no
            answer.
        fits: Fit of each group, None where there is none. The list itself is None if no fits are requested.
        errors: Reason why a group has no answer, by the index of the group.
        unweighted: Number of groups whose error bars are not used, because one of them is not above 0; None where there
            are no error bars.
        known: The families whose formulas are known, by name.
    """

    chunk: GroupChunk
    families: tuple[str, ...]
    posterior: FloatArray
    fits: list[Fit | None] | None
    errors: dict[int, str] = field(default_factory=dict)
    unweighted: int | None = None
    known: Mapping[str, Family] = field(default_factory=dict)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each answer as a dictionary for JSON.

        It has the group, the fields of `Recognition.to_dict` except ``closest``, the reason if there is no answer as
        ``error``, and what was read as ``data`` if the chunk has a record of that.
        """
        fitted, read = self._fit_records(), self.chunk.records()
        answers = zip(self.chunk.names, self._best(), self.posterior.tolist(), self.chunk.lengths.tolist(), strict=True)
        for index, (name, family, posterior, points) in enumerate(answers):
            probabilities = [None] * len(self.families) if family is None else posterior
            row: dict[str, Any] = {
                "group": name,
                "family": family,
                "probability": None if family is None else max(posterior),
                "posterior": dict(zip(self.families, probabilities, strict=True)),
                "points": points,
            }
            if self.fits is not None:
                row |= fitted[index]
            yield row | {"error": self.errors.get(index)} | ({"data": read[index]} if read else {})

    def columns(self) -> dict[str, Any]:
        """Return the answers as the columns of a table, with parameters and their errors as JSON."""
        names = self.chunk.names
        table: dict[str, Any] = {
            "group": np.array(names, dtype=np.uint64) if self.chunk.unsigned else names,
            "points": self.chunk.lengths,
            "family": self._best(),
            "probability": self.posterior.max(axis=1),
        }
        table |= {f"p_{name}": self.posterior[:, column] for column, name in enumerate(self.families)}
        if self.fits is not None:
            table |= fit_columns(self._fit_records())
        return table | {"error": [self.errors.get(index) for index in range(len(names))]}

    def _best(self) -> list[str | None]:
        """Return the most probable family of each group; None without an answer."""
        best = self.posterior.argmax(axis=1).tolist()
        return [None if index in self.errors else self.families[family] for index, family in enumerate(best)]

    def _fit_records(self) -> list[dict[str, Any]]:
        """Return the record of each group's fit, with the names of the columns; empty if no fits are requested."""
        names: list[Names | None] = list(map(Names.of, self.chunk.tables)) or [None]
        # There is one table for each group, one for all groups, or none.
        names = names if len(names) == len(self.chunk.names) else names * len(self.chunk.names)
        return [
            fit_record(fit, error_bars=self.unweighted is not None, names=each)
            for fit, each in zip(self.fits or [], names, strict=False)
        ]


def recognize_groups(
    recognizer: Recognizer, chunks: Iterable[GroupChunk], *, fit: bool = True
) -> Iterator[GroupAnswers]:
    """Yield the answers of groups in their order, chunk by chunk.

    A group without an answer does not stop the others. Its row has the reason in place of a family and probabilities.

    Args:
        recognizer: The recogniser that answers.
        chunks: Chunks of groups, as `GroupReader` yields them.
        fit: Whether equations are fitted; families with shape parameters are fitted one sequence at a time, which takes
            milliseconds each.

    Raises:
        InputError: ``chunks`` raises it.

    Example:
        >>> points = np.array([[1.0, 3.0], [2.0, 5.0], [3.0, 7.0], [4.0, 9.0], [5.0, 11.0], [6.0, 13.0]])
        >>> chunk = GroupChunk(["a"], points, np.array([6]))
        >>> (answers,) = recognize_groups(Recognizer.load(), [chunk])
        >>> [(row["group"], row["family"], row["equation"]) for row in answers.rows()]
        [('a', 'line', 'y = 2·x + 1')]
    """
    for chunk in chunks:
        posterior = np.full((len(chunk.lengths), len(recognizer.families)), np.nan)
        some, points, unusable = chunk.lengths > 0, chunk.points, None
        if chunk.y_error is not None:
            unusable = _unusable(chunk.y_error, chunk.lengths)
            points = np.column_stack([points, np.where(np.repeat(unusable, chunk.lengths), 0.0, chunk.y_error)])
        if some.any():
            posterior[some] = recognizer.set_posteriors(points, chunk.lengths[some])
        errors = _errors(recognizer, chunk, posterior)
        best = posterior.argmax(axis=1)
        best[list(errors)] = -1
        unweighted = None if unusable is None else int(unusable.sum())
        fits = _fits(recognizer, chunk, best, unusable) if fit else None
        yield GroupAnswers(chunk, recognizer.families, posterior, fits, errors, unweighted, recognizer.known)


def _errors(recognizer: Recognizer, chunk: GroupChunk, posterior: FloatArray) -> dict[int, str]:
    """Return the reasons of groups without an answer, by their index."""
    ends = np.cumsum(chunk.lengths)
    starts = ends - chunk.lengths
    without = np.flatnonzero(np.isnan(posterior).any(axis=1)).tolist()
    return {
        index: recognizer.no_answer_reason(chunk.points[starts[index] : ends[index]])
        if chunk.lengths[index]
        else "it has no points"
        for index in without
    }


def _unusable(y_error: FloatArray, lengths: IntArray) -> BoolArray:
    """Return which groups have error bars that cannot weight a fit: one of them is not above 0; shape (groups,)."""
    bad = np.append(0, np.cumsum(~(y_error > 0)))  # number of bad error bars before each point
    ends = np.cumsum(lengths)
    unusable: BoolArray = bad[ends] > bad[ends - lengths]
    return unusable


def _fits(recognizer: Recognizer, chunk: GroupChunk, best: IntArray, unusable: BoolArray | None) -> list[Fit | None]:
    """Return the fit of each group to its most probable family; None where there is none."""
    fits: list[Fit | None] = [None] * len(chunk.lengths)
    starts = np.cumsum(chunk.lengths) - chunk.lengths
    weighted = np.zeros(len(starts), dtype=np.bool_) if unusable is None else ~unusable
    # Sequences whose lengths lie between the same powers of two are padded together, which at most doubles memory.
    octaves = np.frexp(chunk.lengths)[1]
    kinds = np.stack([best, octaves, weighted], axis=-1)
    for kind in np.unique(kinds, axis=0):
        family = recognizer.known.get(recognizer.families[kind[0]]) if kind[0] >= 0 else None
        if family is None:
            continue
        groups = np.flatnonzero((kinds == kind).all(axis=1))
        lengths = chunk.lengths[groups]
        rows = np.minimum(starts[groups, None] + np.arange(lengths.max()), len(chunk.points) - 1)
        y_error = chunk.y_error[rows] if chunk.y_error is not None and kind[2] else None
        for group, fit in zip(groups.tolist(), fit_many(family, chunk.points[rows], lengths, y_error), strict=True):
            fits[group] = fit
    return fits
