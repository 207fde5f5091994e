import math

import numpy as np
import pytest

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.disturbances import NOISE
from shapeclf.datasets.families import LINE, PARABOLA, SQRT, Family
from shapeclf.datasets.laws import CONSTANT, GAUSSIAN, LOGARITHM
from shapeclf.evaluation.evidence import log_evidence
from shapeclf.evaluation.law_evidence import law_evidence
from shapeclf.evaluation.moments import Box, running_moments

X = np.array([0.2, 0.3, 0.65, 1.0])
Y = np.array([1.0, 1.7, 2.1, 3.3])
WITH_SHAPE = [family for family in BUILT_IN if family.shape]


def from_zero_to_one(h: FloatArray) -> FloatArray:
    """Subtract the lowest value of each curve and divide by its range."""
    lowest = h.min(axis=-1, keepdims=True)
    return np.asarray((h - lowest) / (h.max(axis=-1, keepdims=True) - lowest))


def integral(log_integrand: FloatArray, *steps: float) -> float:
    """Return the logarithm of a sum over a grid of equal steps."""
    top = log_integrand.max()
    return float(top + np.log(np.exp(log_integrand - top).sum()) + np.log(steps).sum())


def by_a_grid(family: Family, x: FloatArray, y: FloatArray) -> float:
    """Integrate over the size of the noise and the unit, sign and offset of y: a sum over a fine grid."""
    h = from_zero_to_one(family.basis_at(x[None]))[0]
    log_s = np.log(np.geomspace(*NOISE.support, 121))[:, None, None]
    log_u = np.linspace(np.log(0.05), np.log(30.0), 161)[:, None]
    offset = np.linspace(-40.0, 40.0, 1001)
    s, u = np.exp(log_s[60:]), np.exp(log_u)  # noise below 0.8 % cannot have given these points
    total = []
    for sign in (1.0, -1.0):
        misfit = np.zeros(np.broadcast_shapes(u.shape, offset.shape))
        for one_y, one_h in zip(y, h, strict=True):
            misfit += (u * one_y - sign * one_h - offset) ** 2
        density = (len(x) - 1) * log_u - len(x) * log_s[60:] - misfit / (2 * s**2)
        total.append(integral(density, *(float(np.diff(grid.ravel()[:2])[0]) for grid in (log_s, log_u, offset))))
    return float(np.logaddexp.reduce(np.array(total)))


@pytest.mark.slow
def test_unit_offset_and_noise_are_integrated_as_a_fine_grid_does() -> None:
    laws = [LINE, SQRT, LOGARITHM]
    found = law_evidence(laws, X, Y)
    grid = np.array([by_a_grid(law, X, Y) for law in laws])
    np.testing.assert_allclose(found - found[0], grid - grid[0], atol=0.02)


def by_drawing(
    family: Family, x: FloatArray, y: FloatArray, count: int, generator: np.random.Generator
) -> tuple[float, float]:
    """Return the mean over shape parameters drawn from their priors, and its standard error relative to it."""
    frame = (x - x.min()) / np.ptp(x) if family.shift_invariant else x / np.abs(x).max()
    shape = {name: prior.quantile(generator.random((count, 1))) for name, prior in family.shape.items()}
    step = np.ptp(frame) / (len(x) - 1)
    for name, prior in family.shape.items():  # a rate or a width that the points could not resolve is drawn again
        low, high = {"r": (0, 0.9 * math.pi / step), "w": (0, 0.9 * math.pi / step), "s": (0.4 * step, 1)}.get(
            name, (0, np.inf)
        )
        while (again := (np.abs(shape[name]) > high) | (np.abs(shape[name]) < low)).any():
            shape[name][again] = prior.quantile(generator.random(int(again.sum())))
    curves = family.basis_at(np.broadcast_to(frame, (count, len(x))), **shape)
    # A law whose curve is the drawn one has that curve's evidence: straight lines between its points.
    values = np.array([fixed_evidence(curve, y) for curve in curves])
    mean = values.mean()
    return float(np.log(mean)), float(values.std() / np.sqrt(count) / mean)


def fixed_evidence(curve: FloatArray, y: FloatArray) -> float:
    """Return the evidence of a single curve without shape parameters."""
    order = np.linspace(0.0, 1.0, len(y))
    law = Family("drawn", "y", lambda x: np.asarray(np.interp(x, order, curve)), shift_invariant=True)
    return float(np.exp(law_evidence([law], order, y)[0]))


@pytest.mark.slow
@pytest.mark.parametrize("family", WITH_SHAPE, ids=lambda family: family.name)
def test_shape_parameters_are_integrated_as_drawing_them_does(family: Family) -> None:
    generator = np.random.default_rng(5)
    x = np.sort(generator.uniform(0.05, 1.0, 6))
    truth = {name: prior.quantile(np.array([[0.37]])) for name, prior in family.shape.items()}
    frame = (x - x[0]) / np.ptp(x) if family.shift_invariant else x / x[-1]
    y = from_zero_to_one(family.basis_at(frame[None], **truth))[0] + 0.1 * generator.standard_normal(6)
    (found,) = law_evidence([family], x, y)
    drawn, error = by_drawing(family, x, y, 10_000 if family is GAUSSIAN else 4000, generator)
    assert error < 0.12
    assert found == pytest.approx(drawn, abs=4 * error)


def test_known_errors_give_the_evidence_of_uniform_k_and_b() -> None:
    """With k uniform instead of uniform in its logarithm, the evidence of a sharp k differs by the factor k."""
    generator = np.random.default_rng(1)
    x = np.sort(generator.uniform(5.0, 10.0, 20))
    laws, noise = (LINE, PARABOLA, SQRT), 0.02
    y = 0.7 * np.sqrt(x) + 2.0 + noise * generator.standard_normal(20)
    uniform, k = [], []
    for law in laws:
        g = law.basis_at(x[None])
        uniform.append(log_evidence(running_moments(g, y[None]), Box((0.0, 5.0), (-50.0, 50.0)), noise)[0, -1])
        k.append(np.polyfit(g[0], y, 1)[0])
    found = law_evidence(laws, x, y, np.full(20, noise)) + np.log(k)
    np.testing.assert_allclose(found - found[0], np.array(uniform) - uniform[0], atol=2e-3)


def test_one_reading_with_a_large_error_bar_counts_little() -> None:
    x = np.linspace(1.0, 2.0, 8)
    errors = np.full(8, 0.01)
    errors[3] = 100.0
    y = 3.0 * np.sqrt(x)
    y[3] += 50.0
    without = np.delete(np.arange(8), 3)
    with_it = law_evidence((LINE, SQRT), x, y, errors)
    left_out = law_evidence((LINE, SQRT), x[without], y[without], errors[without])
    assert np.diff(with_it)[0] == pytest.approx(np.diff(left_out)[0], rel=0.1)


@pytest.mark.parametrize("change", [(2.5, 0.0), (-3.0, 0.0), (1e-6, 0.0), (1.0, 40.0)], ids=str)
def test_unit_sign_and_offset_of_y_and_the_unit_of_x_change_nothing(change: tuple[float, float]) -> None:
    laws = BUILT_IN[:7]
    factor, offset = change
    before = law_evidence(laws, X, Y)
    np.testing.assert_allclose(law_evidence(laws, 7.0 * X, factor * Y + offset), before, atol=1e-6)


def test_a_law_is_not_defined_outside_its_domain() -> None:
    evidence = law_evidence((LINE, SQRT, LOGARITHM), np.array([-1.0, 0.0, 1.0, 2.0]), Y)
    assert np.isfinite(evidence[0])
    assert evidence[1:].tolist() == [-np.inf, -np.inf]


def test_a_constant_has_the_evidence_of_a_curve_without_range() -> None:
    rng = np.random.default_rng(2)
    x, noise = np.linspace(0.0, 1.0, 8), rng.standard_normal(8)
    laws = (CONSTANT, LINE)
    flat, sloped = law_evidence(laws, x, noise), law_evidence(laws, x, noise + 20.0 * x)
    assert flat[0] > flat[1]
    assert sloped[0] < sloped[1] - 8
    with_errors = law_evidence(laws, x, noise + 20.0 * x, np.ones(8))
    # Without k, twice the difference from the best line is about the squared t of the slope.
    assert with_errors[0] < with_errors[1] - 100
