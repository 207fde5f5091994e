"""The data: families of functions and sequences drawn from them; waves and series.

Torch is only imported when `ShapeBatches`, `ShapeDataModule`, `TensorBatch`, `TurnSampler` or `WaveDataModule` is first
used.
"""

from typing import TYPE_CHECKING

from shapeclf._imports import lazy_attributes, link_package
from shapeclf.datasets.catalogue import find_families, known_families, load_family
from shapeclf.datasets.families import LINE, PARABOLA, SQRT, Family
from shapeclf.datasets.laws import (
    CONSTANT,
    EXPONENTIAL,
    GAUSSIAN,
    HYPERBOLA,
    LOGARITHM,
    LOGISTIC,
    POWER,
    QUADRATIC,
    RECIPROCAL,
    SINE,
)
from shapeclf.datasets.priors import LogUniform, OneOf, Prior, Uniform
from shapeclf.datasets.quantities import Quantity
from shapeclf.datasets.records import sequences_from_record, sequences_record
from shapeclf.datasets.sequences import Batch, ShapeSequences
from shapeclf.datasets.series import Series, load_series, named_series, read_series, sample_series
from shapeclf.datasets.wave_data import WaveData, series_data, shifted_sine_data
from shapeclf.datasets.waves import shifted_sines
from shapeclf.datasets.windows import split_series, windows_of

if TYPE_CHECKING:
    from shapeclf.datasets.loading import ShapeBatches, ShapeDataModule, TensorBatch, TurnSampler
    from shapeclf.datasets.wave_loading import WaveDataModule

__all__ = [
    "CONSTANT",
    "EXPONENTIAL",
    "GAUSSIAN",
    "HYPERBOLA",
    "LINE",
    "LOGARITHM",
    "LOGISTIC",
    "PARABOLA",
    "POWER",
    "QUADRATIC",
    "RECIPROCAL",
    "SINE",
    "SQRT",
    "Batch",
    "Family",
    "LogUniform",
    "OneOf",
    "Prior",
    "Quantity",
    "Series",
    "ShapeBatches",
    "ShapeDataModule",
    "ShapeSequences",
    "TensorBatch",
    "TurnSampler",
    "Uniform",
    "WaveData",
    "WaveDataModule",
    "find_families",
    "known_families",
    "load_family",
    "load_series",
    "named_series",
    "read_series",
    "sample_series",
    "sequences_from_record",
    "sequences_record",
    "series_data",
    "shifted_sine_data",
    "shifted_sines",
    "split_series",
    "windows_of",
]

_NEED_TORCH = {
    "ShapeBatches": "loading",
    "ShapeDataModule": "loading",
    "TensorBatch": "loading",
    "TurnSampler": "loading",
    "WaveDataModule": "wave_loading",
}


__getattr__ = lazy_attributes(__name__, _NEED_TORCH)


link_package(__name__)
