"""Partitions shared out by Ray Data, on this machine or on a cluster."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, final

from shapeclf.errors import InputError
from shapeclf.recognition.partitions import Partition, PartitionAnswerer

__all__ = ["answer_with_ray"]

_CORES = 0.5  # of an actor, as Ray counts: actors that take whole cores leave none for reading, and all wait


@final
class _Actor:
    """A recogniser that stays: what `map_batches` makes once for each actor and hands partitions to."""

    def __init__(self, **arguments: Any) -> None:
        self._answerer = PartitionAnswerer(**arguments)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        groups, problems = [], []
        for source, target in zip(batch["source"], batch["target"], strict=True):
            try:
                groups.append(self._answerer.answer(Partition(Path(source), Path(target))))
                problems.append("")
            except (InputError, OSError) as error:  # told by who asked: here it would be wrapped in Ray's own
                groups.append(0)
                problems.append(str(error))
        return {**batch, "groups": groups, "problem": problems}


def answer_with_ray(
    todo: Sequence[Partition], *, actors: int | None = None, **arguments: Any
) -> Iterator[tuple[Partition, int]]:
    """Answers partitions in many processes; hands each on when it is done.

    Ray is started on this machine, unless RAY_ADDRESS names a cluster, whose machines must then see the same files.

    Args:
        todo: what is to be answered.
        actors: how many processes; by default one for each core that Ray has.
        arguments: of `PartitionAnswerer`.

    Raises:
        InputError: Ray is not installed, or a partition cannot be answered; the others are answered first.
    """
    try:
        import ray
        import ray.data
    except ImportError:
        raise InputError("the engine ray needs more packages: pip install 'shapeclf[ray]'") from None
    if not ray.is_initialized():
        ray.init(log_to_driver=False, logging_level="ERROR")
    logging.getLogger("ray.data").setLevel(logging.ERROR)  # it tells of its plans
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    pool = ray.data.ActorPoolStrategy(size=min(len(todo), actors or max(1, int(ray.cluster_resources()["CPU"]))))
    rows = [{"source": str(p.source.resolve()), "target": str(p.target.resolve())} for p in todo]
    found = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        _Actor, fn_constructor_kwargs=arguments, batch_size=1, num_cpus=_CORES, compute=pool
    )
    known = {row["source"]: partition for row, partition in zip(rows, todo, strict=True)}
    problems = []
    for row in found.iter_rows():
        if row["problem"]:
            problems.append(row["problem"])
        else:
            yield known[row["source"]], row["groups"]
    if problems:
        raise InputError("; ".join(problems))
