"""How good is the model `real`: on its test split, against the exact posterior, out of distribution, on real tables?

It prints the figures of the model card. Run: python -m benchmarks.real_model [--model FILE] [--real FOLDER]
"""

import argparse
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.stopping import stopping
from benchmarks.whole_sequences import rejection, whole_sequences
from shapeclf import Recognizer
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.families import NONE
from shapeclf.datasets.tables import read_table
from shapeclf.evaluation.law_limit import compare_with_limit
from shapeclf.evaluation.report import training_sequences

UNITS = ((1e9, 1e-9, 0.0), (1e-9, 1e9, 0.0), (3.7e5, -2.3e-7, 0.0), (1.0, -1.0, 3.3), (60.0, 2.54, -100.0))
"""Changes of units: the factor of x, the factor of y, and the offset added to y in units of its range."""

NOISES, POINTS = (0.003, 0.02, 0.1), (8, 32, 128)
CORE = ("line", "parabola", "sqrt")


def largest_change(recognizer: Recognizer, data: ExperimentSequences, sequences: int) -> dict[str, float]:
    """Return the largest change of a probability with units and order of rows, and the share of changes above 0.01."""
    changes = []
    rng = np.random.default_rng(0)
    for batch in replace(data, batch_size=20).batches(sequences):
        columns = batch.points.shape[-1]
        before = recognizer.set_posteriors(batch.points.reshape(-1, columns), batch.lengths)
        x, y, errors = batch.points[..., 0], batch.points[..., 1], batch.points[..., 2:]
        spread = np.ptp(y, axis=1, keepdims=True)
        for of_x, of_y, shift in UNITS:
            changed = np.stack([x * of_x, (y + shift * spread) * of_y], axis=-1)
            changed = np.concatenate([changed, errors * abs(of_y)], axis=-1)
            changed = np.take_along_axis(changed, rng.random(x.shape).argsort(axis=1)[..., None], axis=1)
            after = recognizer.set_posteriors(changed.reshape(-1, columns), batch.lengths)
            changes.append(np.abs(after - before).max(axis=1))
    all_changes = np.concatenate(changes)
    return {"largest": float(all_changes.max()), "share above 0.01": float((all_changes > 0.01).mean())}


def table(header: str, rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table; fractions have four decimals, and truth values are ``yes`` or ``no``."""

    def text(cell: object) -> str:
        if isinstance(cell, bool):
            return "yes" if cell else "no"
        return f"{cell:.4f}" if isinstance(cell, float) else str(cell)

    def line(cells: Sequence[object]) -> str:
        return "| " + " | ".join(map(text, cells)) + " |"

    names = header.split(", ")
    return "\n".join([line(names), line(["---"] * len(names)), *map(line, rows), ""])


def limits(recognizer: Recognizer, data: ExperimentSequences, sequences: int) -> Iterator[tuple[object, ...]]:
    """Yield rows with the excess over the exact posterior, by error bars, noise and number of points."""
    for error_bars in (0.0, 1.0) if data.error_bars else (0.0,):
        for noise in NOISES:
            given = replace(data, noise=noise, error_bars=error_bars)
            for points in POINTS:
                count = sequences if points < 100 else sequences // 4  # each takes four times as long
                found = compare_with_limit(recognizer, given, [points], sequences=count)
                figures = (
                    *(found.nll, found.exact_nll, found.excess_nll, found.standard_error),
                    *(found.divergence, found.divergence_error),
                )
                known = bool(error_bars)
                yield known, f"{100 * noise:g} %", points, found.sequences, *(float(figure[0]) for figure in figures)


class RealTable(NamedTuple):
    """A table of measurements with a known law.

    Attributes:
        name: Name of the file, without its suffix.
        law: The law; ``none`` if it is not a family.
        is_clear: Whether a person who sees the points would name the law.
        points: (x, y) or (x, y, y_error), shape (points, 2 or 3).
    """

    name: str
    law: str
    is_clear: bool
    points: FloatArray


def tables_in(folder: Path) -> Iterator[RealTable]:
    """Yield the real tables in a folder.

    Args:
        folder: Folder of CSV files and of ``index.json``, a list of records with the ``name`` of a file (without its
            suffix), its ``law`` (``"other"`` for a law that is not a family) and whether it is ``ambiguous``.
    """
    for entry in json.loads((folder / "index.json").read_text()):
        read = read_table(folder / f"{entry['name']}.csv")
        columns = [read.x, read.y, *([] if read.y_error is None else [read.y_error])]
        law = NONE if entry["law"] == "other" else entry["law"]
        yield RealTable(entry["name"], law, not entry["ambiguous"], np.stack(columns, axis=-1).astype(np.float64))


class Answered(NamedTuple):
    """The answer to a real table, the second most probable one, and the answer among the laws `CORE`."""

    name: str
    law: str
    clear: bool
    right: bool
    answer: str
    probability: float
    second: str
    among: str


def real_tables(recognizer: Recognizer, folder: Path) -> Iterator[Answered]:
    """Yield the answer to each real table in a folder."""
    core = recognizer.restricted(CORE)
    for name, law, is_clear, points in tables_in(folder):
        probabilities = recognizer.predict_proba([points])[0]
        first, second = probabilities.argsort()[::-1][:2]
        names = recognizer.families
        yield Answered(
            name,
            law,
            clear=is_clear,
            right=names[first] == law,
            answer=names[first],
            probability=float(probabilities[first]),
            second=f"{names[second]} {probabilities[second]:.2f}",
            among=core.predict([points])[0] if law in CORE else "",
        )


def shares_right(rows: Sequence[Answered]) -> Iterator[tuple[object, ...]]:
    """Yield rows with the number of answers that are right, and how many are expected from their probabilities.

    The tables are grouped by the probability of the answer, and by whether they are clear. The last row is that of the
    clear tables that follow one of the laws `CORE`, among these.
    """
    bounds = (0.0, 0.5, 0.8, 0.95, 1.001)
    groups = {f"answers with {low:g} to {min(high, 1.0):g}": (low, high) for low, high in itertools.pairwise(bounds)}
    chosen = {name: [row for row in rows if low <= row.probability < high] for name, (low, high) in groups.items()}
    chosen |= {kind: [row for row in rows if row.clear == (kind == "clear")] for kind in ("clear", "other")}
    for name, some in (chosen | {"all": rows}).items():
        yield name, len(some), sum(row.right for row in some), sum(row.probability for row in some)
    core = [row for row in chosen["clear"] if row.law in CORE]
    yield f"among {', '.join(CORE)}", len(core), sum(row.among == row.law for row in core), ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="real")
    parser.add_argument("--sequences", type=int, default=20_000, help="Number of sequences of the test split.")
    parser.add_argument(
        "--limit",
        type=int,
        default=300,
        help="Number of sequences in each row of the comparison with the exact posterior.",
    )
    parser.add_argument("--real", type=Path, help="Folder of real tables with an index.json; none by default.")
    arguments = parser.parse_args()
    recognizer = Recognizer.load(arguments.model)
    data = training_sequences(recognizer)
    assert isinstance(data, ExperimentSequences)

    found = whole_sequences(recognizer, data, sequences=arguments.sequences)
    print(
        table(
            "group, sequences, accuracy, NLL, calibration error", [(k, *asdict(v).values()) for k, v in found.items()]
        )
    )
    rejected = rejection(recognizer, data)
    kinds = rejected.out_of_distribution
    rows = [*kinds.items(), ("all kinds together", float(np.mean(list(kinds.values()))))]
    rows += [(f"2 % from a law, {name}", share) for name, share in rejected.deviating.items()]
    rows += [("laws", rejected.falsely), *((f"law {name}", share) for name, share in rejected.families.items())]
    print(table("curves, classified as none", rows))
    if arguments.real is not None:
        real = list(real_tables(recognizer, arguments.real))
        print(table("real table, law, clear, right, answer, probability, second answer, among three", real))
        print(table("real tables, number, right, expected to be right", list(shares_right(real))))
    ends = [
        stopping(recognizer, replace(data, batch_size=50), p, streams=arguments.sequences // 4)
        for p in (0.9, 0.95, 0.99)
    ]
    stops = [(end.probability, float(end.decided[-1]), end.wrong, end.standard_error, end.mean_points) for end in ends]
    print(table("stop at probability, stopped, wrong, standard error, mean number of points", stops))
    print("Units and order of rows:", largest_change(recognizer, data, arguments.sequences // 10), "\n")
    header = (
        "error bars, noise, points, sequences of laws, NLL, exact NLL, excess, standard error, KL, standard error of KL"
    )
    print(table(header, list(limits(recognizer, data, arguments.limit))))


if __name__ == "__main__":
    main()
