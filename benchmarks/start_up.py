"""How long does a command take to start, compared with importing its libraries?

Each runs in a new process. Times are the processor times (user and system) of these processes.

Run: python -m benchmarks.start_up
"""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.side_by_side import Compared, compare, show

POINTS = "x,y\n" + "".join(f"{x},{2 * x + 1}\n" for x in range(1, 9))
ONE_UPDATE = ["--max-updates", "1", "--round-updates", "1", "--test-sequences", "1000", "--target-accuracy", "0.01"]


def child_processor_time() -> float:
    """Return the processor seconds of all ended child processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def python(*arguments: str) -> Callable[[], object]:
    command = [sys.executable, *arguments]
    return lambda: subprocess.run(command, check=True, capture_output=True)


def rows() -> list[Compared]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "points.csv")
        file.write_text(POINTS)
        predict = ["predict", str(file), "--quiet"]
        train = ["train", "--quiet", "--output", folder, *ONE_UPDATE]
        cases: list[tuple[list[str], str, float | None]] = [
            (["--help"], "import click", 1.5),
            (predict, "import click, numpy, onnx, onnxruntime", 1.5),
            (train, "import click, matplotlib.figure, onnx, pytorch_lightning, scipy, torch, torchmetrics", 1.5),
        ]
        return [
            compare(
                "start",
                f"shapeclf {arguments[0]}; {imports}",
                python("-m", "shapeclf", *arguments),
                python("-c", imports),
                rounds=2 if arguments is train else 5,
                aim=aim,
                clock=child_processor_time,
            )
            for arguments, imports, aim in cases
        ]


if __name__ == "__main__":
    show(rows())
