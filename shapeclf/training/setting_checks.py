"""Checks of the settings of a training against the types that their class declares."""

from types import NoneType
from typing import Literal, get_args, get_origin, get_type_hints

from shapeclf._limits import LIMITS
from shapeclf.datasets._arguments import number, shown, whole_number
from shapeclf.errors import InputError

__all__ = ["check_types"]

_LONGEST_NAME = 100
_SIMPLE = {bool: "True or False", str: f"text of at most {_LONGEST_NAME} characters"}


def check_types(settings: object) -> None:
    """Check that the fields of a dataclass have their declared types.

    These are names, choices, truth values, numbers, and whole numbers (or tuples of them) within their `LIMITS`.
    Fields of other types are not checked.

    Args:
        settings: An instance of the dataclass.

    Raises:
        InputError: A value is of another type or out of its range; the text names the field.
    """
    for name, declared in get_type_hints(type(settings)).items():
        value, types = getattr(settings, name), get_args(declared) or (declared,)
        if get_origin(declared) is Literal:
            if not isinstance(value, str) or value not in types:
                raise InputError(f"{name} must be one of {', '.join(types)}; got {shown(value)}")
        elif types[0] in _SIMPLE:
            if type(value) is not types[0] or (types[0] is str and len(value) > _LONGEST_NAME):
                raise InputError(f"{name} must be {_SIMPLE[types[0]]}, got {shown(value)}")
        elif value is None and NoneType in types:
            continue
        elif get_origin(declared) is tuple and not isinstance(value, tuple | list):
            raise InputError(f"{name} must be a tuple of whole numbers, got {shown(value)}")
        elif name in LIMITS:
            low, high = LIMITS[name]
            for one in value if isinstance(value, tuple | list) else (value,):
                whole_number(name, one, low=low, high=high)
        elif types[0] is float:
            number(name, value)
