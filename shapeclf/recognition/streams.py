"""Streams: the posterior of one or many sequences whose points arrive one by one."""

import math
from collections.abc import Iterable
from typing import final

import numpy as np
import onnxruntime
from numpy.typing import ArrayLike

from shapeclf.datasets._arguments import as_float_array, shown, whole_number
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.errors import InputError
from shapeclf.recognition.checking import COLUMNS
from shapeclf.recognition.family_filter import TOO_LARGE, FamilyFilter, chosen_families, probabilities
from shapeclf.recognition.loaded_model import AnyArray, LoadedModel
from shapeclf.recognition.model_file import ANSWERS

__all__ = ["Stream", "Streams"]

Rows = IntArray | slice
"""Indices of streams, or all of them."""

_ALL = slice(None)


@final
class Streams:
    """Many streams, created by `Recognizer.streams`; one call passes a point to each of them, or to each of some.

    Only the state of the network, the excluded families and the number of points of each stream are stored, so every
    point takes the same time.

    Attributes:
        families: The names of the families, in the order of all answers.
        next_points: The array from which a step of all streams reads its points, shape (streams, columns of the model).

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

    def __init__(self, loaded: LoadedModel, families: FamilyFilter, count: int) -> None:
        model = loaded.model
        whole_number("streams", count, low=1)
        self.families = families.families
        self._filter = families
        self._loaded = loaded
        self._axes = loaded.next_states.values()
        try:
            # A step of all streams is counted once, in `_common`; the array holds what differs between streams.
            self._points: IntArray = np.zeros(count, dtype=np.int64)
            self._common = 0
            # Families that are not considered, or not defined at the x of an earlier point.
            self._excluded = np.zeros((count, len(self.families)), dtype=np.bool_)
            self._any_excluded = False
            self._state = [np.zeros(s.shape_for(count), s.dtype) for s in model.state]
            self.next_points: FloatArray = np.empty((count, model.columns))
            self._answers = np.empty((count, 1, len(model.families)), dtype=np.float32)
        except (MemoryError, OverflowError, ValueError):
            raise InputError(f"{count} streams need more memory than there is") from None
        # A step of all streams writes the next state here, so that a failed step leaves the state unchanged.
        self._next_state: list[AnyArray] = []
        self._steps: list[onnxruntime.IOBinding] = []

    def __len__(self) -> int:
        return len(self._points)

    @property
    def points(self) -> IntArray:
        """Number of points that each stream has received, shape (streams,)."""
        return self._points + self._common

    def _bind(self, before: list[AnyArray], after: list[AnyArray]) -> onnxruntime.IOBinding:
        """Bind the arrays that a step of all streams reads and writes, so that no step allocates or checks arrays."""
        binding = self._loaded.runtime.io_binding()
        read = [
            ("points", self.next_points[:, None]),
            *zip((s.name for s in self._loaded.model.state), before, strict=True),
        ]
        written = [(ANSWERS, self._answers), *zip(self._loaded.next_states, after, strict=True)]
        for bind, arrays in ((binding.bind_input, read), (binding.bind_output, written)):
            for name, array in arrays:
                bind(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
        return binding

    def update(self, points: ArrayLike, which: ArrayLike | None = None) -> FloatArray:
        """Pass one point to each of some streams.

        Args:
            points: One (x, y) or (x, y, y_error) for each stream, shape (streams, 2 or 3); y_error is 0 where it is not
                known. A model file of format 1 has no y_error and ignores it.
            which: Indices of these streams, each once, shape (streams,); by default all streams.

        Returns:
            Probability of each family, shape (streams, families), in the order of ``points``.

        Raises:
            InputError: The shapes do not match, an index is out of range or repeated, a point is not finite or has a
                y_error below 0, the model cannot compute with it, or no considered family is defined at its x. Then all
                streams are unchanged.
        """
        rows = self._rows(which)
        new = as_float_array(points)
        numbers = np.arange(len(self))[rows]
        if new.shape not in [(len(numbers), columns) for columns in COLUMNS]:
            raise InputError(
                f"points must have the shape ({len(numbers)}, 2), one (x, y) a stream, or ({len(numbers)}, 3) with "
                f"y_error; got {new.shape}"
            )
        wrong = np.flatnonzero(~np.isfinite(new).all(axis=1) | (new[:, 2:] < 0).any(axis=1))
        if wrong.size:
            is_finite = np.isfinite(new[wrong[0], :2]).all()
            rule = "y_error must be a finite number from 0 up" if is_finite else "x and y must be finite numbers"
            raise InputError(f"stream {numbers[wrong[0]]}: {rule}")
        new = self._loaded.inputs_of(new)
        return self.advance(new, rows, numbers) if numbers.size else np.empty((0, len(self.families)))

    def advance(self, points: FloatArray, rows: Rows = _ALL, numbers: IntArray | None = None) -> FloatArray:
        """Pass one point, already checked, to each of some streams; see `update`.

        Args:
            points: Finite points, with the columns of the model, shape (streams, columns), at least one. They may be
                the array `next_points`, which is then not copied.
            rows: Indices of their streams, each once.
            numbers: Numbers of the streams for errors; None to leave them out.
        """
        answers = self._run_all(points) if isinstance(rows, slice) else None
        after = None
        if answers is None:
            state = self._loaded.states_of(self._state, rows)
            all_answers, *after = self._loaded.run(points[:, None], [ANSWERS, *self._loaded.next_states], state)
            answers = all_answers[:, 0]
        excluded = self._excluded[rows] if self._any_excluded else None
        x = points[:, 0].tolist()  # for few streams, faster than numpy's functions
        if not self._filter.all_defined(min(x), max(x)):
            excluded = self._excluded[rows] | self._filter.excluded(points[:, 0], points[:, 0])
        posterior = probabilities(self._filter.log_probabilities(answers, excluded))
        first = posterior[:, 0].tolist()
        if True in map(math.isnan, first):
            index = list(map(math.isnan, first)).index(True)
            stream = "" if numbers is None else f"stream {numbers[index]}: "
            impossible = excluded is not None and excluded[index].all()
            reason = "none of the considered families is defined at such x" if impossible else TOO_LARGE
            raise InputError(f"{stream}after this point there is no answer: {reason}")
        if after is None:
            self._state, self._next_state = self._next_state, self._state
            self._steps.reverse()
            self._common += 1
        else:
            for old, new, axis in zip(self._state, after, self._axes, strict=True):
                np.moveaxis(old, axis, 0)[rows] = np.moveaxis(new, axis, 0)
            self._points[rows] += 1
        if excluded is not None:
            self._excluded[rows], self._any_excluded = excluded, True
        return posterior

    def _run_all(self, points: FloatArray) -> AnyArray | None:
        """Return the answers for all streams, and write their next state; None if there are too many or it fails."""
        if not self._steps:
            if len(self) > self._loaded.points_at_once:
                return None
            self._next_state = [np.empty_like(state) for state in self._state]
            pairs = (self._state, self._next_state), (self._next_state, self._state)
            self._steps = [self._bind(*pair) for pair in pairs]
        if points is not self.next_points:
            self.next_points[:] = points
        try:
            self._loaded.runtime.run_with_iobinding(self._steps[0])
        except Exception:  # onnxruntime's own error classes have no common base
            return None
        return self._answers[:, 0]

    def reset(self, which: ArrayLike | None = None, among: Iterable[str] | None = None) -> None:
        """Reset some streams to their state before the first point.

        Args:
            which: Indices of the streams, each once; by default all streams.
            among: Names of the families that these streams consider, the others having probability 0; by default all.

        Raises:
            InputError: An index is out of range or repeated, or a family is not known.
        """
        rows = self._rows(which)
        considered = self.families if among is None else chosen_families(self.families, among)
        for state, axis in zip(self._state, self._axes, strict=True):
            np.moveaxis(state, axis, 0)[rows] = 0
        self._excluded[rows] = ~np.isin(self.families, considered)
        self._any_excluded = bool(self._excluded.any())
        self._points[rows] = -self._common

    def _rows(self, which: ArrayLike | None) -> Rows:
        if which is None:
            return _ALL
        try:
            rows = np.asarray(which)
        except ValueError:  # lists of unequal lengths
            raise InputError(f"which must be whole numbers in a one-dimensional array, got {shown(which)}") from None
        if rows.ndim != 1 or not (np.issubdtype(rows.dtype, np.integer) or rows.size == 0):
            raise InputError(
                f"which must be whole numbers in a one-dimensional array, got {rows.dtype} of the shape {rows.shape}"
            )
        rows = rows.astype(np.int64)
        outside = rows[(rows < 0) | (rows >= len(self))]
        if outside.size:
            raise InputError(f"which must be numbers of streams, from 0 to {len(self) - 1}; got {outside[0]}")
        if len(np.unique(rows)) < len(rows):
            raise InputError("which must not repeat a stream: a call takes one point of each")
        return rows


@final
class Stream:
    """A stream of the points of one sequence, with the posterior after each; created by `Recognizer.stream`."""

    def __init__(self, streams: Streams) -> None:
        self.families = streams.families
        self._streams = streams

    @property
    def points(self) -> int:
        """Number of points that the stream has received."""
        return int(self._streams.points[0])

    def update(self, x: float, y: float, y_error: float = 0.0) -> FloatArray:
        """Pass one point to the stream.

        Args:
            x: Value of x.
            y: Value of y.
            y_error: Standard deviation of y; 0 if it is not known. A model file of format 1 has no y_error and
                ignores it.

        Returns:
            Probability of each family, shape (families,).

        Raises:
            InputError: x or y is not finite, y_error is below 0 or not finite, the model cannot compute with them, or
                no considered family is defined at this x; then the stream is unchanged.
        """
        try:
            x, y, y_error = float(x), float(y), float(y_error)
        except (OverflowError, TypeError, ValueError):
            given = f"{shown(x)}, {shown(y)} and {shown(y_error)}"
            raise InputError(f"x, y and y_error must be numbers, got {given}") from None
        if not (math.isfinite(x) and math.isfinite(y)):
            raise InputError(f"x and y must be finite numbers, got {x!r} and {y!r}")
        if not 0 <= y_error < math.inf:
            raise InputError(f"y_error must be a finite number from 0 up, got {y_error!r}")
        point = self._streams.next_points
        point[0] = (x, y, y_error)[: point.shape[1]]
        posterior: FloatArray = self._streams.advance(point)[0]
        return posterior
