"""The recogniser, which returns the probability of each family after every point."""

from collections.abc import Iterable
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from typing import Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shapeclf.datasets._arguments import shown
from shapeclf.datasets._types import BoolArray, FloatArray
from shapeclf.datasets.catalogue import BUILT_IN, known_families
from shapeclf.datasets.families import NONE, Family, check_families
from shapeclf.errors import InputError
from shapeclf.recognition.checking import (
    check_batch,
    check_lengths,
    check_sequences,
    error_bars_of,
    points_of,
    sequence_of,
)
from shapeclf.recognition.family_filter import TOO_LARGE, FamilyFilter, chosen_families, probabilities
from shapeclf.recognition.loaded_model import LoadedModel
from shapeclf.recognition.locating import DEFAULT_MODEL, locate_model
from shapeclf.recognition.model_file import ANSWERS, FINAL_ANSWERS, ModelFile, read_model_file
from shapeclf.recognition.point_sets import round_y, set_posteriors, sort_sets, trained_points
from shapeclf.recognition.recognition import Recognition
from shapeclf.recognition.streams import Stream, Streams

__all__ = ["Recognizer"]


@final
class Recognizer:
    """Recognises the family of points with a model file, without torch. Use `load` to create one.

    Args:
        model: A model file that has been read and checked.
        threads: Number of processor threads of a call; 0 leaves the choice to onnxruntime.
        among: Names of the only families to consider, over which all answers are normalised (`FamilyFilter`); by
            default all families of the model.
        user_families: The user's own families that the model was trained on, for their equations.

    Raises:
        InputError: The model cannot be loaded by onnxruntime, or does not know a family.

    Example:
        >>> recognizer = Recognizer.load()
        >>> seen = recognizer.recognize([1, 2, 3, 4, 5, 6], [4.9, 19.5, 44.3, 78.3, 122.6, 176.4])
        >>> seen.family, seen.equation
        ('parabola', 'y = 4.9009·x² + 0.003')
    """

    def __init__(
        self,
        model: ModelFile,
        *,
        threads: int = 1,
        among: Iterable[str] | None = None,
        user_families: Iterable[Family] = (),
    ) -> None:
        self._user_families = check_families("user_families", user_families)
        for family in self._user_families:
            if family.name not in model.families:
                raise InputError(
                    f"user_families: the model {model.source} does not know the family {family.name!r}, only "
                    f"{', '.join(model.families)}; a model learns a family of your own by shapeclf train --family"
                )
        self._families = model.families if among is None else chosen_families(model.families, among)
        self._loaded = LoadedModel(model, threads)

    def __reduce__(self) -> tuple[object, ...]:
        # The model's bytes and the settings: a session of onnxruntime can neither be pickled nor copied.
        return partial(
            Recognizer,
            self.model,
            threads=self._loaded.threads,
            among=self._families,
            user_families=self._user_families,
        ), ()

    def __repr__(self) -> str:
        return f"<Recognizer of {self.model.source!r}: {', '.join(self.families)}>"

    @classmethod
    def load(
        cls,
        path: str | Path | None = None,
        *,
        threads: int = 1,
        among: Iterable[str] | None = None,
        user_families: Iterable[Family] = (),
    ) -> Self:
        """Load a model file, the model of a run, or a shipped model.

        Args:
            path: A model file, the folder of a run, a folder of runs, of which the newest is used, or the name of a
                shipped model; None for `real`, which knows every built-in family and the class ``none``.
            threads: See the class.
            among: See the class.
            user_families: See the class.

        Raises:
            InputError: There is no such model, it cannot be used, or it does not know a family.
        """
        if not (path is None or isinstance(path, str | PathLike)):
            raise InputError(f"path must be a name or a path, got {shown(path)}")
        try:
            model = read_model_file(locate_model(DEFAULT_MODEL if path is None else path))
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}") from None
        return cls(model, threads=threads, among=among, user_families=user_families)

    def restricted(self, among: Iterable[str]) -> Self:
        """Return a recogniser that considers only some families of the same loaded model.

        Raises:
            InputError: The model does not know a family, one is given twice, or none is given.

        Example:
            >>> Recognizer.load().restricted(["line", "sqrt"]).families
            ('line', 'sqrt')
        """
        other = object.__new__(type(self))
        other._user_families, other._loaded = self._user_families, self._loaded
        other._families = chosen_families(self.model.families, among)
        return other

    @property
    def model(self) -> ModelFile:
        """The model file."""
        return self._loaded.model

    @property
    def families(self) -> tuple[str, ...]:
        """The names of the families, in the order of all answers."""
        return self._families

    @cached_property
    def classes_(self) -> NDArray[np.str_]:
        """The names of the families as an array, under the name that scikit-learn uses."""
        return np.array(self.families)

    def log_probabilities(self, points: FloatArray, *, final: bool = True) -> NDArray[np.float32]:
        """Return the log-probabilities of the families after every point, for sequences of equal length.

        The last answer is for a finished sequence if ``final`` is true and the model has such answers. It may differ
        from the answer for a sequence that goes on: five points that cover the whole range of x are different
        evidence from the first five of fifty.

        Args:
            points: (x, y) or (x, y, y_error) of the sequences, shape (batch, points, 2 or 3), float64; y_error is 0
                where it is not known. A model file of format 1 has no y_error and ignores it.
            final: Whether the sequences end with these points.

        Returns:
            Shape (batch, points, families); NaN where the model cannot compute with the points.

        Raises:
            InputError: ``points`` has another shape or type.
        """
        check_batch(points)
        outputs = [ANSWERS, FINAL_ANSWERS] if final and self.model.final_answers else [ANSWERS]
        answers, *final_answers = self._loaded.run(self._loaded.inputs_of(points), outputs)
        for each in final_answers:
            answers[:, -1] = each[:, -1]
        x = points[..., 0]
        excluded = self._excluded(np.minimum.accumulate(x, axis=1), np.maximum.accumulate(x, axis=1))
        return self._filter.log_probabilities(answers, excluded)

    def _excluded(self, low: FloatArray, high: FloatArray) -> BoolArray | None:
        """Return which families are not defined for x from low to high, shape (..., families); None if all are."""
        everywhere = low.size == 0 or self._filter.all_defined(float(low.min()), float(high.max()))
        return None if everywhere else self._filter.excluded(low, high)

    @cached_property
    def _filter(self) -> FamilyFilter:
        return FamilyFilter(self.model.families, self.families, self.known)

    @cached_property
    def known(self) -> dict[str, Family]:
        """The families whose formulas are known, by name: the user's own, built-in and installed ones."""
        by_name = {family.name: family for family in self._user_families}
        missing = set(self.families) - set(by_name) - {family.name for family in BUILT_IN} - {NONE}
        others = known_families() if missing else {}  # finding installed families imports their packages
        available = {name: found.family for name, found in others.items()}
        available |= {family.name: family for family in BUILT_IN} | by_name
        return {name: available[name] for name in self.families if name in available}

    def recognize(self, x: ArrayLike, y: ArrayLike, y_error: ArrayLike | None = None) -> Recognition:
        """Return the answer to one set of points, and the posterior after each of them in the given order.

        Args:
            x: Values of x, shape (points,); a list, a numpy array, a column of pandas or Arrow.
            y: Values of y, shape (points,).
            y_error: Standard deviation of each y, shape (points,), or one number for all. It weights the fit, and the
                posterior uses it unless the model file is of format 1, which has no y_error.

        Raises:
            InputError: x and y are not finite numbers, of equal length, at least one each; the model cannot compute
                with them; or a standard deviation is not above 0.
        """
        points = points_of(x, y)
        error_bars = None if y_error is None else error_bars_of(y_error, len(points))
        readings = points if error_bars is None else np.column_stack([points, error_bars])
        lengths = np.array([len(points)])
        posterior = probabilities(self.log_probabilities(readings[None])[0])
        if np.isnan(posterior).any():
            readings = round_y(readings, lengths)
            posterior = probabilities(self.log_probabilities(readings[None])[0])
        if np.isnan(posterior).any():
            raise InputError(f"these points have no answer: {self.no_answer_reason(points)}")
        if (np.diff(points[:, 0]) > 0).all() and len(points) <= (self.longest or len(points)):
            # The given order is the sorted one.
            answer = posterior[-1]
        else:
            (answer,) = self.set_posteriors(readings, np.array([len(points)]))
        if np.isnan(answer).any():
            raise InputError(f"these points have no answer: {self.no_answer_reason(points)}")
        by_name = dict(zip(self.families, answer.tolist(), strict=True))
        return Recognition(self.families, posterior, points, self.known, error_bars, by_name)

    def predict_proba(self, sequences: Iterable[ArrayLike]) -> FloatArray:
        """Return the posterior of each finished set of points, whatever the order of its rows.

        Args:
            sequences: Sequences of any lengths, each of shape (points, 2), or (points, 3) with y_error: lists, numpy
                arrays, tables of two or three columns. y_error is 0 where it is not known.

        Returns:
            Shape (sequences, families), columns in the order of ``classes_``.

        Raises:
            InputError: A sequence has another shape, no point, a value that is not finite, or no answer; the text names
                the sequence.
        """
        check_sequences(sequences)
        checked = [sequence_of(sequence, number) for number, sequence in enumerate(sequences, start=1)]
        if not checked:
            return np.empty((0, len(self.families)))
        points = np.concatenate([self._loaded.inputs_of(sequence) for sequence in checked])
        answers = self.set_posteriors(points, np.array([len(sequence) for sequence in checked]))
        without = np.flatnonzero(np.isnan(answers).any(axis=1))
        if without.size:
            reason = self.no_answer_reason(checked[without[0]])
            raise InputError(f"sequence {without[0] + 1} has no answer: {reason}")
        return answers

    def no_answer_reason(self, points: FloatArray) -> str:
        """Return the reason why a sequence has no answer.

        Args:
            points: Points of the sequence, shape (points, 2 or 3).
        """
        low, high = float(points[:, 0].min()), float(points[:, 0].max())
        if not self._filter.excluded(np.array(low), np.array(high)).all():
            return TOO_LARGE
        return f"none of {', '.join(self.families)} is defined for x from {low:g} to {high:g}"

    def posteriors(self, points: FloatArray, lengths: NDArray[np.int64]) -> FloatArray:
        """Return the posterior after the last point of each of many sequences in one array, in the given order.

        Args:
            points: Finite (x, y) or (x, y, y_error) of all sequences, one sequence after the other, shape
                (points, 2 or 3); y_error is 0 where it is not known.
            lengths: Number of points of each sequence, at least 1, shape (sequences,).

        Returns:
            Shape (sequences, families). NaN in the row of a sequence that has no answer; see `no_answer_reason`.

        Raises:
            InputError: The arrays have other shapes, or the lengths do not sum to the points.
        """
        lengths = check_lengths(points, lengths)
        points = self._loaded.inputs_of(points)
        answers = np.empty((len(lengths), len(self.families)))
        starts = np.cumsum(lengths) - lengths
        order = np.argsort(lengths, kind="stable")
        ordered = lengths[order]
        start = 0
        while start < len(order):  # batches of similar lengths, so that little is padded
            stop = self._loaded.batch_end(ordered, start)
            rows = order[start:stop]
            longest = int(lengths[rows[-1]])
            # A sequence is padded with its last point, which does not change the answers to the points before.
            indices = starts[rows, None] + np.minimum(np.arange(longest), lengths[rows, None] - 1)
            padded = points[indices]  # (rows, longest, columns)
            (after_each,) = self._loaded.run(padded, [FINAL_ANSWERS if self.model.final_answers else ANSWERS])
            last, x = after_each[np.arange(len(rows)), lengths[rows] - 1], padded[..., 0]
            answers[rows] = probabilities(
                self._filter.log_probabilities(last, self._excluded(x.min(axis=1), x.max(axis=1)))
            )
            start = stop
        return answers

    @cached_property
    def longest(self) -> int | None:
        """The largest number of points that the model was trained on; None if its record does not contain it."""
        return trained_points(self.model.record)

    def set_posteriors(self, points: FloatArray, lengths: NDArray[np.int64]) -> FloatArray:
        """Return the posterior of each of many finished sets of points, whatever the order of their rows.

        Rows are sorted by x. Rows that share an x are put into an order that gives y and −y the same answer (see
        `point_sets.set_posteriors`). Neighbouring points are averaged if the model was trained on fewer points.

        Args:
            points: See `posteriors`.
            lengths: See `posteriors`.

        Returns:
            Shape (sequences, families). NaN in the row of a sequence that has no answer; see `no_answer_reason`.
        """
        lengths = check_lengths(points, lengths)
        points, lengths = sort_sets(self._loaded.inputs_of(points), lengths, self.longest)
        return set_posteriors(self.posteriors, points, lengths)

    def predict(self, sequences: Iterable[ArrayLike]) -> NDArray[np.str_]:
        """Return the most probable class of each finished set of points; see `predict_proba`.

        Returns:
            Names, shape (sequences,).
        """
        names: NDArray[np.str_] = self.classes_[self.predict_proba(sequences).argmax(axis=-1)]
        return names

    def stream(self) -> Stream:
        """Return a stream for the points of one sequence; each update takes constant time and memory."""
        return Stream(self.streams(1))

    def streams(self, count: int) -> Streams:
        """Return many streams; one call passes a point to each of them, or to each of some.

        Args:
            count: Number of streams, at least 1; each takes the memory of the network's state, some kilobytes.

        Raises:
            InputError: The number is below 1, or needs more memory than there is.
        """
        return Streams(self._loaded, self._filter, count)
