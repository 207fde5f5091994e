"""The public API answers any argument or raises an `InputError` or a `TypeError` of one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeclf import Recognition, Recognizer, evaluate
from shapeclf.datasets import (
    LINE,
    SINE,
    Family,
    LogUniform,
    OneOf,
    ShapeSequences,
    Uniform,
    find_families,
    load_family,
    load_series,
    named_series,
    sample_series,
    sequences_from_record,
    series_data,
    shifted_sine_data,
    shifted_sines,
    split_series,
    windows_of,
)
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.errors import InputError
from shapeclf.evaluation.exact import exact_posterior
from shapeclf.evaluation.least_squares import least_squares
from shapeclf.recognition import Fit, fit_family, fit_many, read_model_file, verdict

numbers = st.integers(-3, 9) | st.sampled_from([10**400, -(2**63), 2**64]) | st.floats()
scalars = (
    st.none()
    | st.booleans()
    | numbers
    | st.complex_numbers(max_magnitude=9)
    | st.text(max_size=3)
    | st.binary(max_size=2)
)
shapes = st.sampled_from([(), (0,), (2,), (1, 2), (2, 2), (3, 2), (2, 3), (1, 3, 2), (1, 0, 2)])
kinds = st.sampled_from(["f8", "f4", "i8", "u8", "?", "c16", "O", "U3", "M8[s]", "m8[s]"])
arrays = st.builds(lambda shape, kind, fill: _filled(shape, kind, fill), shapes, kinds, st.integers(0, 3))
anything: st.SearchStrategy[Any] = st.recursive(
    scalars | arrays,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.sampled_from("xyz"), inner, max_size=2)
    ),
    max_leaves=6,
)


def _filled(shape: tuple[int, ...], kind: str, fill: int) -> Any:
    return np.full(shape, fill, dtype="i8").astype(kind)


def _few(count: Any) -> Any:
    """Return a whole number reduced to one that memory suffices for; any other value unchanged."""
    return count if not isinstance(count, int) or count < 1 else min(count, 3)


def _fitted() -> Fit:
    fit = fit_family(LINE, [1.0, 2.0, 3.0], [1.0, 2.0, 3.5])
    assert fit is not None
    return fit


recognition = Recognition(
    ("line", "sqrt"), np.array([[0.9, 0.1], [0.25, 0.75]]), np.array([[1.0, 2.0], [4.0, 3.0]]), {}
)

ENTRIES: dict[str, Callable[..., Any]] = {
    "recognize": lambda loaded, a, b: loaded.recognize(a, b),
    "recognize good x": lambda loaded, a, b: loaded.recognize([1.0, 2.0], a),
    "predict": lambda loaded, a, b: loaded.predict(a),
    "predict a list": lambda loaded, a, b: loaded.predict([[[1.0, 2.0]], a]),
    "predict_proba": lambda loaded, a, b: loaded.predict_proba(a),
    "log_probabilities": lambda loaded, a, b: loaded.log_probabilities(a),
    "posteriors": lambda loaded, a, b: loaded.posteriors(a, b),
    "restricted": lambda loaded, a, b: loaded.restricted(a),
    "stream": lambda loaded, a, b: loaded.stream().update(a, b),
    "streams": lambda loaded, a, b: loaded.streams(a),
    "streams.update": lambda loaded, a, b: loaded.streams(2).update(a, b),
    "streams.update all": lambda loaded, a, b: loaded.streams(2).update(a),
    "streams.reset": lambda loaded, a, b: loaded.streams(2).reset(a),
    "threads": lambda loaded, a, b: Recognizer(
        loaded.model, threads=a if not isinstance(a, int) or a < 0 else a + 2000
    ),
    "user_families": lambda loaded, a, b: Recognizer(loaded.model, user_families=a),
    "load": lambda loaded, a, b: Recognizer.load("x" * 300 if a is None or isinstance(a, str) else a),
    "first": lambda loaded, a, b: recognition.first(a),
    "decided": lambda loaded, a, b: recognition.decided(a),
    "fit_family": lambda loaded, a, b: fit_family(SINE, a, b),
    "fit_many": lambda loaded, a, b: fit_many(LINE, a, b),
    "Fit.curve": lambda loaded, a, b: _fitted().curve(a),
    "Fit.band": lambda loaded, a, b: _fitted().band([1.0], a),
    "Family name": lambda loaded, a, b: Family(a, "y = k·x + b", np.sin),
    "Family prior": lambda loaded, a, b: Family("own", "y = k·x + b", np.sin, x=a),
    "Family shape": lambda loaded, a, b: Family("own", "y = k·x + b", np.sin, shape=a),
    "Family domain": lambda loaded, a, b: Family("own", "y = k·x + b", np.sin, domain=a),
    "Uniform": lambda loaded, a, b: Uniform(a, b),
    "LogUniform": lambda loaded, a, b: LogUniform(a, b),
    "OneOf": lambda loaded, a, b: OneOf(a),
    "find_families": lambda loaded, a, b: find_families(a, b),
    "load_family": lambda loaded, a, b: load_family(a),
    "ShapeSequences points": lambda loaded, a, b: ShapeSequences(points=a, batch_size=2).batch(0),
    "ShapeSequences noise": lambda loaded, a, b: ShapeSequences(noise=a, points=2, batch_size=2).batch(0),
    "ShapeSequences parameters": lambda loaded, a, b: ShapeSequences(parameters=a, points=2, batch_size=2).batch(0),
    "ShapeSequences families": lambda loaded, a, b: ShapeSequences(families=a, points=2, batch_size=2).batch(0),
    "ShapeSequences x": lambda loaded, a, b: ShapeSequences(x=a, points=2, batch_size=2).batch(0),
    "ExperimentSequences points": lambda loaded, a, b: ExperimentSequences((LINE,), points=a, batch_size=2).batch(0),
    "ExperimentSequences noise": lambda loaded, a, b: ExperimentSequences(
        (LINE,), noise=a, points=4, batch_size=2
    ).batch(0),
    "batch": lambda loaded, a, b: ShapeSequences(points=2, batch_size=2).batch(a),
    "evaluate": lambda loaded, a, b: evaluate(loaded, points=_few(a), sequences=_few(b)),
    "evaluate seed": lambda loaded, a, b: evaluate(loaded, points=1, sequences=1, seed=a),
    "exact_posterior": lambda loaded, a, b: exact_posterior(ShapeSequences(parameters="fresh"), a),
    "least_squares": lambda loaded, a, b: least_squares(ShapeSequences(parameters="fresh"), a),
    "windows_of": lambda loaded, a, b: windows_of(a, b),
    "windows_of a window": lambda loaded, a, b: windows_of(np.ones((9, 1)), a),
    "split_series": lambda loaded, a, b: split_series(a, b),
    "series_data": lambda loaded, a, b: series_data(a, b),
    "shifted_sine_data": lambda loaded, a, b: shifted_sine_data(a, _few(b)),
    "shifted_sines": lambda loaded, a, b: shifted_sines(a, _few(b)),
    "named_series": lambda loaded, a, b: named_series(a),
    "sample_series": lambda loaded, a, b: sample_series(np.sin, a),
    "sample_series values": lambda loaded, a, b: sample_series(lambda x: a, np.arange(9.0)),
    "load_series": lambda loaded, a, b: load_series(a, b),
    "sequences_from_record": lambda loaded, a, b: sequences_from_record(a),
    "y_error": lambda loaded, a, b: loaded.recognize([1.0, 2.0], [3.0, 4.0], a),
    "fit_family y_error": lambda loaded, a, b: fit_family(LINE, [1.0, 2.0, 3.0], [3.0, 4.0, 6.0], a),
    "verdict": lambda loaded, a, b: verdict(a),
}


@pytest.fixture(scope="module")
def loaded(tiny_model: Path) -> Recognizer:
    return Recognizer.load(tiny_model)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of NumPy, about what is given
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES.keys())
@given(a=anything, b=anything)
def test_bad_arguments_are_refused_in_one_line(loaded: Recognizer, entry: Callable[..., Any], a: Any, b: Any) -> None:
    raised: Exception | None = None
    try:
        entry(loaded, a, b)
    except (InputError, TypeError) as error:
        raised = error
    assert raised is None or "\n" not in str(raised)


def test_a_missing_model_file_is_reported_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^.*none: there is no such file$"):
        read_model_file(tmp_path / "none")
