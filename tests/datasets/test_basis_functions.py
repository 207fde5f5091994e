"""A basis function that breaks the rules of `Family` is reported in one line; no caller's points are changed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from shapeclf.datasets import LINE, Family, ShapeSequences, Uniform
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.errors import InputError
from shapeclf.recognition.fitting import fit_family, fit_many


def raising(x: FloatArray, **shape: FloatArray) -> FloatArray:
    raise ZeroDivisionError("no value\nhere")


def one_number(x: FloatArray, **shape: FloatArray) -> FloatArray:
    return np.array([1.0])


def transposed(x: FloatArray, **shape: FloatArray) -> FloatArray:
    return x[:, :1]


def text(x: FloatArray, **shape: FloatArray) -> Any:
    return np.full(x.shape, "1")


def not_a_number(x: FloatArray, **shape: FloatArray) -> FloatArray:
    return np.full(x.shape, np.nan)


def in_place(x: FloatArray, **shape: FloatArray) -> FloatArray:
    x **= 3
    return x


def shape_in_place(x: FloatArray, w: FloatArray) -> FloatArray:
    w *= 2
    return x * w


WRONG = {
    "raises": (raising, "its basis function failed, ZeroDivisionError: no value here"),
    "one number": (one_number, r"its basis function returned the shape \(1,\)"),
    "wrong shape": (transposed, "its basis function returned the shape"),
    "text": (text, "its basis function returned the shape .* of <U1"),
    "NaN": (not_a_number, "(its basis function gives NaN|y is not finite everywhere)"),
    "in place": (in_place, "its basis function failed, ValueError: .*read-only; .* must not change its arguments"),
}
wrong = pytest.mark.parametrize(("basis", "message"), WRONG.values(), ids=WRONG.keys())
shaped = pytest.mark.parametrize("shape", [{}, {"w": Uniform(1, 2)}], ids=["no shape", "a shape"])


def _drawn(family: Family) -> None:
    ShapeSequences(families=(LINE, family), parameters="fresh", batch_size=32, points=8).batch(0)


def _fixed(family: Family) -> None:
    ShapeSequences(families=(LINE, family), batch_size=32, points=8).batch(0)


def _experiments(family: Family) -> None:
    ExperimentSequences(families=(LINE, family), batch_size=64, points=8).batch(0)


def _curve(family: Family) -> None:
    y = family.curve(np.ones((2, 3)), k=1.0, b=0.0, **dict.fromkeys(family.shape, 1.0))
    if np.isnan(y).any():  # the caller must check it
        raise InputError(f"family {family.name!r}: y is not finite everywhere")


def _fit(family: Family) -> None:
    fit_family(family, [1.0, 2.0, 3.0, 4.0, 6.0], [1.0, 2.0, 3.5, 4.0, 8.0])


def _fits(family: Family) -> None:
    fit_many(family, np.arange(24.0).reshape(2, 6, 2), np.array([6, 4]))


@wrong
@shaped
@pytest.mark.parametrize("use", [_drawn, _fixed, _experiments, _curve, _fit, _fits])
def test_a_wrong_basis_function_is_reported_in_one_line(
    use: Callable[[Family], None], shape: dict[str, Any], basis: Callable[..., Any], message: str
) -> None:
    family = Family("cube", "y = k·x³ + b", basis, shape=shape)
    with pytest.raises(InputError, match=f"^family 'cube': {message}") as raised:
        use(family)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("fit", [fit_family, fit_many])
def test_the_callers_points_are_never_changed(fit: Callable[..., object]) -> None:
    family = Family("cube", "y = k·x³ + b", in_place)
    points = np.array([[[1.0, 1.0], [2.0, 8.0], [3.0, 27.0]]])
    before = points.copy()
    arguments = (points[0, :, 0], points[0, :, 1]) if fit is fit_family else (points, np.array([3]))
    with pytest.raises(InputError, match="family 'cube'"):
        fit(family, *arguments)
    np.testing.assert_array_equal(points, before)
    with pytest.raises(InputError, match="family 'cube'"):
        family.curve(points[..., 0], k=1.0, b=0.0)
    np.testing.assert_array_equal(points, before)


def test_drawn_parameters_are_never_changed() -> None:
    family = Family("wave", "y = k·w·x + b", shape_in_place, shape={"w": Uniform(1, 2)})
    w = np.array([[1.0], [2.0]])
    with pytest.raises(InputError, match=r"family 'wave': its basis function failed, ValueError: .*read-only"):
        family.curve(np.ones((2, 3)), k=1.0, b=0.0, w=w)
    np.testing.assert_array_equal(w, [[1.0], [2.0]])


def test_a_basis_function_may_return_whole_numbers_or_single_precision() -> None:
    for kind in (np.int64, np.float32, np.bool_):
        family = Family("step", "y = k·(x > 2) + b", lambda x, kind=kind: (x > 2).astype(kind))
        fit = fit_family(family, [1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 6.0, 6.0])
        assert fit is not None
        assert (fit.parameters["k"], fit.parameters["b"]) == (5.0, 1.0)


def test_a_basis_function_is_not_called_outside_its_domain() -> None:
    def root(x: FloatArray) -> FloatArray:
        if (x < 0).any():
            raise ValueError("negative")
        root: FloatArray = np.sqrt(x)
        return root

    family = Family("root", "y = k·√x + b", root, domain=(0.0, np.inf))
    points = np.array([[[1.0, 3.0], [4.0, 5.0], [9.0, 7.0]], [[-1.0, 3.0], [4.0, 5.0], [9.0, 7.0]]])
    fit, outside = fit_many(family, points, np.array([3, 3]))
    assert fit is not None
    assert (fit.equation, outside) == ("y = 2·√x + 1", None)
    np.testing.assert_allclose(fit.curve([-1.0, 4.0]), [np.nan, 5.0])
