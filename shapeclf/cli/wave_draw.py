"""``shapeclf wave draw``."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shapeclf.cli.options import OUTPUT_FILE, json_option, plot_option, wave_model_option
from shapeclf.cli.wave_options import read_own_series, series_options

if TYPE_CHECKING:
    from shapeclf.datasets._types import FloatArray

__all__ = ["command"]


@click.command("draw")
@wave_model_option
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    help="Values to draw.  [default: 1000, or all that there are to compare with]",
)
@series_options("to go on from it instead; its last --steps values are kept back as the truth")
@click.option(
    "--output",
    type=OUTPUT_FILE,
    metavar="OUTPUT.csv",
    help="Write the numbers, drawn and true, as CSV: wave, channel, step, drawn, truth.",
)
@json_option
@plot_option("the wave: given solid, drawn dotted, truth thin")
def command(
    model: str | None,
    steps: int | None,
    csv: Path | None,
    columns: tuple[str, ...],
    output: Path | None,
    as_json: bool,
    plot: Path | None,
) -> None:
    """Let a forecaster draw a wave by itself, each forecast being its next input, and compare it with the truth.

    --csv is read, --output is written.

    Example: shapeclf wave draw --steps 500 --plot drawn.png --output drawn.csv
    """
    from shapeclf.training.waves.folder import locate_wave_run

    if csv is not None and not csv.exists():
        raise click.BadParameter(
            f"{csv} does not exist; --csv is a series to read, --output {csv} writes what is drawn",
            param_hint="'--csv'",
        )
    own = read_own_series(csv, columns)
    folder = locate_wave_run(model)

    from shapeclf.evaluation.forecasts import mean_squared_error
    from shapeclf.training.waves.reports import draw_waves
    from shapeclf.training.waves.runs import given_and_truth, read_wave_run

    run = read_wave_run(folder)
    given, truth = given_and_truth(run, steps, own)
    drawn = draw_waves(run.forecaster, given, truth.shape[1])
    rmse = math.sqrt(mean_squared_error(drawn, truth))
    name = run.recipe.name
    if run.noise > 0:
        click.echo(
            f"note: {run.path} was trained for the next value after noisy windows (--noise {run.noise:g}); such a "
            "forecaster often drifts when it draws by itself; train without --noise to draw",
            err=True,
        )
    if as_json:
        record: dict[str, Any] = {"recipe": name, "steps": truth.shape[1]}
        click.echo(json.dumps(record | {"drawn_rmse": rmse if math.isfinite(rmse) else None}))
    else:
        click.echo(_text(str(run.path), name, truth, rmse))
    if output is not None:
        from shapeclf._files import write_whole

        write_whole(output, _csv(drawn, truth).encode())
    if plot is not None:
        from shapeclf.evaluation.wave_plots import drawn_figure
        from shapeclf.recognition.pictures import save_figure

        figure = drawn_figure(name, given, drawn, truth, rmse)
        save_figure(figure, plot)


def _text(where: str, name: str, truth: "FloatArray", rmse: float) -> str:
    waves, steps, channels = truth.shape
    over = f"{steps} step{'' if steps == 1 else 's'}"
    over += f", {waves} waves" if waves > 1 else ""
    over += f", {channels} channels" if channels > 1 else ""
    size = float(truth.std())
    return (
        f"{where} (recipe {name}), drawn by itself: RMSE {rmse:.4g} over {over}"
        f"\nthe truth's own standard deviation there: {size:.4g}"
    )


def _csv(drawn: "FloatArray", truth: "FloatArray") -> str:
    """A line for each value: wave and channel from 1, the step drawn first being 1."""
    lines = ["wave,channel,step,drawn,truth"]
    for wave in range(drawn.shape[0]):
        for channel in range(drawn.shape[2]):
            pairs = zip(drawn[wave, :, channel].tolist(), truth[wave, :, channel].tolist(), strict=True)
            lines += [f"{wave + 1},{channel + 1},{step},{d!r},{t!r}" for step, (d, t) in enumerate(pairs, start=1)]
    return "\n".join(lines) + "\n"
