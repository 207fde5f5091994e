"""Which training draws a sine best? The tricks of the sine drawer side by side, and the official example.

Every training has the same updates, crops, first weights and rates; a seed decides them all. Printed is the
root mean squared error of 1000 self-drawn steps on the three test waves: at the end of training, and at the
look that did best on the three validation waves.

    python benchmarks/sine_drawer.py [--seeds 5] [--only NAME] [--json FILE]
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

from shapeclf.datasets.wave_data import DRAWN_STEPS, GIVEN_STEPS, WaveData
from shapeclf.datasets.waves import SHIFT_RANGE, shifted_sines
from shapeclf.training.forecaster import Forecaster
from shapeclf.training.wave_recipes import WaveRecipe, recipe_data, wave_recipe
from shapeclf.training.wave_reports import drawn_rmse
from shapeclf.training.wave_training import fit_wave

_FULL = wave_recipe("shifted-sines")
_PLAIN = replace(_FULL, noise=0.0, free_running=0)
TRAININGS: dict[str, WaveRecipe] = {
    "plain": _PLAIN,
    "weighted": replace(_PLAIN, late_weight=0.0),
    "denoised 0.1": replace(_PLAIN, noise=0.1),
    "denoised 0.3": replace(_PLAIN, noise=0.3),
    "free running": replace(_PLAIN, free_running=_FULL.free_running),
    "shifted-sines": _FULL,
    "official-example": wave_recipe("official-example"),
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
    drawings = _Drawings(data, every_look=name == "official-example")
    cpu = time.process_time()
    fitted = fit_wave(recipe, data, seed=seed, callbacks=[drawings])
    cpu = time.process_time() - cpu
    between = shifted_sines(np.arange(*SHIFT_RANGE) + 0.5, GIVEN_STEPS + DRAWN_STEPS)
    return {
        "training": name,
        "seed": seed,
        "drawn_rmse_looks": drawings.errors,
        "drawn_rmse_last": drawings.errors[-1],
        "drawn_rmse": drawn_rmse(fitted.forecaster, data.given, data.truth),
        "drawn_rmse_between": drawn_rmse(fitted.forecaster, between[:, :GIVEN_STEPS], between[:, GIVEN_STEPS:]),
        "updates": fitted.updates,
        "seconds": fitted.seconds,
        "cpu_seconds": cpu,
    }


def main() -> None:
    """Run what was asked for and print a line a training."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", choices=TRAININGS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    rows = []
    for name in [options.only] if options.only else TRAININGS:
        for seed in range(options.seeds):
            rows.append(measure(name, seed))
            if options.json:
                options.json.write_text(json.dumps(rows, indent=1))
        mine = rows[-options.seeds :]
        figures = {key: [row[key] for row in mine] for key in ("drawn_rmse_last", "drawn_rmse", "drawn_rmse_between")}
        text = "  ".join(f"{key} {np.median(v):.4f} (worst {max(v):.4f})" for key, v in figures.items())
        print(
            f"{name:18s} {text}  {np.median([row['cpu_seconds'] for row in mine]):.0f} s of one core",
            flush=True,
        )
        if name == "official-example":
            print("  after each step:", " ".join(f"{error:.3g}" for error in mine[0]["drawn_rmse_looks"]))


if __name__ == "__main__":
    main()
