"""Error bars reach a model whose points have three columns, and leave the answers of other models unchanged."""

import numpy as np
import pytest

from shapeclf import Recognizer
from shapeclf.datasets.groups import GroupChunk
from shapeclf.errors import InputError
from shapeclf.recognition.grouped import recognize_groups
from shapeclf.recognition.point_sets import average_neighbours

from .format_2_model import LONGEST, expected, write_model

_POINTS = np.array([[1.0, 0.5, 0.1], [2.0, 0.75, 0.2], [4.0, 1.0, 0.4], [8.0, 0.25, 0.3]])


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    return Recognizer.load(write_model(tmp_path_factory.mktemp("format-2") / "model.onnx"))


def test_the_number_of_columns_follows_from_the_format(recognizer: Recognizer) -> None:
    assert recognizer.model.columns == 3
    assert (Recognizer.load("fresh").model.columns, Recognizer.load().model.columns) == (2, 3)


def test_the_posterior_uses_the_errors(recognizer: Recognizer) -> None:
    answer = recognizer.recognize(_POINTS[:, 0], _POINTS[:, 1], _POINTS[:, 2])
    assert answer.posterior == pytest.approx(expected(_POINTS), abs=1e-6)
    assert [*answer.answer.values()] == pytest.approx(expected(_POINTS)[-1], abs=1e-6)  # type: ignore[union-attr]
    assert answer.points.tolist() == _POINTS[:, :2].tolist()
    unknown = np.column_stack([_POINTS[:, :2], np.zeros(4)])
    assert recognizer.recognize(*_POINTS[:, :2].T).posterior == pytest.approx(expected(unknown), abs=1e-6)
    assert (
        recognizer.recognize(_POINTS[:, 0], _POINTS[:, 1], 0.3).posterior
        == pytest.approx(  # one number for all
            expected(np.column_stack([_POINTS[:, :2], np.full(4, 0.3)])), abs=1e-6
        )
    )


def test_sequences_of_two_and_three_columns_are_predicted_together(recognizer: Recognizer) -> None:
    found = recognizer.predict_proba([_POINTS.tolist(), _POINTS[:3, :2], _POINTS[::-1]])
    unknown = np.column_stack([_POINTS[:3, :2], np.zeros(3)])
    assert found == pytest.approx(np.stack([expected(each)[-1] for each in (_POINTS, unknown, _POINTS)]), abs=1e-6)
    lengths = np.array([4, 3])
    flat = np.concatenate([_POINTS, unknown])
    for answers in (recognizer.posteriors(flat, lengths), recognizer.set_posteriors(flat, lengths)):
        assert answers == pytest.approx(found[:2], abs=1e-6)


def test_streams_take_errors(recognizer: Recognizer) -> None:
    truth = expected(_POINTS)
    stream, streams = recognizer.stream(), recognizer.streams(3)
    for number, (x, y, error) in enumerate(_POINTS.tolist()):
        assert stream.update(x, y, error) == pytest.approx(truth[number], abs=1e-6)
        assert streams.update([(x, y, error)] * 3)[1] == pytest.approx(truth[number], abs=1e-6)
    point = np.array([16.0, 2.0])
    more = expected(np.vstack([_POINTS, [*point, 0.0]]))[-1]
    assert stream.update(*point) == pytest.approx(more, abs=1e-6)
    assert streams.update([point], which=[2])[0] == pytest.approx(more, abs=1e-6)
    assert streams.update([point, point], which=[1, 0])[0] == pytest.approx(more, abs=1e-6)


@pytest.mark.parametrize("error", [-0.1, np.nan, np.inf, "wide"])
def test_errors_that_are_no_standard_deviations_are_refused(recognizer: Recognizer, error: float) -> None:
    stream, streams = recognizer.stream(), recognizer.streams(2)
    with pytest.raises(InputError, match=r"^(x, y and )?y_error must be (a finite number from 0 up|numbers), got "):
        stream.update(1.0, 2.0, error)
    assert stream.points == 0
    if isinstance(error, float):
        with pytest.raises(InputError, match=r"^stream 1: y_error must be a finite number from 0 up$"):
            streams.update([(1.0, 2.0, 0.1), (1.0, 2.0, error)])
        with pytest.raises(InputError, match=r"^sequence 1, point 2: y_error must be a finite number from 0 up, got "):
            recognizer.predict_proba([[(1.0, 2.0, 0.1), (1.0, 2.0, error)]])


def test_groups_use_the_errors_where_all_are_above_0(recognizer: Recognizer) -> None:
    points = np.tile(_POINTS[:, :2], (2, 1))
    errors = np.append(_POINTS[:, 2], [0.1, 0.0, 0.1, 0.1])  # those of the second group are not all known
    chunk = GroupChunk(["a", "b"], points, np.array([4, 4]), y_error=errors)
    (answers,) = recognize_groups(recognizer, [chunk], fit=False)
    unknown = np.column_stack([_POINTS[:, :2], np.zeros(4)])
    truth = np.stack([expected(_POINTS)[-1], expected(unknown)[-1]])
    assert answers.posterior == pytest.approx(truth, abs=1e-6)


@pytest.mark.parametrize("scale", [1.0, 1e-170, 1e170])
def test_the_error_of_a_mean(scale: float) -> None:
    rng = np.random.default_rng(0)
    points = np.column_stack([np.arange(20.0), rng.random(20), rng.random(20) + 0.1])
    points[:, 2] *= scale
    means, lengths = average_neighbours(points, np.array([20]), 6)
    edges = np.arange(7) * 20 // 6
    for mean, start, stop in zip(means, edges, edges[1:], strict=False):
        part = points[start:stop]
        truth = [*part[:, :2].mean(axis=0), scale * np.sqrt(np.sum((part[:, 2] / scale) ** 2)) / len(part)]
        assert mean == pytest.approx(truth, rel=1e-12, abs=0.0)
    assert lengths.tolist() == [6]
    points[3, 2] = 0.0
    assert (average_neighbours(points, np.array([20]), 6)[0][:, 2] == 0).tolist() == [False, True, *[False] * 4]
    assert average_neighbours(points[:, :2], np.array([20]), 6)[0].tolist() == means[:, :2].tolist()


def test_long_sets_are_answered_with_the_errors_of_means(recognizer: Recognizer) -> None:
    rng = np.random.default_rng(1)
    points = np.column_stack([np.arange(50.0), rng.random(50), rng.random(50) + 0.1])
    means, _ = average_neighbours(points, np.array([50]), LONGEST)
    assert recognizer.predict_proba([rng.permutation(points)])[0] == pytest.approx(expected(means)[-1], abs=1e-5)


def test_the_order_of_equal_points_with_different_errors_does_not_matter(recognizer: Recognizer) -> None:
    points = np.array([[1.0, 2.0, 0.1], [1.0, 2.0, 0.3], [1.0, 2.0, 0.2], [2.0, 1.0, 0.1]])
    rng = np.random.default_rng(2)
    answers = np.stack([recognizer.predict_proba([rng.permutation(points)])[0] for _ in range(6)])
    assert (answers == answers[0]).all()


def test_models_of_format_1_answer_as_without_errors() -> None:
    recognizer = Recognizer.load("fresh")
    rng = np.random.default_rng(3)
    x = rng.permutation(np.repeat(np.linspace(5.0, 10.0, 20), 2))
    points = np.column_stack([x, 2.0 * x + rng.standard_normal(40)])
    with_errors = np.column_stack([points, rng.random(40) + 0.1])
    plain, weighted = recognizer.recognize(*points.T), recognizer.recognize(*with_errors.T)
    assert (plain.posterior == weighted.posterior).all()
    assert plain.answer == weighted.answer
    assert (recognizer.predict_proba([points]) == recognizer.predict_proba([with_errors])).all()
    streams = recognizer.stream(), recognizer.stream()
    for row in with_errors.tolist():
        assert (streams[0].update(*row[:2]) == streams[1].update(*row)).all()
