"""Many streams in one call against one stream after the other."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapeclf import Recognizer
from shapeclf.datasets import ShapeSequences
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError

STREAMS = 40


@pytest.fixture(scope="module", params=["classic", "fresh", "real"])
def recognizer(request: pytest.FixtureRequest, tiny_model: Path) -> Recognizer:
    return Recognizer.load(tiny_model if request.param == "classic" else request.param)


def _points(points: int) -> FloatArray:
    return ShapeSequences(parameters="fresh", points=points, noise=0.5, batch_size=STREAMS).batch(0).points


def test_many_streams_answer_as_single_streams(recognizer: Recognizer) -> None:
    points = _points(6)
    streams, alone = recognizer.streams(STREAMS), [recognizer.stream() for _ in range(STREAMS)]
    for number in range(6):
        answers = streams.update(points[:, number])
        expected = [stream.update(*point) for stream, point in zip(alone, points[:, number].tolist(), strict=True)]
        np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-5)
    assert (len(streams), streams.families) == (STREAMS, recognizer.families)
    assert streams.points.tolist() == [6] * STREAMS


def test_some_streams_are_updated_in_any_order(recognizer: Recognizer) -> None:
    points = _points(12)
    streams, alone = recognizer.streams(STREAMS), [recognizer.stream() for _ in range(STREAMS)]
    rng = np.random.default_rng(1)
    for number in range(12):
        which = rng.permutation(STREAMS)[: rng.integers(0, STREAMS)]
        answers = streams.update(points[which, number], which=which)
        expected = [alone[i].update(*points[i, number].tolist()) for i in which]
        np.testing.assert_allclose(answers, np.reshape(expected, answers.shape), rtol=0, atol=1e-5)
    assert streams.points.tolist() == [stream.points for stream in alone]
    assert len(set(streams.points.tolist())) > 3


def test_a_stream_that_is_reset_begins_anew(recognizer: Recognizer) -> None:
    points = _points(4)
    streams, alone = recognizer.streams(STREAMS), recognizer.stream()
    for number in range(3):
        streams.update(points[:, number])
    streams.reset([7, 2])
    assert streams.points[[2, 3, 7]].tolist() == [0, 3, 0]
    for number in range(4):
        answer = streams.update(points[7:8, number], which=[7])[0]
        np.testing.assert_allclose(answer, alone.update(*points[7, number].tolist()), rtol=0, atol=1e-5)
    streams.reset()
    assert not streams.points.any()
    with pytest.raises(InputError, match="from 0 to 39; got 40"):
        streams.reset([40])


def test_a_reset_stream_forgets_earlier_x(recognizer: Recognizer) -> None:
    streams = recognizer.streams(2)
    streams.update([[-1.0, 2.0], [-1.0, 2.0]])  # where the square root is not defined
    streams.reset([0])
    answers = streams.update([[4.0, 2.0], [4.0, 2.0]])
    np.testing.assert_allclose(answers[0], recognizer.stream().update(4.0, 2.0), atol=1e-6)
    assert answers[1, recognizer.families.index("sqrt")] == 0


def test_the_number_of_streams_in_a_call_changes_no_answer(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = _points(3)
    whole, parts = recognizer.streams(STREAMS), recognizer.streams(STREAMS)
    expected = [whole.update(points[:, number]) for number in range(3)]
    monkeypatch.setitem(vars(recognizer._loaded), "points_at_once", 7)
    for number in range(3):
        np.testing.assert_allclose(parts.update(points[:, number]), expected[number], rtol=0, atol=1e-6)


def test_each_stream_may_consider_families_of_its_own(recognizer: Recognizer) -> None:
    points = _points(5)
    streams = recognizer.streams(STREAMS)
    streams.reset([3, 8], among=["sqrt", "line"])
    few, whole = recognizer.restricted(["sqrt", "line"]).stream(), recognizer.stream()
    columns = [recognizer.families.index(name) for name in ("sqrt", "line")]
    for number in range(5):
        answers = streams.update(points[:, number])
        expected = few.update(*points[3, number].tolist())
        np.testing.assert_allclose(answers[3, columns], expected, rtol=0, atol=1e-5)
        np.testing.assert_allclose(answers[3].sum(), answers[3, columns].sum(), rtol=1e-12)
        np.testing.assert_allclose(answers[4], whole.update(*points[4, number].tolist()), rtol=0, atol=1e-5)
    with pytest.raises(InputError, match=r"^among must be different families .* got spiral$"):
        streams.reset([3], among=["spiral"])
    streams.reset([3])
    assert (streams.update(points[3:4, 0], which=[3]) > 0).all()


def test_answers_among_some_families_are_renormalised(recognizer: Recognizer) -> None:
    chosen = Recognizer(recognizer.model, among=("sqrt", "line"))
    points = _points(4)
    streams, alone = chosen.streams(STREAMS), chosen.stream()
    for number in range(4):
        answers = streams.update(points[:, number])
        np.testing.assert_allclose(answers[5], alone.update(*points[5, number].tolist()), atol=1e-5)
    assert answers.shape == (STREAMS, 2)
    np.testing.assert_allclose(answers.sum(axis=1), 1.0)


@pytest.mark.parametrize(
    ("points", "which", "message"),
    [
        (
            [[1.0, 2.0]],
            None,
            r"^points must have the shape \(3, 2\), one \(x, y\) a stream, .* got \(1, 2\)$",
        ),
        ([[1.0, 2.0]], [3], r"^which must be numbers of streams, from 0 to 2; got 3$"),
        ([[1.0, 2.0]], [-1], r"^which must be numbers of streams, from 0 to 2; got -1$"),
        ([[1.0, 2.0]] * 2, [1, 1], r"^which must not repeat a stream: a call takes one point of each$"),
        (
            [[1.0, 2.0]],
            [0.5],
            r"^which must be whole numbers in a one-dimensional array, got float64 of the shape \(1,\)$",
        ),
        ([[1.0, 2.0], [1.0, np.nan]], [2, 1], r"^stream 1: x and y must be finite numbers$"),
    ],
    ids=["too few points", "no such stream", "below 0", "twice", "a fraction", "NaN"],
)
def test_invalid_arguments_leave_all_streams_unchanged(
    points: list[list[float]], which: list[int] | None, message: str
) -> None:
    recognizer = Recognizer.load("fresh")
    streams, untouched = recognizer.streams(3), recognizer.streams(3)
    for both in (streams, untouched):
        both.update([(5.0, 3.0), (6.0, 1.0), (7.0, 2.0)])
    with pytest.raises(InputError, match=message):
        streams.update(points, which=which)
    assert streams.points.tolist() == [1, 1, 1]
    again = [(9.0, 3.0), (9.0, 1.0), (9.0, 2.0)]
    np.testing.assert_array_equal(streams.update(again), untouched.update(again))


@pytest.mark.parametrize("fails", [True, False], ids=["the runtime fails", "no number comes out"])
def test_a_point_that_cannot_be_computed_with_leaves_all_as_they_were(
    monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    recognizer = Recognizer.load("fresh")
    streams, untouched = recognizer.streams(3), recognizer.streams(3)
    session = streams._loaded.runtime

    class Session:
        """The model's session, which cannot compute with the value 7."""

        def run(self, outputs: list[str], feeds: dict[str, Any]) -> list[Any]:
            beyond = feeds["points"][:, 0, 0] == 7
            if fails and beyond.any():
                raise RuntimeError("out of range")
            found = list(session.run(outputs, feeds))
            found[0][beyond] = np.nan
            return found

        def run_with_iobinding(self, binding: object) -> None:
            raise RuntimeError("out of range")

    with monkeypatch.context() as patch:
        patch.setattr(streams._loaded, "runtime", Session())
        with pytest.raises(InputError, match=r"^stream 2: after this point there is no answer: the numbers are"):
            streams.update([(5.0, 2.0), (7.0, 9.0)], which=[0, 2])
    assert streams.points.tolist() == [0, 0, 0]
    again = [(9.0, 3.0), (9.0, 1.0), (9.0, 2.0)]
    np.testing.assert_array_equal(streams.update(again), untouched.update(again))


def test_there_is_at_least_one_stream() -> None:
    with pytest.raises(InputError, match=r"^streams must be from 1 up, got 0$"):
        Recognizer.load("fresh").streams(0)
