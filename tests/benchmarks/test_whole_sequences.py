import numpy as np
import pytest

from benchmarks.out_of_distribution import OUT_OF_DISTRIBUTION, out_of_distribution_points
from benchmarks.whole_sequences import figures, rejection, whole_sequences
from shapeclf import Recognizer
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.families import NONE
from shapeclf.evaluation.report import training_sequences


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load("real")


@pytest.fixture(scope="module")
def data(recognizer: Recognizer) -> ExperimentSequences:
    found = training_sequences(recognizer)
    assert isinstance(found, ExperimentSequences)
    return found


def test_figures_are_those_of_the_definition() -> None:
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.45, 0.55]])
    found = figures(probabilities, np.array([0, 1, 1, 1]))
    assert (found.sequences, found.accuracy) == (4, 0.75)
    assert found.nll == pytest.approx(-np.mean(np.log([0.9, 0.1, 0.8, 0.55])))
    # Of 15 bins: 0.9 twice with one right, 0.8 and 0.55 right.
    assert found.calibration_error == pytest.approx((2 * abs(0.5 - 0.9) + 0.2 + 0.45) / 4)


def test_groups_partition_the_sequences(recognizer: Recognizer, data: ExperimentSequences) -> None:
    found = whole_sequences(recognizer, data, sequences=200)
    assert found["all"].sequences == 200
    for kind in ("points", "noise"):
        groups = [value for name, value in found.items() if kind in name]
        assert sum(group.sequences for group in groups) == 200
        right = sum(group.sequences * group.accuracy for group in groups)
        assert right == pytest.approx(200 * found["all"].accuracy)


@pytest.mark.slow
def test_rejected_shares_agree_with_predict(recognizer: Recognizer, data: ExperimentSequences) -> None:
    found = rejection(recognizer, data, sequences=20)
    assert set(found.out_of_distribution) == set(OUT_OF_DISTRIBUTION)
    for kind, share in found.out_of_distribution.items():
        assert share == np.mean(recognizer.predict(list(out_of_distribution_points(kind, 20, data.families))) == NONE)
    assert set(found.families) == set(recognizer.families) - {NONE}
    assert 0 <= found.falsely <= max(found.families.values())
