"""``shapeclf sample``."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from shapeclf.cli.options import (
    changed_data,
    check_not_read,
    data_options,
    data_settings,
    given_parameters,
    load_user_families,
    seed_option,
    x_change,
)
from shapeclf.cli.values import INPUT_PATH, OUTPUT_FILE, Whole

__all__ = ["command"]


@click.command("sample")
@data_options
@seed_option
@click.option(
    "--model",
    type=INPUT_PATH,
    metavar="FILE|RUN|NAME",
    help="Draw from this model's data set instead of a recipe's.",
)
@click.option("--sequences", type=Whole(1), default=10, show_default=True, help="Number of sequences.")
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    default="test",
    show_default=True,
    help="Split of the data set.",
)
@click.option(
    "--output", type=OUTPUT_FILE, metavar="FILE", help="Write to a .csv, .npz or .parquet.  [default: CSV on stdout]"
)
def command(seed: int, model: str | None, sequences: int, split: Any, output: Path | None, **options: Any) -> None:
    """Write sequences of a data set to a file.

    Example: shapeclf sample --sequences 3 --output points.csv
    """
    from shapeclf.datasets.writing import write_csv, write_sequences
    from shapeclf.recognition.locating import locate_model

    if model is None:
        from shapeclf.training.recipes import settings_of

        drawn = settings_of(options["recipe"], **data_settings(**options), seed=seed).sequences()
    else:
        drawn = _of_model(model, seed, options)
        check_not_read([locate_model(model)], "--output", output)
    drawn = replace(drawn, split=split)
    if output is None:
        write_csv(sys.stdout, drawn, sequences)
    else:
        write_sequences(output, drawn, sequences)


def _of_model(model: str, seed: int, options: dict[str, Any]) -> Any:
    from shapeclf.evaluation.report import training_sequences
    from shapeclf.recognition.recognizer import Recognizer

    for parameter in given_parameters(click.get_current_context()):
        if parameter.name in ("recipe", "families", "parameters"):
            raise click.UsageError(f"--{parameter.name} and --model exclude each other: the model has its own")
    user_families = load_user_families(options["references"])
    drawn = training_sequences(Recognizer.load(model, user_families=user_families), user_families)
    changes = {"seed": seed, "points": options["points"], "noise": options["noise"]} | x_change(options["x"])
    return changed_data(drawn, changes)
