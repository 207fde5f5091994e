"""The models inside the package are what their cards say."""

import numpy as np
import pytest

from shapeclf import Recognizer, evaluate
from shapeclf.datasets import LINE, ShapeSequences, Uniform
from shapeclf.recognition.locating import shipped_models
from shapeclf.training import RECIPES

LARGEST = 1_000_000  # bytes
ALLOWED = 0.008  # nats of excess NLL


def test_every_shipped_model_is_a_recipe_s_and_small() -> None:
    assert set(shipped_models()) <= set(RECIPES)
    assert all(path.stat().st_size < LARGEST for path in shipped_models().values())


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
