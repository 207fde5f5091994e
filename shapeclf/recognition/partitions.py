"""Answer the groups in all files of a folder, and write one file of answers for each file."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, final

from shapeclf._files import identity
from shapeclf.datasets.families import Family
from shapeclf.datasets.groups import GroupReader
from shapeclf.datasets.tables.parquet import damage_reported
from shapeclf.datasets.tables.sources import TABLE_SUFFIXES, is_table
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import InputError
from shapeclf.recognition.answer_files import write_answers
from shapeclf.recognition.answer_records import read_record, sha256
from shapeclf.recognition.grouped import CHUNK_POINTS, recognize_groups
from shapeclf.recognition.notes import error_bar_notes
from shapeclf.recognition.recognizer import Recognizer

__all__ = [
    "Partition",
    "PartitionAnswerer",
    "Unanswered",
    "answer_in_turn",
    "check_groups",
    "other_files",
    "partitions",
    "unanswered_groups",
]

_VALUE_SHOWN = 60


@final
@dataclass(frozen=True)
class Partition:
    """A file of whole groups, and the file that its answers go into.

    Attributes:
        source: Path of the file, which `GroupReader` reads.
        target: Path of the answers, a Parquet file of `write_answers` with a record of what they were made from.
    """

    source: Path
    target: Path


def partitions(folder: Path, output: Path, model: Path | None = None) -> list[Partition]:
    """Return the tables in a folder and in the folders in it, in the order of their names.

    Tables are recognised by the suffixes of their names.

    Args:
        folder: Folder of the tables.
        output: Folder of the answers.
        model: Path of the model, which no answer may overwrite.

    Raises:
        InputError: There is no table, ``output`` is inside ``folder``, or a file of answers is a link to a file that is
            read.
    """
    if output.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{output}: answers cannot go into the folder that is read, {folder}")
    names = [name for name in _visible_files(folder) if is_table(name)]
    if not names:
        raise InputError(
            f"{folder}: there is no table in it; names of tables end in {', '.join(sorted(TABLE_SUFFIXES))}"
        )
    found = [Partition(folder / name, output / _answers_name(name)) for name in names]
    read = {identity(path) for path in (*(each.source for each in found), *([] if model is None else [model]))}
    for target in (each.target for each in found):
        if target.exists() and identity(target) in read:
            raise InputError(f"{target}: a link to a file that is read; give another --output, or delete the link")
    return found


def other_files(folder: Path) -> list[Path]:
    """Return the visible files in a folder that are not read, because their names do not have the suffix of a table."""
    return [folder / name for name in _visible_files(folder) if not is_table(name)]


def _visible_files(folder: Path) -> list[Path]:
    """Return the paths of files in a folder, without those that begin with a dot or an underscore."""
    names = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if not path.is_dir())
    return [name for name in names if not any(part.startswith((".", "_")) for part in name.parts)]


def _answers_name(name: Path) -> Path:
    return name if name.suffix.lower() == ".parquet" else name.with_name(f"{name.name}.parquet")


@final
class PartitionAnswerer:
    """Answers partitions with one recogniser, which is loaded once.

    Args:
        model: Path or name of the model; None for the default of `Recognizer.load`.
        among: Names of the only families to consider; None for all.
        user_families: The user's own families.
        columns: The arguments group, x, y, wide and options of `GroupReader`.
        fit: Whether equations are fitted.
        threads: Number of processor threads of a call of the runtime.

    Attributes:
        recognizer: The recogniser.
    """

    def __init__(
        self,
        model: str | None = None,
        *,
        among: Iterable[str] | None = None,
        user_families: Iterable[Family] = (),
        columns: dict[str, Any],
        fit: bool = True,
        threads: int = 1,
    ) -> None:
        user_families = tuple(user_families)
        self.recognizer = Recognizer.load(model, threads=threads, among=among, user_families=user_families)
        self._columns = columns
        self._fit = fit
        self._record = {
            "model": hashlib.sha256(self.recognizer.model.content).hexdigest(),
            "choice of families": list(self.recognizer.families),
            "formula of a user family": {family.name: family.formula for family in user_families},
            "choice of --fit": fit,
            "choice of columns": {name: value for name, value in columns.items() if name != "options"},
            "choice of reading": asdict(columns.get("options") or ReadOptions()),
            "version of shapeclf": version("shapeclf"),
        }

    def answer(self, partition: Partition) -> tuple[int, str]:
        """Write the answers of a partition.

        Returns:
            The number of groups, and a summary of what was read.

        Raises:
            InputError: The file cannot be used; then no answers are written.
            OSError: The answers cannot be written.
        """
        groups, notes = 0, list[str]()
        reader = GroupReader(partition.source, chunk_points=CHUNK_POINTS, **self._columns)

        def tables() -> Iterator[dict[str, Any]]:
            nonlocal groups, notes
            for answers in recognize_groups(self.recognizer, reader, fit=self._fit):
                groups += len(answers.chunk.names)
                notes = [] if answers.unweighted is None else error_bar_notes(self.recognizer, fit=self._fit)
                yield answers.columns()

        partition.target.parent.mkdir(parents=True, exist_ok=True)
        write_answers(partition.target, tables(), record=self._record_of(partition))
        return groups, "; ".join([reader.summary(), *notes])

    def has_answered(self, partition: Partition) -> bool:
        """Return whether a partition has its answers; False also where they are damaged.

        Raises:
            InputError: The answers were made by another model, with other options or from another file.
        """
        if not partition.target.exists():
            return False
        try:
            record = read_record(partition.target)
        except InputError:
            return False
        advice = "give another --output, or delete this file to have it written again"
        if record is None:
            raise InputError(f"{partition.target}: has no record of what its answers were made from; {advice}")
        for name, value in self._record_of(partition).items():
            if record.get(name) != value:
                raise InputError(
                    f"{partition.target}: its answers were made with another {name} "
                    f"({_shortened(record.get(name))}, now {_shortened(value)}); {advice}"
                )
        return _holds_answers(partition.target)

    def _record_of(self, partition: Partition) -> dict[str, Any]:
        """Return everything on which the answers of a partition depend."""
        return self._record | {"source file": sha256(partition.source)}


def answer_in_turn(answerer: PartitionAnswerer, todo: Iterable[Partition]) -> Iterator[tuple[Partition, int, str]]:
    """Answer partitions one after the other; yield each with its number of groups and a summary of what was read.

    Raises:
        InputError: Some partitions cannot be answered; the others are answered first.
    """
    mistakes: list[str] = []
    for partition in todo:
        try:
            summary = answerer.answer(partition)
        except InputError as error:
            mistakes.append(str(error))
        else:
            yield partition, *summary
    if mistakes:
        raise InputError("; ".join(mistakes))


def _holds_answers(path: Path) -> bool:
    """Return whether a file has rows, each with the name of a group and perhaps an error, as `write_answers` writes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with damage_reported(str(path)), path.open("rb") as opened:
        file = pq.ParquetFile(opened)
        fields = [(field.name, field.type) for field in file.schema_arrow if field.name in {"group", "error"}]
        rows = file.metadata.num_rows
    names = (pa.types.is_integer, pa.types.is_floating, pa.types.is_string)
    types = dict(fields)
    return (
        rows > 0
        and len(fields) == len(types) == 2
        and types["error"] == pa.string()
        and any(is_name(types["group"]) for is_name in names)
    )


def _shortened(value: object) -> str:
    text = str(value)
    return text if len(text) <= _VALUE_SHOWN else f"{text[:_VALUE_SHOWN]}..."


def check_groups(done: Iterable[Partition]) -> None:
    """Check that no group is divided: no group may be at the beginning or end of two partitions.

    Raises:
        InputError: A group is divided; the text names it.
    """
    import pyarrow.parquet as pq

    seen: dict[Any, Path] = {}
    for partition in done:
        with damage_reported(str(partition.target)), partition.target.open("rb") as opened:
            file = pq.ParquetFile(opened)
            parts = [part for part in range(file.num_row_groups) if file.metadata.row_group(part).num_rows]
            ends = [file.read_row_group(part, ["group"])["group"] for part in (parts[0], parts[-1])]
            names = {ends[0][0].as_py(), ends[1][-1].as_py()}
        for name in names:
            if name in seen:
                raise InputError(
                    f"group {name!r} is in {seen[name]} and in {partition.source}, and was answered twice: "
                    "the rows of one group must be consecutive rows of one file"
                )
            seen[name] = partition.source


@final
@dataclass(frozen=True)
class Unanswered:
    """The groups of some partitions that have no answer.

    Attributes:
        count: Number of groups without an answer.
        groups: Number of all groups.
        first: Name of the first group without an answer, its file, and the reason.
    """

    count: int
    groups: int
    first: tuple[Any, Path, str]


def unanswered_groups(done: Iterable[Partition]) -> Unanswered | None:
    """Return the groups without an answer, read from the files of answers; None if all have one."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    groups, count = 0, 0
    first: tuple[Any, Path, str] | None = None
    for partition in done:
        with damage_reported(str(partition.target)), partition.target.open("rb") as opened:
            for batch in pq.ParquetFile(opened).iter_batches(columns=["group", "error"]):
                groups += batch.num_rows
                without = batch.filter(pc.is_valid(batch["error"]))
                count += without.num_rows
                if first is None and without.num_rows:
                    first = without["group"][0].as_py(), partition.source, without["error"][0].as_py()
    return None if first is None else Unanswered(count, groups, first)
