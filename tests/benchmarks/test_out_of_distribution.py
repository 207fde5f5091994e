import numpy as np
import pytest

from benchmarks.out_of_distribution import OUT_OF_DISTRIBUTION, out_of_distribution_points
from shapeclf.datasets.negative_examples import NEGATIVE_EXAMPLES


@pytest.mark.parametrize("kind", list(OUT_OF_DISTRIBUTION), ids=list(OUT_OF_DISTRIBUTION))
def test_curves_are_finite_and_of_no_kind_that_is_trained_on(kind: str) -> None:
    points = out_of_distribution_points(kind, 200, points=40, noise=0.0)
    assert points.shape == (200, 40, 2)
    assert np.isfinite(points).all()
    assert kind not in NEGATIVE_EXAMPLES
    levels = [len(np.unique(y.round(9))) for y in points[..., 1]]
    assert (max(levels) <= 2) == (kind == "switching levels")
