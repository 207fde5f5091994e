"""Create and write figures in the project's style."""

import io
import re
import warnings
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shapeclf._files import write_whole
from shapeclf.errors import InputError

__all__ = ["COLOURS", "TICKS", "check_picture_name", "count_axis", "new_figure", "save_figure", "set_style"]

_SUFFIXES = (".pdf", ".png", ".svg")
# Okabe and Ito's colours, which people with any colour vision can distinguish.
COLOURS: tuple[str, ...] = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
TICKS = 7
_MISSING = r"Glyph .* missing from"  # beginning of matplotlib's warning, one for each letter
_MANY = 1000  # largest number of points that are counted on a linear axis


def check_picture_name(path: Path) -> None:
    """Raise InputError if the suffix of a path is not that of a picture."""
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError(f"{path}: a picture's name ends in {', '.join(_SUFFIXES)}")


def save_figure(figure: Figure, path: Path, size: tuple[float, float] | None = None) -> list[str]:
    """Write a figure atomically in the format of the name's suffix; the same figure gives the same bytes.

    Args:
        figure: The figure.
        path: Path of the file.
        size: Width and height in inches; by default those of the figure.

    Returns:
        A note if the fonts lack some of the letters, else nothing.

    Raises:
        InputError: The suffix is not .pdf, .png or .svg, or the labels do not fit into the figure.
        OSError: The file cannot be written.
    """
    check_picture_name(path)
    if size is not None:
        figure.set_size_inches(*size)
    dates = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}
    suffix, content = path.suffix.lower(), io.BytesIO()  # in memory: on a full disk, matplotlib raises errors of zlib
    # The identifiers in an SVG are random otherwise.
    with rc_context({"svg.hashsalt": "shapeclf"}), warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", message=_MISSING)
        warnings.filterwarnings("error", message="constrained_layout not applied")
        try:
            figure.savefig(content, format=suffix[1:], dpi=150, metadata=dates.get(suffix))
        except UserWarning:
            width, height = figure.get_size_inches().tolist()
            raise InputError(
                f"{path}: {width:g} by {height:g} inches are too small for the labels and titles of the picture"
            ) from None
    write_whole(path, content.getvalue())
    missing = False
    for warning in caught:
        if re.match(_MISSING, str(warning.message)):
            missing = True
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    return [f"{path} shows boxes in place of letters that matplotlib's fonts lack"] if missing else []


def new_figure(columns: int, width: float = 9.0, height: float = 3.8, *, rows: int = 1) -> tuple[Figure, list[Axes]]:
    """Return a figure in the project's style, and its axes; width and height in inches. Rows share their x axis."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=rows > 1, squeeze=False).ravel()
    for ax in axes:
        set_style(ax)
    return figure, list(axes)


def set_style(ax: Axes) -> None:
    """Give axes the project's style."""
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)


def count_axis(ax: Axes, count: int, ticks: int = TICKS) -> None:
    """Give the x axis at most ``ticks`` ticks, at whole numbers of points from 1 to ``count``.

    For very many points the axis is logarithmic.
    """
    if count > _MANY:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    else:
        ax.xaxis.set_major_locator(MaxNLocator(ticks, integer=True, min_n_ticks=1))
    if count <= _MANY:  # no tick at 0
        ax.set_xlim(left=max(0.5, ax.get_xlim()[0]), right=1.5 if count == 1 else None)
