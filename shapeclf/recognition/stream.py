"""One sequence, point by point."""

import math
from typing import final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.recognition.model_file import ModelFile

__all__ = ["NO_ANSWER", "Stream", "probabilities", "restricted"]

NO_ANSWER = "the numbers are too large, or differ by amounts of too different sizes, for the model to compute with"


def probabilities(log_probabilities: NDArray[np.float32]) -> FloatArray:
    """Probabilities that sum to one in double precision, families along the last axis."""
    posterior: FloatArray = np.exp(log_probabilities.astype(np.float64))
    posterior /= posterior.sum(axis=-1, keepdims=True)
    return posterior


def restricted(log_probabilities: NDArray[np.float32], columns: list[int]) -> NDArray[np.float32]:
    """Log-probabilities over some of the families alone, which stand along the last axis."""
    chosen = log_probabilities[..., columns]
    chosen = chosen - chosen.max(axis=-1, keepdims=True)  # first, so that none of them need be 0 afterwards
    left: NDArray[np.float32] = chosen - np.log(np.exp(chosen).sum(axis=-1, keepdims=True))
    return left


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
    ) -> None:
        self.families = families
        self._columns = columns
        self._session = session
        self._inputs = [state.name for state in model.state]
        self._outputs = ["log_probabilities", *(f"next_{name}" for name in self._inputs)]
        self._points = np.empty((1, 1, 2))
        self._feeds = {state.name: np.zeros(state.shape_for(1), state.dtype) for state in model.state}
        self._feeds["points"] = self._points
        self.points = 0

    def update(self, x: float, y: float) -> FloatArray:
        """Takes in one point.

        Returns:
            probability of each family, shape (families,).

        Raises:
            InputError: x or y is not finite, or beyond what the model can compute with; the stream stays as it was.
        """
        if not (math.isfinite(x) and math.isfinite(y)):
            raise InputError(f"x and y must be finite numbers, got {x!r} and {y!r}")
        self._points[0, 0] = x, y
        try:
            log_probabilities, *state = self._session.run(self._outputs, self._feeds)
        except Exception:  # onnxruntime's own error classes have no common base
            raise InputError(f"after this point there is no answer: {NO_ANSWER}") from None
        last = log_probabilities[0, 0] if self._columns is None else restricted(log_probabilities[0, 0], self._columns)
        posterior = probabilities(last)
        if np.isnan(posterior).any():
            raise InputError(f"after this point there is no answer: {NO_ANSWER}")
        self._feeds.update(zip(self._inputs, state, strict=True))
        self.points += 1
        return posterior
