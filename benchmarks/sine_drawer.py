"""Which training draws a sine best? The tricks of the sine drawer side by side, and the official example.

Every training has the same updates, crops, first weights and rates; a seed decides them all. Printed is the
root mean squared error of 1000 self-drawn steps on the three test waves: at the end of training, and at the
look that did best on the three validation waves. The official example, with its own waves and first weights,
runs once, and its error is printed after each of its steps.

    python -m benchmarks.sine_drawer [--seeds 5] [--only NAME]... [--json FILE] [--read FILE] [--figure FILE]

``--json`` writes a row a training, ``--read`` takes such rows in place of training, and ``--figure`` draws them.
"""

import argparse
import json
import logging
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from matplotlib.figure import Figure

from shapeclf.datasets.wave_data import WaveData
from shapeclf.evaluation.wave_plots import tricks_figure
from shapeclf.recognition.pictures import save_figure
from shapeclf.training.waves.drawing import between_rmse
from shapeclf.training.waves.forecaster import Forecaster
from shapeclf.training.waves.recipes import WaveRecipe, recipe_data, wave_recipe
from shapeclf.training.waves.reports import drawn_rmse
from shapeclf.training.waves.training import fit_wave

_FULL = wave_recipe("shifted-sines")
_PLAIN = replace(_FULL, noise=0.0, free_running=0)
_OFFICIAL = "official-example"
TRAININGS: dict[str, WaveRecipe] = {
    "plain": _PLAIN,
    "weighted": replace(_PLAIN, late_weight=0.0),
    "denoised 0.1": replace(_PLAIN, noise=0.1),
    "denoised 0.3": replace(_PLAIN, noise=0.3),
    "free running": replace(_PLAIN, free_running=_FULL.free_running),
    "shifted-sines": _FULL,
    _OFFICIAL: wave_recipe(_OFFICIAL),
}
_LABELS = {"shifted-sines": "denoised 0.3 and\nfree running (recipe)"}
_MEASURES = {
    "drawn_rmse": "at the look that drew validation best",
    "drawn_rmse_last": "at the end of training",
}


class _Drawings(pl.Callback):
    """Keeps the drawn error of the test waves after every look, or at the end alone."""

    def __init__(self, data: WaveData, *, every_look: bool) -> None:
        self.data, self.every_look = data, every_look
        self.errors: list[float] = []

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Draw after a look."""
        if self.every_look:
            self._draw(pl_module)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Draw at the end."""
        if not self.every_look:
            self._draw(pl_module)

    def _draw(self, forecaster: pl.LightningModule) -> None:
        if isinstance(forecaster, Forecaster):
            self.errors.append(drawn_rmse(forecaster.eval(), self.data.given, self.data.truth))


def measure(name: str, seed: int) -> dict[str, Any]:
    """Train once and draw: the errors at the end, at the best look, and between the trained shifts."""
    recipe = TRAININGS[name]
    data = recipe_data(recipe, seed)
    drawings = _Drawings(data, every_look=name == _OFFICIAL)
    cpu = time.process_time()
    fitted = fit_wave(recipe, data, seed=seed, callbacks=[drawings])
    cpu = time.process_time() - cpu
    return {
        "training": name,
        "seed": seed,
        "drawn_rmse_looks": drawings.errors,
        "drawn_rmse_last": drawings.errors[-1],
        "drawn_rmse": drawn_rmse(fitted.forecaster, data.given, data.truth),
        "drawn_rmse_between": between_rmse(fitted.forecaster),
        "updates": fitted.updates,
        "seconds": fitted.seconds,
        "cpu_seconds": cpu,
    }


def summary(name: str, rows: list[dict[str, Any]]) -> str:
    """One training's errors over its seeds, in a line."""
    keys = ("drawn_rmse_last", "drawn_rmse", "drawn_rmse_between")
    figures = {key: [row[key] for row in rows] for key in keys}
    text = "  ".join(f"{key} {np.median(v):.4f} (worst {max(v):.4f})" for key, v in figures.items())
    line = f"{name:18s} {text}  {np.median([row['cpu_seconds'] for row in rows]):.0f} s of one core"
    if name == _OFFICIAL:
        line += "\n  after each step: " + " ".join(f"{error:.3g}" for error in rows[0]["drawn_rmse_looks"])
    return line


def figure_of(rows: list[dict[str, Any]]) -> Figure:
    """All trainings side by side; the official example, at the best of its steps, as a line across."""
    tricks = [name for name in TRAININGS if name != _OFFICIAL and any(row["training"] == name for row in rows)]
    panels = {
        title: {_LABELS.get(name, name): [row[key] for row in rows if row["training"] == name] for name in tricks}
        for key, title in _MEASURES.items()
    }
    official = [min(row["drawn_rmse_looks"]) for row in rows if row["training"] == _OFFICIAL]
    marks = {f"official example after the best of its 15 steps ({official[0]:.3f})": official[0]} if official else {}
    return tricks_figure(panels, marks)


def main() -> None:
    """Run what was asked for and print a line a training."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", choices=TRAININGS, action="append")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--read", type=Path)
    parser.add_argument("--figure", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    rows: list[dict[str, Any]] = json.loads(options.read.read_text()) if options.read else []
    for name in options.only or TRAININGS:
        for seed in range(1 if name == _OFFICIAL else options.seeds):
            if not options.read:
                rows.append(measure(name, seed))
                if options.json:
                    options.json.write_text(json.dumps(rows, indent=1))
        mine = [row for row in rows if row["training"] == name]
        if mine:
            print(summary(name, mine), flush=True)
    if options.figure:
        save_figure(figure_of(rows), options.figure)


if __name__ == "__main__":
    main()
