"""A model file loaded in onnxruntime."""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from shapeclf.datasets._arguments import whole_number
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.errors import InputError
from shapeclf.recognition.model_file import ModelFile

__all__ = ["AnyArray", "LoadedModel"]

AnyArray = NDArray[Any]

# Sequences that are too long for one call are cut, and up to 16 of them go through the model together. A step of an
# LSTM for a single sequence costs a third more than its share of a step for 16.
_ROWS_OF_LONG = 16
# Limits on the padded points of up to 16 long sequences that are answered together: relative to the points without
# padding, and relative to the points of one call (some megabytes).
_MAX_PADDING = 1.1
_MAX_CALLS = 32
_NUMBERS_AT_ONCE = 524_288  # intermediate results of one call, few enough to stay within the cache
_MAX_ELEMENTS = 2**26  # elements of all tensors of one call, of 8 bytes at most
_MIN_NUMBERS = 32  # lowest number of intermediate results per point that is assumed, for models with a small state
_MAX_THREADS = 1024


@final
class LoadedModel:
    """A model loaded in onnxruntime, shared by recognisers that consider different families of the model.

    Args:
        model: A model file that has been read and checked.
        threads: Processor threads of one call; 0 leaves the choice to onnxruntime.

    Raises:
        InputError: ``threads`` is out of range, or onnxruntime cannot load the model.
    """

    def __init__(self, model: ModelFile, threads: int) -> None:
        self.model = model
        self.threads = whole_number("threads", threads, low=0, high=_MAX_THREADS)
        # The axis of the batch, by the name of each next state.
        self.next_states = {f"next_{state.name}": state.shape.index(-1) for state in model.state}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        # Threads that wait in a busy loop take processor time from others.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4  # errors are raised, not printed
        try:
            # onnxruntime would report a fallback on standard output.
            self.runtime = onnxruntime.InferenceSession(
                model.content, sess_options=options, providers=["CPUExecutionProvider"], enable_fallback=0
            )
        except Exception as error:  # onnxruntime's own error classes have no common base
            raise InputError(f"{model.source}: onnxruntime cannot load it ({type(error).__name__})") from None

    def inputs_of(self, points: FloatArray) -> FloatArray:
        """Return points with the columns of the model: without y_error, or with 0 where it is not given."""
        missing = self.model.columns - points.shape[-1]
        if missing > 0:
            return np.concatenate([points, np.zeros((*points.shape[:-1], missing))], axis=-1)
        return points if missing == 0 else np.ascontiguousarray(points[..., : self.model.columns])

    @cached_property
    def points_at_once(self) -> int:
        """Number of points of one call of onnxruntime."""
        state_size = sum(math.prod(state.shape_for(1)) for state in self.model.state)
        return max(1, min(_NUMBERS_AT_ONCE // max(state_size, _MIN_NUMBERS), _MAX_ELEMENTS // self.model.elements))

    def batch_end(self, ordered: IntArray, start: int) -> int:
        """Return the index after the last sequence of the batch that begins at ``start``.

        A batch has at least one sequence. Either its padded points fit into one call, or it consists of few, long
        sequences with little padding. ``ordered`` holds the lengths of all sequences in ascending order.
        """
        at_once = self.points_at_once
        lengths = ordered[start : start + max(_ROWS_OF_LONG, at_once // int(ordered[start]))]
        count = np.arange(1, len(lengths) + 1)
        padded = count * lengths
        limit = np.minimum(_MAX_PADDING * np.cumsum(lengths), _MAX_CALLS * at_once)
        fits = (padded <= at_once) | ((count <= _ROWS_OF_LONG) & (padded <= limit))
        return start + max(1, int(np.argmin(np.append(fits, False))))

    def run(
        self, points: FloatArray, outputs: Sequence[str], state: Sequence[AnyArray] | None = None
    ) -> list[AnyArray]:
        """Return outputs of the model for sequences of equal length; NaN for each sequence on which it fails.

        Long sequences are cut into parts, so that memory stays bounded. Each part begins with the state at the end of
        the previous part.

        Args:
            points: Points of the sequences, with the columns of `inputs_of`, shape (batch, points, columns), float64.
            outputs: Names of outputs: answers, of shape (batch, points, families), or next states.
            state: State before the first point, in the order of the model's; None if there was no point before.
        """
        batch, length, _ = points.shape
        at_once = max(min(_ROWS_OF_LONG, self.points_at_once), self.points_at_once // length)
        if batch > at_once:
            return self._run_batches(points, outputs, state, at_once)
        state = [np.zeros(s.shape_for(batch), s.dtype) for s in self.model.state] if state is None else state
        at_once = max(1, self.points_at_once // batch)
        parts = []
        for start in range(0, length, at_once):
            wanted = [*outputs, *(self.next_states if start + at_once < length else ())]
            results = self._run_at_once(points[:, start : start + at_once], wanted, state)
            parts.append(results[: len(outputs)])
            state = results[len(outputs) :]
        joined = zip(outputs, zip(*parts, strict=True), strict=True)
        return [arrays[-1] if name in self.next_states else _concatenated(arrays, 1) for name, arrays in joined]

    def _run_batches(
        self, points: FloatArray, outputs: Sequence[str], state: Sequence[AnyArray] | None, size: int
    ) -> list[AnyArray]:
        """Return what `run` does, with at most ``size`` sequences in a call of the runtime."""
        batches = [slice(start, start + size) for start in range(0, len(points), size)]
        results = [self.run(points[b], outputs, None if state is None else self.states_of(state, b)) for b in batches]
        joined = zip(outputs, zip(*results, strict=True), strict=True)
        return [_concatenated(arrays, self.next_states.get(name, 0)) for name, arrays in joined]

    def _run_at_once(self, points: FloatArray, outputs: Sequence[str], state: Sequence[AnyArray]) -> list[AnyArray]:
        feeds = {each.name: values for each, values in zip(self.model.state, state, strict=True)}
        try:
            results: list[AnyArray] = self.runtime.run(outputs, {"points": points, **feeds})
        except Exception:  # onnxruntime's own error classes have no common base
            if len(points) > 1:  # run one by one, to find those on which it fails
                return self._run_batches(points, outputs, state, 1)
            answer = np.full((*points.shape[:2], len(self.model.families)), np.nan, dtype=np.float32)
            failed = {f"next_{name}": np.full_like(values, np.nan) for name, values in feeds.items()}
            results = [failed.get(name, answer) for name in outputs]
        return results

    def states_of(self, state: Sequence[AnyArray], rows: IntArray | slice) -> list[AnyArray]:
        """Return the state of some of many sequences."""
        axes = self.next_states.values()
        return [np.moveaxis(np.moveaxis(s, a, 0)[rows], 0, a) for s, a in zip(state, axes, strict=True)]


def _concatenated(arrays: Sequence[AnyArray], axis: int) -> AnyArray:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=axis)
