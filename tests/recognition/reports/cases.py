"""Answers of each family that the tests of this package share."""

from functools import cache

import numpy as np
import pytest

from shapeclf.datasets import Family
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.recognition import Recognition
from shapeclf.recognition.naming import Names

__all__ = ["ODD", "answer_of", "by_name"]

X = np.linspace(0.5, 10.0, 40)
_PARAMETERS: dict[str, tuple[float, ...]] = {
    "line": (2.0, -6.0),
    "parabola": (1.0, 1.0),
    "sqrt": (2.0, 1.0),
    "quadratic": (2.0, 1.0, -3.0),
    "exponential": (5.0, 1.0, -0.4),
    "logarithm": (2.0, 1.0),
    "reciprocal": (3.0, 1.0),
    "power": (2.0, 1.0, -0.6),
    "sine": (2.0, 1.0, 2.0, 0.7),
    "logistic": (-4.0, 1.0, 1.2, 5.0),
    "constant": (0.0, 2.0),
    "hyperbola": (3.0, 1.0, 2.0),
    "gaussian": (3.0, 1.0, 4.0, 1.5),
}
by_name = pytest.mark.parametrize("family", BUILT_IN, ids=lambda family: family.name)
ODD = Names('a\\b"""\nimport os #', "öl_1 %&$`|<b>", "°C/µ_Ω", "{arb. units} ~^²·³√")
"""Names and units that would be misread as code, LaTeX or Markdown."""


@cache
def answer_of(family: Family, names: Names | None = None, shift: float = 0.0, noise: float = 0.01) -> Recognition:
    """Return an answer that names the family, for points of it with noise relative to its range."""
    y = family.curve(X[None], **dict(zip(family.priors, _PARAMETERS[family.name], strict=True)))[0]
    y = y + noise * (float(np.ptp(y)) or 1.0) * np.random.default_rng(0).standard_normal(len(X))
    points = np.stack([X + shift, y], axis=-1)
    posterior = np.tile([0.96, 0.04], (len(X), 1))
    return Recognition((family.name, "none"), posterior, points, {family.name: family}, names=names)
