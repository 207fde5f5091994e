"""Named settings of a forecaster's training: what to learn, by which network, and how. Nothing here imports torch."""

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

_MOST_LAYERS = 100

OptimizerName = Literal["adagrad", "adam", "lbfgs"]
ScalingName = Literal["series", "phase"]
KeepName = Literal["best", "last"]


@dataclass(frozen=True, kw_only=True)
class WaveRecipe:
    """Settings of one training.

    Without a window the LSTM runs along the whole series and its state is carried on. With a window it starts
    anew on each window of past values and its last output counts.

    Args:
        name: What the recipe is called.
        hidden_sizes: Width of each LSTM layer.
        dense_sizes: Width of each dense layer after them.
        dropout: Share of outputs left out between layers in training.
        window: Past values that a forecast is made from, at least 2; None for all since the beginning.
        scaling: ``series``, or ``phase``, which needs a window. See ``Scaling``.
        highway: Add a linear forecast from the whole window to the LSTM's, so that an autoregression is
            among what can be learned (the idea is LSTNet's). It needs a window.
        crop_steps: Steps of a training sequence where there is no window.
        unscored: Steps at the start of each training sequence that the loss leaves out.
        late_weight: Weight of the last scored step relative to the first, linear in between; 1 weighs all
            alike, below 1 is weighted training (early mistakes spread).
        free_running: Steps at the end of each training sequence that see the network's own forecast
            instead of the value given.
        free_running_after: Updates before that begins.
        noise: Standard deviation of the noise on training inputs, in units of the series' own.
        batch_size: Sequences in a batch; None for all there are.
        optimizer: ``adagrad``, ``adam`` or ``lbfgs``.
        learning_rate: The first learning rate.
        schedule: ``constant``, or ``cosine``: the learning rate falls to zero over all updates, along a half cosine.
        clip: Largest norm of the gradient; None for any.
        updates_per_epoch: Updates in a round, after which the validation part is measured.
        epochs: Rounds at most.
        patience: Rounds without a better one until training stops.
        keep: ``best`` or ``last``: the weights of which round are kept.

    Raises:
        InputError: A setting outside what is allowed, or settings that do not fit each other.
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
        if not 1 <= len(self.hidden_sizes) <= _MOST_LAYERS or len(self.dense_sizes) > _MOST_LAYERS:
            raise InputError(f"hidden_sizes and dense_sizes must be of 1 and 0 to {_MOST_LAYERS} layers")
        if not 0 <= self.dropout < 1:
            raise InputError(f"dropout: {self.dropout} was given; allowed is 0 <= dropout < 1")
        if window is None and self.scaling != "series":
            raise InputError(f"scaling: {self.scaling!r} was given without a window; then only series is allowed")
        if running and window is not None:
            raise InputError("free_running: a forecaster with a window does not train on its own forecasts")
        if window is None and not 0 <= running < max(self.crop_steps, 1):
            raise InputError(
                f"free_running: {running} was given; allowed are 0..{self.crop_steps - 1}, "
                "since a training sequence begins with a given value"
            )
        if self.late_weight != 1 and window is not None:
            raise InputError(f"late_weight: {self.late_weight} was given; with a window one forecast alone is scored")
        if self.highway and window is None:
            raise InputError("highway: it was asked for without a window")
        check_positive("learning_rate", self.learning_rate)
        if self.clip is not None:
            check_positive("clip", self.clip)
        check_noise(self.noise)

    @property
    def updates(self) -> int:
        """The largest number of updates."""
        return self.updates_per_epoch * self.epochs

    @property
    def monitor(self) -> str:
        """The logged figure that training is stopped by: one-step errors do not rank drawings."""
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


# What else a recipe changes when its inputs are noisy. Around a bounded series the level says most, so the
# series' own scale serves best; x-sin leaves that scale, and there the linear part carries the forecast. Its
# validation windows are few and noisy, so they rank the rounds at random: it trains to the end and keeps the last.
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
    """The recipe of a name.

    Args:
        name: A key of ``WAVE_RECIPES``.
        noise: Standard deviation of noise that the inputs are known to have, in units of the series' own;
            settings that serve noisy inputs come with it. None for the recipe as it is.

    Returns:
        The settings.

    Raises:
        InputError: There is none of that name.

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
    """A recipe that ends after so many updates at the latest, what hangs on their number in proportion.

    Args:
        recipe: The settings.
        max_updates: At least 1; a few less are made where they do not divide into rounds of equal length.

    Returns:
        The settings changed.

    Raises:
        InputError: No updates.

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
    """The waves that a named recipe learns; the seed matters for ``shifted-sines`` alone."""
    if recipe.name == _SHIFTED_SINES.name:
        return shifted_sine_data(seed)
    if recipe.window is None:
        raise InputError(f"window: recipe {recipe.name} needs one")
    return series_data(named_series(recipe.name), recipe.window)
