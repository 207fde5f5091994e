"""Lazy imports, and imports through the links of a checkout."""

import importlib
import sys
from collections.abc import Callable, Mapping
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import final

__all__ = ["lazy_attributes", "link_package"]


def lazy_attributes(package: str, modules: Mapping[str, str]) -> Callable[[str], object]:
    """Return a package's ``__getattr__``, which imports each name when it is first used.

    Without it, every import of the package would import torch, which takes seconds.

    Args:
        package: The ``__name__`` of the package.
        modules: The module of the package that defines each name, by name.
    """

    def get(name: str) -> object:
        if name in modules:
            return getattr(importlib.import_module(f"{package}.{modules[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return get


def link_package(name: str) -> None:
    """Make a top-level package an alias of the package of that name in shapeclf, so that no module exists twice.

    ``datasets`` and ``cli`` in a checkout are links to packages of shapeclf, which call this with their ``__name__``.
    It does nothing unless the package was imported through its link.
    """
    if not name.startswith("shapeclf."):
        sys.meta_path.insert(0, _LinkFinder(name))
        sys.modules[name] = importlib.import_module(f"shapeclf.{name}")


@final
class _LinkFinder:
    """Meta path finder that imports each module of a linked package from shapeclf, so that it exists once.

    It has no base class: importing `importlib.abc` would take as long as printing the help of the command line.
    """

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        # A loader needs no base class; the type stub requires one.
        return ModuleSpec(fullname, self) if fullname.startswith(f"{self._package}.") else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Let Python create the module."""

    def exec_module(self, module: ModuleType) -> None:
        sys.modules[module.__name__] = importlib.import_module(f"shapeclf.{module.__name__}")
