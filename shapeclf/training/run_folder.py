"""The folder that a training leaves: what stands in it, and how the next free one is taken."""

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
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)


@final
@dataclass(frozen=True)
class RunFolder:
    """The files of one run.

    Attributes:
        path: the folder.
        state_name: The file that a training is resumed from. A classifier's stays; that of a forecaster, which holds
            its series, is removed when its training is over.
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
        """Makes the folder ``version_N`` in ``runs``, N above all that stand there, with its config.

        Two trainings that start at the same moment get two folders. A folder takes its name with the config in it: at
        no moment is there a run that nothing is known of.

        Args:
            runs: where the folder is made.
            config: the settings, the fixed parameters and the versions, as JSON can hold them.
            prepare: writes what else shall be in the folder when it takes its name.
            state_name: The file that the training is resumed from.

        Raises:
            OSError: it cannot be made.
        """
        runs.mkdir(parents=True, exist_ok=True)
        made = cls(runs / f".version-{secrets.token_hex(8)}", state_name)
        try:
            made.path.mkdir()
            write_json(made.config, config)
            prepare(made)
            return cls(made._take_free_name(runs), state_name)
        except BaseException as error:
            shutil.rmtree(made.path, ignore_errors=True)
            if isinstance(error, OSError) and error.errno is not None:  # it names what nobody asked for
                raise OSError(error.errno, error.strerror, str(runs)) from None
            raise

    def _take_free_name(self, runs: Path) -> Path:
        """The folder's place once it has the next free name."""
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
        """Keeps other trainings out of the folder while the block runs; a process that is killed lets go of it.

        What a killed process had begun to write is removed.

        Raises:
            InputError: another training is at it.
        """
        with locked(self.path) as free:
            if not free:
                raise InputError(f"{self.path}: another training is at work in it")
            for path in (self.model, self.checkpoint, self.state, self.config, self.metrics, self.picture):
                remove_unfinished(path)
            yield

    @property
    def model(self) -> Path:
        return self.path / MODEL_NAME

    @property
    def checkpoint(self) -> Path:
        return self.path / LAST

    @property
    def state(self) -> Path:
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

    def read_settings(self, own: Iterable[Family] = ()) -> Settings:
        """The settings in the config.

        Args:
            own: families of the user's that the run may have been trained on.

        Raises:
            InputError: the folder is no run, or a family is not known.
        """
        try:
            config = json.loads(self.config.read_bytes())
            sequences = sequences_from_record(config["sequences"], own)
            known = {f.name for f in fields(Settings)}
            plain = {name: value for name, value in config.items() if name in known}
            return Settings(**plain, **_drawn(sequences))
        except FileNotFoundError:
            raise InputError(f"{self.path}: not a run (it has no {self.config.name})") from None
        except InputError as error:
            raise InputError(f"{self.config}: {error}") from None
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise InputError(f"{self.config}: not a run's settings ({type(error).__name__}: {error})") from None

    def write_metrics(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Writes one row a round as CSV."""
        text = io.StringIO()
        if rows:
            writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        write_whole(self.metrics, text.getvalue().encode())


def _drawn(sequences: AnySequences) -> dict[str, Any]:
    """The settings that a data set holds."""
    drawn: dict[str, Any] = {"families": sequences.families, "points": sequences.points, "noise": sequences.noise}
    if isinstance(sequences, ExperimentSequences):
        return drawn | {"parameters": "fresh", "lengths": "batch"}
    return drawn | {"parameters": sequences.parameters, "x": sequences.x, "lengths": sequences.lengths}
