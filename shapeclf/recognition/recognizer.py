"""The recogniser: points in, the probability of each family out, after every point."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self, final

import numpy as np
import onnxruntime
from numpy.typing import ArrayLike, NDArray

from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.recognition.locating import locate_model
from shapeclf.recognition.model_file import ModelFile, read_model_file
from shapeclf.recognition.stream import Stream

__all__ = ["Recognition", "Recognizer"]

_POINTS_AT_ONCE = 16_384  # padded points in one call of the runtime: its buffers stay within the cache


@final
@dataclass(frozen=True)
class Recognition:
    """What a recogniser says of one sequence.

    Attributes:
        families: names, in the order of the posterior's columns.
        posterior: probability of each family after every point, shape (points, families).
    """

    families: tuple[str, ...]
    posterior: FloatArray

    @property
    def family(self) -> str:
        """The most probable family after the last point."""
        return self.families[int(self.posterior[-1].argmax())]

    @property
    def probability(self) -> float:
        """Its probability."""
        return float(self.posterior[-1].max())


@final
class Recognizer:
    """Recognises with a model file, on numpy and onnxruntime alone.

    Make one with `load`.

    Args:
        model: a model file that has been read and checked.
        threads: processor threads of one call; 0 leaves the choice to onnxruntime.

    Raises:
        InputError: onnxruntime does not take the model.

    Example:
        >>> recognizer = Recognizer.load("runs/version_0")             # doctest: +SKIP
        >>> recognizer.recognize([1, 2, 3], [5, 7, 9]).family          # doctest: +SKIP
        'line'
    """

    def __init__(self, model: ModelFile, *, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that wait busily take the cores from whoever has work.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4  # what goes wrong is raised, not printed
        self.model = model
        try:
            self._session = onnxruntime.InferenceSession(
                model.content, sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own error classes have no common base
            raise InputError(f"{model.source}: onnxruntime does not take it ({type(error).__name__})") from None

    @classmethod
    def load(cls, path: str | Path | None = None, *, threads: int = 1) -> Self:
        """The recogniser of a model file, of a run's folder, or of a shipped model's name.

        Args:
            path: by default the newest run below ``runs`` in the current folder.
            threads: processor threads of one call; 0 leaves the choice to onnxruntime.

        Raises:
            InputError: there is no such model, or it is not sound.
        """
        return cls(read_model_file(locate_model(None if path is None else str(path))), threads=threads)

    @property
    def families(self) -> tuple[str, ...]:
        """The names of the families, in the order of all answers."""
        return self.model.families

    @cached_property
    def classes_(self) -> NDArray[np.str_]:
        """The names of the families, as scikit-learn calls them."""
        return np.array(self.families)

    def log_probabilities(self, points: FloatArray) -> NDArray[np.float32]:
        """Log-probabilities of the families after every point, for sequences of one length.

        Args:
            points: shape (batch, points, 2), float64.

        Returns:
            shape (batch, points, families).
        """
        batch, length, _ = points.shape
        answers = np.empty((batch, length, len(self.families)), dtype=np.float32)
        rows = max(1, _POINTS_AT_ONCE // length)
        for start in range(0, batch, rows):
            part = points[start : start + rows]
            feeds = {s.name: np.zeros(s.shape_for(len(part)), s.dtype) for s in self.model.state}
            (answers[start : start + rows],) = self._session.run(["log_probabilities"], {"points": part, **feeds})
        return answers

    def recognize(self, x: ArrayLike, y: ArrayLike) -> Recognition:
        """The posterior after every point of one sequence.

        Args:
            x: shape (points,).
            y: shape (points,).

        Raises:
            InputError: x and y are not finite numbers of one length, at least one each.
        """
        columns = [_numbers(values) for values in (x, y)]
        if columns[0].ndim != 1 or columns[0].shape != columns[1].shape:
            raise InputError(
                f"x and y must be flat and of one length, got shapes {columns[0].shape} and {columns[1].shape}"
            )
        points = _checked_points(np.stack(columns, axis=-1))
        return Recognition(self.families, _probabilities(self.log_probabilities(points[None])[0]))

    def predict_proba(self, sequences: Iterable[ArrayLike]) -> FloatArray:
        """The posterior after the last point of each sequence.

        Args:
            sequences: each of shape (points, 2), of any lengths.

        Returns:
            shape (sequences, families), columns in the order of ``classes_``.

        Raises:
            InputError: a sequence has another shape, no point, or a value that is not finite.
        """
        checked = [_checked_points(_numbers(sequence)) for sequence in sequences]
        answers = np.empty((len(checked), len(self.families)))
        lengths = np.array([len(sequence) for sequence in checked], dtype=np.int64)
        order = np.argsort(lengths, kind="stable")
        start = 0
        while start < len(order):  # parts of similar lengths, so that little is padded
            stop = start + 1
            while stop < len(order) and (stop + 1 - start) * lengths[order[stop]] <= _POINTS_AT_ONCE:
                stop += 1
            rows = order[start:stop]
            answers[rows] = self._after_last([checked[row] for row in rows], lengths[rows])
            start = stop
        return answers

    def _after_last(self, sequences: Sequence[FloatArray], lengths: NDArray[np.int64]) -> FloatArray:
        padded = np.zeros((len(sequences), int(lengths.max()), 2))  # right of its end nothing changes an answer
        for row, sequence in zip(padded, sequences, strict=True):  # the sequences are separate arrays
            row[: len(sequence)] = sequence
        return _probabilities(self.log_probabilities(padded)[np.arange(len(lengths)), lengths - 1])

    def predict(self, sequences: Iterable[ArrayLike]) -> NDArray[np.str_]:
        """The most probable family after the last point of each sequence; see `predict_proba`.

        Returns:
            names, shape (sequences,).
        """
        names: NDArray[np.str_] = self.classes_[self.predict_proba(sequences).argmax(axis=-1)]
        return names

    def stream(self) -> Stream:
        """A stream of points of one sequence: each update takes constant time and memory."""
        return Stream(self._session, self.model)


def _probabilities(log_probabilities: NDArray[np.float32]) -> FloatArray:
    """Probabilities that sum to one in double precision, families along the last axis."""
    probabilities: FloatArray = np.exp(log_probabilities.astype(np.float64))
    probabilities /= probabilities.sum(axis=-1, keepdims=True)
    return probabilities


def _numbers(values: ArrayLike) -> FloatArray:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"not an array of numbers: {error}") from None


def _checked_points(points: FloatArray) -> FloatArray:
    if points.ndim != 2 or points.shape[1] != 2 or points.shape[0] < 1:
        raise InputError(f"a sequence must have the shape (points, 2) with at least one point, got {points.shape}")
    if not np.isfinite(points).all():
        row, column = np.argwhere(~np.isfinite(points))[0]
        raise InputError(f"point {row + 1}: {'xy'[column]} must be a finite number, got {points[row, column]}")
    return points
