"""Check that the training command of a shipped model reproduces it: ``python -m tools.rebuild fresh``, or ``real``.

It trains with the recipe (more than two hours for ``real``), or uses a finished run with ``--run FOLDER``. It compares
the result with the shipped file: settings, bytes, weights, and accuracy, NLL and calibration, measured for both on the
same sequences of the test split. The exit code is 1 if a setting differs, or a figure differs by more than twice its
standard error.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from benchmarks.whole_sequences import figures
from shapeclf import Recognizer
from shapeclf.datasets._types import FloatArray, IntArray
from shapeclf.datasets.experiments import AnySequences, ExperimentSequences
from shapeclf.evaluation.report import training_sequences
from shapeclf.recognition.locating import locate_model, shipped_models
from shapeclf.recognition.model_file import ModelFile
from shapeclf.training import Settings

__all__ = ["FigureComparison", "compare_figures", "main", "weights"]

ALLOWED = 2  # standard errors
_AFTER = (1, 2, 4, 8, 16, 32)  # points
_LENGTHS = {"all": (1, 1_000_000), "3-8 points": (3, 8), "9-32 points": (9, 32), "33-256 points": (33, 256)}

_Answers = Mapping[str, tuple[FloatArray, IntArray]]  # probabilities (sequences, families), labels (sequences,)


@dataclass(frozen=True)
class FigureComparison:
    """A figure of two models on the same sequences.

    Attributes:
        where: The sequences.
        name: Name of the figure.
        shipped: Value of the shipped model.
        rebuilt: Value of the rebuilt model.
        error: Standard error of the figure with so many sequences.
    """

    where: str
    name: str
    shipped: float
    rebuilt: float
    error: float

    @property
    def equal(self) -> bool:
        """Whether the two values differ by no more than their standard errors allow."""
        return abs(self.rebuilt - self.shipped) <= ALLOWED * self.error

    def __str__(self) -> str:
        numbers = f"{self.shipped:>9.4f}{self.rebuilt:>9.4f}{self.rebuilt - self.shipped:>+10.4f}{self.error:>9.4f}"
        return f"{self.where:<16}{self.name:<18}{numbers}{'' if self.equal else '  DIFFERS'}"


def _answers(recognizer: Recognizer, data: AnySequences, sequences: int) -> _Answers:
    if isinstance(data, ExperimentSequences):
        return _after_the_last_point(recognizer, data, sequences)
    answers, labels = [], []
    for batch in data.test_split(max(_AFTER), min(1000, sequences), 0).batches(sequences):
        answers.append(np.exp(recognizer.log_probabilities(batch.points)[:, np.array(_AFTER) - 1]))
        labels.append(batch.labels)
    probabilities, truth = np.concatenate(answers), np.concatenate(labels)  # (sequences, len(_AFTER), families)
    return {f"after {after} points": (probabilities[:, index], truth) for index, after in enumerate(_AFTER)}


def _after_the_last_point(recognizer: Recognizer, data: ExperimentSequences, sequences: int) -> _Answers:
    answers, labels, lengths = [], [], []
    for batch in replace(data, batch_size=50).batches(sequences):
        answers.append(recognizer.posteriors(batch.points.reshape(-1, batch.points.shape[-1]), batch.lengths))
        labels.append(batch.labels)
        lengths.append(batch.lengths)
    probabilities, truth, points = np.concatenate(answers), np.concatenate(labels), np.concatenate(lengths)
    groups = {name: (points >= low) & (points <= high) for name, (low, high) in _LENGTHS.items()}
    return {name: (probabilities[group], truth[group]) for name, group in groups.items() if group.any()}


def compare_figures(shipped: Recognizer, rebuilt: Recognizer, sequences: int) -> Iterator[FigureComparison]:
    """Yield every figure of both models on the test split of the shipped one."""
    data = training_sequences(shipped)
    others = _answers(rebuilt, data, sequences)
    for where, (probabilities, labels) in _answers(shipped, data, sequences).items():
        one, other = figures(probabilities, labels), figures(*others[where])
        nll = -np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-30))
        share = float(np.sqrt(one.accuracy * (1 - one.accuracy) / len(labels)))
        yield FigureComparison(where, "accuracy", one.accuracy, other.accuracy, share)
        yield FigureComparison(where, "NLL (nats)", one.nll, other.nll, float(nll.std() / np.sqrt(len(labels))))
        # The standard error of the calibration error is taken to be that of the share of right answers.
        yield FigureComparison(where, "calibration error", one.calibration_error, other.calibration_error, share)


def weights(one: ModelFile, other: ModelFile) -> str:
    """Return how the weights of two files differ, in words."""
    first, second = ({t.name: numpy_helper.to_array(t) for t in _tensors(model)} for model in (one, other))
    if {name: value.shape for name, value in first.items()} != {name: value.shape for name, value in second.items()}:
        return "of other shapes"
    differences = [float(np.abs(first[name] - second[name]).max(initial=0.0)) for name in first]
    if not any(differences):
        return f"equal, {len(first)} tensors"
    return f"{sum(map(bool, differences))} of {len(first)} tensors differ, by {max(differences):.3g} at most"


def _tensors(model: ModelFile) -> Any:
    return onnx.load_model_from_string(model.content).graph.initializer


def _other_settings(shipped: dict[str, Any], rebuilt: dict[str, Any]) -> list[str]:
    """Return the names of the settings that differ; one that the shipped model lacks counts with its default."""
    before, after = (
        {f.name: f.default for f in fields(Settings)} | record["settings"] | {"updates": record["updates"]}
        for record in (shipped, rebuilt)
    )
    known = {f.name for f in fields(Settings)} | {"sequences", "updates"}
    return sorted(name for name in known if before[name] != after[name])


def _print_comparison(name: str, run: str, sequences: int) -> bool:
    """Print a comparison of the two models, and return whether they are equal in settings and figures."""
    shipped, rebuilt = Recognizer.load(name), Recognizer.load(locate_model(run))
    records = shipped.model.record, rebuilt.model.record
    other = _other_settings(*records)
    print(f"settings: {'equal' if not other else 'different: ' + ', '.join(other)}")
    print(f"versions: {'equal' if records[0]['versions'] == records[1]['versions'] else records[1]['versions']}")
    print(f"bytes: {'equal' if shipped.model.content == rebuilt.model.content else 'not equal'}")
    print(f"weights: {weights(shipped.model, rebuilt.model)}")
    if other:
        return False
    print(f"\n{sequences} sequences; figures are equal if they differ by at most {ALLOWED} standard errors\n")
    print(f"{'':<34}{'shipped':>9}{'rebuilt':>9}{'change':>10}{'error':>9}")
    equal = True
    for row in compare_figures(shipped, rebuilt, sequences):
        print(row)
        equal &= row.equal
    return equal


def main(arguments: list[str] | None = None) -> int:
    """Run the check; return 0 if the models are equal, 1 if they are not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", choices=list(shipped_models()), help="name of the shipped model")
    parser.add_argument("--run", metavar="FOLDER", help="finished run of its recipe; by default, one is trained")
    parser.add_argument("--sequences", type=int, default=20_000, help="number of test sequences (20000)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        if options.run is None:
            command = [sys.executable, "-m", "shapeclf", "train", "--recipe", options.name, "--output", folder]
            subprocess.run(command, check=True)
        equal = _print_comparison(options.name, options.run or folder, options.sequences)
    print("\nequal" if equal else "\nNOT EQUAL")
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
