import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.plain import plain_sequences
from shapeclf.datasets import LINE, PARABOLA, SQRT, ShapeSequences, Uniform
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.evaluation import Report, evaluate, report, training_sequences
from shapeclf.recognition import ModelFile, Recognizer
from shapeclf.training import settings_of

Answers = Callable[[FloatArray], FloatArray]


@pytest.fixture
def recognizer(tiny_model: Path) -> Recognizer:
    return Recognizer.load(tiny_model)


@pytest.fixture
def answering(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> Callable[[Answers], list[FloatArray]]:
    """Makes the recogniser answer (batch, points, 2) by a function; returns the list of its requests."""

    def answer_by(function: Answers) -> list[FloatArray]:
        requests: list[FloatArray] = []

        def log_probabilities(self: Recognizer, points: FloatArray) -> NDArray[np.float32]:
            requests.append(points.copy())
            return function(points).astype(np.float32)

        monkeypatch.setattr(Recognizer, "log_probabilities", log_probabilities)
        return requests

    return answer_by


def _with_record(recognizer: Recognizer, record: Any) -> Recognizer:
    model = recognizer.model
    return Recognizer(ModelFile(model.source, model.content, model.families, model.coordinates, record, model.state, 1))


def _truth(data: ShapeSequences) -> Answers:
    """Return log-probabilities: 0 where a point lies on a family's curve with the fixed parameters, otherwise -60."""
    assert data.fixed_parameters is not None
    fixed = data.fixed_parameters

    def answer(points: FloatArray) -> FloatArray:
        curves = [family.curve(points[..., 0], **fixed[family.name]) for family in data.families]
        on = np.stack([np.isclose(points[..., 1], curve, rtol=1e-12) for curve in curves], axis=-1)
        assert np.all(on.sum(axis=-1) == 1)
        return np.where(on, 0.0, -60.0)

    return answer


def _naive(recognizer: Recognizer, data: ShapeSequences, points: int, count: int) -> tuple[Any, Any, Any]:
    """Compute accuracy, NLL and confusion, one sequence and one point at a time."""
    data = replace(data, points=points, batch_size=1000 if count > 1000 else count, split="test")
    right, nll = [0] * points, [0.0] * points
    confusion = [[0] * len(data.families) for _ in data.families]
    number = 0
    for index in range(count + 1):
        batch = data.batch(index)
        for sequence, label in zip(batch.points, batch.labels.tolist(), strict=True):
            if number == count:
                return [r / count for r in right], [n / count for n in nll], confusion
            number += 1
            posterior = recognizer.recognize(sequence[:, 0], sequence[:, 1]).posterior
            for index in range(points):
                best = max(range(3), key=lambda family: posterior[index, family])
                right[index] += best == label
                nll[index] -= math.log(posterior[index, label])
            confusion[label][best] += 1
    raise AssertionError("never enough")


# Figures against a naive loop and against known truths.


@pytest.mark.parametrize(
    ("points", "count"),
    [(4, 1), (1, 300), (3, 1250)],
    ids=["one sequence", "one point", "a partial last batch"],
)
def test_the_figures_are_those_of_a_naive_loop(recognizer: Recognizer, points: int, count: int) -> None:
    figures = evaluate(recognizer, points=points, sequences=count)
    accuracy, nll, confusion = _naive(recognizer, plain_sequences(training_sequences(recognizer)), points, count)
    np.testing.assert_allclose(figures.accuracy, accuracy, rtol=1e-12)
    np.testing.assert_allclose(figures.nll, nll, rtol=1e-5)
    assert figures.confusion.tolist() == confusion
    assert (figures.points, figures.sequences) == (points, count)
    assert figures.confusion.sum() == count
    assert figures.accuracy[-1] == pytest.approx(np.trace(figures.confusion) / count)
    assert figures.mean_accuracy == pytest.approx(sum(accuracy) / points)


def test_a_model_that_is_always_right_and_certain(recognizer: Recognizer, answering: Any) -> None:
    answering(_truth(plain_sequences(training_sequences(recognizer))))
    figures = evaluate(recognizer, points=5, sequences=2500)
    assert figures.accuracy.tolist() == [1.0] * 5
    assert figures.nll.tolist() == [0.0] * 5
    assert np.array_equal(figures.confusion, np.diag(np.diag(figures.confusion)))
    assert np.all(abs(figures.confusion.diagonal() - 2500 / 3) < 5 * math.sqrt(2500 * 2 / 9))


def test_a_model_without_information_is_at_chance_level(recognizer: Recognizer, answering: Any) -> None:
    answering(lambda points: np.full((*points.shape[:2], 3), -math.log(3)))
    figures = evaluate(recognizer, points=2, sequences=3000)
    np.testing.assert_allclose(figures.nll, math.log(3), rtol=1e-6)
    assert abs(figures.accuracy[0] - 1 / 3) < 5 * math.sqrt(2 / 9 / 3000)
    assert np.all(figures.confusion[:, 1:] == 0)  # the first of equals


def test_rows_of_the_confusion_matrix_are_the_true_families(recognizer: Recognizer, answering: Any) -> None:
    truth = _truth(plain_sequences(training_sequences(recognizer)))
    answering(lambda points: np.roll(truth(points), 1, axis=-1))  # the answer to a line is parabola, and so on
    confusion = evaluate(recognizer, points=1, sequences=600).confusion
    assert np.array_equal(confusion != 0, np.roll(np.eye(3), 1, axis=1) != 0)


# What is drawn.


def test_the_seed_changes_the_draws_and_keeps_the_fixed_parameters(recognizer: Recognizer, answering: Any) -> None:
    requests = answering(
        _truth(plain_sequences(training_sequences(recognizer)))
    )  # which fails for points on other curves
    for seed in (0, 0, 1, 2):
        assert evaluate(recognizer, points=3, sequences=200, seed=seed).accuracy.tolist() == [1.0] * 3
    assert np.array_equal(requests[0], requests[1])
    x = [set(points[..., 0].ravel().tolist()) for points in requests[1:]]
    assert not (x[0] & x[1]) | (x[0] & x[2]) | (x[1] & x[2])


def test_the_draws_are_neither_training_nor_its_tests(recognizer: Recognizer, answering: Any) -> None:
    requests = answering(_truth(plain_sequences(training_sequences(recognizer))))
    evaluate(recognizer, points=8, sequences=1000, seed=0)
    tested = set(requests[0][..., 0].ravel().tolist())
    data = replace(settings_of("classic").sequences(), batch_size=1000)
    for split in ("train", "validation"):
        assert not tested & set(replace(data, split=split).batch(0).points[..., 0].ravel().tolist())


def test_a_given_data_set_keeps_its_fixed_parameters(recognizer: Recognizer, answering: Any) -> None:
    data = ShapeSequences(seed=77, points=(2, 5), split="train")
    answering(_truth(data))
    assert evaluate(recognizer, data, points=3, sequences=100, seed=5).accuracy.tolist() == [1.0] * 3


def test_fresh_data(recognizer: Recognizer) -> None:
    data = ShapeSequences(parameters="fresh", noise=0.1)
    figures = evaluate(recognizer, data, points=3, sequences=70)
    accuracy, nll, confusion = _naive(recognizer, data, 3, 70)
    np.testing.assert_allclose(figures.accuracy, accuracy)
    np.testing.assert_allclose(figures.nll, nll, rtol=1e-5)
    assert figures.confusion.tolist() == confusion


def test_batches_are_of_bounded_size(recognizer: Recognizer, answering: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "_BATCH", 8)
    requests = answering(_truth(plain_sequences(training_sequences(recognizer))))
    figures = evaluate(recognizer, points=1, sequences=20)
    assert [len(points) for points in requests] == [8, 8, 4]
    assert figures.confusion.sum() == 20


# The record of a model.


def test_the_data_set_that_the_model_was_trained_on(recognizer: Recognizer) -> None:
    default, classic = (
        plain_sequences(data) for data in (training_sequences(recognizer), settings_of("classic").sequences())
    )
    assert default.families == classic.families
    assert default.fixed_parameters == classic.fixed_parameters
    assert (default.points, default.x, default.noise, default.split) == (8, None, 0.0, "test")


@pytest.mark.parametrize(
    "record",
    [{}, {"settings": None}, {"settings": {}}, {"settings": []}],
    ids=["empty", "null settings", "no sequences", "a list"],
)
def test_a_model_without_a_record_of_its_data_set(recognizer: Recognizer, record: Any) -> None:
    silent = _with_record(recognizer, record)
    with pytest.raises(InputError, match=r"model\.onnx: the model has no record of its training data$"):
        evaluate(silent)
    figures = evaluate(silent, ShapeSequences(), sequences=3)  # but it can be tested on other data
    assert (figures.recipe, figures.sequences) == ("", 3)


def test_a_model_of_an_earlier_edition_of_experiments_is_not_evaluated() -> None:
    real = Recognizer.load("real")
    record = json.loads(json.dumps(real.model.record))
    record["settings"]["sequences"]["experiments"] = True
    earlier = Recognizer(replace(real.model, record=record))
    with pytest.raises(InputError, match=r"on an earlier edition of experiments, which is no longer drawn$"):
        evaluate(earlier)


def test_a_model_of_a_family_that_is_not_known_here(recognizer: Recognizer) -> None:
    record = json.loads(json.dumps(recognizer.model.record))
    record["settings"]["sequences"]["families"][1]["name"] = "cubic"
    message = (
        r"model\.onnx: unknown family 'cubic'; there are line, parabola, sqrt.* "
        r"\(give a family of your own with --family module:NAME\)$"
    )
    with pytest.raises(InputError, match=message):
        training_sequences(_with_record(recognizer, record))


# What is refused, and what is handed on.


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({"points": 0}, "^points must be from 1 up, got 0$", id="no points"),
        pytest.param({"sequences": 0}, "^sequences must be from 1 up, got 0$", id="no sequences"),
        pytest.param({"seed": -1}, "^seed must be from 0 up, got -1$", id="negative seed"),
        pytest.param(
            {"data": ShapeSequences((LINE, SQRT))},
            "^the model distinguishes line, parabola, sqrt; the data set has line, sqrt$",
            id="fewer families",
        ),
        pytest.param(
            {"data": ShapeSequences((PARABOLA, LINE, SQRT))},
            "^the model distinguishes line, parabola, sqrt; the data set has parabola, line, sqrt$",
            id="another order",
        ),
    ],
)
def test_bad_arguments(recognizer: Recognizer, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        evaluate(recognizer, **arguments)


def test_a_report_as_json(recognizer: Recognizer, tiny_model: Path) -> None:
    figures = evaluate(recognizer, points=2, sequences=50)
    written = json.loads(json.dumps(figures.to_json(), allow_nan=False))
    keys = ("model", "recipe", "families", "points", "sequences", "accuracy", "nll", "mean_accuracy", "confusion")
    assert tuple(written)[: len(keys)] == keys
    assert written["model"] == str(tiny_model)
    assert written["recipe"] == "classic"
    assert written["families"] == ["line", "parabola", "sqrt"]
    assert (written["points"], written["sequences"]) == (2, 50)
    assert written["accuracy"] == figures.accuracy.tolist()
    assert written["nll"] == figures.nll.tolist()
    assert written["confusion"] == figures.confusion.tolist()
    assert written["mean_accuracy"] == pytest.approx(float(np.mean(written["accuracy"])))
    assert isinstance(figures, Report)


def test_more_points_than_in_training_and_another_x(recognizer: Recognizer) -> None:
    figures = evaluate(
        recognizer, replace(plain_sequences(training_sequences(recognizer)), x=Uniform(5, 15)), points=64, sequences=20
    )
    assert len(figures.accuracy) == len(figures.nll) == 64
    assert np.isfinite(figures.nll).all()
