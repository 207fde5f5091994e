"""A model file in the runtime: points in, the log-probabilities of all its families out."""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from shapeclf.datasets._arguments import whole_number
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.recognition.model_file import ModelFile

__all__ = ["SIDE_BY_SIDE", "LoadedModel"]

SIDE_BY_SIDE = 16
"""Long sequences that go together, each cut into parts: a step of an LSTM on one row costs a third more."""

_NUMBERS_AT_ONCE = 524_288  # what lies between, of all points in one call of the runtime: it stays within the cache
_WIDEST_AT_ONCE = 2**24  # in one tensor; less than the above in models that keep much of what they compute
_LEAST_NUMBERS = 32  # of a point, where a model keeps next to nothing
_MOST_THREADS = 1024


@final
class LoadedModel:
    """A model in the runtime; recognizers that consider other families of the same model share it.

    Args:
        model: A model file that has been read and checked.
        threads: Processor threads of one call; 0 leaves the choice to onnxruntime.

    Raises:
        InputError: ``threads`` is out of range, or onnxruntime does not take the model.
    """

    def __init__(self, model: ModelFile, threads: int) -> None:
        self.model = model
        self.threads = whole_number("threads", threads, low=0, high=_MOST_THREADS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        # Threads that wait busily take the cores from whoever has work.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4  # what goes wrong is raised, not printed
        try:
            # Without trying again, which it would print on standard output.
            self.runtime = onnxruntime.InferenceSession(
                model.content, sess_options=options, providers=["CPUExecutionProvider"], enable_fallback=0
            )
        except Exception as error:  # onnxruntime's own error classes have no common base
            raise InputError(f"{model.source}: onnxruntime does not take it ({type(error).__name__})") from None

    @cached_property
    def points_at_once(self) -> int:
        """How many points one call takes."""
        kept = sum(math.prod(state.shape_for(1)) for state in self.model.state)
        return max(1, min(_NUMBERS_AT_ONCE // max(kept, _LEAST_NUMBERS), _WIDEST_AT_ONCE // self.model.widest))

    def answers(self, points: FloatArray, outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return outputs of the model after every point, each of shape (batch, points, families).

        A long sequence goes through in parts, each from the state that the last one left: memory stays what it was.

        Args:
            points: Shape (batch, points, 2), float64.
            outputs: Their names.
        """
        batch, length, _ = points.shape
        answers = [np.empty((batch, length, len(self.model.families)), dtype=np.float32) for _ in outputs]
        rows = max(min(SIDE_BY_SIDE, self.points_at_once), self.points_at_once // length)
        for start in range(0, batch, rows):
            for answer, values in zip(answers, self._together(points[start : start + rows], outputs), strict=True):
                answer[start : start + rows] = values
        return answers

    def _together(self, points: FloatArray, outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """`answers` of sequences that go through the model together; NaN of any that it fails on."""
        batch, length, _ = points.shape
        following = [f"next_{state.name}" for state in self.model.state]
        state = [np.zeros(s.shape_for(batch), s.dtype) for s in self.model.state]
        parts = []
        at_once = max(1, self.points_at_once // batch)
        try:
            for start in range(0, length, at_once):
                stop = start + at_once
                feeds = {s.name: values for s, values in zip(self.model.state, state, strict=True)}
                wanted = [*outputs, *(following if stop < length else ())]
                found = self.runtime.run(wanted, {"points": points[:, start:stop], **feeds})
                parts.append(found[: len(outputs)])
                state = found[len(outputs) :] or state
        except Exception:  # onnxruntime's own error classes have no common base
            if batch == 1:
                return [np.full((1, length, len(self.model.families)), np.nan, dtype=np.float32)] * len(outputs)
            parts = [self._together(points[i : i + 1], outputs) for i in range(batch)]  # which of them was it?
            return [np.concatenate(of_rows) for of_rows in zip(*parts, strict=True)]
        return parts[0] if len(parts) == 1 else [np.concatenate(times, axis=1) for times in zip(*parts, strict=True)]
