"""Helpers for tests of pictures: answers to draw, and the contents of their figures."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from shapeclf.datasets import Family
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.recognition import Recognition

KNOWN = {family.name: family for family in BUILT_IN}


def recognition_of(family: str, x: object, y: object, others: int = 1, known: dict[str, Family] = KNOWN) -> Recognition:
    """Return an answer with a probability of 0.9 for a family after every point; others share the rest."""
    points = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
    names = (family, *(f"other{n}" for n in range(others)))
    posterior = np.tile([0.9, *[0.1 / others] * others], (len(points), 1))
    return Recognition(names, posterior, points, known)


def draw(figure: Figure) -> None:
    """Draw the figure as savefig does, which also computes the layout."""
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]


def lines_of(ax: Axes) -> list[tuple[list[float], list[float]]]:
    """Return x and y of the lines that have the most points."""
    lines = [(np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata()).tolist()) for line in ax.get_lines()]
    longest = max(len(x) for x, _ in lines)
    return [line for line in lines if len(line[0]) == longest]


def legend_of(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def axes_of(figure: Figure) -> dict[str, Axes]:
    """Return the axes of a figure by name: points, residuals, posterior."""
    return {str(ax.get_label()): ax for ax in figure.axes}


def small_text(ax: Axes) -> str:
    return "".join(text.get_text() for text in ax.texts)
