"""Figures of a forecaster: its training, forecasts one step ahead, and drawn waves."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shapeclf.datasets._types import FloatArray
from shapeclf.evaluation.forecasts import TRIVIAL_FORECASTS
from shapeclf.recognition.pictures import COLOURS, new_figure

__all__ = ["drawn_figure", "one_step_figure", "wave_training_figure"]

_SHOWN_WAVES = 3
_WIDTH = 11.0  # inches
_LABEL_LETTERS = 40
_REFERENCE_STYLES = ("-", "--", ":")


def _colour(channel: int) -> str:
    return COLOURS[channel % 6]  # without black and grey


def _cut(label: str) -> str:
    """Return a label, shortened if it would take too much of the picture."""
    return label if len(label) <= _LABEL_LETTERS else f"{label[: _LABEL_LETTERS - 1]}…"


def _named(what: str, channel: int, channels: int, labels: Sequence[str]) -> str:
    return what if channels == 1 else f"{what}, {_cut(labels[channel]) if labels else f'channel {channel + 1}'}"


def _set_value_label(ax: Axes, labels: Sequence[str]) -> None:
    """Name the axis of the values after the only channel, if it has a name."""
    ax.set_ylabel(_cut(labels[0]) if len(labels) == 1 else "value", parse_math=False)


def _add_legend(ax: Axes) -> None:
    legend = ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    for text in legend.get_texts():
        text.set_parse_math(False)


def wave_training_figure(rows: Sequence[Mapping[str, float]]) -> Figure:
    """Plot the losses and, if it was measured, the RMSE of drawn waves against updates.

    The losses are in squared units of the spread, and the RMSE is in units of the series.

    Args:
        rows: The figures of each round, as in ``metrics.csv``.
    """
    figure, (ax,) = new_figure(1, width=_WIDTH, height=4.2)
    names = {"train_loss": "training loss", "val_loss": "validation loss", "val_drawn_rmse": "RMSE of drawn waves"}
    for index, (name, label) in enumerate(names.items()):
        if name in rows[0]:
            ax.plot(
                [row["update"] for row in rows],
                [row[name] for row in rows],
                color=_colour(index),
                marker="o" if len(rows) < 40 else "",
                markersize=3,
                label=label,
            )
    ax.set(xlabel="updates", ylabel="loss (squared units of the spread)", title="Training", yscale="log")
    ax.legend(frameon=False)
    return figure


def one_step_figure(
    recipe: str,
    forecasts: FloatArray,
    targets: FloatArray,
    mse: float,
    baseline: Mapping[str, float],
    labels: Sequence[str] = (),
) -> Figure:
    """Plot the values of the first wave with the forecasts one step ahead, and below them the errors.

    Args:
        recipe: Name of the recipe.
        forecasts: Forecasts, shape (waves, steps, channels).
        targets: True values, same shape.
        mse: Mean squared error of the forecasts over all waves.
        baseline: Mean squared error of each trivial forecast.
        labels: The name and the unit of each channel; empty if they have none.
    """
    figure, (values, errors) = new_figure(1, width=_WIDTH, height=6.4, rows=2)
    steps = np.arange(1, forecasts.shape[1] + 1)
    channels = forecasts.shape[2]
    for channel in range(channels):
        values.plot(
            steps,
            targets[0, :, channel],
            color="black",
            linewidth=0.8,
            label="true values" if channel == 0 else None,
        )
        values.plot(
            steps,
            forecasts[0, :, channel],
            ":",
            color=_colour(channel),
            linewidth=2.5,
            label=_named("forecast", channel, channels, labels),
        )
        errors.plot(
            steps,
            np.abs(forecasts[0, :, channel] - targets[0, :, channel]),
            color=_colour(channel),
            linewidth=0.9,
            label=_named("forecast", channel, channels, labels),
        )
    for style, (name, error) in zip(_REFERENCE_STYLES, baseline.items(), strict=True):
        errors.axhline(np.sqrt(error), color="#555555", linestyle=style, label=f"{TRIVIAL_FORECASTS[name]} (RMSE)")
    _set_value_label(values, labels)
    values.set(title=f"{recipe}: one step ahead on the test part, MSE {mse:.3g}")
    errors.set(xlabel="step of the test part", ylabel="absolute error", yscale="log")
    _add_legend(values)
    _add_legend(errors)
    return figure


def drawn_figure(
    recipe: str,
    history: FloatArray,
    drawn: FloatArray,
    truth: FloatArray | None,
    rmse: float | None,
    labels: Sequence[str] = (),
) -> Figure:
    """Plot drawn waves, at most three: the history is solid, drawn values dotted, and true values thin.

    Args:
        recipe: Name of the recipe.
        history: Values before the drawn ones, shape (waves, length, channels); at most the last ``steps`` are shown.
        drawn: Drawn values, shape (waves, steps, channels).
        truth: True values, same shape; None if they are not known.
        rmse: The root mean squared error over all waves, steps and channels; None if true values are not known.
        labels: The name and the unit of each channel; empty if they have none.
    """
    shown = min(len(drawn), _SHOWN_WAVES)
    figure, axes = new_figure(1, width=_WIDTH, height=6.0 if shown > 1 else 4.2, rows=shown)
    history = history[:, -drawn.shape[1] :]
    channels = drawn.shape[2]
    before = np.arange(-history.shape[1], 0)
    after = np.arange(drawn.shape[1])
    reach = np.abs(history if truth is None else truth).max()
    for wave, ax in enumerate(axes):
        for channel in range(channels):
            colour = _colour(channel)
            ax.plot(before, history[wave, :, channel], color=colour, label=_named("history", channel, channels, labels))
            if truth is not None:
                label = "true values" if channel == 0 else None
                ax.plot(after, truth[wave, :, channel], color="black", linewidth=0.7, label=label)
            ax.plot(
                after,
                drawn[wave, :, channel],
                ":",
                color=colour,
                linewidth=2.2,
                label=_named("drawn", channel, channels, labels),
            )
        ax.axvline(0, color="#999999", linewidth=0.8)
        _set_value_label(ax, labels)
        if not np.abs(drawn[wave]).max() < 5 * reach:  # a drawing that diverges must not hide the rest
            ax.set_ylim(-2 * reach, 2 * reach)
    error = "" if rmse is None else f", RMSE {rmse:.3g}"
    axes[0].set(title=f"{recipe}: {drawn.shape[1]} steps drawn from its own forecasts{error}")
    _add_legend(axes[0])
    axes[-1].set(xlabel="step, the first drawn one being 0")
    return figure
