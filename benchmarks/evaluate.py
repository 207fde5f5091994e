"""How long does an evaluation take, compared with drawing the sequences and running the model on them?

Ours is `evaluate`, which also computes the report and, where one exists, the exact posterior. One baseline is drawing
the same batches and running onnxruntime on them with one thread; the other is drawing them and computing the exact
posterior.

Run: python -m benchmarks.evaluate
"""

from dataclasses import replace

import numpy as np

from benchmarks.answer_stream import session_of
from benchmarks.plain import plain_sequences
from benchmarks.side_by_side import Compared, compare, show
from shapeclf import Recognizer, evaluate
from shapeclf.evaluation.exact import exact_posterior
from shapeclf.evaluation.report import training_sequences

POINTS = 8
SEQUENCES = 4000


def rows() -> list[Compared]:
    recognizer = Recognizer.load("fresh")
    model = recognizer.model
    data = replace(plain_sequences(training_sequences(recognizer)), points=POINTS, batch_size=256)
    session = session_of(model.content)

    def drawn_and_run() -> None:
        for batch in data.batches(SEQUENCES):
            state = {s.name: np.zeros(s.shape_for(len(batch.points)), s.dtype) for s in model.state}
            session.run(["log_probabilities"], {"points": batch.points, **state})

    def exact() -> None:
        for batch in data.batches(SEQUENCES):
            exact_posterior(data, batch.points)

    def measured() -> object:
        return evaluate(recognizer, points=POINTS, sequences=SEQUENCES)

    what = f"{SEQUENCES} sequences of {POINTS}, with the exact posterior and least squares; "
    return [
        compare("evaluate", what + "drawing and onnxruntime alone", measured, drawn_and_run, rounds=3),
        compare("evaluate", what + "only drawing and the exact posterior", measured, exact, rounds=3),
    ]


if __name__ == "__main__":
    show(rows())
