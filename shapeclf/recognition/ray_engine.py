"""Answer partitions in parallel with Ray Data, on this machine or on a cluster."""

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, final

from shapeclf._packages import missing_package
from shapeclf.errors import InputError
from shapeclf.recognition.partitions import Partition, PartitionAnswerer

__all__ = ["answer_with_ray"]

_CORES = 0.5  # processor cores of an actor; if actors take all cores, none is left for reading, and Ray waits forever


@final
class _Actor:
    """A callable with a recogniser; `map_batches` creates it once for each actor and calls it with partitions."""

    def __init__(self, **arguments: Any) -> None:
        self._answerer = PartitionAnswerer(**arguments)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        results = [self._answer(*pair) for pair in zip(batch["source"], batch["target"], strict=True)]
        return {**batch, **{name: [result[name] for result in results] for name in results[0]}}

    def _answer(self, source: str, target: str) -> dict[str, Any]:
        """Answer one partition; errors are returned as values, because Ray would wrap them in its own."""
        result: dict[str, Any] = {"groups": 0, "read": "", "mistake": "", "errno": 0, "failure": "", "file": ""}
        try:
            result["groups"], result["read"] = self._answerer.answer(Partition(Path(source), Path(target)))
        except InputError as error:
            result["mistake"] = str(error)
        except OSError as error:
            result |= {"errno": error.errno or 0, "failure": error.strerror or str(error)}
            result["file"] = str(error.filename or target)
        return result


def answer_with_ray(
    todo: Sequence[Partition], *, actors: int | None = None, **arguments: Any
) -> Iterator[tuple[Partition, int, str]]:
    """Answer partitions in many processes; yield each when it is done.

    Each comes with its number of groups and a summary of what was read.

    Ray is started on this machine, and accepts connections only from it, unless RAY_ADDRESS names a cluster. All
    machines of a cluster must have access to the same files.

    Args:
        todo: The partitions to answer.
        actors: Number of processes; by default one for each core that Ray has.
        arguments: Arguments of `PartitionAnswerer`.

    Raises:
        InputError: Ray is not installed, or a partition cannot be answered; the others are answered first.
        OSError: The answers of a partition could not be written; the others are answered first.
    """
    ray = _started_ray()
    pool = ray.data.ActorPoolStrategy(size=min(len(todo), actors or max(1, int(ray.cluster_resources()["CPU"]))))
    rows = [{"source": str(p.source.resolve()), "target": str(p.target.resolve())} for p in todo]
    answered = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        _Actor, fn_constructor_kwargs=arguments, batch_size=1, num_cpus=_CORES, compute=pool
    )
    known = {row["source"]: partition for row, partition in zip(rows, todo, strict=True)}
    mistakes: list[str] = []
    failures: list[OSError] = []
    for row in answered.iter_rows():
        if row["mistake"]:
            mistakes.append(row["mistake"])
        elif row["failure"]:
            failures.append(OSError(row["errno"], row["failure"], row["file"]))
        else:
            yield known[row["source"]], row["groups"], row["read"]
    if failures:
        raise failures[0]
    if mistakes:
        raise InputError("; ".join(mistakes))


def _started_ray() -> Any:
    """Import Ray, and start it unless it is running.

    Raises:
        InputError: Ray is not installed.
    """
    is_local = os.environ.get("RAY_ADDRESS", "") in ("", "local")
    if is_local:  # read when Ray is imported, and by the processes that it starts
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")  # every process listens only on 127.0.0.1
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to Ray's makers
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise InputError(missing_package(error.name or "ray")) from None
    if not ray.is_initialized():
        local_options = {"address": "local", "include_dashboard": False} if is_local else {}
        ray.init(log_to_driver=False, logging_level="ERROR", **local_options)
    logging.getLogger("ray.data").setLevel(logging.ERROR)  # it logs its execution plans
    ray.data.DataContext.get_current().enable_progress_bars = False
    return ray
