"""Answers for real data: tables whose values are free to publish, and one that is computed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from shapeclf import Recognizer
from shapeclf.datasets._types import FloatArray
from tools.gallery.style import BLACK, BLUE, GREY, new_figure, save_picture

__all__ = ["real_data"]


@final
@dataclass(frozen=True)
class _Table:
    """A table of readings with its title, labels and source."""

    title: str
    x_label: str
    y_label: str
    source: str
    x: FloatArray
    y: FloatArray


def _table(title: str, x_label: str, y_label: str, source: str, x: list[float], y: list[float]) -> _Table:
    return _Table(title, x_label, y_label, source, np.array(x), np.array(y))


def _day_length() -> _Table:
    """Return the hours of daylight from the sun's declination, which is nearly a sine of the day of the year."""
    day = np.arange(0.0, 730.0, 14.0)
    declination = np.radians(-23.44 * np.cos(2 * np.pi * (day + 10) / 365.25))
    hours = 24 / np.pi * np.arccos(-np.tan(np.radians(51.5)) * np.tan(declination))
    return _Table("Daylight at 51.5° north", "day", "hours", "computed", day, hours)


_TABLES = (
    _table(
        "The planets", "distance from the sun (astronomical units)", "orbital period (years)", "Kepler's third law",
        [0.387, 0.723, 1.0, 1.524, 5.203, 9.537, 19.19, 30.07],
        [0.2408, 0.6152, 1.0, 1.8808, 11.862, 29.457, 84.01, 164.8],
    ),
    _table(
        "Lines of hydrogen", "number n of the upper level", "1/wavelength (per µm)", "Balmer, 1885",
        [3, 4, 5, 6, 7, 8],
        [1000 / length for length in (656.28, 486.13, 434.05, 410.17, 397.01, 388.90)],
    ),
    _table(
        "People in the United States", "year", "millions", "census",
        [float(year) for year in range(1790, 1941, 10)],
        [3.929, 5.308, 7.240, 9.638, 12.861, 17.063, 23.192, 31.443, 38.558, 50.189, 62.980, 76.212, 92.228, 106.022,
         123.203, 132.165],
    ),
    _day_length(),
    _table(
        "Galaxies", "distance (megaparsecs)", "velocity (km/s)", "Hubble, 1929",
        [0.032, 0.034, 0.214, 0.263, 0.275, 0.275, 0.45, 0.5, 0.5, 0.63, 0.8, 0.9, 0.9, 0.9, 0.9, 1.0, 1.1, 1.1, 1.4,
         1.7, 2.0, 2.0, 2.0, 2.0],
        [170, 290, -130, -70, -185, -220, 200, 290, 270, 200, 300, -30, 650, 150, 500, 920, 450, 500, 500, 960, 500,
         850, 800, 1090],
    ),
    _table(
        "The Nile at Aswan", "year", "flow (10⁸ m³ a year)", "1871 to 1910",
        [float(year) for year in range(1871, 1911)],
        [1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140,
         1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969],
    ),
)  # fmt: skip


def real_data(folder: Path) -> None:
    """Plot six tables, each with the answer of ``real`` and, if there is one, the equation."""
    recognizer = Recognizer.load()
    figure, axes = new_figure(2, 3, 12.5, 8.6)
    figure.set_layout_engine("constrained", hspace=0.07)
    for ax, table in zip(axes, _TABLES, strict=True):
        seen = recognizer.recognize(table.x, table.y)
        if seen.fit is not None:
            grid = np.linspace(table.x.min(), table.x.max(), 400)
            ax.plot(grid, seen.fit.curve(grid), color=BLUE, linewidth=2)
        ax.plot(table.x, table.y, "o", color=BLACK, markersize=4)
        ax.set(xlabel=table.x_label, ylabel=table.y_label)
        ax.set_title(table.title, loc="left", pad=44)
        answer = "\n".join([*seen.verdict.split("; "), seen.equation or ""])
        above: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
        ax.annotate(table.source, (1, 1), (0, 46), ha="right", fontsize=8.5, color=GREY, **above)
        ax.annotate(answer, (0, 1), (0, 5), fontsize=9, color=BLUE, linespacing=1.4, parse_math=False, **above)
    save_picture(figure, folder, "real-data")
