"""The forecaster of series: it forecasts the next value, and draws further values from its own forecasts."""

from typing import Any, NamedTuple

import pytorch_lightning as pl
import torch
from torch import Tensor

from shapeclf.datasets.wave_data import WaveData
from shapeclf.errors import InputError
from shapeclf.training.waves.network import ForecasterNetwork, LayerStates
from shapeclf.training.waves.recipes import OptimizerName, WaveRecipe
from shapeclf.training.waves.scaling import Scaling
from shapeclf.training.waves.weighted_loss import step_weights, weighted_squared_error

__all__ = ["Forecaster", "ForecasterState", "recipe_forecaster"]

_OPTIMIZERS: dict[OptimizerName, type[torch.optim.Optimizer]] = {
    "adagrad": torch.optim.Adagrad,
    "adam": torch.optim.Adam,
    "lbfgs": torch.optim.LBFGS,
}


class ForecasterState(NamedTuple):
    """The state between two calls: that of the layers or, with a window, the first values of the next window."""

    layers: LayerStates | None
    recent: Tensor | None  # (batch, at most window - 1, channels)


class Forecaster(pl.LightningModule):
    """An LSTM that forecasts the next value after each value of its input.

    Args:
        recipe: Settings of the network and of its training.
        level: Mean of the training part, for each channel.
        spread: Standard deviation of the training part, for each channel, above 0.
        window_spread: Standard deviation within windows, for each channel; needed for the scaling ``phase`` only.
        seed: Seed of the initial weights and of dropout.
    """

    def __init__(
        self,
        recipe: WaveRecipe,
        *,
        level: tuple[float, ...] = (0.0,),
        spread: tuple[float, ...] = (1.0,),
        window_spread: tuple[float, ...] | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.recipe = recipe
        self.window = window = recipe.window
        self.seed = seed
        self.scaling = Scaling(recipe.scaling, level, spread, window_spread)
        self.network = ForecasterNetwork(
            features=self.scaling.features,
            channels=len(level),
            hidden_sizes=recipe.hidden_sizes,
            dense_sizes=recipe.dense_sizes,
            dropout=recipe.dropout,
            generator=torch.Generator().manual_seed(seed),
        )
        shape = (len(level), window or 0, self.scaling.features)
        self.highway = torch.nn.Parameter(torch.zeros(shape)) if recipe.highway else None

    def forward(self, values: Tensor, state: ForecasterState | None = None) -> tuple[Tensor, ForecasterState]:
        """Forecast the value after each value of the input.

        Args:
            values: Shape (batch, steps, channels), float64, in the series' own units.
            state: State that an earlier call returned; None at the start of a series.

        Returns:
            Forecasts (batch, steps, channels), float64, and the state after the last step. With a window, a series has
            no forecasts until its first window is complete: the first call returns window - 1 forecasts fewer.
        """
        if self.window is None:
            layers = None if state is None else state.layers
            forecasts, layers = self._forecast(values, layers)
            return forecasts, ForecasterState(layers, None)
        if state is not None and state.recent is not None:
            values = torch.cat([state.recent, values], dim=1)
        new_state = ForecasterState(None, values[:, max(0, values.shape[1] - self.window + 1) :])
        if values.shape[1] < self.window:
            return values[:, :0], new_state
        windows = values.unfold(1, self.window, 1).transpose(-1, -2)  # (batch, forecasts, window, channels)
        batch, count = windows.shape[:2]
        forecasts = self.forecast_windows(windows.reshape(batch * count, self.window, -1))
        return forecasts.reshape(batch, count, -1), new_state

    def forecast_windows(self, windows: Tensor) -> Tensor:
        """Forecast the value after each window, from the initial state of the network.

        Args:
            windows: Shape (n, window, channels), float64.

        Returns:
            Forecasts (n, channels), float64.
        """
        return self._forecast(windows, None)[0][:, -1]

    @torch.no_grad()
    def draw(self, warm_up: Tensor, steps: int) -> Tensor:
        """Draw further values: each forecast is the next input.

        Args:
            warm_up: Values before the drawn ones, shape (batch, length, channels), float64; at least a whole window.
            steps: Number of values to draw, at least 1.

        Returns:
            The drawn values, shape (batch, steps, channels), float64.

        Raises:
            InputError: ``steps`` is below 1, or there are fewer values than in a window.
        """
        if steps < 1:
            raise InputError(f"steps: {steps} was given; at least 1 is needed")
        needed = self.window or 1
        if warm_up.shape[1] < needed:
            raise InputError(f"warm_up: {warm_up.shape[1]} values were given; at least {needed} are needed")
        forecasts, state = self(warm_up)
        drawn = [forecasts[:, -1:]]
        # Each step needs the previous one, so this loop cannot be one call.
        for _ in range(steps - 1):
            forecast, state = self(drawn[-1], state)
            drawn.append(forecast)
        return torch.cat(drawn, dim=1)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> Tensor:
        """Return the loss of a training batch of inputs and targets, each (batch, steps, channels)."""
        loss = self.loss(batch, self.global_step)
        self.log("train_loss", loss.detach(), prog_bar=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> None:
        """Log the validation loss; without a window, also the error of drawing the second half."""
        inputs, targets = batch
        self.log("val_loss", self.loss(batch), batch_size=len(inputs), prog_bar=True)
        if self.window is None:
            half = (inputs.shape[1] + 1) // 2
            drawn = self.draw(inputs[:, :half], inputs.shape[1] - half + 1)
            error = (drawn - targets[:, half - 1 :]).square().mean().sqrt()
            self.log("val_drawn_rmse", error, batch_size=len(inputs), prog_bar=True)

    def loss(self, batch: tuple[Tensor, Tensor], update: int | None = None) -> Tensor:
        """Return the weighted squared error, with errors in units of `Scaling.unit`.

        Args:
            batch: Inputs and targets, each (batch, steps, channels), float64.
            update: Number of previous updates; None outside training, where there is no dropout and all
                inputs are true values.

        Returns:
            A scalar.
        """
        inputs, targets = batch
        scaled = self.scaling(inputs)
        free_running, generator = 0, None
        if update is not None:
            free_running = self.recipe.free_running if update >= self.recipe.free_running_after else 0
            # Seeded by the number of the update, so that a resumed run has the same dropout.
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + update)
        input_steps = inputs.shape[1] - free_running
        features = scaled.features.float()
        outputs, layers = self.network(features[:, :input_steps], None, generator)
        outputs = self._add_highway(outputs, features)
        outputs = outputs + scaled.values[:, :input_steps].float()
        parts = [outputs]
        value = outputs[:, -1:]
        # Each step needs the previous one, so this loop cannot be one call.
        for _ in range(free_running):
            output, layers = self.network(value, layers, generator)
            value = output + value
            parts.append(value)
        scaled_targets = ((targets - scaled.level) / scaled.size).float()
        # Errors are measured in the same unit for all sequences. In units of its own amplitude, a sequence of small
        # amplitude would weigh as much as a large one.
        unit = (scaled.size / self.scaling.unit).float()
        # With a window, only the last step has seen all of it.
        unscored = self.recipe.unscored if self.window is None else self.window - 1
        weights = step_weights(inputs.shape[1], unscored, self.recipe.late_weight)
        return weighted_squared_error(torch.cat(parts, dim=1) * unit, scaled_targets * unit, weights)

    def configure_optimizers(self) -> Any:
        """Return the optimiser and its learning rate schedule."""
        optimizer = _OPTIMIZERS[self.recipe.optimizer](self.parameters(), lr=self.recipe.learning_rate)  # type: ignore[call-arg]
        if self.recipe.schedule == "constant":
            return optimizer
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, self.recipe.updates)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _forecast(self, values: Tensor, layers: LayerStates | None) -> tuple[Tensor, LayerStates]:
        scaled = self.scaling(values)
        features = scaled.features.float()
        outputs, layers = self.network(features, layers)
        forecasts = scaled.values + self._add_highway(outputs, features).double()
        return scaled.level + scaled.size * forecasts, layers

    def _add_highway(self, outputs: Tensor, features: Tensor) -> Tensor:
        """Return the outputs, with a linear forecast from the window added to the last output."""
        if self.highway is None:
            return outputs
        linear = torch.einsum("bwf,cwf->bc", features, self.highway)
        return torch.cat([outputs[:, :-1], outputs[:, -1:] + linear.unsqueeze(1)], dim=1)


def recipe_forecaster(recipe: WaveRecipe, data: WaveData, seed: int = 0) -> Forecaster:
    """Return an untrained forecaster with the settings of a recipe, scaled to the training part."""
    within = data.window_spread(recipe.window, recipe.noise) if recipe.window else None
    return Forecaster(recipe, level=data.level, spread=data.spread, window_spread=within, seed=seed)
