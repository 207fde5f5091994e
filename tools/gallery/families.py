"""Sequences of every built-in family, as experiments draw them."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.negative_examples import NEGATIVE_EXAMPLES, GeneratorInputs
from tools.gallery.style import BLUE, GREEN, ORANGE, hide_ticks, new_figure, save_picture

__all__ = ["families"]

_SHOWN = 3  # sequences shown of each family
_CANDIDATES = 10  # the most bent of these sequences are shown, since over a short range every law is almost a line
_POINTS, _NOISE, _SEED, _SEED_OF_NONE = 40, 0.02, 3, 8
_GAP = 1.35  # vertical distance of two sequences, each of height 1
_COLUMNS = 4
_NONE = (
    ("random walk", "single step", "autocorrelated noise"),
    ("piecewise line", "periodic", "chirp"),
    ("smooth curve", "other law"),
)


def families(folder: Path) -> None:
    """Draw a panel for each family and three for ``none``: two or three sequences each, scaled to their ranges."""
    data = ExperimentSequences(BUILT_IN, points=_POINTS, noise=_NOISE, batch_size=500, seed=_SEED)
    batch = data.batch(0)
    drawn = {name: batch.points[batch.labels == label] for label, name in enumerate(data.classes)}
    figure, axes = new_figure(4, _COLUMNS, 11.0, 9.8)
    for ax, family in zip(axes[: -len(_NONE)], BUILT_IN, strict=True):
        sequences = drawn[family.name]
        _draw(ax, _bent(sequences) if family.name != "sine" else sequences[:_SHOWN], family.name, family.formula)
    for ax, kinds in zip(axes[-len(_NONE) :], _NONE, strict=True):
        _draw(ax, [_of_none(kind) for kind in kinds], "none", ", ".join(kinds))
    save_picture(figure, folder, "families")


def _bent(sequences: FloatArray) -> list[FloatArray]:
    """Return those of the first sequences that a straight line fits worst."""
    return sorted(sequences[:_CANDIDATES], key=lambda points: abs(np.corrcoef(points.T)[0, 1]))[:_SHOWN]


def _of_none(kind: str) -> FloatArray:
    """Return a noise-free sequence of a kind of ``none``, which must not be one that combines laws."""
    t = np.linspace(0.0, 1.0, _POINTS)
    inputs = GeneratorInputs(
        (t[None], t[None]), _POINTS, np.full((1, 1), np.nan)
    )  # these kinds use neither laws nor bends
    (y,) = NEGATIVE_EXAMPLES[kind](np.random.default_rng(_SEED_OF_NONE), t[None], inputs)
    return np.stack([t, y], axis=1)


def _draw(ax: Axes, sequences: Iterable[FloatArray], name: str, formula: str) -> None:
    for index, points in enumerate(sequences):
        x, y = ((values - values.min()) / np.ptp(values) for values in points.T)
        ax.plot(x, y - index * _GAP, "o", color=(BLUE, ORANGE, GREEN)[index], markersize=3.2, alpha=0.9)
    hide_ticks(ax)
    ax.set_title(name, loc="left", pad=6)
    ax.set_xlabel(formula, fontsize=9.5)
