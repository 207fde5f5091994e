"""Many sequences side by side, point by point."""

import math
from typing import final

import numpy as np
import onnxruntime
from numpy.typing import ArrayLike

from shapeclf.datasets._arguments import shown, whole_number
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.errors import InputError
from shapeclf.recognition.checking import numbers_of
from shapeclf.recognition.domains import Domains
from shapeclf.recognition.model_file import ANSWERS, ModelFile
from shapeclf.recognition.stream import NO_ANSWER, AnyArray, probabilities, restricted

__all__ = ["Streams"]


@final
class Streams:
    """Many streams side by side, of which a call takes a point each; made by `Recognizer.streams`.

    Example:
        >>> from shapeclf import Recognizer
        >>> streams = Recognizer.load("fresh").streams(1000)
        >>> streams.update(np.tile([5.0, 2.1], (1000, 1))).shape
        (1000, 3)
        >>> streams.update([(6.0, 2.5), (9.0, 3.0)], which=[17, 4]).shape
        (2, 3)
        >>> streams.points[[4, 5]].tolist()
        [2, 1]
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        model: ModelFile,
        families: tuple[str, ...],
        columns: list[int] | None,
        domains: Domains,
        count: int,
        at_once: int,
    ) -> None:
        whole_number("streams", count, low=1)
        self.families = families
        self._model = model
        self._domains = domains
        self._columns = columns
        self._session = session
        self._at_once = at_once
        # Streams along the first axis, so that those of some streams are cut out and put back quickly.
        try:
            self.points: IntArray = np.zeros(count, dtype=np.int64)
            self._low, self._high = np.full(count, np.inf), np.full(count, -np.inf)  # of x so far
            self._state = [np.zeros((count, math.prod(s.shape_for(1))), dtype=s.dtype) for s in model.state]
        except (MemoryError, OverflowError, ValueError):
            raise InputError(f"{count} streams need more memory than there is") from None

    def __len__(self) -> int:
        return len(self.points)

    def update(self, points: ArrayLike, which: ArrayLike | None = None) -> FloatArray:
        """Takes in one point of each of some streams.

        Args:
            points: x and y, shape (streams, 2).
            which: numbers from 0 of the streams that they belong to, each once, shape (streams,); by default all.

        Returns:
            probability of each family, shape (streams, families), in the order of ``points``.

        Raises:
            InputError: the shapes do not fit, a number is none of a stream or comes twice, or a point is not finite or
                beyond what the model can compute with; the text says which stream. Then all streams stay as they were.
        """
        rows = self._rows(which)
        new = numbers_of(points)
        if new.shape != (len(rows), 2):
            raise InputError(f"points must have the shape ({len(rows)}, 2), one (x, y) a stream; got {new.shape}")
        _refuse(rows[~np.isfinite(new).all(axis=1)], "x and y must be finite numbers")
        posterior = np.empty((len(rows), len(self.families)))
        states = [np.empty((len(rows), state.shape[1]), dtype=state.dtype) for state in self._state]
        for start in range(0, len(rows), self._at_once):
            part = slice(start, start + self._at_once)
            posterior[part] = self._step(new[part], rows[part], [state[part] for state in states])
        _refuse(rows[np.isnan(posterior[:, 0])], f"after this point there is no answer: {NO_ANSWER}")
        for kept, state in zip(self._state, states, strict=True):
            kept[rows] = state
        self._low[rows], self._high[rows] = self._span(new, rows)
        self.points[rows] += 1
        return posterior

    def reset(self, which: ArrayLike | None = None) -> None:
        """Begins some streams anew, as if they had had no point; by default all.

        Args:
            which: their numbers from 0, each once.

        Raises:
            InputError: a number is none of a stream or comes twice.
        """
        rows = self._rows(which)
        for kept in self._state:
            kept[rows] = 0
        self._low[rows], self._high[rows] = np.inf, -np.inf
        self.points[rows] = 0

    def _rows(self, which: ArrayLike | None) -> IntArray:
        if which is None:
            return np.arange(len(self))
        try:
            rows = np.asarray(which)
        except ValueError:  # lists of unequal lengths
            raise InputError(f"which must be whole numbers in one row, got {shown(which)}") from None
        if rows.ndim != 1 or not (np.issubdtype(rows.dtype, np.integer) or rows.size == 0):
            raise InputError(f"which must be whole numbers in one row, got {rows.dtype} of the shape {rows.shape}")
        rows = rows.astype(np.int64)
        outside = rows[(rows < 0) | (rows >= len(self))]
        if outside.size:
            raise InputError(f"which must be numbers of streams, from 0 to {len(self) - 1}; got {outside[0]}")
        if len(np.unique(rows)) < len(rows):
            raise InputError("which must name each stream once: a call takes one point of each")
        return rows

    def _step(self, points: FloatArray, rows: IntArray, states: list[AnyArray]) -> FloatArray:
        """The posterior of some streams; writes their new states into ``states``."""
        feeds = {
            tensor.name: _as_tensor(kept[rows], tensor.shape)
            for tensor, kept in zip(self._model.state, self._state, strict=True)
        }
        wanted = [ANSWERS, *(f"next_{tensor.name}" for tensor in self._model.state)]
        try:
            answers, *after = self._session.run(wanted, {"points": points[:, None], **feeds})
        except Exception:  # onnxruntime's own error classes have no common base
            if len(rows) > 1:  # which of them was it?
                one_by_one = (slice(i, i + 1) for i in range(len(rows)))
                return np.concatenate([self._step(points[i], rows[i], [s[i] for s in states]) for i in one_by_one])
            return np.full((1, len(self.families)), np.nan)
        for tensor, state, new in zip(self._model.state, states, after, strict=True):
            state[:] = np.moveaxis(new, tensor.shape.index(-1), 0).reshape(len(rows), -1)
        last = answers[:, 0]
        chosen = last if self._columns is None else restricted(last, self._columns)
        return probabilities(self._domains.without_others(chosen, *self._span(points, rows)))

    def _span(self, points: FloatArray, rows: IntArray) -> tuple[FloatArray, FloatArray]:
        """The lowest and the highest x of some streams, new points included."""
        return np.minimum(self._low[rows], points[:, 0]), np.maximum(self._high[rows], points[:, 0])


def _as_tensor(rows: AnyArray, shape: tuple[int, ...]) -> AnyArray:
    """The state of some streams, one a row, in the shape of a state tensor, -1 where its batch stands."""
    batch = shape.index(-1)
    inner = (*shape[:batch], *shape[batch + 1 :])
    return np.ascontiguousarray(np.moveaxis(rows.reshape(len(rows), *inner), 0, batch))


def _refuse(streams: IntArray, text: str) -> None:
    """Raises InputError for the first of these streams, if there is one."""
    if streams.size:
        raise InputError(f"stream {streams[0]}: {text}")
