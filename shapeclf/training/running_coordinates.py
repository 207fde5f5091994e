"""Coordinates that compare the points so far with curves of several curvatures, computed from running sums."""

from collections.abc import Sequence
from typing import final

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
    state_width = 2 + len(_SUMS)  # the first point, then the sums
    bias: Tensor
    constant: Tensor
    numerators: Tensor

    def __init__(self, ladder: Sequence[float] = LADDER, scales: Sequence[float] = SCALES) -> None:
        super().__init__()
        increments = _increments()
        values, features = _features(ladder, scales)
        self.width = len(features)
        # A round can pass a number on only as a product with 1. So 1 must be an input, and is appended where it is not.
        self._register("constant", torch.tensor([0.0, 0.0, 0.0, 0.0, 1.0], dtype=torch.float64))
        self._register("append_one", torch.eye(4, 5, dtype=torch.float64))
        self._register("bias", torch.tensor([0.0] * (len(_SUMS) - 1) + [1.0], dtype=torch.float64))
        self._register("numerators", stack([numerator for numerator, _, _ in features], values.columns))
        denominators = tuple(stack([feature[i] for feature in features], values.columns) for i in (1, 2))
        self._increment_rounds = self._register_rounds("increment", increments.matrices)
        self._value_rounds = self._register_rounds("value", values.matrices)
        self._denominators = self._register_rounds("denominator", [(denominators[0], denominators[1])])

    def _register(self, name: str, tensor: Tensor) -> None:
        self.register_buffer(name, tensor, persistent=False)  # a constant, which checkpoints need not contain

    def _register_rounds(self, name: str, matrices: Sequence[tuple[Tensor, Tensor]]) -> list[tuple[str, str]]:
        names_of_rounds = []
        for number, pair in enumerate(matrices):
            pair_names = (f"{name}_{number}_left", f"{name}_{number}_right")
            for one, matrix in zip(pair_names, pair, strict=True):
                self._register(one, matrix)
            names_of_rounds.append(pair_names)
        return names_of_rounds

    def fit(self, points: FloatArray) -> None:
        """Do nothing: no constant of these coordinates depends on the data set."""

    def compute(self, operations: Operations[V], points: V, state: V) -> tuple[V, V]:
        def constant(name: str) -> V:
            return operations.asarray(self.get_buffer(name))

        def apply_rounds(rounds: Sequence[tuple[str, str]], values: V) -> V:
            for left, right in rounds:
                values = (values @ constant(left)) * (values @ constant(right))
            return values

        state = operations.expand_dims(state, axis=1)  # (batch, 1, state_width)
        count, state_origin = state[..., 2:3], state[..., 0:2]
        first_point = points[:, 0:1]
        origin = operations.where(operations.equal(count, 0.0), first_point, state_origin)  # (batch, 1, 2)
        rows = operations.concat([points - origin, points], axis=-1) @ constant("append_one") + constant(
            "constant"
        )  # (batch, points, 5)
        sums = operations.cumulative_sum(apply_rounds(self._increment_rounds, rows), axis=1)
        sums = sums + state[..., 2 : self.state_width]  # (batch, points, sums)
        values = apply_rounds(self._value_rounds, sums + constant("bias"))
        quotients = (values @ constant("numerators")) / operations.sqrt(
            operations.abs(apply_rounds(self._denominators, values))
        )
        last = operations.concat([origin, sums[:, -1:]], axis=-1)
        quotients = operations.astype(operations.clip(quotients, -_MAX_FEATURE, _MAX_FEATURE), torch.float32)
        return operations.asinh(quotients), operations.squeeze(last, axis=(1,))


def _increments() -> Products:
    """Return the rounds that map u, v, x, y and 1 to the terms that a point adds to each sum."""
    rounds = Products(["u", "v", "x", "y", "one"])
    u, v, x, y, one = names(*rounds.columns)
    part = rounds.next(u=u * one, v=v * one, x=x * one, y=y * one, one=one * one, uu=u * u, uv=u * v)
    u, v, x, y, one, uu, uv = part.values()
    zero = Form({})
    sums = rounds.next(
        n=one * one,
        x=x * one,
        y=y * one,
        u=u * one,
        v=v * one,
        uu=uu * one,
        uv=uv * one,
        uuu=uu * u,
        uuv=uv * u,
        uuuu=uu * uu,
        one=zero * one,
    )
    assert tuple(sums) == _SUMS
    return rounds


def _features(ladder: Sequence[float], scales: Sequence[float]) -> tuple[Products, list[tuple[Form, Form, Form]]]:
    """Return the rounds that map the sums to products, and each feature as forms (a, b, c), meaning a / sqrt(b c).

    Divisions come last, so all quantities are multiplied by powers of n: a covariance by n², for example. Let
    r = p - 1, and let X and U be the sums of x and u. Then X times the curve f with exponent p (see
    `RunningCoordinates`) is w·u + (n r/2)·u² plus a constant, where w = X - r U.
    """
    rounds = Products(_SUMS)
    n, x, y, u, v, uu, uv, uuu, uuv, uuuu, one = names(*rounds.columns)
    exponents = [(p, p - 1.0) for p in ladder]

    def pass_on(**forms: Form) -> dict[str, Quadratic]:
        return {name: form * one for name, form in forms.items()}

    # Covariances of u, u² and v.
    q = rounds.next(
        one=one * one,
        n=n * one,
        x=x * one,
        y=y * one,
        u=u * one,
        s11=n * uu - u * u,
        s12=n * uuu - uu * u,
        s22=n * uuuu - uu * uu,
        r1=n * uv - u * v,
        r2=n * uuv - uu * v,
    )
    one, n, x, y, s11, s12, s22, r1, r2 = (q[k] for k in ("one", "n", "x", "y", "s11", "s12", "s22", "r1", "r2"))
    w = [x - r * q["u"] for _, r in exponents]
    # Covariances of each curve with u, u² and v, and the difference of its mean to its value at x = 0 ("arm").
    q = rounds.next(
        **pass_on(one=one, n=n, x=x, y=y, s11=s11, r1=r1, r2=r2),
        nn=n * n,
        det=(1.0 + 10 * _ROUNDING) * (s11 * s22) - s12 * s12 + _TINY * (one * one),
        **{f"w{i}": wi * one for i, wi in enumerate(w)},
        **{f"t1{i}": wi * s11 + (r / 2) * (n * s12) for i, (wi, (_, r)) in enumerate(zip(w, exponents, strict=True))},
        **{f"t2{i}": wi * s12 + (r / 2) * (n * s22) for i, (wi, (_, r)) in enumerate(zip(w, exponents, strict=True))},
        **{f"cv{i}": wi * r1 + (r / 2) * (n * r2) for i, (wi, (_, r)) in enumerate(zip(w, exponents, strict=True))},
        **{f"arm{i}": (1 / p) * (x * x) + (r / 2) * (s11 * one) for i, (p, r) in enumerate(exponents)},
    )
    one, n, x, y, nn, s11, det = (q[k] for k in ("one", "n", "x", "y", "nn", "s11", "det"))
    curves = [{k: q[f"{k}{i}"] for k in ("w", "t1", "t2", "cv", "arm")} for i in range(len(exponents))]
    r1, r2 = q["r1"], q["r2"]
    # The variance of each curve, and the part of the quadratic that the curve does not explain.
    q = rounds.next(
        **pass_on(one=one, n=n, x=x, y=y, nn=nn, s11=s11, det=det),
        n_det=n * det,
        nn_s11=nn * s11,
        **{
            f"var{i}": c["w"] * c["t1"] + (r / 2) * (n * c["t2"]) + _ROUNDING * (c["arm"] * c["arm"])
            for i, (c, (_, r)) in enumerate(zip(curves, exponents, strict=True))
        },
        **{f"unexplained{i}": r1 * c["t2"] - r2 * c["t1"] for i, c in enumerate(curves)},
        **{f"arm_arm{i}": c["arm"] * c["arm"] for i, c in enumerate(curves)},
        **{f"{k}{i}": c[k] * one for i, c in enumerate(curves) for k in ("cv", "arm")},
    )
    one, n, x, y, nn, s11, det, n_det, nn_s11 = (
        q[k] for k in ("one", "n", "x", "y", "nn", "s11", "det", "n_det", "nn_s11")
    )
    curves = [{k: q[f"{k}{i}"] for k in ("var", "unexplained", "arm_arm", "cv", "arm")} for i in range(len(exponents))]
    q = rounds.next(
        **pass_on(one=one, n=n, x=x, y=y, nn=nn, s11=s11, det=det, nn_s11=nn_s11),
        **{f"var{i}": c["var"] * one for i, c in enumerate(curves)},
        **{f"n_var{i}": n * c["var"] for i, c in enumerate(curves)},
        **{f"det_var{i}": n_det * c["var"] for i, c in enumerate(curves)},
        **{f"unexplained{i}": c["unexplained"] * one for i, c in enumerate(curves)},
        **{f"intercept{i}": y * c["var"] - c["cv"] * c["arm"] for i, c in enumerate(curves)},
        **{f"slope{i}": x * c["cv"] for i, c in enumerate(curves)},
        **{f"cv_cv{i}": c["cv"] * c["cv"] for i, c in enumerate(curves)},
        **{f"reach{i}": c["var"] * one + c["arm_arm"] * one for i, c in enumerate(curves)},
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
    for i in range(len(exponents)):
        c = {
            k: q[f"{k}{i}"] for k in ("var", "n_var", "det_var", "unexplained", "intercept", "slope", "cv_cv", "reach")
        }
        add(c["unexplained"], c["det_var"], one, scales)
        add(c["unexplained"], q["det"], c["cv_cv"], (1e-5,))
        add(c["intercept"], c["n_var"], c["n_var"], scales)
        add(c["intercept"], c["n_var"], c["reach"], scales)
        add(c["slope"], c["var"], c["var"], tuple(scale / 10 for scale in scales))
    return rounds, features
