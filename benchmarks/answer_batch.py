"""How long do answers for sequences of any lengths take, compared with onnxruntime on arrays of one length?

Ours is `Recognizer.posteriors`, which sorts the sequences by length and pads them. The baseline is onnxruntime with one
thread on as many points in arrays of one length, with its fastest batch size.

Run: python -m benchmarks.answer_batch
"""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.answer_stream import session_of, with_columns
from benchmarks.side_by_side import Compared, compare, show
from shapeclf import Recognizer
from shapeclf.recognition.model_file import ANSWERS, FINAL_ANSWERS

LENGTH = 32
SEQUENCES = 2048
TRIED = (16, 32, 64, 128, 256, 512)
"""Batch sizes."""

Array = NDArray[np.float64]


def onnxruntime_alone(recognizer: Recognizer, points: Array) -> Callable[[], object]:
    """Return a function that runs onnxruntime alone on the points, with its fastest batch size."""
    session, model = session_of(recognizer.model.content), recognizer.model
    output, points = FINAL_ANSWERS if model.final_answers else ANSWERS, with_columns(points, model.columns)

    def run(batch: int) -> None:
        for start in range(0, len(points), batch):
            part = points[start : start + batch]
            state = {s.name: np.zeros(s.shape_for(len(part)), s.dtype) for s in model.state}
            session.run([output], {"points": part, **state})

    def seconds(batch: int) -> float:
        begun = time.process_time()
        run(batch)
        return time.process_time() - begun

    run(TRIED[0])
    quickest = min(TRIED, key=lambda batch: min(seconds(batch) for _ in range(2)))
    return lambda: run(quickest)


def rows() -> list[Compared]:
    compared = []
    rng = np.random.default_rng(0)
    for name, sequences in (("fresh", SEQUENCES), ("real", SEQUENCES // 4)):
        recognizer = Recognizer.load(name)
        equal = np.full(sequences, LENGTH)
        for lengths, text in ((equal, f"{LENGTH}"), (rng.integers(1, 2 * LENGTH, sequences), "1 to 63")):
            points = rng.uniform(5.0, 15.0, (int(lengths.sum()), 2))
            baseline = onnxruntime_alone(recognizer, rng.uniform(5.0, 15.0, (sequences, LENGTH, 2)))
            compared.append(
                compare(
                    "batch",
                    f"points a second, {name}, sequences of {text}; arrays of {LENGTH}",
                    lambda points=points, lengths=lengths, loaded=recognizer: loaded.posteriors(points, lengths),  # type: ignore[misc]
                    baseline,
                    rounds=7,
                    counts=(len(points), sequences * LENGTH),
                    aim=0.8,
                    speeds=True,
                )
            )
    return compared


if __name__ == "__main__":
    show(rows())
