"""The quantities of a fitted curve with their standard errors, by propagation of the parameters' errors to first order.

(Bevington and Robinson 2003, Data Reduction and Error Analysis, section 3.2.)
"""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.recognition.fitting.fitted_curve import FittedCurve, Spread

__all__ = ["FittedQuantity", "fitted_quantities"]

_STEP = 1e-6  # of k and b, relative to them, for finite differences
# Lowest and highest change of the quantity, in standard errors, for which the propagation to first order holds. The
# parameters are changed so that the change to first order is one standard error.
_LINEAR = (0.5, 2.0)
_VAGUE = 0.25  # an angle whose error is a larger share of its period is not reported


class FittedQuantity(NamedTuple):
    """A quantity of a fitted curve.

    Attributes:
        value: Value of the quantity.
        standard_error: Standard error; None where the points do not determine a parameter that it depends on, or
            where it is far from linear within the error.
        unit: Unit; None where there is none, or where it is not known.
    """

    value: float
    standard_error: float | None
    unit: str | None


def fitted_quantities(
    curve: FittedCurve, spread: Spread | None, errors: dict[str, float | None], x: FloatArray
) -> dict[str, FittedQuantity]:
    """Return the quantities that the family declares and the curve has.

    Args:
        curve: The fitted curve.
        spread: Its uncertainty; None where the points do not determine it.
        errors: Standard error of each fitted parameter, by name.
        x: Values of x, shape (points,).
    """
    parameters = dict(zip(curve.family.priors, curve.parameters.tolist(), strict=True))
    others = parameters
    if not curve.k:  # any shape parameters give the same curve, so a quantity that depends on them has no value
        shape = np.add(curve.shape, curve.steps).tolist()
        others = parameters | dict(zip(curve.family.shape, shape, strict=True))
    quantities = {}
    for name, quantity in curve.family.quantities.items():
        value_of = partial(quantity.of, source=f"quantity {name!r} of the family {curve.family.name!r}")
        value = value_of(parameters) + (curve.origin if quantity.position else 0.0)
        if not math.isfinite(value) or value_of(others) != value_of(parameters):
            continue
        if quantity.position and not _is_near(value, x):
            continue
        error = None
        if isinstance(quantity.value, str):
            error = errors[quantity.value]
        elif spread is not None:
            error = _standard_error(value_of, parameters, curve.steps, spread, errors)
        if quantity.period is not None:
            if error is not None and error > _VAGUE * quantity.period:
                continue
            value = math.remainder(value, quantity.period)
        quantities[name] = FittedQuantity(value, error, quantity.unit)
    return quantities


def _is_near(position: float, x: FloatArray) -> bool:
    """Return whether a position is at most one range of x outside that range."""
    low, high = float(x.min()), float(x.max())
    return 2 * low - high <= position <= 2 * high - low


def _standard_error(
    value_of: Callable[[dict[str, float]], float],
    parameters: dict[str, float],
    steps: tuple[float, ...],
    spread: Spread,
    errors: dict[str, float | None],
) -> float | None:
    """Return the standard error of a function of the parameters; None where the linearisation does not hold."""
    k, b = abs(parameters["k"]), abs(parameters["b"])
    derivatives = {}
    for (name, value), step in zip(
        parameters.items(), (_STEP * (k or 1.0), _STEP * (b or k or 1.0), *steps), strict=True
    ):
        above, below = value + step, value - step
        if above == below:  # the step is below the smallest number
            return None
        derivatives[name] = (value_of(parameters | {name: above}) - value_of(parameters | {name: below})) / (
            above - below
        )
        if derivatives[name] and errors.get(name, 0.0) is None:
            return None
    derivative_of_b = derivatives.pop("b")
    # In place of b, the mean of the curve is kept constant: its error is independent of those of the others.
    derivatives_at_mean = np.array(list(derivatives.values())) - derivative_of_b * spread.centre
    covariances = spread.covariance @ derivatives_at_mean
    covariance_of_mean = derivative_of_b * spread.mean_variance
    variance = float(derivatives_at_mean @ covariances) + derivative_of_b * covariance_of_mean
    if not 0 < variance < math.inf:
        return None if variance else 0.0
    error = math.sqrt(variance)
    # The most probable changes of the parameters, given that the quantity changes by its standard error.
    changes = dict(zip(derivatives, (covariances / error).tolist(), strict=True))
    changes["b"] = float(covariance_of_mean - spread.centre @ covariances) / error
    value = value_of(parameters)
    for sign in (-1, 1):
        moved = value_of({name: each + sign * changes[name] for name, each in parameters.items()})
        if not _LINEAR[0] * error <= sign * (moved - value) <= _LINEAR[1] * error:
            return None
    return error
