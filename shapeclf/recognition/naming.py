"""Names and units of x and y in an answer: in axis labels, in the equation and in the units of parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self, final

import numpy as np

from shapeclf._text import printable
from shapeclf.recognition.fitting.equations import LETTER, Printed, parameter_text

if TYPE_CHECKING:
    from shapeclf.datasets.families import Family
    from shapeclf.datasets.quantities import Quantity
    from shapeclf.datasets.tables.table import Table
    from shapeclf.recognition.fitting import Fit
    from shapeclf.recognition.fitting.quantities import FittedQuantity

__all__ = ["Names", "PrintedValue"]

_AXIS = re.compile(rf"(?<!{LETTER})[xy](?!{LETTER}|[0-9])")
_FUNCTIONS = frozenset(("exp", "ln", "log", "sin", "cos", "tan", "sqrt", "abs", "pi", "e", "i"))
_MAX_NAME = 40
_MAX_LABEL = 60
_COMPOUND = re.compile(r"[^\w%°µΩ]")
_POWERS = {2.0: "²", 3.0: "³"}
_TEST_X = np.array([[0.7, 1.0, 1.6, 2.3]])


class PrintedValue(NamedTuple):
    """A parameter, or a quantity that follows from the parameters.

    Attributes:
        name: Its name.
        number: Its value in full precision.
        printed: Its value and standard error as they are printed.
        unit: Its unit; None where it has none, or where it is not known.
        derived: Whether it is a quantity that follows from the parameters.
    """

    name: str
    number: float
    printed: Printed
    unit: str | None
    derived: bool = False

    @property
    def text(self) -> str:
        """The value with its standard error, ``"4.914 ± 0.023"``."""
        return parameter_text(*self.printed)

    @property
    def value_and_error(self) -> tuple[str, str]:
        """The value and its standard error, each with the power of ten; the error is empty if there is none."""
        number, _, power = self.text.rpartition(")") if self.text.startswith("(") else (self.text, "", "")
        value, _, error = number.removeprefix("(").partition(" ± ")
        return value + power, error + power if error else ""


@final
@dataclass(frozen=True)
class Names:
    """Names and units of x and y, such as those of the columns of a file.

    Attributes:
        x: Name of x; None if it has none.
        y: Name of y; None if it has none.
        x_unit: Unit of x; None if it is not known.
        y_unit: Unit of y; None if it is not known.
        x_origin: Date or time at x = 0; None where x is a number.

    Example:
        >>> Names("t", "s", "s", "m").label("x"), Names().label("y"), Names(y="drop height")["y"]
        ('t (s)', 'y', '"drop height"')
    """

    x: str | None = None
    y: str | None = None
    x_unit: str | None = None
    y_unit: str | None = None
    x_origin: str | None = None

    @classmethod
    def of(cls, table: Table) -> Self:
        """Return the names and units of the columns that were read."""
        return cls(table.x_name, table.y_name, table.x_unit, table.y_unit, table.x_origin)

    def __getitem__(self, axis: Literal["x", "y"]) -> str:
        """Return the name for an equation: quoted if it is not an identifier, ``x`` or ``y`` if it cannot be used."""
        name = self.x if axis == "x" else self.y
        if not name or len(name) > _MAX_NAME or not name.isprintable() or '"' in name:
            return axis
        return name if name.isidentifier() else f'"{name}"'

    def label(self, axis: Literal["x", "y"]) -> str:
        """Return the name and the unit of an axis, ``"t (s)"``, and the date or time at x = 0."""
        name, unit = (self.x, self.x_unit) if axis == "x" else (self.y, self.y_unit)
        if axis == "x" and self.x_origin is not None:
            unit = f"{unit or ''} since {self.x_origin}".lstrip()
        text = printable((name or axis) + ("" if unit is None else f" ({unit})"))
        return text if len(text) <= _MAX_LABEL else f"{text[: _MAX_LABEL - 1]}…"

    def symbols(self, fit: Fit) -> dict[str, str]:
        """Return the names for the equation of a fit, or x and y where a name would be misread.

        A name would be misread if it is also a parameter, a function or the name of the other axis.
        """
        names = {"x": self["x"], "y": self["y"]}
        if names["x"] == names["y"] or not {*names.values()}.isdisjoint({*fit.parameters, *_FUNCTIONS}):
            return {"x": "x", "y": "y"}
        return names

    def equation(self, fit: Fit) -> str:
        """Return the equation of a fit with these names; see `symbols`."""
        names = self.symbols(fit)
        return _AXIS.sub(lambda match: names[match[0]], fit.equation)

    def values(self, fit: Fit) -> list[PrintedValue]:
        """Return the parameters of a fit, and the quantities that follow from them, as they are printed."""
        units, printed = self.units(fit), fit.printed_parameters
        found = [PrintedValue(name, number, printed[name], units.get(name)) for name, number in fit.parameters.items()]
        printed = fit.printed_quantities
        return found + [
            PrintedValue(name, each.value, printed[name], each.unit, derived=True)
            for name, each in self.quantities(fit).items()
        ]

    def units(self, fit: Fit) -> dict[str, str]:
        """Return the units of a fit's parameters, by name, as far as they follow from those of x and y.

        The unit of b is that of y. The unit of k is known if the family's basis curve scales as a whole or half power
        of x, or is a logarithm; see `_power`.
        """
        family, x, y = fit.law, self.x_unit, self.y_unit
        powers = {name: -float(power) for name, power in family.units.items()} | {"x0": -1.0}
        units = {name: _quotient("1", x, powers[name]) for name in fit.parameters if name in powers}
        power = _power(family, fit.parameters) if "k" in fit.parameters else None
        if y is not None and power is not None and (power == 0 or x is not None):
            units["k"] = _quotient(y, x, power)
        if y is not None and "b" in fit.parameters:
            units["b"] = y
        return {name: unit for name in fit.parameters if (unit := units.get(name)) is not None}

    def quantities(self, fit: Fit) -> dict[str, FittedQuantity]:
        """Return the quantities of a fit with their units, by name."""
        declared = fit.law.quantities
        return {name: found._replace(unit=self._unit(declared[name])) for name, found in fit.quantities.items()}

    def _unit(self, quantity: Quantity) -> str | None:
        numerator = self.y_unit if quantity.y == 1 else "1"
        if quantity.unit is not None or quantity.y not in (0, 1) or not (quantity.x or quantity.y) or numerator is None:
            return quantity.unit
        return _quotient(numerator, self.x_unit, -float(quantity.x))

    def record(self, fit: Fit | None) -> dict[str, Any]:
        """Return the fields of `fit_record` that need names: the equation with these names, and the units."""
        if fit is None:
            return {"equation_named": None, "parameter_units": {}}
        return {"equation_named": self.equation(fit), "parameter_units": self.units(fit)}


def _quotient(numerator: str, unit: str | None, power: float) -> str | None:
    """Return a unit over a power of another; None if that is not known or cannot be written simply."""
    if power == 0:
        return numerator
    if unit is None or abs(power) not in (0.5, 1.0, *_POWERS):
        return None
    if numerator == "1" and power == -1:
        return unit
    is_bare = not _COMPOUND.search(unit) if abs(power) == 1 else re.sub("[%°]", "a", unit).isalpha()
    bare = unit if is_bare else f"({unit})"
    raised = f"√{bare}" if abs(power) == 0.5 else bare + _POWERS.get(abs(power), "")
    if numerator == "1" and power < 0:
        return raised
    return (f"({numerator})" if _COMPOUND.search(numerator) else numerator) + ("/" if power > 0 else "·") + raised


def _power(family: Family, parameters: Mapping[str, float]) -> float | None:
    """Return the exponent n of x's unit in the basis curve g; None if g does not scale as a power of x.

    If it does, g(2x; θ′) = 2ⁿ·g(x; θ), where θ′ are the shape parameters in the unit for 2x. A logarithm has n = 0: the
    unit changes it by a constant, which is part of b.
    """
    return _power_of(family, tuple(1.0 if name in family.units else parameters[name] for name in sorted(family.shape)))


@lru_cache(maxsize=64)
@np.errstate(all="ignore")
def _power_of(family: Family, values: tuple[float, ...]) -> float | None:
    shape = dict(zip(sorted(family.shape), values, strict=True))
    doubled = {name: value * 2.0 ** family.units.get(name, 0) for name, value in shape.items()}
    before, after = family.basis_at(_TEST_X, **shape), family.basis_at(2 * _TEST_X, **doubled)
    if np.ptp(after - before) < 1e-9 * np.ptp(before):
        return 0.0
    power = np.log2(after / before)[0]
    power = power[np.isfinite(power)]
    return round(2 * power[0]) / 2 if len(power) and np.abs(power - round(2 * power[0]) / 2).max() < 1e-9 else None
