"""What finds the modules below a front door of a checkout; see `shapeclf._doors`."""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import final

__all__ = ["Door"]


@final
class Door(MetaPathFinder, Loader):
    """Finds every module below a door as the module of the same name below shapeclf."""

    def __init__(self, door: str) -> None:
        self.door = door

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname.startswith(f"{self.door}.") else None

    def exec_module(self, module: ModuleType) -> None:
        sys.modules[module.__name__] = importlib.import_module(f"shapeclf.{module.__name__}")
