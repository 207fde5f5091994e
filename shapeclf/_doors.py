"""The front doors of a checkout: ``datasets`` and ``cli`` are links to the packages inside shapeclf.

Imported through its link, a package finds itself under the wrong name; it then hands over to the package
of the right name, so that there is never a second copy of a module.
"""

import importlib
import sys

__all__ = ["open_door"]


def open_door(name: str) -> None:
    """Makes ``name`` the alias of ``shapeclf.<name>``; called with a name below shapeclf, does nothing."""
    if not name.startswith("shapeclf."):
        from shapeclf._door import Door  # what it imports takes as long as all of the command line's help

        sys.meta_path.insert(0, Door(name))
        sys.modules[name] = importlib.import_module(f"shapeclf.{name}")
