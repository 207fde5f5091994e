"""Convert the errors of y to the unit of y."""

import re
from dataclasses import replace

from shapeclf._text import printable
from shapeclf.datasets.tables.columns import Choice
from shapeclf.datasets.tables.unit_factors import factor_between, is_same_quantity
from shapeclf.datasets.tables.units import is_unit
from shapeclf.errors import InputError

__all__ = ["with_unit_of_y"]

_RELATIVE = re.compile(r"(?:^|[_. ])rel(?:[_. ]|ative)", re.IGNORECASE)


def with_unit_of_y(source: str, choice: Choice) -> Choice:
    """Return the choice of columns with the factor that converts the errors to the unit of y, and a remark.

    Args:
        source: Name of the file in messages.
        choice: The columns that are read.

    Raises:
        InputError: The errors are in a unit of the same quantity that is not converted, or they may be relative.
    """
    error, y = choice.y_error, choice.y
    if error is None or error is y or (error.full == f"{error.name}({error.unit})" and error.unit == y.name):
        return choice  # in std(s), s is not a unit
    if error.unit == "%" != y.unit:
        remark = f"{error.shown} is in percent of {y.shown}"
        return replace(choice, error_factor=0.01, is_relative=True, error_remark=remark)
    if error.unit is None and not choice.is_named_error and _RELATIVE.search(error.name or ""):
        raise InputError(
            f"{source}: {error.shown} may be relative to {y.shown}; give --y-error NUMBER%, or --y-error "
            f"'#{error.index + 1}' if it is in the unit of {y.shown}"
        )
    if error.unit is None or y.unit is None or not (is_unit(error.unit) and is_unit(y.unit)):
        return choice  # the error of s (m) may be called s_err (1 sigma)
    factor, unit, unit_of_y = factor_between(error.unit, y.unit), printable(error.unit), printable(y.unit)
    if factor == 1:
        return choice
    if factor is not None:
        remark = f"{error.shown} is in {unit}, converted to {unit_of_y}"
        return replace(choice, error_factor=factor, error_remark=remark)
    pair = f"{error.shown} is in {unit}, {y.shown} in {unit_of_y}"
    if is_same_quantity(error.unit, y.unit):
        raise InputError(f"{source}: {pair}; write both in one unit, or give --y-error NUMBER")
    return replace(choice, error_remark=f"{pair}: not converted")
