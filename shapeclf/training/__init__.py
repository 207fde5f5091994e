"""The torch side: coordinates, network, Lightning module, runs, export."""

from importlib import import_module
from typing import TYPE_CHECKING

from shapeclf.training.recipes import RECIPES, Settings, settings_of

if TYPE_CHECKING:
    from shapeclf.training.classifier import ShapeClassifier
    from shapeclf.training.export import export
    from shapeclf.training.network import ShapeNetwork, State
    from shapeclf.training.runs import TrainedRun, train

__all__ = [
    "RECIPES",
    "Settings",
    "ShapeClassifier",
    "ShapeNetwork",
    "State",
    "TrainedRun",
    "export",
    "settings_of",
    "train",
]

_NEED_TORCH = {
    "ShapeClassifier": "classifier",
    "ShapeNetwork": "network",
    "State": "network",
    "TrainedRun": "runs",
    "export": "export",
    "train": "runs",
}


def __getattr__(name: str) -> object:
    if name in _NEED_TORCH:
        return getattr(import_module(f"shapeclf.training.{_NEED_TORCH[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
