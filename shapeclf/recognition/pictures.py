"""Pictures of answers, and how every picture of the project is styled and written."""

from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shapeclf._files import write_whole_with
from shapeclf.errors import InputError
from shapeclf.recognition.recognition import Recognition

__all__ = ["COLOURS", "check_picture_name", "counted", "new_figure", "recognition_figure", "save_figure"]

_ENDINGS = (".pdf", ".png", ".svg")
# Okabe and Ito's colours, told apart with any colour vision.
COLOURS: tuple[str, ...] = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
_GREY = COLOURS[-1]
_SHOWN = 6  # families with a line of their own


def check_picture_name(path: Path) -> None:
    """Raises InputError where the ending is none that a picture can be written with."""
    if path.suffix.lower() not in _ENDINGS:
        raise InputError(f"{path}: a picture's name ends in {', '.join(_ENDINGS)}")


def save_figure(figure: Figure, path: Path) -> None:
    """Writes a figure, whole or not at all, the kind taken from the name's ending; same figure, same bytes.

    Raises:
        InputError: the ending is none of .pdf, .png and .svg.
        OSError: it cannot be written.
    """
    check_picture_name(path)
    dates = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}
    with rc_context({"svg.hashsalt": "shapeclf"}):  # without one, the names in an SVG are drawn by chance
        metadata = dates.get(path.suffix.lower())
        write_whole_with(path, lambda temporary: figure.savefig(temporary, dpi=150, metadata=metadata))


def new_figure(columns: int, width: float = 9.0, height: float = 3.8) -> tuple[Figure, list[Axes]]:
    """A figure with axes side by side, in the project's style; width and height in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, columns))
    for ax in axes:
        ax.grid(alpha=0.25)
        ax.spines[["top", "right"]].set_visible(False)
    return figure, list(axes)


def counted(points: int) -> str:
    """How many points, in words."""
    return f"{points} point{'' if points == 1 else 's'}"


def recognition_figure(recognition: Recognition, *, fit: bool = True) -> Figure:
    """The points with the fitted curve and its band, and the posterior after each point.

    The band is where the curve itself lies with a probability of 0.95.

    Args:
        recognition: what is drawn.
        fit: whether the curve is fitted and drawn.
    """
    figure, (left, right) = new_figure(2, width=11.0, height=4.0)
    _draw_points(left, recognition)
    if fit:
        _draw_fit(left, recognition)
    _draw_posterior(right, recognition)
    return figure


def _draw_points(ax: Axes, recognition: Recognition) -> None:
    x, y = recognition.points.T
    ax.plot(x, y, "o", color=COLOURS[6], markersize=4, alpha=1.0 if len(x) <= 100 else 0.5, zorder=3)
    ax.set(xlabel="x", ylabel="y", title=recognition.verdict)


def _draw_fit(ax: Axes, recognition: Recognition) -> None:
    x, fit = recognition.points[:, 0], recognition.fit
    if fit is None or x.min() == x.max():
        return
    places = np.linspace(x.min(), x.max(), max(400, 4 * len(x)))
    ax.plot(places, fit.curve(places), color=COLOURS[0], label=f"{fit.equation}   R² {fit.r_squared:.4f}")
    band = fit.band(places)
    if band is not None:
        ax.fill_between(places, *band, color=COLOURS[0], alpha=0.2, linewidth=0, label="95 % band of the curve")
    ax.legend(loc="best", framealpha=0.9, edgecolor="none", fontsize="small")


def _draw_posterior(ax: Axes, recognition: Recognition) -> None:
    numbers = np.arange(1, len(recognition.points) + 1)
    marker = "o" if len(numbers) <= 40 else ""
    names = list(recognition.probabilities)  # the most probable first
    for place, name in enumerate(names[:_SHOWN]):
        values = recognition.posterior[:, recognition.families.index(name)]
        ax.plot(numbers, values, color=COLOURS[place], marker=marker, markersize=3, label=name)
    others = [recognition.families.index(name) for name in names[_SHOWN:]]
    if others:
        values = recognition.posterior[:, others].sum(axis=1)
        label = names[-1] if len(others) == 1 else f"{len(others)} others together"
        ax.plot(numbers, values, ":", color=_GREY, label=label)
    ax.set(xlabel="points seen", ylabel="probability", title="Posterior after each point", ylim=(-0.03, 1.03))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize="small")
