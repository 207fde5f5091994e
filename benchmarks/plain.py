"""Narrow the type of a data set for benchmarks and tests."""

from shapeclf.datasets.experiments import AnySequences, ExperimentSequences
from shapeclf.datasets.sequences import ShapeSequences
from shapeclf.errors import InputError

__all__ = ["plain_sequences"]


def plain_sequences(sequences: AnySequences) -> ShapeSequences:
    """Return the sequences if they are `ShapeSequences`.

    Raises:
        InputError: They are experiments.
    """
    if isinstance(sequences, ExperimentSequences):
        raise InputError("experiments draw their own parameters, x and units")
    return sequences
