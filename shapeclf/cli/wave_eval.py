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
    A forecaster without a window is measured once more without the start of each wave, where it knows nothing yet.

    Example: shapeclf wave eval --json
    """
    from shapeclf.training.waves.folder import locate_wave_run

    folder = locate_wave_run(model)

    from shapeclf.training.waves.reports import SETTLED, OneStepReport, one_step_report
    from shapeclf.training.waves.runs import read_wave_run

    run = read_wave_run(folder)
    used = run.noise if noise is None else noise
    data, name = run.data(), run.recipe.name
    report = one_step_report(run.forecaster, data, noise=used, seed=seed)

    def figures(of: OneStepReport) -> dict[str, Any]:
        return _finite({"mse": of.mse, "baseline": of.baseline, "skill": of.skill})

    record = {"recipe": name} | figures(report)
    if run.forecaster.window is None:
        settled = one_step_report(run.forecaster, data, noise=used, seed=seed, first=SETTLED)
        record["settled"] = {"after": SETTLED} | figures(settled)
    click.echo(json.dumps(record) if as_json else _table(str(run.path), used, record))
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


def _cell(error: float | None, of: float = 1.0) -> str:
    return "not finite" if error is None else f"{error / of:.3g}"


def _table(where: str, noise: float, record: dict[str, Any]) -> str:
    baseline = record["baseline"]
    errors = {"this forecaster": record["mse"]} | {_NAMES[name]: error for name, error in baseline.items()}
    lines = [
        f"{where} (recipe {record['recipe']}), one step ahead on the test part"
        + (f", noise {noise:g} on the inputs" if noise else ""),
        "",
        f"{'':<17}{'MSE':>12}{'of no change':>15}",
        *(f"{name:<17}{_cell(error):>12}{_cell(error, baseline['no_change']):>15}" for name, error in errors.items()),
        "",
        "skill (1 - MSE / no change): " + ("not finite" if record["skill"] is None else f"{record['skill']:.9g}"),
    ]
    if "settled" in record:
        later = record["settled"]
        lines.append(
            f"after the first {later['after']} values of a wave, which it finds the phase by: "
            f"MSE {_cell(later['mse'])}, {_cell(later['mse'], later['baseline']['no_change'])} of no change"
        )
    if baseline["autoregressive"] < 1e-12 * baseline["no_change"]:
        lines.append("the autoregression is exact here but for rounding: without noise these series need no network")
    return "\n".join(lines)
