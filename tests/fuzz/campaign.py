"""Fuzzing: anything at all is answered or told in one line. No traceback, no hang over 10 s, no memory over 1 GB.

    python tests/fuzz/campaign.py --seconds 60

runs each target in turn until the time is over, prints how many inputs each had, and fails at the first finding, which
hypothesis has then made as small as it could. The service has its own: ``tests/service/test_schema.py``.
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from click.testing import CliRunner
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from shapeclf.cli.answers import limits
from shapeclf.cli.main import main as shapeclf
from shapeclf.datasets import Family, LogUniform, ShapeSequences, Uniform
from shapeclf.datasets.files import PointReader, read_points
from shapeclf.datasets.groups import GroupReader
from shapeclf.datasets.records import sequences_from_record
from shapeclf.errors import InputError
from shapeclf.recognition import Recognizer, read_model_file
from shapeclf.recognition.locating import shipped_models
from shapeclf.recognition.model_file import ModelFile

LONGEST, LARGEST = 10, 2**30  # seconds of the processor an input, bytes in all
STUCK = 120  # seconds by the clock, on a busy machine
FOLDER = Path(tempfile.gettempdir()) / f"shapeclf-fuzz-{os.getpid()}"
DONE: Counter[str] = Counter()
_SEAL = re.compile(rb"shapeclf\.checksum\x12\x40([0-9a-f]{64})")

_odd = st.sampled_from(
    [
        "",
        "nan",
        "-inf",
        "1e308",
        "-1e308",
        "5e-324",
        "1e999",
        "9" * 400,
        "1,5",
        "1_0",
        "0x1p3",
        "٣",
        "\0",
        '"',
        "x",
        "-0",
    ]
)
_cell = st.integers(-99, 99).map(str) | st.floats().map(repr) | _odd | st.text(max_size=4)
_rows = st.lists(st.lists(_cell, max_size=5), max_size=12)
_text = st.builds(
    lambda rows, mark, end: end.join(mark.join(row) for row in rows).encode("utf-8", "surrogatepass"),
    _rows, st.sampled_from(",;\t "), st.sampled_from(["\n", "\r\n", "\r"]),
)  # fmt: skip
_bytes = _text | st.binary(max_size=200)
_key = st.text(max_size=4) | st.sampled_from(
    ["families", "parameters", "points", "x", "noise", "lengths", "name", "priors", "k", "b", "kind", "low", "high"]
)
_json: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["line", "uniform"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_key, inner, max_size=4),
    max_leaves=12,
)
_WORDS = [
    *("predict", "eval", "sample", "families", "wave", "draw", "points.csv", "nowhere.csv", "-", "--", "--json", "--x"),
    *(
        "--y",
        "--group",
        "--wide",
        "--model",
        "fresh",
        "real",
        "--among",
        "line,sqrt",
        "--family",
        "no:NAME",
        "--no-fit",
    ),
    *(
        "--each-point",
        "--decide",
        "0.5",
        "2",
        "--output",
        "out.csv",
        "out.xyz",
        "--plot",
        "out.svg",
        "--quiet",
        "--seed",
    ),
    *(
        "--points",
        "3",
        "2:4",
        "--noise",
        "--sequences",
        "10",
        "--help",
        "--version",
        "-1",
        "nan",
        "x",
        "1:",
        "é",
        "\udcff",
    ),
]


@cache
def _recognizer() -> Recognizer:
    return Recognizer.load()


def points_file(content: bytes) -> None:
    path = FOLDER / "points.csv"
    path.write_bytes(content)
    points = read_points(path)
    json.dumps(_recognizer().recognize(points[:, 0], points[:, 1]).to_dict(fit=True), allow_nan=False)


def grouped_file(content: bytes, wide: bool, group: str | None) -> None:
    path = FOLDER / "groups.csv"
    path.write_bytes(content)
    for chunk in GroupReader(path, group, wide=wide):
        assert np.isfinite(_recognizer().posteriors(chunk.points, chunk.lengths)).all()


def parquet_file(content: bytes) -> None:
    path = FOLDER / "points.parquet"
    path.write_bytes(b"PAR1" + content + b"PAR1")
    read_points(path)


def stream(content: bytes) -> None:
    reader, stream = PointReader("stream"), _recognizer().stream()
    for line in content.decode("utf-8", "surrogateescape").splitlines():
        try:
            point = reader.read(line)
            assert point is None or np.isfinite(stream.update(*point)).all()
        except InputError as error:
            _in_one_line(str(error))


def model_file(places: list[tuple[int, int]], data: int) -> None:
    """Damage to a shipped model under a checksum that is right."""
    content = bytearray(shipped_models()["fresh" if data % 2 else "real"].read_bytes())
    for place, value in places:
        # The graph stands at both ends: what lies between are weights.
        content[place % min(len(content), 6000) * (1 if data % 3 else -1)] = value
    seals = [match.span(1) for match in _SEAL.finditer(bytes(content))]
    if len(seals) == 1:
        start, end = seals[0]
        content[start:end] = b"0" * 64
        content[start:end] = hashlib.sha256(content).hexdigest().encode()
    path = FOLDER / "model.onnx"
    path.write_bytes(content)
    recognizer = Recognizer(read_model_file(path))
    recognizer.recognize([1.0, 2.0, 4.0], [1.0, 2.5, 4.0])
    recognizer.stream().update(1.0, 2.0)


def record(value: Any) -> None:
    limits(ModelFile("m", b"", ("line", "sqrt"), "scaled", {"settings": {"sequences": value}}, (), 1))
    if isinstance(value, dict):
        sequences_from_record(value)


def command_line(words: list[str], stdin: bytes) -> None:
    (FOLDER / "points.csv").write_bytes(b"x,y\n1,2\n2,4\n3,6\n")
    with contextlib.chdir(FOLDER):
        result = CliRunner().invoke(shapeclf, words, input=stdin, prog_name="shapeclf")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in (0, 1, 2)
    assert "Traceback" not in result.stderr


def family(name: str, ends: list[float], log: bool, domain: tuple[float, float], power: float) -> None:
    prior = LogUniform if log else Uniform
    own = Family(
        name,
        "y = ?",
        lambda x: x**power,
        k=prior(ends[0], ends[1]),
        b=Uniform(ends[2], ends[3]),
        x=prior(ends[4], ends[5]),
        domain=domain,
    )
    with np.errstate(all="ignore"):  # a basis is the user's own code
        batch = ShapeSequences(
            (own, Family("line", "y = k·x + b", lambda x: x)), batch_size=4, parameters="fresh"
        ).batch(0)
    assert np.isfinite(batch.points).all()


_number = st.floats(-1e3, 1e3) | st.floats()
TARGETS: dict[Callable[..., None], tuple[st.SearchStrategy[Any], ...]] = {
    points_file: (_bytes,),
    grouped_file: (_bytes, st.booleans(), st.none() | st.sampled_from(["1", "2", "g"])),
    parquet_file: (st.binary(max_size=300),),
    stream: (_bytes,),
    model_file: (
        st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 255)), min_size=1, max_size=4),
        st.integers(0, 5),
    ),
    record: (_json,),
    command_line: (st.lists(st.sampled_from(_WORDS) | st.text(max_size=3), max_size=7), _bytes),
    family: (
        st.sampled_from(["own", "x y", ""]),
        st.lists(_number, min_size=6, max_size=6),
        st.booleans(),
        st.tuples(_number, _number),
        st.sampled_from([0.0, 0.5, 1.0, 3.0, -1.0]),
    ),
}


def _in_one_line(text: str) -> None:
    assert "\n" not in text, text
    assert len(text) < 2000, text


class TooLong(BaseException):
    """No error that what is fuzzed could take for one of its own."""


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TooLong(f"an input took more than {LONGEST} s of the processor, or {STUCK} s")


def _tried(target: Callable[..., None], inputs: tuple[Any, ...]) -> None:
    DONE[target.__name__] += 1
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    signal.alarm(STUCK)
    try:
        target(*inputs)
    except InputError as error:
        _in_one_line(str(error))
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


def main() -> None:
    parser = argparse.ArgumentParser(description="Fuzz shapeclf for some time.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    signal.signal(signal.SIGALRM, _too_long)
    signal.signal(signal.SIGPROF, _too_long)
    FOLDER.mkdir()
    end = time.monotonic() + asked.seconds
    number, findings = asked.seed, 0
    while time.monotonic() < end:
        for target in TARGETS:
            try:
                fuzz(target, number, 50)
            except (Exception, TooLong) as error:
                findings += 1
                print(f"FINDING in {target.__name__}, seed {number}: {type(error).__name__}: {error}", flush=True)
                print("\n".join(getattr(error, "__notes__", [])), flush=True)
            if time.monotonic() > end:
                break
        number += 1
        print(f"{sum(DONE.values())} inputs, {findings} findings", flush=True)
    shutil.rmtree(FOLDER)
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{sum(DONE.values())} inputs, {findings} findings, {largest} KiB at most: {dict(DONE)}")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
