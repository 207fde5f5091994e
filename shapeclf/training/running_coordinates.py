"""Coordinates that compare the points so far with curves of several curvatures, computed from running sums."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from shapeclf.datasets._types import FloatArray
from shapeclf.training.operations import Operations, V
from shapeclf.training.products import Form, Products, Quadratic, names, stack

__all__ = ["LADDER", "SCALES", "RunningCoordinates"]

LADDER = (0.35, 0.7, 1.4, 2.8)
"""The exponents p of the curves that the points are compared with, each twice the one before; p = 1 is a line."""
SCALES = (0.1, 1.0, 10.0)
"""The units of y. An asinh at each scale resolves small values and keeps large ones from dominating."""

_SUMS = ("n", "x", "y", "u", "v", "uu", "uv", "uuu", "uuv", "uuuu", "one")
_QUOTIENT = ("numerator", "b", "c")  # constants of the features: numerator / sqrt(b c)
_TINY = 1e-60  # added to squares, so that quotients are 0 instead of 0/0 where one point determines no curve
_MAX_FEATURE = 1e30  # single precision ends at 3e38
_ROUNDING = 1e-14  # relative rounding error of a difference of products


@final
class RunningCoordinates(nn.Module):
    """Coordinates of about sixty features, computed from running sums over the points so far.

    The state consists of the sums of 1, x, y, u, v, u², uv, u³, u²v and u⁴, where (u, v) is the difference of a point
    to the first one. These sums determine the least-squares quadratic of the points so far. They also determine the
    least-squares fit of curves k·f(x) + b, where f is the Taylor polynomial of second order of x^p at the mean x̄ of
    x, up to constants: f = d + (p - 1)/(2 x̄)·d² with d = x - x̄. For each exponent p of a ladder (as in the ladder
    of re-expressions of Tukey 1977, Exploratory Data Analysis) the features are

    - the part of the quadratic that the curve does not explain, in units of y and relative to the part that it does;
    - its intercept, the value of the curve at x = 0, in units of y and relative to its standard error;
    - its slope at the mean.

    Further features are the means of x and y, the spread of x, and the number of points. The asinh of each feature is
    taken at one or several scales. No formula of a family is used. Everything up to the quotients is computed in double
    precision.

    Args:
        ladder: Exponents p, none of them 0.
        scales: Units of y.
    """

    name = "running"
    columns = 2
    state_shape: tuple[int, ...] = (2 + len(_SUMS),)  # the first point, then the sums
    fitted = False

    def __init__(self, ladder: Sequence[float] = LADDER, scales: Sequence[float] = SCALES) -> None:
        super().__init__()
        rounds, features = _features(ladder, scales)
        self.width = len(features)
        self._rounds = [(f"left_{number}", f"right_{number}") for number in range(len(rounds.matrices))]
        constants = dict(zip(chain(*self._rounds), chain(*rounds.matrices), strict=True))
        constants |= zip(_QUOTIENT, (stack(f, rounds.columns) for f in zip(*features, strict=True)), strict=True)
        factors = _factors()
        constants |= {"factors": factors[:4], "factors_offset": factors[4:]}  # the last row belongs to the constant 1
        constants["one"] = torch.tensor([float(name == "one") for name in _SUMS], dtype=torch.float64)
        for name, constant in constants.items():
            self.register_buffer(name, constant, persistent=False)  # checkpoints need not contain constants

    def fit(self, points: FloatArray) -> None:
        """Do nothing: no constant of these coordinates depends on the data set."""

    def compute(self, operations: Operations[V], points: V, state: V) -> tuple[V, V]:
        def constant(name: str) -> V:
            return operations.asarray(self.get_buffer(name))

        # The axis of the points comes first, so that the state and the sums need no further axis.
        points = operations.permute_dims(points, (1, 0, 2))  # (points, batch, 2)
        origin, before = operations.split(state, [2, len(_SUMS)], axis=-1)
        first_point = operations.take(points, np.array(0), axis=0)
        origin = operations.where(operations.equal(before[..., :1], 0.0), first_point, origin)  # (batch, 2)
        rows = operations.concat([points - origin, points], axis=-1)  # (points, batch, 4)
        factors = rows @ constant("factors") + constant("factors_offset")
        a, b, c, d = operations.split(factors, [len(_SUMS)] * 4, axis=-1)
        sums = operations.cumulative_sum((a * b) * (c * d), axis=0) + before  # (points, batch, sums)
        values = sums + constant("one")
        for left, right in self._rounds:
            values = (values @ constant(left)) * (values @ constant(right))
        numerators, b, c = (values @ constant(name) for name in _QUOTIENT)
        quotients = numerators / operations.sqrt(operations.abs(b * c))
        quotients = operations.astype(operations.clip(quotients, -_MAX_FEATURE, _MAX_FEATURE), torch.float32)
        features = operations.permute_dims(operations.asinh(quotients), (1, 0, 2))  # (batch, points, features)
        return features, operations.concat([origin, operations.take(sums, np.array(-1), axis=0)], axis=-1)


def _factors() -> Tensor:
    """Return the matrix that maps u, v, x, y and 1 to the factors of what a point adds to each sum.

    What a point adds is a product of four factors. The last sum remains 0, until the number 1 takes its place.

    Returns:
        Shape (5, 4 x sums), the first factor of all sums first.
    """
    products = ["0" if name == "one" else name.replace("n", "").ljust(4, "1") for name in _SUMS]
    factors = [product[i : i + 1] for i in range(4) for product in products]
    return torch.tensor([[float(factor == name) for factor in factors] for name in "uvxy1"], dtype=torch.float64)


def _features(ladder: Sequence[float], scales: Sequence[float]) -> tuple[Products, list[tuple[Form, Form, Form]]]:
    """Return the rounds that map the sums to products, and each feature as forms (a, b, c), meaning a / sqrt(b c).

    Divisions come last, so all quantities are multiplied by powers of n: a covariance by n², for example. Let
    r = p - 1, and let X and U be the sums of x and u. Then X times the curve f with exponent p (see
    `RunningCoordinates`) is w·u + (n r/2)·u² plus a constant, where w = X - r U.
    """
    rounds = Products(_SUMS)
    n, x, y, u, v, uu, uv, uuu, uuv, uuuu, one = names(*rounds.columns)
    exponents = [(p, p - 1.0) for p in ladder]
    curves = range(len(exponents))

    def pass_on(forms: Mapping[str, Form], keys: str) -> dict[str, Quadratic]:
        return {name: forms[name] * forms["one"] for name in keys.split()}

    # Covariances of u, u² and v, times n²: s11, s12 and s22 of u and u², r1 and r2 of these with v.
    w = [x - r * u for _, r in exponents]
    q = rounds.next(
        **pass_on({"one": one, "n": n, "x": x, "y": y, "u": u}, "one n x y u"),
        nn=n * n,
        xx=x * x,
        s11=n * uu - u * u,
        s12=n * uuu - uu * u,
        s22=n * uuuu - uu * uu,
        r1=n * uv - u * v,
        r2=n * uuv - uu * v,
        **{f"ww{i}": w[i] * w[i] for i in curves},
        **{f"wn{i}": w[i] * n for i in curves},
    )
    # For each curve: its covariances with u, u² and v (t1, t2, cv), its variance (var), and its mean minus its value at
    # x = 0 (arm). det is the determinant of the regression on u and u².
    n, s11, s12, s22, r1, r2 = (q[k] for k in ("n", "s11", "s12", "s22", "r1", "r2"))
    w = [q["x"] - r * q["u"] for _, r in exponents]
    arm = [(1 / p) * q["xx"] + (r / 2) * s11 for p, r in exponents]
    q = rounds.next(
        **pass_on(q, "one n x y nn s11 r1 r2"),
        det=(1.0 + 10 * _ROUNDING) * (s11 * s22) - s12 * s12 + _TINY * (q["one"] * q["one"]),
        nn_s11=q["nn"] * s11,
        **{f"arm{i}": arm[i] * q["one"] for i in curves},
        **{f"arm_arm{i}": arm[i] * arm[i] for i in curves},
        **{f"t1{i}": w[i] * s11 + (r / 2) * (n * s12) for i, (_, r) in enumerate(exponents)},
        **{f"t2{i}": w[i] * s12 + (r / 2) * (n * s22) for i, (_, r) in enumerate(exponents)},
        **{f"cv{i}": w[i] * r1 + (r / 2) * (n * r2) for i, (_, r) in enumerate(exponents)},
        **{
            f"var{i}": q[f"ww{i}"] * s11
            + r * (q[f"wn{i}"] * s12)
            + (r * r / 4) * (q["nn"] * s22)
            + _ROUNDING * (arm[i] * arm[i])
            for i, (_, r) in enumerate(exponents)
        },
    )
    # The part of the quadratic that each curve does not explain, its intercept and its slope. The variance of the
    # intercept is proportional to reach / var.
    one, n, x, y = (q[k] for k in ("one", "n", "x", "y"))
    per_curve = [{k: q[f"{k}{i}"] for k in ("arm", "arm_arm", "t1", "t2", "cv", "var")} for i in curves]
    q = rounds.next(
        **pass_on(q, "one n x y nn s11 det nn_s11"),
        n_det=n * q["det"],
        **{f"unexplained{i}": q["r1"] * c["t2"] - q["r2"] * c["t1"] for i, c in enumerate(per_curve)},
        **{f"intercept{i}": y * c["var"] - c["cv"] * c["arm"] for i, c in enumerate(per_curve)},
        **{f"slope{i}": x * c["cv"] for i, c in enumerate(per_curve)},
        **{f"var{i}": c["var"] * one for i, c in enumerate(per_curve)},
        **{f"n_var{i}": n * c["var"] for i, c in enumerate(per_curve)},
        **{f"cv_cv{i}": c["cv"] * c["cv"] for i, c in enumerate(per_curve)},
        **{f"reach{i}": c["var"] * one + c["arm_arm"] * one for i, c in enumerate(per_curve)},
    )
    one, n = q["one"], q["n"]
    tiny = _TINY * one

    features: list[tuple[Form, Form, Form]] = []

    def add(numerator: Form, b: Form, c: Form, units: Sequence[float] = (1.0,)) -> None:
        features.extend(((1 / unit) * numerator, b + tiny, c + tiny) for unit in units)

    add(q["y"], q["nn"], one, scales)
    add(q["x"], q["nn"], one, (1.0, 10.0))
    add(one, q["nn"], one, (0.3,))
    add(n, one, one)
    # An asinh at a small scale is a logarithm with a sign.
    add(q["s11"], q["nn"], q["nn"], (1e-3,))
    add(q["det"], q["nn_s11"], q["nn_s11"], (1e-3,))
    for i in curves:
        c = {k: q[f"{k}{i}"] for k in ("var", "n_var", "unexplained", "intercept", "slope", "cv_cv", "reach")}
        add(c["unexplained"], q["n_det"], c["var"], scales)
        add(c["unexplained"], q["det"], c["cv_cv"], (1e-5,))
        add(c["intercept"], c["n_var"], c["n_var"], scales)
        add(c["intercept"], c["n_var"], c["reach"], scales)
        add(c["slope"], c["var"], c["var"], tuple(scale / 10 for scale in scales))
    return rounds, features
