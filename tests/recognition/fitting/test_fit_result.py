import numpy as np
import pytest
from scipy import stats

from shapeclf.datasets import EXPONENTIAL, LINE, LOGISTIC, RECIPROCAL, Family
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.recognition.fitting.fit_result import Fit

from .cases import fitted


def _band(fit: Fit, x: FloatArray, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    band = fit.band(x, level)
    assert band is not None
    return band


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_the_band_of_a_line_is_the_textbooks(level: float) -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(100, 101, 7)
    y = 3 * x + rng.standard_normal(7)
    fit = fitted(LINE, x, y)
    assert fit.residual_sd is not None
    at = np.linspace(99, 102, 9)
    error = fit.residual_sd * np.sqrt(1 / 7 + (at - x.mean()) ** 2 / np.sum((x - x.mean()) ** 2))
    lower, upper = _band(fit, at, level)
    half = stats.t.ppf(0.5 + level / 2, 5) * error
    np.testing.assert_allclose((upper + lower) / 2, fit.curve(at), rtol=1e-12)
    np.testing.assert_allclose((upper - lower) / 2, half, rtol=1e-9)


@pytest.mark.parametrize(
    ("family", "shape"),
    [
        pytest.param(EXPONENTIAL, {"r": -2.0}, id="exponential"),
        pytest.param(LOGISTIC, {"r": 8.0, "c": 0.5}, id="logistic", marks=pytest.mark.slow),
    ],
)
def test_the_band_covers_the_truth_with_the_probability_of_its_level(family: Family, shape: dict[str, float]) -> None:
    rng = np.random.default_rng(1)
    x = np.linspace(0, 1, 12)
    truth = family.curve(x[None], k=1.0, b=0.3, **shape)[0]
    covered = np.zeros(12)
    for _ in range(300):
        lower, upper = _band(fitted(family, x, truth + 0.02 * rng.standard_normal(12)), x, 0.9)
        covered += (lower <= truth) & (truth <= upper)
    # At each x 270 are expected, with a standard deviation of 5.2.
    assert np.abs(covered - 270).max() < 4 * 5.2


def test_the_curve_is_nan_outside_the_domain() -> None:
    fit = fitted(RECIPROCAL, np.array([1.0, 2.0, 4.0]), np.array([2.0, 1.0, 0.5]))
    assert np.isnan(fit.curve([-1.0, 0.0, 2.0])).tolist() == [True, True, False]
    lower, upper = _band(fit, np.array([-1.0, 2.0]))
    assert np.isnan([lower[0], upper[0]]).all()
    assert np.isfinite([lower[1], upper[1]]).all()


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, float("nan")])
def test_levels_are_probabilities(level: float) -> None:
    fit = fitted(LINE, np.arange(4.0), np.array([0.0, 1.0, 2.0, 3.5]))
    with pytest.raises(InputError, match=r"^level must be between 0 and 1, got "):
        fit.band([1.0], level)


def test_equal_points_give_equal_fits_that_read_well() -> None:
    x, y = np.arange(4.0), np.array([0.0, 1.0, 2.0, 3.5])
    fit = fitted(LINE, x, y)
    assert fit == fitted(LINE, x, y)
    assert fit != fitted(LINE, x, y + 1)
    assert repr(fit).startswith("Fit(family='line', equation='y = 1.15·x − 0.1', parameters={'k': 1.15")
    assert "_curve" not in repr(fit)
