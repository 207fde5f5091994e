"""How `predict` answers a folder of Parquet files: file by file, here or on a cluster, but for those that are done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import click

if TYPE_CHECKING:
    from shapeclf.datasets.families import Family

__all__ = ["Folders"]


def _unfit(option: str, text: str) -> click.BadParameter:
    return click.BadParameter(text, param_hint=f"'{option}'")


@final
@dataclass(frozen=True)
class Folders:
    """What is read, and where the answers go.

    Attributes:
        source: the folder of Parquet files.
        output: the folder of their answers.
        columns: group, x, y and wide, as `GroupReader` takes them.
        engine: ``one`` process or ``ray``.
        actors: processes of the engine ray.
    """

    source: Path
    output: Path | None
    columns: dict[str, Any]
    engine: str
    actors: int | None

    def check(self) -> None:
        """Raises BadParameter for what is missing or does not go together."""
        if self.output is None:
            raise _unfit("--output", "the answers of a folder need a folder to go into")
        if self.output.exists() and not self.output.is_dir():
            raise _unfit("--output", f"{self.output} is a file; the answers of a folder go into a folder")
        if not (self.columns["wide"] or self.columns["group"]):
            raise _unfit("--group", "a folder holds many sequences: name the column of their names, or give --wide")
        if self.engine == "one" and self.actors is not None:
            raise _unfit("--actors", "is for the engine ray")

    def answer(
        self, *, model: str | None, among: Iterable[str] | None, own: Iterable[Family], fit: bool, quiet: bool
    ) -> None:
        """Answers the files that have no answers yet, and prints where the answers are."""
        from shapeclf.recognition.partitions import answer_one_by_one, check_groups, partitions

        assert self.output is not None
        arguments: dict[str, Any] = {"among": among, "own": own, "fit": fit, "columns": self.columns}
        if model is not None:
            arguments["model"] = model
        everything = partitions(self.source, self.output)
        todo = [partition for partition in everything if not partition.target.exists()]
        if todo and self.engine == "ray":
            from shapeclf.recognition.ray_engine import answer_with_ray

            answered = answer_with_ray(todo, actors=self.actors, **arguments)
        else:
            answered = answer_one_by_one(todo, **arguments)
        for done, (partition, groups) in enumerate(answered, start=len(everything) - len(todo) + 1):
            if not quiet:
                click.echo(f"{done} of {len(everything)}: {partition.source}, {groups} groups", err=True)
        if not self.columns["wide"]:
            check_groups(everything)
        click.echo(str(self.output))
