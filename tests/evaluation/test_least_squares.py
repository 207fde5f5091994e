from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from shapeclf.datasets import LINE, PARABOLA, SQRT, Family, ShapeSequences, Uniform
from shapeclf.datasets.sequences import Parameters
from shapeclf.errors import InputError
from shapeclf.evaluation.least_squares import answer_shares, least_squares

# The range of x is the same for all families, so that x alone reveals nothing about the family.
SAME_X = ShapeSequences(parameters="fresh", x=Uniform(5, 15), noise=0.1, points=32, batch_size=2000, split="test")
POWER = Family("power", "y = k·x^a + b", lambda x, a: x**a, shape={"a": Uniform(2, 3)})


@pytest.mark.parametrize("box", [False, True], ids=["free", "in the box"])
def test_residuals_are_those_of_fitting_each_prefix(box: bool) -> None:
    sequences = replace(SAME_X, noise=1.0, batch_size=6)
    points = sequences.batch(0).points
    found = least_squares(sequences, points, box=box)
    low, high = ([0, 0], [1, 5]) if box else (-np.inf, np.inf)
    for row in range(6):
        for column, family in enumerate(sequences.families):
            for n in (3, 4, 8, 32):
                x, y = points[row, :n].T
                fit = lsq_linear(np.stack([family.basis(x), np.ones(n)], axis=1), y, (low, high), tol=1e-14)
                assert found[row, n - 1, column] == pytest.approx(2 * fit.cost, rel=1e-6)


def accuracy(sequences: ShapeSequences, *, box: bool, batches: int = 1) -> list[float]:
    shares = []
    for index in range(batches):
        batch = sequences.batch(index)
        answers = answer_shares(least_squares(sequences, batch.points, box=box))
        shares.append(np.take_along_axis(answers, batch.labels[:, None, None], axis=-1)[..., 0])
    found: list[float] = np.concatenate(shares).mean(axis=0).tolist()
    return found


def test_measured_accuracy() -> None:
    found = accuracy(SAME_X, box=False, batches=5)
    assert found[0] == found[1] == pytest.approx(1 / 3)  # nothing but ties
    assert found[3] == pytest.approx(0.64, abs=0.02)
    assert found[31] == pytest.approx(0.85, abs=0.02)
    boxed = accuracy(SAME_X, box=True, batches=5)
    assert all(inside > outside for inside, outside in zip(boxed, found, strict=True))


@pytest.mark.parametrize("x", [None, Uniform(5, 15)], ids=["own x", "same x"])
@pytest.mark.parametrize("box", [False, True], ids=["free", "in the box"])
def test_three_exact_points_decide(box: bool, x: Uniform | None) -> None:
    sequences = replace(SAME_X, noise=0.0, x=x)
    assert accuracy(sequences, box=box)[2:] == [1.0] * 30


def test_fixed_values_are_the_whole_box() -> None:
    sequences = ShapeSequences((LINE, POWER), parameters="fixed", points=4, seed=2)
    assert accuracy(sequences, box=True) == [1.0] * 4
    fixed = sequences.fixed_parameters
    assert fixed is not None
    x = np.array([[6.0, 9.0]])
    y = LINE.curve(x, **fixed["line"]) + np.array([[2.0, -1.0]])
    found = least_squares(sequences, np.stack([x, y], axis=-1), box=True)
    np.testing.assert_allclose(found[0, :, 0], [4.0, 5.0])


def test_points_outside_a_domain_have_no_fit() -> None:
    points = np.array([[[4.0, 2.0], [-1.0, 2.0], [9.0, 3.0]]])
    found = least_squares(ShapeSequences((PARABOLA, SQRT)), points)
    assert np.isfinite(found[0, :, 0]).all()
    assert np.isinf(found[0, :, 1]).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("parameters", "box"),
    [("fresh", True), ("fresh", False), ("fixed", False)],
    ids=["fresh, in the box", "fresh, free", "fixed, free"],
)
def test_shape_parameters_that_are_not_fixed_are_refused(parameters: Parameters, box: bool) -> None:
    with pytest.raises(InputError, match=r"least squares: family 'power' has shape parameters \(a\)"):
        least_squares(ShapeSequences((LINE, POWER), parameters=parameters), np.ones((1, 1, 2)), box=box)


def test_bad_points_are_refused() -> None:
    with pytest.raises(InputError, match=r"points must have the shape \(batch, points, 2\)"):
        least_squares(SAME_X, np.ones((4, 2)))
