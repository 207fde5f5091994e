"""An animation of the posterior and the curve of the most probable family as points arrive, and its last frame."""

import io
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from shapeclf import Recognition, Recognizer
from shapeclf._files import write_whole_with
from shapeclf.datasets._types import FloatArray
from tools.gallery.style import BLACK, BLUE, GREY, LIGHT, new_figure, save_picture

__all__ = ["stream"]

_POINTS, _NOISE, _SEED = 26, 1.2, 1
_FIRST = 2  # points in the first frame
_FRAME, _LAST = 260, 3500  # milliseconds
_DOTS = 110  # dots per inch
_SHADES = 32


def _points() -> tuple[FloatArray, FloatArray]:
    """Return noisy points of a logistic curve, whose beginning looks like a parabola, and then like an exponential."""
    x = np.linspace(0.0, 10.0, _POINTS)
    y = 2.0 + 100.0 / (1.0 + np.exp(5.2 - x))
    return x, y + np.random.default_rng(_SEED).normal(0.0, _NOISE, _POINTS)


def stream(folder: Path) -> None:
    """Draw a frame for each point; the last one, also saved as a picture, shows the answer for the whole sequence."""
    whole = Recognizer.load().recognize(*_points())
    answers = [whole.first(points) for points in range(_FIRST, len(whole.points))] + [whole]
    frames = _few_colours([_image(_figure(seen, whole)) for seen in answers])
    durations = [_FRAME] * (len(frames) - 1) + [_LAST]
    write_whole_with(
        folder / "stream.gif",
        lambda path: frames[0].save(
            path, format="GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True
        ),
    )
    save_picture(_figure(whole, whole), folder, "stream")


def _few_colours(frames: list[Image.Image]) -> list[Image.Image]:
    """Return the frames reduced to one palette of few colours, which is chosen from all frames."""
    width, height = frames[0].size
    strip = Image.new("RGB", (width, height * len(frames)))
    for position, frame in enumerate(frames):
        strip.paste(frame, (0, position * height))
    strip = strip.quantize(_SHADES)
    return [strip.crop((0, position * height, width, (position + 1) * height)) for position in range(len(frames))]


def _image(figure: Figure) -> Image.Image:
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=_DOTS)
    return Image.open(picture).convert("RGB")


def _figure(seen: Recognition, whole: Recognition) -> Figure:
    figure, (left, right) = new_figure(1, 2, 9.6, 4.1)
    x, y = whole.points.T
    now = len(seen.points)
    if seen.fit is not None:
        grid = np.linspace(x[0], x[now - 1], 300)
        left.plot(grid, seen.fit.curve(grid), color=BLUE, linewidth=2.2)
        band = seen.fit.band(grid)
        if band is not None:
            left.fill_between(grid, *band, color=BLUE, alpha=0.18, linewidth=0)
    left.plot(x[:now], y[:now], "o", color=BLACK, markersize=5)
    margin = 0.05 * np.ptp(x), 0.1 * np.ptp(y)
    left.set(xlim=(x[0] - margin[0], x[-1] + margin[0]), ylim=(y.min() - margin[1], y.max() + margin[1]))
    left.set_title(f"{now} points", loc="left", pad=22)
    verdict = left.annotate(
        seen.verdict, (0, 1), (0, 6), "axes fraction", textcoords="offset points", color=BLUE, fontsize=10.5
    )
    verdict.set_in_layout(False)  # long words would move the axes from frame to frame
    left.set(xlabel="x", ylabel="y")
    values = seen.posterior[-1]
    top = int(values.argmax())
    positions = np.arange(len(values))
    right.barh(positions, values, height=0.72, color=[BLUE if position == top else LIGHT for position in positions])
    for position, value in enumerate(values):
        text = f"{100 * value:.{0 if value < 0.99 else 1}f} %" if value >= 0.005 else ""
        right.text(value + 0.015, position, text, va="center", fontsize=9.5, color=BLACK if position == top else GREY)
    right.set_yticks(positions, seen.families)
    right.set(xlim=(0, 1.12), ylim=(len(values) - 0.4, -0.6), xticks=(0, 0.5, 1))
    right.set_xticklabels(("0", "50 %", "100 %"))
    right.set_title("what kind of function?", loc="left", pad=22)
    right.tick_params(axis="y", length=0)
    right.grid(axis="y", visible=False)
    return figure
