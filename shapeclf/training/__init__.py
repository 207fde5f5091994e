"""Train with torch: input coordinates, network, Lightning modules, runs, and export to model files."""

from typing import TYPE_CHECKING

from shapeclf._imports import lazy_attributes
from shapeclf.training.recipes import RECIPES, Settings, settings_of

if TYPE_CHECKING:
    from shapeclf.training.classifier import ShapeClassifier
    from shapeclf.training.export import export
    from shapeclf.training.network import ShapeNetwork, State
    from shapeclf.training.runs import TrainedRun, train
    from shapeclf.training.waves.drawing import Drawing, draw_run
    from shapeclf.training.waves.forecaster import Forecaster
    from shapeclf.training.waves.recipes import WAVE_RECIPES, WaveRecipe, wave_recipe
    from shapeclf.training.waves.runs import WaveRun, train_wave

__all__ = [
    "RECIPES",
    "WAVE_RECIPES",
    "Drawing",
    "Forecaster",
    "Settings",
    "ShapeClassifier",
    "ShapeNetwork",
    "State",
    "TrainedRun",
    "WaveRecipe",
    "WaveRun",
    "draw_run",
    "export",
    "settings_of",
    "train",
    "train_wave",
    "wave_recipe",
]

_NEED_TORCH = {
    "Drawing": "waves.drawing",
    "Forecaster": "waves.forecaster",
    "ShapeClassifier": "classifier",
    "ShapeNetwork": "network",
    "State": "network",
    "TrainedRun": "runs",
    "export": "export",
    "train": "runs",
    "WAVE_RECIPES": "waves.recipes",
    "WaveRecipe": "waves.recipes",
    "WaveRun": "waves.runs",
    "draw_run": "waves.drawing",
    "train_wave": "waves.runs",
    "wave_recipe": "waves.recipes",
}


__getattr__ = lazy_attributes(__name__, _NEED_TORCH)
