"""How names and packages of shapeclf are imported: lazily, and through the links of a checkout."""

import importlib
import sys
from collections.abc import Callable, Mapping
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import final

__all__ = ["lazy_attributes", "link_package"]


def lazy_attributes(package: str, modules: Mapping[str, str]) -> Callable[[str], object]:
    """Return a package's ``__getattr__``, which imports each name when it is first used: torch takes seconds.

    Args:
        package: Its ``__name__``.
        modules: The module below it that defines each name.
    """

    def get(name: str) -> object:
        if name in modules:
            return getattr(importlib.import_module(f"{package}.{modules[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return get


def link_package(name: str) -> None:
    """Make a top-level package the alias of the package of that name below shapeclf, so that no module has a copy.

    ``datasets`` and ``cli`` of a checkout are links to packages inside shapeclf. Imported through its link, a package
    finds itself under the wrong name and calls this. Called with a name below shapeclf, it does nothing.
    """
    if not name.startswith("shapeclf."):
        sys.meta_path.insert(0, _Linked(name))
        sys.modules[name] = importlib.import_module(f"shapeclf.{name}")


@final
class _Linked:
    """Finds every module below a linked package as the module of the same name below shapeclf.

    It has no base class: importing `importlib.abc` takes as long as all of the command line's help.
    """

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        # A loader needs no base class, whatever its type stub asks for.
        return ModuleSpec(fullname, self) if fullname.startswith(f"{self._package}.") else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python."""

    def exec_module(self, module: ModuleType) -> None:
        sys.modules[module.__name__] = importlib.import_module(f"shapeclf.{module.__name__}")
