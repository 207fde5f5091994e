"""The folder of a run: its files, its lock, and the creation of new folders."""

import csv
import errno
import io
import json
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self, final

from shapeclf._files import locked, remove_unfinished, sync_folder, write_json, write_whole
from shapeclf.datasets.experiments import AnySequences, ExperimentSequences
from shapeclf.datasets.families import Family
from shapeclf.datasets.records import sequences_from_record
from shapeclf.errors import InputError
from shapeclf.recognition.locating import MODEL_NAME, run_versions
from shapeclf.training.recipes import Settings

__all__ = ["LAST", "RunFolder"]

LAST = "last.ckpt"
"""Name of the checkpoint of a finished training."""
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)


@final
@dataclass(frozen=True)
class RunFolder:
    """The files of one run.

    Attributes:
        path: Path of the folder.
        state_name: Name of the checkpoint that a training is resumed from. The checkpoint of a forecaster holds its
            series and is removed at the end of the training; that of a classifier is not.
    """

    path: Path
    state_name: str = LAST

    @classmethod
    def next_free(
        cls,
        runs: Path,
        config: Mapping[str, Any],
        prepare: Callable[[Self], object] = lambda folder: None,
        state_name: str = LAST,
    ) -> Self:
        """Create a folder ``version_N`` with its config in ``runs``, where N is above all existing numbers.

        Two trainings that start at the same time get two folders. The folder gets its name only after its config is
        written, so that there is never a run without a config.

        Args:
            runs: Folder in which the run's folder is created.
            config: Settings and versions as values that JSON can represent.
            prepare: Function that writes further files into the folder before it gets its name.
            state_name: Name of the checkpoint that the training is resumed from.

        Raises:
            OSError: The folder cannot be created.
        """
        runs.mkdir(parents=True, exist_ok=True)
        created = cls(runs / f".version-{secrets.token_hex(8)}", state_name)
        try:
            created.path.mkdir()
            write_json(created.config, config)
            prepare(created)
            return cls(created._take_free_name(runs), state_name)
        except BaseException as error:
            shutil.rmtree(created.path, ignore_errors=True)
            if isinstance(error, OSError) and error.errno is not None:  # it names the temporary folder
                raise OSError(error.errno, error.strerror, str(runs)) from None
            raise

    def _take_free_name(self, runs: Path) -> Path:
        """Rename the folder to the next free name and return its new path."""
        while True:
            path = runs / f"version_{max(run_versions(runs), default=-1) + 1}"
            try:
                self.path.rename(path)
            except OSError as error:
                if error.errno in _TAKEN:
                    continue
                raise
            sync_folder(runs)
            return path

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the folder against other trainings while the block runs; a killed process releases its lock.

        Temporary files that a killed process has left are removed.

        Raises:
            InputError: Another training has locked it.
        """
        with locked(self.path) as free:
            if not free:
                raise InputError(f"{self.path}: another training is running in it")
            for path in (self.model, self.checkpoint, self.state, self.config, self.metrics, self.picture):
                remove_unfinished(path)
            yield

    @property
    def model(self) -> Path:
        return self.path / MODEL_NAME

    @property
    def checkpoint(self) -> Path:
        """The checkpoint of a finished training; for a classifier, it is also ``state``."""
        return self.path / LAST

    @property
    def state(self) -> Path:
        """The checkpoint that the training is resumed from."""
        return self.path / self.state_name

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.csv"

    @property
    def picture(self) -> Path:
        return self.path / "training.png"

    @property
    def config(self) -> Path:
        return self.path / "config.json"

    def read_settings(self, user_families: Iterable[Family] = ()) -> Settings:
        """Read the settings from the config.

        Args:
            user_families: User-defined families that the run may have been trained on.

        Raises:
            InputError: The folder is not a run, or a family is not known.
        """
        try:
            config = json.loads(self.config.read_bytes())
            sequences = sequences_from_record(config["sequences"], user_families)
            known = {f.name for f in fields(Settings)}
            plain = {name: value for name, value in config.items() if name in known}
            return Settings(**plain, **_data_settings(sequences))
        except FileNotFoundError:
            raise InputError(f"{self.path}: not a run (it has no {self.config.name})") from None
        except InputError as error:
            raise InputError(f"{self.config}: {error}") from None
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise InputError(f"{self.config}: not a run's settings ({type(error).__name__}: {error})") from None

    def write_metrics(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write a row for each round as CSV."""
        text = io.StringIO()
        if rows:
            writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        write_whole(self.metrics, text.getvalue().encode())


def _data_settings(sequences: AnySequences) -> dict[str, Any]:
    """Return the settings that describe a data set."""
    data_settings: dict[str, Any] = {
        "families": sequences.families,
        "points": sequences.points,
        "noise": sequences.noise,
    }
    if isinstance(sequences, ExperimentSequences):
        return data_settings | {"error_bars": sequences.error_bars, "parameters": "fresh", "lengths": "batch"}
    return data_settings | {"parameters": sequences.parameters, "x": sequences.x, "lengths": sequences.lengths}
