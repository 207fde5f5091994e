"""Figures of trainings and evaluations."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shapeclf._text import counted
from shapeclf.evaluation.report import Report
from shapeclf.recognition.pictures import COLOURS, count_axis, new_figure

__all__ = ["report_figure", "training_figure"]

_FAMILIES_WITH_DIGITS = 4  # largest confusion matrix in which shares have room for three digits


def _shade(share: float) -> tuple[float, float, float]:
    """Return a colour from light to dark blue; ``share`` from 0 to 1."""
    return (0.75 * (1 - share), 0.35 + 0.45 * (1 - share), 0.70 + 0.25 * (1 - share))


def training_figure(rows: Sequence[Mapping[str, float]]) -> Figure:
    """Plot the loss, and the validation accuracy after each number of points, against updates.

    Args:
        rows: The figures of each round, as in ``metrics.csv``.
    """
    figure, (losses, errors) = new_figure(2)
    updates = [row["update"] for row in rows]
    for ax in (losses, errors):
        ax.locator_params(axis="x", integer=True)
    marker = "o" if len(rows) < 30 else ""
    loss = [row["train_loss"] for row in rows]
    losses.plot(updates, loss, color=COLOURS[0], marker=marker, markersize=3)
    losses.set(xlabel="updates", ylabel="training loss (nats)", title="Loss")
    if max(loss) > 10 * min(loss):  # within a decade, a logarithmic axis has too few ticks
        losses.set_yscale("log")
    names = [name for name in rows[0] if name.startswith("accuracy_")]
    shown = names if len(names) <= 6 else [names[int(i)] for i in np.geomspace(1, len(names), 6).round() - 1]
    for index, name in enumerate(dict.fromkeys(shown)):
        points = name.removeprefix("accuracy_")
        errors.plot(
            updates,
            [row[name] for row in rows],
            color=_shade(index / max(1, len(shown) - 1)),
            marker=marker,
            markersize=3,
            label=f"{points} point{'' if points == '1' else 's'}",
        )
    errors.set(xlabel="updates", ylabel="accuracy", title="Validation accuracy by number of points")
    errors.set_ylim(top=1.02)
    handles, labels = errors.get_legend_handles_labels()
    # The legend lists the curves in their order, next to the axes so that it hides no curve.
    errors.legend(handles[::-1], labels[::-1], frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def report_figure(report: Report) -> Figure:
    """Plot accuracy, NLL and reliability by number of points, with the references, and the confusion matrix."""
    figure, (accuracy, nll, reliability, confusion) = new_figure(4, width=16.0)
    points = np.arange(1, report.points + 1)
    marker = "o" if report.points <= 40 else ""
    style: dict[str, Any] = {"marker": marker, "markersize": 3}
    limit: dict[str, Any] = {"color": COLOURS[6], "linewidth": 3, "alpha": 0.35}
    reference = report.reference
    if reference.exact_accuracy is not None:
        accuracy.plot(points, reference.exact_accuracy, label="exact posterior", **limit)
    if reference.least_squares_accuracy is not None:
        accuracy.plot(points, reference.least_squares_accuracy, color=COLOURS[2], linestyle="--", label="least sq.")
    if report.leak is not None:
        accuracy.plot(points, report.leak, color=COLOURS[3], linestyle="-.", label="x alone")
    accuracy.plot(points, report.accuracy, color=COLOURS[0], label="model", **style)
    accuracy.axhline(1 / len(report.families), color=COLOURS[7], linestyle=":", label="chance")
    accuracy.set(xlabel="points", ylabel="accuracy", title="Accuracy", ylim=(0, 1.03))
    accuracy.legend(edgecolor="none", framealpha=0.9)
    if reference.exact_nll is not None:
        nll.plot(points, reference.exact_nll, label="exact posterior", **limit)
    nll.plot(points, report.nll, color=COLOURS[1], label="model", **style)
    nll.legend(frameon=False)
    nll.set(xlabel="points", ylabel="nats", title="Negative log-likelihood")
    nll.set_ylim(bottom=0)
    for ax in (accuracy, nll):
        count_axis(ax, report.points)
    _draw_reliability(reliability, report)
    _draw_confusion(confusion, report)
    return figure


def _draw_reliability(ax: Axes, report: Report) -> None:
    """Plot the share of right answers in each bin of the top probability; areas show the share of all answers."""
    shown = sorted({1, min(4, report.points), report.points})
    ax.plot((0, 1), (0, 1), color=COLOURS[7], linewidth=1)
    for index, points in enumerate(shown):
        count, right, top = report.reliability[:, points - 1]
        used = count > 0
        colour = _shade(index / max(1, len(shown) - 1))
        sizes = 8 + 120 * count[used] / count.sum()
        ax.plot(top[used] / count[used], right[used] / count[used], color=colour, linewidth=1)
        ax.scatter(top[used] / count[used], right[used] / count[used], s=sizes, color=colour, label=counted(points))
    lowest = 10 // len(report.families) / 10  # no top probability is below 1 over the number of families
    ax.set(xlabel="top probability", ylabel="share right", title="Reliability", xlim=(lowest, 1.02), ylim=(0, 1.02))
    ax.legend(frameon=False)


def _draw_confusion(ax: Axes, report: Report) -> None:
    shares = report.confusion / np.maximum(report.confusion.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ax.grid(False)
    count = len(report.families)
    many = count > _FAMILIES_WITH_DIGITS
    for (row, column), share in np.ndenumerate(shares):
        # With many families, shares are in per cent, and those that round to 0 are left out.
        text = f"{share:.3f}" if not many else f"{100 * share:.0f}" if share >= 0.005 else ""
        size = "medium" if not many else "small"
        ax.text(column, row, text, ha="center", va="center", color="white" if share > 0.5 else "black", fontsize=size)
    ax.set_xticks(range(count), report.families, rotation=90 if many else 0)
    ax.set_yticks(range(count), report.families)
    unit = " (%)" if many else ""
    ax.set(xlabel="answer", ylabel="truth", title=f"After {counted(report.points)}{unit}")
