"""A data set written down as JSON can hold it, and read back: how a model file remembers its task."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shapeclf.datasets.catalogue import find_families
from shapeclf.datasets.experiments import AnySequences, ExperimentSequences
from shapeclf.datasets.families import Family
from shapeclf.datasets.priors import prior_from_record
from shapeclf.datasets.sequences import ShapeSequences
from shapeclf.errors import InputError

__all__ = ["sequences_from_record", "sequences_record"]


def sequences_record(sequences: AnySequences) -> dict[str, Any]:
    """What the sequences are, without which of them are drawn (batch size, seed and split).

    Fixed parameters are written as values, so the record does not depend on the seed.

    Example:
        >>> sorted(sequences_record(ShapeSequences()))
        ['families', 'lengths', 'noise', 'parameters', 'points', 'x']
    """
    if isinstance(sequences, ExperimentSequences):
        return {
            "families": _families_record(sequences.families),
            "experiments": True,
            "points": _points_record(sequences.points),
            "noise": sequences.noise,
        }
    return {
        "families": _families_record(sequences.families),
        "parameters": "fresh" if sequences.fixed_parameters is None else sequences.fixed_parameters,
        "points": _points_record(sequences.points),
        "x": None if sequences.x is None else sequences.x.record(),
        "noise": sequences.noise,
        "lengths": sequences.lengths,
    }


def _families_record(families: Sequence[Family]) -> list[dict[str, Any]]:
    return [
        {
            "name": family.name,
            "formula": family.formula,
            "priors": {name: prior.record() for name, prior in family.priors.items()},
            "x": family.x.record(),
        }
        for family in families
    ]


def _points_record(points: int | tuple[int, int]) -> int | list[int]:
    return points if isinstance(points, int) else list(points)


def _family_from_record(record: Mapping[str, Any], own: Iterable[Family]) -> Family:
    (family,) = find_families([record["name"]], own)
    priors = {name: prior_from_record(prior) for name, prior in record["priors"].items()}
    if set(priors) != set(family.priors):
        raise InputError(
            f"family {family.name!r} has the parameters {', '.join(family.priors)}; the record has {', '.join(priors)}"
        )
    k, b = priors.pop("k"), priors.pop("b")
    return replace(family, k=k, b=b, x=prior_from_record(record["x"]), shape=priors)


def sequences_from_record(
    record: Mapping[str, Any], own: Iterable[Family] = (), *, batch_size: int = 256, seed: int = 0
) -> AnySequences:
    """The test split of the data set that `sequences_record` wrote down.

    Formulas are looked up by name, among ``own`` and then among the families that are known; a record
    holds no code. Priors are the record's.

    Raises:
        InputError: a family is not known, or the record is not of that form.

    Example:
        >>> sequences = ShapeSequences(points=(2, 32), parameters="fresh", noise=0.1)
        >>> sequences_from_record(sequences_record(sequences)).points
        (2, 32)
    """
    own = tuple(own)  # it is looked through for each family
    try:
        families = tuple(_family_from_record(family, own) for family in record["families"])
        points = record["points"]
        points = points if isinstance(points, int) else (int(points[0]), int(points[1]))
        if record.get("experiments"):
            noise = record["noise"]
            return ExperimentSequences(
                families=families,
                points=points,
                noise=None if noise is None else float(noise),
                batch_size=batch_size,
                seed=seed,
                split="test",
            )
        x = record["x"]
        return ShapeSequences(
            families=families,
            parameters=record["parameters"],
            points=points,
            x=None if x is None else prior_from_record(x),
            noise=float(record["noise"]),
            lengths=record["lengths"],
            batch_size=batch_size,
            seed=seed,
            split="test",
        )
    except InputError:
        raise
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise InputError(f"not a data set's record: {type(error).__name__}: {error}") from None
