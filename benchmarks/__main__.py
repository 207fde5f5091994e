"""Run all benchmarks of speed: `python -m benchmarks`. It takes a few minutes on one core.

Each compares our time with that of a baseline, such as onnxruntime alone on the same arrays; ``growth`` compares times
for several sizes. The options are
``--only QUESTION`` (repeatable), ``--write FILE`` (write the table into that page) and ``--all`` (also run the long
benchmarks of quality and endurance with their defaults, which takes hours).
"""

import argparse
import platform
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from benchmarks.side_by_side import Compared, rows_of, show, table

QUESTIONS = ("generate", "train_loop", "answer_batch", "answer_stream", "start_up", "evaluate", "growth")
LONG = (
    "hour_of_streaming",
    "million_groups",
    "service_load streams",
    "service_load batch",
    "service_load crowd",
    "original_program",
    "classic_draws",
    "real_model",
    "by_hand",
    "intervals",
    "residuals",
    "standard_errors",
    "long_sets",
    "reading",
    "peers",
    "early",
    "sine_drawer",
    "official_example",
)
VERSIONS = ("numpy", "onnxruntime", "torch", "pytorch-lightning")


def environment() -> str:
    """Return date, machine and versions, in a line."""
    found = Path("/proc/cpuinfo")
    text = found.read_text() if found.exists() else ""
    cores = len(re.findall(r"^processor", text, re.MULTILINE))
    speed = re.search(r"^cpu MHz\s*: ([\d.]+)", text, re.MULTILINE)
    machine = f"{cores or '?'} cores" + (f" of {float(speed[1]) / 1000:.1f} GHz" if speed else "")
    load = f", load {Path('/proc/loadavg').read_text().split()[0]} at the end" if text else ""
    packages = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    return f"{datetime.now(UTC):%Y-%m-%d}, {machine}{load}; Python {platform.python_version()}, {packages}"


def ask(question: str) -> list[Compared]:
    """Return the rows of a benchmark that runs in a new process, so that no benchmark has the memory of another."""
    print(f"{question} ...", file=sys.stderr, flush=True)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(rows_of, question).result()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", choices=QUESTIONS, help="run only this benchmark; repeatable")
    parser.add_argument(
        "--all", action="store_true", help="also run the long benchmarks of quality and endurance: hours"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="replace the table in this page")
    arguments = parser.parse_args()
    if arguments.write is not None and not arguments.write.is_file():
        parser.error(f"--write: there is no page {arguments.write}")
    rows = [row for question in arguments.only or QUESTIONS for row in ask(question)]
    show(rows)
    print(environment())
    missed = sum(row.met is False for row in rows)
    print(f"{sum(row.met is True for row in rows)} aims met, {missed} missed")
    if arguments.write is not None:
        mark = "<!-- table: python -m benchmarks --write {} -->"
        page = arguments.write.read_text(encoding="utf-8")
        start, end = mark.format("begin"), mark.format("end")
        before, _, rest = page.partition(start)
        after = rest.partition(end)[2]
        arguments.write.write_text(f"{before}{start}\n{environment()}\n\n{table(rows)}\n{end}{after}", encoding="utf-8")
    failed = []
    for name in LONG if arguments.all else ():
        print(f"\n== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", *f"benchmarks.{name}".split()], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
