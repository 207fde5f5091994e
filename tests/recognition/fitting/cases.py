"""Families, points and fits that the tests of this package share."""

import numpy as np
import pytest

from shapeclf.datasets import CONSTANT, LINE, LOGARITHM, PARABOLA, RECIPROCAL, SQRT, Family
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.recognition.fitting import Fit, fit_family

__all__ = ["WITHOUT_SHAPE", "WITH_SCALE", "by_name", "curve_at", "each_without_shape", "fitted", "noisy"]

WITHOUT_SHAPE = (LINE, PARABOLA, SQRT, LOGARITHM, RECIPROCAL)
WITH_SCALE = [family for family in BUILT_IN if family is not CONSTANT]  # families with k and b
by_name = pytest.mark.parametrize("family", WITH_SCALE, ids=lambda family: family.name)
each_without_shape = pytest.mark.parametrize("family", WITHOUT_SHAPE, ids=lambda family: family.name)


def fitted(family: Family, x: FloatArray, y: FloatArray, y_error: FloatArray | float | None = None) -> Fit:
    """Return the fit; fail if there is none."""
    fit = fit_family(family, x, y, y_error)
    assert fit is not None
    return fit


def noisy(family: Family, x: FloatArray, noise: float = 0.03, seed: float = 0, **parameters: float) -> FloatArray:
    """Return y at x with noise relative to the range of the curve."""
    y: FloatArray = family.curve(x[None], **parameters)[0]
    return y + noise * float(np.ptp(y)) * np.random.default_rng(int(seed)).standard_normal(len(x))


def curve_at(family: Family, x: FloatArray, *parameters: float) -> FloatArray:
    """Return y at x from the parameters in the family's order."""
    y: FloatArray = family.curve(x[None], **dict(zip(family.priors, parameters, strict=True)))[0]
    return y
