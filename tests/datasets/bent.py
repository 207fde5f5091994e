"""A family with a shape parameter, for tests with the families of the default data set."""

from shapeclf.datasets import Family, LogUniform, ShapeSequences, Uniform
from shapeclf.datasets._types import FloatArray

DEFAULT = ShapeSequences().families  # line, parabola, sqrt


def bent(x: FloatArray, bend: FloatArray) -> FloatArray:
    return x + bend * x * x


BENT = Family(  # a quadratic in x whatever the bend, so three points give k, b and bend back
    "bent",
    "y = k·(x + bend·x²) + b",
    bent,
    k=LogUniform(0.1, 10.0),
    b=Uniform(-20, 20),
    x=Uniform(-1, 2),
    shape={"bend": Uniform(1, 3)},
)
FOUR = (*DEFAULT, BENT)
