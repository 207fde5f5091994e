"""The shipped models are small, accurate, calibrated, and independent of units."""

import numpy as np
import pytest

from benchmarks.whole_sequences import rejection, whole_sequences
from shapeclf import Recognizer, evaluate
from shapeclf.datasets import LINE, ShapeSequences, Uniform
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.evaluation.report import training_sequences
from shapeclf.recognition.locating import shipped_models
from shapeclf.training import RECIPES

LARGEST = {"fresh": 1_000_000, "real": 2_000_000}  # bytes
ALLOWED = 0.008  # nats of excess NLL


def test_every_shipped_model_has_a_recipe_and_is_small() -> None:
    assert set(shipped_models()) <= set(RECIPES)
    assert all(path.stat().st_size < LARGEST[name] for name, path in shipped_models().items())


def test_fresh_stays_near_the_limit() -> None:
    report = evaluate(Recognizer.load("fresh"), points=32, sequences=4000)
    reference = report.reference
    assert reference.excess_nll is not None
    assert reference.standard_error is not None
    assert reference.exact_accuracy is not None
    assert (reference.excess_nll < ALLOWED + 4 * reference.standard_error).all()
    assert (report.accuracy > reference.exact_accuracy - 0.01).all()


@pytest.mark.slow
@pytest.mark.parametrize("points", [32, 64])
def test_fresh_on_a_hundred_thousand_sequences(points: int) -> None:
    report = evaluate(Recognizer.load("fresh"), points=points, sequences=100_000)
    reference = report.reference
    assert reference.excess_nll is not None
    assert reference.exact_accuracy is not None
    assert reference.excess_nll[:32].max() <= ALLOWED
    assert np.abs(report.accuracy - reference.exact_accuracy)[:32].max() <= 0.003
    assert report.calibration_error[:32].max() <= 0.01
    assert reference.excess_nll.max() <= 0.02


def test_an_answer_comes_for_points_far_from_those_of_training() -> None:
    recognizer = Recognizer.load("fresh")
    for scale in (1e-9, 1.0, 1e9):
        batch = ShapeSequences(parameters="fresh", x=Uniform(-1, 1), families=[LINE], points=10, batch_size=8).batch(0)
        answers = recognizer.predict_proba(list(batch.points * scale))
        assert np.isfinite(answers).all()
        np.testing.assert_allclose(answers.sum(axis=-1), 1.0)


@pytest.mark.parametrize(
    ("family", "curve"),
    [
        ("line", lambda x: 3 * x - 2),
        ("parabola", lambda x: -2 * x * x + 7),
        ("sqrt", lambda x: 5 * np.sqrt(x) + 1),
        ("reciprocal", lambda x: 4 / x),
        ("logarithm", lambda x: 2 * np.log(x) + 3),
        ("sine", lambda x: np.sin(1.3 * x)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_real_names_exact_laws_in_any_unit(family: str, curve, unit: float) -> None:  # type: ignore[no-untyped-def]
    x = np.linspace(0.5, 12.0, 24)
    assert Recognizer.load("real").recognize(x * unit, curve(x) / unit).family == family


@pytest.mark.slow
def test_real_is_calibrated_and_rejects() -> None:
    recognizer = Recognizer.load("real")
    data = training_sequences(recognizer)
    assert isinstance(data, ExperimentSequences)
    found = whole_sequences(recognizer, data, sequences=4000)["all"]
    assert found.accuracy > 0.8
    assert found.calibration_error < 0.02 + 0.01  # sampling error of 4000 sequences
    rejected = rejection(recognizer, data, sequences=300)
    assert np.mean(list(rejected.out_of_distribution.values())) > 0.8
    assert rejected.falsely < 0.03
