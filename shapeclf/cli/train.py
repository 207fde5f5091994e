"""``shapeclf train``."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shapeclf._limits import LIMITS
from shapeclf._text import counted
from shapeclf.cli.answers import leak_note
from shapeclf.cli.options import (
    check_resumed,
    data_options,
    data_settings,
    load_user_families,
    quiet_option,
    run_options,
)
from shapeclf.cli.output import print_line, print_note, print_path
from shapeclf.cli.values import Finite, Whole

if TYPE_CHECKING:
    from shapeclf.training.recipes import Settings

__all__ = ["command"]

_LIMITS = {name: Whole(*limits) for name, limits in LIMITS.items()}


@click.command("train")
@data_options
@click.option(
    "--seed", type=_LIMITS["seed"], help="Seed of the families' parameters, the data and the weights.  [classic: 0]"
)
@click.option("--hidden-size", type=_LIMITS["hidden_size"], help="Width of the LSTM.  [classic: 100]")
@click.option(
    "--optimizer", type=click.Choice(["adam", "adamw", "sgd"]), help="Optimizer of the weights.  [classic: adam]"
)
@click.option("--learning-rate", type=Finite(0.0, above=True), metavar="RATE", help="Learning rate.  [classic: 0.02]")
@click.option(
    "--schedule", type=click.Choice(["constant", "cosine"]), help="Schedule of the learning rate.  [classic: constant]"
)
@click.option("--batch-size", type=_LIMITS["batch_size"], help="Number of sequences in an update.  [classic: 32]")
@click.option("--max-updates", type=_LIMITS["max_updates"], help="Largest number of updates.  [classic: 5000]")
@click.option(
    "--round-updates", type=_LIMITS["round_updates"], help="Number of updates between two validations.  [classic: 50]"
)
@click.option(
    "--test-points", type=_LIMITS["test_points"], help="Number of points of a validation sequence.  [classic: 4]"
)
@click.option(
    "--test-sequences", type=_LIMITS["test_sequences"], help="Number of sequences in a validation.  [classic: 10000]"
)
@click.option(
    "--target-accuracy",
    type=Finite(0.0, above=True),
    metavar="SHARE",
    help="Stop when the validation accuracy after each point has reached this share, but not before 100 updates.  "
    "[classic: 0.999]",
)
@click.option(
    "--device", metavar="NAME", help="Lightning's name of the accelerator: cpu, gpu, auto, ...  [classic: cpu]"
)
@click.option(
    "--threads", type=_LIMITS["threads"], help="Number of processor threads; 0 for torch's default.  [classic: 1]"
)
@click.option(
    "--workers",
    type=_LIMITS["workers"],
    help="Number of processes that prepare the batches of a training process in advance (on Linux). "
    "The result does not depend on it.  "
    "[classic: 0]",
)
@click.option(
    "--devices",
    default="1",
    show_default=True,
    help="Number of processes per machine, such as 2; or numbers of its devices, such as 0,1; or auto.",
)
@click.option(
    "--num-nodes", type=Whole(1), default=1, show_default=True, help="Number of machines that train together."
)
@click.option("--strategy", default="auto", show_default=True, help="Lightning's name of the strategy: ddp, ...")
@run_options("runs", "of these, only --max-updates and --target-accuracy may be changed")
@quiet_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    output: Path,
    resume: Path | None,
    quiet: bool,
    devices: str,
    num_nodes: int,
    strategy: str,
    **options: Any,
) -> None:
    """Train a network on sequences drawn on the fly, and write a run folder with the model.

    Defaults in brackets are those of the recipe named there.

    Example: shapeclf train --seed 3 --noise 0.05
    """
    # Imported here, as in every command: torch takes seconds to import, and help does not need it.
    from shapeclf.training.recipes import settings_of
    from shapeclf.training.run_folder import RunFolder

    references = options["references"]
    data = {
        name: options.pop(name) for name in ("recipe", "families", "references", "parameters", "points", "x", "noise")
    }
    given = {name: value for name, value in options.items() if value is not None}
    if resume is None:
        settings = settings_of(data["recipe"], **data_settings(**data), **given)
    else:
        settings = _resumed(ctx, RunFolder(resume), references, given)

    from shapeclf.training.processes import Processes, is_first_process
    from shapeclf.training.runs import train

    processes = Processes(devices, num_nodes, strategy)

    def on_start() -> None:
        if not quiet:
            _report_attainable_accuracy(settings)

    run = train(settings, output=output, resume=resume, quiet=quiet, processes=processes, on_start=on_start)
    first = is_first_process()
    if first and not quiet:
        ending = "interrupted" if run.interrupted else ("target reached" if run.reached else "finished")
        print_line(f"{ending} after {run.updates} updates", err=True)
        if settings.target_accuracy is not None and not (run.reached or run.interrupted):
            print_line(
                f"the target accuracy of {settings.target_accuracy:g} was not reached: more --max-updates may help",
                err=True,
            )
    if first:
        print_path(run.path)
    if run.interrupted:
        sys.exit(1)


def _report_attainable_accuracy(settings: Settings) -> None:
    """Print a note if the target accuracy cannot be attained, and one if x alone distinguishes the families."""
    from shapeclf.datasets.sequences import ShapeSequences
    from shapeclf.errors import InputError
    from shapeclf.evaluation.exact import attainable_accuracy
    from shapeclf.evaluation.leak import leak

    sequences, points = settings.sequences(), settings.test_points
    if not isinstance(sequences, ShapeSequences):
        return  # the attainable accuracy cannot be computed
    try:
        if settings.target_accuracy is not None:
            reachable = attainable_accuracy(sequences, points, count=settings.test_sequences)
            lowest = float(reachable.min())
            if lowest + 3 * math.sqrt(lowest * (1 - lowest) / settings.test_sequences) < settings.target_accuracy:
                where = counted(int(reachable.argmin()) + 1)
                print_note(
                    f"the target accuracy of {settings.target_accuracy:g} cannot be reached: the exact posterior, "
                    f"which no classifier can surpass, has an accuracy of {lowest:.3f} after {where} "
                    f"(mean over {points}: {reachable.mean():.3f})"
                )
        note = leak_note(leak(sequences, points), len(settings.families))
        if note is not None:
            print_note(note)
    except InputError:
        return  # the exact posterior cannot be computed


def _resumed(ctx: click.Context, folder: Any, references: tuple[str, ...], given: dict[str, Any]) -> Any:
    from dataclasses import replace

    from shapeclf.errors import InputError

    allowed = {"resume", "max_updates", "target_accuracy", "quiet", "references", "devices", "num_nodes", "strategy"}
    check_resumed(ctx, allowed)
    user_families = load_user_families(references)
    settings = folder.read_settings(user_families)
    for family in user_families:
        if family not in settings.families:
            raise InputError(f"--family: {folder.path} was not trained on the family {family.name!r}")
    return replace(settings, **given)
