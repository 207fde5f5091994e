"""Recipes: named sets of training settings. This module does not import torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Literal, final

from shapeclf.datasets._arguments import check_positive
from shapeclf.datasets.catalogue import BUILT_IN, find_families
from shapeclf.datasets.experiments import AnySequences, ExperimentSequences
from shapeclf.datasets.families import Family
from shapeclf.datasets.priors import Prior, Uniform
from shapeclf.datasets.records import sequences_record
from shapeclf.datasets.sequences import Lengths, Parameters, ShapeSequences
from shapeclf.errors import InputError
from shapeclf.training.setting_checks import check_types

__all__ = ["RECIPES", "CoordinatesName", "DataName", "OptimizerName", "ScheduleName", "Settings", "settings_of"]

OptimizerName = Literal["adam", "adamw", "sgd"]
ScheduleName = Literal["constant", "cosine"]
DataName = Literal["plain", "experiments"]
CoordinatesName = Literal["scaled", "running", "weighted"]


@final
@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of a training.

    Args:
        recipe: Name of the recipe that these settings are derived from.
        data: Kind of the data set: ``"plain"`` for `ShapeSequences`, ``"experiments"`` for `ExperimentSequences`, which
            draw all parameters and x and have the class ``none`` in addition to the families.
        families: Families to distinguish.
        parameters: ``"fixed"``, ``"fresh"`` or fixed values, as for `ShapeSequences`.
        points: Number of points of a training sequence, or (lowest, highest).
        x: Prior of x for all families; None for that of each family.
        error_bars: Share of sequences with known errors of y, for experiments only.
        noise: Standard deviation of the noise on y, for experiments in units of the curve's range; None to draw it,
            which is possible for experiments only.
        seed: Seed of the data and of the network's initial weights.
        lengths: ``"each"`` or ``"batch"``, as for `ShapeSequences`.
        coordinates: Input coordinates: ``"scaled"``, ``"running"`` or ``"weighted"``.
        hidden_size: Width of the LSTM.
        embedding: Width of a layer before the LSTM; 0 for none.
        head: Width of a layer after the LSTM; 0 for none.
        optimizer: ``"adam"``, ``"adamw"`` or ``"sgd"``.
        learning_rate: Learning rate; with the schedule ``"cosine"`` the highest one.
        schedule: ``"constant"``, or ``"cosine"``: rises at first, then falls to zero at ``max_updates``.
        clip: Norm to which longer gradients are clipped; None for no clipping.
        averaging: Decay of the exponential moving average of the weights, which is tested and saved; 0 for no average.
        final_answers: Whether the network also gives an answer for a sequence that ends at the point; the
            loss of this answer uses only the last point of each sequence.
        batch_size: Number of sequences in an update.
        batch_scaling: How much larger updates of shorter sequences are, from 0 to 1, as for `ExperimentSequences`.
        max_updates: Number of updates after which training ends at the latest.
        min_updates: Smallest number of updates before the target accuracy can end training.
        round_updates: Updates between two validations.
        test_points: Number of points of a validation sequence.
        test_sequences: Number of validation sequences.
        target_accuracy: Accuracy that ends training if it is reached after each number of points; None for no target.
        device: Lightning's name of the accelerator: ``"cpu"``, ``"gpu"``, ``"auto"``, ...
        threads: Number of processor threads of a training process; 0 for torch's default. More than one helps only with
            large batches.
        workers: Number of processes per training process that prepare its training batches in advance; 0 to prepare
            them in the training process, as everywhere but on Linux. On a CPU they also compute the coordinates, unless
            these have constants that are fitted. The result does not depend on the number.

    Raises:
        InputError: A value is out of range; the text names the setting and what is allowed.
    """

    recipe: str = "classic"
    data: DataName = "plain"
    families: Sequence[Family] = find_families(("line", "parabola", "sqrt"))
    parameters: Parameters = "fixed"
    points: int | tuple[int, int] = 8
    x: Prior | None = None
    noise: float | None = 0.0
    error_bars: float = 0.0
    lengths: Lengths = "each"
    seed: int = 0
    coordinates: CoordinatesName = "scaled"
    hidden_size: int = 100
    embedding: int = 0
    head: int = 0
    optimizer: OptimizerName = "adam"
    learning_rate: float = 0.02
    schedule: ScheduleName = "constant"
    clip: float | None = None
    averaging: float = 0.0
    final_answers: bool = False
    batch_size: int = 32
    batch_scaling: float = 0.0
    max_updates: int = 5000
    min_updates: int = 100
    round_updates: int = 50
    test_points: int = 4
    test_sequences: int = 10_000
    target_accuracy: float | None = 0.999
    device: str = "cpu"
    threads: int = 1
    workers: int = 0

    def __post_init__(self) -> None:
        check_types(self)
        check_positive("learning_rate", self.learning_rate)
        if self.clip is not None:
            check_positive("clip", self.clip)
        if not 0 <= self.averaging < 1:
            raise InputError(f"averaging must be from 0 up and below 1, got {self.averaging!r}")
        if self.target_accuracy is not None and not 0 < self.target_accuracy <= 1:
            raise InputError(f"target_accuracy must be above 0 and at most 1, got {self.target_accuracy!r}")
        if len(self.families) < 2:
            raise InputError(f"families must be two or more, got {len(self.families)}")
        self.sequences()  # checks the other settings

    def sequences(self) -> AnySequences:
        """Return the training sequences."""
        if self.data == "experiments":
            drawn = {"parameters": "fresh", "x": None, "lengths": "batch"}
            for name, value in drawn.items():
                if getattr(self, name) != value:
                    raise InputError(f"{name} cannot be set for experiments, which draw it themselves")
            return ExperimentSequences(
                families=self.families,
                points=self.points,
                noise=self.noise,
                batch_size=self.batch_size,
                batch_scaling=self.batch_scaling,
                seed=self.seed,
                error_bars=self.error_bars,
            )
        if self.noise is None:
            raise InputError("noise must be a number; None (noise is drawn) is for experiments only")
        for name in ("error_bars", "batch_scaling"):
            if getattr(self, name):
                raise InputError(f"{name} can be set for experiments only")
        return ShapeSequences(
            families=self.families,
            parameters=self.parameters,
            points=self.points,
            x=self.x,
            noise=self.noise,
            lengths=self.lengths,
            batch_size=self.batch_size,
            seed=self.seed,
        )

    def record(self) -> dict[str, Any]:
        """Return the settings as values that JSON can represent, with the data set under ``"sequences"``."""
        of_sequences = {"families", "parameters", "points", "x", "noise", "lengths", "error_bars"}
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in of_sequences}
        return plain | {"sequences": sequences_record(self.sequences())}


_FRESH = Settings(
    recipe="fresh",
    parameters="fresh",
    points=(2, 32),
    x=Uniform(5.0, 15.0),
    noise=0.1,
    lengths="batch",
    coordinates="running",
    embedding=64,
    head=64,
    learning_rate=0.005,
    schedule="cosine",
    clip=1.0,
    averaging=0.998,
    batch_size=256,
    max_updates=16_000,
    round_updates=500,
    test_points=32,
    target_accuracy=None,
)

_REAL = Settings(
    recipe="real",
    data="experiments",
    families=BUILT_IN,
    parameters="fresh",
    points=(3, 256),
    noise=None,
    error_bars=0.4,
    lengths="batch",
    coordinates="weighted",
    hidden_size=128,
    embedding=256,
    head=192,
    optimizer="adamw",
    learning_rate=0.003,
    schedule="cosine",
    clip=1.0,
    averaging=0.998,
    final_answers=True,
    batch_size=200,
    batch_scaling=0.75,
    max_updates=36_000,
    round_updates=500,
    test_points=32,
    test_sequences=5000,
    target_accuracy=None,
    workers=2,
)

RECIPES: Mapping[str, Settings] = MappingProxyType({"classic": Settings(), "fresh": _FRESH, "real": _REAL})


def settings_of(recipe: str, **changes: Any) -> Settings:
    """Return the settings of a recipe, with some of them changed.

    Raises:
        InputError: There is no such recipe or setting, or a value is out of its range.

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
