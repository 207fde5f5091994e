"""How good is the shipped model `real`: on its test split, on streams, out of distribution, in other units?

It prints the figures of the model card. Run: python -m benchmarks.real_model
"""

import argparse
import json
from dataclasses import asdict, replace

import numpy as np

from benchmarks.stopping import stopping
from benchmarks.whole_sequences import rejection, whole_sequences
from shapeclf import Recognizer
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.evaluation.report import training_sequences

UNITS = ((1e9, 1e-9, 0.0), (1e-9, 1e9, 0.0), (3.7e5, -2.3e-7, 0.0), (1.0, -1.0, 3.3), (60.0, 2.54, -100.0))
"""Changes of units: the factor of x, the factor of y, and the offset added to y in units of its range."""


def largest_change(recognizer: Recognizer, data: ExperimentSequences, sequences: int) -> dict[str, float]:
    """Return the largest change of a probability with the units, and the share of answers that change by 0.01."""
    changes = []
    for batch in replace(data, batch_size=20).batches(sequences):
        columns = batch.points.shape[-1]
        before = recognizer.posteriors(batch.points.reshape(-1, columns), batch.lengths)
        x, y, errors = batch.points[..., 0], batch.points[..., 1], batch.points[..., 2:]
        spread = np.ptp(y, axis=1, keepdims=True)
        for of_x, of_y, shift in UNITS:
            changed = np.stack([x * of_x, (y + shift * spread) * of_y], axis=-1)
            changed = np.concatenate([changed, errors * abs(of_y)], axis=-1)
            after = recognizer.posteriors(changed.reshape(-1, columns), batch.lengths)
            changes.append(np.abs(after - before).max(axis=1))
    all_changes = np.concatenate(changes)
    return {"largest": float(all_changes.max()), "share above 0.01": float((all_changes > 0.01).mean())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="real")
    parser.add_argument("--sequences", type=int, default=20_000)
    arguments = parser.parse_args()
    recognizer = Recognizer.load(arguments.model)
    data = training_sequences(recognizer)
    assert isinstance(data, ExperimentSequences)
    streams = replace(data, batch_size=50)
    result = {
        "whole sequences": {
            name: asdict(figures)
            for name, figures in whole_sequences(recognizer, data, sequences=arguments.sequences).items()
        },
        "rejection, 32 points, 2 % noise": rejection(recognizer, data).record(),
        "streams that end": [
            {name: value for name, value in asdict(found).items() if name != "decided"}
            | {"decided": float(found.decided[-1])}
            for found in (stopping(recognizer, streams, p, streams=arguments.sequences) for p in (0.9, 0.95, 0.99))
        ],
        "units": largest_change(recognizer, data, arguments.sequences // 10),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
