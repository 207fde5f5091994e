"""A folder of Parquet files, each answered by itself into a file of its own: what a cluster shares out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from shapeclf.datasets.families import Family
from shapeclf.datasets.groups import GroupReader
from shapeclf.errors import InputError
from shapeclf.recognition.answer_files import write_answers
from shapeclf.recognition.grouped import recognize_groups
from shapeclf.recognition.recognizer import Recognizer

__all__ = ["Partition", "PartitionAnswerer", "answer_one_by_one", "check_groups", "partitions"]

_CHUNK_POINTS = 2**15


@final
@dataclass(frozen=True)
class Partition:
    """A file of whole groups, and the file that its answers go into.

    Attributes:
        source: Parquet, as `GroupReader` reads it.
        target: Parquet, as `write_answers` writes it: whole or not at all, so where it is, the partition is done.
    """

    source: Path
    target: Path


def partitions(folder: Path, output: Path) -> list[Partition]:
    """The Parquet files of a folder and of those in it, in the order of their names; hidden ones are left out.

    Raises:
        InputError: there is none, or the answers would come to lie among what is read.
    """
    if output.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{output}: answers cannot go into the folder that is read, {folder}")
    names = [
        path.relative_to(folder)
        for path in sorted(folder.rglob("*.parquet"))
        if not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
    ]
    if not names:
        raise InputError(f"{folder}: there is no .parquet file in it")
    return [Partition(folder / name, output / name) for name in names]


@final
class PartitionAnswerer:
    """Answers partitions with one recogniser, which is loaded once.

    Args:
        model: the model's file, run or name; None: the default of `Recognizer.load`.
        among: the families that come into question; None: all.
        own: families of the user's.
        columns: the group, x, y and wide of `GroupReader`.
        fit: whether equations are fitted.
        threads: of one call of the runtime.
    """

    def __init__(
        self,
        model: str | None = None,
        *,
        among: Iterable[str] | None = None,
        own: Iterable[Family] = (),
        columns: dict[str, Any],
        fit: bool = True,
        threads: int = 1,
    ) -> None:
        self._recognizer = Recognizer.load(model, threads=threads, among=among, own=own)
        self._columns = columns
        self._fit = fit

    def answer(self, partition: Partition) -> int:
        """Writes the answers of a partition.

        Returns:
            how many groups it has.

        Raises:
            InputError: the file cannot be used; then there are no answers of it.
            OSError: they cannot be written.
        """
        groups = 0

        def tables() -> Iterator[dict[str, Any]]:
            nonlocal groups
            reader = GroupReader(partition.source, chunk_points=_CHUNK_POINTS, **self._columns)
            for answers in recognize_groups(self._recognizer, reader, fit=self._fit):
                groups += len(answers.names)
                yield answers.columns()

        partition.target.parent.mkdir(parents=True, exist_ok=True)
        write_answers(partition.target, tables())
        return groups


def answer_one_by_one(todo: Iterable[Partition], **arguments: Any) -> Iterator[tuple[Partition, int]]:
    """Answers partitions in this process; yields each with the number of its groups.

    Args:
        todo: what is to be answered.
        arguments: of `PartitionAnswerer`.
    """
    answerer = None
    for partition in todo:
        answerer = answerer or PartitionAnswerer(**arguments)
        yield partition, answerer.answer(partition)


def check_groups(done: Iterable[Partition]) -> None:
    """Looks whether a group was cut in two: the last of one partition must not be the first or last of another.

    Raises:
        InputError: it was; the text says which.
    """
    import pyarrow.parquet as pq

    seen: dict[Any, Path] = {}
    for partition in done:
        file = pq.ParquetFile(partition.target)
        ends = [file.read_row_group(part, ["group"])["group"] for part in {0, file.num_row_groups - 1}]
        for name in {ends[0][0].as_py(), ends[-1][-1].as_py()}:
            if name in seen:
                raise InputError(
                    f"group {name!r} is in {seen[name]} and in {partition.source}, and was answered twice: "
                    "the rows of one group must stand together in one file"
                )
            seen[name] = partition.source
