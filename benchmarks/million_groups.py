"""How much memory and time do a million sequences in one Parquet file take, compared with onnxruntime, and their fits?

The file is written into a temporary folder. Its groups have 16 points and are drawn like the training data of `real`;
65,536 of them are drawn and then repeated in other units. It measures

- the wall time and the peak memory of `shapeclf predict FILE --group group --no-fit --output answers.parquet` in a new
  process, for the whole file and for a tenth of it;
- the time of the same work in this process, and of onnxruntime alone on the same arrays with its fastest batch size,
  with one thread each. The two alternate chunk by chunk, so that other work on the machine affects both;
- the time of the fit of some thousand groups, by family.

Run: python -m benchmarks.million_groups
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.answer_stream import with_columns
from shapeclf import Recognizer
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.groups import GroupChunk, GroupReader
from shapeclf.recognition import fit_many, recognize_groups
from shapeclf.recognition.answer_files import write_answers
from shapeclf.recognition.model_file import ANSWERS, FINAL_ANSWERS

Array = NDArray[np.float64]

DRAWN = 65_536
POINTS = 16
TRIED = (16, 32, 64, 128, 256, 512, 1024)
"""Batch sizes."""
# Not getrusage, whose figures include those of the parent process.
COMMAND = """
import sys
from shapeclf.cli.main import main
main(sys.argv[1:], standalone_mode=False)
(peak,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(peak)
"""


def write_groups(path: Path, groups: int) -> None:
    """Write a row for each point, in row groups of about a million rows."""
    data = ExperimentSequences(BUILT_IN, points=POINTS, batch_size=4096, split="test")
    drawn = np.concatenate([batch.points for batch in data.batches(min(groups, DRAWN))])
    rng = np.random.default_rng(0)
    kinds: dict[str, pa.DataType] = {"group": pa.int64(), "x": pa.float64(), "y": pa.float64()}
    schema = pa.schema(kinds)
    with pq.ParquetWriter(path, schema) as writer:
        for first in range(0, groups, DRAWN):
            points = drawn[: groups - first] * rng.uniform(0.1, 10.0, (1, 1, 2))
            names = np.repeat(np.arange(first, first + len(points)), POINTS)
            x, y = points.reshape(-1, 2).T
            writer.write_table(pa.table({"group": names, "x": x, "y": y}, schema=schema))


def by_command(path: Path, output: Path, model: str) -> dict[str, float]:
    """Run the command in a new process."""
    options = ["--group", "group", "--model", model, "--no-fit", "--quiet", "--output", str(output)]
    begun = time.perf_counter()
    command = [sys.executable, "-c", COMMAND, "predict", str(path), *options]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - begun
    groups = pq.read_metadata(output).num_rows
    return {
        "groups": groups,
        "seconds": seconds,
        "groups per second": groups / seconds,
        "peak MiB": int(done.stdout) / 1024,
    }


class OnnxruntimeAlone:
    """Answers of onnxruntime alone on arrays of whole sequences."""

    def __init__(self, recognizer: Recognizer) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.model = recognizer.model
        self.session = onnxruntime.InferenceSession(self.model.content, options, providers=["CPUExecutionProvider"])
        self.output = FINAL_ANSWERS if self.model.final_answers else ANSWERS
        self.batch = TRIED[0]

    def run(self, points: Array) -> float:
        """Return the seconds for points of the shape (sequences, points, 2)."""
        points = with_columns(points, self.model.columns)
        begun = time.perf_counter()
        for start in range(0, len(points), self.batch):
            part = points[start : start + self.batch]
            state = {s.name: np.zeros(s.shape_for(len(part)), s.dtype) for s in self.model.state}
            self.session.run([self.output], {"points": part, **state})
        return time.perf_counter() - begun

    def choose(self, points: Array) -> None:
        """Choose the fastest batch size."""
        seconds = {}
        for self.batch in TRIED:
            seconds[self.batch] = min(self.run(points) for _ in range(3))
        self.batch = min(seconds, key=lambda batch: seconds[batch])


def side_by_side(path: Path, output: Path, recognizer: Recognizer) -> dict[str, float]:
    alone = OnnxruntimeAlone(recognizer)
    seconds_alone, groups = 0.0, 0

    def chunks() -> Iterator[GroupChunk]:
        nonlocal seconds_alone, groups
        for chunk in GroupReader(path, group="group", chunk_points=2**15):
            seconds_alone += alone.run(chunk.points.reshape(-1, POINTS, 2))
            groups += len(chunk.names)
            yield chunk

    first = next(iter(GroupReader(path, group="group", chunk_points=2**15)))
    alone.choose(first.points.reshape(-1, POINTS, 2))
    begun = time.perf_counter()
    write_answers(output, (each.columns() for each in recognize_groups(recognizer, chunks(), fit=False)))
    seconds = time.perf_counter() - begun - seconds_alone
    return {
        "groups": groups,
        "groups read, recognised and written per second": groups / seconds,
        "groups per second, onnxruntime alone": groups / seconds_alone,
        "batch size of onnxruntime alone": alone.batch,
        "time of onnxruntime alone / our time": seconds_alone / seconds,
    }


def fits(path: Path, recognizer: Recognizer, groups: int) -> dict[str, object]:
    """Return milliseconds per sequence, for all sequences and for each fitted family."""
    chunk = next(iter(GroupReader(path, group="group", chunk_points=groups * POINTS)))
    points = chunk.points.reshape(-1, POINTS, 2)
    best = recognizer.posteriors(chunk.points, chunk.lengths).argmax(axis=1)
    seconds: dict[str, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for column, name in enumerate(recognizer.families):
        rows = best == column
        if name in recognizer.known and rows.any():
            begun = time.perf_counter()
            fit_many(recognizer.known[name], points[rows], chunk.lengths[rows])
            seconds[name] = (time.perf_counter() - begun, int(rows.sum()))
    return {
        "groups": len(points),
        "milliseconds per group": 1e3 * sum(s for s, _ in seconds.values()) / len(points),
        "by family": {name: 1e3 * spent / count for name, (spent, count) in seconds.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--groups", type=int, default=1_000_000)
    parser.add_argument("--compared", type=int, default=100_000, help="number of groups to compare with onnxruntime")
    parser.add_argument("--fitted", type=int, default=2000, help="number of groups to fit")
    parser.add_argument("--model", default="real")
    arguments = parser.parse_args()
    recognizer = Recognizer.load(arguments.model)
    with tempfile.TemporaryDirectory() as folder:
        file, part, output = (Path(folder, name) for name in ("groups.parquet", "part.parquet", "answers.parquet"))
        begun = time.perf_counter()
        write_groups(file, arguments.groups)
        written = time.perf_counter() - begun
        write_groups(part, max(1, arguments.groups // 10))
        result: dict[str, object] = {"file": {"MiB": file.stat().st_size / 2**20, "seconds to write": written}}
        result["predict --no-fit"] = [by_command(path, output, arguments.model) for path in (part, file)]
        if arguments.compared != arguments.groups:
            write_groups(part, min(arguments.compared, arguments.groups))
        compared = file if arguments.compared == arguments.groups else part
        result["compared with onnxruntime alone"] = side_by_side(compared, output, recognizer)
        result["fits"] = fits(file, recognizer, min(arguments.fitted, arguments.groups))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
