"""``shapeclf predict`` on a folder of tables: one file after the other, or in parallel with Ray."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

from shapeclf._text import printable
from shapeclf.cli.options import load_user_families
from shapeclf.cli.output import print_line, print_path
from shapeclf.cli.predict_groups import no_answers
from shapeclf.cli.predict_options import PredictOptions
from shapeclf.cli.process import without_library_output

__all__ = ["answer_folder"]

_OTHERS_SHOWN = 5


def answer_folder(folder: Path, options: PredictOptions) -> None:
    """Answer the files that have no answers yet, and print the path of the answers."""
    from shapeclf.recognition.locating import DEFAULT_MODEL, locate_model
    from shapeclf.recognition.partitions import (
        PartitionAnswerer,
        answer_in_turn,
        check_groups,
        other_files,
        partitions,
        unanswered_groups,
    )

    assert options.output is not None
    arguments: dict[str, Any] = {
        "model": options.model,
        "among": options.among,
        "user_families": load_user_families(options.references),
        "fit": options.fit,
        "columns": options.columns,
    }
    all_partitions = partitions(folder, options.output, locate_model(options.model or DEFAULT_MODEL))
    answerer = PartitionAnswerer(**arguments)
    options.check_y_error(answerer.recognizer.model)
    todo = [partition for partition in all_partitions if not answerer.has_answered(partition)]
    others = other_files(folder)
    if others:
        shown = ", ".join(printable(str(path)) for path in others[:_OTHERS_SHOWN])
        more = f" and {len(others) - _OTHERS_SHOWN} more" if len(others) > _OTHERS_SHOWN else ""
        options.note(f"not read, since their names do not have the suffix of a table: {shown}{more}")
    options.note(*(f"{part.target} is damaged and is written again" for part in todo if part.target.exists()))
    with without_library_output() if options.quiet and options.engine == "ray" else nullcontext():
        if todo and options.engine == "ray":
            from shapeclf.recognition.ray_engine import answer_with_ray

            answered = answer_with_ray(todo, actors=options.actors, **arguments)
        else:
            answered = answer_in_turn(answerer, todo)
        for done, (partition, _, read) in enumerate(answered, start=len(all_partitions) - len(todo) + 1):
            if not options.quiet:
                print_line(f"{done} of {len(all_partitions)}: {partition.source}: {read}", err=True)
    if not options.wide:
        check_groups(all_partitions)
    print_path(options.output)
    unanswered = unanswered_groups(all_partitions)
    if unanswered is not None:
        name, source, reason = unanswered.first
        raise no_answers(str(folder), unanswered.groups, unanswered.count, f"{name!r} in {source}", reason)
