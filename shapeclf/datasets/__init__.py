"""What the data are: families of functions and the sequences drawn from them.

Nothing here imports torch before `ShapeBatches`, `TurnSampler` or `ShapeDataModule` is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from shapeclf._doors import open_door
from shapeclf.datasets.catalogue import find_families, known_families, load_family
from shapeclf.datasets.families import LINE, PARABOLA, SQRT, Family
from shapeclf.datasets.priors import LogUniform, Prior, Uniform
from shapeclf.datasets.records import sequences_from_record, sequences_record
from shapeclf.datasets.sequences import Batch, ShapeSequences

if TYPE_CHECKING:
    from shapeclf.datasets.loading import ShapeBatches, ShapeDataModule, TensorBatch, TurnSampler

__all__ = [
    "LINE",
    "PARABOLA",
    "SQRT",
    "Batch",
    "Family",
    "LogUniform",
    "Prior",
    "ShapeBatches",
    "ShapeDataModule",
    "ShapeSequences",
    "TensorBatch",
    "TurnSampler",
    "Uniform",
    "find_families",
    "known_families",
    "load_family",
    "sequences_from_record",
    "sequences_record",
]

_NEED_TORCH = ("ShapeBatches", "ShapeDataModule", "TensorBatch", "TurnSampler")


def __getattr__(name: str) -> object:
    if name in _NEED_TORCH:
        return getattr(import_module("shapeclf.datasets.loading"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


open_door(__name__)
