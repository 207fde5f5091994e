"""Records of data sets in JSON, with which a model file states what it was trained on."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from shapeclf.datasets.catalogue import find_families
from shapeclf.datasets.experiments import AnySequences, ExperimentSequences
from shapeclf.datasets.families import Family
from shapeclf.datasets.priors import prior_from_record
from shapeclf.datasets.sequences import ShapeSequences
from shapeclf.errors import InputError

__all__ = ["family_record", "sequences_from_record", "sequences_record"]

_EXPERIMENTS = 2  # edition of the data of experiments, to which records of models refer


def sequences_record(sequences: AnySequences) -> dict[str, Any]:
    """Return a data set as values that JSON can represent, without batch size, seed and split.

    Fixed parameters are recorded as values, so the record does not depend on the seed.

    Example:
        >>> sorted(sequences_record(ShapeSequences()))
        ['families', 'lengths', 'noise', 'parameters', 'points', 'x']
    """
    record = {
        "families": [family_record(family) for family in sequences.families],
        "points": sequences.points if isinstance(sequences.points, int) else list(sequences.points),
        "noise": sequences.noise,
    }
    if isinstance(sequences, ExperimentSequences):
        error_bars = {"error_bars": sequences.error_bars} if sequences.error_bars else {}
        return record | error_bars | {"experiments": _EXPERIMENTS}
    return record | {
        "parameters": sequences.fixed_parameters or "fresh",
        "x": None if sequences.x is None else sequences.x.record(),
        "lengths": sequences.lengths,
    }


def family_record(family: Family) -> dict[str, Any]:
    """Return a family as values that JSON can represent: its name, its formula and its priors."""
    return {
        "name": family.name,
        "formula": family.formula,
        "priors": {name: prior.record() for name, prior in family.priors.items()},
        "x": family.x.record(),
    }


def _family_from_record(record: Mapping[str, Any], user_families: Iterable[Family]) -> Family:
    (family,) = find_families([record["name"]], user_families)
    priors = {name: prior_from_record(prior) for name, prior in record["priors"].items()}
    if set(priors) != set(family.priors):
        raise InputError(
            f"family {family.name!r} has the parameters {', '.join(family.priors)}; the record has {', '.join(priors)}"
        )
    k, b = priors.pop("k"), priors.pop("b")
    return replace(family, k=k, b=b, x=prior_from_record(record["x"]), shape=priors)


def sequences_from_record(
    record: Mapping[str, Any], user_families: Iterable[Family] = (), *, batch_size: int = 256, seed: int = 0
) -> AnySequences:
    """Return the test split of the data set that `sequences_record` recorded.

    A record holds no code: formulas are found by name, in ``user_families`` and then among the known families. Priors
    are taken from the record.

    Raises:
        InputError: A family is not known, or the record does not have this form.

    Example:
        >>> sequences = ShapeSequences(points=(2, 32), parameters="fresh", noise=0.1)
        >>> sequences_from_record(sequences_record(sequences)).points
        (2, 32)
    """
    user_families = tuple(user_families)  # it is searched once for each family
    try:
        families = tuple(_family_from_record(family, user_families) for family in record["families"])
        points, noise = record["points"], record["noise"]
        shared: dict[str, Any] = {
            "families": families,
            "points": points if isinstance(points, int) else (int(points[0]), int(points[1])),
            "noise": None if noise is None else float(noise),
            "batch_size": batch_size,
            "seed": seed,
            "split": "test",
        }
        if record.get("experiments"):
            error_bars = float(record.get("error_bars", 0.0))
            if record["experiments"] is True or int(record["experiments"]) != _EXPERIMENTS:
                raise InputError("the model was trained on an earlier edition of experiments, which is no longer drawn")
            return ExperimentSequences(**shared, error_bars=error_bars)
        prior = None if record["x"] is None else prior_from_record(record["x"])
        return ShapeSequences(parameters=record["parameters"], x=prior, lengths=record["lengths"], **shared)
    except InputError:
        raise
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise InputError(f"not a data set's record: {type(error).__name__}: {error}") from None
