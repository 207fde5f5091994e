"""Draw the answer to one sequence: points, curve, bands, residuals and posterior."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, final

import numpy as np
from matplotlib import rc_context, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import get_font_names
from matplotlib.ticker import LogFormatter

from shapeclf.datasets._types import FloatArray
from shapeclf.recognition.fitting import Fit
from shapeclf.recognition.naming import Names
from shapeclf.recognition.pictures import COLOURS, TICKS, count_axis, set_style

if TYPE_CHECKING:
    from shapeclf.recognition.recognition import Recognition

__all__ = ["Log", "Only", "recognition_figure"]

Log = Literal["x", "y", "xy"]
Only = Literal["curve", "posterior"]

_BLUE, _RED, _BLACK, _GREY = COLOURS[0], COLOURS[1], COLOURS[6], COLOURS[7]
_SIZE = (11.0, 5.2)  # inches
_SHOWN = 6  # families with a line of their own
_FURTHER_FONTS = (  # for Chinese, Japanese and Korean letters, on Linux, Windows and macOS
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "WenQuanYi Micro Hei"),
    *("Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo"),
)
_FEW = 40  # up to this many points, markers are large and lie above the curve
_VECTORS = 2000  # largest number of points that are drawn as vectors in .svg and .pdf
_DOTS = 20_000  # with more points than this, markers have the smallest size
_PREDICTED = 60  # number of x at which y is predicted
_FAINTEST = 0.01  # opacity of the points where there are very many
_TITLE_CHARACTERS, _LABEL_CHARACTERS, _TEXT_CHARACTERS = 11.9, 13.0, 16.5  # characters that fit in an inch
_LABEL_LINES = 3  # largest number of lines of the label of an axis
_NAME_CHARACTERS = 18  # largest number of characters of a name in the legend
_HALF, _WHOLE = 0.365, 0.85  # width of the axes relative to the figure's, if both parts are drawn and if one is
_SMALLEST = 0.6  # size of the text of a small figure, relative to the usual one
_POSTERIOR = "Posterior after each point, in the given order"
_ROUNDING = 1e-9  # smallest height of the axis of residuals, relative to the range of y
_NO_BREAK = "\N{NO-BREAK SPACE}"
_LINE = 12.0  # height of a line of small text, in typographic points


def recognition_figure(
    recognition: Recognition,
    *,
    fit: bool = True,
    size: tuple[float, float] | None = None,
    log: Log | None = None,
    only: Only | None = None,
    extrapolate: float | None = None,
) -> Figure:
    """Draw the points with the fitted curve, its bands and its residuals, and the posterior after each point.

    At each x, the darker band covers the curve with a probability of 0.95, and the lighter one a new reading. Where the
    answer is ``none``, the closest law is drawn with a dashed line.

    Args:
        recognition: The answer to draw.
        fit: Whether the curve is fitted and drawn.
        size: Width and height in inches; by default 11 and 5.2, or 6.6 and 5.2 for one part.
        log: Names of the logarithmic axes. Points that are not above 0 there are left out.
        only: The only part to draw; None for both.
        extrapolate: Where predicted y ends: at the lowest x plus this multiple, above 1, of the range of x. None for no
            prediction.

    Raises:
        InputError: y cannot be predicted.
    """
    drawn = recognition.fit or recognition.closest if fit and only != "posterior" else None
    usual = _SIZE if only is None else (0.6 * _SIZE[0], _SIZE[1])
    size = size or usual
    scale = min(1.0, max(_SMALLEST, min(size[0] / usual[0], size[1] / usual[1])))
    installed = get_font_names()
    fonts = [*rcParams["font.family"], *(name for name in _FURTHER_FONTS if name in installed)]
    style: dict[Any, Any] = {"font.size": 10 * scale, "font.family": fonts}
    with rc_context({**style, "lines.linewidth": 1.5 * scale, "lines.markersize": 4.5 * scale}):
        figure, axes = _panels(size, residuals=drawn is not None, only=only)
        texts = _Texts(size[0] * (_HALF if only is None else _WHOLE), 0.8 * size[1], scale)
        small = []
        if "points" in axes:
            _draw_points(axes["points"], recognition, recognition.points[:, 1], log or "")
            texts.name_axes(axes, recognition.axis_names)
        if drawn is not None:
            small = _draw_fit(axes["points"], recognition, drawn, log or "")
            _draw_residuals(axes["residuals"], recognition, drawn, log or "")
        if extrapolate is not None and "points" in axes:
            small.append(_draw_prediction(axes["points"], recognition, extrapolate))
        if "posterior" in axes:
            _draw_posterior(axes["posterior"], recognition, min(TICKS, round(1.5 * texts.width / scale)))
            if only is None:
                texts.write_title(axes["posterior"], _POSTERIOR, [])
            else:
                small = [_POSTERIOR]
        texts.write_title(axes["points" if "points" in axes else "posterior"], recognition.verdict, small)
    return figure


def _panels(size: tuple[float, float], *, residuals: bool, only: Only | None) -> tuple[Figure, dict[str, Axes]]:
    """Return a figure and its axes by name: ``points`` and below them ``residuals``, and ``posterior`` beside both."""
    left = [] if only == "posterior" else [["points"], ["residuals"]][: 1 + residuals]
    right = [] if only == "curve" else ["posterior"]
    figure = Figure(figsize=size, layout="constrained")
    rows: list[Any] = [row + right for row in left] or [right]
    axes: dict[str, Axes] = figure.subplot_mosaic(rows, height_ratios=(3, 1)[: len(rows)])
    for ax in axes.values():
        set_style(ax)
        ax.tick_params(labelsize="medium")  # set here, since later ticks would have the default size
    if "residuals" in axes:
        axes["residuals"].sharex(axes["points"])
        axes["points"].tick_params(labelbottom=False)
    return figure, axes


def _draw_points(ax: Axes, recognition: Recognition, y: FloatArray, log: str) -> None:
    """Draw y at the x of the recognition, with its error bars; the more points there are, the more transparent."""
    x, count = recognition.points[:, 0], len(recognition.points)
    for axis, name in ((ax.xaxis, "x"), (ax.yaxis, "y")):
        if name in log:
            getattr(ax, f"set_{name}scale")("log")
            axis.set_major_formatter(_PlainLogFormatter())
            axis.set_minor_formatter(_PlainLogFormatter(minor_thresholds=(1.0, 0.5)))
    style: dict[str, Any] = {"alpha": max(_FAINTEST, min(1.0, _FEW / count) ** 0.5), "rasterized": count > _VECTORS}
    if recognition.y_error is not None:
        shown = slice(None, None, -(-count // _VECTORS))  # more bars than this would cover each other
        ax.errorbar(
            x[shown], y[shown], recognition.y_error[shown], fmt="none", ecolor="#555555", elinewidth=0.8, **style
        )
    marker = rcParams["lines.markersize"] * (1.0 if count <= _FEW else 0.5 if count <= _DOTS else 0.25)
    ax.plot(x, y, "o", color=_BLACK, markersize=marker, markeredgewidth=0, zorder=3, **style)
    if "x" not in log:
        ax.locator_params(axis="x", nbins=TICKS)


def _draw_fit(ax: Axes, recognition: Recognition, fit: Fit, log: str) -> list[str]:
    """Draw a fitted curve and its bands, if there are any, and return the equation and a description.

    The closest law is dashed, without bands, which would assume that it is the law of the points.
    """
    is_closest = recognition.fit is None
    x = recognition.points[:, 0]
    x = x[x > 0] if "x" in log else x
    description = f"R² {fit.r_squared:.4f}"
    if x.size and x.min() < x.max():
        spaced = np.geomspace if "x" in log else np.linspace
        positions = np.clip(spaced(x.min(), x.max(), min(max(400, 4 * len(x)), 4000)), x.min(), x.max())
        # Behind the points if they are few, in front of them if they are many.
        style = "--" if is_closest else "-"
        ax.plot(positions, fit.curve(positions), style, color=_BLUE, zorder=2 if len(x) <= _FEW else 4)
        description += "" if is_closest else _draw_bands(ax, recognition, fit, positions)
    equation = recognition.axis_names.equation(fit)
    if not is_closest:
        return [equation, description]
    return [f"the closest law, {fit.family}: {equation}", "; ".join([description, *fit.residual_notes])]


def _draw_prediction(ax: Axes, recognition: Recognition, factor: float) -> str:
    """Draw predicted y and its intervals beyond the highest x; return a description.

    They end at the lowest x plus ``factor`` times the range of x.
    """
    first, last = float(recognition.points[:, 0].min()), float(recognition.points[:, 0].max())
    found = recognition.predict_y(np.linspace(last, first + factor * (last - first), _PREDICTED))
    low, high = ax.get_ylim()
    ax.plot(found.x, found.y, ":", color=_RED)
    ax.fill_between(found.x, found.reading_low, found.reading_high, color=_RED, alpha=0.12, linewidth=0)
    ax.fill_between(found.x, found.low, found.high, color=_RED, alpha=0.25, linewidth=0)
    if np.isfinite(found.y).any():  # laws that diverge must not make the points small
        transform = ax.yaxis.get_transform()
        ends = np.array([low, high, np.nanmin(found.reading_low), np.nanmax(found.reading_high)])
        bottom, top, lowest, highest = transform.transform(ends)
        height = top - bottom
        limits = max(lowest - 0.05 * height, bottom - height), min(highest + 0.05 * height, top + height)
        ax.set_ylim(*transform.inverted().transform([min(bottom, limits[0]), max(top, limits[1])]))
    return "red: predicted y over all laws, with 95 % intervals of the curve and of a reading"


def _draw_bands(ax: Axes, recognition: Recognition, fit: Fit, positions: FloatArray) -> str:
    """Draw the bands of the curve and of new readings, if there are any, and return their description."""
    noise = fit.residual_sd if recognition.y_error is None else float(np.median(recognition.y_error))
    curve, reading = fit.band(positions), fit.band(positions, noise=noise)
    if curve is None or reading is None:
        return ""
    low, high = ax.get_ylim()
    for band, alpha in ((reading, 0.12), (curve, 0.25)):
        ax.fill_between(positions, *band, color=_BLUE, alpha=alpha, linewidth=0)
    if len(recognition.points) > _FEW:  # many points hide the band behind them
        ax.plot(positions, np.transpose(reading), color=_BLUE, linewidth=0.6, zorder=4)
    if ax.get_yscale() == "log":
        ax.set_ylim(low, high)
    else:  # wide bands must not make the points small
        ax.set_ylim(max(ax.get_ylim()[0], low - (high - low) / 2), min(ax.get_ylim()[1], high + (high - low) / 2))
    return "; 95 % bands: curve (darker), new reading (lighter)"


def _draw_residuals(ax: Axes, recognition: Recognition, fit: Fit, log: str) -> None:
    x, y = recognition.points.T
    residuals = y - fit.curve(x)
    _draw_points(ax, recognition, residuals, "x" if "x" in log else "")
    ax.axhline(0.0, color=_BLUE, linewidth=1.0, zorder=2 if len(x) <= _FEW else 4)
    ax.margins(y=0.15)
    smallest = _ROUNDING * float(y.max() / 2 - y.min() / 2)
    if recognition.y_error is None and np.abs(residuals).max() < smallest:  # rounding errors must not look like noise
        ax.set_ylim(-smallest, smallest)
    ax.locator_params(axis="y", nbins=4)
    ax.ticklabel_format(axis="y", scilimits=(-3, 4))  # a factor above the axis instead of wide numbers


@final
class _PlainLogFormatter(LogFormatter):
    """Labels the ticks of a logarithmic axis with plain numbers, 0.1 rather than 1e-01 or 10⁻¹."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return self.fix_minus(f"{x:g}") if super().__call__(x, pos) else ""


class _Texts(NamedTuple):
    """Writes titles above the axes, where they cannot cover points, and labels beside the axes.

    Attributes:
        width: Width of the axes in inches.
        height: Height of the axes in inches, with those below them.
        scale: Size of the text relative to the usual one.
    """

    width: float
    height: float
    scale: float

    def write_title(self, ax: Axes, title: str, small: list[str]) -> None:
        """Write a title, and smaller lines below it."""
        line = _LINE * self.scale
        lines = "\n".join(self.wrapped(text, _TEXT_CHARACTERS) for text in small)
        formatter = ax.yaxis.get_major_formatter()
        formatter.set_locs(ax.get_yticks().tolist())
        factor_height = line if formatter.get_offset() else 0.0  # room for a factor such as 1e6 above the axis
        above = 4 + factor_height + line * len(lines.splitlines())
        ax.set_title(self.wrapped(title), loc="left", pad=above, fontsize="large", va="bottom", parse_math=False)
        if lines:
            ax.annotate(
                lines,
                xy=(0, 1),
                xycoords="axes fraction",
                xytext=(0, 4 + factor_height),
                textcoords="offset points",
                fontsize="small",
                color=_BLUE,
                linespacing=1.2,
                parse_math=False,
            )

    def name_axes(self, axes: Mapping[str, Axes], names: Names) -> None:
        """Label the axes of the points and of the residuals with names and units."""
        residuals = "residuals" in axes
        axes["residuals" if residuals else "points"].set_xlabel(
            self._label(names.label("x"), self.width), parse_math=False
        )
        axes["points"].set_ylabel(
            self._label(names.label("y"), self.height * (0.6 if residuals else 1.0)), parse_math=False
        )
        if residuals:
            label = Names(y="residual", y_unit=names.y_unit).label("y")
            axes["residuals"].set_ylabel(self._label(label, 0.25 * self.height), parse_math=False)
            axes["points"].figure.align_ylabels([axes["points"], axes["residuals"]])

    def _label(self, text: str, inches: float) -> str:
        """Return the label of an axis of this length, broken into lines at blanks or after ``_`` and ``-``."""
        most = max(8, int(_LABEL_CHARACTERS * inches / self.scale))
        lines = re.findall(rf"\s*(.{{1,{most}}}(?:(?<=[_-])|(?=\s|$))|.{{1,{most}}})", text)
        if len(lines) > _LABEL_LINES:
            lines[_LABEL_LINES - 1 :] = [f"{lines[_LABEL_LINES - 1][: most - 1]}…"]
        return "\n".join(lines)

    def wrapped(self, text: str, per_inch: float = _TITLE_CHARACTERS) -> str:
        """Return a text broken into lines; numbers stay together with percent signs and less-than signs."""
        text = text.replace(" %", f"{_NO_BREAK}%").replace(" < ", f"{_NO_BREAK}<{_NO_BREAK}")
        lines = textwrap.wrap(text, max(1, int(per_inch * self.width / self.scale)))
        return "\n".join(lines).replace(_NO_BREAK, " ")


def _draw_posterior(ax: Axes, recognition: Recognition, ticks: int) -> None:
    numbers = np.arange(1, len(recognition.points) + 1)
    marker, small = "o" if len(numbers) <= _FEW else "", 0.67 * rcParams["lines.markersize"]
    shown, others = _shown_families(recognition)
    for rank, column in enumerate(shown):
        values = recognition.posterior[:, column]
        ax.plot(
            numbers, values, color=COLOURS[rank], marker=marker, markersize=small, label=_short(recognition, column)
        )
        if rank < 2:  # the answer for the finished set may differ from the last row of the posterior
            answer = recognition.probabilities[recognition.families[column]]
            ax.plot(numbers[-1:], [answer], "o", color=COLOURS[rank], clip_on=False, zorder=4)
    if others:
        label = _short(recognition, others[0]) if len(others) == 1 else f"{len(others)} others together"
        values = recognition.posterior[:, others].sum(axis=1)
        ax.plot(numbers, values, ":", color=_GREY, marker=marker, markersize=0.6 * small, label=label)
    ax.plot([], [], "o", color=_BLACK, label="answer for all points")
    ax.set(xlabel="points seen", ylabel="probability", ylim=(-0.03, 1.03))
    count_axis(ax, len(numbers), ticks)
    legend = ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize="small")
    for text in legend.get_texts():
        text.set_parse_math(False)


def _shown_families(recognition: Recognition) -> tuple[list[int], list[int]]:
    """Return the columns that are drawn as single lines, the most probable first, and the other columns.

    Single lines are drawn for the two most probable families of the answer, and for those whose mean
    probability over all points is highest.
    """
    by_name, last = recognition.probabilities, recognition.posterior[-1]
    columns = range(len(recognition.families))
    order = sorted(columns, key=lambda column: (-by_name[recognition.families[column]], -last[column]))
    if len(order) <= _SHOWN:
        return order, []
    by_mean = sorted(order[2:], key=lambda column: -recognition.posterior[:, column].mean())
    chosen = {*order[:2], *by_mean[: _SHOWN - 2]}
    return [column for column in order if column in chosen], [column for column in order if column not in chosen]


def _short(recognition: Recognition, column: int) -> str:
    """Return a family's name, shortened if the legend would be too wide."""
    name = recognition.families[column]
    return name if len(name) <= _NAME_CHARACTERS else f"{name[: _NAME_CHARACTERS - 1]}…"
