"""``shapeclf wave eval``."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shapeclf.cli.answers import json_line
from shapeclf.cli.options import (
    check_not_read,
    json_option,
    plot_option,
    seed_option,
    wave_model_option,
    wave_noise_option,
)
from shapeclf.cli.output import print_line, print_lines, print_note
from shapeclf.cli.values import Whole

if TYPE_CHECKING:
    from shapeclf.training.waves.reports import OneStepReport

__all__ = ["command"]


@click.command("eval")
@wave_model_option
@wave_noise_option("; the true values have none.  [default: the run's; 0 for shifted-sines]")
@click.option(
    "--after",
    type=Whole(1),
    metavar="VALUES",
    help="Score only the forecasts after this many values of a test wave.  [default: the window; 10 without one]",
)
@seed_option
@json_option
@plot_option("the true values, the forecasts one step ahead and their errors")
def command(
    model: str | None,
    noise: float | None,
    after: int | None,
    seed: int,
    as_json: bool,
    plot: Path | None,
    size: tuple[float, float] | None,
) -> None:
    """Measure a forecaster one step ahead on the test part, and compare it with trivial forecasts.

    The trivial forecasts are the last value (no change), the line through the last two values (linear), and an
    autoregression fitted by least squares to windows of the same length. A forecaster without a window must first infer
    the phase of a wave from its values, so its error after the first values is printed as well.

    Example: shapeclf wave eval --json
    """
    from shapeclf.training.waves.folder import locate_wave_run

    folder = locate_wave_run(model)
    check_not_read([folder.checkpoint], "--plot", plot)

    from shapeclf.training.waves.reports import SETTLING_VALUES, one_step_report
    from shapeclf.training.waves.runs import read_wave_run

    run = read_wave_run(folder)
    used = run.noise if noise is None else noise
    data, name = run.data(), run.recipe.name
    report = one_step_report(run.forecaster, data, noise=used, seed=seed, after=after)
    record = {"recipe": name, "mse": report.mse, "baseline": report.baseline, "skill": report.skill}
    if as_json:
        print_line(json_line(record))
    else:
        settled = None
        if run.forecaster.window is None and after is None:
            settled = one_step_report(run.forecaster, data, noise=used, seed=seed, after=SETTLING_VALUES)
        print_lines(_table(str(run.path), used, name, report, settled))
    if plot is not None:
        from shapeclf.evaluation.wave_plots import one_step_figure
        from shapeclf.recognition.pictures import save_figure

        figure = one_step_figure(name, report.forecasts, report.targets, report.mse, report.baseline, run.task.labels)
        for note in save_figure(figure, plot, size):
            print_note(note)


def _cell(error: float, unit: float = 1.0) -> str:
    """Return the text of an error in units of another one; ``-`` if the other is 0."""
    if not unit:
        return "-"
    return f"{error / unit:.3g}" if math.isfinite(error) else "not finite"


def _skill(skill: float | None) -> str:
    if skill is None:
        return "none, since the values do not change"
    return f"{skill:.9g}" if math.isfinite(skill) else "not finite"


def _table(
    where: str, noise: float, recipe: str, report: "OneStepReport", settled: "OneStepReport | None"
) -> list[str]:
    from shapeclf.evaluation.forecasts import TRIVIAL_FORECASTS

    errors = {"this forecaster": report.mse} | {TRIVIAL_FORECASTS[name]: e for name, e in report.baseline.items()}
    no_change = report.baseline["no_change"]
    lines = [
        f"{where} (recipe {recipe}), one step ahead on the test part"
        + (f", noise {noise:g} on the inputs" if noise else ""),
        "",
        f"{'':<17}{'MSE':>12}{'/ no change':>15}",
        *(f"{name:<17}{_cell(error):>12}{_cell(error, no_change):>15}" for name, error in errors.items()),
        "",
        f"skill (1 - MSE / no change): {_skill(report.skill)}",
    ]
    if settled is not None:
        from shapeclf.training.waves.reports import SETTLING_VALUES

        lines.append(
            f"after the first {SETTLING_VALUES} values of a wave, which determine the phase: "
            f"MSE {_cell(settled.mse)}, {_cell(settled.mse, settled.baseline['no_change'])} times that of no change"
        )
    if not noise and report.baseline["autoregressive"] < 1e-12 * no_change:
        lines.append(
            "the autoregression is exact except for rounding errors: without noise, this series needs no network"
        )
    return lines
