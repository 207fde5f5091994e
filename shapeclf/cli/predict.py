"""``shapeclf predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from shapeclf.cli.options import picture_option, plot_option, quiet_option, recognizer_options
from shapeclf.cli.predict_file import answer_file, answer_files
from shapeclf.cli.predict_folder import answer_folder
from shapeclf.cli.predict_groups import answer_groups
from shapeclf.cli.predict_options import REPORT_FORMS, PredictOptions, check_options
from shapeclf.cli.predict_stream import answer_stream
from shapeclf.cli.reading_options import pop_reading_options, reading_options
from shapeclf.cli.values import INPUT_PATH, Finite, PathName, TextList, Whole

__all__ = ["command"]


@click.command("predict")
@click.argument("files", type=INPUT_PATH, metavar="FILE...", nargs=-1, required=True)
@click.option("--x", metavar="COLUMN", help="Name or number of the column of x.  [default: x, else the first]")
@click.option(
    "--y",
    "ys",
    multiple=True,
    metavar="COLUMN",
    help="Name or number of the column of y; repeatable, with one answer each.  [default: y, else the second]",
)
@reading_options
@click.option("--group", metavar="COLUMN", help="Read many sequences; this column names the sequence of each row.")
@click.option("--wide", is_flag=True, help="Read many sequences, one in each row, with the columns x1, y1, x2, y2, ...")
@recognizer_options
@click.option("--fit/--no-fit", default=True, help="Fit the family's equation, or leave it out.  [default: fit]")
@click.option("--compare", is_flag=True, help="Print the fit to every family, with AIC and BIC.")
@click.option(
    "--at",
    type=TextList(),
    metavar="X[,X...]",
    help="Predict y at these x, with 95 % intervals that include the uncertainty of the law.",
)
@click.option("--each-point", is_flag=True, help="Print the answer after every point, as for a stream.")
@click.option(
    "--decide",
    type=Finite(0.0, above=True),
    metavar="PROBABILITY",
    help="Stop as soon as a family reaches this probability, such as 0.99.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", *REPORT_FORMS]),
    default="text",
    show_default=True,
    help="Print the answer as text, as JSON, as a report in Markdown, as an equation with a table in LaTeX, or as a "
    "Python function.",
)
@click.option("--json", "as_json", is_flag=True, help="Short form of --format json.")
@click.option(
    "--output",
    type=PathName(path_type=Path),
    metavar="FILE",
    help="Write the answers to this table (.csv, .parquet) instead; for a folder of tables, to this folder.",
)
@plot_option("the points, the fitted curve with its bands and residuals, and the posterior after each point")
@picture_option("--log", type=click.Choice(["x", "y", "xy"]), help="Draw x, y or both on a logarithmic axis.")
@picture_option(
    "--extrapolate",
    type=Finite(1.0, above=True),
    metavar="FACTOR",
    help="Also draw predicted y beyond the last x; 1.5 extends the range of x by half.",
)
@picture_option("--only", type=click.Choice(["curve", "posterior"]), help="Draw only this part of the picture.")
@click.option(
    "--engine",
    type=click.Choice(["one", "ray"]),
    default="one",
    show_default=True,
    help="Answer a folder in this process, or with Ray, here or on a cluster (needs the packages ray and pandas).",
)
@click.option("--actors", type=Whole(1), help="Processes of the engine ray.  [default: one per core]")
@quiet_option
@click.pass_context
def command(context: click.Context, /, files: tuple[str, ...], ys: tuple[str, ...], **given: Any) -> None:
    """Recognise the family of the points in a file, and fit it; with - as FILE, answer after every line of a stream.

    Several files are answered in order; a file that cannot be read does not stop the others.

    FILE is a text table, a spreadsheet, JSON or Parquet; a note reports what was read. With --group or --wide it holds
    many sequences, which are read in bounded memory. The files of a folder are answered one by one, and the answers
    are written to the folder --output; files that already have answers are skipped.

    Example: shapeclf predict points.csv --plot answer.png
    """
    if given.pop("as_json"):
        given["form"] = "json"
    given["y"] = ys[0] if ys else None
    options = PredictOptions(ys=ys, reading=pop_reading_options(given), **given)
    mode = options.mode(files)
    check_options(context, files, mode, options)
    file = files[0]
    if mode == "folder":
        answer_folder(Path(file), options)
    elif mode == "groups":
        answer_groups(file, options)
    elif mode == "stream":
        answer_stream(options)
    elif mode == "files":
        answer_files(list(map(Path, files)), options)
    else:
        answer_file(Path(file), options)
