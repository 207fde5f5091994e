"""Do the memory, speed and answers of a stream stay the same over ten million points?

That is an hour at 2,800 points a second. The points lie on a line with noise and are drawn while the stream runs. At
ten stages it prints the resident memory, the processor time for a point, the difference of the sum of the
probabilities from one, and the answer.

Run: python -m benchmarks.hour_of_streaming --points 10000000
"""

import argparse
import time
from pathlib import Path

import numpy as np

from shapeclf import Recognizer

STAGES = 10
DRAWN = 10_000  # points at once


def resident_mib() -> float:
    """Return the resident memory of this process in MiB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--model", default="fresh")
    arguments = parser.parse_args()
    stream = Recognizer.load(arguments.model).stream()
    rng = np.random.default_rng(0)
    print("      points  resident MiB  µs a point  sum - 1   most probable")
    for stage in range(STAGES):
        begun, before = time.process_time(), stream.points
        goal = arguments.points * (stage + 1) // STAGES
        while stream.points < goal:
            x = rng.uniform(5.0, 15.0, min(DRAWN, goal - stream.points))
            y = 0.5 * x + 2.0 + 0.1 * rng.standard_normal(len(x))
            for point in zip(x.tolist(), y.tolist(), strict=True):
                answer = stream.update(*point)
        assert np.isfinite(answer).all()
        assert abs(answer.sum() - 1.0) < 1e-12
        cost = 1e6 * (time.process_time() - begun) / (stream.points - before)
        best = f"{stream.families[answer.argmax()]} {answer.max():.4f}"
        print(
            f"{stream.points:12,d}  {resident_mib():12.1f}  {cost:10.1f}  {answer.sum() - 1:8.1e}  {best}", flush=True
        )


if __name__ == "__main__":
    main()
