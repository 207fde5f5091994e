"""Pictures of waves that the forecaster draws from its own forecasts."""

import tempfile
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from shapeclf.datasets._types import FloatArray
from shapeclf.training import draw_run, train_wave, wave_recipe
from tools.gallery.style import BLACK, BLUE, GREY, ORANGE, new_figure, save_picture

__all__ = ["waves"]

_HISTORY, _STEPS = 300, 700
_TITLES = {
    "shifted-sines": "shifted-sines: one of many waves, trained on whole waves",
    "sin-cos": "sin-cos: two channels, from windows of 10 values",
    "x-sin": "x-sin: values larger than any in training",
}


def waves(folder: Path) -> None:
    """Plot the history, and 700 steps in which each forecast is the next input, over the true values."""
    figure, axes = new_figure(len(_TITLES), 1, 11.0, 7.6)
    for ax, (name, title) in zip(axes, _TITLES.items(), strict=True):
        with tempfile.TemporaryDirectory() as runs:
            run = train_wave(wave_recipe(name), output=runs, quiet=True)
        drawing = draw_run(run, steps=_STEPS)
        assert drawing.truth is not None
        _draw(ax, drawing.history[0], drawing.truth[0], drawing.drawn[0])
        ax.set_title(title, loc="left")
    axes[0].legend(frameon=False, loc="lower left", bbox_to_anchor=(0.62, 0.98), ncols=3)
    axes[-1].set_xlabel("steps")
    save_picture(figure, folder, "waves")


def _draw(ax: Axes, history: FloatArray, truth: FloatArray, drawn: FloatArray) -> None:
    before, after = np.arange(-min(_HISTORY, len(history)), 0), np.arange(len(drawn))
    for channel, colour in zip(range(drawn.shape[1]), (BLUE, ORANGE), strict=False):
        first = channel == 0
        ax.plot(after, truth[:, channel], color=BLACK, alpha=0.22, linewidth=6, label="true values" if first else None)
        ax.plot(before, history[before, channel], color=GREY, linewidth=1.6, label="history" if first else None)
        ax.plot(
            after,
            drawn[:, channel],
            color=colour,
            linewidth=1.6,
            label="drawn values" if first else None,
        )
    ax.axvline(0, color=GREY, linewidth=0.8)
    ax.set_xlim(before[0], after[-1])
