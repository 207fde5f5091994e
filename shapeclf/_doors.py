"""The front doors of a checkout: ``datasets`` and ``cli`` are links to the packages inside shapeclf.

Imported through its link, a package finds itself under the wrong name; it then hands over to the package
of the right name, so that there is never a second copy of a module.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import final

__all__ = ["open_door"]


@final
class _Door(MetaPathFinder, Loader):
    """Finds every module below a door as the module of the same name below shapeclf."""

    def __init__(self, door: str) -> None:
        self.door = door

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname.startswith(f"{self.door}.") else None

    def exec_module(self, module: ModuleType) -> None:
        sys.modules[module.__name__] = importlib.import_module(f"shapeclf.{module.__name__}")


def open_door(name: str) -> None:
    """Makes ``name`` the alias of ``shapeclf.<name>``; called with a name below shapeclf, does nothing."""
    if not name.startswith("shapeclf."):
        sys.meta_path.insert(0, _Door(name))
        sys.modules[name] = importlib.import_module(f"shapeclf.{name}")
