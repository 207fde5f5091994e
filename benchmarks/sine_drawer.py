"""Which way of training draws a sine best? The methods of ``shifted-sines`` are compared with PyTorch's example.

With the same seed, every training has the same updates, crops, initial weights and learning rates. The output
is the root mean squared error of 1000 drawn steps on the three test waves, at the end of training and at the round that
is best on the three validation waves. PyTorch's example, with its own waves and initial weights, runs once, and its
error is printed after each step of its optimiser.

    python -m benchmarks.sine_drawer [--seeds 5] [--only NAME]... [--json FILE] [--read FILE] [--figure FILE]

``--json`` writes a row for each training, ``--read`` reads such rows instead of training, and ``--figure`` plots them.
"""

import argparse
import json
import logging
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullLocator

from benchmarks.official_example import trained
from shapeclf.datasets.wave_data import WaveData
from shapeclf.recognition.pictures import COLOURS, save_figure
from shapeclf.training.waves.drawing import half_step_rmse
from shapeclf.training.waves.forecaster import Forecaster
from shapeclf.training.waves.recipes import WaveRecipe, recipe_data, wave_recipe
from shapeclf.training.waves.reports import drawn_rmse
from shapeclf.training.waves.runs import train_wave

_FULL = wave_recipe("shifted-sines")
_PLAIN = replace(_FULL, noise=0.0, free_running=0)
_OFFICIAL, _OFFICIAL_STEPS = "official-example", 15
TRAININGS: dict[str, WaveRecipe] = {
    "plain": _PLAIN,
    "weighted": replace(_PLAIN, late_weight=0.0),
    "denoised 0.1": replace(_PLAIN, noise=0.1),
    "denoised 0.3": replace(_PLAIN, noise=0.3),
    "free running": replace(_PLAIN, free_running=_FULL.free_running),
    "shifted-sines": _FULL,
}
_MARK_STYLES = ("--", ":")
_LABELS = {"shifted-sines": "denoised 0.3 and\nfree running (recipe)"}
_MEASURES = {
    "drawn_rmse": "at the round with the lowest validation error",
    "drawn_rmse_last": "at the end of training",
}


class _LastDrawing(pl.Callback):
    """Stores the RMSE of the drawn test waves at the end of training."""

    def __init__(self, data: WaveData) -> None:
        self.error = float("nan")
        self._data = data

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Draw the test waves."""
        if isinstance(pl_module, Forecaster):
            self.error = drawn_rmse(pl_module.eval(), self._data.history, self._data.truth)


def measure(name: str, seed: int) -> dict[str, Any]:
    """Train once and draw: the errors at the end, at the best round, and between the trained shifts."""
    recipe = TRAININGS[name]
    data = recipe_data(recipe, seed)
    last = _LastDrawing(data)
    cpu = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        run = train_wave(recipe, seed=seed, output=folder, callbacks=[last], quiet=True)
    cpu = time.process_time() - cpu
    return {
        "training": name,
        "seed": seed,
        "drawn_rmse_last": last.error,
        "drawn_rmse": drawn_rmse(run.forecaster, data.history, data.truth),
        "drawn_rmse_half_steps": half_step_rmse(run.forecaster),
        "updates": run.updates,
        "seconds": run.rows[-1]["seconds"],
        "cpu_seconds": cpu,
    }


def official() -> dict[str, Any]:
    """Run PyTorch's example, and return the RMSE of the drawn waves after each step of its optimiser."""
    cpu = time.process_time()
    errors = [step.drawn_rmse for step in trained("layers", _OFFICIAL_STEPS)]
    return {
        "training": _OFFICIAL,
        "seed": 0,
        "drawn_rmse_steps": errors,
        "drawn_rmse_last": errors[-1],
        "cpu_seconds": time.process_time() - cpu,
    }


def summary(name: str, rows: list[dict[str, Any]]) -> str:
    """Return the errors of a training over its seeds as a line."""
    keys = ("drawn_rmse_last", "drawn_rmse", "drawn_rmse_half_steps")
    figures = {key: [row[key] for row in rows] for key in keys if key in rows[0]}
    text = "  ".join(f"{key} {np.median(v):.4f} (worst {max(v):.4f})" for key, v in figures.items())
    line = f"{name:18s} {text}  {np.median([row['cpu_seconds'] for row in rows]):.0f} s of one core"
    if name == _OFFICIAL:
        line += "\n  after each step: " + " ".join(f"{error:.3g}" for error in rows[0]["drawn_rmse_steps"])
    return line


def figure_of(rows: list[dict[str, Any]]) -> Figure:
    """Plot all trainings side by side; the official example, at its best step, is a line."""
    shown = [name for name in TRAININGS if any(row["training"] == name for row in rows)]
    panels = {
        title: {_LABELS.get(name, name): [row[key] for row in rows if row["training"] == name] for name in shown}
        for key, title in _MEASURES.items()
    }
    best = [min(row["drawn_rmse_steps"]) for row in rows if row["training"] == _OFFICIAL]
    marks = {f"official example after the best of its {_OFFICIAL_STEPS} steps ({best[0]:.3f})": best[0]} if best else {}
    return trainings_figure(panels, marks)


def trainings_figure(panels: Mapping[str, Mapping[str, Sequence[float]]], marks: Mapping[str, float]) -> Figure:
    """Plot trainings side by side: a panel for each measure, a row for each training, a point for each seed.

    Args:
        panels: For each measure the trainings, the same in each, and the errors of their seeds, above 0.
        marks: Errors to compare with, two at most, drawn across all rows.
    """
    names = list(next(iter(panels.values())))
    figure = Figure(figsize=(11.0, 1.6 + 0.55 * len(names)), layout="constrained")
    axes = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    for ax, (title, errors) in zip(axes, panels.items(), strict=True):
        for row, name in enumerate(names):
            median, colour = float(np.median(errors[name])), COLOURS[row % len(COLOURS)]
            ax.plot(errors[name], [row] * len(errors[name]), "o", color=colour, alpha=0.6, markersize=7)
            ax.plot([median] * 2, [row - 0.3, row + 0.3], color=colour, linewidth=2.5)
            ax.annotate(f"{median:.4f}", (median, row - 0.33), ha="center", va="bottom", fontsize=9)
        for style, (name, error) in zip(_MARK_STYLES[: len(marks)], marks.items(), strict=True):
            ax.axvline(error, color="#555555", linestyle=style, linewidth=1.0, zorder=0, label=name)
        ax.set(title=title, xscale="log", xlabel="RMSE of 1000 self-drawn steps (bar: median)")
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_major_formatter(FormatStrFormatter("%g"))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.grid(axis="x", alpha=0.25)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].set_ylim(len(names) - 0.4, -0.75)
    if marks:
        figure.legend(*axes[0].get_legend_handles_labels(), frameon=False, loc="outside lower center", ncols=len(marks))
    return figure


def main() -> None:
    """Run the trainings and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", choices=(*TRAININGS, _OFFICIAL), action="append")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--read", type=Path)
    parser.add_argument("--figure", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    rows: list[dict[str, Any]] = json.loads(options.read.read_text()) if options.read else []
    for name in options.only or (*TRAININGS, _OFFICIAL):
        for seed in range(1 if name == _OFFICIAL else options.seeds):
            if not options.read:
                rows.append(official() if name == _OFFICIAL else measure(name, seed))
                if options.json:
                    options.json.write_text(json.dumps(rows, indent=1))
        rows_of_name = [row for row in rows if row["training"] == name]
        if rows_of_name:
            print(summary(name, rows_of_name), flush=True)
    if options.figure:
        save_figure(figure_of(rows), options.figure)


if __name__ == "__main__":
    main()
