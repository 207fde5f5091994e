"""Pictures of measurements: accuracy against the limit, reliability of the probabilities, and a learning curve."""

import tempfile
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullFormatter, ScalarFormatter

from shapeclf import Recognizer, train
from shapeclf.evaluation import Report, evaluate
from shapeclf.evaluation.plots import report_figure
from shapeclf.training import settings_of
from tools.gallery.style import BLACK, BLUE, GREEN, GREY, new_figure, save_picture, shades

__all__ = ["fresh", "learning_curve", "limit", "reliability"]

_SEQUENCES = 20_000


def _use_powers_of_two(ax: Axes, last: int) -> None:
    """Make the x axis a logarithmic one of numbers of points, with ticks at powers of two."""
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_locator(FixedLocator([2**power for power in range(last.bit_length())]))
    ax.xaxis.set_major_formatter(ScalarFormatter())
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("points seen")


def fresh(folder: Path) -> None:
    """Draw what ``shapeclf eval --model fresh --points 64 --plot`` draws."""
    report = evaluate(Recognizer.load("fresh", threads=0), points=64, sequences=_SEQUENCES)
    save_picture(report_figure(report), folder, "fresh")


def limit(folder: Path) -> None:
    """Plot the accuracy of ``fresh``, with that of the exact posterior and least squares, and its excess NLL."""
    report = evaluate(Recognizer.load("fresh", threads=0), points=32, sequences=_SEQUENCES)
    reference = report.reference
    assert reference.exact_accuracy is not None
    assert reference.least_squares_accuracy is not None
    assert reference.excess_nll is not None
    assert reference.standard_error is not None
    points = np.arange(1, report.points + 1)
    figure, (accuracy, excess) = new_figure(1, 2, 11.0, 4.2)
    accuracy.plot(
        points, reference.exact_accuracy, color=BLACK, linewidth=7, alpha=0.22, label="exact posterior: the limit"
    )
    accuracy.plot(points, report.accuracy, "-o", color=BLUE, markersize=3.5, label="model fresh")
    accuracy.plot(points, reference.least_squares_accuracy, "--", color=GREEN, label="smallest residual")
    chance = 1 / len(report.families)
    accuracy.axhline(chance, color=GREY, linestyle=":")
    accuracy.annotate("chance", (points[-1], chance), (0, 4), textcoords="offset points", ha="right", color=GREY)
    accuracy.set(ylabel="accuracy", title="Accuracy", ylim=(0.25, 1.0))
    accuracy.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 0.2))
    nats = 1000 * reference.excess_nll
    width = 2000 * reference.standard_error
    excess.fill_between(
        points, nats - width, nats + width, color=BLUE, alpha=0.2, linewidth=0, label="two standard errors"
    )
    excess.plot(points, nats, "-o", color=BLUE, markersize=3.5, label="model fresh")
    excess.axhline(0, color=BLACK, linewidth=7, alpha=0.22, label="exact posterior: the limit")
    excess.set(ylabel="excess NLL (thousandths of a nat)", title="Distance from the limit", ylim=(-0.3, 4))
    excess.legend(frameon=False, loc="upper left")
    for ax in (accuracy, excess):
        _use_powers_of_two(ax, report.points)
    save_picture(figure, folder, "limit")


def reliability(folder: Path) -> None:
    """Plot the share of right answers of both shipped models against their probabilities."""
    figure, axes = new_figure(1, 2, 11.0, 4.9)
    for ax, name, shown in zip(axes, ("fresh", "real"), ((1, 4, 32), (4, 16, 64)), strict=True):
        report = evaluate(Recognizer.load(name, threads=0), points=shown[-1], sequences=_SEQUENCES)
        _draw_reliability(ax, report, shown)
        ax.set_title(f"model {name}: {len(report.families)} classes")
    save_picture(figure, folder, "reliability")


def _draw_reliability(ax: Axes, report: Report, shown: tuple[int, ...]) -> None:
    ax.plot((0, 1), (0, 1), color=BLACK, linewidth=7, alpha=0.15, label="perfect calibration", solid_capstyle="butt")
    for points, colour in zip(shown, shades(len(shown)), strict=True):
        count, right, top = report.reliability[:, points - 1]
        used = count >= 50  # with fewer answers, the share is too uncertain
        share, stated = right[used] / count[used], top[used] / count[used]
        error = 2 * np.sqrt(share * (1 - share) / count[used])
        ax.errorbar(stated, share, error, color=colour, fmt="-o", markersize=4.5, elinewidth=1.2, label=_after(points))
    ax.set(xlabel="probability of the answer", ylabel="share of right answers", xlim=(0, 1.01), ylim=(0, 1.01))
    ax.set_aspect("equal")
    ax.legend(frameon=False, loc="upper left")


def _after(points: int) -> str:
    return f"after {points} point{'' if points == 1 else 's'}"


def learning_curve(folder: Path) -> None:
    """Plot the validation accuracy after 1, 2, 4 and 16 points in a short training of ``fresh``, and its limits."""
    shown = (1, 2, 4, 16)
    settings = settings_of(
        "fresh", max_updates=1000, round_updates=50, batch_size=64, test_points=shown[-1], test_sequences=4000
    )
    with tempfile.TemporaryDirectory() as runs:
        run = train(settings, output=runs, quiet=True)
        report = evaluate(Recognizer.load(run.path, threads=0), points=shown[-1], sequences=_SEQUENCES)
    assert report.reference.exact_accuracy is not None
    figure, (ax,) = new_figure(1, 1, 8.4, 4.6)
    updates = [row["update"] for row in run.rows]
    for points, colour in zip(shown, shades(len(shown)), strict=True):
        best = report.reference.exact_accuracy[points - 1]
        ax.axhline(best, color=colour, linestyle=(0, (5, 3)), linewidth=1.1)
        ax.plot(updates, [row[f"accuracy_{points}"] for row in run.rows], color=colour, linewidth=2)
        ax.annotate(_after(points), (updates[-1], best), (8, 0), textcoords="offset points", va="center", color=colour)
    ax.set(xlabel="updates of 64 sequences", ylabel="validation accuracy", xlim=(0, updates[-1]))
    ax.set_title("A training on its way to the limit (dashed)")
    save_picture(figure, folder, "learning-curve")
