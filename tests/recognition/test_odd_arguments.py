"""Arguments of odd types: answered right, or refused in one line."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from shapeclf import Recognizer
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.families import LINE, PARABOLA, Family
from shapeclf.datasets.records import sequences_from_record, sequences_record
from shapeclf.datasets.sequences import ShapeSequences
from shapeclf.errors import InputError

POINTS = np.array([[1.0, 2.0], [2.0, 4.1], [3.0, 5.9], [4.0, 8.2], [5.0, 9.9]])
_ODD: dict[str, Callable[[], Any]] = {
    "band": lambda: Recognizer.load().recognize(*POINTS.T).fit.band([[7.0]]),  # type: ignore[union-attr]
    "user_families": lambda: Recognizer.load(user_families=LINE),  # type: ignore[arg-type]
    "among": lambda: Recognizer.load(among=5),  # type: ignore[arg-type]
    "sequences": lambda: Recognizer.load().predict_proba(None),  # type: ignore[arg-type]
    "path": lambda: Recognizer.load(5),  # type: ignore[arg-type]
    "long name": lambda: replace(LINE, name="a" * 101),
    **{f"batch {odd!r}": lambda odd=odd: ShapeSequences().batch(odd) for odd in (-1, "a", 1.5, None)},  # type: ignore[misc]
    "several": lambda: ShapeSequences().several([0, -1]),
    "experiments": lambda: ExperimentSequences((LINE,)).batch(-1),
    "noise": lambda: sequences_from_record(sequences_record(ShapeSequences()) | {"noise": 10**400}),
}


@pytest.mark.parametrize("call", _ODD.values(), ids=_ODD.keys())
def test_an_odd_argument_is_reported_in_one_line(call: Callable[[], Any]) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_unsigned_lengths_are_lengths() -> None:
    recognizer, lengths = Recognizer.load(), np.array([3, 2])
    for answer in (recognizer.posteriors, recognizer.set_posteriors):
        np.testing.assert_array_equal(answer(POINTS, lengths.astype(np.uint64)), answer(POINTS, lengths))


def test_equal_indices_give_the_same_batch() -> None:
    sequences = ShapeSequences(batch_size=4)
    np.testing.assert_array_equal(sequences.batch(True).points, sequences.batch(1).points)
    assert sequences.several([]) == []


def test_a_basis_that_draws_sequences_changes_no_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shapeclf.datasets.sequences._BLOCK_POINTS", 32)

    def drawing(x: FloatArray) -> FloatArray:
        ShapeSequences(batch_size=2).batch(5)
        return x * x

    plain = ShapeSequences(families=(LINE, PARABOLA), points=8, batch_size=64)
    odd = replace(plain, families=(LINE, Family("parabola", "y = k·x² + b", drawing)))
    np.testing.assert_array_equal(odd.batch(3).points, plain.batch(3).points)
