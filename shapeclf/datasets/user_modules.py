"""Load objects, named ``module:NAME``, from the user's modules."""

import importlib

from shapeclf.datasets._arguments import shown
from shapeclf.errors import InputError

__all__ = ["in_one_line", "load_object"]


def load_object(reference: str, kind: str, example: str) -> object:
    """Import a module, which runs its code, and return the object with the given name in it.

    Args:
        reference: ``module:NAME``.
        kind: What the object should be, for the errors: "family".
        example: A correct reference, for the errors.

    Raises:
        InputError: The reference has another form, the module cannot be imported, or has no such name.

    Example:
        >>> load_object("math:pi", "number", "math:e")
        3.141592653589793
    """
    module_name, colon, name = reference.partition(":") if isinstance(reference, str) else ("", "", "")
    if not (module_name and colon and name):
        raise InputError(f"a {kind} is named module:NAME, as in {example}; got {shown(reference)}")
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # the module is the user's: whatever it raises is reported in one line
        raise InputError(f"{kind} {reference!r}: importing {module_name!r} failed: {in_one_line(error)}") from error
    if not hasattr(module, name):
        raise InputError(f"{kind} {reference!r}: module {module_name!r} has no {name!r}")
    loaded: object = getattr(module, name)
    return loaded


def in_one_line(error: BaseException) -> str:
    """Return an error's type and text in one line.

    Example:
        >>> in_one_line(ValueError("no  root"))
        'ValueError: no root'
    """
    return " ".join(f"{type(error).__name__}: {error}".split())
