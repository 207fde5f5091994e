"""Does training succeed for every draw of k and b? `shapeclf train` and `shapeclf eval` run on the seeds 0, 1, 2, ...

For each draw it prints the updates and seconds of the training, and the accuracy after 1, 4, 7, 15 and 64 points on
10,000 new sequences. Training sequences have only 8 points.

Run: python -m benchmarks.classic_draws --draws 50
"""

import argparse
import json
import tempfile

from benchmarks.plain import plain_sequences
from shapeclf import Recognizer, evaluate, train
from shapeclf.training import settings_of

POINTS = (1, 4, 7, 15, 64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=50, help="number of draws of k and b, with the seeds 0, 1, ...")
    parser.add_argument("--sequences", type=int, default=10_000, help="number of test sequences for each draw")
    arguments = parser.parse_args()
    lowest = dict.fromkeys(POINTS, 1.0)
    worst_fall = 0.0  # of the accuracy after 7, 15 or 64 points below that after 4
    print("seed  k       b       updates  seconds  " + "  ".join(f"after {n:<2d}" for n in POINTS))
    for seed in range(arguments.draws):
        settings = settings_of("classic", seed=seed)
        fixed = plain_sequences(settings.sequences()).fixed_parameters
        assert fixed is not None
        with tempfile.TemporaryDirectory() as folder:
            run = train(settings, output=folder, quiet=True)
            report = evaluate(Recognizer.load(run.path), points=max(POINTS), sequences=arguments.sequences)
        accuracy = {n: float(report.accuracy[n - 1]) for n in POINTS}
        lowest = {n: min(lowest[n], accuracy[n]) for n in POINTS}
        worst_fall = max(worst_fall, *(accuracy[4] - accuracy[n] for n in POINTS if n > 4))
        k, b = fixed["line"]["k"], fixed["line"]["b"]
        figures = "  ".join(f"{accuracy[n]:.4f}  " for n in POINTS)
        print(f"{seed:4d}  {k:.4f}  {b:.4f}  {run.updates:7d}  {run.rows[-1]['seconds']:7.2f}  {figures}", flush=True)
    print(json.dumps({"lowest accuracy": lowest, "largest fall below the accuracy after 4": round(worst_fall, 6)}))


if __name__ == "__main__":
    main()
