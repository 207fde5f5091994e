"""Weighted coordinates against direct weighted least squares, and the size of their graph."""

from collections.abc import Callable

import numpy as np
import onnx
import pytest
import torch

from shapeclf.datasets._types import FloatArray
from shapeclf.recognition.model_file import KEY_FORMAT, OPERATORS
from shapeclf.recognition.recognizer import Recognizer
from shapeclf.training.export import export
from shapeclf.training.network import ShapeNetwork
from shapeclf.training.operations import TorchOperations
from shapeclf.training.weighted_coordinates import WeightedCoordinates
from shapeclf.training.weighted_sums import (
    CENTRED,
    CURVES,
    FREQUENCIES,
    LADDER,
    OCTAVES,
    ON_ONE_TERM,
    ON_TWO_TERMS,
    UNCENTRED,
)

REGRESSIONS = ON_ONE_TERM + 2 * ON_TWO_TERMS
AFTER_U, AFTER_UU = 11, 8  # regressions on two terms: first those after 1 and u, then those also after u², then waves
EQUATIONS = AFTER_U + AFTER_UU + 1  # the last one is on v one and two points ago


def scattered(errors: bool, points: int = 30) -> FloatArray:
    """Return noisy points of y = 3·√x at scattered x, with or without different errors; shape (points, 3)."""
    rng = np.random.default_rng(4)
    x = np.sort(rng.uniform(1.0, 9.0, points))
    error = 0.1 * np.exp(0.5 * rng.standard_normal(points))
    y = 3.0 * np.sqrt(x) + error * rng.standard_normal(points)
    return np.stack([x, y, error if errors else 0.0 * error], axis=1)


def features(points: FloatArray, count: int = 1) -> FloatArray:
    """Return the features after the last point, or after each of the last few."""
    coordinates = WeightedCoordinates()
    state = torch.zeros(1, *coordinates.state_shape, dtype=torch.float64)
    found, _ = coordinates.compute(TorchOperations(torch.device("cpu")), torch.from_numpy(points[None]), state)
    return np.asarray(found[0, -count:].squeeze(0).double().numpy())


def roots_of_weights(points: FloatArray) -> FloatArray:
    """Return the first error divided by each error, or 1 where errors are not known."""
    return np.where(points[:, 2] > 0, points[0, 2] / np.where(points[:, 2] > 0, points[:, 2], 1.0), 1.0)


def residuals(points: FloatArray, *terms: FloatArray) -> FloatArray:
    """Return the residuals of the weighted regression of y on 1 and the terms, times the roots of their weights."""
    root = roots_of_weights(points)
    matrix = np.stack([np.ones(len(points)), *terms], axis=1) * root[:, None]
    target = points[:, 1] * root
    return np.asarray(target - matrix @ np.linalg.lstsq(matrix, target, rcond=None)[0])


def share(points: FloatArray, *terms: FloatArray) -> float:
    """Return the logarithm of the share of the variance that the terms leave."""
    return float(np.log(np.sum(residuals(points, *terms) ** 2) / np.sum(residuals(points) ** 2)))


ERRORS = pytest.mark.parametrize("errors", [False, True], ids=["no-errors", "errors"])


@ERRORS
def test_curves_leave_what_weighted_least_squares_leaves(errors: bool) -> None:
    points = scattered(errors)
    x = points[:, 0]
    expected = [share(points, f) for f in (x, np.log(x), *(x**power for power in LADDER))]
    np.testing.assert_allclose(features(points)[: len(expected)], expected, atol=1e-5)


@ERRORS
def test_the_second_term_of_a_pair_is_added_to_the_first(errors: bool) -> None:
    points = scattered(errors)
    x = points[:, 0] - points[0, 0]
    found = features(points)
    assert found[ON_ONE_TERM] == pytest.approx(share(points, x, x**2), abs=1e-5)
    assert found[ON_ONE_TERM + ON_TWO_TERMS] == pytest.approx(share(points, x, x**2, x**3), abs=1e-5)
    assert found[ON_ONE_TERM + ON_TWO_TERMS + 1] < found[ON_ONE_TERM + 1] + 1e-6
    assert found[ON_ONE_TERM + AFTER_U] == pytest.approx(share(points, x, x**2, x**3), abs=1e-5)
    assert found[ON_ONE_TERM + ON_TWO_TERMS + AFTER_U] == pytest.approx(share(points, x, x**2, x**3, x**4), abs=1e-5)


def share_of_wave(points: FloatArray, frequency: float) -> float:
    """Return the logarithm of the share of the variance that a wave leaves, with the damping that waves have."""
    root = roots_of_weights(points)
    angle = frequency * (points[:, 0] - points[0, 0]) / (points[1, 0] - points[0, 0])
    cos, sin, v = (
        column - np.average(column, weights=root**2) for column in (np.cos(angle), np.sin(angle), points[:, 1])
    )
    cos, sin, v = root * cos, root * sin, root * v
    cos_cos = cos @ cos + 1e-6 * np.sum((root * np.cos(angle)) ** 2)
    sin_sin = sin @ sin - (cos @ sin) ** 2 / cos_cos + 1e-6 * np.sum((root * np.sin(angle)) ** 2)
    sin_v = sin @ v - (cos @ sin) * (cos @ v) / cos_cos
    return float(np.log((v @ v - (cos @ v) ** 2 / cos_cos - sin_v**2 / sin_sin) / (v @ v)))


@ERRORS
@pytest.mark.parametrize(
    ("second", "limit"),
    [(1e-6, 0), (1e-3, None), (0.03, None), (0.2, None), (0.95, OCTAVES)],
    ids=["lowest-octave", "one-thousandth", "three-hundredths", "a-fifth", "highest-octave"],
)
def test_waves_are_regressions_on_a_cosine_and_a_sine(second: float, limit: int | None, errors: bool) -> None:
    points = scattered(errors)
    points[1:, 0] = points[0, 0] + 8.0 * np.random.default_rng(2).random(len(points) - 1)
    # The second x sets the unit of u, so it selects the window.
    points[1, 0] = points[0, 0] + 8.0 * second
    found = features(points)[ON_ONE_TERM + ON_TWO_TERMS + EQUATIONS : REGRESSIONS]
    lowest = min(FREQUENCIES) * 2.0 ** np.arange(OCTAVES + 1)
    expected = [[share_of_wave(points, multiple * w) for multiple in range(1, len(found) + 1)] for w in lowest]
    octave = int(np.argmin(np.abs(np.array(expected) - found).max(axis=1)))
    np.testing.assert_allclose(found, expected[octave], atol=1e-4)
    periods = lowest[octave] * np.ptp(points[:, 0]) / (points[1, 0] - points[0, 0]) / (2 * np.pi)
    if limit is None:
        assert 0.2 < periods < 0.5
    else:
        assert octave == limit


@pytest.mark.parametrize("periods", [2.5, 3.0, 3.5, 5.0, 7.0])
def test_a_wave_at_scattered_x_is_found_by_one_of_the_frequencies(periods: float) -> None:
    rng = np.random.default_rng(3)
    waves = slice(ON_ONE_TERM + ON_TWO_TERMS + EQUATIONS, REGRESSIONS)
    left = np.empty((40, 2))
    for row in left:
        x = np.sort(rng.random(25))
        for column, y in enumerate((np.sin(2 * np.pi * periods * x + 0.4), rng.standard_normal(25))):
            row[column] = features(np.stack([x, y, 0.0 * x], axis=1))[waves].min()
    # A sine is a quarter of a period from the nearest frequency at most. White noise is fitted well by none of them.
    assert np.median(left[:, 0]) < np.log(0.05)
    assert np.mean(left[:, 0] < np.log(0.2)) > 0.9
    assert np.mean(left[:, 1] < np.log(0.6)) < 0.1


# On I alone, on II and u², on I and J, on u·v alone, on M, I and u²: what is left is the error of the trapezoids.
@pytest.mark.parametrize(
    ("index", "curve"),
    [
        (ON_ONE_TERM + 1, lambda x: np.exp(2.0 * x)),
        (ON_ONE_TERM + ON_TWO_TERMS + 2, lambda x: np.sin(7.0 * x)),
        (ON_ONE_TERM + ON_TWO_TERMS + 4, lambda x: 1.0 / (1.0 + np.exp(-9.0 * (x - 0.4)))),
        (ON_ONE_TERM + 10, lambda x: 1.0 / (x + 0.3)),
        (ON_ONE_TERM + ON_TWO_TERMS + AFTER_U + 6, lambda x: np.exp(-0.5 * ((x - 0.4) / 0.2) ** 2)),
    ],
    ids=["exponential", "sine", "logistic", "hyperbola", "gaussian"],
)
def test_curves_satisfy_the_integral_form_of_their_equation(
    index: int, curve: Callable[[FloatArray], FloatArray]
) -> None:
    x = np.linspace(0.0, 1.0, 120)
    found = features(np.stack([x, curve(x), 0.0 * x], axis=1))
    assert found[index] < np.log(1e-5)
    assert found[: 2 + len(LADDER)].min() > np.log(1e-4)


def test_v_is_regressed_on_earlier_values() -> None:
    points = scattered(False)
    earlier = [np.concatenate([np.full(lag, points[0, 1]), points[:-lag, 1]]) for lag in range(1, 5)]
    found = features(points)
    np.testing.assert_allclose(found[CURVES:ON_ONE_TERM], [share(points, w) for w in earlier], atol=1e-5)
    assert found[ON_ONE_TERM + ON_TWO_TERMS + EQUATIONS - 1] == pytest.approx(share(points, *earlier[:2]), abs=1e-5)


def test_the_squared_changes_of_v_give_the_ratio_of_von_neumann() -> None:
    y = scattered(False)[:, 1]
    ratio = np.sum(np.diff(y) ** 2) / np.sum((y - y.mean()) ** 2)
    assert features(scattered(False))[REGRESSIONS] == pytest.approx(np.log(ratio), abs=1e-5)


def test_the_steps_of_x_are_compared_on_three_scales() -> None:
    i = np.arange(12.0)
    for scale, x in enumerate([3.0 + 0.7 * i, 0.2 * 1.6**i, 5.0 + 0.3 * i**2, scattered(False)[:, 0]]):
        points = np.stack([x, np.sin(x), np.zeros(len(x))], axis=1)
        steps = [np.diff(position) for position in (x, np.log(x), np.sqrt(x - x[0]))]
        variation = [len(step) * np.sum(step**2) / np.sum(step) ** 2 - 1 for step in steps]
        found = features(points)[REGRESSIONS + 3 : REGRESSIONS + 6]
        np.testing.assert_allclose(found, np.log(np.maximum(variation, 1e-8)), atol=1e-4)
        assert [value < -18 for value in found] == [scale == 0, scale == 1, scale == 2]


def test_with_known_errors_a_fit_is_compared_with_chi_squared() -> None:
    points = scattered(True)
    n = len(points)
    chi_squared = np.sum((residuals(points, points[:, 0]) / points[0, 2]) ** 2)
    evidence = features(points)[REGRESSIONS + 6 :]
    assert chi_squared > 2 * n  # a line is wrong
    assert evidence[REGRESSIONS] == pytest.approx(np.log1p(n * np.log(chi_squared / n)), abs=1e-4)
    line, best = features(points)[0], features(points)[:CURVES].min()
    assert evidence[0] == pytest.approx(np.log1p(n * (line - best)), abs=1e-4)


def test_equal_errors_change_only_the_features_of_chi_squared() -> None:
    unknown, known = scattered(False), scattered(False)
    known[:, 2] = 0.3
    differs = np.abs(features(known) - features(unknown)) > 1e-6
    of_chi_squared = np.zeros_like(differs)
    of_chi_squared[2 * REGRESSIONS + 6 : 3 * REGRESSIONS + 6] = True
    of_chi_squared[-1] = True  # the share of points with known errors
    assert not (differs & ~of_chi_squared).any()
    assert differs[-1]


@pytest.mark.parametrize(("of_x", "of_y"), [(3e8, -2e-9), (1e-9, 7e6)])
def test_units_of_x_and_y_and_error_do_not_matter(of_x: float, of_y: float) -> None:
    points = scattered(True)
    changed = points * [of_x, of_y, abs(of_y)] + [0.0, 40.0 * of_y, 0.0]
    np.testing.assert_allclose(features(changed), features(points), atol=1e-4)


@pytest.mark.parametrize("points", [3, 4, 5, 8])
def test_units_do_not_matter_where_many_fits_are_exact(points: int) -> None:
    rng = np.random.default_rng(points)
    for _ in range(20):
        few = np.stack([np.sort(rng.random(points)), rng.normal(size=points), np.zeros(points)], axis=1)
        changed = few * [3e8, -2e-9, 0.0] + [0.0, 40e-9, 0.0]
        np.testing.assert_allclose(features(changed, points - 2), features(few, points - 2), atol=1e-2)


def test_errors_of_some_points_only_are_weights_relative_to_the_first_of_them() -> None:
    points = scattered(True)
    points[[0, 5, 6], 2] = 0.0
    ones = points.copy()
    ones[[0, 5, 6], 2] = points[1, 2]
    assert features(points)[-1] < 1.0 == features(ones)[-1]
    np.testing.assert_allclose(features(points)[:REGRESSIONS], features(ones)[:REGRESSIONS], atol=1e-6)


@pytest.fixture(scope="module")
def model() -> onnx.ModelProto:
    torch.manual_seed(0)
    network = ShapeNetwork(11, "weighted", hidden_size=128, embedding=256, head=192, final_answers=True)
    return onnx.load_model_from_string(export(network, [f"law-{label}" for label in range(11)], {}))


def test_the_whole_model_has_at_most_200_operations(model: onnx.ModelProto) -> None:
    assert len(model.graph.node) <= 200
    assert len(model.graph.node) == 189  # a change that adds operations must say so
    assert {node.op_type for node in model.graph.node} <= OPERATORS


def test_the_shipped_model_has_the_graph_of_the_code(model: onnx.ModelProto) -> None:
    shipped = onnx.load_model_from_string(Recognizer.load("real").model.content)
    operators, of_shipped = ([node.op_type for node in each.graph.node] for each in (model, shipped))
    assert operators == of_shipped


def test_the_sums_from_which_means_are_removed_follow_each_other() -> None:
    np.testing.assert_array_equal(CENTRED.products, UNCENTRED + np.arange(len(CENTRED.products)))


def test_points_of_three_columns_are_format_2(model: onnx.ModelProto) -> None:
    assert {entry.key: entry.value for entry in model.metadata_props}[KEY_FORMAT] == "2"
    assert [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim] == [0, 0, 3]


def test_missing_errors_are_errors_that_are_not_known() -> None:
    torch.manual_seed(0)
    network = ShapeNetwork(3, "weighted", hidden_size=5)
    points = torch.from_numpy(np.stack([scattered(False), scattered(True)]))
    with_zeros, _ = network(points * torch.tensor([1.0, 1.0, 0.0]))
    without, _ = network(points[..., :2])
    assert torch.equal(with_zeros, without)
    assert not torch.equal(network(points)[0], with_zeros)
