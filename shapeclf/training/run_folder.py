"""The folder that a training leaves: what stands in it, and how the next free one is taken."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self, final

from shapeclf._files import write_json, write_whole
from shapeclf.datasets.experiments import AnySequences, ExperimentSequences
from shapeclf.datasets.families import Family
from shapeclf.datasets.records import sequences_from_record
from shapeclf.errors import InputError
from shapeclf.recognition.locating import MODEL_NAME, run_versions
from shapeclf.training.recipes import Settings

__all__ = ["RunFolder"]


@final
@dataclass(frozen=True)
class RunFolder:
    """The files of one run.

    Attributes:
        path: the folder.
    """

    path: Path

    @classmethod
    def next_free(cls, runs: Path) -> Self:
        """Makes the folder ``version_N`` in ``runs``, N above all that stand there.

        Two trainings that start at the same moment get two folders.

        Raises:
            OSError: it cannot be made.
        """
        runs.mkdir(parents=True, exist_ok=True)
        while True:
            path = runs / f"version_{max(run_versions(runs), default=-1) + 1}"
            try:
                path.mkdir()
            except FileExistsError:  # taken since we looked, or a file of that name
                if not path.is_dir():
                    raise
                continue
            return cls(path)

    @property
    def model(self) -> Path:
        return self.path / MODEL_NAME

    @property
    def checkpoint(self) -> Path:
        return self.path / "last.ckpt"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.csv"

    @property
    def picture(self) -> Path:
        return self.path / "training.png"

    @property
    def config(self) -> Path:
        return self.path / "config.json"

    def write_config(self, settings: Settings, versions: Mapping[str, str]) -> None:
        """Writes the settings, the fixed parameters and the versions."""
        write_json(self.config, settings.record() | {"versions": dict(versions)})

    def read_settings(self, own: Iterable[Family] = ()) -> Settings:
        """The settings that `write_config` wrote.

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
        except (AttributeError, KeyError, TypeError, ValueError) as error:
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
