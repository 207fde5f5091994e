"""Is `real` as good on real tables as its assumptions allow? It is compared with the exact posterior among the laws.

Nobody knows the distribution of real tables, so the exact posterior has no special claim to be right about them. But if
it gives a law more probability than the model does, a better network would do the same; if it is as wrong as the model,
only other assumptions help. It knows neither drifts nor rounding. In a second version, exponentials without error bars
may have a falling rate, the drift that distinguishes cooling curves from hyperbolas.

Run: python -m benchmarks.real_limit FOLDER [--model FILE], for a folder as in `real_model.tables_in`.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.real_model import RealTable, table, tables_in
from shapeclf import Recognizer
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.disturbances import DRIFT, FALLING_SHARE, falling_rates
from shapeclf.datasets.experiment_curves import between_zero_and_one
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.laws import EXPONENTIAL
from shapeclf.evaluation.law_evidence import law_evidence
from shapeclf.evaluation.law_limit import law_posterior
from shapeclf.evaluation.report import training_sequences
from shapeclf.recognition.family_filter import normalised

LONGEST = 400  # points; longer tables take too long
MOST = 5.0  # largest -ln P of a table that counts, so that the mean is not that of a few tables
WAYS = ("exact", "with falling rates", "model among the laws")


def falling(t: FloatArray, r: FloatArray, size: FloatArray) -> FloatArray:
    """Return exponentials whose rate falls; ``size`` is the root mean square of the change, relative to the range."""
    change = falling_rates(t, np.broadcast_to(r, (len(t), 1)))
    norm = np.sqrt((change**2).mean(axis=1, keepdims=True))
    curves = between_zero_and_one(np.exp(r * t - np.maximum(r, 0.0)))
    return np.asarray(curves + size * change / np.where(norm > 0, norm, 1.0))


FALLING = replace(EXPONENTIAL, name="falling", basis=falling, shape={**EXPONENTIAL.shape, "size": DRIFT}, quantities={})


def exact_posteriors(data: ExperimentSequences, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the exact posterior of the laws without drifts, and the one with falling rates, each of shape (laws,).

    Args:
        data: The data set.
        points: (x, y) or (x, y, y_error), shape (points, 2 or 3).
    """
    error = points[:, 2] if points.shape[1] == 3 else None
    exact = law_posterior(data, points[None, :, :2], None if error is None else error[None])[0]
    with_falling = exact.copy()
    if error is None:
        plain, fallen = law_evidence([EXPONENTIAL, FALLING], points[:, 0], points[:, 1])
        index = [family.name for family in data.families].index(EXPONENTIAL.name)
        with_falling[index] += np.logaddexp(np.log(1.0 - FALLING_SHARE), np.log(FALLING_SHARE) + fallen - plain)
        with_falling = normalised(with_falling)
    return np.exp(exact), np.exp(with_falling)


class Compared(NamedTuple):
    """The probabilities of the laws for a real table, in each of the `WAYS`; shape (ways, laws)."""

    of: RealTable
    probabilities: FloatArray


def comparisons(recognizer: Recognizer, data: ExperimentSequences, folder: Path) -> Iterator[Compared]:
    """Yield the comparison of each table that follows a law."""
    names = [family.name for family in data.families]
    among = recognizer.restricted(names)
    for each in tables_in(folder):
        if each.law in names and 3 <= len(each.points) <= LONGEST:
            of_model = among.predict_proba([each.points])[0]
            yield Compared(each, np.stack([*exact_posteriors(data, each.points), of_model]))


def summary(found: Sequence[Compared], names: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """Yield rows for the clear tables and for the others: in each of the `WAYS`, how many are right, and -ln P."""
    for is_clear in (True, False):
        chosen = [(each.probabilities, names.index(each.of.law)) for each in found if each.of.is_clear == is_clear]
        for way, name in enumerate(WAYS) if chosen else ():
            right = sum(int(of_laws[way].argmax()) == law for of_laws, law in chosen)
            surprise = np.mean([min(MOST, -np.log(max(of_laws[way, law], 1e-300))) for of_laws, law in chosen])
            yield "clear" if is_clear else "others", len(chosen), name, right, float(surprise)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="real")
    arguments = parser.parse_args()
    recognizer = Recognizer.load(arguments.model)
    data = training_sequences(recognizer)
    assert isinstance(data, ExperimentSequences)
    names = [family.name for family in data.families]
    found = list(comparisons(recognizer, data, arguments.folder))
    rows = []
    for each in found:
        law = names.index(each.of.law)
        cells = [f"{names[of_laws.argmax()]}, {of_laws[law]:.2f}" for of_laws in each.probabilities]
        rows.append((each.of.name, each.of.law, each.of.is_clear, *cells))
    print(table(f"real table, law, clear, {', '.join(WAYS)}", rows))
    print(table("tables, number, way, right, mean of -ln P (at most 5 each)", list(summary(found, names))))


if __name__ == "__main__":
    main()
