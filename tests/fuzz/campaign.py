"""Fuzzing: anything at all is answered or told in one line. No traceback, no hang over 10 s, no memory over 1 GB.

    python -m tests.fuzz.campaign --seconds 60

runs each target in turn until the time is over, and prints how many inputs and findings each had; each finding is told
as hypothesis has made it as small as it could. Schemathesis asks the service too: ``tests/service/test_schema.py``.
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

LONGEST, LARGEST = 10, 2**30  # seconds of the processor an input, bytes in all
STUCK = 120  # seconds by the clock, on a busy machine
TURN, LEAST, MOST = 10.0, 20, 50  # seconds of a target's turn, and inputs: hypothesis begins each with the simplest
DONE: Counter[str] = Counter()
TARGETS = data.TARGETS | tables.TARGETS | checkpoints.TARGETS | command_lines.TARGETS | service.TARGETS


class TooLong(BaseException):
    """No error that what is fuzzed could take for one of its own."""


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TooLong(f"an input took more than {LONGEST} s of the processor, or {STUCK} s")


def _tried(target: Callable[..., None], inputs: tuple[Any, ...]) -> None:
    DONE[target.__name__] += 1
    gc.collect()  # what those before have left is not this one's
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    signal.alarm(STUCK)
    try:
        target(*inputs)
    except InputError as error:
        check_one_line(str(error))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    assert largest < LARGEST, f"{largest} bytes"


def fuzz(target: Callable[..., None], number: int, examples: int) -> None:
    """Tries a target on so many inputs, drawn from a seed."""

    @seed(number)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.tuples(*TARGETS[target]))
    def run(inputs: tuple[Any, ...]) -> None:
        _tried(target, inputs)

    run()


def _campaign(seconds: float, number: int, names: list[str]) -> Counter[str]:
    """The findings of each of the targets."""
    findings: Counter[str] = Counter()
    examples = {target: 4 for target in TARGETS if target.__name__ in names}  # few, to have seen each of them soon
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for target in examples:
            start = time.monotonic()
            try:
                fuzz(target, number, examples[target])
            except (Exception, TooLong) as error:
                findings[target.__name__] += 1
                for each in error.exceptions if isinstance(error, ExceptionGroup) else [error]:
                    print(f"FINDING in {target.__name__}, seed {number}: {type(each).__name__}: {each}", flush=True)
                    print("\n".join(getattr(each, "__notes__", [])), flush=True)
            else:
                took = (time.monotonic() - start) / examples[target]
                examples[target] = max(LEAST, min(MOST, int(TURN / took)))
            if time.monotonic() > end:
                break
        number += 1
        print(f"{sum(DONE.values())} inputs, {findings.total()} findings", flush=True)
    return findings


def main() -> None:
    parser = argparse.ArgumentParser(description="Fuzz shapeclf for some time.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    names = [target.__name__ for target in TARGETS]
    parser.add_argument("--target", dest="targets", action="append", choices=names, help="this one; repeatable")
    asked = parser.parse_args()
    signal.signal(signal.SIGALRM, _too_long)
    signal.signal(signal.SIGPROF, _too_long)
    gc.freeze()  # modules are no garbage, and looking through them takes longer than most inputs
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        findings = _campaign(asked.seconds, asked.seed, asked.targets or names)
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name in asked.targets or names:
        print(f"{name:>18} {DONE[name]:>8} inputs {findings[name]:>4} findings")
    print(f"{DONE.total()} inputs, {findings.total()} findings, {largest} KiB at most")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
