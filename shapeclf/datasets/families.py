"""Families: functions that share a formula, y = k·g(x; θ) + b."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from types import MappingProxyType
from typing import final

import numpy as np

from shapeclf.datasets._arguments import number, shown
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.priors import Prior, Uniform
from shapeclf.datasets.quantities import Quantity
from shapeclf.datasets.user_modules import in_one_line
from shapeclf.errors import InputError

__all__ = ["LINE", "NONE", "PARABOLA", "SQRT", "Family", "check_classes", "check_families", "is_family_name"]

NONE = "none"
"""The class of curves that follow none of the families."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")
_MAPPINGS = ("shape", "units", "shifts", "quantities")  # arguments of a family that are mappings by name


def is_family_name(text: str) -> bool:
    """Return whether a name is allowed: at most 100 letters, digits, ``-`` and ``_``, a letter first."""
    return _NAME.fullmatch(text) is not None


@final
@dataclass(frozen=True)
class Family:
    """A family of functions y = k·g(x; θ) + b: one basis curve g, scaled by k and shifted by b.

    The same declaration is used to draw data, to label them, to compute the reference figures of evaluation, and to fit
    curves.

    Args:
        name: Name in labels and answers; at most 100 letters, digits, ``-`` and ``_``, a letter first.
        formula: The equation as text, ``"y = k·x² + b"``.
        basis: The function g in vectorised numpy, called as ``basis(x, **shape)`` with x of shape (batch, points) and
            each shape parameter of shape (batch, 1). It returns an array of the shape of x, finite in the domain,
            and must not change its arguments. It must be a function of a module, not a lambda, if data-loading workers
            are spawned.
        k: Prior of the scale.
        b: Prior of the shift.
        x: Prior of the x at which the function is observed.
        shape: Prior of each shape parameter θ, by name.
        domain: Lowest and highest x for which the function is defined.
        shift_invariant: Whether a function of the family, shifted along x, is again one of the family, as for an
            exponential but not a square root.
        units: Power of the unit of x in each shape parameter that has one: 1 for a position on the x axis, -1 for a
            rate. Sequences in any units (`ExperimentSequences`) apply shape priors to x divided by its largest
            absolute value, or, if the family is shift-invariant, to x mapped linearly to the range from 0 to 1.
        shifts: How much each shape parameter changes if x is shifted by 1, if the family is shift-invariant. By default
            it is 1 for a parameter with the unit of x, as for a position, and 0 for the others. For a width, which has
            the unit of x but does not change with a shift, give 0.
        noun: The family in a sentence, with its article: ``"a power law"``. By default ``"the family NAME"``.
        quantities: Quantities that answers report with the fitted curve, such as a half-life, by name.

    Raises:
        InputError: The name is not allowed, an argument has the wrong type, the name of a shape parameter is taken, a
            unit, shift or quantity names a parameter that the family lacks, or x can be drawn outside the domain.

    Example:
        >>> import numpy as np
        >>> def cube(x):
        ...     return x**3
        >>> CUBIC = Family("cubic", "y = k·x³ + b", cube)
        >>> CUBIC.curve(np.array([[1.0, 2.0]]), k=2.0, b=1.0)
        array([[ 3., 17.]])
    """

    name: str
    formula: str
    basis: Callable[..., FloatArray] = field(repr=False)  # its address would differ at every run
    k: Prior = Uniform(0.0, 1.0)
    b: Prior = Uniform(0.0, 5.0)
    x: Prior = Uniform(5.0, 15.0)
    shape: Mapping[str, Prior] = field(default_factory=dict, hash=False)  # a mapping has no hash
    domain: tuple[float, float] = (-math.inf, math.inf)
    shift_invariant: bool = False
    units: Mapping[str, int] = field(default_factory=dict, hash=False)
    shifts: Mapping[str, int] = field(default_factory=dict, hash=False)
    noun: str = ""
    quantities: Mapping[str, Quantity] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not (isinstance(self.name, str) and is_family_name(self.name)):
            raise InputError(
                f"Family: name must be at most 100 letters, digits, '-' and '_', a letter first; got {shown(self.name)}"
            )
        for name in _MAPPINGS:
            if not isinstance(getattr(self, name), Mapping):
                raise InputError(f"Family {self.name!r}: {name} must be a mapping, got {shown(getattr(self, name))}")
        taken = {"k", "b", "x"} & set(self.shape)
        if taken:
            raise InputError(f"Family {self.name!r}: shape parameters cannot be named {', '.join(sorted(taken))}")
        for name in ("units", "shifts"):
            if not set(getattr(self, name)) <= set(self.shape):
                found = dict(getattr(self, name))
                raise InputError(f"Family {self.name!r}: {name} must be of shape parameters, got {found!r}")
        for name, prior in self.priors.items():
            if not isinstance(prior, Prior):
                raise InputError(f"Family {self.name!r}: {name} must be a prior such as Uniform, got {shown(prior)}")
        if not isinstance(self.noun, str):
            raise InputError(f"Family {self.name!r}: noun must be a text such as 'a line', got {shown(self.noun)}")
        for name, quantity in self.quantities.items():
            if not isinstance(name, str) or not isinstance(quantity, Quantity):
                raise InputError(f"Family {self.name!r}: {shown(name)} must be a Quantity, got {shown(quantity)}")
            if isinstance(quantity.value, str) and quantity.value not in self.priors:
                raise InputError(
                    f"Family {self.name!r}: quantity {name} names the parameter {shown(quantity.value)}, "
                    f"which the family lacks; it has {', '.join(self.priors)}"
                )
        if not (isinstance(self.domain, tuple | list) and len(self.domain) == 2):
            raise InputError(f"Family {self.name!r}: domain must be (lowest, highest), got {shown(self.domain)}")
        object.__setattr__(self, "domain", tuple(number("domain", end) for end in self.domain))
        self.check_x(self.x)
        shifts = {name: int(power == 1) for name, power in self.units.items()} | dict(self.shifts)
        object.__setattr__(self, "shifts", shifts)
        for name in _MAPPINGS:
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[object, ...]:
        # A mapping proxy cannot be pickled, and data-loading workers may be spawned.
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return partial(Family, **values | {name: dict(values[name]) for name in _MAPPINGS}), ()

    def check_x(self, x: Prior) -> None:
        """Raise InputError if ``x`` is not a prior, or can be drawn outside the domain."""
        if not isinstance(x, Prior):
            raise InputError(f"x must be a prior such as Uniform, got {shown(x)}")
        if x.support[0] < self.domain[0] or x.support[1] > self.domain[1]:
            low, high = self.domain
            raise InputError(
                f"family {self.name!r} is defined for x from {low:g} to {high:g}; x was to be drawn from {x}"
            )

    @property
    def in_words(self) -> str:
        """The family in a sentence: its noun, or ``"the family NAME"``."""
        return self.noun or f"the family {self.name}"

    @property
    def priors(self) -> dict[str, Prior]:
        """The prior of every parameter: k, b, then the shape parameters in their order."""
        return {"k": self.k, "b": self.b, **self.shape}

    def basis_at(self, x: FloatArray, **shape: FloatArray | float) -> FloatArray:
        """Return the basis curve g at ``x``, and report a basis function that does not do what `Family` requires.

        Args:
            x: Values of x, shape (batch, points).
            shape: Each shape parameter, shape (batch, 1) or a number.

        Returns:
            g, shape (batch, points). It may be NaN or infinite; the caller must check it.

        Raises:
            InputError: The basis function raises, changes its arguments, or returns another shape or type.
        """
        try:
            values = np.asarray(self.basis(_read_only(x), **{name: _read_only(value) for name, value in shape.items()}))
        except (Exception, SystemExit) as error:  # a user's function raises what it likes
            raise InputError(
                f"family {self.name!r}: its basis function failed, {in_one_line(error)}; "
                "it must be vectorised NumPy and must not change its arguments"
            ) from error
        if values.shape != x.shape or values.dtype.kind not in "biuf":
            raise InputError(
                f"family {self.name!r}: its basis function returned the shape {values.shape} of {values.dtype} "
                f"for x of the shape {x.shape}; it must return real numbers of the shape of x"
            )
        return values.astype(np.float64, copy=False)

    def curve(self, x: FloatArray, **parameters: FloatArray | float) -> FloatArray:
        """Return y = k·g(x; θ) + b.

        Args:
            x: Values of x, shape (batch, points).
            parameters: Values of k, b and each shape parameter, shape (batch, 1) or a number.

        Returns:
            y, shape (batch, points).
        """
        k, b = parameters.pop("k"), parameters.pop("b")
        # A basis may return x itself (the line does), so it must not be changed in place.
        y = k * self.basis_at(x, **parameters)
        y += b
        return y


def check_classes(families: Iterable[Family], *, none: str | None = None) -> tuple[Family, ...]:
    """Return the families of a data set as a tuple.

    Args:
        families: Families, into which labels are indices; at least one.
        none: Name of the class of curves that follow no family; None if there is no such class.

    Raises:
        InputError: There is no family, two families have the same name, or one has the name ``none``.
    """
    checked = check_families("families", families)
    names = [family.name for family in checked]
    if not names or len(set(names)) != len(names) or none in names:
        other = "" if none is None else f" other than {none}"
        raise InputError(
            f"families must be at least one, of different names{other}; got {', '.join(names) or 'no family'}"
        )
    return checked


def check_families(name: str, families: Iterable[Family]) -> tuple[Family, ...]:
    """Return the families as a tuple; raise InputError, which names the argument, if it holds anything else."""
    if not isinstance(families, Iterable):
        raise InputError(f"{name} must be families in a list or a tuple, got {shown(families)}")
    checked = tuple(families)
    for family in checked:
        if not isinstance(family, Family):
            raise InputError(f"{name} must be of the type Family, got {shown(family)}")
    return checked


def _read_only(value: FloatArray | float) -> FloatArray | float:
    """Return a view that cannot be written through, so that no basis function changes a caller's array."""
    if not isinstance(value, np.ndarray):
        return value
    view = value.view()
    view.flags.writeable = False
    return view


def _identity(x: FloatArray) -> FloatArray:
    return x


def _square(x: FloatArray) -> FloatArray:
    return x * x


def _square_root(x: FloatArray) -> FloatArray:
    root: FloatArray = np.sqrt(x)
    return root


def _zero_of_a_line(k: float, b: float) -> float:
    return -b / k


LINE = Family(
    "line",
    "y = k·x + b",
    _identity,
    shift_invariant=True,
    noun="a line",
    quantities={"x intercept": Quantity(_zero_of_a_line, x=1, position=True)},
)
PARABOLA = Family("parabola", "y = k·x² + b", _square, noun="a parabola")
SQRT = Family("sqrt", "y = k·√x + b", _square_root, x=Uniform(5.0, 10.0), domain=(0.0, math.inf), noun="a square root")
