"""How much sooner does `shapeclf train` learn the classic task than the original program?

It is compared with a port of the program from which shapeclf was developed. The port uses one sequence for each update,
LSTM(2, 100) on raw points, the NLL summed over 8 points, plain gradient descent with rate 0.001, and a test after every
1000 updates. Both learn the same draws of k and b with one thread, alternately in one run. The time includes the tests,
but not imports and set-up. Both stop at an accuracy of 0.99 after 4 points.

Run: python -m benchmarks.original_program --draws 50
"""

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import nn

from shapeclf.datasets import ShapeSequences
from shapeclf.training import settings_of, train

TARGET = 0.99
UPDATES_PER_TEST = 1000  # updates between two tests of the original program
TEST_SEQUENCES = 1000


class Outcome(NamedTuple):
    """The outcome of a training: updates and seconds to the target, and whether it reached the target."""

    updates: int
    seconds: float
    reached: bool


class OriginalNetwork(nn.Module):
    """The network of the original program: an LSTM and a linear layer, without input coordinates."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(2, 100, batch_first=True)
        self.head = nn.Linear(100, 3)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """(batch, points, 2) to log-probabilities (batch, points, 3)."""
        return torch.log_softmax(self.head(self.lstm(points)[0]), dim=-1)


def accuracy_after(network: nn.Module, sequences: ShapeSequences, points: int) -> float:
    """Return the accuracy after the last of ``points`` points."""
    batch = sequences.batch(0)
    with torch.no_grad():
        answers = network(torch.from_numpy(batch.points[:, :points]).float())[:, -1].argmax(-1)
    return float((answers == torch.from_numpy(batch.labels)).double().mean())


def train_original(seed: int, max_updates: int) -> Outcome:
    """Run the training loop of the original program on one draw of k and b."""
    torch.manual_seed(seed)
    # The points are drawn in blocks. This favours the program, whose own draws of single numbers take longer.
    drawn = ShapeSequences(batch_size=UPDATES_PER_TEST, seed=seed)
    held_out = replace(drawn, split="validation", batch_size=TEST_SEQUENCES)
    network = OriginalNetwork()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.001)
    start = time.perf_counter()
    for done in range(0, max_updates, UPDATES_PER_TEST):
        batch = drawn.batch(done // UPDATES_PER_TEST)
        points, labels = torch.from_numpy(batch.points).float(), torch.from_numpy(batch.labels)
        for row in range(UPDATES_PER_TEST):  # the program updated after every sequence
            answers = network(points[row : row + 1])[0]  # (points, 3)
            loss = nn.functional.nll_loss(answers, labels[row].expand(len(answers)), reduction="sum")
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimizer.step()
        if accuracy_after(network, held_out, points=4) >= TARGET:
            return Outcome(done + UPDATES_PER_TEST, time.perf_counter() - start, reached=True)
    return Outcome(max_updates, time.perf_counter() - start, reached=False)


def classic(seed: int) -> Outcome:
    """Run `shapeclf train` on the same draw, and read updates and seconds from the recorded rounds."""
    with tempfile.TemporaryDirectory() as folder:
        run = train(settings_of("classic", seed=seed), output=folder, quiet=True)
    for row in run.rows:
        if row["accuracy_4"] >= TARGET:
            return Outcome(int(row["update"]), row["seconds"], reached=True)
    return Outcome(run.updates, run.rows[-1]["seconds"], reached=False)


def summary(outcomes: list[Outcome]) -> dict[str, Any]:
    """Return median and worst of updates and seconds, and the number of failures."""
    updates = [outcome.updates for outcome in outcomes]
    seconds = [outcome.seconds for outcome in outcomes]
    return {
        "median_updates": statistics.median(updates),
        "most_updates": max(updates),
        "median_seconds": round(statistics.median(seconds), 3),
        "most_seconds": round(max(seconds), 3),
        "failed": sum(not outcome.reached for outcome in outcomes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=50, help="number of draws of k and b, with the seeds 0, 1, ...")
    parser.add_argument("--max-updates", type=int, default=20_000, help="largest number of updates of the port")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    classic(0)  # imports modules on first use
    ours, theirs = [], []
    for seed in range(arguments.draws):
        ours.append(classic(seed))
        theirs.append(train_original(seed, arguments.max_updates))
        fixed = ShapeSequences(seed=seed).fixed_parameters
        assert fixed is not None
        outcomes = (
            f"{name} {o.updates:5d} updates {o.seconds:6.2f} s{'' if o.reached else ', failed'}"
            for name, o in (("classic", ours[-1]), ("port", theirs[-1]))
        )
        line = fixed["line"]
        print(f"seed {seed:2d}  k {line['k']:.4f}  b {line['b']:.3f}", *outcomes, sep="  ", flush=True)
    both = {"classic": summary(ours), "port": summary(theirs)}
    both["ratio of port to classic"] = {
        name: round(both["port"][name] / both["classic"][name], 2) for name in ("median_seconds", "most_seconds")
    }
    print(json.dumps(both, indent=2))


if __name__ == "__main__":
    main()
