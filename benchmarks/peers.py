"""How does the network compare with the alternatives for the same task?

The task is the data set of the recipe `fresh`: line, parabola or square root, k and b drawn anew for every sequence, x
in 5 to 15, noise 0.1 on y. Contenders that learn draw their training sequences from that data set. All are tested on
the same sequences of its test split, cut to 4, 8 and 32 points.

Every contender runs in a new process with one thread and at most `--budget` seconds of training. Seconds are processor
time of that process, so that other work on the machine does not count. Imports, and the trial that determines how many
updates fit into the budget, are not counted. Drawing the training sequences is counted.

Run: python -m benchmarks.peers --json peers.json     (needs: pip install -e '.[bench]')
"""

import argparse
import importlib
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contenders import CONTENDERS, LENGTHS, Contender, FloatArray, Trained, import_peer, task
from benchmarks.side_by_side import peak_mib

TOGETHER = 1000  # sequences in one call when answers are timed
ALONE = 200  # sequences whose answers are timed one by one
ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"),
    "KERAS_BACKEND": "torch",
    "TQDM_DISABLE": "1",  # BayesFlow's progress bar would count as its answering time
}


def timed(answer: Callable[[FloatArray], FloatArray], points: FloatArray) -> tuple[FloatArray, float]:
    """Return the answers and their processor seconds."""
    start = time.process_time()
    answers = answer(points)
    return answers, time.process_time() - start


def tested(contender: Contender, trained: Trained, length: int, sequences: int) -> dict[str, float | None]:
    """Return accuracy, NLL and microseconds per sequence after ``length`` points."""
    test = task(LENGTHS[-1], split="test", batch_size=TOGETHER)
    alone = test.batch(0).points[:ALONE, :length]
    trained.answer(test.batch(0).points[:, :length])  # compiles functions on first use
    right, nll, seconds = 0, 0.0, 0.0
    for index in range(sequences // TOGETHER):
        batch = test.batch(index)
        answers, spent = timed(trained.answer, batch.points[:, :length])
        right += int((answers.argmax(axis=-1) == batch.labels).sum())
        nll -= float(answers[np.arange(TOGETHER), batch.labels].sum())
        seconds += spent
    trained.answer(alone[:1])
    seconds_alone = sum(timed(trained.answer, points[None])[1] for points in alone)
    return {
        "accuracy": right / sequences,
        "nll": nll / sequences if contender.probabilities else None,
        "microseconds": 1e6 * seconds / sequences,
        "microseconds_alone": 1e6 * seconds_alone / ALONE,
    }


def contend(name: str, budget: float, sequences: int) -> dict[str, Any]:
    """Return all figures of a contender; called in a new process."""
    contender = CONTENDERS[name]
    trained = contender.train(budget)
    lengths = {n: tested(contender, trained, n, sequences) for n in LENGTHS if n >= contender.shortest}
    return {
        "title": contender.title,
        "training_seconds": trained.seconds,
        "setup": dict(trained.setup),
        "lengths": lengths,
        "versions": {package: version(package) for package in contender.packages},
        "most_memory_mib": peak_mib(),
    }


def in_own_process(name: str, budget: float, sequences: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result.json")
        command = [sys.executable, "-m", "benchmarks.peers", "--contender", name, "--json", str(result)]
        command += ["--budget", str(budget), "--sequences", str(sequences)]
        # Messages of the packages go to standard error.
        if subprocess.run(command, env=os.environ | ENVIRONMENT, stdout=sys.stderr).returncode:
            raise SystemExit(f"benchmarks.peers: {name} failed")
        figures: dict[str, Any] = json.loads(result.read_text())
    return figures


def table(rows: list[dict[str, Any]]) -> str:
    """Return the figures as a Markdown table, with a dash for an answer that the contender does not give."""
    scores = [f"{what} {n}" for what in ("acc.", "NLL") for n in LENGTHS]
    head = [*scores, "training s", "µs in batch", "µs single", "MiB"]
    lines = ["| | " + " | ".join(head) + " |", "|---|" + "---:|" * len(head)]
    for row in rows:
        found = [row["lengths"].get(str(n), {}) for n in LENGTHS]
        cells = [_cell(one.get("accuracy"), ".4f") for one in found] + [_cell(one.get("nll"), ".4f") for one in found]
        cells.append(_cell(row["training_seconds"] or None, ".0f"))
        cells += [_cell(found[-1].get(key), ",.0f") for key in ("microseconds", "microseconds_alone")]
        cells.append(_cell(row["most_memory_mib"], ",.0f"))
        lines.append(f"| {row['title']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--budget", type=float, default=600, metavar="SECONDS", help="limit of training (600)")
    parser.add_argument(
        "--sequences", type=int, default=20_000, help=f"test sequences, a multiple of {TOGETHER} (20000)"
    )
    parser.add_argument("--only", metavar="NAME,...", help=f"run only these of {', '.join(CONTENDERS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)  # one, in its own process
    arguments = parser.parse_args()
    names = arguments.only.split(",") if arguments.only else list(CONTENDERS)
    if unknown := set(names) - set(CONTENDERS):
        parser.error(f"--only knows {', '.join(CONTENDERS)}; got {', '.join(sorted(unknown))}")
    if arguments.sequences < TOGETHER or arguments.sequences % TOGETHER:
        parser.error(f"--sequences must be a multiple of {TOGETHER}; got {arguments.sequences}")
    if arguments.contender:
        arguments.json.write_text(json.dumps(contend(arguments.contender, arguments.budget, arguments.sequences)))
        return
    for package in ("bayesflow", "keras", "sklearn", "aeon"):
        if importlib.util.find_spec(package) is None:
            import_peer(package)
    rows: dict[str, dict[str, Any]] = {}
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows[name] = in_own_process(name, arguments.budget, arguments.sequences)
        if arguments.json:
            about = {"python": platform.python_version(), "budget": arguments.budget, "sequences": arguments.sequences}
            arguments.json.write_text(json.dumps(about | {"contenders": rows}, indent=2) + "\n")
    print(table([rows[name] for name in CONTENDERS if name in rows]))


if __name__ == "__main__":
    main()
