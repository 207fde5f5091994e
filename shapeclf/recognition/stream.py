"""One sequence, point by point."""

import math
from typing import Any, final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from shapeclf.datasets._arguments import shown
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.recognition.domains import Domains, normalised
from shapeclf.recognition.model_file import ANSWERS, ModelFile

__all__ = ["NO_ANSWER", "TOO_LARGE", "Stream", "probabilities", "restricted"]

AnyArray = NDArray[Any]

TOO_LARGE = "the numbers are too large, or differ by amounts of too different sizes, for the model to compute with"
NO_ANSWER = f"{TOO_LARGE}, or no family in question exists for such x"


def probabilities(log_probabilities: NDArray[np.float32]) -> FloatArray:
    """Probabilities that sum to one in double precision, families along the last axis."""
    with np.errstate(over="ignore", invalid="ignore"):  # of a stranger's model
        posterior: FloatArray = np.exp(log_probabilities, dtype=np.float64)
        posterior /= posterior.sum(axis=-1, keepdims=True)
    return posterior


def restricted(log_probabilities: NDArray[np.float32], columns: list[int]) -> NDArray[np.float32]:
    """Log-probabilities over some of the families alone, which stand along the last axis."""
    return normalised(log_probabilities[..., columns])


@final
class Stream:
    """The posterior after each point as the points come; made by `Recognizer.stream`.

    The network's state is all it keeps, so the thousandth point costs what the first did.
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        model: ModelFile,
        families: tuple[str, ...],
        columns: list[int] | None,
        domains: Domains,
    ) -> None:
        self.families = families
        self.points = 0
        self._domains = domains
        self._span = (math.inf, -math.inf)  # of x so far
        self._columns = columns
        self._point = np.empty((1, 1, 2))
        self._xy = self._point.reshape(2)
        self._answer = np.empty((1, 1, len(model.families)), dtype=np.float32)
        self._last = self._answer.reshape(-1)
        # The state goes from one place to the other and back, so that a step that fails leaves it as it was.
        self._states = [{s.name: np.zeros(s.shape_for(1), s.dtype) for s in model.state} for _ in range(2)]
        self._steps = [self._bound(session, *pair) for pair in (self._states, reversed(self._states))]
        self._session = session

    def _bound(
        self, session: onnxruntime.InferenceSession, before: dict[str, AnyArray], after: dict[str, AnyArray]
    ) -> onnxruntime.IOBinding:
        """What a step reads and where it writes: arrays that stay, so that no step makes or checks any."""
        binding = session.io_binding()
        read = {"points": self._point} | before
        written = {ANSWERS: self._answer} | {f"next_{name}": array for name, array in after.items()}
        for bind, arrays in ((binding.bind_input, read), (binding.bind_output, written)):
            for name, array in arrays.items():
                bind(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
        return binding

    def update(self, x: float, y: float) -> FloatArray:
        """Takes in one point.

        Returns:
            probability of each family, shape (families,).

        Raises:
            InputError: x or y is not finite, or beyond what the model can compute with; the stream stays as it was.
        """
        try:
            x, y = float(x), float(y)
        except (OverflowError, TypeError, ValueError):
            raise InputError(f"x and y must be numbers, got {shown(x)} and {shown(y)}") from None
        if not (math.isfinite(x) and math.isfinite(y)):
            raise InputError(f"x and y must be finite numbers, got {x!r} and {y!r}")
        self._xy[0], self._xy[1] = x, y
        try:
            self._session.run_with_iobinding(self._steps[self.points % 2])
        except Exception:  # onnxruntime's own error classes have no common base
            raise InputError(f"after this point there is no answer: {NO_ANSWER}") from None
        # Plain numbers: right after a step, numpy's functions cost more for so few than all of the input coordinates.
        logarithms = self._last.tolist()
        if self._columns is not None:
            logarithms = [logarithms[column] for column in self._columns]
        span = (min(self._span[0], x), max(self._span[1], x))
        if not self._domains.everywhere(*span):
            logarithms = self._domains.without_others(np.array(logarithms), *map(np.array, span)).tolist()
        highest = max(logarithms)
        weights = [math.exp(logarithm - highest) for logarithm in logarithms]
        total = sum(weights)
        if math.isnan(total):
            raise InputError(f"after this point there is no answer: {NO_ANSWER}")
        self.points += 1
        self._span = span
        return np.array([weight / total for weight in weights])
