"""Is `real` as good on real tables as its assumptions allow? It is compared with the exact posterior among the laws.

Nobody knows the distribution of real tables, so the exact posterior has no special claim to be right about them. But if
it gives a law more probability than the model does, a better network would do the same; if it is as wrong as the model,
only other assumptions help. It knows neither drifts nor rounding. In a second version, exponentials without error bars
may have a falling rate, the drift that distinguishes cooling curves from hyperbolas.

Run: python -m benchmarks.real_limit FOLDER [--model FILE], for a folder as in `real_model.real_tables`.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.real_model import table
from shapeclf import Recognizer
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.disturbances import falling_rates
from shapeclf.datasets.experiment_curves import between_zero_and_one
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.laws import EXPONENTIAL
from shapeclf.datasets.priors import Uniform
from shapeclf.datasets.tables import read_table
from shapeclf.evaluation.law_evidence import law_evidence
from shapeclf.evaluation.law_limit import law_posterior
from shapeclf.evaluation.report import training_sequences

SHARE, LARGEST = 0.4, 0.03  # share of exponentials whose rate falls; largest root mean square of the change
LONGEST = 400  # points; longer tables take too long


def falling(t: FloatArray, r: FloatArray, size: FloatArray) -> FloatArray:
    """Return exponentials whose rate falls; ``size`` is the root mean square of the change, relative to the range."""
    change = falling_rates(t, np.broadcast_to(r, (len(t), 1)))
    norm = np.sqrt((change**2).mean(axis=1, keepdims=True))
    curves = between_zero_and_one(np.exp(r * t - np.maximum(r, 0.0)))
    return np.asarray(curves + size * change / np.where(norm > 0, norm, 1.0))


FALLING = replace(
    EXPONENTIAL,
    name="falling",
    basis=falling,
    shape={**EXPONENTIAL.shape, "size": Uniform(0.0, LARGEST)},
    quantities={},
)


def exact_posteriors(data: ExperimentSequences, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the exact posterior of the laws without drifts, and the one with falling rates, each of shape (laws,).

    Args:
        data: The data set.
        points: (x, y) or (x, y, y_error), ascending in x, shape (points, 2 or 3).
    """
    error = points[:, 2] if points.shape[1] == 3 else None
    exact = law_posterior(data, points[None, :, :2], None if error is None else error[None])[0]
    with_falling = exact.copy()
    if error is None:
        plain, fallen = law_evidence([EXPONENTIAL, FALLING], points[:, 0], points[:, 1])
        index = [family.name for family in data.families].index(EXPONENTIAL.name)
        with_falling[index] += np.logaddexp(np.log(1.0 - SHARE), np.log(SHARE) + fallen - plain)
    return np.exp(exact), np.exp(with_falling - np.logaddexp.reduce(with_falling))


def rows(recognizer: Recognizer, data: ExperimentSequences, folder: Path) -> Iterator[tuple[object, ...]]:
    """Yield a row for each table that follows a law: the law's probabilities, and whether each answer is right."""
    names = [family.name for family in data.families]
    among = recognizer.restricted(names)
    for entry in json.loads((folder / "index.json").read_text()):
        read = read_table(folder / f"{entry['name']}.csv")
        if entry["law"] not in names or not 3 <= len(read.x) <= LONGEST:
            continue
        columns = [read.x, read.y, *([] if read.y_error is None else [read.y_error])]
        points = np.stack(columns, axis=-1).astype(np.float64)
        points = points[points[:, 0].argsort(kind="stable")]
        law = names.index(entry["law"])
        answers = [*exact_posteriors(data, points), among.predict_proba([points])[0]]
        cells = [f"{names[each.argmax()]}, {each[law]:.2f}" for each in answers]
        yield entry["name"], entry["law"], "no" if entry["ambiguous"] else "yes", *cells


def right(found: Sequence[Sequence[object]]) -> str:
    """Return how many of the clear tables each of the three has right."""
    clear = [row for row in found if row[2] == "yes"]
    counts = [sum(str(row[column]).startswith(f"{row[1]},") for row in clear) for column in (3, 4, 5)]
    return f"Clear tables right, of {len(clear)}: exact {counts[0]}, with falling rates {counts[1]}, model {counts[2]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="real")
    arguments = parser.parse_args()
    recognizer = Recognizer.load(arguments.model)
    data = training_sequences(recognizer)
    assert isinstance(data, ExperimentSequences)
    found = list(rows(recognizer, data, arguments.folder))
    print(table("real table, law, clear, exact, with falling rates, model among the laws", found))
    print(right(found))


if __name__ == "__main__":
    main()
