"""Recipes of forecasters: series, network and training. This module does not import torch."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal

from shapeclf.datasets._arguments import check_positive
from shapeclf.datasets.series import check_noise, named_series
from shapeclf.datasets.wave_data import WaveData, series_data, shifted_sine_data
from shapeclf.errors import InputError
from shapeclf.training.recipes import ScheduleName
from shapeclf.training.setting_checks import check_types

__all__ = [
    "WAVE_RECIPES",
    "KeepName",
    "OptimizerName",
    "ScalingName",
    "WaveRecipe",
    "recipe_data",
    "shortened",
    "wave_recipe",
]

_MAX_LAYERS = 100

OptimizerName = Literal["adagrad", "adam", "lbfgs"]
ScalingName = Literal["series", "phase"]
KeepName = Literal["best", "last"]


@dataclass(frozen=True, kw_only=True)
class WaveRecipe:
    """All settings of the training of a forecaster.

    Without a window, the LSTM runs along the whole series and passes its state on. With a window, it starts
    anew on each window of past values, and its last output is the forecast.

    Args:
        name: Name of the recipe.
        hidden_sizes: Width of each LSTM layer.
        dense_sizes: Width of each dense layer after the LSTM layers.
        dropout: Share of outputs that dropout between layers sets to 0 in training.
        window: Number of past values that a forecast depends on, at least 2; None for all since the start.
        scaling: ``series``, or ``phase``, which needs a window. See ``Scaling``.
        highway: Whether to add a linear forecast from the whole window to that of the LSTM, so that it includes an
            autoregression (as LSTNet does: Lai et al. 2018, Modeling long- and short-term temporal patterns with deep
            neural networks). It needs a window.
        crop_steps: Steps of a training sequence if there is no window.
        unscored: Steps at the start of each training sequence that are not part of the loss.
        late_weight: Weight of the last scored step relative to the first, linear in between. A value of 1 gives all
            the same weight, a lower one emphasises early steps, whose errors propagate (weighted training).
        free_running: Steps at the end of each training sequence whose input is the network's own forecast
            instead of the true value (free running).
        free_running_after: Number of updates before free running starts.
        noise: Standard deviation of the noise on training inputs, in units of that of the series.
        batch_size: Sequences in a batch; None for all.
        optimizer: ``adagrad``, ``adam`` or ``lbfgs``.
        learning_rate: Learning rate of the first update.
        schedule: ``constant``, or ``cosine``: the learning rate falls to zero along half a cosine.
        clip: Norm to which longer gradients are clipped; None for no clipping.
        updates_per_epoch: Updates in a round, after which the model is validated.
        epochs: Highest number of rounds.
        patience: Number of rounds without improvement after which training stops.
        keep: ``best`` or ``last``: the round whose weights are saved.

    Raises:
        InputError: A setting is out of range, or settings contradict each other.
    """

    name: str
    hidden_sizes: tuple[int, ...] = (16,)
    dense_sizes: tuple[int, ...] = ()
    dropout: float = 0.0
    window: int | None = 10
    scaling: ScalingName = "phase"
    highway: bool = False
    crop_steps: int = 0
    unscored: int = 0
    late_weight: float = 1.0
    free_running: int = 0
    free_running_after: int = 0
    noise: float = 0.0
    batch_size: int | None = 256
    optimizer: OptimizerName = "adam"
    learning_rate: float = 1e-2
    schedule: ScheduleName = "cosine"
    clip: float | None = None
    updates_per_epoch: int = 100
    epochs: int = 30
    patience: int = 25
    keep: KeepName = "best"

    def __post_init__(self) -> None:
        check_types(self)
        window, running = self.window, self.free_running
        if not 1 <= len(self.hidden_sizes) <= _MAX_LAYERS or len(self.dense_sizes) > _MAX_LAYERS:
            raise InputError(f"hidden_sizes must have 1 to {_MAX_LAYERS} layers, and dense_sizes at most {_MAX_LAYERS}")
        if not 0 <= self.dropout < 1:
            raise InputError(f"dropout: {self.dropout} was given; allowed is 0 <= dropout < 1")
        if window is None and self.scaling != "series":
            raise InputError(f"scaling: {self.scaling!r} was given; without a window, only series is allowed")
        if running and window is not None:
            raise InputError("free_running: a forecaster with a window does not train on its own forecasts")
        if window is None and not 0 <= running < max(self.crop_steps, 1):
            raise InputError(
                f"free_running: {running} was given; allowed are 0..{max(self.crop_steps - 1, 0)}, "
                "since a training sequence begins with a true value"
            )
        if self.late_weight != 1 and window is not None:
            raise InputError(f"late_weight: {self.late_weight} was given; with a window only one forecast is scored")
        if self.highway and window is None:
            raise InputError("highway: it needs a window")
        check_positive("learning_rate", self.learning_rate)
        if self.clip is not None:
            check_positive("clip", self.clip)
        check_noise(self.noise)

    @property
    def updates(self) -> int:
        """The highest number of updates."""
        return self.updates_per_epoch * self.epochs

    @property
    def monitor(self) -> str:
        """The logged figure that ends training early.

        Without a window it is the error of drawn waves, which can be large although the one-step error is small.
        """
        return "val_loss" if self.window else "val_drawn_rmse"


_SHIFTED_SINES: Final = WaveRecipe(
    name="shifted-sines",
    hidden_sizes=(32,),
    window=None,
    scaling="series",
    crop_steps=200,
    unscored=20,
    free_running=100,
    free_running_after=1200,
    noise=0.3,
    batch_size=32,
    clip=0.1,
    updates_per_epoch=20,
    epochs=70,
    patience=70,
)

WAVE_RECIPES: Final[Mapping[str, WaveRecipe]] = MappingProxyType(
    {
        recipe.name: recipe
        for recipe in (
            WaveRecipe(name="sin"),
            WaveRecipe(name="sin-cos"),
            WaveRecipe(name="x-sin", window=20, epochs=50),
            _SHIFTED_SINES,
        )
    }
)


# Further settings for noisy inputs. In a bounded series the level is the most informative input, so the scaling
# "series" is best. The values of x-sin grow beyond that scale, and a good forecast of it is mostly linear. Its few and
# noisy validation windows cannot tell which round is best, so it trains to the end and saves the last round.
_NOISY: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "sin": {"scaling": "series"},
        "sin-cos": {"scaling": "series"},
        "x-sin": {
            "highway": True,
            "hidden_sizes": (4,),
            "learning_rate": 3e-3,
            "patience": WAVE_RECIPES["x-sin"].epochs,
            "keep": "last",
        },
    }
)


def wave_recipe(name: str, noise: float | None = None) -> WaveRecipe:
    """Return the recipe of a name.

    Args:
        name: Name of a recipe in ``WAVE_RECIPES``.
        noise: Standard deviation of the noise of the inputs, in units of that of the series, which also selects
            settings for noisy inputs. None for the recipe as it is.

    Returns:
        The settings.

    Raises:
        InputError: There is no recipe of that name.

    Example:
        >>> wave_recipe("sin").window
        10
    """
    if name not in WAVE_RECIPES:
        raise InputError(f"recipe: there is no {name!r}; known are {', '.join(WAVE_RECIPES)}")
    recipe = WAVE_RECIPES[name]
    if noise is None:
        return recipe
    return replace(recipe, noise=noise, **(_NOISY.get(name, {}) if noise > 0 else {}))


def shortened(recipe: WaveRecipe, max_updates: int) -> WaveRecipe:
    """Return a recipe with fewer updates; settings that depend on their number change in proportion.

    Args:
        recipe: The settings.
        max_updates: Highest number of updates, at least 1. Rounds have equal numbers of updates, so there may be a
            few fewer.

    Returns:
        The changed settings.

    Raises:
        InputError: ``max_updates`` is below 1.

    Example:
        >>> shorter = shortened(wave_recipe("sin"), 250)
        >>> shorter.updates, shorter.epochs
        (250, 2)
    """
    if max_updates < 1:
        raise InputError(f"max_updates: {max_updates} was given; at least 1 is needed")
    epochs = max(1, round(max_updates / recipe.updates_per_epoch))
    updates_per_epoch = max_updates // epochs
    start = round(recipe.free_running_after * max_updates / recipe.updates)
    return replace(recipe, epochs=epochs, updates_per_epoch=updates_per_epoch, free_running_after=start)


def recipe_data(recipe: WaveRecipe, seed: int = 0) -> WaveData:
    """Return the waves that a named recipe is trained on; the seed matters for ``shifted-sines`` only."""
    if recipe.name == _SHIFTED_SINES.name:
        return shifted_sine_data(seed)
    if recipe.window is None:
        raise InputError(f"window: recipe {recipe.name} needs one")
    return series_data(named_series(recipe.name), recipe.window)
