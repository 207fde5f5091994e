"""The data: families of functions and sequences drawn from them; waves and series.

Names that need torch, or that recognition does not need, are imported when they are first used.
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
from shapeclf.datasets.sequences import Batch, ShapeSequences

if TYPE_CHECKING:
    from shapeclf.datasets.loading import ShapeBatches, ShapeDataModule, TensorBatch, TurnSampler
    from shapeclf.datasets.records import sequences_from_record, sequences_record
    from shapeclf.datasets.series import Series, load_series, named_series, read_series, sample_series
    from shapeclf.datasets.wave_data import WaveData, series_data, shifted_sine_data
    from shapeclf.datasets.wave_loading import WaveDataModule
    from shapeclf.datasets.waves import shifted_sines
    from shapeclf.datasets.windows import split_series, windows_of

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

_MODULES = {
    "Series": "series",
    "ShapeBatches": "loading",
    "ShapeDataModule": "loading",
    "TensorBatch": "loading",
    "TurnSampler": "loading",
    "WaveData": "wave_data",
    "WaveDataModule": "wave_loading",
    "load_series": "series",
    "named_series": "series",
    "read_series": "series",
    "sample_series": "series",
    "sequences_from_record": "records",
    "sequences_record": "records",
    "series_data": "wave_data",
    "shifted_sine_data": "wave_data",
    "shifted_sines": "waves",
    "split_series": "windows",
    "windows_of": "windows",
}


__getattr__ = lazy_attributes(__name__, _MODULES)


link_package(__name__)
