from dataclasses import replace

import numpy as np
import pytest

from shapeclf import Recognizer
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.families import LINE, PARABOLA, SQRT
from shapeclf.datasets.laws import CONSTANT, EXPONENTIAL, HYPERBOLA, LOGARITHM
from shapeclf.errors import InputError
from shapeclf.evaluation import law_limit
from shapeclf.evaluation.law_limit import compare_with_limit, law_posterior
from shapeclf.evaluation.report import training_sequences

DATA = ExperimentSequences((LINE, PARABOLA, SQRT, LOGARITHM), points=6, noise=0.05, batch_size=3000)


WIDER = ExperimentSequences((LINE, CONSTANT, HYPERBOLA, SQRT), points=6, noise=0.05, batch_size=1500)
ERRORS = replace(WIDER, noise=None, error_bars=1.0)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(DATA, id="four laws"),
        pytest.param(WIDER, id="constant and hyperbola", marks=pytest.mark.slow),
        pytest.param(ERRORS, id="error bars", marks=pytest.mark.slow),
    ],
)
def test_the_posterior_is_calibrated(data: ExperimentSequences) -> None:
    """The posterior is calibrated: a law with a probability of p is the true one in a share p of the sequences."""
    batch = data.batch(0)
    chosen = batch.labels < len(data.families)
    y_error = None
    if data.error_bars:
        chosen &= np.ptp(batch.points[..., 2], axis=1) == 0  # the evidence of errors that differ is approximate
        y_error = batch.points[chosen, :, 2][:300]
    points, labels = batch.points[chosen, :, :2][:300], batch.labels[chosen][:300]
    posterior = np.exp(law_posterior(data, points, y_error))
    np.testing.assert_allclose(posterior.sum(axis=1), 1.0)
    right, top = posterior.argmax(axis=1) == labels, posterior.max(axis=1)
    assert abs(right.mean() - top.mean()) < 3 * np.sqrt((top * (1 - top)).sum()) / len(top)
    for row in range(len(data.families)):
        error = np.sqrt((posterior[:, row] * (1 - posterior[:, row])).sum()) / len(labels)
        assert abs(posterior[:, row].mean() - (labels == row).mean()) < 3.5 * error


def test_the_posterior_knows_how_each_law_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """If y says nothing, x decides: times begin at 0 in about equal steps, concentrations increase by factors."""
    monkeypatch.setattr(law_limit, "law_evidence", lambda families, *_, **__: np.zeros(len(families)))
    data = replace(WIDER, families=(EXPONENTIAL, HYPERBOLA))
    even, factors = np.linspace(0.0, 1.0, 12), np.geomspace(0.02, 1.0, 12)
    about_even = even + 0.01 * np.sin(3.0 * np.arange(12))
    x = np.stack([even, about_even - about_even[0], factors])
    log_p = law_posterior(data, np.stack([x, x], axis=-1))
    even_odds, about_even_odds, odds_by_factors = log_p[:, 0] - log_p[:, 1] - np.log(2.2 / 0.45)
    # Some x that begin just above 0 are rounded to 0, so the odds are smaller than without rounding.
    assert even_odds == pytest.approx(np.log(0.4 * 0.44 / (0.1 * 0.2)), abs=0.7)
    assert about_even_odds > even_odds
    # Shares of the lowest x between 2 and 5 % of the highest: of those above zero, and of those just after it.
    above, just_after = np.log(2.5) / np.log(400 / 1.2), 12 * 0.03
    odds = (0.22 * above + 0.22 * just_after) * 0.08 / (0.81 * above * 0.4)
    assert odds_by_factors == pytest.approx(np.log(odds), abs=0.3)


def test_x_of_zero_rules_out_the_logarithm() -> None:
    x = np.linspace(0.0, 1.0, 6)
    points = np.stack([x, np.sqrt(x)], axis=-1)[None]
    assert law_posterior(DATA, points)[0].tolist()[-1] == -np.inf


@pytest.mark.slow
def test_the_model_of_real_stays_above_the_limit_by_a_few_hundredths() -> None:
    recognizer = Recognizer.load("real")
    data = replace(training_sequences(recognizer), noise=0.02)
    assert isinstance(data, ExperimentSequences)
    found = compare_with_limit(recognizer, data, [8, 24], sequences=150)
    assert (found.excess_nll > -2 * found.standard_error).all()
    assert (found.excess_nll < 0.055 + 3 * found.standard_error).all()
    assert (np.abs(found.accuracy - found.exact_accuracy) < 0.06).all()
    assert np.allclose(found.nll - found.exact_nll, found.excess_nll)
    assert (found.divergence > 0).all()
    # Both estimate the same excess; the divergence does so with a smaller error.
    assert (found.divergence_error < found.standard_error).all()
    assert (np.abs(found.divergence - found.excess_nll) < 4 * found.standard_error).all()


@pytest.mark.parametrize("noise", [None, 0.0, 0.6])
def test_the_noise_must_be_given_and_within_its_prior(noise: float | None) -> None:
    with pytest.raises(InputError, match=r"needs a noise from 0\.0003 to 0\.5, got"):
        compare_with_limit(Recognizer.load("real"), replace(DATA, noise=noise), [8])


def test_equal_x_are_refused() -> None:
    with pytest.raises(InputError, match="must not all be equal"):
        law_posterior(DATA, np.ones((1, 5, 2)))
