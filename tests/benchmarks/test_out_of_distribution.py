import numpy as np
import pytest

from benchmarks.out_of_distribution import OUT_OF_DISTRIBUTION, deviating_points, out_of_distribution_points
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.laws import QUADRATIC
from shapeclf.datasets.negative_examples import NEGATIVE_EXAMPLES


@pytest.mark.parametrize("kind", list(OUT_OF_DISTRIBUTION), ids=list(OUT_OF_DISTRIBUTION))
def test_curves_are_of_no_kind_that_is_trained_on_and_far_from_every_polynomial_law(kind: str) -> None:
    points = out_of_distribution_points(kind, 100, BUILT_IN, points=40, noise=0.0)
    assert points.shape == (100, 40, 2)
    assert kind not in NEGATIVE_EXAMPLES
    levels = [len(np.unique(y.round(9))) for y in points[..., 1]]
    assert (max(levels) <= 2) == (kind == "switching levels")
    for x, y in points.transpose(0, 2, 1):
        even = np.ptp(np.diff(np.sort(x))) < 1e-9 * np.ptp(x)  # the distance is defined on evenly spaced x
        if even:
            u = (x - x.min()) / np.ptp(x)
            left = y - np.polyval(np.polyfit(u, y, 2), u)
            assert np.sqrt(np.mean(left**2)) > 0.045 * np.ptp(y)


def test_deviating_curves_have_the_given_distance_from_the_nearest_law() -> None:
    points = deviating_points(40, [QUADRATIC], distance=0.02, points=120, noise=0.0)
    assert (points[..., 2] == 0.0).all()
    distances = []
    for x, y in points[..., :2].transpose(0, 2, 1):
        if np.ptp(np.diff(np.sort(x))) < 1e-9 * np.ptp(x):
            left = y - np.polyval(np.polyfit((x - x.min()) / np.ptp(x), y, 2), (x - x.min()) / np.ptp(x))
            distances.append(np.sqrt(np.mean(left**2)) / np.ptp(y))
    assert len(distances) > 8
    assert np.median(distances) == pytest.approx(0.02, rel=0.1)
    assert min(distances) > 0.016
