"""Points that are refused, and points that a model cannot compute with."""

import math
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeclf.errors import InputError
from shapeclf.recognition import Recognizer
from shapeclf.recognition.point_sets import round_y


@pytest.fixture(scope="module")
def real() -> Recognizer:
    return Recognizer.load()


# Refused points.


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        pytest.param([], [], r"^a sequence must have .* at least one point, got \(0, 2\)$", id="empty"),
        pytest.param([1, 2], [1], r"^x and y must be .* of equal length, got shapes \(2,\) and \(1,\)$", id="unequal"),
        pytest.param(
            [[1]],
            [[1]],
            r"^x and y must be one-dimensional .* got shapes \(1, 1\) and \(1, 1\)$",
            id="not one-dimensional",
        ),
        pytest.param(1.0, 2.0, r"^x and y must be one-dimensional .* got shapes \(\) and \(\)$", id="numbers"),
        pytest.param([1, math.nan], [1, 2], "^point 2: x must be a finite number, got nan$", id="NaN"),
        pytest.param([1, 2], [math.inf, math.nan], "^point 1: y must be a finite number, got inf$", id="infinity"),
        pytest.param([1, 2], [-math.inf, 2], "^point 1: y must be a finite number, got -inf$", id="minus infinity"),
        pytest.param(["one"], [1], "^not an array of numbers: could not convert string to float", id="text"),
        pytest.param([[1], [1, 2]], [1, 2], "^not an array of numbers: ", id="ragged"),
    ],
)
def test_points_that_cannot_be_recognised(tiny_model: Path, x: Any, y: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Recognizer.load(tiny_model).recognize(x, y)


@pytest.mark.parametrize(
    ("sequence", "message"),
    [
        pytest.param(np.empty((0, 2)), r"^sequence 2 must have the shape .* got \(0, 2\)$", id="empty"),
        pytest.param(
            [[1, 2, 3, 4]], r"^sequence 2 must have the shape \(points, 2\) or .* got \(1, 4\)$", id="four columns"
        ),
        pytest.param([1, 2], r"^sequence 2 must .* got \(2,\); wrap a single sequence in a list", id="flat"),
        pytest.param(np.zeros((1, 4, 2)), r"^sequence 2 must have the shape .* got \(1, 4, 2\)$", id="a batch"),
        pytest.param([[1, 2], [3]], "^sequence 2: not an array of numbers: ", id="ragged"),
        pytest.param([["a", "b"]], "^sequence 2: not an array of numbers: ", id="text"),
        pytest.param([[1, 2], [3, math.nan]], "^sequence 2, point 2: y must be a finite number, got nan$", id="NaN"),
    ],
)
def test_sequences_that_cannot_be_predicted(tiny_model: Path, sequence: Any, message: str) -> None:
    loaded = Recognizer.load(tiny_model)
    for ask in (loaded.predict, loaded.predict_proba):
        with pytest.raises(InputError, match=message):
            ask([[[1.0, 2.0]], sequence])


def test_arrays_of_another_shape(tiny_model: Path) -> None:
    loaded = Recognizer.load(tiny_model)
    with pytest.raises(InputError, match=r"^points must have the shape \(batch, points, 2 or 3\)"):
        loaded.log_probabilities(np.zeros((4, 2)))
    with pytest.raises(InputError, match=r"^lengths must be whole numbers from 1 up that sum to the 4 points$"):
        loaded.posteriors(np.zeros((4, 2)), np.array([3, 2]))


def test_what_the_runtime_refuses_is_reported_in_one_line(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Recognizer.load(tiny_model).model
    object.__setattr__(model, "content", b"no model")
    with pytest.raises(InputError, match=r"model\.onnx: onnxruntime cannot load it \(\w+\)$"):
        Recognizer(model)


@given(
    sequences=st.lists(
        st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), min_size=1, max_size=5), max_size=5
    )
)
def test_every_finite_sequence_gets_probabilities(tiny_model: Path, sequences: list[list[tuple[float, float]]]) -> None:
    probabilities = Recognizer.load(tiny_model).predict_proba(sequences)
    assert probabilities.shape == (len(sequences), 3)
    assert np.all((probabilities >= 0) & (probabilities <= 1))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)


# Points beyond what a model can compute with.

BEYOND = {
    "too large": [(-1.7e308, 1.7e308), (1.7e308, -1.7e308), (0.0, 0.0)],
    "of too different sizes": [(0.0, 1.0), (1e-235, 2.0), (1.0, 3.0)],
}


@pytest.mark.parametrize("points", BEYOND.values(), ids=BEYOND.keys())
def test_points_that_the_model_cannot_compute_with_are_reported(
    real: Recognizer, points: list[tuple[float, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = [(1.0, 2.0), (2.0, 3.0), (3.0, 4.5)]

    class Session:
        """The model's session, which fails or returns NaN if points are huge or tiny."""

        def run(self, outputs: list[str], feeds: dict[str, Any]) -> list[Any]:
            sizes = np.abs(feeds["points"])
            if (sizes > 1e300).any():
                raise RuntimeError("out of range")
            found = real._loaded.runtime.run(outputs, feeds)
            tiny = ((sizes < 1e-200) & (sizes > 0)).any(axis=(1, 2))
            for name, values in zip(outputs, found, strict=True):
                if name.endswith("log_probabilities"):
                    values[tiny] = np.nan
            return list(found)

    broken = Recognizer(real.model)
    monkeypatch.setattr(broken._loaded, "runtime", Session())
    why = "the numbers are too large, .* for the model to compute with$"
    with pytest.raises(InputError, match=rf"^these points have no answer: {why}"):
        broken.recognize(*zip(*points, strict=True))
    with pytest.raises(InputError, match=rf"^sequence 2 has no answer: {why}"):
        broken.predict_proba([good, points, good])
    posteriors = broken.posteriors(np.array([*good, *points]), np.array([3, 3]))
    assert np.isnan(posteriors).any(axis=1).tolist() == [False, True]
    answers = broken.log_probabilities(np.array([good, points, good]))
    assert np.isnan(answers[1]).any()
    np.testing.assert_allclose(answers[[0, 2]], real.log_probabilities(np.array([good, good])), atol=1e-5)


@given(points=st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), min_size=1, max_size=5))
def test_any_finite_points_have_an_answer_or_a_reason(real: Recognizer, points: list[tuple[float, float]]) -> None:
    with nullcontext() if _computable(real, points) else pytest.raises(InputError, match="these points have no answer"):
        np.testing.assert_allclose(real.recognize(*zip(*points, strict=True)).posterior.sum(axis=1), 1)


def _computable(recognizer: Recognizer, points: list[tuple[float, float]]) -> bool:
    together, lengths = np.array(points), np.array([len(points)])
    if np.isnan(recognizer.log_probabilities(together[None])).any():
        together = round_y(together, lengths)
    posteriors = (recognizer.log_probabilities(together[None]), recognizer.set_posteriors(together, lengths))
    return not any(np.isnan(posterior).any() for posterior in posteriors)
