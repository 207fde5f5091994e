import numpy as np
import pytest

from shapeclf.datasets.negative_examples import (
    NEGATIVE_EXAMPLES,
    GeneratorInputs,
    bent_law,
    other_law,
    smooth_curve,
)

T = np.tile(np.linspace(0.0, 1.0, 64), (500, 1))


INPUTS = GeneratorInputs((T, T**2), 64, np.full((500, 1), 0.1))


@pytest.mark.parametrize("kind", list(NEGATIVE_EXAMPLES), ids=list(NEGATIVE_EXAMPLES))
def test_every_curve_is_finite_and_no_constant(kind: str) -> None:
    # Some x lie a little beyond the ends, where they have been rounded.
    t = np.clip(T * 1.02 - 0.01, -0.01, 1.01)
    curves = NEGATIVE_EXAMPLES[kind](np.random.default_rng(0), t, INPUTS)
    assert curves.shape == t.shape
    assert np.isfinite(curves).all()
    assert (np.ptp(curves, axis=1) > 0).all()


def test_smooth_curves_have_variance_one() -> None:
    values = smooth_curve(np.random.default_rng(1), T, INPUTS)[:, 31]
    assert abs(values.mean()) < 5 / np.sqrt(len(values))
    assert abs(values.var() - 1.0) < 5 * np.sqrt(2 / len(values))


def test_a_bend_is_larger_than_any_drift() -> None:
    bends = bent_law(np.random.default_rng(2), T, INPUTS) - T
    sizes = np.sqrt((bends**2).mean(axis=1))
    # A Gaussian process has its size only on average; some with few periods in the range are smaller.
    assert np.quantile(sizes, 0.1) > 0.06
    assert 0.1 < np.median(sizes) < 0.6


def test_other_laws_are_the_four_that_are_named() -> None:
    curves = other_law(np.random.default_rng(3), T, INPUTS)
    forward = curves[(curves[:, 0] == 0) & (np.diff(curves, axis=1) > 0).all(axis=1)]
    # Saturation, t / (half + t): its reciprocal is a straight line in 1 / t, through 1.
    slope = 1.0 / forward[:, 1:] - 1.0
    half = slope * T[0, 1:]
    saturating = np.ptp(half, axis=1) < 1e-9
    assert saturating.sum() > 50
    assert ((half[saturating, 0] >= 0.05) & (half[saturating, 0] <= 1.0)).all()
    rising_and_falling = (curves[:, 0] == 0) & (curves.argmax(axis=1) > 0) & (curves.argmax(axis=1) < 63)
    assert rising_and_falling.sum() > 20
