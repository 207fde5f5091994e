"""Draw figures of answers; create and write figures in the project's style."""

import textwrap
from pathlib import Path
from typing import Protocol

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from shapeclf._files import write_whole_with
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.recognition.fitting import Fit
from shapeclf.recognition.naming import Names

__all__ = ["COLOURS", "check_picture_name", "new_figure", "recognition_figure", "save_figure"]

_SUFFIXES = (".pdf", ".png", ".svg")
# Okabe and Ito's colours, which people with any colour vision can distinguish.
COLOURS: tuple[str, ...] = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
_BLUE, _GREY = COLOURS[0], COLOURS[-1]
_SHOWN = 6  # families with a line of their own
_FEW, _MANY = 40, 1000  # up to the first number, each point is marked; above the second, the axis is logarithmic
_TICKS = 7
_TITLE_WIDTH, _TEXT_WIDTH, _NAME_WIDTH = 50, 72, 18  # characters that fit above the axes, and in the legend
_LINE = 12.0  # height of a line of small text, in typographic points


class Drawable(Protocol):
    """The attributes of a `Recognition` that are drawn; importing that class here would be circular."""

    @property
    def families(self) -> tuple[str, ...]: ...
    @property
    def posterior(self) -> FloatArray: ...
    @property
    def points(self) -> FloatArray: ...
    @property
    def probabilities(self) -> dict[str, float]: ...
    @property
    def verdict(self) -> str: ...
    @property
    def fit(self) -> Fit | None: ...
    @property
    def equation_named(self) -> str | None: ...
    @property
    def names(self) -> Names | None: ...


def check_picture_name(path: Path) -> None:
    """Raise InputError if the suffix of a path is not that of a picture."""
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError(f"{path}: a picture's name ends in {', '.join(_SUFFIXES)}")


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure atomically in the format of the name's suffix; the same figure gives the same bytes.

    Raises:
        InputError: The suffix is not .pdf, .png or .svg.
        OSError: The file cannot be written.
    """
    check_picture_name(path)
    dates = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}
    with rc_context({"svg.hashsalt": "shapeclf"}):  # the identifiers in an SVG are random otherwise
        metadata = dates.get(path.suffix.lower())
        write_whole_with(path, lambda temporary: figure.savefig(temporary, dpi=150, metadata=metadata))


def new_figure(columns: int, width: float = 9.0, height: float = 3.8, *, rows: int = 1) -> tuple[Figure, list[Axes]]:
    """Return a figure in the project's style, and its axes; width and height in inches. Rows share their x axis."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=rows > 1, squeeze=False).ravel()
    for ax in axes:
        ax.grid(alpha=0.25)
        ax.spines[["top", "right"]].set_visible(False)
    return figure, list(axes)


def recognition_figure(recognition: Drawable, *, fit: bool = True) -> Figure:
    """Draw the points with the fitted curve and its band, and the posterior after each point.

    At each x, the band covers the curve with a probability of 0.95.

    Args:
        recognition: The answer to draw.
        fit: Whether the curve is fitted and drawn.
    """
    figure, (left, right) = new_figure(2, width=11.0, height=4.2)
    _draw_points(left, recognition)
    texts = _draw_fit(left, recognition) if fit else []
    _set_title(left, recognition.verdict, texts)
    _draw_posterior(right, recognition)
    return figure


def _draw_points(ax: Axes, recognition: Drawable) -> None:
    x, y = recognition.points.T
    many = len(x) > _FEW
    ax.plot(x, y, "o", color=COLOURS[6], markersize=3 if many else 4.5, alpha=0.5 if many else 1.0, zorder=3)
    names = recognition.names or Names()
    ax.set_xlabel(names.label("x"), parse_math=False)
    ax.set_ylabel(names.label("y"), parse_math=False)
    ax.locator_params(axis="x", nbins=_TICKS)


def _draw_fit(ax: Axes, recognition: Drawable) -> list[str]:
    """Draw the curve and its band, if there are any, and return the equation and a description."""
    x, fit = recognition.points[:, 0], recognition.fit
    if fit is None:
        return []
    description = f"R² {fit.r_squared:.4f}"
    if x.min() < x.max():
        positions = np.linspace(x.min(), x.max(), max(400, 4 * len(x)))
        # Behind points that are marked, in front of many points.
        ax.plot(positions, fit.curve(positions), color=_BLUE, zorder=2 if len(x) <= _FEW else 4)
        band = fit.band(positions)
        if band is not None:
            ax.fill_between(positions, *band, color=_BLUE, alpha=0.2, linewidth=0)
            description += ", shaded: 95 % band of the curve"
    return [str(recognition.equation_named), description]


def _set_title(ax: Axes, title: str, small: list[str]) -> None:
    """Write a title and smaller lines above the axes, where they cannot cover points."""
    lines = [line for text in small for line in textwrap.wrap(text, _TEXT_WIDTH)]
    formatter = ax.yaxis.get_major_formatter()
    formatter.set_locs(ax.get_yticks().tolist())
    factor_height = _LINE if formatter.get_offset() else 0.0  # room for a factor such as 1e6 above the axis
    title = "\n".join(textwrap.wrap(title, _TITLE_WIDTH))
    above = 4 + factor_height + _LINE * len(lines)
    ax.set_title(title, loc="left", pad=above, fontsize="large", va="bottom", parse_math=False)
    if not lines:
        return
    ax.annotate(
        "\n".join(lines),
        xy=(0, 1),
        xycoords="axes fraction",
        xytext=(0, 4 + factor_height),
        textcoords="offset points",
        fontsize="small",
        color=_BLUE,
        linespacing=1.2,
        parse_math=False,
    )


def _draw_posterior(ax: Axes, recognition: Drawable) -> None:
    numbers = np.arange(1, len(recognition.points) + 1)
    marker = "o" if len(numbers) <= _FEW else ""
    shown, others = _shown_families(recognition)
    for rank, column in enumerate(shown):
        values = recognition.posterior[:, column]
        ax.plot(numbers, values, color=COLOURS[rank], marker=marker, markersize=3, label=_short(recognition, column))
        if rank < 2:  # the answer for the finished set may differ from the last row of the posterior
            answer = recognition.probabilities[recognition.families[column]]
            ax.plot(numbers[-1:], [answer], "o", color=COLOURS[rank], markersize=5, clip_on=False, zorder=4)
    if others:
        label = _short(recognition, others[0]) if len(others) == 1 else f"{len(others)} others together"
        values = recognition.posterior[:, others].sum(axis=1)
        ax.plot(numbers, values, ":", color=_GREY, marker=marker, markersize=2, label=label)
    ax.set(xlabel="points seen", ylabel="probability", ylim=(-0.03, 1.03))
    if len(numbers) > _MANY:
        ax.set_xscale("log")
    else:
        ax.xaxis.set_major_locator(MaxNLocator(_TICKS, integer=True, min_n_ticks=1))
    if len(numbers) == 1:
        ax.set_xlim(0.5, 1.5)
    _set_title(ax, "Posterior after each point in the given order; dots: the answer", [])
    legend = ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize="small")
    for text in legend.get_texts():
        text.set_parse_math(False)


def _shown_families(recognition: Drawable) -> tuple[list[int], list[int]]:
    """Return the columns that are drawn as single lines, the most probable first, and the other columns.

    Single lines are drawn for the two most probable families of the answer, and for those whose mean
    probability over all points is highest.
    """
    by_name = recognition.probabilities
    order = sorted(range(len(recognition.families)), key=lambda column: -by_name[recognition.families[column]])
    if len(order) <= _SHOWN:
        return order, []
    by_mean = sorted(order[2:], key=lambda column: -recognition.posterior[:, column].mean())
    chosen = {*order[:2], *by_mean[: _SHOWN - 2]}
    return [column for column in order if column in chosen], [column for column in order if column not in chosen]


def _short(recognition: Drawable, column: int) -> str:
    """Return a family's name, shortened if the legend would be too wide."""
    name = recognition.families[column]
    return name if len(name) <= _NAME_WIDTH else f"{name[: _NAME_WIDTH - 1]}…"
