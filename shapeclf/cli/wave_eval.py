"""``shapeclf wave eval``."""

import json
from pathlib import Path
from typing import Any

import click

from shapeclf.cli.options import Finite, json_option, plot_option, seed_option, wave_model_option

__all__ = ["command"]

_NAMES = {"no_change": "no change", "linear": "linear", "autoregressive": "autoregression"}


@click.command("eval")
@wave_model_option
@click.option(
    "--noise",
    type=Finite(0.0),
    metavar="SIGMA",
    help="Standard deviation of the noise on all inputs, in units of the series' own; real values stay clean.  "
    "[default: the run's; 0 for shifted-sines]",
)
@seed_option
@json_option
@plot_option("the real values, the forecasts one step ahead and their errors")
def command(model: str | None, noise: float | None, seed: int, as_json: bool, plot: Path | None) -> None:
    """Measure a forecaster one step ahead on the test part, beside the trivial forecasts.

    No change: the last value once more. Linear: through the last two. Autoregression: least squares on the same window.

    Example: shapeclf wave eval --json
    """
    from shapeclf.training.wave_folder import locate_wave_run

    folder = locate_wave_run(model)

    from shapeclf.training.wave_reports import one_step_report
    from shapeclf.training.wave_runs import read_wave_run

    run = read_wave_run(folder)
    used = run.noise if noise is None else noise
    report = one_step_report(run.forecaster, run.data(), noise=used, seed=seed)
    name = run.recipe.name
    record = {"recipe": name, "mse": report.mse, "baseline": report.baseline, "skill": report.skill}
    click.echo(json.dumps(_finite(record)) if as_json else _table(str(run.path), used, record))
    if plot is not None:
        from shapeclf.evaluation.wave_plots import one_step_figure
        from shapeclf.recognition.pictures import save_figure

        figure = one_step_figure(name, report.forecasts, report.targets, report.mse, report.baseline)
        save_figure(figure, plot)


def _finite(record: dict[str, Any]) -> dict[str, Any]:
    """Numbers that JSON does not know become null."""
    return {
        name: None if isinstance(value, float) and not abs(value) < float("inf") else value
        for name, value in record.items()
    }


def _table(where: str, noise: float, record: dict[str, Any]) -> str:
    baseline = record["baseline"]
    errors = {"this forecaster": record["mse"]} | {_NAMES[name]: error for name, error in baseline.items()}
    lines = [
        f"{where} (recipe {record['recipe']}), one step ahead on the test part"
        + (f", noise {noise:g} on the inputs" if noise else ""),
        "",
        f"{'':<17}{'MSE':>12}{'of no change':>15}",
        *(f"{name:<17}{error:>12.3g}{error / baseline['no_change']:>15.3g}" for name, error in errors.items()),
        "",
        f"skill (1 - MSE / no change): {record['skill']:.9g}",
    ]
    if baseline["autoregressive"] < 1e-12 * baseline["no_change"]:
        lines.append("the autoregression is exact here but for rounding: without noise these series need no network")
    return "\n".join(lines)
