"""Recipes: named sets of training settings. Nothing here imports torch."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Literal, final, get_args

from shapeclf.datasets.catalogue import find_families
from shapeclf.datasets.families import Family
from shapeclf.datasets.priors import Prior
from shapeclf.datasets.records import sequences_record
from shapeclf.datasets.sequences import Parameters, ShapeSequences
from shapeclf.errors import InputError

__all__ = ["RECIPES", "OptimizerName", "ScheduleName", "Settings", "settings_of"]

OptimizerName = Literal["adam", "adamw", "sgd", "adagrad", "rmsprop"]
ScheduleName = Literal["constant", "cosine"]


@final
@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that a training depends on.

    Args:
        recipe: the name of the recipe that these settings started from.
        families: what is told apart.
        parameters: ``"fixed"``, ``"fresh"`` or fixed values, as for `ShapeSequences`.
        points: points of a training sequence, or (lowest, highest).
        x: prior of x for all families; by default each family's own.
        noise: standard deviation of the noise on y.
        seed: of the data and of the network's first weights.
        hidden_size: width of the LSTM.
        layers: LSTM layers.
        optimizer: which one.
        learning_rate: its rate (at the start, where the schedule is not constant).
        schedule: ``"constant"``, or ``"cosine"``: falls to zero at ``max_updates``.
        averaging: share of the past in the averaged weights that are tested and kept; 0 averages nothing.
        batch_size: sequences in an update.
        max_updates: where training ends at the latest.
        min_updates: where it ends at the earliest.
        round_updates: updates between two tests.
        test_points: points of the sequences of a test.
        test_sequences: how many sequences a test has.
        target_accuracy: ends training when accuracy after each of the test points has reached it; None: never.
        device: Lightning's name of the accelerator: ``"cpu"``, ``"gpu"``, ``"auto"``, ...
        threads: processor threads; 0 leaves torch's number. On small batches more than one only wait for each other.

    Raises:
        InputError: a value is out of its range; the text says which and what is allowed.
    """

    recipe: str = "classic"
    families: Sequence[Family] = find_families(("line", "parabola", "sqrt"))
    parameters: Parameters = "fixed"
    points: int | tuple[int, int] = 8
    x: Prior | None = None
    noise: float = 0.0
    seed: int = 0
    hidden_size: int = 100
    layers: int = 1
    optimizer: OptimizerName = "adam"
    learning_rate: float = 0.02
    schedule: ScheduleName = "constant"
    averaging: float = 0.0
    batch_size: int = 32
    max_updates: int = 5000
    min_updates: int = 100
    round_updates: int = 50
    test_points: int = 4
    test_sequences: int = 10_000
    target_accuracy: float | None = 0.999
    device: str = "cpu"
    threads: int = 1

    def __post_init__(self) -> None:
        for name in (
            "hidden_size",
            "layers",
            "max_updates",
            "round_updates",
            "test_points",
            "test_sequences",
        ):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be from 1 up, got {getattr(self, name)!r}")
        for name in ("min_updates", "threads"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} must be from 0 up, got {getattr(self, name)!r}")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise InputError(f"learning_rate must be a finite number above 0, got {self.learning_rate!r}")
        if self.optimizer not in get_args(OptimizerName):
            raise InputError(f"optimizer must be one of {', '.join(get_args(OptimizerName))}; got {self.optimizer!r}")
        if self.schedule not in get_args(ScheduleName):
            raise InputError(f"schedule must be one of {', '.join(get_args(ScheduleName))}; got {self.schedule!r}")
        if not 0 <= self.averaging < 1:
            raise InputError(f"averaging must be from 0 up and below 1, got {self.averaging!r}")
        if self.target_accuracy is not None and not 0 < self.target_accuracy <= 1:
            raise InputError(f"target_accuracy must be above 0 and at most 1, got {self.target_accuracy!r}")
        if len(self.families) < 2:
            raise InputError(f"families must be at least two to tell apart, got {len(self.families)}")
        self.sequences()  # checks the rest

    def sequences(self) -> ShapeSequences:
        """The training sequences."""
        return ShapeSequences(
            families=self.families,
            parameters=self.parameters,
            points=self.points,
            x=self.x,
            noise=self.noise,
            batch_size=self.batch_size,
            seed=self.seed,
        )

    def record(self) -> dict[str, Any]:
        """The settings as JSON can hold them, the data set under ``"sequences"``."""
        of_sequences = {"families", "parameters", "points", "x", "noise"}
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in of_sequences}
        return plain | {"sequences": sequences_record(self.sequences())}


RECIPES: Mapping[str, Settings] = MappingProxyType({"classic": Settings()})


def settings_of(recipe: str, **changes: Any) -> Settings:
    """A recipe's settings, with some of them changed.

    Raises:
        InputError: there is no such recipe or setting, or a value is out of its range.

    Example:
        >>> settings_of("classic", hidden_size=32).hidden_size
        32
    """
    if recipe not in RECIPES:
        raise InputError(f"recipe must be one of {', '.join(RECIPES)}; got {recipe!r}")
    unknown = set(changes) - {f.name for f in fields(Settings)}
    if unknown:
        raise InputError(f"there is no setting {', '.join(sorted(unknown))}")
    return replace(RECIPES[recipe], **changes)
