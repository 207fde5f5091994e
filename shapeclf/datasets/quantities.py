"""Quantities that people look for in a curve: a half-life, a period, an asymptote."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

from shapeclf.datasets._arguments import number
from shapeclf.datasets.user_modules import in_one_line
from shapeclf.errors import InputError

__all__ = ["Quantity"]


@final
@dataclass(frozen=True)
class Quantity:
    """A quantity that follows from the parameters of a curve.

    Args:
        value: Name of a parameter, or a function of the parameters, called as ``value(k=..., b=..., **shape)`` with
            numbers. It returns a number, NaN for a curve that has no such quantity. It must be a function of a module,
            not a lambda, if data-loading workers are spawned.
        x: Exponent of the unit of x in its unit: 1 for a half-life or a position, -1 for a frequency.
        y: Exponent of the unit of y in its unit: 1 for an asymptote.
        unit: Unit that does not depend on those of x and y, such as ``"rad"``.
        position: Whether it is a position on the x axis. It is then reported only if it lies in the range of the points
            or outside by at most the width of this range.
        period: Period of an angle, which is reported between -period/2 and period/2.

    Example:
        >>> Quantity("b", y=1).of({"k": 2.0, "b": 0.5})
        0.5
    """

    value: str | Callable[..., float]
    x: int = 0
    y: int = 0
    unit: str | None = None
    position: bool = False
    period: float | None = None

    def of(self, parameters: Mapping[str, float], source: str = "quantity") -> float:
        """Return the quantity of a curve; NaN where it has none, or none within floating point.

        Args:
            parameters: Each parameter of the curve, by name.
            source: Text that names the quantity in errors.

        Raises:
            InputError: The function raises something other than an `ArithmeticError`, or returns no number.
        """
        if isinstance(self.value, str):
            return parameters[self.value]
        try:
            value = self.value(**parameters)
        except ArithmeticError:  # a division by 0
            return math.nan
        except (Exception, SystemExit) as error:  # a user's function raises what it likes
            raise InputError(f"{source}: it failed, {in_one_line(error)}") from error
        return number(source, value)
