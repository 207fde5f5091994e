import numpy as np
import pytest

from shapeclf.datasets import LINE, SQRT, ShapeSequences, Uniform
from shapeclf.datasets._types import FloatArray
from shapeclf.evaluation._points import by_chunks, curve_inside, inside, x_prior


@pytest.mark.parametrize("shape", [(1, 1), (5000, 3), (3, 20_000), (0, 4)], ids=str)
def test_chunks_are_concatenated_in_order(shape: tuple[int, int]) -> None:
    points = np.random.default_rng(0).random((*shape, 2))
    sizes: list[int] = []

    def swapped(chunk: FloatArray) -> FloatArray:
        sizes.append(len(chunk))
        return chunk[..., ::-1]

    np.testing.assert_array_equal(by_chunks(points, 2, swapped), points[..., ::-1])
    assert max(sizes, default=0) * shape[1] <= max(2**13, shape[1])


def test_the_prior_of_x_is_the_data_set_s_before_the_family_s() -> None:
    assert x_prior(ShapeSequences(), SQRT) == Uniform(5, 10)
    assert x_prior(ShapeSequences(x=Uniform(1, 2)), SQRT) == Uniform(1, 2)


def test_an_interval_is_closed() -> None:
    x = np.array([5.0, 15.0, np.nextafter(15, 16), 4.999999, 15.000001])
    assert inside(x, (5.0, 15.0)).tolist() == [True, True, True, False, False]
    assert inside(np.array([-1.0, 0.0, 1e300]), (0.0, np.inf)).tolist() == [False, True, True]


def test_a_curve_is_not_evaluated_where_it_is_not_defined() -> None:
    found = curve_inside(SQRT, np.array([[4.0, -4.0, -1e-17]]), (0.0, np.inf), k=2.0, b=1.0)
    assert found[0, 0] == 5.0
    assert np.isfinite(found).all()
    assert curve_inside(LINE, np.array([[3.0]]), (0.0, 5.0), k=2.0, b=1.0).tolist() == [[7.0]]
