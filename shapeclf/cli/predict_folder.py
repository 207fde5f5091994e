"""``shapeclf predict`` on a folder of Parquet files: one file after the other, or shared out by Ray."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from shapeclf.cli.options import own_families
from shapeclf.cli.predict_options import PredictOptions

__all__ = ["answer_folder"]


def answer_folder(folder: Path, options: PredictOptions) -> None:
    """Answer the files that have no answers yet, and print where the answers are."""
    from shapeclf.recognition.partitions import answer_one_by_one, check_groups, partitions

    assert options.output is not None
    arguments: dict[str, Any] = {
        "model": options.model,
        "among": options.among,
        "own": own_families(options.own),
        "fit": options.fit,
        "columns": {"group": options.group, "x": options.x, "y": options.y, "wide": options.wide},
    }
    everything = partitions(folder, options.output)
    todo = [partition for partition in everything if not partition.target.exists()]
    if todo and options.engine == "ray":
        from shapeclf.recognition.ray_engine import answer_with_ray

        answered = answer_with_ray(todo, actors=options.actors, **arguments)
    else:
        answered = answer_one_by_one(todo, **arguments)
    for done, (partition, groups) in enumerate(answered, start=len(everything) - len(todo) + 1):
        if not options.quiet:
            click.echo(f"{done} of {len(everything)}: {partition.source}, {groups} groups", err=True)
    if not options.wide:
        check_groups(everything)
    click.echo(str(options.output))
