"""The common style of the pictures."""

from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shapeclf.recognition.pictures import COLOURS, save_figure

__all__ = [
    "BLACK",
    "BLUE",
    "GREEN",
    "GREY",
    "LIGHT",
    "ORANGE",
    "hide_ticks",
    "new_figure",
    "plain",
    "save_picture",
    "shades",
]

BLUE, ORANGE, GREEN = COLOURS[:3]
BLACK, GREY, LIGHT = "#222222", "#767676", "#c9ced6"
_STYLE: dict[Any, Any] = {"font.size": 10.5, "axes.edgecolor": GREY}


def new_figure(rows: int, columns: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure in the common style and its axes, row by row; width and height are in inches."""
    with rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for ax in axes:
        plain(ax)
    return figure, axes


def plain(ax: Axes) -> None:
    """Give the axes a faint grid and no box."""
    ax.grid(alpha=0.2, linewidth=0.8)
    ax.spines[["top", "right"]].set_visible(False)


def hide_ticks(ax: Axes) -> None:
    """Remove the numbers from axes whose values have no units."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(False)
    ax.spines[["left", "bottom"]].set_color(LIGHT)


def shades(count: int) -> list[tuple[float, float, float]]:
    """Return a number of blues, from light to dark."""
    shares = [index / max(1, count - 1) for index in range(count)]
    return [(0.62 * (1 - p), 0.20 + 0.60 * (1 - p), 0.42 + 0.50 * (1 - p)) for p in shares]


def save_picture(figure: Figure, folder: Path, name: str) -> None:
    """Save the figure as ``folder/name.png``."""
    with rc_context(_STYLE):
        save_figure(figure, folder / f"{name}.png")
