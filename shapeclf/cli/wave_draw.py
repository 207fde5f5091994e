"""``shapeclf wave draw``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shapeclf._text import counted
from shapeclf.cli.answers import json_line
from shapeclf.cli.options import check_not_read, json_option, plot_option, wave_model_option
from shapeclf.cli.output import print_line, print_lines, print_note
from shapeclf.cli.values import OUTPUT_FILE, Whole
from shapeclf.cli.wave_options import pop_csv_series, series_options

if TYPE_CHECKING:
    from shapeclf.training.waves.drawing import Drawing
    from shapeclf.training.waves.runs import WaveRun

__all__ = ["command"]

_HEADER = "wave,channel,step,drawn,truth"


@click.command("draw")
@wave_model_option
@click.option(
    "--steps",
    type=Whole(1),
    help="Number of values to draw.  [default: 1000, or fewer if the test part or half of --csv is shorter]",
)
@series_options(
    "Continue the series in this file",
    "Its last --steps values are withheld, and compared with the drawn values.",
)
@click.option("--beyond", is_flag=True, help="Draw after the last value, where no true values are known.")
@click.option("--output", type=OUTPUT_FILE, metavar="FILE.csv", help=f"Write the numbers as CSV: {_HEADER}.")
@json_option
@plot_option("the wave: history solid, drawn values dotted, true values thin")
def command(
    model: str | None,
    steps: int | None,
    beyond: bool,
    output: Path | None,
    as_json: bool,
    plot: Path | None,
    size: tuple[float, float] | None,
    **given: Any,
) -> None:
    """Draw a wave with each forecast as the next input, and compare it with the true values.

    Example: shapeclf wave draw --steps 500 --plot drawn.png --output drawn.csv
    """
    from shapeclf.training.waves.folder import locate_wave_run

    for option, target in (("--output", output), ("--plot", plot)):
        check_not_read([] if given["csv"] is None else [given["csv"]], option, target)
    series = pop_csv_series(given)
    values = None if series is None else series.values
    folder = locate_wave_run(model)
    for option, target in (("--output", output), ("--plot", plot)):
        check_not_read([folder.checkpoint], option, target)

    from shapeclf.training.waves.drawing import draw_run
    from shapeclf.training.waves.runs import read_wave_run

    run = read_wave_run(folder)
    drawing = draw_run(run, steps=steps, series=values, beyond=beyond)
    if series is not None:
        print_note(series.summary)
    if as_json:
        record = {"recipe": run.recipe.name, "steps": drawing.drawn.shape[1], "drawn_rmse": drawing.rmse}
        print_line(json_line(record))
    else:
        print_lines(_lines(run, drawing, of_recipe=values is None and not beyond))
    if output is not None:
        from shapeclf._files import write_whole

        write_whole(output, _csv(drawing).encode())
    if plot is not None:
        from shapeclf.evaluation.wave_plots import drawn_figure
        from shapeclf.recognition.pictures import save_figure

        labels = run.task.labels if series is None else series.labels
        figure = drawn_figure(run.recipe.name, drawing.history, drawing.drawn, drawing.truth, drawing.rmse, labels)
        for note in save_figure(figure, plot, size):
            print_note(note)
    if run.noise > 0:
        print_note(
            f"{run.path} was trained to forecast from noisy values (--noise {run.noise:g}); such a forecaster often "
            "drifts when it draws from its own forecasts; train without --noise to draw"
        )


def _lines(run: "WaveRun", drawing: "Drawing", *, of_recipe: bool) -> list[str]:
    waves, steps, channels = drawing.drawn.shape
    extent = counted(steps, "step")
    extent += f", {waves} waves" if waves > 1 else ""
    extent += f", {channels} channels" if channels > 1 else ""
    begin = f"{run.path} (recipe {run.recipe.name}), drawn from its own forecasts: "
    if drawing.truth is None:
        return [f"{begin}{extent} after the last known value; there are no true values to compare with"]
    lines = [
        f"{begin}RMSE {drawing.rmse:.4g} over {extent}",
        f"standard deviation of the true values: {float(drawing.truth.std()):.4g}",
    ]
    if of_recipe and run.task.series is None and run.recipe.name == "shifted-sines":
        from shapeclf.training.waves.drawing import half_step_rmse

        between = half_step_rmse(run.forecaster)
        lines.append(f"sines shifted by half steps, which were not in the training data: RMSE {between:.4g}")
    return lines


def _csv(drawing: "Drawing") -> str:
    """Return a line of CSV for each value, with waves, channels and drawn steps numbered from 1."""
    lines, drawn = [_HEADER], drawing.drawn
    for wave in range(drawn.shape[0]):
        for channel in range(drawn.shape[2]):
            values = [repr(value) for value in drawn[wave, :, channel].tolist()]
            true = [""] * len(values)
            if drawing.truth is not None:
                true = [repr(value) for value in drawing.truth[wave, :, channel].tolist()]
            lines += [
                f"{wave + 1},{channel + 1},{step},{value},{truth}"
                for step, (value, truth) in enumerate(zip(values, true, strict=True), start=1)
            ]
    return "\n".join(lines) + "\n"
