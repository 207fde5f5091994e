"""Find families: built-in ones, those of installed packages, and those in the user's modules."""

from collections.abc import Iterable
from typing import NamedTuple

from shapeclf.datasets._arguments import shown
from shapeclf.datasets.families import LINE, PARABOLA, SQRT, Family, check_families
from shapeclf.datasets.laws import (
    CONSTANT,
    EXPONENTIAL,
    GAUSSIAN,
    HYPERBOLA,
    LOGARITHM,
    LOGISTIC,
    POWER,
    QUADRATIC,
    RECIPROCAL,
    SINE,
)
from shapeclf.datasets.user_modules import in_one_line, load_object
from shapeclf.errors import InputError

__all__ = [
    "BUILT_IN",
    "ENTRY_POINT_GROUP",
    "FoundFamily",
    "find_families",
    "known_families",
    "load_family",
]

BUILT_IN = (
    LINE,
    PARABOLA,
    SQRT,
    QUADRATIC,
    EXPONENTIAL,
    LOGARITHM,
    RECIPROCAL,
    POWER,
    SINE,
    LOGISTIC,
    CONSTANT,
    HYPERBOLA,
    GAUSSIAN,
)
"""The built-in laws, which the recipe `real` distinguishes."""
ENTRY_POINT_GROUP = "shapeclf.families"


class FoundFamily(NamedTuple):
    """A family and where it comes from: ``built in``, a distribution's name, or ``module:NAME``."""

    family: Family
    source: str


def _checked(value: object, source: str) -> Family:
    if not isinstance(value, Family):
        raise InputError(f"{source} is of type {type(value).__name__}, not a shapeclf.datasets.Family")
    return value


def load_family(reference: str) -> Family:
    """Import a module, which runs its code, and return the family with the given name in it.

    Args:
        reference: ``module:NAME``, as in ``my_families:CUBIC``.

    Raises:
        InputError: The reference has another form, the module cannot be imported, or the object is not a `Family`.

    Example:
        >>> load_family("shapeclf.datasets.families:LINE").name
        'line'
    """
    return _checked(load_object(reference, "family", "my_families:CUBIC"), f"family {reference!r}")


def known_families() -> dict[str, FoundFamily]:
    """Return every family that can be found by its name: the built-in ones, then those of installed packages.

    Packages declare families in the entry-point group ``shapeclf.families``. They are imported here.

    Raises:
        InputError: An installed package's family cannot be loaded, or its name is taken.
    """
    known = {family.name: FoundFamily(family, "built in") for family in BUILT_IN}
    from importlib.metadata import entry_points  # it takes as long to import as all the families

    for entry in entry_points(group=ENTRY_POINT_GROUP):
        source = entry.dist.name if entry.dist else entry.value
        try:
            family = _checked(entry.load(), f"family {entry.value!r} of {source}")
        except InputError:
            raise
        except (Exception, SystemExit) as error:  # another package's code may raise anything
            raise InputError(f"family {entry.value!r} of {source} cannot be loaded: {in_one_line(error)}") from error
        if family.name in known:
            raise InputError(
                f"family {family.name!r} of {source}: another family has this name ({known[family.name].source})"
            )
        known[family.name] = FoundFamily(family, source)
    return known


def find_families(names: Iterable[str], user_families: Iterable[Family] = ()) -> tuple[Family, ...]:
    """Return the families of these names.

    Args:
        names: Names of families that are built in, installed, or in ``user_families``.
        user_families: The user's own families, which replace others of the same name.

    Raises:
        InputError: A name is unknown, or given twice; the text lists the names that exist.

    Example:
        >>> [family.formula for family in find_families(["line", "sqrt"])]
        ['y = k·x + b', 'y = k·√x + b']
    """
    names = tuple(names)
    for name in names:
        if not isinstance(name, str):
            raise InputError(f"families are named by text, got {shown(name)}")
    user_families = check_families("user_families", user_families)
    available = {family.name: family for family in (*BUILT_IN, *user_families)}
    if not set(names) <= set(available):  # search installed packages only if needed, since that imports their code
        available = {name: known.family for name, known in known_families().items()} | available
    for name in names:
        if name not in available:
            raise InputError(f"unknown family {name!r}; there are {', '.join(available)}")
    if len(set(names)) != len(names):
        raise InputError(f"families must differ from each other, got {', '.join(names)}")
    return tuple(available[name] for name in names)
