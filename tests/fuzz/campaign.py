"""Fuzzing: every input must get an answer or an error of one line, within 10 s and 1 GiB, and never a traceback.

    python -m tests.fuzz.campaign --seconds 60

runs the targets in turn until the time is over. It prints each finding with the smallest input that Hypothesis found,
and the number of inputs and findings of each target. Schemathesis tests the service: ``tests/service/test_schema.py``.
"""

import argparse
import contextlib
import gc
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from shapeclf.errors import InputError

from . import checkpoints, command_lines, data, service, tables
from .checks import check_one_line

MAX_SECONDS, MAX_MEMORY = 10, 2**30  # processor time for one input; bytes of the whole process
MAX_WAIT = 120  # seconds of wall-clock time for one input, on a busy machine
TURN = 10.0  # seconds that a target runs before the next one
MIN_INPUTS, MAX_INPUTS = 20, 50  # inputs of a target in one turn; Hypothesis begins each turn with the simplest inputs
DONE: Counter[str] = Counter()
TARGETS = data.TARGETS | tables.TARGETS | checkpoints.TARGETS | command_lines.TARGETS | service.TARGETS


class TooLong(BaseException):
    """Raised when an input takes too long; not an `Exception`, so that the tested code does not catch it."""


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TooLong(f"an input took more than {MAX_SECONDS} s of processor time, or {MAX_WAIT} s of wall-clock time")


def _run_once(target: Callable[..., None], inputs: tuple[Any, ...]) -> None:
    """Call a target with one input; raise unless it returns or raises an InputError of one line, within the limits."""
    DONE[target.__name__] += 1
    gc.collect()  # the time to free the objects of earlier inputs must not count
    signal.setitimer(signal.ITIMER_PROF, MAX_SECONDS)
    signal.alarm(MAX_WAIT)
    try:
        target(*inputs)
    except InputError as error:
        check_one_line(str(error))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    assert largest < MAX_MEMORY, f"{largest} bytes"


def fuzz(target: Callable[..., None], random_seed: int, examples: int) -> None:
    """Run a target on ``examples`` inputs that Hypothesis generates from a seed."""

    @seed(random_seed)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.tuples(*TARGETS[target]))
    def run(inputs: tuple[Any, ...]) -> None:
        _run_once(target, inputs)

    run()


def _campaign(seconds: float, random_seed: int, names: list[str]) -> Counter[str]:
    """Run the named targets in turn, each round with the next seed, and return the number of findings of each."""
    findings: Counter[str] = Counter()
    examples = {target: 4 for target in TARGETS if target.__name__ in names}  # few, so that the first round is short
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for target in examples:
            start = time.monotonic()
            try:
                fuzz(target, random_seed, examples[target])
            except (Exception, TooLong) as error:
                findings[target.__name__] += 1
                for each in error.exceptions if isinstance(error, ExceptionGroup) else [error]:
                    print(
                        f"FINDING in {target.__name__}, seed {random_seed}: {type(each).__name__}: {each}", flush=True
                    )
                    print("\n".join(getattr(each, "__notes__", [])), flush=True)
            else:
                took = (time.monotonic() - start) / examples[target]
                examples[target] = max(MIN_INPUTS, min(MAX_INPUTS, int(TURN / took)))
            if time.monotonic() > end:
                break
        random_seed += 1
        print(f"{sum(DONE.values())} inputs, {findings.total()} findings", flush=True)
    return findings


def main() -> None:
    parser = argparse.ArgumentParser(description="Fuzz shapeclf for some time.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    names = [target.__name__ for target in TARGETS]
    parser.add_argument(
        "--target", dest="targets", action="append", choices=names, help="run only this target; repeatable"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, _too_long)
    signal.signal(signal.SIGPROF, _too_long)
    gc.freeze()  # imported modules stay; examining them at each collection takes longer than most inputs
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        findings = _campaign(options.seconds, options.seed, options.targets or names)
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name in options.targets or names:
        print(f"{name:>18} {DONE[name]:>8} inputs {findings[name]:>4} findings")
    print(f"{DONE.total()} inputs, {findings.total()} findings, peak memory {largest} KiB")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
